-- SPDX-License-Identifier: Apache-2.0
-- Flow: what came, moved and went, one step per boundary of a span, so that it reconciles by construction of the spans:
-- open at the end of a day = open the day before + sum of change. Open means new, active or waiting.

create or replace view reporting_v1.flow_steps as
select k.ticket_id, k.flow_kind, k.happened_at, timezone((select z.time_zone_name from fn.report_zone z), k.happened_at)::date as happened_date, k.department_id, k.team_id, k.open_change,
       k.service_id, k.request_type_id, q.ticket_kind, k.priority, k.import_id, k.opened_at
  from (select n.ticket_id,
               case b.side when 1 then case when p.seq is null then 'opened' when p.state >= 4 then 'reopened' else 'handed_in' end
                           when 0 then 'closed'
                           else case case b.side when -1 then x.state else n.state end
                                when 4 then 'resolved' when 5 then 'ended' when 6 then 'cancelled' when 7 then 'merged' else 'handed_out' end end as flow_kind,
               case b.side when -1 then x.started_at else n.started_at end as happened_at,
               n.department_id, n.team_id,
               case b.side when 1 then 1 when 0 then 0 else -1 end as open_change,
               t.service_id, t.request_type_id, t.priority, t.import_id, t.opened_at
          from ebb.ticket_span n
          join fn.ticket_label t on t.ticket_id = n.ticket_id
          left join fn.span_link p on p.ticket_id = n.ticket_id and p.seq = n.prev_seq
          left join fn.span_link x on x.ticket_id = n.ticket_id and x.seq = n.seq + 1
         -- 1: enters with this span; -1: leaves at its end; -2: came in ended already; 0: is closed.
         cross join (values (1), (-1), (-2), (0)) b (side)
         where case b.side
               when 1 then p.seq is null or (n.state < 4 and (p.state >= 4 or p.team_id <> n.team_id or p.department_id <> n.department_id))
               when -1 then n.state < 4 and (x.state >= 4 or x.team_id <> n.team_id or x.department_id <> n.department_id)
               when -2 then p.seq is null and n.state >= 4
               else n.state = 5 and p.state is distinct from 5 end) k
  left join fn.request_type_label q on q.request_type_id = k.request_type_id;
comment on view reporting_v1.flow_steps is 'step: one ticket entering or leaving the open work of a team (or being closed for good, which changes nothing about what is open).';
comment on column reporting_v1.flow_steps.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.flow_steps.flow_kind is 'opened, reopened, handed_in (from another team), resolved, ended (closed without having been resolved), cancelled, merged, handed_out, closed (finally, from any state).';
comment on column reporting_v1.flow_steps.happened_at is 'When.';
comment on column reporting_v1.flow_steps.happened_date is 'Day of happened_at, in the time zone of contract_info.';
comment on column reporting_v1.flow_steps.department_id is 'Department whose open work changed; joins dim_departments.';
comment on column reporting_v1.flow_steps.team_id is 'Team whose open work changed; joins dim_teams.';
comment on column reporting_v1.flow_steps.open_change is '+1, -1 or 0: what the step does to the number of open tickets of the team.';
comment on column reporting_v1.flow_steps.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.flow_steps.request_type_id is 'Request type of the ticket today; joins dim_request_types.';
comment on column reporting_v1.flow_steps.ticket_kind is 'Practice: incident, request, problem, change or task.';
comment on column reporting_v1.flow_steps.priority is 'Priority of the ticket today; joins dim_priorities.';
comment on column reporting_v1.flow_steps.import_id is 'Import the ticket came from; NULL when it was opened here.';
comment on column reporting_v1.flow_steps.opened_at is 'When the ticket was opened.';

create or replace view reporting_v1.flow_daily as
select f.happened_date as date,
       f.department_id,
       f.team_id,
       f.service_id,
       f.ticket_kind,
       f.priority,
       f.import_id,
       count(*) filter (where f.flow_kind = 'opened') as opened_count,
       count(*) filter (where f.flow_kind = 'handed_in') as taken_over_count,
       count(*) filter (where f.flow_kind = 'reopened') as reopened_count,
       count(*) filter (where f.flow_kind in ('resolved', 'ended')) as resolved_count,
       count(*) filter (where f.flow_kind in ('resolved', 'ended')) - count(*) filter (where f.flow_kind = 'reopened') as net_resolved_count,
       count(*) filter (where f.flow_kind in ('resolved', 'ended', 'cancelled', 'merged')) as departed_count,
       count(*) filter (where f.flow_kind in ('cancelled', 'merged')) as cancelled_count,
       count(*) filter (where f.flow_kind = 'closed') as closed_count,
       count(*) filter (where f.flow_kind = 'handed_out') as handed_away_count,
       sum(f.open_change) as net_change_count,
       coalesce(fn.to_hours(sum(fn.elapsed_s(f.opened_at, f.happened_at)) filter (where f.flow_kind in ('resolved', 'ended'))), 0.00) as resolved_hours_sum
  from reporting_v1.flow_steps f
 group by f.happened_date, f.department_id, f.team_id, f.service_id, f.ticket_kind, f.priority, f.import_id;
comment on view reporting_v1.flow_daily is 'day x department x team x service x ticket kind x priority (x import): what came and went. The running sum of net_change_count is the number of open tickets at the end of the day.';
comment on column reporting_v1.flow_daily.date is 'Day; joins dim_date. Days on which nothing happened have no row.';
comment on column reporting_v1.flow_daily.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.flow_daily.team_id is 'Team; joins dim_teams.';
comment on column reporting_v1.flow_daily.service_id is 'Service of the tickets today; joins dim_services.';
comment on column reporting_v1.flow_daily.ticket_kind is 'Practice: incident, request, problem, change or task.';
comment on column reporting_v1.flow_daily.priority is 'Priority of the tickets today; joins dim_priorities.';
comment on column reporting_v1.flow_daily.import_id is 'Import the tickets came from; NULL for those opened here.';
comment on column reporting_v1.flow_daily.opened_count is 'Opened with this team.';
comment on column reporting_v1.flow_daily.taken_over_count is 'Came over from another team while open (a first assignment of an imported ticket included).';
comment on column reporting_v1.flow_daily.reopened_count is 'Reopened after resolving or closing.';
comment on column reporting_v1.flow_daily.resolved_count is 'Left the open work as done: resolved, or closed without having been resolved. Gross: one that was reopened and resolved again counts twice.';
comment on column reporting_v1.flow_daily.net_resolved_count is 'Resolved minus reopened.';
comment on column reporting_v1.flow_daily.departed_count is 'No longer open: resolved, ended, cancelled or merged.';
comment on column reporting_v1.flow_daily.cancelled_count is 'Of these, cancelled or merged: never output.';
comment on column reporting_v1.flow_daily.closed_count is 'Closed for good; those resolved before left the open work already then.';
comment on column reporting_v1.flow_daily.handed_away_count is 'Went to another team while open.';
comment on column reporting_v1.flow_daily.net_change_count is 'opened + taken over + reopened - departed - handed away.';
comment on column reporting_v1.flow_daily.resolved_hours_sum is 'Hours from opening to resolving of those resolved, wall time. Unit: hours.';

create or replace view reporting_v1.backlog_daily as
with d as (
    select f.happened_date as date, f.department_id, f.team_id, f.import_id, sum(f.open_change) as change_count
      from reporting_v1.flow_steps f where f.open_change <> 0
     group by f.happened_date, f.department_id, f.team_id, f.import_id
), r as (
    select d.date, d.department_id, d.team_id, d.import_id,
           sum(d.change_count) over (partition by d.department_id, d.team_id, d.import_id order by d.date) as open_count,
           lead(d.date) over (partition by d.department_id, d.team_id, d.import_id order by d.date) as next_date
      from d
)
select c.date, r.department_id, r.team_id, r.import_id, r.open_count
  from r
  left join ebb.import i on i.import_id = r.import_id
  join reporting_v1.dim_date c on c.date >= r.date and c.date < coalesce(r.next_date, timezone((select z.time_zone_name from fn.report_zone z), coalesce(i.last_at, now()))::date + 1)
 where r.open_count > 0;
comment on view reporting_v1.backlog_daily is 'day x department x team (x import): open tickets at the end of the day, up to today (for an imported log: up to its end). Days without open tickets have no row.';
comment on column reporting_v1.backlog_daily.date is 'Day; joins dim_date.';
comment on column reporting_v1.backlog_daily.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.backlog_daily.team_id is 'Team; joins dim_teams.';
comment on column reporting_v1.backlog_daily.import_id is 'Import the tickets came from; NULL for those opened here.';
comment on column reporting_v1.backlog_daily.open_count is 'Tickets that were new, active or waiting at the end of the day.';
grant select on reporting_v1.flow_steps, reporting_v1.flow_daily, reporting_v1.backlog_daily
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
