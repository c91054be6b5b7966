-- SPDX-License-Identifier: Apache-2.0
-- What a clock says is a function of the ticket's spans and messages, a policy version and a calendar version, and of nothing
-- that was stored before. fn.sla_computed is that function, for one ticket or a hundred thousand, now or as of an instant;
-- everything that writes, checks, explains or rehearses clocks goes through it. It has two ways of measuring: the one below for few
-- tickets, and one in rule_many.sql. Only the opening of a ticket (fn.sla_start) has a short way besides, for the one case of
-- a single span that has just begun. Tests prove that all of them give the same.
--
-- A target opens windows on a ticket's life (fn.sla_windows); a window's clock runs in the spans of work whose class the target
-- names. It is due at the first instant at which the working seconds of those spans reach the target, and broken when it has not
-- stopped by then. The end of a ticket's work is where the present resolved or closed stay begins: taking it back lets
-- clocks go on as if they had paused.

-- These three are asked for seldom. As functions of their own they cost the others nothing: folded into the query, their plans
-- would be set up for every ticket.
create or replace function fn.sla_messages(p_ticket_id bigint, p_first_response_at timestamptz, p_starts_on text, p_as_of timestamptz)
returns table (cycle int, at timestamptz, next_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with message as (
            -- An imported log tells when the first answer came, and no text.
            select p_first_response_at as at, true as is_answer, 0::bigint as id where p_first_response_at is not null
            union all
            select c.created_at, c.is_from_desk, c.comment_id from ebb.comment c
             where c.ticket_id = p_ticket_id and not c.is_internal and c.created_at <= p_as_of and not (c.is_from_desk and c.created_at <= coalesce(p_first_response_at, '-infinity'))
        ), place as (
            select m.at, m.is_answer, lag(m.is_answer) over w as after_answer,
                   min(m.at) filter (where m.is_answer) over (w rows between 1 following and unbounded following) as next_at
              from message m
            window w as (order by m.at, m.id)
        )
        select (row_number() over (order by p.at, p.next_at))::int, p.at, p.next_at from place p
         where case p_starts_on when 'answer' then p.is_answer else not p.is_answer and p.after_answer end;
end $$;
comment on function fn.sla_messages(bigint, timestamptz, text, timestamptz) is 'message: what starts cycles on a ticket: each public answer of the desk (answer), or each first message of the other side after an answer (question); next_at is the answer that follows.';

create or replace function fn.sla_answer_after(p_ticket_id bigint, p_from timestamptz, p_as_of timestamptz) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select min(c.created_at) from ebb.comment c where c.ticket_id = p_ticket_id and c.is_from_desk and not c.is_internal and c.created_at between p_from and p_as_of);
end $$;
comment on function fn.sla_answer_after(bigint, timestamptz, timestamptz) is 'First public answer of the desk from an instant on.';

create or replace function fn.sla_calendar(p_service_id int, p_ticket_id bigint, p_stopped_at timestamptz, p_known_at timestamptz) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- A stop is known when it happens, or with the import that told of it.
    v_known_at constant timestamptz := case when p_stopped_at is null then p_known_at
        else least(p_known_at, greatest(p_stopped_at, (select e.recorded_at from ebb.ticket_event e where e.ticket_id = p_ticket_id and e.seq = 1))) end;
begin
    return fn.sla_calendar_known(p_service_id, v_known_at);
end $$;
comment on function fn.sla_calendar(int, bigint, timestamptz, timestamptz) is 'Calendar version by which a clock is measured: the latest of its service''s calendar; for a clock that has stopped the latest of those made, of the calendar the service had, before its stop was known.';

create or replace function fn.sla_calendar_known(p_service_id int, p_known_at timestamptz) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_calendar_id constant int := coalesce((select c.calendar_id from ebb.service_calendar c where c.service_id = p_service_id and c.until_at >= p_known_at order by c.until_at limit 1),
                                           (select s.calendar_id from ebb.service s where s.service_id = p_service_id));
begin
    return coalesce((select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = v_calendar_id and v.created_at < p_known_at order by v.version desc limit 1),
                    (select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = v_calendar_id order by v.version limit 1));
end $$;
comment on function fn.sla_calendar_known(int, timestamptz) is 'Latest version that had been made, before an instant, of the calendar that a service had then; its first version when there was none.';

create or replace function fn.sla_windows(p_tickets bigint[], p_services int[], p_priorities smallint[], p_policy_versions int[], p_first_responses timestamptz[],
                                          p_calendar_versions int[], p_as_of timestamptz)
returns table (ticket_id bigint, service_id int, calendar_version_id int, sla_target_id int, runs_mask int, cycle int, team_id int, started_at timestamptz, stopped_at timestamptz, is_cancelled boolean)
language sql stable
begin atomic
    with span as materialized (
        -- A span that ends later than p_as_of has not ended.
        select s.ticket_id, s.seq, s.started_at, case when s.ended_at <= p_as_of then s.ended_at else 'infinity' end as ended_at, s.state, s.team_run, s.team_id, s.assignee_id
          from ebb.ticket_span s where s.ticket_id = any (p_tickets) and s.started_at <= p_as_of
    ), life as (
        select s.ticket_id, min(s.started_at) as opened_at, min(s.started_at) filter (where s.assignee_id is not null) as assigned_at,
               max(s.seq * 10 + s.state) % 10 as end_state, -- the state of the last span, behind its number
               nullif(coalesce(max(s.ended_at) filter (where s.state < 4), min(s.started_at)), 'infinity') as end_at
          from span s group by s.ticket_id
    ), target as materialized (
        -- What is given for each ticket goes along, and little else: these rows are handed on several times.
        select f.ticket_id, f.service_id, f.calendar_version_id, case when f.first_response_at <= p_as_of then f.first_response_at end as first_response_at,
               g.sla_target_id, g.runs_mask, g.starts_on, 'answer' = any (g.stops_on) as by_answer, 'team' = any (g.stops_on) as by_team, 'assigned' = any (g.stops_on) as by_assigned,
               l.opened_at, l.assigned_at, l.end_at, l.end_at is not null and l.end_state = any (g.cancels_in) as is_void
          from unnest(p_tickets, p_services, p_priorities, p_policy_versions, p_first_responses, p_calendar_versions)
                 f (ticket_id, service_id, priority, policy_version_id, first_response_at, calendar_version_id)
          join life l on l.ticket_id = f.ticket_id
          join ebb.sla_target g on g.sla_policy_version_id = f.policy_version_id and g.priority = f.priority
    ), stay as (
        select s.ticket_id, s.team_run, min(s.team_id) as team_id, min(s.started_at) as started_at, nullif(max(s.ended_at), 'infinity') as ended_at,
               min(s.started_at) filter (where s.assignee_id is not null) as assigned_at
          from span s where s.ticket_id in (select t.ticket_id from target t where t.starts_on = 'team') group by s.ticket_id, s.team_run
    ), opening as (
        select t.*, 1 as cycle, null::int as team_id, case t.starts_on when 'opened' then t.opened_at else t.assigned_at end as from_at, null::timestamptz as stay_until, t.assigned_at as taken_at,
               null::timestamptz as next_at
          from target t where t.starts_on in ('opened', 'assigned')
        union all
        select t.*, y.team_run, y.team_id, y.started_at, y.ended_at, y.assigned_at, null from target t join stay y on y.ticket_id = t.ticket_id where t.starts_on = 'team'
        union all
        select t.*, m.cycle, null, m.at, null, null, m.next_at
          from target t cross join lateral fn.sla_messages(t.ticket_id, t.first_response_at, t.starts_on, p_as_of) m where t.starts_on in ('answer', 'question')
    ), stop as (
        select o.*, least(case when not o.by_answer then null
                               when o.starts_on in ('answer', 'question') then o.next_at
                               when o.first_response_at >= o.from_at or o.starts_on = 'opened' then o.first_response_at
                               else fn.sla_answer_after(o.ticket_id, o.from_at, p_as_of) end,
                          case when o.by_team then o.stay_until end,
                          case when o.by_assigned then o.taken_at end) as own_stop
          from opening o
         -- What would begin after the end of the work begins nothing.
         where o.from_at < coalesce(o.end_at, 'infinity') or o.starts_on = 'opened'
        offset 0
    )
    select s.ticket_id, s.service_id, s.calendar_version_id, s.sla_target_id, s.runs_mask, s.cycle, s.team_id, s.from_at, least(s.own_stop, s.end_at),
           s.is_void and not coalesce(s.own_stop <= s.end_at, false)
      from stop s;
end;
comment on function fn.sla_windows(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz) is 'clock: when each clock of these tickets starts and stops as far as is known at p_as_of, by the targets of a policy version and priority; no calendar is asked.';

create or replace function fn.sla_computed_few(p_tickets bigint[], p_services int[], p_priorities smallint[], p_policy_versions int[], p_first_responses timestamptz[],
                                               p_calendar_versions int[], p_as_of timestamptz, p_known_at timestamptz)
returns table (ticket_id bigint, target_code text, cycle int, target_kind text, sla_target_id int, team_id int, calendar_version_id int, target_s int,
               started_at timestamptz, stopped_at timestamptz, due_at timestamptz, warn_at timestamptz, elapsed_s numeric, elapsed_at timestamptz,
               is_running boolean, is_cancelled boolean, department_id int)
language sql stable
begin atomic
    with offered as (
        select s.service_id, s.department_id, v.calendar_version_id, greatest(v.created_at, s.calendar_since) as since
          from ebb.service s
         cross join lateral (select c.calendar_version_id, c.created_at from ebb.calendar_version c where c.calendar_id = s.calendar_id order by c.version desc limit 1) v
         where s.service_id = any (p_services)
        offset 0 -- a fence: what is looked up here is looked up once, however often it is used below
    ), clock as (
        select w.ticket_id, w.sla_target_id, g.target_code, g.target_kind, g.target_s, g.warning_s, g.runs_in, w.cycle, w.team_id, w.started_at, w.stopped_at, w.is_cancelled, o.department_id,
               case when w.calendar_version_id is not null then w.calendar_version_id
                    when o.since < least(p_known_at, w.stopped_at) then o.calendar_version_id
                    else fn.sla_calendar(o.service_id, w.ticket_id, w.stopped_at, p_known_at) end as calendar_version_id
          from fn.sla_windows(p_tickets, p_services, p_priorities, p_policy_versions, p_first_responses, p_calendar_versions, p_as_of) w
          join offered o on o.service_id = w.service_id
          join ebb.sla_target g on g.sla_target_id = w.sla_target_id
        offset 0
    ), piece as (
        select k.ticket_id, k.sla_target_id, k.cycle, k.target_s, k.warning_s, k.calendar_version_id, k.started_at as window_from, coalesce(k.stopped_at, 'infinity') as window_to,
               s.started_at, case when s.ended_at <= p_as_of then s.ended_at else 'infinity' end as ended_at,
               s.seq - row_number() over (partition by k.ticket_id, k.sla_target_id, k.cycle order by s.seq) as island
          from clock k
          join ebb.ticket_span s on s.ticket_id = k.ticket_id
         where s.started_at <= p_as_of and s.state < 4 and s.clock_class = any (k.runs_in)
           and s.started_at < coalesce(k.stopped_at, 'infinity') and coalesce(s.ended_at, 'infinity') > k.started_at
    ), stretch as (
        -- Neighbouring spans that run are one stretch: that a ticket is taken while its clock runs changes nothing about the clock.
        select p.ticket_id, p.sla_target_id, p.cycle, min(p.target_s) as target_s, min(p.warning_s) as warning_s, min(p.calendar_version_id) as calendar_version_id,
               greatest(min(p.started_at), min(p.window_from)) as from_at, nullif(least(max(p.ended_at), min(p.window_to)), 'infinity') as to_at
          from piece p group by p.ticket_id, p.sla_target_id, p.cycle, p.island
    ), measured as (
        select s.*, w.from_work, coalesce(w.to_work, 'Infinity') - w.from_work as use_s
          from stretch s
         cross join lateral (select a.work_s as from_work, b.work_s as to_work
                               from fn.work_point(s.calendar_version_id, s.from_at) a, fn.work_point(s.calendar_version_id, s.to_at) b offset 0) w
    ), run as (
        select s.*, coalesce(sum(s.use_s) over (partition by s.ticket_id, s.sla_target_id, s.cycle order by s.from_at, s.to_at rows between unbounded preceding and 1 preceding), 0) as used_s
          from measured s
    ), used as (
        select r.ticket_id, r.sla_target_id, r.cycle, coalesce(sum(r.use_s) filter (where r.to_at is not null), 0) as elapsed_s,
               max(r.from_at) filter (where r.to_at is null) as running_from, max(r.to_at) as last_to,
               min(r.from_work + r.target_s - r.used_s) filter (where r.use_s > 0 and r.used_s < r.target_s and r.used_s + r.use_s >= r.target_s) as due_work,
               min(r.from_work + r.target_s - r.warning_s - r.used_s)
                   filter (where r.use_s > 0 and r.used_s < r.target_s - r.warning_s and r.used_s + r.use_s >= r.target_s - r.warning_s) as warn_work
          from run r group by r.ticket_id, r.sla_target_id, r.cycle
    )
    select k.ticket_id, k.target_code, k.cycle, k.target_kind, k.sla_target_id, k.team_id, k.calendar_version_id, k.target_s, k.started_at, k.stopped_at, d.at, w.at,
           coalesce(u.elapsed_s, 0), coalesce(k.stopped_at, u.running_from, u.last_to, k.started_at), u.running_from is not null, k.is_cancelled, k.department_id
      from clock k
      left join used u on u.ticket_id = k.ticket_id and u.sla_target_id = k.sla_target_id and u.cycle = k.cycle
     cross join lateral fn.work_reached(k.calendar_version_id, u.due_work) d
     cross join lateral fn.work_reached(k.calendar_version_id, u.warn_work) w;
end;
comment on function fn.sla_computed_few(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz, timestamptz) is 'clock: fn.sla_computed for few tickets; each instant is looked up in the index of its calendar.';
