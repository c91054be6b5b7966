-- SPDX-License-Identifier: Apache-2.0
-- The services: who owns them, how much demand they get, how long it takes, and which planted fault (see README.md) they carry.
-- Columns of service_plan beyond ebb.service: answers (owner: the department's service owner; lead: the team's lead), other_team (to which it hands over), zone, weight (share of demand), median_h
-- (working hours to resolve), spread (sigma of the logarithm), story (group of life paths, see script.sql).

create temp table service_plan (
    service_id int generated always as identity primary key, code text not null unique, service_name text not null, team_id int not null,
    answers text not null, other_team int not null, zone text not null, sla_policy_id int not null, criticality int not null,
    type_no int not null, weight float8 not null, median_h float8 not null, spread float8 not null, story text not null);
insert into service_plan (code, service_name, team_id, answers, other_team, zone, sla_policy_id, criticality, type_no, weight, median_h, spread, story) values
    ('mail', 'E-mail and Calendar', 1, 'owner', 4, 'Europe/Berlin', 1, 2, 1, 7, 3, 1.1, 'reopened'),
    ('account', 'Accounts and Passwords', 1, 'lead', 2, 'Europe/Berlin', 1, 2, 2, 14, 0.5, 1.0, 'plain'),
    ('vpn', 'Remote Access', 1, 'owner', 2, 'Europe/Berlin', 1, 2, 1, 6, 9, 1.0, 'bouncing'),
    ('share', 'File Shares', 1, 'lead', 2, 'Europe/Berlin', 1, 3, 2, 4, 3, 1.1, 'plain'),
    ('wifi', 'Office Wi-Fi', 2, 'lead', 1, 'Europe/Berlin', 1, 3, 1, 4, 6, 1.2, 'plain'),
    ('lan', 'Network and Telephony', 2, 'lead', 1, 'America/New_York', 2, 1, 1, 3, 2.5, 1.1, 'plain'),
    ('room', 'Meeting Rooms and Video', 2, 'lead', 3, 'America/New_York', 1, 3, 1, 3, 4, 1.0, 'plain'),
    ('laptop', 'Laptops and Docking', 3, 'lead', 1, 'Europe/Berlin', 1, 3, 1, 8, 12, 1.1, 'stopwatch'),
    ('print', 'Printing', 3, 'lead', 1, 'Europe/Berlin', 1, 4, 1, 5, 6, 1.2, 'plain'),
    ('software', 'Software Installation', 3, 'lead', 4, 'Europe/Berlin', 1, 3, 2, 6, 10, 0.9, 'approval'),
    ('mobile', 'Mobile Phones', 3, 'owner', 1, 'Europe/Berlin', 1, 3, 1, 3, 16, 1.0, 'supplier'),
    ('erp', 'Finance Application', 4, 'lead', 1, 'Europe/Berlin', 2, 1, 1, 4, 8, 1.2, 'ageing'),
    ('report', 'Month-end Reporting', 4, 'lead', 1, 'Europe/Berlin', 1, 2, 1, 1, 5, 0.8, 'plain'),
    ('data', 'Data Corrections', 4, 'owner', 3, 'Europe/Berlin', 1, 3, 2, 2.5, 14, 1.2, 'ageing'),
    ('onboard', 'Joiners and Leavers', 5, 'owner', 6, 'Europe/Berlin', 3, 2, 2, 3, 20, 0.9, 'approval'),
    ('leave', 'Leave and Absence', 5, 'lead', 6, 'Europe/Berlin', 3, 3, 3, 3.5, 4, 1.0, 'plain'),
    ('payroll', 'Payroll', 6, 'owner', 5, 'Europe/Berlin', 3, 1, 3, 3, 8, 1.0, 'plain'),
    ('benefit', 'Benefits', 6, 'lead', 5, 'Europe/Berlin', 3, 4, 3, 1.5, 10, 1.0, 'plain'),
    ('invoice', 'Invoices', 7, 'owner', 8, 'Europe/Berlin', 4, 2, 2, 3.5, 9, 1.0, 'approval'),
    ('vendor', 'Supplier Records', 7, 'lead', 8, 'Europe/Berlin', 4, 3, 2, 1.5, 8, 1.0, 'plain'),
    ('expense', 'Travel Expenses', 8, 'owner', 7, 'Europe/Berlin', 4, 3, 3, 3, 6, 1.0, 'plain'),
    ('card', 'Corporate Cards', 8, 'lead', 7, 'Europe/Berlin', 4, 3, 1, 1, 5, 1.0, 'supplier'),
    ('heating', 'Heating and Air', 9, 'owner', 10, 'Europe/Berlin', 5, 2, 1, 3, 10, 1.1, 'supplier'),
    ('repair', 'Building Repairs', 9, 'lead', 10, 'Europe/Berlin', 5, 3, 1, 3.5, 24, 1.0, 'supplier'),
    ('badge', 'Access Cards', 10, 'owner', 9, 'Europe/Berlin', 5, 3, 2, 3, 2, 0.9, 'plain'),
    ('move', 'Desk Moves', 10, 'lead', 9, 'Europe/Berlin', 5, 4, 2, 1.5, 30, 0.8, 'scheduled'),
    ('crm', 'Customer Database', 11, 'owner', 12, 'America/New_York', 6, 1, 1, 4, 5, 1.1, 'plain'),
    ('quote', 'Quotes and Pricing', 11, 'lead', 12, 'America/New_York', 6, 2, 3, 2, 4, 1.0, 'plain'),
    ('order', 'Order Corrections', 12, 'owner', 11, 'America/New_York', 6, 2, 2, 3, 6, 1.0, 'plain'),
    ('partner', 'Partner Portal', 12, 'lead', 11, 'America/New_York', 6, 3, 1, 1.5, 5, 1.1, 'plain');

insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, criticality,
                         calendar_id, sla_policy_id, hop_budget, transfer_limit_s) overriding system value
select p.service_id, t.department_id, p.service_name, p.team_id,
       case p.answers when 'lead' then (select a.person_id from agent a where a.team_id = p.team_id and a.is_lead)
                      else case t.department_id when 1 then 5 else t.department_id + 42 end end,
       t.department_id * 10 + p.type_no, p.criticality,
       case when t.department_id > 1 then t.department_id + 1 when p.zone = 'America/New_York' then 2 else 1 end, p.sla_policy_id, 3, 259200
  from service_plan p join team_plan t on t.team_id = p.team_id;

-- Everybody here may ask everybody: the services of all five departments say so.
insert into ebb.service_department (service_id, department_id)
select s.service_id, d.department_id from ebb.service s, ebb.department d on conflict do nothing;

-- The next row of each table continues after these.
select setval(pg_get_serial_sequence('ebb.' || t, t || '_id'), coalesce((xpath('/row/m/text()', query_to_xml(format('select max(%I) as m from ebb.%I', t || '_id', t), false, true, '')))[1]::text::bigint, 1))
  from unnest(array['department', 'person', 'team', 'calendar', 'calendar_version', 'sla_policy', 'sla_policy_version', 'request_type', 'matrix_version', 'service']) as t
\g /dev/null
