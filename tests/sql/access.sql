-- SPDX-License-Identifier: Apache-2.0
-- Nobody sees what is not theirs: confidential request types, tokens that hold less than their person, services that serve.
\ir ../lib/act.sql
begin;
select plan(53);

-- HR gets a second team and a confidential type; rob of HR asks, hal and hana are the People Team, ina is in the other team.
insert into ebb.person (person_id, department_id, person_name, email) overriding system value values (130, 2, 'Ina Other', 'ina@test.example');
insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value values (22, 2, 'Payroll Team', 130);
insert into ebb.membership (team_id, person_id, department_id) values (22, 130, 2);
insert into ebb.person_role (person_id, department_id, role_code) values (130, 2, 'agent');
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at) values (t.hash('ina'), 130, 'api', 'ina', '2020-01-01Z', '2100-01-01Z');
insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency, is_confidential) overriding system value
values (175, 2, 'Grievance', 'request', 3, 2, true);

select t.open('rob', 54) as plain \gset
select t.call_as('rob', 'ticket_open', '{"subject": "Whispered canary", "service_id": 54, "request_type_id": 175}') ->> 'ticket_id' as secret \gset
select t.call_as('hal', 'comment_add', json_build_object('ticket_id', :secret, 'body', 'Quiet canary', 'is_internal', true)) \g /dev/null
select t.call_as('rob', 'comment_add', json_build_object('ticket_id', :secret, 'body', 'Thank you')) \g /dev/null

create function pg_temp.sees(p_word text, p_ticket_id bigint) returns text language plpgsql as $$
begin
    perform t.be(p_word);
    return concat_ws(' ',
        case when t.refusal(p_word, 'ticket_get', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'get' end,
        case when t.call('ticket_list', '{}')::text like '%"ticket_id":' || p_ticket_id || ',%' then 'list' end,
        case when t.call('ticket_list', json_build_object('q', 'EBB-' || p_ticket_id))::text <> '[]' then 'search' end,
        case when t.refusal(p_word, 'comment_list', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'comments' end,
        case when t.refusal(p_word, 'ticket_history', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'history' end,
        case when t.refusal(p_word, 'ticket_sla', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'sla' end,
        case when t.refusal(p_word, 'transfer_list', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'transfers' end,
        case when t.refusal(p_word, 'automation_list', json_build_object('ticket_id', p_ticket_id)) = 'ok' then 'automation' end);
end $$;

select is((select is_confidential from ebb.ticket where ticket_id = :secret), true, 'a ticket of a confidential type is confidential');
select is(pg_temp.sees(w, :secret), 'get list search comments history sla transfers automation', w || ' sees it on every path') from unnest(array['rob', 'hal', 'hana']) w;
select is(pg_temp.sees(w, :secret), '', w || ' sees it on no path') from unnest(array['ina', 'ada', 'dana', 'rae', 'fay']) w;
select is(pg_temp.sees('ina', :plain), 'get list search comments history sla transfers automation', 'an ordinary ticket is seen by the whole department');
select is(t.refusal('ina', 'ticket_get', json_build_object('ticket_id', :secret)), t.refusal('ina', 'ticket_get', '{"ticket_id": 999999}'), 'a hidden one answers like one that is not there');
select is((select json_agg(c ->> 'body') from json_array_elements(t.call_as('rob', 'comment_list', json_build_object('ticket_id', :secret))) c)::text, '["Thank you"]', 'internal words stay internal to the requester');
select is((select count(*) from json_array_elements(t.call_as('rob', 'ticket_history', json_build_object('ticket_id', :secret))) e where e ->> 'event_kind' = 'commented'), 1::bigint, 'nor does the history tell that the desk spoke among itself');
select is(t.refusal('ina', f, json_build_object('ticket_id', :secret, 'body', 'x', 'reason', 'x', 'to_team_id', 22, 'assignee_id', 130, 'subject', 'x')), 'ZE404', f || ' of a hidden ticket is refused as if it were not there')
  from unnest(array['ticket_take', 'ticket_assign', 'ticket_change', 'comment_add', 'transfer_offer', 'ticket_cancel']) f;

-- As a reader of rows: counts, words and times alike.
create function pg_temp.rows_as(p_role text, p_word text, p_sql text) returns text language plpgsql as $$
begin perform t.be(p_word); return t.tries(p_role, p_sql); end $$;
select is(pg_temp.rows_as('ebb_api', 'ina', format('select from ebb.%I where ticket_id = %s', x, :secret)), '0 rows', x || ' hides it from another team')
  from unnest(array['ticket', 'ticket_event', 'ticket_span', 'sla_clock', 'comment', 'transfer', 'plugin_run', 'escalation', 'sla_rehearsal_change']) x;
select is(pg_temp.rows_as('bi_hr', null, format('select from reporting_v1.tickets where ticket_id = %s', :secret)), '0 rows', 'a BI role does not see it');
select is(pg_temp.rows_as('bi_hr', null, format('select from reporting_v1.tickets where ticket_id = %s', :plain)), '1 rows', 'but the ordinary one');
select is((select count(*) from ebb.ticket where department_id = 2), 2::bigint, 'there are two');
set role bi_hr;
select is((select count(*) from reporting_v1.tickets), 1::bigint, 'of which a BI role counts one');
reset role;

-- A hand-over: the receiver must see it to decide, and the giver no more once it is accepted.
select t.call_as('hal', 'transfer_offer', json_build_object('ticket_id', :secret, 'to_team_id', 22, 'reason', 'Theirs')) ->> 'transfer_id' as offer \gset
select is(t.refusal('ina', 'ticket_get', json_build_object('ticket_id', :secret)), 'ok', 'what is on offer is seen by the team that must decide');
select t.call_as('ina', 'transfer_accept', json_build_object('transfer_id', :offer)) \g /dev/null
select is(t.refusal('hal', 'ticket_get', json_build_object('ticket_id', :secret)), 'ZE404', 'whoever gave it away sees it no more');
select is((select accountable_person_id from ebb.ticket where ticket_id = :secret), 130, 'and somebody who sees it answers for it: the new team''s lead');
select is(t.refusal('ina', 'ticket_take', json_build_object('ticket_id', :secret)), 'ok', 'and the new team works on it');

-- The type decides, for past tickets too; every table follows the ticket.
update ebb.request_type set is_confidential = false where request_type_id = 175;
select is(t.refusal('hal', 'ticket_get', json_build_object('ticket_id', :secret)), 'ok', 'a type that ceases to be confidential opens its tickets');
update ebb.request_type set is_confidential = true where request_type_id = 175;
select is(t.refusal('hal', 'ticket_get', json_build_object('ticket_id', :secret)), 'ZE404', 'and closes them again');
select is(t.refusal('ina', 'ticket_open', '{"subject": "x", "service_id": 54, "request_type_id": 175, "requester_id": 108}'), 'ZE403', 'from outside the team nobody opens one for somebody else');
select is((t.call_as('hal', 'plugin_ask', '{"subject": "x", "service_id": 54, "request_type_id": 175}') ->> 'plugins'), '[]', 'no plugin hears of what is being said');

-- Departments are apart; a service serves whom it names.
select is((select count(*) from json_array_elements(t.call_as('rae', 'service_list', '{}')) s where (s ->> 'department_id')::int <> 1
              and not exists (select from ebb.service_department x where x.service_id = (s ->> 'service_id')::int and x.department_id = 1)), 0::bigint, 'a requester is offered what serves their department');
delete from ebb.service_department where service_id = 55 and department_id <> 3;
select is(t.refusal('rae', 'ticket_open', '{"subject": "x", "service_id": 55}'), t.refusal('rae', 'ticket_open', '{"subject": "x", "service_id": 9999}'), 'a service that does not serve them is not there for them');
insert into ebb.service_department values (55, 1);
select is(t.refusal('rae', 'ticket_open', '{"subject": "x", "service_id": 55}'), 'ok', 'until it says that it does');
select is((select count(*) from json_array_elements(t.call_as('fay', 'person_list', '{}')) p where (p ->> 'department_id')::int = 1) > 0, true, 'whoever serves them finds them');

-- A token holds what it was given, and never more than its person.
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, scopes, department_ids)
values (t.hash('reader'), 106, 'api', 'x', '2020-01-01Z', '2100-01-01Z', '{}', null), (t.hash('narrow'), 106, 'api', 'x', '2020-01-01Z', '2100-01-01Z', null, '{1}'),
       (t.hash('worker'), 106, 'api', 'x', '2020-01-01Z', '2100-01-01Z', '{write}', null);
select is(t.refusal('reader', 'ticket_get', json_build_object('ticket_id', :plain)), 'ok', 'a token without scope reads');
select t.be('reader');
select throws_ok(format('select api.enter(%L, ''r'', false, null, null)', t.hash('reader')), 'ZE403', null, 'and changes nothing');
select is(t.refusal('narrow', 'ticket_get', json_build_object('ticket_id', :plain)), 'ZE404', 'a token for one department sees no other');
select is(t.refusal('worker', 'audit_list', '{}'), 'ZE403', 'a token without the scope audit does not read it');
select t.be('worker');
select is(fn.has_right('desk.configure', 1), false, 'nor does one without configure hold the right to');
-- SQL that somebody brings to run with the rights of the web's role, as a hole in an api function would let them.
create function api.hole(p_sql text) returns void language plpgsql security definer as $$ begin execute p_sql; end $$;
alter function api.hole(text) owner to ebb_api;
grant execute on function api.hole(text) to ebb_app, ebb_session;
grant usage on schema t to ebb_app, ebb_session;
create function pg_temp.through(p_sql text) returns text language plpgsql as $$
begin perform api.hole(p_sql); return 'done'; exception when others then return sqlstate; end $$;
select t.be(null);
set local session authorization ebb_app;
select pg_temp.through($$ select fn.session_begin(106, 'local', '{"token": "abc"}') $$) as opened,
       pg_temp.through($$ select fn.password_set(106, '{"salt": "00", "opslimit": 1, "memlimit": 8192, "verifier": "00"}', false) $$) as changed,
       pg_temp.through($$ select fn.totp_remove(106) $$) as removed, pg_temp.through($$ select fn.sessions_end(106, '{session}') $$) as ended \gset
reset session authorization;
select is(:'opened'::text, 'ZE403', 'not even SQL of the web''s role opens a session for somebody');
select is(:'changed'::text, 'ZE403', 'nor gives anybody another pass-phrase');
select is(:'removed'::text, 'ZE403', 'nor takes a second factor away');
select is(:'ended'::text, '42501', 'nor ends anybody''s sessions');
select * from finish();
rollback;
