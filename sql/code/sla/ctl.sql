-- SPDX-License-Identifier: Apache-2.0
-- The clock's tick that notes breaches, and the auditor that compares clocks with what their spans say.

create or replace function ctl.tick_sla() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now constant timestamptz := fn.now();
    v_count int := 0;
    k record;
begin
    -- A ticket somebody is changing is left for the next tick: the change may well stop its clock, and nothing here waits.
    for k in
        select t.ticket_id, c.target_kind
          from ebb.sla_clock c join ebb.ticket t on t.ticket_id = c.ticket_id
         where (c.stopped_at is null or c.stopped_at > c.due_at) and c.breach_noted_at is null and not c.is_cancelled and c.due_at < v_now
         order by c.due_at limit 500
           for no key update of t skip locked
    loop
        -- Read again under the ticket's lock, in a statement of its own: the row found above may be older than that lock.
        with noted as (
            update ebb.sla_clock c set breach_noted_at = v_now
             where c.ticket_id = k.ticket_id and c.target_kind = k.target_kind
               and (c.stopped_at is null or c.stopped_at > c.due_at) and c.breach_noted_at is null and not c.is_cancelled and c.due_at < v_now
         returning c.department_id, c.sla_target_id, c.due_at
        )
        insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
        select n.department_id, 'sla.breached', k.ticket_id, jsonb_build_object('ticket_id', k.ticket_id, 'target_kind', k.target_kind,
               'sla_target_id', n.sla_target_id, 'due_at', n.due_at), v_now, v_now
          from noted n;
        if found then
            perform fn.ticket_note(k.ticket_id, 'breached', jsonb_build_object('target_kind', jsonb_build_array(null, k.target_kind)));
            v_count := v_count + 1;
        end if;
    end loop;
    return v_count;
end $$;
comment on function ctl.tick_sla() is 'Tick: notes each target that has broken, once, in the journal and for the courier; returns how many.';
grant execute on function ctl.tick_sla() to ebb_clock;

create or replace function ctl.sla_audit(p_tickets bigint[])
returns table (ticket_id bigint, target_kind text, stored text, computed text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with stored as (
            select c.ticket_id, c.target_kind, c.stopped_at is not null as is_stopped, c.calendar_version_id, jsonb_build_object(
                       'sla_target_id', c.sla_target_id, 'target_s', c.target_s, 'started_at', c.started_at, 'stopped_at', c.stopped_at, 'due_at', c.due_at,
                       'elapsed_s', c.elapsed_s, 'elapsed_at', c.elapsed_at, 'is_running', c.is_running, 'is_cancelled', c.is_cancelled) as facts
              from ebb.sla_clock c where c.ticket_id = any (p_tickets)
        ), computed as (
            select t.ticket_id, c.target_kind, c.calendar_version_id, jsonb_build_object(
                       'sla_target_id', c.sla_target_id, 'target_s', c.target_s, 'started_at', c.started_at, 'stopped_at', c.stopped_at, 'due_at', c.due_at,
                       'elapsed_s', c.elapsed_s, 'elapsed_at', c.elapsed_at, 'is_running', c.is_running, 'is_cancelled', c.is_cancelled) as facts
              from ebb.ticket t
             cross join lateral fn.sla_computed(t.ticket_id, t.service_id, t.priority, t.sla_policy_version_id, t.first_response_at) c
             where t.ticket_id = any (p_tickets)
        )
        select coalesce(s.ticket_id, c.ticket_id), coalesce(s.target_kind, c.target_kind), s.facts::text, c.facts::text
          from stored s full join computed c on c.ticket_id = s.ticket_id and c.target_kind = s.target_kind
         -- A clock that stopped keeps the calendar version it was measured by, so that yesterday's report stays what it was.
         where s.facts is distinct from c.facts and not coalesce(s.is_stopped and s.calendar_version_id <> c.calendar_version_id and fn.calendar_is_same(s.calendar_version_id, c.calendar_version_id), false)
        union all
        select t.ticket_id, 'due_at of the ticket', t.due_at::text, c.due_at::text
          from ebb.ticket t left join ebb.sla_clock c on c.ticket_id = t.ticket_id and c.target_kind = 'resolve'
         where t.ticket_id = any (p_tickets) and t.due_at is distinct from c.due_at;
end $$;
comment on function ctl.sla_audit(bigint[]) is 'ticket x target: where a stored clock differs from what the ticket''s spans say; no row means that they agree.';
grant execute on function ctl.sla_audit(bigint[]) to ebb_ctl;
