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
        select t.ticket_id, c.target_code, c.cycle
          from ebb.sla_clock c join ebb.ticket t on t.ticket_id = c.ticket_id
         where (c.stopped_at is null or c.stopped_at > c.due_at) and c.breach_noted_at is null and not c.is_cancelled and c.due_at < v_now
         order by c.due_at limit 500
           for no key update of t skip locked
    loop
        -- Read again under the ticket's lock, in a statement of its own: the row found above may be older than that lock.
        with noted as (
            update ebb.sla_clock c set breach_noted_at = v_now
             where c.ticket_id = k.ticket_id and c.target_code = k.target_code and c.cycle = k.cycle
               and (c.stopped_at is null or c.stopped_at > c.due_at) and c.breach_noted_at is null and not c.is_cancelled and c.due_at < v_now
         returning c.department_id, c.sla_clock_id, c.sla_target_id, c.target_kind, c.due_at
        )
        insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
        select n.department_id, 'sla.breached', k.ticket_id, jsonb_build_object('ticket_id', k.ticket_id, 'target_kind', n.target_kind,
               'target_code', k.target_code, 'cycle', k.cycle, 'sla_clock_id', n.sla_clock_id, 'sla_target_id', n.sla_target_id, 'due_at', n.due_at), v_now, v_now
          from noted n;
        if found then
            perform fn.ticket_note(k.ticket_id, 'breached', jsonb_build_object('target_kind', jsonb_build_array(null, k.target_code || coalesce(' ' || nullif(k.cycle, 1), ''))));
            v_count := v_count + 1;
        end if;
    end loop;
    return v_count;
end $$;
comment on function ctl.tick_sla() is 'Tick: notes each target that has broken, once, in the journal and for the courier; returns how many.';
grant execute on function ctl.tick_sla() to ebb_clock;

create or replace function ctl.sla_audit(p_tickets bigint[])
returns table (ticket_id bigint, target_kind text, stored text, computed text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan
as $$
begin
    return query
        with stored as (
            select c.ticket_id, c.target_code, c.cycle, to_jsonb(c) - array['breach_noted_at', 'sla_clock_id'] as facts
              from ebb.sla_clock c where c.ticket_id = any (p_tickets)
        ), f as (
            select array_agg(t.ticket_id) as tickets, array_agg(t.service_id) as services, array_agg(t.priority) as priorities, array_agg(t.sla_policy_version_id) as policies,
                   array_agg(t.first_response_at) as responses
              from ebb.ticket t where t.ticket_id = any (p_tickets)
        ), computed as (
            select c.ticket_id, c.target_code, c.cycle, to_jsonb(c) || jsonb_build_object('elapsed_s', c.elapsed_s::numeric(16, 6)) as facts
              from f cross join lateral fn.sla_computed(f.tickets, f.services, f.priorities, f.policies, f.responses, null, 'infinity', 'infinity') c
        )
        select coalesce(s.ticket_id, c.ticket_id), coalesce(s.target_code, c.target_code) || coalesce(' ' || nullif(coalesce(s.cycle, c.cycle), 1), ''), s.facts::text, c.facts::text
          from stored s full join computed c on c.ticket_id = s.ticket_id and c.target_code = s.target_code and c.cycle = s.cycle
         where s.facts is distinct from c.facts
        union all
        select t.ticket_id, 'due_at of the ticket', t.due_at::text, c.due_at::text
          from ebb.ticket t
         cross join lateral (select min(k.due_at) as due_at from ebb.sla_clock k where k.ticket_id = t.ticket_id and k.target_kind = 'resolve') c
         where t.ticket_id = any (p_tickets) and t.due_at is distinct from c.due_at;
end $$;
comment on function ctl.sla_audit(bigint[]) is 'ticket x target: where a stored clock differs from what the ticket''s spans and messages say; no row means that they agree.';
grant execute on function ctl.sla_audit(bigint[]) to ebb_ctl;

create or replace function ctl.sla_explain(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply constant jsonb := fn.sla_explain((p ->> 'ticket_id')::bigint, coalesce((p ->> 'at')::timestamptz, fn.now()));
begin
    if v_reply is null then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket.');
    end if;
    return v_reply;
end $$;
comment on function ctl.sla_explain(json) is 'How the clocks of a ticket came about {ticket_id}: policy, conditions, calendar, every piece of its life and every working interval counted.';
grant execute on function ctl.sla_explain(json) to ebb_ctl;
