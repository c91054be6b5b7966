-- SPDX-License-Identifier: Apache-2.0
-- The figures of a team's week. No measure is defined here: each is a column of the reporting contract, counted for one team and
-- two weeks. What was open at the end of a week comes from reporting_v1.tickets_at(), which tells any instant from the spans.

-- Not in $1: the end of a week that is still running is now.
create or replace function x_report_digest.asked(p_input jsonb)
returns table (team_id int, team_name text, department_name text, week text, zone text, first_day date, last_day date, begins_at timestamptz, ends_at timestamptz,
               before_ends_at timestamptz, is_complete boolean, pointer text, detail text)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_params constant jsonb := coalesce(p_input -> 'params', '{}');
    v_week constant text := nullif(v_params ->> 'week', '');
    v_team constant text := nullif(v_params ->> 'team_id', '');
begin
    zone := (select i.reporting_time_zone_name from reporting_v1.contract_info i);
    first_day := date_trunc('week', now() at time zone zone)::date - 7;
    if v_week is not null then
        if v_week ~ '^[1-9]\d{3}-W[0-5]\d$' then
            first_day := to_date(v_week || '-1', 'IYYY-"W"IW-ID');
        end if;
        if to_char(first_day, 'IYYY-"W"IW') is distinct from v_week then
            pointer := '/week'; detail := 'A week is written as its ISO year and number, 2026-W07, and the year must have it.';
        elsif first_day::timestamp at time zone zone > now() then
            pointer := '/week'; detail := format('Week %s has not begun yet.', v_week);
        end if;
    end if;
    week := to_char(first_day, 'IYYY-"W"IW');
    last_day := first_day + 6;
    begins_at := first_day::timestamp at time zone zone;
    before_ends_at := begins_at;
    ends_at := least((first_day + 7)::timestamp at time zone zone, now());
    is_complete := ends_at < now();
    select t.team_id, t.team_name, t.department_name into team_id, team_name, department_name
      from reporting_v1.dim_teams t where v_team ~ '^[0-9]{1,9}$' and t.team_id = v_team::int and t.department_id = (p_input ->> 'department_id')::int;
    if team_id is null then
        pointer := '/team_id';
        detail := case when v_team is null then 'Say whose week it is: team_id.' else format('There is no team %s in this department.', v_team) end
            || (select ' Its teams are ' || string_agg(t.team_name || ' (' || t.team_id || ')', ', ' order by t.team_name) || '.'
                  from reporting_v1.dim_teams t where t.department_id = (p_input ->> 'department_id')::int and t.is_active);
    end if;
    return next;
end $$;
comment on function x_report_digest.asked(jsonb) is 'What is asked for, one row: team and week with its bounds in the reporting zone; pointer and detail when it cannot be told.';

create or replace function x_report_digest.open_at(p_team_id int, p_at timestamptz)
returns table (ticket_id bigint, priority smallint, status_id smallint, assignee_id int, is_unowned boolean, is_overdue boolean, age_hours numeric, age_band text)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    -- Ids first: the whole lives of a few hundred tickets, not of all.
    return query
        select a.ticket_id, a.priority, a.status_id, a.assignee_id, a.is_unowned,
               exists (select from reporting_v1.sla_clocks c where c.ticket_id = a.ticket_id and c.target_kind = 'resolve' and c.breached_at < p_at),
               a.age_hours, b.age_band
          from reporting_v1.tickets_at(p_at) a
          join reporting_v1.dim_age_bands b on a.age_hours >= b.from_hours and (a.age_hours < b.to_hours or b.to_hours is null)
         where a.is_open and a.team_id = p_team_id
           and a.ticket_id = any (array(select s.ticket_id from reporting_v1.ticket_spans s
                                         where s.team_id = p_team_id and s.is_open and s.started_at <= p_at and (s.ended_at is null or s.ended_at > p_at)));
end $$;
comment on function x_report_digest.open_at(int, timestamptz) is 'Tickets that were open with a team at an instant.';

create or replace function x_report_digest.figures(p_input jsonb)
returns table (measure text, title text, this_week bigint, week_before bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    -- Fetched first: as constants, team and days reach into the views; joined, they would not.
    a record;
begin
    select * into a from x_report_digest.asked(p_input) x where x.pointer is null;
    if a is null then
        return;
    end if;
    return query
        with flow as (
            select f.date >= a.first_day as is_this, sum(f.opened_count) as opened, sum(f.taken_over_count) as handed_in, sum(f.reopened_count) as reopened,
                   sum(f.resolved_count) as resolved, sum(f.cancelled_count) as cancelled, sum(f.handed_away_count) as handed_out
              from reporting_v1.flow_daily f where f.team_id = a.team_id and f.date between a.first_day - 7 and a.last_day group by 1
        ), back as (
            select h.date >= a.first_day as is_this, sum(h.return_count) as came_back
              from reporting_v1.handovers_daily h where h.to_team_id = a.team_id and h.date between a.first_day - 7 and a.last_day group by 1
        ), ends as (
            select true as is_this, count(*) as open_at_end, count(*) filter (where o.is_unowned) as unowned, count(*) filter (where o.is_overdue) as overdue
              from x_report_digest.open_at(a.team_id, a.ends_at) o
            union all
            select false, count(*), count(*) filter (where o.is_unowned), count(*) filter (where o.is_overdue) from x_report_digest.open_at(a.team_id, a.before_ends_at) o
        ), told as (
            select e.is_this, m.no, m.measure, m.title, coalesce(m.figure, 0) as figure
              from ends e left join flow f on f.is_this = e.is_this left join back b on b.is_this = e.is_this
             cross join lateral (values (1, 'opened', 'Opened', f.opened), (2, 'handed_in', 'Handed in by other teams', f.handed_in), (3, 'reopened', 'Reopened', f.reopened),
                       (4, 'resolved', 'Resolved', f.resolved), (5, 'cancelled', 'Cancelled or merged', f.cancelled), (6, 'handed_out', 'Handed out to other teams', f.handed_out),
                       (7, 'came_back', 'Came back after a hand-over', b.came_back), (8, 'open_at_end', 'Open at the end', e.open_at_end),
                       (9, 'unowned', 'Of these, nobody works on', e.unowned), (10, 'overdue', 'Of these, overdue', e.overdue)) m (no, measure, title, figure)
        )
        select t.measure, t.title, (max(t.figure) filter (where t.is_this))::bigint, (max(t.figure) filter (where not t.is_this))::bigint
          from told t group by t.no, t.measure, t.title order by t.no;
end $$;
comment on function x_report_digest.figures(jsonb) is 'measure: what came, what went and what is left, in the week and the week before.';

create or replace function x_report_digest.ages(p_input jsonb)
returns table (age_band text, this_week bigint, week_before bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    a record;
begin
    select * into a from x_report_digest.asked(p_input) x where x.pointer is null;
    if a is null then
        return;
    end if;
    return query
        with o as (
            select true as is_this, x.age_band from x_report_digest.open_at(a.team_id, a.ends_at) x
            union all
            select false, x.age_band from x_report_digest.open_at(a.team_id, a.before_ends_at) x
        )
        select b.age_band, count(*) filter (where o.is_this), count(*) filter (where not o.is_this)
          from reporting_v1.dim_age_bands b left join o on o.age_band = b.age_band
         group by b.sort_position, b.age_band order by b.sort_position;
end $$;
comment on function x_report_digest.ages(jsonb) is 'band of ages: tickets open at the end of the week and of the week before.';

create or replace function x_report_digest.oldest(p_input jsonb)
returns table (ticket_id bigint, ticket_ref text, service_name text, request_type_name text, priority_name text, state text, assignee_name text, is_overdue boolean, age_hours numeric)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    a record;
    v_ids bigint[];
begin
    select * into a from x_report_digest.asked(p_input) x where x.pointer is null;
    if a is null then
        return;
    end if;
    v_ids := array(select x.ticket_id from x_report_digest.open_at(a.team_id, a.ends_at) x order by x.age_hours desc, x.ticket_id limit 10);
    return query
        select o.ticket_id, t.ticket_ref, t.service_name, t.request_type_name, p.priority_name, s.state, g.agent_name, o.is_overdue, o.age_hours
          from x_report_digest.open_at(a.team_id, a.ends_at) o
          join reporting_v1.tickets t on t.ticket_id = o.ticket_id
          left join reporting_v1.dim_priorities p on p.priority = o.priority
          left join reporting_v1.dim_statuses s on s.status_id = o.status_id
          left join reporting_v1.dim_agents g on g.agent_id = o.assignee_id
         where o.ticket_id = any (v_ids) and t.ticket_id = any (v_ids)
         order by o.age_hours desc, o.ticket_id;
end $$;
comment on function x_report_digest.oldest(jsonb) is 'ticket: the ten oldest that were open at the end of the week.';
