-- SPDX-License-Identifier: Apache-2.0
-- The courier's doors to automating plugins: offer an event, take a batch, report what came back. At least once, in order per ticket.

create or replace function ctl.plugin_hooks()
returns table (plugin_id int, plugin_name text, department_id int, kinds int, "position" int, mode text, config_version int, config text, processes int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from fn.plugin_hooks();
end $$;
comment on function ctl.plugin_hooks() is 'The plugins in use; see fn.plugin_hooks().';
grant execute on function ctl.plugin_hooks() to ebb_courier, ebb_ctl;

create or replace function ctl.plugin_offer(p_outbox_ids bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    -- An event that a run of a plugin led to is one deeper, goes no deeper than three, and never to the plugin that caused it.
    insert into ebb.plugin_delivery (plugin_id, department_id, outbox_id, ticket_id, seq, event_name, depth, created_at, next_at)
    select p.plugin_id, o.department_id, o.outbox_id, o.ticket_id, (o.payload ->> 'version')::int, o.topic, coalesce(r.depth + 1, 0), fn.now(), fn.now()
      from ebb.outbox o
      left join ebb.plugin_run r on r.plugin_run_id = (o.payload ->> 'plugin_run_id')::bigint
      join ebb.plugin_department d on d.department_id = o.department_id and d.is_enabled and d.quarantined_at is null
      join ebb.plugin p on p.plugin_id = d.plugin_id and p.kinds & 2 <> 0 and p.quarantined_at is null and p.removed_at is null
     where o.outbox_id = any (p_outbox_ids) and o.topic not in ('notice', 'escalation') and o.topic not like 'plugin.%'
       and not exists (select from ebb.ticket t where t.ticket_id = o.ticket_id and t.is_confidential)
       and fn.event_wanted(p.description -> 'events', o.topic) and coalesce(r.depth, -1) < 3 and r.plugin_id is distinct from p.plugin_id
     order by o.outbox_id, d.position
        on conflict (outbox_id, plugin_id, department_id) do nothing;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.plugin_offer(bigint[]) is 'Puts outbox messages into the queues of the plugins that want them; again is no more than once. Returns how many deliveries are new.';
grant execute on function ctl.plugin_offer(bigint[]) to ebb_courier;

create or replace function ctl.plugin_take(p_per_lane int)
returns table (plugin_id int, plugin_name text, department_id int, config_version int, payload text, event_ids bigint[])
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_batch record;
    is_given boolean := false;
begin
    perform fn.plugin_queue_tidy();
    perform fn.plugin_tick_due();
    for plugin_id, plugin_name, department_id, config_version in
        select h.plugin_id, h.plugin_name, h.department_id, h.config_version from fn.plugin_hooks() h
         where h.kinds & 2 <> 0 and exists (select from ebb.plugin_delivery q where q.plugin_id = h.plugin_id and q.department_id = h.department_id
                                              and q.done_at is null and q.next_at <= fn.now())
           -- One batch at a time: a courier that waits for a slow plugin does not heap up events for it.
           and not exists (select from ebb.plugin_delivery q where q.plugin_id = h.plugin_id and q.department_id = h.department_id
                              and q.done_at is null and q.lease_pid = pg_backend_pid() and q.next_at > fn.now())
    loop
        -- However slow the machine is, a call hands over something.
        exit when is_given and fn.plugin_time_is_up();
        -- Two couriers that ask at once get different lanes; while one has events of a ticket, the ticket's later ones wait.
        if not pg_try_advisory_xact_lock(7307, hashtext(plugin_id || ' ' || department_id)) then
            continue;
        end if;
        v_batch := fn.plugin_batch(plugin_id, department_id, p_per_lane);
        event_ids := v_batch.event_ids;
        payload := format('{"kind":"automate","now":%s,"department_id":%s,"events":[%s]}', fn.micros(fn.now()), department_id, v_batch.events);
        if cardinality(event_ids) > 0 then
            is_given := true;
            return next;
        end if;
        -- The time limit of a call is spent with its first cancellation: no other plugin's statement runs without one.
        exit when v_batch.is_late;
    end loop;
end $$;
comment on function ctl.plugin_take(int) is 'A batch of events for each plugin and department that has some: the call for its process, and the ids of its events. They are leased; what is not reported done comes again.';
grant execute on function ctl.plugin_take(int) to ebb_courier;

create or replace function ctl.plugin_is_due() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.plugin_delivery q where q.done_at is null and q.next_at <= fn.now())
        or exists (select from ebb.plugin_department d where d.next_tick_at <= fn.now() and d.is_enabled)
        or exists (select from ebb.report_schedule s where s.is_active and s.next_at <= fn.now())
        or exists (select from ebb.report_document d where d.done_at is null and d.failed_at is null and d.next_at <= fn.now());
end $$;
comment on function ctl.plugin_is_due() is 'True when a plugin has something to do for the courier: a few look-ups by index, to be asked often.';
grant execute on function ctl.plugin_is_due() to ebb_courier;

create or replace function ctl.plugin_done(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_use ebb.plugin_department;
    v_event ebb.plugin_delivery;
    v_sum jsonb;
    v_applied int := 0;
    v_refused int := 0;
    r jsonb;
begin
    -- Whoever disables the plugin now waits for this batch, or comes first and then nothing of it is done.
    select * into v_use from ebb.plugin_department d
     where d.plugin_id = (p_args ->> 'plugin_id')::int and d.department_id = (p_args ->> 'department_id')::int for no key update;
    for r in select x from jsonb_array_elements((p_args -> 'results')::jsonb) x loop
        select * into v_event from ebb.plugin_delivery q
         where q.plugin_delivery_id = (r ->> 'event_id')::bigint and q.plugin_id = v_use.plugin_id and q.department_id = v_use.department_id and q.done_at is null
           for update;
        continue when not found;
        perform fn.plugin_count(v_use.plugin_id, v_use.department_id, 'automate', r ->> 'result', coalesce((r ->> 'duration_us')::bigint, 0));
        if r ->> 'result' in ('ok', 'skip') or not fn.plugin_is_used(v_use.plugin_id, v_use.department_id) then
            update ebb.plugin_delivery q set done_at = fn.now(), lease_pid = null where q.plugin_delivery_id = v_event.plugin_delivery_id;
            if r ->> 'result' = 'ok' and fn.plugin_is_used(v_use.plugin_id, v_use.department_id) then
                v_sum := fn.plugin_fire(v_event, v_use, r);
                v_applied := v_applied + (v_sum ->> 'applied')::int;
                v_refused := v_refused + (v_sum ->> 'refused')::int;
            end if;
        else
            perform fn.plugin_give_up(v_event, r, case r ->> 'result' when 'fail' then 1 when 'later' then 20 when 'busy' then 20 else 3 end);
        end if;
    end loop;
    return json_build_object('applied', v_applied, 'refused', v_refused);
end $$;
comment on function ctl.plugin_done(json) is 'What a plugin returned for events it was handed: its actions are done in their order, once, by the desk''s rules; {"applied": n, "refused": n}. An event reported twice counts once.';
grant execute on function ctl.plugin_done(json) to ebb_courier;
