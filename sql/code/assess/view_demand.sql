-- SPDX-License-Identifier: Apache-2.0
-- Question 2, do the same issues return, and question 3, does prioritisation change daily. Queries as text, see rule.sql.

create or replace view fn.assess_query_demand (query_name, kind, title, note, columns, sql) as
values
    ('question_2', 'figures', null::text, null::text, null::text[], $q$
with k as (
    select t.ticket_id, t.opened_at as at, t.opened_at, null::timestamptz as done_at, t.requester_id, t.service_id, t.request_type_id
      from {tickets} t join reporting_v1.dim_requesters r on r.requester_id = t.requester_id and r.is_named
    union all
    select null, t.done_at, null, t.done_at, t.requester_id, t.service_id, t.request_type_id from {tickets} t where t.is_output
), r as (
    select k.ticket_id, k.opened_at, max(k.done_at) over (partition by k.requester_id, k.service_id, k.request_type_id order by k.at, k.ticket_id nulls first rows unbounded preceding) as last_done_at
      from k
)
select (select count(*) from r where r.ticket_id is not null) as named_requester_count,
       (select count(*) from r where r.ticket_id is not null and r.last_done_at >= r.opened_at - interval '30 days') as repeat_contact_count,
       (select round(count(*) filter (where r.last_done_at >= r.opened_at - interval '30 days')::numeric / nullif(count(*), 0), 4) from r where r.ticket_id is not null) as repeat_contact_share,
       (select count(*) from {steps} f where f.flow_kind = 'reopened') as reopened_count,
       (select round(count(distinct f.ticket_id) filter (where f.flow_kind = 'reopened')::numeric / nullif(count(distinct f.ticket_id) filter (where f.flow_kind in ('resolved', 'ended')), 0), 4) from {steps} f) as reopened_share,
       (select coalesce(sum(i.recent_count), 0) from {issues} i) as recent_ticket_with_text_count,
       (select round(coalesce(sum(i.recent_count) filter (where i.has_returned and i.ticket_count >= 3), 0)::numeric / nullif(sum(i.recent_count), 0), 4) from {issues} i) as returned_issue_share,
       (select count(*) from {issues} i where i.has_returned and i.ticket_count >= 3) as returned_issue_count,
       (select count(*) from {issues} i where i.month_count = 3) as issue_in_each_of_3_months_count$q$),

    ('question_2.tickets', 'tickets', null, null, null, $q$
with k as (
    select t.ticket_id, t.opened_at, t.requester_id, t.service_id, t.request_type_id,
           count(*) over w as contact_count, row_number() over (w order by t.opened_at desc, t.ticket_id desc) as from_last
      from {tickets} t join reporting_v1.dim_requesters r on r.requester_id = t.requester_id and r.is_named
    window w as (partition by t.requester_id, t.service_id, t.request_type_id)
), c as (
    select 1 as rank, i.last_ticket_id as ticket_id, i.recent_count::bigint as n, i.month_count as months from {issues} i where i.has_returned and i.ticket_count >= 3
    union all
    select 2, k.ticket_id, k.contact_count, null from k where k.from_last = 1 and k.contact_count > 1
), p as (
    select c.*, row_number() over (partition by c.rank order by c.n desc, c.ticket_id) as place from c
)
select p.ticket_id, 'EBB-' || p.ticket_id as ticket_ref, t.source_ref,
       case p.rank when 1 then format('the last of an issue with %s tickets in the last 30 days, there in %s of the last 3 months', p.n, p.months)
                   else format('the last of %s tickets of one requester about %s', p.n, t.service_name) end as why, p.n as ticket_count, t.service_name
  from p join reporting_v1.tickets t on t.ticket_id = p.ticket_id where p.place <= 10 order by p.rank, p.place$q$),

    ('issues', 'section', 'Issues that returned', 'Tickets of one service with the same subject, numbers and names of things masked: resolved, quiet for a day, and there again in the last 30 days. The 20 biggest.',
     array['service:', 'last ticket:', 'source:', 'last 30 days:tickets', 'last 120 days:tickets', 'of the last 3 months:'], $q$
select v.service_name, 'EBB-' || i.last_ticket_id as ticket_ref, t.source_ref, i.recent_count, i.ticket_count, i.month_count
  from {issues} i
  join reporting_v1.dim_services v on v.service_id = i.service_id
  join reporting_v1.tickets t on t.ticket_id = i.last_ticket_id
 where i.has_returned and i.ticket_count >= 3 order by i.recent_count desc, i.ticket_count desc, i.last_ticket_id limit 20$q$),

    ('repeats', 'section', 'Where the same requesters come back', 'Tickets that the same requester opened about the same service and request type within 30 days after the last one was resolved. The 20 services with most of them.',
     array['service:', 'tickets:tickets', 'repeat contacts:tickets', 'share:share', 'requesters who came back:'], $q$
with k as (
    select t.ticket_id, t.opened_at as at, t.opened_at, null::timestamptz as done_at, t.requester_id, t.service_id, t.request_type_id
      from {tickets} t join reporting_v1.dim_requesters r on r.requester_id = t.requester_id and r.is_named
    union all
    select null, t.done_at, null, t.done_at, t.requester_id, t.service_id, t.request_type_id from {tickets} t where t.is_output
), r as (
    select k.ticket_id, k.opened_at, k.requester_id, k.service_id,
           max(k.done_at) over (partition by k.requester_id, k.service_id, k.request_type_id order by k.at, k.ticket_id nulls first rows unbounded preceding) >= k.opened_at - interval '30 days' as is_repeat
      from k
)
select v.service_name, count(*) as ticket_count, count(*) filter (where r.is_repeat) as repeat_count, round(count(*) filter (where r.is_repeat)::numeric / count(*), 4) as repeat_share,
       count(distinct r.requester_id) filter (where r.is_repeat) as requester_count
  from r join reporting_v1.dim_services v on v.service_id = r.service_id
 where r.ticket_id is not null group by v.service_id, v.service_name order by 3 desc, 2 desc, 1 limit 20$q$),

    ('question_3', 'figures', null, null, null, $q$
with e as (
    select date_trunc('day', f.happened_at) as day, sum(f.open_change) as change from {steps} f group by 1
), d as materialized (
    select y.day, y.open_count
      from (select coalesce(g.day, e.day) as day, sum(e.change) over (order by coalesce(g.day, e.day)) as open_count, g.day is not null as is_wanted
              from e full join generate_series(greatest(date_trunc('day', {from}), date_trunc('day', {stock_at}) - interval '90 days'), date_trunc('day', {stock_at}), interval '1 day') g (day)
                on g.day = e.day) y
     where y.is_wanted
), c as (
    select date_trunc('day', x.changed_at) as day, x.* from {changes} x
     where x.changed_at > x.opened_at + interval '15 minutes' and x.actor_kind in ('agent', 'requester', 'import')
), p as (
    select d.day, d.open_count, count(c.ticket_id) as change_count, count(c.ticket_id) filter (where not c.is_explained) as unexplained_count
      from d left join c on c.day = d.day where d.open_count > 0 group by d.day, d.open_count
), l as (
    select s.priority, count(*) as n from {stock} s group by s.priority
), u as (
    select (select count(*) from {stock} x where x.is_open) >= 20 as is_open_only
), f as (
    select t.impact, t.urgency, t.department_id, s.priority, count(*) as n from {stock} s join reporting_v1.tickets t on t.ticket_id = s.ticket_id
     where s.is_open or not (select u.is_open_only from u) group by 1, 2, 3, 4
)
select (select count(*) from p) as day_count,
       (select round((percentile_disc(0.5) within group (order by 100.0 * p.change_count / p.open_count))::numeric, 3) from p) as changes_per_100_open_per_day,
       (select round(count(*) filter (where p.change_count > 0)::numeric / nullif(count(*), 0), 4) from p) as day_with_change_share,
       (select round(count(*) filter (where p.unexplained_count > 0)::numeric / nullif(count(*), 0), 4) from p) as day_with_unexplained_change_share,
       (select count(distinct c.ticket_id) from c) as changed_ticket_count,
       (select round(count(distinct c.ticket_id)::numeric / nullif((select sum(l.n) from l), 0), 4) from c) as changed_ticket_share,
       (select count(distinct c.ticket_id) from c where c.is_flip_flop) as flip_flop_ticket_count,
       (select round(1 - sum(m.most) / nullif(sum(m.total), 0), 4) from (select max(f.n) as most, sum(f.n) as total from f group by f.impact, f.urgency, f.department_id) m) as subjective_share,
       (select round(exp(-sum(l.n / s.total * ln(l.n / s.total)))::numeric, 2) from l, (select sum(y.n) as total from l y) s) as effective_levels,
       (select round(max(l.n) / nullif(sum(l.n), 0), 4) from l) as biggest_level_share,
       (select l.priority from l order by l.n desc, l.priority limit 1) as biggest_level$q$),

    ('question_3.tickets', 'tickets', null, null, null, $q$
select c.ticket_id, 'EBB-' || c.ticket_id as ticket_ref, t.source_ref,
       format('priority changed %s times, %s of them back to a level it had left; the path: %s', c.n, c.flips, c.path) as why, c.n as change_count, c.flips as flip_flop_count, c.unexplained as unexplained_count
  from (select x.ticket_id, count(*) as n, count(*) filter (where x.is_flip_flop) as flips, count(*) filter (where not x.is_explained) as unexplained,
               min(x.old_priority::text) filter (where x.is_first) || ' > ' || string_agg(x.new_priority::text, ' > ' order by x.event_position) as path
          from (select y.*, y.event_position = min(y.event_position) over (partition by y.ticket_id) as is_first from {changes} y where y.changed_at > y.opened_at + interval '15 minutes') x
         group by x.ticket_id order by 3 desc, 2 desc, x.ticket_id limit 20) c
  join reporting_v1.tickets t on t.ticket_id = c.ticket_id
 order by c.flips desc, c.n desc, c.ticket_id$q$),

    ('priorities', 'section', 'Priorities', 'Tickets by the priority they have, and how often it moved more than 15 minutes after opening.', array['priority:', 'tickets:tickets', 'share:share', 'open:tickets', 'lead time p50:hours', 'tickets moved:tickets', 'moves:'], $q$
select p.priority_name, count(s.ticket_id) as ticket_count, round(count(s.ticket_id)::numeric / nullif(sum(count(s.ticket_id)) over (), 0), 4) as ticket_share, count(s.ticket_id) filter (where s.is_open) as open_count,
       reporting_v1.survival_text(array_agg(s.lead_hours::float8) filter (where s.lead_hours is not null), array_agg(s.is_done) filter (where s.lead_hours is not null), 0.5) as p50,
       count(s.ticket_id) filter (where c.n > 0) as moved_count, coalesce(sum(c.n), 0) as move_count
  from reporting_v1.dim_priorities p
  left join {stock} s on s.priority = p.priority
  left join (select x.ticket_id, count(*) as n from {changes} x where x.changed_at > x.opened_at + interval '15 minutes' group by x.ticket_id) c on c.ticket_id = s.ticket_id
 group by p.priority, p.priority_name order by p.priority$q$);
comment on view fn.assess_query_demand is 'query: questions 2 and 3, repeat contacts, priorities.';
