-- SPDX-License-Identifier: Apache-2.0
-- Who works here and what is offered: departments, people, teams, calendars, targets, request types, matrices, services.
-- Plainly fictional: names come from syllables, addresses from demo.example.

insert into ebb.department (department_id, department_code, department_name) overriding system value values
    (1, 'it', 'IT'), (2, 'hr', 'HR'), (3, 'finance', 'Finance'), (4, 'facilities', 'Facilities'), (5, 'sales', 'Sales Operations');
insert into ebb.bi_role (role_name, department_id) values ('bi_demo', 1);

-- Persons: 1 to 5 have known names, 6 to 43 are agents, 44 to 47 answer for the services of a department, the rest only ask.
create temp table agent (person_id int primary key, team_id int not null, is_lead boolean not null);
insert into agent
select case n when 1 then 2 when 2 then 1 else n + 3 end, team_id, place = 1
  from (select row_number() over (order by t.team_id, place) as n, t.team_id, place
          from (values (1, 4), (2, 3), (3, 4), (4, 4), (5, 3), (6, 3), (7, 3), (8, 3), (9, 3), (10, 3), (11, 4), (12, 3)) as t (team_id, size),
               generate_series(1, t.size) as place) as x;

create temp table team_plan (team_id int primary key, department_id int not null, team_name text not null);
insert into team_plan values
    (1, 1, 'Service Desk'), (2, 1, 'Network'), (3, 1, 'Workplace'), (4, 1, 'Business Applications'),
    (5, 2, 'HR Service Point'), (6, 2, 'Payroll'), (7, 3, 'Accounts Payable'), (8, 3, 'Travel and Expenses'),
    (9, 4, 'Building Services'), (10, 4, 'Moves and Access'), (11, 5, 'CRM Support'), (12, 5, 'Order Desk');

insert into ebb.person (person_id, department_id, person_name, email, site_name, organisation_unit_name, time_zone_name, is_vip) overriding system value
select p.person_id, p.department_id, p.first_name || ' ' || p.last_name,
       coalesce(p.known, lower(p.first_name || '.' || p.last_name) || coalesce(nullif(p.same_before, 0)::text, '')) || '@demo.example',
       p.site, p.unit, case p.site when 'Quillmouth' then 'America/New_York' else 'Europe/Berlin' end, p.person_id > 47 and pg_temp.u(p.person_id, 9) < 0.012
  from (select d.*, count(*) over (partition by d.first_name, d.last_name order by d.person_id) - 1 as same_before
          from (select n as person_id,
                       coalesce(k.department_id, t.department_id, case when n between 44 and 47 then n - 42 else 1 + pg_temp.pick(n, 1, 5) end) as department_id,
                       k.known,
                       coalesce(initcap(k.known), pg_temp.word(n, 2, '{Al,Be,Cor,Da,El,Fi,Gor,Ha,Is,Jo,Ka,Lu,Mi,No,Or,Pe,Qui,Ro,Sa,Ti,Ul,Vi,Wen,Xa,Yo,Zu}')
                                                || pg_temp.word(n, 3, '{ra,len,mo,vin,sa,dor,nia,rek,lis,ton,bel,mir}')) as first_name,
                       pg_temp.word(n, 4, '{Bram,Crest,Dorn,Elm,Fenn,Garr,Holl,Ing,Jast,Kell,Lorn,Marr,Nock,Ost,Penn,Quill,Rusk,Stav,Thorn,Umb,Vant,Wick,Yarr,Zell}')
                       || pg_temp.word(n, 5, '{ow,ette,ingale,ardo,ova,stad,wen,mere,quist,ley,ander,ish}') as last_name,
                       case when k.department_id = 5 or t.department_id = 5 or n = 47 then 'Quillmouth'
                            else pg_temp.word(n, 6, '{Harrowby,Harrowby,Harrowby,Lindmoor,Lindmoor,Castle Venn,Quillmouth}') end as site,
                       pg_temp.word(n, 7, '{Production,Logistics,Research,Marketing,Legal,Field Service,Purchasing,Quality}') as unit
                  from generate_series(1, 1546) as n
                  left join (values (1, 'dana', 1), (2, 'lee', 1), (3, 'ada', 1), (4, 'rae', 5), (5, 'sol', 1)) as k (person_id, known, department_id) on k.person_id = n
                  left join agent a on a.person_id = n
                  left join team_plan t on t.team_id = a.team_id) as d) as p;

insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value
select t.team_id, t.department_id, t.team_name, a.person_id from team_plan t join agent a on a.team_id = t.team_id and a.is_lead;
-- Three people work in two teams.
insert into agent
select person_id * -1, team_id, false from (values (1, 2), (20, 6), (32, 10)) as x (person_id, team_id);
insert into ebb.membership (team_id, person_id, department_id)
select a.team_id, abs(a.person_id), t.department_id from agent a join team_plan t on t.team_id = a.team_id;
insert into ebb.person_role (person_id, department_id, role_code)
select a.person_id, t.department_id, case when a.is_lead then 'lead' else 'agent' end from agent a join team_plan t on t.team_id = a.team_id where a.person_id > 0
union all select 3, d, 'admin' from generate_series(1, 5) as d
union all select case d when 1 then 5 else d + 42 end, d, 'owner' from generate_series(1, 5) as d;
insert into ebb.operator (person_id, granted_at) values (3, '2020-01-01Z');

-- Calendars: office hours in two zones; IT keeps both.
insert into ebb.calendar (calendar_id, department_id, calendar_name) overriding system value
select c.calendar_id, c.department_id, c.calendar_name
  from (values (1, 1, 'Office Berlin'), (2, 1, 'Office New York'), (3, 2, 'Office Berlin'), (4, 3, 'Office Berlin'), (5, 4, 'Building Berlin'), (6, 5, 'Office New York'))
       as c (calendar_id, department_id, calendar_name);
insert into ebb.calendar_version (calendar_version_id, calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, created_at) overriding system value
select c.calendar_id, c.calendar_id, c.department_id, 1, '2020-01-01Z', z.zone,
       (select jsonb_agg(jsonb_build_object('day', d, 'from', case when c.calendar_id = 5 then '07:00' else '08:00' end, 'to', '18:00')) from generate_series(1, 5) as d),
       (select jsonb_agg(y || '-' || h order by y, h) from generate_series(2020, 2034) as y, unnest(z.holidays) as h), '2020-01-01Z'
  from ebb.calendar c
  join (values ('%Berlin', 'Europe/Berlin', '{01-01,05-01,10-03,12-24,12-25,12-26,12-31}'::text[]),
               ('%New York', 'America/New_York', '{01-01,06-19,07-04,12-24,12-25}')) as z (pattern, zone, holidays) on c.calendar_name like z.pattern;
select ctl.calendar_compile(calendar_version_id) from ebb.calendar_version order by 1 \g /dev/null

-- Targets in working hours, response and resolve, by priority 1 to 4.
create temp table target_plan (sla_policy_id int primary key, department_id int, sla_policy_name text, response_h numeric[], resolve_h numeric[]);
insert into target_plan values
    (1, 1, 'Standard', '{1,3,8,16}', '{6,12,30,60}'), (2, 1, 'Vital', '{0.5,2,4,8}', '{3,6,15,30}'), (3, 2, 'Relaxed', '{2,5,12,20}', '{10,20,50,80}'),
    (4, 3, 'Standard', '{1,3,8,16}', '{6,12,30,60}'), (5, 4, 'Relaxed', '{2,5,12,20}', '{10,20,50,80}'), (6, 5, 'Standard', '{1,3,8,16}', '{6,12,30,60}');
insert into ebb.sla_policy (sla_policy_id, department_id, sla_policy_name) overriding system value select sla_policy_id, department_id, sla_policy_name from target_plan;
insert into ebb.sla_policy_version (sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at) overriding system value
select sla_policy_id, sla_policy_id, department_id, 1, '2020-01-01Z', '2020-01-01Z' from target_plan;
insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, priority, target_s)
select t.sla_policy_id, t.department_id, k.kind, p, (case k.kind when 'response' then t.response_h else t.resolve_h end)[p] * 3600
  from target_plan t, (values ('response'), ('resolve')) as k (kind), generate_series(1, 4) as p;
-- One that is chosen by a condition, with targets of every kind that people meet: regular updates, answers, time with one team.
insert into ebb.sla_policy (sla_policy_id, department_id, sla_policy_name) overriding system value values (7, 2, 'Attentive');
insert into ebb.sla_policy_version (sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at, position, condition, condition_path, note) overriding system value
select 7, 7, 2, 1, '2020-01-01Z', '2020-01-01Z', 10, c.text, c.text::jsonpath, 'People who are marked for attention hear from us every day.'
  from (values ('$.requester_is_vip == true && $.priority <= 3')) c (text);
insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, priority, target_s, warning_s)
select 7, 2, k.kind, p, k.hours * p * 3600, k.hours * p * 900
  from (values ('response', 1), ('next_response', 2), ('update', 8), ('resolve', 8), ('ownership', 6)) as k (kind, hours), generate_series(1, 4) as p;

-- Request types: 10 d + 1 Fault, + 2 Request, + 3 Question.
insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency) overriding system value
select d * 10 + r.no, d, r.name, r.kind, r.impact, r.urgency
  from generate_series(1, 5) as d, (values (1, 'Fault', 'incident', 2, 2), (2, 'Request', 'request', 3, 2), (3, 'Question', 'request', 3, 3)) as r (no, name, kind, impact, urgency);
-- What is said about colleagues is between whoever says it and the team that hears it.
insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency, is_confidential) overriding system value
values (24, 2, 'Grievance', 'request', 3, 2, true);

insert into ebb.matrix_version (matrix_version_id, department_id, version, valid_from, created_at) overriding system value
select d, d, 1, '2020-01-01Z', '2020-01-01Z' from generate_series(1, 5) as d;
insert into ebb.matrix_cell (matrix_version_id, department_id, impact, urgency, priority)
select d, d, i, u, least(i + u - 1, 4) from generate_series(1, 5) as d, generate_series(1, 3) as i, generate_series(1, 3) as u;
