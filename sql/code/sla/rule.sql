-- SPDX-License-Identifier: Apache-2.0
-- Service-level clocks. What a clock says is a function of the ticket's spans, its targets and its calendar, and of nothing
-- that was stored before; fn.sla_computed is that function, for one ticket or many, and everything that writes or checks
-- clocks goes through it. Only the opening of a ticket (fn.sla_due, fn.sla_start) has a short way of its own, for the one case
-- of a single span that has just begun; tests prove that it gives the same.
--
-- A clock runs in the spans of work whose class lets it (ebb.clock_class). It is due at the first instant at which the working
-- seconds of those spans reach the target, and broken when it has not stopped by then. A response clock stops at the first
-- public answer or, without one, with the ticket; a resolve clock stops where the present resolved or closed stay begins.
-- Taking the end back lets both go on as if they had paused.

create or replace function fn.sla_computed(p_ticket_id bigint, p_service_id int, p_priority smallint, p_sla_policy_version_id int, p_first_response_at timestamptz)
returns table (target_kind text, sla_target_id int, calendar_version_id int, target_s int, started_at timestamptz, stopped_at timestamptz,
               due_at timestamptz, elapsed_s numeric, elapsed_at timestamptz, is_running boolean, is_cancelled boolean)
language sql stable
begin atomic
    with fact as (
        select v.calendar_version_id, w.work_s as response_work
          from ebb.service s
         cross join lateral (select c.calendar_version_id from ebb.calendar_version c where c.calendar_id = s.calendar_id order by c.version desc limit 1) v
         cross join lateral fn.work_point(v.calendar_version_id, p_first_response_at) w
         where s.service_id = p_service_id
        offset 0 -- a fence: what is looked up here is looked up once, however often it is used below
    ), mark as (
        select f.*, s.seq, s.started_at, s.state, k.runs_response and s.state < 4 as runs_response, k.runs_resolve and s.state < 4 as runs_resolve, w.work_s
          from fact f
          join ebb.ticket_span s on s.ticket_id = p_ticket_id
          join ebb.clock_class k on k.clock_class = s.clock_class
         cross join lateral fn.work_point(f.calendar_version_id, s.started_at) w
        offset 0
    ), span as (
        -- A span ends where the next begins, so one look-up per span gives both of its ends.
        select m.*, coalesce(lead(m.work_s) over (order by m.seq), 'Infinity') as work_to,
               coalesce(max(m.seq) filter (where m.state < 4) over (), 0) + 1 as end_seq
          from mark m
    ), piece as (
        select s.*, g.sla_target_id, g.target_kind, g.target_s,
               case when not case g.target_kind when 'response' then s.runs_response else s.runs_resolve end then 0
                    when g.target_kind = 'response' then greatest(least(s.work_to, s.response_work) - s.work_s, 0)
                    else s.work_to - s.work_s end as use_s
          from span s
          join ebb.sla_target g on g.sla_policy_version_id = p_sla_policy_version_id and g.priority = p_priority
    ), run as (
        select p.*, coalesce(sum(p.use_s) over (partition by p.sla_target_id order by p.seq rows between unbounded preceding and 1 preceding), 0) as used_s
          from piece p
    ), clock as (
        select r.sla_target_id, min(r.target_kind) as target_kind, min(r.target_s) as target_s, min(r.calendar_version_id) as calendar_version_id,
               min(r.started_at) as started_at, max(r.started_at) as last_at,
               min(r.started_at) filter (where r.seq = r.end_seq) as end_at, min(r.state) filter (where r.seq = r.end_seq) as end_state,
               coalesce(sum(r.use_s) filter (where r.use_s < 'Infinity'), 0) as elapsed_s, bool_or(r.use_s = 'Infinity') as is_running,
               min(r.work_s + r.target_s - r.used_s) filter (where r.use_s > 0 and r.used_s < r.target_s and r.used_s + r.use_s >= r.target_s) as due_work
          from run r
         group by r.sla_target_id
    ), stop as (
        select c.*, case c.target_kind when 'response' then least(p_first_response_at, c.end_at) else c.end_at end as stopped_at from clock c
    )
    select c.target_kind, c.sla_target_id, c.calendar_version_id, c.target_s, c.started_at, c.stopped_at, i.at, c.elapsed_s,
           coalesce(c.stopped_at, c.last_at), c.is_running,
           coalesce(c.end_state in (6, 7), false) and not (c.target_kind = 'response' and coalesce(p_first_response_at <= c.end_at, false))
      from stop c cross join lateral fn.work_instant(c.calendar_version_id, c.due_work) i;
end;
comment on function fn.sla_computed(bigint, int, smallint, int, timestamptz) is 'target: the clocks of a ticket, computed from its spans as they stand and from the facts given (its row in ebb.ticket, or what that is about to become).';

create or replace function fn.sla_write(p_ticket_ids bigint[], p_department_ids int[], p_service_ids int[], p_priorities smallint[],
                                        p_sla_policy_version_ids int[], p_first_response_ats timestamptz[], p_replayed_at timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- A breach stays noted while it is the same breach. One that a replay finds in the past is history: nobody is to be told of it now.
    -- A clock that has stopped keeps the calendar version it was measured by, so that yesterday's report stays what it was.
    insert into ebb.sla_clock as k (ticket_id, department_id, target_kind, sla_target_id, calendar_version_id, target_s, started_at, stopped_at, due_at,
                                    elapsed_s, elapsed_at, is_running, is_cancelled, breach_noted_at)
    select f.ticket_id, f.department_id, c.*, case when c.due_at < p_replayed_at then c.due_at end
      from unnest(p_ticket_ids, p_department_ids, p_service_ids, p_priorities, p_sla_policy_version_ids, p_first_response_ats)
             f (ticket_id, department_id, service_id, priority, sla_policy_version_id, first_response_at)
     cross join lateral fn.sla_computed(f.ticket_id, f.service_id, f.priority, f.sla_policy_version_id, f.first_response_at) c
        on conflict (ticket_id, target_kind) do update
       set department_id = excluded.department_id, sla_target_id = excluded.sla_target_id, calendar_version_id = excluded.calendar_version_id,
           target_s = excluded.target_s, started_at = excluded.started_at, stopped_at = excluded.stopped_at, due_at = excluded.due_at,
           elapsed_s = excluded.elapsed_s, elapsed_at = excluded.elapsed_at, is_running = excluded.is_running, is_cancelled = excluded.is_cancelled,
           breach_noted_at = case when excluded.due_at <= k.breach_noted_at then k.breach_noted_at end
     where (k.department_id, k.sla_target_id, k.calendar_version_id, k.target_s, k.started_at, k.stopped_at, k.due_at, k.elapsed_s, k.elapsed_at, k.is_running, k.is_cancelled)
           is distinct from
           (excluded.department_id, excluded.sla_target_id, excluded.calendar_version_id, excluded.target_s, excluded.started_at, excluded.stopped_at, excluded.due_at,
            excluded.elapsed_s, excluded.elapsed_at, excluded.is_running, excluded.is_cancelled)
       and (p_replayed_at is not null or k.calendar_version_id = excluded.calendar_version_id
            or (k.stopped_at, k.sla_target_id) is distinct from (excluded.stopped_at, excluded.sla_target_id) or excluded.stopped_at is null
            or not fn.calendar_is_same(k.calendar_version_id, excluded.calendar_version_id));
end $$;
comment on function fn.sla_write(bigint[], int[], int[], smallint[], int[], timestamptz[], timestamptz) is 'Writes the clocks of these tickets as fn.sla_computed gives them.';
grant execute on function fn.sla_write(bigint[], int[], int[], smallint[], int[], timestamptz[], timestamptz) to ebb_replay;

create or replace function fn.sla_refresh(p_ticket ebb.ticket) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    perform fn.sla_write(array[p_ticket.ticket_id], array[p_ticket.department_id], array[p_ticket.service_id], array[p_ticket.priority],
                         array[p_ticket.sla_policy_version_id], array[p_ticket.first_response_at], null);
    delete from ebb.sla_clock k
     where k.ticket_id = p_ticket.ticket_id
       and not exists (select from ebb.sla_target g
                        where g.sla_policy_version_id = p_ticket.sla_policy_version_id and g.target_kind = k.target_kind and g.priority = p_ticket.priority);
    return (select k.due_at from ebb.sla_clock k where k.ticket_id = p_ticket.ticket_id and k.target_kind = 'resolve');
end $$;
comment on function fn.sla_refresh(ebb.ticket) is 'Brings a ticket''s clocks to what its spans and the row given say, and removes those for which no target is left; returns when it is due to be resolved, or NULL.';

create or replace function fn.sla_due(p_ticket ebb.ticket) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (select i.at
              from (select c.calendar_version_id, w.work_s
                      from ebb.service s
                     cross join lateral (select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = s.calendar_id order by v.version desc limit 1) c
                     cross join lateral fn.work_point(c.calendar_version_id, p_ticket.opened_at) w
                     where s.service_id = p_ticket.service_id
                    offset 0) o
              join ebb.sla_target g on g.sla_policy_version_id = p_ticket.sla_policy_version_id and g.target_kind = 'resolve' and g.priority = p_ticket.priority
              join ebb.clock_class k on k.clock_class = p_ticket.clock_class and k.runs_resolve
             cross join lateral fn.work_instant(o.calendar_version_id, o.work_s + g.target_s) i);
end $$;
comment on function fn.sla_due(ebb.ticket) is 'When a ticket that is just being opened is due to be resolved; NULL when no target applies or its clock does not run yet.';

create or replace function fn.sla_start(p_ticket ebb.ticket) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    if p_ticket.state >= 4 or p_ticket.first_response_at is not null then
        perform fn.sla_refresh(p_ticket);
        return;
    end if;
    -- due_at is what fn.sla_due gave for this very row a moment ago.
    insert into ebb.sla_clock (ticket_id, target_kind, department_id, sla_target_id, calendar_version_id, target_s, started_at, due_at, elapsed_s, elapsed_at, is_running)
    select p_ticket.ticket_id, g.target_kind, p_ticket.department_id, g.sla_target_id, o.calendar_version_id, g.target_s, p_ticket.opened_at,
           case when g.target_kind = 'resolve' then p_ticket.due_at
                when k.runs_response then (select i.at from fn.work_instant(o.calendar_version_id, o.work_s + g.target_s) i) end,
           0, p_ticket.opened_at, case g.target_kind when 'resolve' then k.runs_resolve else k.runs_response end
      from (select c.calendar_version_id, w.work_s
              from ebb.service s
             cross join lateral (select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = s.calendar_id order by v.version desc limit 1) c
             cross join lateral fn.work_point(c.calendar_version_id, p_ticket.opened_at) w
             where s.service_id = p_ticket.service_id
            offset 0) o
      join ebb.sla_target g on g.sla_policy_version_id = p_ticket.sla_policy_version_id and g.priority = p_ticket.priority
      join ebb.clock_class k on k.clock_class = p_ticket.clock_class;
end $$;
comment on function fn.sla_start(ebb.ticket) is 'Writes the clocks of a ticket that has just been opened: what fn.sla_refresh would write, at less cost.';

create or replace function fn.sla_status(p_at timestamptz, p_due_at timestamptz, p_stopped_at timestamptz, p_is_running boolean, p_is_cancelled boolean) returns text
language sql immutable parallel safe
return case when p_is_cancelled then 'cancelled'
            when p_due_at < coalesce(p_stopped_at, p_at) then 'breached'
            when p_stopped_at is not null then 'met'
            when p_is_running then 'running'
            else 'paused' end;
comment on function fn.sla_status(timestamptz, timestamptz, timestamptz, boolean, boolean) is 'State of a clock at an instant not before its last computation: running, paused, met, breached or cancelled. Done exactly at the due instant is met.';
grant execute on function fn.sla_status(timestamptz, timestamptz, timestamptz, boolean, boolean) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;
