-- SPDX-License-Identifier: Apache-2.0
-- The queues of automating plugins: one lane per plugin and department, in order per ticket.

create or replace function fn.event_wanted(p_events jsonb, p_name text) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return p_events ? p_name or p_events ? (split_part(p_name, '.', 1) || '.*');
end $$;
comment on function fn.event_wanted(jsonb, text) is 'True when a plugin''s list of events has this name, or all of its noun (ticket.*).';

create or replace function fn.plugin_queue_tidy() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_lane record;
begin
    -- What waits for a plugin that is not used any more is not delivered on the day it is used again.
    -- Lane by lane: a queue that was empty when its statistics were taken misleads a join.
    for v_lane in select d.plugin_id, d.department_id from ebb.plugin_department d
                   where not exists (select from fn.plugin_hooks() h where h.plugin_id = d.plugin_id and h.department_id = d.department_id) loop
        update ebb.plugin_delivery q set done_at = fn.now(), lease_pid = null
         where q.plugin_id = v_lane.plugin_id and q.department_id = v_lane.department_id and q.done_at is null;
    end loop;
    -- A courier that died gives back what it had.
    update ebb.plugin_delivery q set lease_pid = null, next_at = least(q.next_at, fn.now())
     where q.done_at is null and q.lease_pid is not null and not exists (select from pg_stat_activity a where a.pid = q.lease_pid);
end $$;
comment on function fn.plugin_queue_tidy() is 'Empties the queues of plugins that are not used any more, and takes back what a courier had that died.';

create or replace function fn.plugin_tick_due() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    with due as (
        update ebb.plugin_department d set next_tick_at = fn.now() + make_interval(secs => p.tick_s)
          from ebb.plugin p
         where p.plugin_id = d.plugin_id and d.next_tick_at <= fn.now() and p.tick_s > 0 and fn.plugin_is_used(d.plugin_id, d.department_id)
     returning d.plugin_id, d.department_id
    )
    insert into ebb.plugin_delivery (plugin_id, department_id, event_name, created_at, next_at)
    select due.plugin_id, due.department_id, 'tick', fn.now(), fn.now() from due
     where not exists (select from ebb.plugin_delivery q where q.plugin_id = due.plugin_id and q.department_id = due.department_id and q.event_name = 'tick' and q.done_at is null);
end $$;
comment on function fn.plugin_tick_due() is 'Queues the ticks that are due; one at a time per plugin and department.';

create or replace function fn.plugin_event_body(p_event ebb.plugin_delivery) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_changes jsonb;
    v_facts jsonb := '{}'::jsonb;
    v_input jsonb;
    v_at timestamptz := p_event.created_at;
begin
    if p_event.ticket_id is not null then
        select * into v_ticket from ebb.ticket t where t.ticket_id = p_event.ticket_id;
        select e.changes, e.occurred_at into v_changes, v_at from ebb.ticket_event e where e.ticket_id = p_event.ticket_id and e.seq = p_event.seq;
        v_facts := fn.ticket_facts(v_ticket);
        v_at := coalesce(v_at, p_event.created_at);
    end if;
    v_input := jsonb_build_object('department_id', p_event.department_id, 'event', p_event.event_name, 'event_id', p_event.plugin_delivery_id, 'ticket_id', p_event.ticket_id,
                                  'seq', p_event.seq, 'occurred_at', v_at, 'changes', coalesce(v_changes, '{}'), 'facts', v_facts);
    return json_build_object('event_id', p_event.plugin_delivery_id, 'name', p_event.event_name, 'ticket_id', coalesce(p_event.ticket_id, 0), 'seq', coalesce(p_event.seq, 0),
                             'occurred_at', fn.micros(v_at), 'changes', coalesce(v_changes, '{}'), 'facts', v_facts,
                             'rows', fn.plugin_rows(p_event.plugin_id, p_event.department_id, 2, null, v_input))::text;
end $$;
comment on function fn.plugin_event_body(ebb.plugin_delivery) is 'An event as the plugin''s process gets it: facts as they are now, and the rows of the plugin''s statements.';

create or replace function fn.plugin_give_up(p_event ebb.plugin_delivery, p_result jsonb, p_most int) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_use ebb.plugin_department;
begin
    if p_event.attempts < p_most then
        update ebb.plugin_delivery q set lease_pid = null, next_at = fn.now() + least(interval '1 hour', interval '2 seconds' * power(2, least(p_event.attempts, 12)))
         where q.plugin_delivery_id = p_event.plugin_delivery_id;
        return false;
    end if;
    select * into v_use from ebb.plugin_department d where d.plugin_id = p_event.plugin_id and d.department_id = p_event.department_id;
    perform fn.plugin_run_begin(p_event, v_use, p_result, '{}', 'failed');
    perform fn.plugin_failed(p_event.plugin_id, p_event.department_id, coalesce(p_result ->> 'sentence', p_result ->> 'result'));
    update ebb.plugin_delivery q set lease_pid = null, done_at = fn.now() where q.plugin_delivery_id = p_event.plugin_delivery_id;
    return true;
end $$;
comment on function fn.plugin_give_up(ebb.plugin_delivery, jsonb, int) is 'After so many attempts an event is given up, and that stands among the runs; before, it comes again after a growing pause.';

drop function if exists fn.plugin_batch(int, int, int);
create function fn.plugin_batch(p_plugin_id int, p_department_id int, p_limit int, out event_ids bigint[], out events text, out is_late boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_event ebb.plugin_delivery;
    v_tickets bigint[] := '{}'::bigint[];
begin
    event_ids := '{}'::bigint[];
    is_late := false;
    -- One walk along the queue, whatever the statistics say of it; it ends with the batch.
    for v_event in
        select q.* from ebb.plugin_delivery q
         where q.plugin_id = p_plugin_id and q.department_id = p_department_id and q.done_at is null
         order by q.plugin_delivery_id
    loop
        -- A batch has to fit into a frame.
        exit when cardinality(event_ids) >= p_limit or (cardinality(event_ids) > 0 and fn.plugin_time_is_up()) or octet_length(events) > 2097152;
        -- Who is second of a ticket waits, whether the first is taken now, is with a courier, or has to pause.
        continue when v_event.ticket_id = any (v_tickets);
        v_tickets := v_tickets || v_event.ticket_id;
        continue when v_event.next_at > fn.now();
        update ebb.plugin_delivery q set attempts = q.attempts + 1, lease_pid = pg_backend_pid(), next_at = fn.now() + make_interval(secs => 15 + 10 * p_limit)
         where q.plugin_delivery_id = v_event.plugin_delivery_id and q.done_at is null;
        continue when not found;
        v_event.attempts := v_event.attempts + 1;
        begin
            events := concat_ws(',', events, fn.plugin_event_body(v_event));
            event_ids := event_ids || v_event.plugin_delivery_id;
        exception
            when query_canceled then
                is_late := true;
                perform fn.plugin_give_up(v_event, jsonb_build_object('result', 'late', 'sentence', 'A statement of the plugin did not end in time.'), 3);
            when others or assert_failure then
                perform fn.plugin_give_up(v_event, jsonb_build_object('result', 'fail', 'sentence', 'A statement of the plugin failed: ' || sqlerrm), 5);
        end;
        exit when is_late;
    end loop;
    if is_late then
        perform fn.plugin_late(p_plugin_id, p_department_id);
    end if;
end $$;
comment on function fn.plugin_batch(int, int, int) is 'Leases the next events of a lane, one per ticket at most: what follows on the same ticket waits until this one is done. is_late: a statement of the plugin used up the time of this call.';

create or replace function fn.plugin_time_is_up() returns boolean
language sql volatile
return pg_catalog.clock_timestamp() - pg_catalog.statement_timestamp() > interval '1 second';
comment on function fn.plugin_time_is_up() is 'True when a call of the courier has run statements of plugins for a second: it hands over what it has. So whoever is cancelled after that has used up the rest by itself.';

create or replace function fn.plugin_late(p_plugin_id int, p_department_id int) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.plugin_incident_add(json_build_object('plugin_name', (select p.plugin_name from ebb.plugin p where p.plugin_id = p_plugin_id), 'department_id', p_department_id,
                                   'incident_kind', 'hang', 'sentence', 'A statement of the plugin did not end in time and was cancelled.'));
end $$;
comment on function fn.plugin_late(int, int) is 'A strike for a plugin whose declared statement had to be cancelled.';
