-- SPDX-License-Identifier: Apache-2.0
-- The desk as it stood at any instant, from spans alone. An assessment of a log reads it at the log's end, a trust check reads it
-- now and compares it with what the tickets say of themselves. Functions with a parsed body: the planner folds them into the
-- query, what is not asked for is not computed, and the caller's own rights decide which tickets they see.

create or replace function reporting_v1.tickets_at(p_as_of timestamptz)
returns table (ticket_id bigint, import_id int, department_id int, service_id int, request_type_id int, requester_id int, priority smallint, opened_at timestamptz,
               status_id smallint, is_open boolean, is_unowned boolean, clock_class text, team_id int, assignee_id int, accountable_person_id int, is_team_assumed boolean,
               done_at timestamptz, is_done boolean, is_output boolean, age_hours numeric, lead_hours numeric, open_hours numeric, unowned_hours numeric,
               waiting_hours numeric, worked_hours numeric, first_owned_at timestamptz, team_stay_count int)
language sql stable parallel safe
begin atomic
    select g.ticket_id, g.import_id, g.department_id, g.service_id, g.request_type_id, g.requester_id, g.priority, g.opened_at,
           g.status_id, g.status_id < 4, g.status_id < 4 and g.assignee_id is null, g.clock_class, g.team_id, g.assignee_id, g.accountable_person_id, g.is_team_assumed,
           case when g.status_id >= 4 then coalesce(g.work_until, g.opened_at) end,
           g.status_id >= 4,
           g.status_id in (4, 5),
           coalesce(fn.to_hours(g.age_s), 0.00),
           case when g.status_id < 6 then fn.hours(g.opened_at, case when g.status_id >= 4 then coalesce(g.work_until, g.opened_at) else p_as_of end) end,
           coalesce(fn.to_hours(g.open_s), 0.00), coalesce(fn.to_hours(g.unowned_s), 0.00),
           coalesce(fn.to_hours(g.waiting_s), 0.00), coalesce(fn.to_hours(g.worked_s), 0.00),
           g.first_owned_at, g.team_stay_count
      from (select s.ticket_id, s.import_id, max(s.service_id) as service_id, max(s.request_type_id) as request_type_id, max(s.requester_id) as requester_id,
                   max(s.priority) as priority, min(s.opened_at) as opened_at,
                   max(s.status_id) filter (where n.is_present) as status_id,
                   max(s.department_id) filter (where n.is_present) as department_id,
                   max(s.clock_class) filter (where n.is_present) as clock_class,
                   max(s.team_id) filter (where n.is_present) as team_id,
                   max(s.assignee_id) filter (where n.is_present) as assignee_id,
                   max(s.accountable_person_id) filter (where n.is_present) as accountable_person_id,
                   bool_or(s.is_team_assumed) filter (where n.is_present) as is_team_assumed,
                   max(s.ended_at) filter (where s.is_open and s.ended_at <= p_as_of) as work_until,
                   sum(n.seconds) filter (where s.clock_class <> 'closed') as age_s,
                   sum(n.seconds) filter (where s.is_open) as open_s,
                   sum(n.seconds) filter (where s.is_unowned) as unowned_s,
                   sum(n.seconds) filter (where s.status_id = 3) as waiting_s,
                   sum(n.seconds) filter (where s.clock_class = 'worked') as worked_s,
                   min(s.started_at) filter (where s.assignee_id is not null) as first_owned_at,
                   max(s.team_stay_position) as team_stay_count
              from reporting_v1.ticket_spans s
             cross join lateral (select s.ended_at is null or s.ended_at > p_as_of as is_present,
                                        fn.elapsed_s(s.started_at, least(coalesce(s.ended_at, p_as_of), p_as_of)) as seconds) n
             where s.started_at <= p_as_of
             group by s.ticket_id, s.import_id) g;
end;
comment on function reporting_v1.tickets_at(timestamptz) is 'ticket: every ticket opened by that instant, as it stood then (service, request type and priority as they stand today). done_at: when it left the open work for the last time known then; lead_hours: opening to done_at, or to that instant while it is open (cancelled and merged tickets have none); is_output: resolved or closed.';
grant execute on function reporting_v1.tickets_at(timestamptz) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

create or replace function reporting_v1.survival(p_hours double precision[], p_done boolean[], p_shares double precision[])
returns table (share double precision, hours numeric, is_more_than boolean)
language sql immutable parallel safe
begin atomic
    with cohort as (
        select o.t, count(*)::double precision as leaving, count(*) filter (where o.e) as events from unnest(p_hours, p_done) o (t, e) where o.t is not null group by o.t
    ), risk as (
        select c.t, c.events, sum(c.leaving) over (order by c.t desc) as at_risk, max(c.t) over () as longest from cohort c
    ), curve as (
        select r.t, r.longest, case when r.events >= r.at_risk then 0
                         else exp(sum(ln(greatest(1 - r.events / r.at_risk, 1e-300))) over (order by r.t)) end as surviving
          from risk r
    )
    select p.p, coalesce(min(c.t) filter (where 1 - c.surviving >= p.p - 1e-9), max(c.longest))::numeric(12, 2),
           min(c.t) filter (where 1 - c.surviving >= p.p - 1e-9) is null
      from unnest(p_shares) p (p) left join curve c on true
     group by p.p;
end;
comment on function reporting_v1.survival(double precision[], boolean[], double precision[]) is 'share: the time within which that share is done, by Kaplan and Meier: what is still open counts with the time it has lasted. is_more_than: the share has not been reached; the true value is more than hours.';
grant execute on function reporting_v1.survival(double precision[], boolean[], double precision[]) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

create or replace function reporting_v1.survival_text(p_hours double precision[], p_done boolean[], p_share double precision) returns text
language sql immutable parallel safe
begin atomic
    select case when s.is_more_than then 'more than ' || s.hours else s.hours::text end
      from reporting_v1.survival(p_hours, p_done, array[p_share]) s;
end;
comment on function reporting_v1.survival_text(double precision[], boolean[], double precision) is 'One time of reporting_v1.survival in words: 26.50, or more than 1020.00.';
grant execute on function reporting_v1.survival_text(double precision[], boolean[], double precision) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

create or replace function reporting_v1.issues_at(p_as_of timestamptz)
returns table (issue_key text, service_id int, department_id int, import_id int, ticket_count int, recent_count int, month_count int, has_returned boolean, last_ticket_id bigint)
language sql stable parallel safe
begin atomic
    select k.issue_key, k.service_id, k.department_id, k.import_id, count(*)::int, (count(*) filter (where k.days_ago <= 30))::int,
           (count(distinct ceil(greatest(k.days_ago, 0.1) / 30)) filter (where k.days_ago <= 90))::int,
           coalesce(bool_or(k.days_ago <= 30 and k.begins_anew), false), max(k.ticket_id)
      from (select x.issue_key, x.service_id, x.department_id, x.import_id, x.ticket_id, fn.elapsed_s(x.opened_at, p_as_of) / 86400 as days_ago,
                   x.opened_at >= lag(x.opened_at) over w + interval '24 hours'
                   and max(d.done_at) over (w rows between unbounded preceding and 1 preceding) <= x.opened_at as begins_anew
              from reporting_v1.ticket_issues x
             cross join lateral (select case when bool_or(s.ended_at is null or s.ended_at > p_as_of) then 'infinity'::timestamptz else max(s.ended_at) end as done_at
                                   from reporting_v1.ticket_spans s where s.ticket_id = x.ticket_id and s.is_open and s.started_at <= p_as_of) d
             where x.opened_at <= p_as_of and x.opened_at >= p_as_of - interval '120 days'
            window w as (partition by x.issue_key, x.import_id order by x.opened_at, x.ticket_id)) k
     group by k.issue_key, k.service_id, k.department_id, k.import_id;
end;
comment on function reporting_v1.issues_at(timestamptz) is 'issue (tickets of one service with the same masked subject, opened in the 120 days before the instant): how many tickets in all, in the last 30 days (recent_count), in how many of the last three 30-day months (month_count), and whether it returned in the last 30 days: a ticket at least 24 hours after the one before it, when all earlier ones were done.';
grant execute on function reporting_v1.issues_at(timestamptz) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

-- With the caller's rights, and by names bound here: the hours of a service that the caller does not see are NULL.
create or replace function reporting_v1.business_hours(p_service_id int, p_from timestamptz, p_to timestamptz) returns numeric
language sql stable
begin atomic
    select round(fn.business_seconds(v.calendar_id, p_from, p_to) / 3600, 2) from reporting_v1.dim_services v where v.service_id = p_service_id;
end;
comment on function reporting_v1.business_hours(int, timestamptz, timestamptz) is 'Working hours between two instants by the calendar of a service. Unit: hours.';
grant execute on function reporting_v1.business_hours(int, timestamptz, timestamptz) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
