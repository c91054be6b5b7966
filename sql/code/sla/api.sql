-- SPDX-License-Identifier: Apache-2.0
-- The targets of one ticket, as the API shows them, with how they came about.

drop view if exists api.sla_clock;
create view api.sla_clock as
select t.version, t.ticket_id,
       (select coalesce(json_agg(c order by c.started_at, c.target_business_hours, c.target_code, c.cycle), '[]')
          from (select k.sla_clock_id, k.target_kind, k.target_code, k.cycle, k.clock_status, k.started_at, k.due_at, k.warn_at, k.stopped_at, k.target_business_hours, k.elapsed_business_hours,
                       k.remaining_business_hours, k.paused_business_hours, k.is_met, k.is_breached, k.breached_at, k.team_id, k.breach_owner_team_id, k.sla_target_id,
                       k.sla_policy_version_id, k.calendar_version_id
                  from reporting_v1.sla_clocks k where k.ticket_id = t.ticket_id) c) as clocks,
       null::json as derivation
  from ebb.ticket t;
comment on view api.sla_clock is 'The service-level clocks of a ticket.';
comment on column api.sla_clock.version is 'Version of the ticket.';
comment on column api.sla_clock.ticket_id is 'Ticket.';
comment on column api.sla_clock.clocks is 'One object per clock; its fields are those of reporting_v1.sla_clocks.';
comment on column api.sla_clock.derivation is 'How they came about: policy (version, condition, what chose it, in words) and clocks; each with calendar, conditions, seconds granted, used, left and paused, sentences, and pieces of the ticket''s life: from, to, is_running, cause, working_seconds, working_intervals [[from, to] ...].';

create or replace function api.ticket_sla(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_at constant timestamptz := fn.now();
    v_clocks api.sla_clock;
begin
    perform fn.must('any');
    select * into v_clocks from api.sla_clock s where s.ticket_id = (p_args ->> 'ticket_id')::bigint;
    if v_clocks.ticket_id is null then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    end if;
    v_clocks.derivation := fn.sla_explain(v_clocks.ticket_id, v_at);
    v_clocks.clocks := (
        select coalesce(json_agg(fn.sla_clock_at(k.value, d.value, v_at) order by k.place), '[]')
          from jsonb_array_elements(v_clocks.clocks::jsonb) with ordinality k (value, place)
          join json_array_elements(v_clocks.derivation -> 'clocks') x (value) on (x.value ->> 'sla_clock_id') = (k.value ->> 'sla_clock_id')
         cross join lateral (select x.value::jsonb as value) d);
    return row_to_json(v_clocks);
end $$;
comment on function api.ticket_sla(json) is 'The targets of a ticket that the person may see: what is granted, used and left in working time, when each is due, how it stands, and the derivation: policy and condition that chose it, calendar, each working interval counted, each pause and its cause.';
grant execute on function api.ticket_sla(json) to ebb_app;
