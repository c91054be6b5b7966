-- SPDX-License-Identifier: Apache-2.0
-- What moves: hand-overs and returns, flow by month, lead time. Queries as text, see rule.sql.

create or replace view fn.assess_query_flow (query_name, kind, title, note, columns, sql) as
values
    ('population', 'figures', 'What was looked at', 'The backlog and what moves is looked at in the instant method.stock_at.', null::text[], $q$
select (select count(*) from {tickets} t) as ticket_count,
       (select count(*) from {tickets} t where t.is_open) as open_count_at_the_end,
       (select count(*) from {stock} s where s.is_open) as open_count,
       (select min(t.opened_at) from {tickets} t) as first_opened_at,
       (select max(t.opened_at) from {tickets} t) as last_opened_at,
       round((date_part('epoch', {stock_at} - (select min(t.opened_at) from {tickets} t)) / 604800)::numeric, 1) as week_count,
       (select round(count(*) / 28.0, 2) from {tickets} t where t.opened_at >= {stock_at} - interval '28 days' and t.opened_at < {stock_at}) as opened_per_day,
       (select round(count(*) / 28.0, 2) from {tickets} t where t.done_at >= {stock_at} - interval '28 days' and t.done_at < {stock_at} and t.is_output) as resolved_per_day$q$),

    ('handovers', 'figures', 'Hand-overs and returns', 'A hand-over is a change of team; a first assignment is none. A return goes to a team that had already held the ticket: directly (A, B, A) or round (A, B, C, A). Away hours: from giving it away until it came back.', null, $q$
select count(*) as handoff_count, count(*) filter (where h.is_return) as return_count, count(*) filter (where h.is_direct_return) as direct_return_count,
       count(distinct h.ticket_id) as handed_on_ticket_count, count(distinct h.ticket_id) filter (where h.is_return) as came_back_ticket_count,
       (select count(*) from {tickets} t where not t.is_team_assumed or t.team_stay_count > 1) as ticket_with_team_count,
       round(count(distinct h.ticket_id) filter (where h.is_return)::numeric / nullif((select count(*) from {tickets} t where not t.is_team_assumed or t.team_stay_count > 1), 0), 4) as came_back_share,
       round(count(*) filter (where h.is_return)::numeric / nullif(count(*), 0), 4) as return_share,
       round(coalesce(sum(h.away_hours) filter (where h.is_return), 0), 2) as away_hours_sum
  from {hops} h$q$),

    ('came_back', 'figures', 'What coming back costs', 'Median lead time of tickets that are done, by how often they came back. Harder tickets come back more often, so the difference is an upper bound of what a right first route would save.', null, $q$
with c as (
    select t.ticket_id, t.lead_hours, t.is_done, least(coalesce(h.n, 0), 2) as returns
      from {tickets} t left join (select x.ticket_id, count(*) as n from {hops} x where x.is_return group by x.ticket_id) h on h.ticket_id = t.ticket_id
     where t.lead_hours is not null
)
select round((percentile_disc(0.5) within group (order by c.lead_hours) filter (where c.returns = 0 and c.is_done))::numeric, 2) as median_lead_hours_without_return,
       round((percentile_disc(0.5) within group (order by c.lead_hours) filter (where c.returns = 1 and c.is_done))::numeric, 2) as median_lead_hours_one_return,
       round((percentile_disc(0.5) within group (order by c.lead_hours) filter (where c.returns = 2 and c.is_done))::numeric, 2) as median_lead_hours_more_returns
  from c$q$),

    ('handover_pairs', 'section', 'Hand-overs and returns between teams', 'Every pair of teams, the 30 with most returns. A return goes to a team that had already held the ticket; hours out: from giving it away until it came back.',
     array['from:', 'to:', 'hand-overs:', 'returns:', 'direct returns:', 'tickets:tickets', 'hours out:hours', 'held before p50:hours'], $q$
select h.from_team_name, h.to_team_name, count(*) as handoff_count, count(*) filter (where h.is_return) as return_count, count(*) filter (where h.is_direct_return) as direct_return_count,
       count(distinct h.ticket_id) as ticket_count, round(coalesce(sum(h.away_hours) filter (where h.is_return), 0), 2) as away_hours,
       percentile_disc(0.5) within group (order by h.held_hours_before) as held_p50_hours
  from {hops} h group by h.from_team_id, h.from_team_name, h.to_team_id, h.to_team_name order by 4 desc, 3 desc, 1, 2 limit 30$q$),

    ('bounced_tickets', 'section', 'Tickets that came back', 'The 30 tickets with most returns, and the time they spent away from a team that got them back.',
     array['ticket:', 'source:', 'hand-overs:', 'returns:', 'direct returns:', 'teams:', 'hours out:hours', 'lead time:hours'], $q$
select 'EBB-' || h.ticket_id as ticket_ref, t.source_ref, count(*) as handoff_count, count(*) filter (where h.is_return) as return_count, count(*) filter (where h.is_direct_return) as direct_return_count,
       (select count(*) from (select x.from_team_id from {hops} x where x.ticket_id = h.ticket_id union select x.to_team_id from {hops} x where x.ticket_id = h.ticket_id) y) as team_count,
       round(sum(h.away_hours) filter (where h.is_return), 2) as away_hours, min(l.lead_hours) as lead_hours
  from {hops} h
  join (select r.ticket_id from {hops} r where r.is_return group by r.ticket_id order by count(*) desc, r.ticket_id limit 30) top on top.ticket_id = h.ticket_id
  join {tickets} l on l.ticket_id = h.ticket_id
  join reporting_v1.tickets t on t.ticket_id = h.ticket_id
 group by h.ticket_id, t.source_ref order by 4 desc, 3 desc, h.ticket_id$q$),

    ('flow', 'section', 'Flow by month', 'Resolved: left the open work as done, gross; reopened beside it. Departed: also what was cancelled or merged. Ageing debt: 1 - hours that left with the departures / hours that passed in the backlog; above 0.10 the closures do not reach the old work; months with fewer than 20 departures show none. The last 24 months.',
     array['month:', 'opened:tickets', 'resolved:', 'reopened:', 'net:', 'departed:', 'closed:', 'open at its end:tickets', 'ageing debt:share'], $q$
with z as (
    select i.reporting_time_zone_name as zone from reporting_v1.contract_info i
), m as (
    select g::date as month_date, (g at time zone z.zone) as starts_at, least((g + interval '1 month') at time zone z.zone, {as_of}) as ends_at
      from z, generate_series(date_trunc('month', greatest({from}, {as_of} - interval '23 months') at time zone z.zone), {as_of} at time zone z.zone, interval '1 month') g
     where (g at time zone z.zone) < {as_of}
), b as (
    select date_trunc('month', f.happened_at at time zone z.zone)::date as month_date,
           count(*) filter (where f.flow_kind = 'opened') as opened, count(*) filter (where f.flow_kind in ('resolved', 'ended')) as resolved, count(*) filter (where f.flow_kind = 'reopened') as reopened,
           count(*) filter (where f.flow_kind in ('resolved', 'ended', 'cancelled', 'merged')) as departed, count(*) filter (where f.flow_kind = 'closed') as closed, sum(f.open_change) as change
      from z, {steps} f group by 1
), s as (
    select coalesce(m.month_date, b.month_date) as month_date, m.month_date is not null as is_shown, coalesce(b.opened, 0) as opened, coalesce(b.resolved, 0) as resolved, coalesce(b.reopened, 0) as reopened,
           coalesce(b.departed, 0) as departed, coalesce(b.closed, 0) as closed, sum(b.change) over (order by coalesce(m.month_date, b.month_date)) as open_at_end
      from b full join m on m.month_date = b.month_date
), h as (
    select m.month_date, sum(date_part('epoch', least(coalesce(t.done_at, m.ends_at), m.ends_at) - greatest(t.opened_at, m.starts_at))) as passed_s,
           coalesce(sum(date_part('epoch', t.done_at - t.opened_at)) filter (where t.done_at >= m.starts_at and t.done_at < m.ends_at), 0) as left_s
      from m join {tickets} t on t.opened_at < m.ends_at and coalesce(t.done_at, 'infinity') >= m.starts_at group by m.month_date
)
select s.month_date, s.opened, s.resolved, s.reopened, s.resolved - s.reopened as net, s.departed, s.closed, s.open_at_end, case when s.departed >= 20 then round((1 - h.left_s / nullif(h.passed_s, 0))::numeric, 4) end as ageing_debt
  from s left join h on h.month_date = s.month_date where s.is_shown order by s.month_date$q$),

    ('lead_time', 'section', 'Lead time, open tickets included', 'Kaplan and Meier: what is still open counts with the time it has lasted ("more than" when the share is not reached). Arrivals of the 90 days before the backlog was looked at; "closed only" is what a report over closed tickets would say. The 20 largest services.',
     array['service:', 'arrivals:tickets', 'still open:tickets', 'p50:hours', 'p85:hours', 'p95:hours', 'p85 closed only:hours'], $q$
with c as (
    select s.service_id, s.lead_hours::float8 as h, s.is_done from {stock} s where s.lead_hours is not null and s.opened_at >= {stock_at} - interval '90 days'
), g as (
    select c.service_id, count(*) as n, count(*) filter (where not c.is_done) as still, array_agg(c.h) as h, array_agg(c.is_done) as d,
           percentile_disc(0.85) within group (order by c.h) filter (where c.is_done) as naive, grouping(c.service_id) as is_all
      from c group by grouping sets ((), (c.service_id))
)
select case when g.is_all = 1 then 'All' else v.service_name end as service_name, g.n as arrival_count, g.still as open_count, k.p50, k.p85, k.p95, round(g.naive::numeric, 2) as p85_closed_only_hours
  from (select * from g where g.n >= 20 or g.is_all = 1 order by g.is_all desc, g.n desc, g.service_id limit 21) g
  left join reporting_v1.dim_services v on v.service_id = g.service_id
 cross join lateral (select max(w.words) filter (where w.share = 0.5) as p50, max(w.words) filter (where w.share = 0.85) as p85, max(w.words) filter (where w.share = 0.95) as p95
                       from (select x.share, case when x.is_more_than then 'more than ' else '' end || x.hours as words from reporting_v1.survival(g.h, g.d, array[0.5, 0.85, 0.95]) x) w) k
 order by g.is_all desc, g.n desc, 1$q$);
comment on view fn.assess_query_flow is 'query: the population, hand-overs and returns, flow, lead time.';
