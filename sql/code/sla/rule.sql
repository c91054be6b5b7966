-- SPDX-License-Identifier: Apache-2.0
-- Service-level clocks. What a clock says is a function of the ticket's spans, its targets and its calendar, and of nothing
-- that was stored before; fn.sla_computed is that function, for one ticket or many, and everything that writes or checks
-- clocks goes through it. Only the opening of a ticket (fn.sla_due, fn.sla_start) has a short way of its own, for the one case
-- of a single span that has just begun; tests prove that it gives the same.
--
-- A clock runs in the spans whose class lets it (ebb.clock_class). It is due at the first instant at which the working seconds
-- of those spans reach the target, and broken when it has not stopped by then. A response clock stops at the first public
-- answer or, without one, with the ticket; a resolve clock stops where the present resolved or closed stay begins. Taking the
-- end back lets both go on as if they had paused.

create or replace function fn.sla_computed(p_ticket_ids bigint[], p_department_ids int[], p_service_ids int[], p_priorities smallint[],
                                           p_sla_policy_version_ids int[], p_first_response_ats timestamptz[])
returns table (ticket_id bigint, target_kind text, department_id int, sla_target_id int, calendar_version_id int, target_s int, started_at timestamptz,
               stopped_at timestamptz, due_at timestamptz, elapsed_s numeric, elapsed_at timestamptz, is_running boolean, is_cancelled boolean)
language sql stable
begin atomic
    with fact as (
        select u.ticket_id, u.department_id, u.priority, u.sla_policy_version_id, u.first_response_at, v.calendar_version_id, w.work_s as work_response
          from unnest(p_ticket_ids, p_department_ids, p_service_ids, p_priorities, p_sla_policy_version_ids, p_first_response_ats)
                 u (ticket_id, department_id, service_id, priority, sla_policy_version_id, first_response_at)
          join ebb.service s on s.service_id = u.service_id
         cross join lateral (select c.calendar_version_id from ebb.calendar_version c where c.calendar_id = s.calendar_id order by c.version desc limit 1) v
         cross join lateral fn.work_point(v.calendar_version_id, u.first_response_at) w
        offset 0 -- fence: what is looked up is looked up once, however often it is used above
    ), mark as (
        -- A span ends where the next begins, so one look-up per span gives both of its ends.
        select f.ticket_id, f.calendar_version_id, s.seq, s.started_at, s.ended_at, s.state, k.runs_response, k.runs_resolve, w.work_s
          from fact f
          join ebb.ticket_span s on s.ticket_id = f.ticket_id
          join ebb.clock_class k on k.clock_class = s.clock_class
         cross join lateral fn.work_point(f.calendar_version_id, s.started_at) w
        offset 0
    ), span as (
        select m.*, lead(m.work_s) over t as work_to, coalesce(max(m.seq) filter (where m.state < 4) over (partition by m.ticket_id), 0) as last_open_seq,
               min(m.started_at) over (partition by m.ticket_id) as opened_at, max(m.started_at) over (partition by m.ticket_id) as last_at
          from mark m window t as (partition by m.ticket_id order by m.seq)
    ), stay as (
        -- Where the ticket's present end begins, if it has ended: the first span after the last one of work.
        select s.*, e.end_at, e.end_work, e.end_state
          from (select s.*, min(s.started_at) filter (where s.seq = s.last_open_seq + 1) over t as end_at,
                       min(s.work_s) filter (where s.seq = s.last_open_seq + 1) over t as end_work,
                       min(s.state) filter (where s.seq = s.last_open_seq + 1) over t as end_state
                  from span s window t as (partition by s.ticket_id)) s
    )
    select null, null, null, null, null, null, null, null, null, null, null, null, null;
end;
