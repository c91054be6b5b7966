-- SPDX-License-Identifier: Apache-2.0
-- Question 1, do tickets age without clear ownership, and where the backlog stands. Queries as text, see rule.sql.

create or replace view fn.assess_query_ownership (query_name, kind, title, note, columns, sql) as
values
    ('question_1', 'figures', null::text, null::text, null::text[], $q$
with o as (
    select s.*, reporting_v1.business_hours(s.service_id, s.opened_at, {stock_at}) > 8 as is_past_grace,
           (select max(e.occurred_at) from reporting_v1.ticket_events e where e.ticket_id = s.ticket_id and e.occurred_at <= {stock_at}) < {stock_at} - interval '14 days' as is_untouched
      from {stock} s where s.is_open
), sle as (
    select v.hours from (select array_agg(c.lead_hours::float8) as h, array_agg(c.is_done) as d from {stock} c
                          where c.lead_hours is not null and c.opened_at >= {stock_at} - interval '90 days') c, reporting_v1.survival(c.h, c.d, array[0.85]) v
), own as (
    select v.hours, v.is_more_than
      from (select array_agg((date_part('epoch', coalesce(c.first_owned_at, c.done_at, {stock_at}) - c.opened_at) / 3600)) as h, array_agg(c.first_owned_at is not null) as d
              from {stock} c where c.opened_at >= {stock_at} - interval '90 days') c, reporting_v1.survival(c.h, c.d, array[0.85]) v
), recent as (
    select sum(x.s) filter (where p.is_unowned) as unowned_s, sum(x.s) as open_s
      from {spans} p cross join lateral (select date_part('epoch', least(coalesce(p.ended_at, {stock_at}), {stock_at}) - greatest(p.started_at, {stock_at} - interval '30 days')) as s) x
     where p.is_open and p.started_at < {stock_at} and coalesce(p.ended_at, {stock_at}) > {stock_at} - interval '30 days'
)
select count(o.ticket_id) as open_count,
       count(*) filter (where o.is_unowned) as open_unowned_count,
       count(*) filter (where o.is_past_grace) as past_grace_count,
       count(*) filter (where o.is_past_grace and o.is_unowned) as past_grace_unowned_count,
       round(count(*) filter (where o.is_past_grace and o.is_unowned)::numeric / nullif(count(*) filter (where o.is_past_grace), 0), 4) as past_grace_unowned_share,
       (select round((r.unowned_s / nullif(r.open_s, 0))::numeric, 4) from recent r) as unowned_hours_share_30_days,
       (select round(sum(t.unowned_hours) / nullif(sum(t.open_hours), 0), 4) from {tickets} t) as unowned_hours_share,
       (select count(*) from {tickets} t where t.unowned_hours > 24) as unowned_over_24_hours_count,
       (select round(count(*) filter (where t.unowned_hours > 24)::numeric / nullif(count(*), 0), 4) from {tickets} t) as unowned_over_24_hours_share,
       (select w.hours from own w) as first_owner_p85_hours,
       (select w.is_more_than from own w) as first_owner_p85_is_more_than,
       (select e.hours from sle e) as sle_hours,
       count(*) filter (where o.age_hours > e.hours) as older_than_sle_count,
       count(*) filter (where o.age_hours > e.hours and (o.is_unowned or o.is_untouched)) as older_than_sle_neglected_count,
       round(count(*) filter (where o.age_hours > e.hours and (o.is_unowned or o.is_untouched))::numeric / nullif(count(*) filter (where o.age_hours > e.hours), 0), 4) as older_than_sle_neglected_share
  from sle e left join o on true$q$),

    ('question_1.tickets', 'tickets', null, null, null, $q$
select s.ticket_id, 'EBB-' || s.ticket_id as ticket_ref, t.source_ref,
       case when s.is_open then format('open for %s h with %s, nobody works on it; %s h of that without anybody', s.age_hours, t.team_name, s.unowned_hours)
            else format('%s of its %s open hours nobody worked on it', s.unowned_hours, s.open_hours) end as why,
       s.unowned_hours, s.age_hours, t.team_name
  from (select x.*, row_number() over (order by x.is_unowned desc, case when x.is_unowned then x.age_hours else x.unowned_hours end desc, x.ticket_id) as place
          from {stock} x where x.unowned_hours > 0) s
  join reporting_v1.tickets t on t.ticket_id = s.ticket_id
 where s.place <= 20
 order by s.place$q$),

    ('backlog', 'section', 'Where the backlog stands', 'Open tickets by service and request type. Ages are wall time; percentiles by nearest rank. The 40 largest rows.',
     array['service:', 'request type:', 'open:tickets', 'unowned:tickets', 'waiting:tickets', 'age p50:hours', 'age p85:hours', 'oldest:hours'], $q$
select v.service_name, q.request_type_name, count(*) as open_count, count(*) filter (where s.is_unowned) as unowned_count, count(*) filter (where s.status_id = 3) as waiting_count,
       percentile_disc(0.5) within group (order by s.age_hours) as age_p50_hours, percentile_disc(0.85) within group (order by s.age_hours) as age_p85_hours, max(s.age_hours) as oldest_hours
  from {stock} s
  join reporting_v1.dim_services v on v.service_id = s.service_id
  join reporting_v1.dim_request_types q on q.request_type_id = s.request_type_id
 where s.is_open
 group by v.service_name, q.request_type_name order by 3 desc, 8 desc, 1, 2 limit 40$q$),

    ('age_bands', 'section', 'How old it is', 'Open tickets by age.', array['age:', 'open:tickets', 'share:share', 'unowned:tickets', 'came back:tickets'], $q$
select b.band, count(s.ticket_id) as open_count, round(count(s.ticket_id)::numeric / nullif(sum(count(s.ticket_id)) over (), 0), 4) as open_share,
       count(s.ticket_id) filter (where s.is_unowned) as unowned_count, count(s.ticket_id) filter (where exists (select from {hops} h where h.ticket_id = s.ticket_id and h.is_return and h.handed_at <= {stock_at})) as came_back_count
  from (values ('under 1 day', 0, 24), ('1 to 3 days', 24, 72), ('3 to 7 days', 72, 168), ('7 to 30 days', 168, 720), ('30 to 90 days', 720, 2160), ('over 90 days', 2160, null)) b (band, low, high)
  left join {stock} s on s.is_open and s.age_hours >= b.low and (s.age_hours < b.high or b.high is null)
 group by b.band, b.low order by b.low$q$),

    ('unowned', 'section', 'Time without owner, by team', 'Open time in which nobody was assigned, to the end of the period assessed. A ticket that waits still needs an owner. The 30 teams with most of it.',
     array['team:', 'periods:', 'tickets:tickets', 'without owner:hours', 'of all its open time:share', 'period p50:hours', 'period p85:hours', 'still so:tickets'], $q$
with p as (
    select s.ticket_id, s.team_id, s.team_stay_position, sum(x.h) filter (where s.is_unowned) as unowned_h, sum(x.h) as open_h, bool_or(s.is_unowned and s.ended_at is null) as is_current
      from {spans} s cross join lateral (select date_part('epoch', least(coalesce(s.ended_at, {as_of}), {as_of}) - s.started_at) / 3600 as h) x
     where s.is_open
     group by s.ticket_id, s.team_id, s.team_stay_position
)
select m.team_name, count(*) filter (where p.unowned_h > 0) as period_count, count(distinct p.ticket_id) filter (where p.unowned_h > 0) as ticket_count, round(coalesce(sum(p.unowned_h), 0)::numeric, 2) as unowned_hours,
       round((coalesce(sum(p.unowned_h), 0) / nullif(sum(p.open_h), 0))::numeric, 4) as unowned_hours_share,
       round((percentile_disc(0.5) within group (order by p.unowned_h) filter (where p.unowned_h > 0))::numeric, 2) as period_p50_hours,
       round((percentile_disc(0.85) within group (order by p.unowned_h) filter (where p.unowned_h > 0))::numeric, 2) as period_p85_hours,
       count(*) filter (where p.is_current) as current_count
  from p join reporting_v1.dim_teams m on m.team_id = p.team_id
 group by m.team_id, m.team_name order by 4 desc, 1 limit 30$q$),

    ('waiting', 'section', 'Where the time goes', 'All time up to the end of each ticket, by clock class: status time, not touch time. Shares of the open time leave out what was resolved.',
     array['clock class:', 'tickets:tickets', 'time:hours', 'of the age:share', 'of the open time:share'], $q$
with c as (
    select s.clock_class, bool_or(s.is_open) as is_open, count(distinct s.ticket_id) as ticket_count, sum(date_part('epoch', least(coalesce(s.ended_at, {as_of}), {as_of}) - s.started_at)) / 3600 as h
      from {spans} s where s.clock_class <> 'closed' group by s.clock_class
)
select k.clock_class_name, c.ticket_count, round(c.h::numeric, 2) as hours, round((c.h / nullif(sum(c.h) over (), 0))::numeric, 4) as age_share,
       case when c.is_open then round((c.h / nullif(sum(c.h) filter (where c.is_open) over (), 0))::numeric, 4) end as open_share
  from c join reporting_v1.dim_clock_classes k on k.clock_class = c.clock_class
 order by k.sort_position$q$);
comment on view fn.assess_query_ownership is 'query: question 1, the backlog, its age, time without owner, waiting.';
