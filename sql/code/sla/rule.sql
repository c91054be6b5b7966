-- SPDX-License-Identifier: Apache-2.0
-- Writing the clocks that fn.sla_computed gives, and the short way of a ticket that is just being opened.

create or replace function fn.sla_reach(p_ticket_ids bigint[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.calendar_reach(x.calendar_version_id, x.work_s)
       from (select k.calendar_version_id, max(fn.work_seconds(k.calendar_version_id, k.elapsed_at) + greatest(k.target_s - k.elapsed_s, 0)) as work_s
               from ebb.sla_clock k where k.ticket_id = any (p_ticket_ids) and 'infinity' in (k.due_at, k.warn_at) group by k.calendar_version_id order by 1) x;
end $$;
comment on function fn.sla_reach(bigint[]) is 'Compiles calendars so far that the clocks of these tickets which are due after their horizon can be computed.';

create or replace function fn.sla_write(p_ticket_ids bigint[], p_service_ids int[], p_priorities smallint[], p_sla_policy_version_ids int[],
                                        p_first_response_ats timestamptz[], p_replayed_at timestamptz, out changed_count int, out due_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_is_beyond boolean;
begin
    for v_try in 1 .. 2 loop
        with c as materialized (
            select x.* from fn.sla_computed(p_ticket_ids, p_service_ids, p_priorities, p_sla_policy_version_ids, p_first_response_ats, null, 'infinity', 'infinity') x
        ), gone as (
            delete from ebb.sla_clock k
             where k.ticket_id = any (p_ticket_ids)
               -- NOT IN: always hashed. An anti-join is planned for a few rows and compares all with all when there are many.
               and (k.ticket_id, k.target_code, k.cycle) not in (select c.ticket_id, c.target_code, c.cycle from c)
            returning k.ticket_id
        ), put as (
            -- A breach stays noted while it is the same breach. One that a replay finds in the past is history: nobody is to be told of it now.
            insert into ebb.sla_clock as k (ticket_id, target_code, cycle, target_kind, sla_target_id, team_id, calendar_version_id, target_s, started_at,
                                            stopped_at, due_at, warn_at, elapsed_s, elapsed_at, is_running, is_cancelled, department_id, breach_noted_at)
            select c.*, case when c.due_at < p_replayed_at then c.due_at end
              from c left join ebb.sla_clock o on o.ticket_id = c.ticket_id and o.target_code = c.target_code and o.cycle = c.cycle
             -- What stays as it is is not even locked.
             where (o.department_id, o.target_kind, o.sla_target_id, o.team_id, o.calendar_version_id, o.target_s, o.started_at, o.stopped_at, o.due_at, o.warn_at,
                    o.elapsed_s, o.elapsed_at, o.is_running, o.is_cancelled)
                   is distinct from
                   (c.department_id, c.target_kind, c.sla_target_id, c.team_id, c.calendar_version_id, c.target_s, c.started_at, c.stopped_at, c.due_at, c.warn_at,
                    c.elapsed_s::numeric(16, 6), c.elapsed_at, c.is_running, c.is_cancelled)
                on conflict (ticket_id, target_code, cycle) do update
               set department_id = excluded.department_id, target_kind = excluded.target_kind, sla_target_id = excluded.sla_target_id, team_id = excluded.team_id,
                   calendar_version_id = excluded.calendar_version_id, target_s = excluded.target_s, started_at = excluded.started_at, stopped_at = excluded.stopped_at,
                   due_at = excluded.due_at, warn_at = excluded.warn_at, elapsed_s = excluded.elapsed_s, elapsed_at = excluded.elapsed_at,
                   is_running = excluded.is_running, is_cancelled = excluded.is_cancelled,
                   breach_noted_at = case when excluded.due_at <= k.breach_noted_at then k.breach_noted_at
                                          when excluded.due_at is distinct from k.due_at then excluded.breach_noted_at end
            returning k.ticket_id
        )
        select (select count(*) from gone) + (select count(*) from put), min(c.due_at) filter (where c.target_kind = 'resolve'), coalesce(bool_or('infinity' in (c.due_at, c.warn_at)), false)
          into changed_count, due_at, v_is_beyond from c;
        exit when not v_is_beyond;
        perform fn.sla_reach(p_ticket_ids);
    end loop;
end $$;
comment on function fn.sla_write(bigint[], int[], smallint[], int[], timestamptz[], timestamptz) is 'Writes the clocks of these tickets as fn.sla_computed gives them and removes those that it does not; calendars are compiled as far as that needs. changed_count: clocks written or removed; due_at: the earliest due instant of a resolution among them.';
grant execute on function fn.sla_write(bigint[], int[], smallint[], int[], timestamptz[], timestamptz) to ebb_replay;

create or replace function fn.sla_refresh(p_ticket ebb.ticket) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (fn.sla_write(array[p_ticket.ticket_id], array[p_ticket.service_id], array[p_ticket.priority],
                         array[p_ticket.sla_policy_version_id], array[p_ticket.first_response_at], null)).due_at;
end $$;
comment on function fn.sla_refresh(ebb.ticket) is 'Brings a ticket''s clocks to what its spans, its messages and the row given say; returns when it is due to be resolved, or NULL.';

create or replace function fn.sla_start(p_ticket ebb.ticket, p_calendar_id int) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
    v_due_at timestamptz;
    v_is_beyond boolean;
begin
    with k as (
        insert into ebb.sla_clock (ticket_id, target_code, cycle, target_kind, department_id, sla_target_id, team_id, calendar_version_id, target_s, started_at, stopped_at,
                                   due_at, warn_at, elapsed_s, elapsed_at, is_running)
        select p_ticket.ticket_id, g.target_code, 1, g.target_kind, p_ticket.department_id, g.sla_target_id, case when g.starts_on = 'team' then p_ticket.team_id end,
               o.calendar_version_id, g.target_s, p_ticket.opened_at, case when r.has_stopped then p_ticket.opened_at end,
               case when r.is_running then (select i.at from fn.work_reached(o.calendar_version_id, o.work_s + g.target_s) i) end,
               case when r.is_running and g.warning_s is not null then (select i.at from fn.work_reached(o.calendar_version_id, o.work_s + g.target_s - g.warning_s) i) end,
               0, p_ticket.opened_at, r.is_running
          from (select c.calendar_version_id, w.work_s
                  from (select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = p_calendar_id order by v.version desc limit 1) c
                 cross join lateral fn.work_point(c.calendar_version_id, p_ticket.opened_at) w
                offset 0) o
          join ebb.sla_target g on g.sla_policy_version_id = p_ticket.sla_policy_version_id and g.priority = p_ticket.priority
                               and (g.starts_on in ('opened', 'team') or (g.starts_on = 'assigned' and p_ticket.assignee_id is not null))
         cross join lateral (select h.has_stopped, not h.has_stopped and p_ticket.clock_class = any (g.runs_in) as is_running
                               from (select p_ticket.assignee_id is not null and 'assigned' = any (g.stops_on) as has_stopped) h) r
        returning target_kind, due_at, warn_at
    )
    select min(k.due_at) filter (where k.target_kind = 'resolve'), bool_or('infinity' in (k.due_at, k.warn_at)) into v_due_at, v_is_beyond from k;
    if v_is_beyond then
        perform fn.sla_reach(array[p_ticket.ticket_id]);
        delete from ebb.sla_clock k where k.ticket_id = p_ticket.ticket_id;
        return fn.sla_start(p_ticket, p_calendar_id);
    end if;
    return v_due_at;
end $$;
comment on function fn.sla_start(ebb.ticket, int) is 'Writes the clocks of a ticket that is just being opened (state new, nothing said yet), by the calendar of its service: what fn.sla_refresh would write, at less cost; returns when it is due to be resolved, or NULL.';

create or replace function fn.sla_concerns(o ebb.ticket, n ebb.ticket) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    if (o.state <> n.state and (o.state >= 4 or n.state >= 4) and (o.state, n.state) <> (4, 5))
       or (o.priority, o.service_id, o.sla_policy_version_id, o.first_response_at) is distinct from (n.priority, n.service_id, n.sla_policy_version_id, n.first_response_at) then
        return true;
    elsif (o.clock_class, o.team_id, o.is_team_assumed, o.assignee_id, o.last_comment_id) is not distinct from (n.clock_class, n.team_id, n.is_team_assumed, n.assignee_id, n.last_comment_id) then
        return false;
    end if;
    return exists (select from ebb.sla_target g
                    where g.sla_policy_version_id = n.sla_policy_version_id and g.priority = n.priority
                      and ((o.clock_class = any (g.runs_in)) <> (n.clock_class = any (g.runs_in))
                           or ((o.team_id, o.is_team_assumed) is distinct from (n.team_id, n.is_team_assumed) and (g.starts_on = 'team' or 'team' = any (g.stops_on)))
                           or (o.assignee_id is distinct from n.assignee_id and (g.starts_on = 'assigned' or 'assigned' = any (g.stops_on)))
                           or (o.last_comment_id is distinct from n.last_comment_id and (g.starts_on in ('answer', 'question') or (g.starts_on <> 'opened' and 'answer' = any (g.stops_on))))));
end $$;
comment on function fn.sla_concerns(ebb.ticket, ebb.ticket) is 'False when a change cannot start, pause, stop or move any clock of the ticket, so that nothing need be computed; example: somebody takes it while all its clocks run.';

create or replace function fn.sla_status(p_at timestamptz, p_due_at timestamptz, p_stopped_at timestamptz, p_is_running boolean, p_is_cancelled boolean) returns text
language sql immutable parallel safe
return case when p_is_cancelled then 'cancelled'
            when p_due_at < coalesce(p_stopped_at, p_at) then 'breached'
            when p_stopped_at is not null then 'met'
            when p_is_running then 'running'
            else 'paused' end;
comment on function fn.sla_status(timestamptz, timestamptz, timestamptz, boolean, boolean) is 'State of a clock at an instant not before its last computation: running, paused, met, breached or cancelled. Done exactly at the due instant is met.';
grant execute on function fn.sla_status(timestamptz, timestamptz, timestamptz, boolean, boolean) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;
