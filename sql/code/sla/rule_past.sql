-- SPDX-License-Identifier: Apache-2.0
-- Clocks as they stood at an instant, by what was known at another: events recorded, policy and calendar versions made until then.
-- All three never change, so a report of yesterday is the same whenever it is asked for, and beside it stands what is known today.

create or replace function fn.sla_facts_at(p_tickets bigint[], p_as_of timestamptz, p_known_at timestamptz)
returns table (ticket_id bigint, department_id int, service_id int, priority smallint, sla_policy_version_id int, first_response_at timestamptz)
language sql stable
begin atomic
    select t.ticket_id, t.department_id, coalesce((b.old ->> 'service_id')::int, t.service_id), coalesce((b.old ->> 'priority')::smallint, t.priority),
           case when b.old ? 'sla_policy_version_id' then (b.old ->> 'sla_policy_version_id')::int else t.sla_policy_version_id end,
           case when t.first_response_at <= p_as_of then t.first_response_at end
      from ebb.ticket t
      -- What a later event changed first was, until then, what that event says it had been.
      left join lateral (select jsonb_object_agg(x.key, x.was) as old
                           from (select distinct on (c.key) c.key, c.value -> 0 as was
                                   from ebb.ticket_event e cross join lateral jsonb_each(e.changes) c
                                  where e.ticket_id = t.ticket_id and t.last_event_at > p_as_of and e.seq > 1 and (e.occurred_at > p_as_of or e.recorded_at > p_known_at)
                                    and e.changes ?| array['service_id', 'priority', 'sla_policy_version_id'] and c.key in ('service_id', 'priority', 'sla_policy_version_id')
                                  order by c.key, e.seq) x) b on true
     where t.ticket_id = any (p_tickets) and t.opened_at <= p_as_of
       and (t.import_id is null or (select e.recorded_at from ebb.ticket_event e where e.ticket_id = t.ticket_id and e.seq = 1) <= p_known_at);
end;
comment on function fn.sla_facts_at(bigint[], timestamptz, timestamptz) is 'ticket: the facts that decide its targets, as they stood at an instant; tickets that were not known then are left out.';

create or replace function fn.sla_clocks_at(p_tickets bigint[], p_as_of timestamptz, p_known_at timestamptz)
returns table (ticket_id bigint, target_code text, cycle int, target_kind text, sla_target_id int, team_id int, calendar_version_id int, target_s int,
               started_at timestamptz, stopped_at timestamptz, due_at timestamptz, warn_at timestamptz, elapsed_s numeric, is_running boolean, is_cancelled boolean,
               department_id int, clock_status text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '64MB'
as $$
declare
    f record;
begin
    select array_agg(x.ticket_id) as tickets, array_agg(x.service_id) as services, array_agg(x.priority) as priorities, array_agg(x.sla_policy_version_id) as policies,
           array_agg(x.first_response_at) as responses
      into f from fn.sla_facts_at(p_tickets, p_as_of, p_known_at) x;
    return query
        select c.ticket_id, c.target_code, c.cycle, c.target_kind, c.sla_target_id, c.team_id, c.calendar_version_id, c.target_s, c.started_at, c.stopped_at, c.due_at, c.warn_at,
               c.elapsed_s + case when c.is_running then fn.work_between(c.calendar_version_id, c.elapsed_at, p_as_of) else 0 end, c.is_running, c.is_cancelled, c.department_id,
               fn.sla_status(p_as_of, c.due_at, c.stopped_at, c.is_running, c.is_cancelled)
          from fn.sla_computed(f.tickets, f.services, f.priorities, f.policies, f.responses, null, p_as_of, p_known_at) c;
end $$;
comment on function fn.sla_clocks_at(bigint[], timestamptz, timestamptz) is 'clock: as it stood at p_as_of, by the versions and events known at p_known_at.';
grant execute on function fn.sla_clocks_at(bigint[], timestamptz, timestamptz) to ebb_api, ebb_report, ebb_ctl, ebb_bi, ebb_bi_text;

create or replace function fn.sla_day_figures(p_tickets bigint[], p_date date, p_known_at timestamptz)
returns table (department_id int, team_id int, sla_target_id int, met_count int, breached_count int, running_count int, at_risk_count int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_zone constant text := (select r.time_zone_name from ebb.report_setting r);
    v_from constant timestamptz := p_date::timestamp at time zone v_zone;
    v_to constant timestamptz := (p_date + 1)::timestamp at time zone v_zone;
begin
    return query
        select d.department_id, s.team_id, c.sla_target_id,
               (count(*) filter (where c.clock_status = 'met' and c.stopped_at >= v_from and c.stopped_at < v_to))::int,
               (count(*) filter (where c.clock_status = 'breached' and c.due_at >= v_from and c.due_at < v_to))::int,
               (count(*) filter (where c.clock_status in ('running', 'paused')))::int,
               (count(*) filter (where c.clock_status in ('running', 'paused') and c.warn_at < v_to))::int
          -- The last microsecond of the day: what happens at midnight belongs to the next.
          from fn.sla_clocks_at(p_tickets, v_to - interval '1 microsecond', p_known_at) c
         cross join lateral (select x.team_id from ebb.ticket_span x
                              where x.ticket_id = c.ticket_id and x.started_at < v_to
                                and (x.started_at < case c.clock_status when 'met' then c.stopped_at when 'breached' then c.due_at end or c.clock_status in ('running', 'paused') or x.seq = 1)
                              order by x.seq desc limit 1) s
          join ebb.team d on d.team_id = s.team_id
         where (c.clock_status = 'met' and c.stopped_at >= v_from) or (c.clock_status = 'breached' and c.due_at >= v_from) or c.clock_status in ('running', 'paused')
         group by d.department_id, s.team_id, c.sla_target_id;
end $$;
comment on function fn.sla_day_figures(bigint[], date, timestamptz) is 'team x target: clocks met and broken on a day and running at its end, by what was known at p_known_at.';

create or replace function fn.sla_day_tickets(p_date date) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_zone constant text := (select r.time_zone_name from ebb.report_setting r);
begin
    return array(select t.ticket_id from ebb.ticket t
                  -- A figure that is written down is read by the whole department: confidential tickets are in none.
                  where not t.is_confidential and t.opened_at < (p_date + 1)::timestamp at time zone v_zone and (t.state < 4 or t.last_event_at >= p_date::timestamp at time zone v_zone) order by 1);
end $$;
comment on function fn.sla_day_tickets(date) is 'Tickets whose clocks may have run or stopped on a day or after it; those that ended before it have nothing to add.';
