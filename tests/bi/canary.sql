-- SPDX-License-Identifier: Apache-2.0
-- Three departments with texts that can be recognised wherever they turn up: CANARYIT, CANARYHR, CANARYFACILITIES in whatever a department
-- writes, SECRETIT ... in what is confidential there. For a clone of the fixture.
\set ON_ERROR_STOP on
\ir ../lib/act.sql
\ir ../lib/story.sql
set client_min_messages = warning;
create schema if not exists c;

insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value values (22, 2, 'CANARYHR second', 110), (32, 3, 'CANARYFACILITIES second', 111);
insert into ebb.membership (team_id, person_id, department_id) values (22, 109, 2), (22, 110, 2), (32, 111, 3), (32, 112, 3);
create table c.desk (department_id int primary key, word text, agent text, lead text, service_id int, other_team_id int, requester text);
insert into c.desk values (1, 'IT', 'dana', 'lee', 51, 12, 'rae'), (2, 'HR', 'hal', 'hana', 54, 22, 'rob'), (3, 'FACILITIES', 'finn', 'fay', 55, 32, 'finn');

insert into ebb.request_type (department_id, request_type_name, ticket_kind, default_impact, default_urgency, is_confidential)
select department_id, 'CANARY' || word || ' confidential', 'request', 2, 2, true from c.desk;
update ebb.department d set department_name = 'CANARY' || word from c.desk k where k.department_id = d.department_id;
update ebb.person p set person_name = person_name || ' CANARY' || word, site_name = 'CANARY' || word, organisation_unit_name = 'CANARY' || word from c.desk k where k.department_id = p.department_id;
update ebb.team t set team_name = team_name || ' CANARY' || word from c.desk k where k.department_id = t.department_id and team_name !~ 'CANARY';
update ebb.service s set service_name = service_name || ' CANARY' || word from c.desk k where k.department_id = s.department_id;
update ebb.request_type q set request_type_name = request_type_name || ' CANARY' || word from c.desk k where k.department_id = q.department_id and request_type_name !~ 'CANARY';

-- A whole life: opened, taken, asked and answered, waited, handed over and back, resolved, reopened.
create function c.life(p_department_id int, p_text text, p_request_type_id int, p_is_ended boolean) returns bigint language plpgsql as $$
declare
    k c.desk;
    v_id bigint;
    v_transfer_id bigint;
begin
    select * into k from c.desk where department_id = p_department_id;
    v_id := t.call_as(k.requester, 'ticket_open', json_strip_nulls(json_build_object('subject', p_text, 'description', p_text, 'service_id', k.service_id, 'request_type_id', p_request_type_id))) ->> 'ticket_id';
    perform t.call_as(k.agent, 'ticket_take', json_build_object('ticket_id', v_id)), t.call_as(k.agent, 'comment_add', json_build_object('ticket_id', v_id, 'body', p_text, 'is_internal', true)),
            t.call_as(k.agent, 'comment_add', json_build_object('ticket_id', v_id, 'body', p_text, 'is_internal', false)),
            t.call_as(k.agent, 'ticket_wait', json_build_object('ticket_id', v_id, 'waiting_reason', 'requester', 'waiting_until', now() + interval '3 days', 'note', p_text)),
            t.call_as(k.agent, 'ticket_resume', json_build_object('ticket_id', v_id));
    v_transfer_id := t.call_as(k.agent, 'transfer_offer', json_build_object('ticket_id', v_id, 'to_team_id', k.other_team_id, 'reason', p_text)) ->> 'transfer_id';
    perform t.call_as(k.agent, 'transfer_accept', json_build_object('transfer_id', v_transfer_id)), t.call_as(k.agent, 'ticket_take', json_build_object('ticket_id', v_id));
    if p_is_ended then
        perform t.call_as(k.agent, 'ticket_resolve', json_build_object('ticket_id', v_id, 'resolution', p_text));
    end if;
    return v_id;
end $$;

-- What is of last year already, as imports bring it.
create function c.past(p_department_id int, p_text text, p_is_confidential boolean) returns void language plpgsql as $$
declare
    k c.desk;
    v_id bigint := 910000 + coalesce((select count(*) from ebb.ticket), 0);
    v_import_id int;
begin
    select * into k from c.desk where department_id = p_department_id;
    insert into ebb.import (department_id, source_name, file_name, mapping, service_id, started_at) values (p_department_id, 'CANARY' || k.word, 'CANARY' || k.word, '{}', k.service_id, '2025-02-01Z')
        on conflict (department_id, source_name) do update set file_name = excluded.file_name returning import_id into v_import_id;
    perform t.story(v_id, '2025-01-06T09:00Z', array['0 new', '2 active', '5 waiting:requester', '30 active', '40 resolved', '50 active', '60 resolved', '70 closed'], k.service_id,
                    (select p.person_id from ebb.person p where p.email = k.requester || '@test.example'), v_import_id, p_text);
    perform t.story(v_id + 1000000, now() - interval '20 days', array['0 new', '9 active'], k.service_id, (select p.person_id from ebb.person p where p.email = k.requester || '@test.example'), v_import_id, p_text);
    if p_is_confidential then
        update ebb.ticket t set request_type_id = (select q.request_type_id from ebb.request_type q where q.department_id = p_department_id and q.is_confidential), is_confidential = true
         where t.ticket_id in (v_id, v_id + 1000000);
    end if;
    insert into ebb.import_row (import_id, department_id, row_hash, ordinal, seen_run, line_number, source_ref, occurred_at, sort_key, fields)
    select v_import_id, p_department_id, md5(p_text || t.ticket_id), 1, 1, t.ticket_id, t.source_ref, t.opened_at, '[]', jsonb_build_object('text', p_text) from ebb.ticket t where t.ticket_id in (v_id, v_id + 1000000);
end $$;

create function c.more(p_department_id int, p_is_confidential boolean) returns void language plpgsql as $$
declare
    v_text constant text := (select case when p_is_confidential then 'SECRET' else 'CANARY' end || word from c.desk where department_id = p_department_id);
    v_type_id constant int := (select q.request_type_id from ebb.request_type q where q.department_id = p_department_id and q.is_confidential and p_is_confidential);
begin
    for i in 1..3 loop
        perform c.life(p_department_id, v_text || ' number ' || i, v_type_id, i = 1);
    end loop;
    set local session_replication_role = replica;
    perform c.past(p_department_id, v_text || ' of old', p_is_confidential);
    set local session_replication_role = origin;
end $$;
