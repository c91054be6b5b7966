-- SPDX-License-Identifier: Apache-2.0
-- Service levels of the past: what was believed then, and what is known now.

create or replace function reporting_v1.sla_clocks_at(p_as_of timestamptz, p_known_at timestamptz default null)
returns table (ticket_id bigint, target_code text, cycle int, target_kind text, sla_target_id int, department_id int, team_id int, started_at timestamptz, due_at timestamptz,
               stopped_at timestamptz, clock_status text, elapsed_business_hours numeric, target_business_hours numeric, is_breached boolean, calendar_version_id int)
language sql stable
begin atomic
    select c.ticket_id, c.target_code, c.cycle, c.target_kind, c.sla_target_id, c.department_id, c.team_id, c.started_at, c.due_at, c.stopped_at, c.clock_status,
           round(c.elapsed_s / 3600, 2), round(c.target_s::numeric / 3600, 2), coalesce(c.due_at < coalesce(c.stopped_at, p_as_of), false), c.calendar_version_id
      from (select array_agg(t.ticket_id) as tickets from reporting_v1.tickets t where t.opened_at <= p_as_of offset 0) t
     cross join lateral fn.sla_clocks_at(t.tickets, p_as_of, coalesce(p_known_at, p_as_of)) c;
end;
comment on function reporting_v1.sla_clocks_at(timestamptz, timestamptz) is 'clock: as it stood at an instant, by the events, policies and calendars known at that instant, or at p_known_at. The same question gives the same answer for ever; sla_clocks_at(then, now()) shows what today''s calendars say of then.';
grant execute on function reporting_v1.sla_clocks_at(timestamptz, timestamptz) to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

create or replace view reporting_v1.sla_daily as
with believed as (
    select d.date, d.department_id, d.team_id, d.sla_target_id, d.met_count, d.breached_count, d.running_count, d.at_risk_count from ebb.sla_day d
), known as (
    select (case when x.is_met then x.stopped_at else x.breached_at end at time zone (select z.time_zone_name from fn.report_zone z))::date as date,
           x.department_id, case when x.is_met then x.team_id_at_end else x.breach_owner_team_id end as team_id, x.sla_target_id,
           count(*) filter (where x.is_met) as met_count, count(*) filter (where not x.is_met) as breached_count
      from reporting_v1.sla_clocks x where x.is_met is not null
     group by 1, 2, 3, 4
)
select date, coalesce(b.department_id, k.department_id) as department_id, team_id, sla_target_id,
       b.met_count::bigint as met_count, b.breached_count::bigint as breached_count, b.running_count::bigint as running_count, b.at_risk_count::bigint as at_risk_count,
       round(b.met_count::numeric / nullif(b.met_count + b.breached_count, 0), 4) as met_share,
       coalesce(k.met_count, 0) as known_met_count, coalesce(k.breached_count, 0) as known_breached_count,
       round(k.met_count::numeric / nullif(k.met_count + k.breached_count, 0), 4) as known_met_share
  from believed b full join known k using (date, team_id, sla_target_id);
comment on view reporting_v1.sla_daily is 'day x team x target: clocks met and broken, as it was believed at the end of the day and as it is known now. Both columns differ where a calendar was edited, a ticket reopened or a log imported since.';
comment on column reporting_v1.sla_daily.date is 'Day on which clocks stopped in time or broke, in the reporting time zone.';
comment on column reporting_v1.sla_daily.department_id is 'Department of the tickets; joins dim_departments.';
comment on column reporting_v1.sla_daily.team_id is 'Team that held the ticket at that moment, or at the end of the day while its clock ran; joins dim_teams.';
comment on column reporting_v1.sla_daily.sla_target_id is 'Target; joins dim_sla_targets.';
comment on column reporting_v1.sla_daily.met_count is 'Clocks that stopped in time, as believed at the end of the day; never changes. NULL for days before these were written down, and for today.';
comment on column reporting_v1.sla_daily.breached_count is 'Clocks that broke, as believed at the end of the day; never changes.';
comment on column reporting_v1.sla_daily.running_count is 'Clocks that had neither stopped nor broken at the end of the day, as believed then.';
comment on column reporting_v1.sla_daily.at_risk_count is 'Those of them whose warning instant had passed.';
comment on column reporting_v1.sla_daily.met_share is 'Share of the clocks decided on that day that were met, as believed at its end. Unit: share from 0 to 1.';
comment on column reporting_v1.sla_daily.known_met_count is 'Clocks that stopped in time on that day, by what is known now.';
comment on column reporting_v1.sla_daily.known_breached_count is 'Clocks that broke on that day, by what is known now.';
comment on column reporting_v1.sla_daily.known_met_share is 'Share of the clocks decided on that day that were met, by what is known now. Unit: share from 0 to 1.';
grant select on reporting_v1.sla_daily to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
