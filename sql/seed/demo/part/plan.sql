-- SPDX-License-Identifier: Apache-2.0
-- What becomes of each ticket: service, text, requester, urgency, the path of its life and how long that takes.  The faults
-- that README.md lists are planted here and in script.sql.

create temp table team_members as
select team_id, array_agg(abs(person_id) order by abs(person_id)) as members, min(person_id) filter (where is_lead) as lead_id from agent group by team_id;

-- Shares of a list as rising thresholds for width_bucket.
create temp table service_bucket as
select zone, array_agg(service_id order by service_id) as ids, array_agg(high order by service_id) as high
  from (select zone, service_id, sum(weight) over (partition by zone order by service_id) / sum(weight) over (partition by zone) as high from service_plan) x group by zone;
create temp table template_bucket as
select code, array_agg(template_id order by template_id) as ids, array_agg(high order by template_id) as high
  from (select code, template_id, sum(weight) over (partition by code order by template_id) / sum(weight) over (partition by code) as high from template where weight > 0) x group by code;
create temp table path_bucket as
select story, array_agg(path_id order by path_id) as ids, array_agg(high order by path_id) as high
  from (select story, path_id, sum(weight) over (partition by story order by path_id) / sum(weight) over (partition by story) as high from path_plan) x group by story;

-- Fault 6: on one Friday afternoon four months ago, the old printing tickets were closed in a sweep by one person.
create temp table sweep as
select d.day + time '15:40' at time zone 'Europe/Berlin' as swept_at, (select service_id from service_plan where code = 'print') as service_id, 12 as person_id
  from (select (date_trunc('week', until - interval '125 days') + interval '4 days')::date as day from setting) d;

create temp table plan as
with chosen as materialized (
    select a.*, case when (a.opened_at at time zone a.zone)::date - date_trunc('month', a.opened_at at time zone a.zone)::date < 4
                          and a.zone = 'Europe/Berlin' and pg_temp.u(a.ticket_id, 30) < 0.09
                     then (select service_id from service_plan where code = 'report') -- fault 2: the issue that returns every month
                     else b.ids[1 + width_bucket(pg_temp.u(a.ticket_id, 31), b.high)] end as service_id
      from arrival a join service_bucket b on b.zone = a.zone
), drawn as materialized (
    select c.ticket_id, c.opened_at, c.zone, s.service_id, s.code, t.department_id, s.team_id, s.other_team, s.story, s.median_h, s.spread, s.accountable_person_id,
           case when s.code = 'report' and pg_temp.u(c.ticket_id, 30) < 0.09 and (c.opened_at at time zone c.zone)::date - date_trunc('month', c.opened_at at time zone c.zone)::date < 4
                then (select max(template_id) from template) else k.ids[1 + width_bucket(pg_temp.u(c.ticket_id, 32), k.high)] end as template_id,
           case when pg_temp.u(c.ticket_id, 33) < 0.002 then 4 else 48 + floor(1499 * power(pg_temp.u(c.ticket_id, 34), 1.4))::int end as requester_id,
           -- Fault 4: Sales Operations calls nearly everything urgent.
           case when t.department_id = 5 then 1 + (pg_temp.u(c.ticket_id, 35) > 0.8)::int else 1 + (pg_temp.u(c.ticket_id, 35) > 0.06)::int + (pg_temp.u(c.ticket_id, 35) > 0.45)::int end as impact,
           case when t.department_id = 5 then 1 + (pg_temp.u(c.ticket_id, 36) > 0.85)::int else 1 + (pg_temp.u(c.ticket_id, 36) > 0.10)::int + (pg_temp.u(c.ticket_id, 36) > 0.55)::int end as urgency,
           w.swept_at + c.ticket_id % 97 * interval '3.7 seconds' as swept_at, w.person_id as sweeper_id,
           v.calendar_id as calendar_version_id, v.sla_policy_id as sla_policy_version_id,
           case when w.service_id is not null then 'sweep' else s.story end as path_story
      from chosen c
      join (select s.*, e.accountable_person_id from service_plan s join ebb.service e on e.service_id = s.service_id) s on s.service_id = c.service_id
      join team_plan t on t.team_id = s.team_id
      join ebb.service v on v.service_id = s.service_id
      join template_bucket k on k.code = s.code
      left join sweep w on w.service_id = s.service_id and c.opened_at between w.swept_at - interval '200 days' and w.swept_at - interval '20 days' and pg_temp.u(c.ticket_id, 37) < 0.45
)
select d.*, greatest(d.impact + d.urgency - 1, 1)::int as priority_sum, m.type_no, q.path_id, q.last_ord, q.end_ord, q.ask_ord, q.wait_ord, q.letters,
       array[d.team_id, d.other_team] as sides,
       array(select case when d.path_story = 'sweep' then d.sweeper_id else g.members[1 + pg_temp.pick(d.ticket_id * 8 + r.n, 38, cardinality(g.members))] end
               from unnest(q.run_side) with ordinality r (side, n) join team_members g on g.team_id = case r.side when 0 then d.team_id else d.other_team end order by r.n) as holders,
       exp(ln(d.median_h * 3600) + d.spread * pg_temp.normal(d.ticket_id, 39))
           * (array[0.3, 0.6, 1, 1.4])[least(d.impact + d.urgency - 1, 4)]
           * case when d.story = 'ageing' then 2.2 when q.wait_ord is not null then 1.6 else 1 end + 400 as lead_s
  from drawn d
  join template m on m.template_id = d.template_id
  join path_bucket b on b.story = d.path_story
  join path_plan q on q.path_id = b.ids[1 + width_bucket(pg_temp.u(d.ticket_id, 40), b.high)];
analyze plan (ticket_id, calendar_version_id, path_id, template_id);
