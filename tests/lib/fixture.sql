-- SPDX-License-Identifier: Apache-2.0
-- A small desk for tests: every role, every kind of row a rule asks for, nothing random, no tickets.  For throw-away
-- clusters only: its tokens are printed here.  Run once as a superuser after sql/apply:  psql -f tests/lib/fixture.sql
-- Keys stand in ranges of their own (teams 11.., persons 101.., services 51.. and so on), so that a mixed-up id is found.
--
-- Tokens: the word stands before zeros up to 43 characters, so that dana's is
--   ebb_dana000000000000000000000000000000000000000  =  'ebb_' || rpad('dana', 43, '0')
--   dana  101  agent in Service Desk (11) and Network (12)     lee   102  lead of Service Desk (11)
--   ned   103  agent in Network (12)                           nia   104  lead of Network (12)
--   sol   105  service owner in IT (role lead, in no team)     ada   106  admin of all departments
--   rae   107  requester of IT, no role                        rob   108  requester of HR, no role
--   hal   109  agent in People Team (21)                       hana  110  lead of People Team (21)
--   fay   111  lead of Building (31)                           finn  112  agent in Building (31)
--   amy   113  auditor of IT                                   gil   115  agent of IT, left Service Desk (membership inactive)
-- Refused tokens: ian (114: person inactive), old (dana's, expired), lost (dana's, revoked).
-- Log-in: every person's address is <word>@test.example with the pass-phrase  fixture pass-phrase
--   (its derived key, which api.session_open takes as proof:
--    01c7302cae03313c9219fdba619d36ab214a38e9cbdb317618c9eee8512cf490)

\set ON_ERROR_STOP on
set client_min_messages = warning;

begin;
select 'create role bi_it login in role ebb_bi' where not exists (select from pg_roles where rolname = 'bi_it') \gexec
select 'create role bi_hr login in role ebb_bi' where not exists (select from pg_roles where rolname = 'bi_hr') \gexec

insert into ebb.department (department_id, department_code, department_name) overriding system value values
    (1, 'it', 'IT'), (2, 'hr', 'HR'), (3, 'facilities', 'Facilities');
insert into ebb.bi_role (role_name, department_id) values ('bi_it', 1), ('bi_hr', 2);

insert into ebb.person (person_id, department_id, person_name, email, time_zone_name, is_active) overriding system value values
    (101, 1, 'Dana Agent', 'dana@test.example', 'Europe/Berlin', true),
    (102, 1, 'Lee Lead', 'lee@test.example', 'Europe/Berlin', true),
    (103, 1, 'Ned Network', 'ned@test.example', 'UTC', true),
    (104, 1, 'Nia Lead', 'nia@test.example', 'UTC', true),
    (105, 1, 'Sol Owner', 'sol@test.example', 'UTC', true),
    (106, 1, 'Ada Admin', 'ada@test.example', 'UTC', true),
    (107, 1, 'Rae Requester', 'rae@test.example', 'UTC', true),
    (108, 2, 'Rob Requester', 'rob@test.example', 'America/New_York', true),
    (109, 2, 'Hal Agent', 'hal@test.example', 'America/New_York', true),
    (110, 2, 'Hana Lead', 'hana@test.example', 'America/New_York', true),
    (111, 3, 'Fay Lead', 'fay@test.example', 'UTC', true),
    (112, 3, 'Finn Agent', 'finn@test.example', 'UTC', true),
    (113, 1, 'Amy Auditor', 'amy@test.example', 'UTC', true),
    (114, 1, 'Ian Inactive', 'ian@test.example', 'UTC', false),
    (115, 1, 'Gil Gone', 'gil@test.example', 'UTC', true);

insert into ebb.password (person_id, salt, opslimit, memlimit, verifier, changed_at)
select person_id, convert_to('ebb-fixture-salt', 'UTF8'), 1, 8192,
       decode('8aef9c0af024ce40b4d05cd7db1b4e325e462c2a7432ec7b7bc474403cda1b3c', 'hex'), '2020-01-01Z'
  from ebb.person;

insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, revoked_at)
select encode(sha256(convert_to('ebb_' || rpad(w.word, 43, '0'), 'UTF8')), 'hex'), p.person_id, 'api', 'fixture ' || w.word, '2020-01-01Z',
       case w.word when 'old' then '2020-01-02Z'::timestamptz else '2100-01-01Z' end,
       case w.word when 'lost' then '2020-01-02Z'::timestamptz end
  from ebb.person p
  cross join lateral (select split_part(p.email, '@', 1) as word
                      union all select unnest(array['old', 'lost']) where p.person_id = 101) w;

insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value values
    (11, 1, 'Service Desk', 102), (12, 1, 'Network', 104), (21, 2, 'People Team', 110), (31, 3, 'Building', 111);
insert into ebb.membership (team_id, person_id, department_id, is_active) values
    (11, 101, 1, true), (11, 102, 1, true), (11, 114, 1, true), (11, 115, 1, false),
    (12, 101, 1, true), (12, 103, 1, true), (12, 104, 1, true),
    (21, 109, 2, true), (21, 110, 2, true), (31, 111, 3, true), (31, 112, 3, true);
insert into ebb.person_role (person_id, department_id, role_code) values
    (101, 1, 'agent'), (102, 1, 'lead'), (103, 1, 'agent'), (104, 1, 'lead'), (105, 1, 'lead'),
    (106, 1, 'admin'), (106, 2, 'admin'), (106, 3, 'admin'),
    (109, 2, 'agent'), (110, 2, 'lead'), (111, 3, 'lead'), (112, 3, 'agent'), (113, 1, 'auditor'), (114, 1, 'agent'), (115, 1, 'agent');

-- Office hours in Berlin, around the clock, New York with a lunch break, and a night shift that crosses midnight.
insert into ebb.calendar (calendar_id, department_id, calendar_name) overriding system value values
    (81, 1, 'Office Berlin'), (82, 1, 'Around the clock'), (83, 2, 'Office New York'), (84, 3, 'Night shift');
insert into ebb.calendar_version (calendar_version_id, calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, created_at)
    overriding system value
select v.calendar_version_id, v.calendar_id, v.department_id, 1, '2020-01-01Z', v.zone,
       (select jsonb_agg(jsonb_build_object('day', d, 'from', s.span[1], 'to', s.span[2]) order by d, s.span[1])
          from generate_series(1, v.last_day) as d, lateral (select string_to_array(x, '-') as span from unnest(v.spans) as x) s),
       v.holidays, '2020-01-01Z'
  from (values (811, 81, 1, 'Europe/Berlin', 5, array['09:00-17:00'], '["2025-12-25", "2025-12-26", "2026-01-01"]'::jsonb),
               (821, 82, 1, 'UTC', 7, array['00:00-24:00'], '[]'),
               (831, 83, 2, 'America/New_York', 5, array['08:00-12:00', '13:00-17:00'], '["2025-11-27", "2025-12-25"]'),
               (841, 84, 3, 'Europe/Berlin', 5, array['22:00-06:00'], '[]'))
       as v (calendar_version_id, calendar_id, department_id, zone, last_day, spans, holidays);
select ctl.calendar_compile(v) from unnest(array[811, 821, 831, 841]) as v \g /dev/null

insert into ebb.sla_policy (sla_policy_id, department_id, sla_policy_name) overriding system value values
    (91, 1, 'Standard'), (92, 1, 'Fast'), (93, 2, 'Standard'), (94, 3, 'Standard');
insert into ebb.sla_policy_version (sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at) overriding system value
select sla_policy_id * 10 + 1, sla_policy_id, department_id, 1, '2020-01-01Z', '2020-01-01Z' from ebb.sla_policy;
-- Standard: response in 1, 2, 4, 8 working hours, resolved in 4, 8, 24, 40.  Fast: a quarter of that.
insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, priority, target_s)
select v.sla_policy_version_id, v.department_id, t.kind, t.priority, t.hours * 3600 / case v.sla_policy_id when 92 then 4 else 1 end
  from ebb.sla_policy_version v
  cross join (values ('response', 1, 1), ('response', 2, 2), ('response', 3, 4), ('response', 4, 8),
                     ('resolve', 1, 4), ('resolve', 2, 8), ('resolve', 3, 24), ('resolve', 4, 40)) as t (kind, priority, hours);

insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency) overriding system value values
    (71, 1, 'Fault', 'incident', 2, 2), (72, 1, 'Request', 'request', 3, 3), (73, 2, 'Question', 'request', 3, 2), (74, 3, 'Fault', 'incident', 2, 2);

-- High and high is 1, then 2, 3 and 4 along the diagonals.
insert into ebb.matrix_version (matrix_version_id, department_id, version, valid_from, created_at) overriding system value
select 60 + department_id, department_id, 1, '2020-01-01Z', '2020-01-01Z' from ebb.department;
insert into ebb.matrix_cell (matrix_version_id, department_id, impact, urgency, priority)
select m.matrix_version_id, m.department_id, i, u, least(i + u - 1, 4)
  from ebb.matrix_version m, generate_series(1, 3) as i, generate_series(1, 3) as u;

insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, criticality,
                         calendar_id, sla_policy_id, hop_budget, transfer_limit_s, is_active) overriding system value values
    (51, 1, 'E-mail', 11, 105, 71, 2, 81, 91, 3, 14400, true),
    (52, 1, 'Remote access', 12, 104, 71, 2, 81, 91, 2, 3600, true),
    (53, 1, 'Server room', 12, 105, 71, 1, 82, 92, 3, 3600, true),
    (54, 2, 'Payroll', 21, 110, 73, 1, 83, 93, 3, 14400, true),
    (55, 3, 'Access cards', 31, 111, 74, 3, 84, 94, 3, 14400, true),
    (56, 1, 'Old intranet', 11, 105, 71, 4, 81, 91, 3, 14400, false);

-- The next row of each table continues after the fixture's own.
select pg_catalog.setval(pg_get_serial_sequence('ebb.' || t.name, t.name || '_id'), t.last)
  from (values ('department', 9), ('person', 199), ('team', 49), ('calendar', 89), ('calendar_version', 899), ('sla_policy', 99),
               ('sla_policy_version', 999), ('request_type', 79), ('matrix_version', 69), ('service', 59)) as t (name, last)
\g /dev/null
commit;
