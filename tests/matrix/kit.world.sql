-- SPDX-License-Identifier: Apache-2.0
-- Three departments of the same shape, for the matrix: every owned text is a canary that names its department and who may see it.
-- For throw-away clusters only; run as a superuser on a clone of the template:  psql -f tests/matrix/kit.world.sql
--
-- Department d (1, 2, 3) has the key 7d00000; all its keys begin like that and have seven digits, so that one id can stand for
-- another in a reply. A canary is  cnry<d><level><serial>z ; kit.actors.mjs says who may see which level.
-- People of department d, token and address  m<d><word>:
--   1 rita, 2 rolf requesters   3 anna agent in team A   4 bert agent in team B   5 leo lead of A   6 liv lead of B   7 olga service owner
--   8 adam admin   9 audra auditor   10 dora disabled, was in team A   11 ian, to be disabled by a test
-- Of department 1 besides: 12 opal operator, 13 mia agent in departments 1 and 2, 14 zoe admin of all departments there are.
-- Tokens that hold less: m<d>annaread, m<d>adamread {}, m<d>adamwrite, m<d>adamconf, m<d>adamaudit; m1mianarrow (department 1 only).
\set ON_ERROR_STOP on
set client_min_messages = warning;
\ir ../lib/act.sql

create schema matrix;
create function matrix.base(d int) returns int language sql immutable return (70 + d) * 100000;
create function matrix.canary(d int, level text, serial int) returns text language sql immutable return format('cnry%s%s%sz', d, level, serial);

create function matrix.sequences() returns void language plpgsql as $$
declare s record;
begin
    for s in select c.oid::regclass as seq, row_number() over (order by c.relname) as n from pg_class c
              join pg_depend x on x.objid = c.oid and x.deptype in ('a', 'i') join pg_class r on r.oid = x.refobjid
             where c.relkind = 'S' and r.relnamespace = 'ebb'::regnamespace and r.relname not in ('audit') loop
        perform setval(s.seq, 8000000 + s.n * 10000);
    end loop;
end $$;

create function matrix.people(d int) returns void language plpgsql as $$
declare
    b constant int := matrix.base(d);
begin
    insert into ebb.department (department_id, department_code, department_name) overriding system value values (b, 'm' || d, 'Department ' || matrix.canary(d, 'g', 0));
    insert into ebb.person (person_id, department_id, person_name, email, site_name, time_zone_name, is_active) overriding system value
    select b + w.n, b, initcap(w.word) || ' ' || matrix.canary(d, case when w.n <= 2 then 'e' else 'p' end, w.n::int), format('%s.m%s%s@test.example', matrix.canary(d, 'e', w.n::int), d, w.word),
           'Site ' || matrix.canary(d, 'e', w.n::int), 'UTC', w.word <> 'dora'
      from unnest(array['rita', 'rolf', 'anna', 'bert', 'leo', 'liv', 'olga', 'adam', 'audra', 'dora', 'ian', 'opal', 'mia', 'zoe']) with ordinality w (word, n) where d = 1 or w.n <= 11;
    insert into ebb.password (person_id, salt, opslimit, memlimit, verifier, changed_at)
    select p.person_id, f.salt, f.opslimit, f.memlimit, f.verifier, f.changed_at from ebb.person p, ebb.password f where p.department_id = b and f.person_id = 101;
    insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value values
        (b + 101, b, 'Team A ' || matrix.canary(d, 'g', 101), b + 5), (b + 102, b, 'Team B ' || matrix.canary(d, 'g', 102), b + 6);
    insert into ebb.membership (team_id, person_id, department_id, is_active) values
        (b + 101, b + 3, b, true), (b + 101, b + 5, b, true), (b + 101, b + 10, b, true), (b + 101, b + 11, b, true), (b + 102, b + 4, b, true), (b + 102, b + 6, b, true);
    insert into ebb.person_role (person_id, department_id, role_code) values
        (b + 3, b, 'agent'), (b + 4, b, 'agent'), (b + 5, b, 'lead'), (b + 6, b, 'lead'), (b + 7, b, 'owner'), (b + 8, b, 'admin'), (b + 9, b, 'auditor'), (b + 10, b, 'admin'), (b + 11, b, 'agent');
    insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, scopes)
    select t.hash(format('m%s%s', d, w.word)), b + w.n, 'api', 'Token ' || matrix.canary(d, 't', w.n), now(), '2100-01-01Z', w.scopes
      from (values ('rita', 1, null::text[]), ('rolf', 2, null), ('anna', 3, null), ('bert', 4, null), ('leo', 5, null), ('liv', 6, null), ('olga', 7, null), ('adam', 8, null), ('audra', 9, null),
                   ('dora', 10, null), ('ian', 11, null), ('annaread', 3, '{}'), ('adamread', 8, '{}'), ('adamwrite', 8, '{write}'), ('adamconf', 8, '{configure}'), ('adamaudit', 8, '{audit}')) w (word, n, scopes);
end $$;

create function matrix.offers(d int) returns void language plpgsql as $$
declare
    b constant int := matrix.base(d);
begin
    insert into ebb.calendar (calendar_id, department_id, calendar_name) overriding system value values (b + 201, b, 'Calendar ' || matrix.canary(d, 'l', 201));
    insert into ebb.calendar_version (calendar_version_id, calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, created_at, note) overriding system value
    values (b + 211, b + 201, b, 1, '2020-01-01Z', 'UTC', (select jsonb_agg(jsonb_build_object('day', n, 'from', '00:00', 'to', '24:00')) from generate_series(1, 7) n), '[]', now(), 'Note ' || matrix.canary(d, 'd', 211));
    perform ctl.calendar_compile(b + 211);
    insert into ebb.sla_policy (sla_policy_id, department_id, sla_policy_name) overriding system value values (b + 301, b, 'Policy ' || matrix.canary(d, 'l', 301));
    insert into ebb.sla_policy_version (sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at, note) overriding system value
    values (b + 311, b + 301, b, 1, '2020-01-01Z', now(), 'Note ' || matrix.canary(d, 'd', 311));
    insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, priority, target_s)
    select b + 311, b, k, p, 400000 * p from unnest(array['response', 'resolve']) k, generate_series(1, 4) p;
    insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency, is_confidential) overriding system value values
        (b + 401, b, 'Fault ' || matrix.canary(d, 'g', 401), 'incident', 2, 2, false), (b + 402, b, 'Discreet ' || matrix.canary(d, 'g', 402), 'request', 2, 2, true);
    insert into ebb.matrix_version (matrix_version_id, department_id, version, valid_from, created_at) overriding system value values (b + 501, b, 1, '2020-01-01Z', now());
    insert into ebb.matrix_cell (matrix_version_id, department_id, impact, urgency, priority) select b + 501, b, i, u, least(i + u - 1, 4) from generate_series(1, 3) i, generate_series(1, 3) u;
    insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id, hop_budget, transfer_limit_s) overriding system value values
        (b + 601, b, 'Service ' || matrix.canary(d, 'g', 601), b + 101, b + 7, b + 401, b + 201, b + 301, 5, 400000),
        (b + 602, b, 'Second ' || matrix.canary(d, 'g', 602), b + 102, b + 7, b + 401, b + 201, b + 301, 5, 400000);
    update ebb.department set default_service_id = b + 601 where department_id = b;
end $$;

create table matrix.object (d int, name text, id bigint, primary key (d, name));

create function matrix.ticket(d int, p_name text, p_requester text, p_level text, p_n int, p_confidential boolean) returns bigint language plpgsql as $$
declare
    b constant int := matrix.base(d);
    v_id bigint;
begin
    v_id := t.call_as(format('m%s%s', d, p_requester), 'ticket_open', json_build_object('subject', 'Subject ' || matrix.canary(d, p_level, p_n), 'description', 'Story ' || matrix.canary(d, p_level, p_n),
                'service_id', b + 601, 'request_type_id', b + case when p_confidential then 402 else 401 end)) ->> 'ticket_id';
    insert into matrix.object values (d, p_name, v_id);
    return v_id;
end $$;

-- An agent of team A works on it: words in public and among themselves.
create function matrix.work(d int, p_ticket_id bigint, p_public text, p_internal text, p_n int) returns void language plpgsql as $$
begin
    perform t.call_as(format('m%sanna', d), 'ticket_take', json_build_object('ticket_id', p_ticket_id)),
            t.call('comment_add', json_build_object('ticket_id', p_ticket_id, 'body', 'Answer ' || matrix.canary(d, p_public, p_n))),
            t.call('comment_add', json_build_object('ticket_id', p_ticket_id, 'body', 'Among us ' || matrix.canary(d, p_internal, p_n), 'is_internal', true));
end $$;

create function matrix.offer(d int, p_name text, p_ticket_id bigint, p_level text, p_n int) returns void language plpgsql as $$
begin
    insert into matrix.object values (d, p_name, (t.call_as(format('m%sanna', d), 'transfer_offer', json_build_object('ticket_id', p_ticket_id, 'to_team_id', matrix.base(d) + 102,
        'reason', 'Yours ' || matrix.canary(d, p_level, p_n))) ->> 'transfer_id')::bigint);
end $$;

create function matrix.tickets(d int) returns void language plpgsql as $$
declare
    v_id bigint;
begin
    v_id := matrix.ticket(d, 'active', 'rita', 'r', 1, false);
    perform matrix.work(d, v_id, 'r', 'd', 1), matrix.ticket(d, 'new', 'rolf', 's', 2, false);
    v_id := matrix.ticket(d, 'confidential', 'rita', 'c', 3, true);
    perform matrix.work(d, v_id, 'c', 'i', 3);
    v_id := matrix.ticket(d, 'offered', 'rolf', 's', 4, false);
    perform matrix.work(d, v_id, 's', 'd', 4), matrix.offer(d, 'transfer', v_id, 'd', 4);
    v_id := matrix.ticket(d, 'confidential_offered', 'rita', 'f', 5, true);
    perform matrix.work(d, v_id, 'f', 'f', 5), matrix.offer(d, 'confidential_transfer', v_id, 'f', 5);
    v_id := matrix.ticket(d, 'resolved', 'rita', 'r', 6, false);
    perform matrix.work(d, v_id, 'r', 'd', 6), t.call('ticket_resolve', json_build_object('ticket_id', v_id, 'resolution', 'Solved ' || matrix.canary(d, 'r', 6)));
    v_id := matrix.ticket(d, 'waiting', 'rolf', 's', 7, false);
    perform matrix.work(d, v_id, 's', 'd', 7),
            t.call('ticket_wait', json_build_object('ticket_id', v_id, 'waiting_reason', 'supplier', 'waiting_until', now() + interval '90 days', 'note', 'Waits ' || matrix.canary(d, 'd', 7)));
    v_id := matrix.ticket(d, 'confidential_new', 'rolf', 'q', 8, true);
    v_id := matrix.ticket(d, 'confidential_resolved', 'rita', 'c', 9, true);
    perform matrix.work(d, v_id, 'c', 'i', 9), t.call('ticket_resolve', json_build_object('ticket_id', v_id, 'resolution', 'Solved ' || matrix.canary(d, 'c', 9)));
    v_id := matrix.ticket(d, 'confidential_waiting', 'rita', 'c', 10, true);
    perform matrix.work(d, v_id, 'c', 'i', 10),
            t.call('ticket_wait', json_build_object('ticket_id', v_id, 'waiting_reason', 'supplier', 'waiting_until', now() + interval '90 days', 'note', 'Waits ' || matrix.canary(d, 'i', 10)));
end $$;

-- What a plugin did and made, as the courier would have noted it; the plugin itself is installed by the test.
create function matrix.plugin(d int, p_plugin_id int, p_report_id int) returns void language plpgsql as $$
declare
    b constant int := matrix.base(d);
    v_run_id bigint;
    o record;
begin
    insert into ebb.plugin_department (plugin_id, department_id, is_enabled, mode, config) values (p_plugin_id, b, true, 'shadow', json_build_object('on_call', 'config ' || matrix.canary(d, 'w', 1), 'secret', matrix.canary(d, 'x', 1)))
        on conflict (plugin_id, department_id) do update set is_enabled = true, mode = 'shadow', config = excluded.config;
    insert into ebb.plugin_incident (plugin_id, department_id, occurred_at, incident_kind, sentence, plugin_version) values (p_plugin_id, b, now(), 'nonsense', 'Incident ' || matrix.canary(d, 'w', 2), '1.0.0');
    for o in select * from matrix.object x where x.d = plugin.d and x.name in ('active', 'confidential') loop
        insert into ebb.plugin_run (plugin_id, plugin_version, department_id, ticket_id, run_kind, event_name, seq, mode, started_at, duration_us, outcome, sentence, inputs)
        values (p_plugin_id, '1.0.0', b, o.id, 'categorise', 'ticket.opened', 1, 'shadow', now(), 1000, 'shadow', 'Run ' || matrix.canary(d, case o.name when 'active' then 'd' else 'i' end, 11),
                jsonb_build_object('seen', matrix.canary(d, case o.name when 'active' then 'd' else 'i' end, 12))) returning plugin_run_id into v_run_id;
        insert into ebb.plugin_action (plugin_run_id, "position", department_id, action_kind, args, confidence, explanation, outcome)
        values (v_run_id, 1, b, 'suggest', '{"field": "urgency", "value": 1}', 0.9, 'Because ' || matrix.canary(d, case o.name when 'active' then 'd' else 'i' end, 13), 'shadow');
    end loop;
    insert into ebb.report_schedule (report_schedule_id, report_id, department_id, format, params, weekday, at_time, time_zone_name, next_at) overriding system value
    values (b + 701, p_report_id, b, 'json', jsonb_build_object('days', matrix.canary(d, 'd', 701)), 1, '07:30', 'UTC', now() + interval '60 days');
    insert into ebb.report_document (report_document_id, report_id, report_schedule_id, department_id, format, params, created_at, next_at, done_at, media_type, document) overriding system value
    values (b + 711, p_report_id, b + 701, b, 'json', jsonb_build_object('days', matrix.canary(d, 'd', 711)), now(), now(), now(), 'application/json', convert_to(matrix.canary(d, 'd', 712), 'UTF8'));
end $$;

-- What people can do, when they work, when they are away.
create function matrix.rota(d int) returns void language plpgsql as $$
declare
    b constant int := matrix.base(d);
begin
    insert into ebb.skill (skill_id, department_id, skill_name) overriding system value values (b + 901, b, 'Skill ' || matrix.canary(d, 'd', 901)), (b + 902, b, 'Skill ' || matrix.canary(d, 'd', 902));
    insert into ebb.person_skill (person_id, skill_id, department_id, skill_level) values (b + 3, b + 901, b, 2);
    insert into ebb.shift (shift_id, department_id, team_id, person_id, starts_at, ends_at, note) overriding system value
    values (b + 911, b, b + 101, b + 3, now() + interval '10 days', now() + interval '11 days', 'Note ' || matrix.canary(d, 'z', 3));
    insert into ebb.absence (absence_id, department_id, person_id, starts_at, ends_at, deputy_person_id) overriding system value
    values (b + 921, b, b + 3, now() + interval '20 days', now() + interval '21 days', b + 5);
    insert into ebb.retention_rule (retention_rule_id, department_id, retention_kind, keep_days, changed_at) overriding system value values (b + 931, b, 'ticket_text', 5000 + d, now());
end $$;

create function matrix.planned(d int) returns void language plpgsql as $$
declare
    b constant int := matrix.base(d);
begin
    insert into ebb.sla_rehearsal (sla_rehearsal_id, department_id, draft, from_at, until_at, asked_by, created_at, ticket_count, done_count, finished_at) overriding system value
    values (b + 801, b, jsonb_build_object('calendar', jsonb_build_object('calendar_id', b + 201, 'note', matrix.canary(d, 'd', 801))), now() - interval '30 days', now(), b + 8, now(), 2, 2, now());
    insert into ebb.sla_rehearsal_group values (b + 801, b, b + 601, b + 101, 3, 'resolve', 1, 1, 2, 0, 2);
    insert into ebb.sla_rehearsal_change (sla_rehearsal_id, ticket_id, target_code, cycle, department_id, was_status, status)
    select b + 801, o.id, 'resolve', 1, b, 'breached', 'met' from matrix.object o where o.d = planned.d and o.name in ('active', 'confidential');
    perform t.be('m' || d || 'adam');
    perform fn.audit_add(b, 'service.changed', 'service', 'Audit ' || matrix.canary(d, 'a', 1), jsonb_build_object('was', matrix.canary(d, 'a', 2)), jsonb_build_object('is', matrix.canary(d, 'a', 3)));
    perform t.be(null);
end $$;

begin;
select matrix.sequences();
select matrix.people(d), matrix.offers(d) from generate_series(1, 3) d;
-- Facilities serves department 1 as well, with one service.
insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id) overriding system value
select b + 603, b, 'Shared ' || matrix.canary(3, 'v', 603), b + 101, b + 7, b + 401, b + 201, b + 301 from matrix.base(3) b;
insert into ebb.service_department (service_id, department_id) values (matrix.base(3) + 603, matrix.base(1));
insert into ebb.operator (person_id, granted_at) values (matrix.base(1) + 12, now());
insert into ebb.person_role (person_id, department_id, role_code) values (matrix.base(1) + 13, matrix.base(1), 'agent'), (matrix.base(1) + 13, matrix.base(2), 'agent');
insert into ebb.person_role (person_id, department_id, role_code) select matrix.base(1) + 14, d.department_id, 'admin' from ebb.department d;
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, department_ids) values
    (t.hash('m1opal'), matrix.base(1) + 12, 'api', 'Token ' || matrix.canary(1, 't', 12), now(), '2100-01-01Z', null), (t.hash('m1mia'), matrix.base(1) + 13, 'api', 'Token ' || matrix.canary(1, 't', 13), now(), '2100-01-01Z', null),
    (t.hash('m1zoe'), matrix.base(1) + 14, 'api', 'Token ' || matrix.canary(1, 't', 14), now(), '2100-01-01Z', null),
    (t.hash('m1mianarrow'), matrix.base(1) + 13, 'api', 'Token ' || matrix.canary(1, 't', 13), now(), '2100-01-01Z', array[matrix.base(1)]);
select matrix.tickets(d) from generate_series(1, 3) d;
-- Rita of department 1 asks department 3.
insert into matrix.object select 3, 'shared', (t.call_as('m1rita', 'ticket_open', json_build_object('subject', 'Shared ' || matrix.canary(3, 'k', 1), 'service_id', matrix.base(3) + 603)) ->> 'ticket_id')::bigint;
select matrix.rota(d), matrix.planned(d) from generate_series(1, 3) d;
commit;
