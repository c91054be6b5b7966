-- SPDX-License-Identifier: Apache-2.0
-- People: who makes and changes whom, foreign ids that answer like none, roles that nobody grants beyond their own, the last
-- administrator, work that is handed over before somebody goes, and who is out at once.
\ir ../lib/act.sql
begin;
select plan(81);

-- A second person of IT with all of its rights, an operator, and an administrator of HR alone.
insert into ebb.person (person_id, department_id, person_name, email) overriding system value values
    (151, 1, 'Ivo Admin', 'ivo@test.example'), (152, 2, 'Hugo Admin', 'hugo@test.example'), (153, 3, 'Olga Operator', 'olga@test.example'), (154, 1, 'Nora New', 'nora@test.example');
insert into ebb.person_role (person_id, department_id, role_code) values (151, 1, 'admin'), (152, 2, 'admin');
insert into ebb.operator (person_id, granted_at) values (153, now());
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at)
select t.hash(split_part(p.email, '@', 1)), p.person_id, 'api', 'test', '2020-01-01Z', '2100-01-01Z' from ebb.person p where p.person_id between 151 and 154;

create function t.said(p_word text, p_fn text, p_args json) returns text language plpgsql
as $$
declare v_detail text;
begin
    perform t.be(p_word);
    perform t.call(p_fn, p_args);
    return 'done';
exception when others then
    get stacked diagnostics v_detail = pg_exception_detail;
    return sqlstate || ' ' || coalesce((v_detail::json -> 0 ->> 'pointer') || ' ', '') || sqlerrm;
end $$;
create function t.version(p_id int) returns int language sql as $$ select p.version from ebb.person p where p.person_id = p_id $$;
create function t.person(p_word text, p_id int, p_more jsonb) returns text language sql
as $$ select t.said(p_word, 'person_change', (jsonb_build_object('person_id', p_id, 'if_match', t.version(p_id)) || p_more)::json) $$;
create function t.roles(p_word text, p_id int, p_department int, p_roles text) returns text language sql
as $$ select t.said(p_word, 'person_roles_set', json_build_object('person_id', p_id, 'if_match', t.version(p_id), 'department_id', p_department, 'role_codes', p_roles::json)) $$;
create function t.member(p_word text, p_team int, p_id int, p_role text) returns text language sql
as $$ select t.said(p_word, 'membership_set', json_build_object('team_id', p_team, 'person_id', p_id, 'membership_role', p_role, 'if_match', (select x.version from ebb.team x where x.team_id = p_team))) $$;
create function t.leave(p_word text, p_team int, p_id int) returns text language sql
as $$ select t.said(p_word, 'membership_remove', json_build_object('team_id', p_team, 'person_id', p_id, 'if_match', (select x.version from ebb.team x where x.team_id = p_team))) $$;

-- making
select is(t.said(w, 'person_create', '{"department_id": 1, "person_name": "Zoe"}'), 'ZE403 You do not have the right person.manage here.', w || ' makes nobody') from unnest(array['dana', 'lee', 'amy', 'rae', 'hugo', 'olga']) w;
select is(t.said('ivo', 'person_create', '{"department_id": 2, "person_name": "Zoe"}'), t.said('ivo', 'person_create', '{"department_id": 4711, "person_name": "Zoe"}'), 'a foreign department answers like none');
select t.call_as('ivo', 'person_create', '{"department_id": 1, "person_name": "  Zoe Zimt ", "email": "Zoe@Test.Example", "time_zone_name": "Europe/Rome"}') as zoe \gset
select is(:'zoe'::json ->> 'person_name' || ' ' || (:'zoe'::json ->> 'email'), 'Zoe Zimt zoe@test.example', 'names without blanks around, addresses in lower case');
select is((select json_object_keys(:'zoe'::json) limit 1), 'version', 'the version stands first');
select :'zoe'::json ->> 'person_id' as zoe_id \gset
select is(t.said('ivo', 'person_create', '{"department_id": 1, "person_name": "Zoe", "time_zone_name": "Mars/Olympus"}'), 'ZE422 /time_zone_name There is no time zone "Mars/Olympus".', 'no such zone');
select alike(t.said('ivo', 'person_create', '{"department_id": 1, "person_name": "Zoe", "email": "<z@x>"}'), 'ZE422 /email This is no address%', 'no such address');
select is(t.said('ivo', 'person_create', '{"department_id": 1, "person_name": "   "}'), 'ZE422 /person_name person_name must not be empty.', 'no blank name');
select is(t.said('ivo', 'person_create', '{"department_id": 1, "person_name": "Z\r\nBcc: all"}'), 'ZE422 /person_name person_name holds characters that cannot be shown.', 'no line breaks in names');
select is(t.said('ivo', 'person_create', '{"department_id": 1, "person_name": "Zoe", "is_operator": true}'), 'ZE422 /is_operator is_operator is not something that is set here.', 'nothing else is set');

-- changing
select is(t.said('ivo', 'person_change', '{"person_id": 101, "if_match": 7, "site_name": "Leeds"}'), 'ZE412 The person has changed since you read it: it is at version 1.', 'a stale version');
select is(t.person('ivo', 101, '{"site_name": "Leeds"}'), 'done', 'an administrator changes a person');
select is(t.version(101), 2, 'which counts the version');
select is(t.person('ivo', 101, '{"site_name": "Leeds"}'), 'done', 'saying it again');
select is(t.version(101), 2, 'changes nothing');
select is(t.person('ivo', 108, '{"site_name": "x"}'), 'ZE404 /person_id There is no such person, or you may not see it.', 'a person of HR is not there for IT');
select is(t.person('ivo', 108, '{"site_name": "x"}'), t.said('ivo', 'person_change', '{"person_id": 4711, "if_match": 1, "site_name": "x"}'), 'like one who does not exist');
select is(t.person('lee', 101, '{"site_name": "x"}'), 'ZE403 You do not have the right person.manage here.', 'a lead changes no person');
select is(t.person('ivo', 101, '{"calendar_id": 83}'), 'ZE422 /calendar_id There is no such active calendar in the department.', 'a calendar of another department');
select is(t.person('ivo', 101, '{"calendar_id": 83}'), t.person('ivo', 101, '{"calendar_id": 4711}'), 'answers like none');
select is(t.person('ivo', 154, '{"department_id": 2}'), 'ZE422 /department_id There is no such department.', 'nobody is moved to where one does not manage');
select is(t.person('ivo', 154, '{"department_id": 4711}'), 'ZE422 /department_id There is no such department.', 'existing or not');
select is(t.person('ivo', 106, '{"email": "mine@test.example"}'), 'ZE403 This person has rights that you do not have, so address, department and access are not yours to change.', 'the way in of somebody above is not for the taking');
update ebb.person set email = null where person_id = 106;
select alike(t.person('ivo', 106, '{"email": "mine@test.example"}'), 'ZE403%', 'not even where there was no address');
update ebb.person set email = 'ada@test.example' where person_id = 106;
select is(t.person('ivo', 106, '{"site_name": "Leeds"}'), 'done', 'the rest is');
select is((select count(*) from ebb.audit a where a.action = 'person.change' and a.object_ref = '101' and a.actor_id = 151), 1::bigint, 'one change, one line of the audit');

-- roles
select is(t.roles('ivo', :zoe_id, 1, '["agent"]'), 'done', 'an administrator makes an agent');
select is(t.roles('ivo', :zoe_id, 2, '["agent"]'), t.roles('ivo', :zoe_id, 4711, '["agent"]'), 'nobody grants in another department, existing or not');
select is(t.roles('lee', :zoe_id, 1, '["agent", "lead"]'), 'ZE403 You do not have the right person.manage here.', 'a lead grants nothing');
select is(t.roles('ivo', :zoe_id, 1, '["king"]'), 'ZE422 /role_codes There is no role "king".', 'no such role');
select is(t.roles('ivo', 108, 1, '["agent"]'), 'ZE404 /person_id There is no such person, or you may not see it.', 'nobody grants to whom they do not see');
update ebb.token set scopes = '{configure}' where token_hash = t.hash('ivo');
select alike(t.roles('ivo', :zoe_id, 1, '["agent", "owner"]'), 'ZE403 /role_codes Nobody grants what they do not hold%', 'a token grants no more than it holds');
update ebb.token set scopes = null where token_hash = t.hash('ivo');
select is(t.roles('olga', 152, 2, '["admin", "agent"]'), 'ZE403 You do not have the right person.manage here.', 'an operator grants nothing in a department');
select is(t.roles('olga', 153, 2, '["admin"]'), 'ZE403 You do not have the right person.manage here.', 'least of all to themselves, while somebody administers it');
select is(t.roles('hugo', 152, 2, '[]'), 'done', 'an administrator may step back while another stays');
select is(t.roles('ada', 106, 2, '[]'), 'ZE409 This is the last administrator of HR.', 'the last one may not');
select is(t.tries('ebb_owner', 'delete from ebb.person_role where role_code = ''admin'' and department_id = 2'), 'ZE409', 'by whatever way');
select is(t.person('ada', 106, '{"is_active": false}'), 'ZE409 /is_active Nobody disables themselves.', 'nor disable themselves');
select t.be(null) \g /dev/null
select is(t.tries('ebb_owner', 'update ebb.person set is_active = false where person_id = 106'), 'ZE409', 'nor be disabled, by whatever way');
select is(t.roles('olga', 101, 1, '["auditor"]'), t.said('olga', 'person_roles_set', '{"person_id": 4711, "if_match": 1, "department_id": 1, "role_codes": ["auditor"]}'), 'an operator is not told whether there is such a person');
select is(t.said('rae', 'absence_create', '{"starts_at": "2030-01-01T00:00Z", "ends_at": "2030-01-02T00:00Z", "deputy_person_id": 101}'),
          t.said('rae', 'absence_create', '{"starts_at": "2030-01-01T00:00Z", "ends_at": "2030-01-02T00:00Z", "deputy_person_id": 4711}'), 'nor a requester');
insert into ebb.provider (provider_id, provider_kind, provider_code, provider_name) overriding system value values (1, 'ldap', 'directory', 'Directory');
update ebb.person_role set provider_id = 1 where person_id = 106 and department_id = 3;
select is(t.roles('ada', 106, 3, '[]'), 'ZE409 /role_codes A role comes from a group of an identity provider, which would grant it again.', 'a provider''s role goes with the group');
delete from ebb.person_role where person_id = 106 and department_id = 3;
select is(t.roles('olga', 111, 3, '["lead", "admin"]'), 'done', 'a department without an administrator is given one by an operator');

-- operators
select is(t.said('ada', 'operator_list', '{}'), 'ZE403 You do not have the right desk.operate here.', 'an administrator is no operator');
select is(t.said('olga', 'operator_take', '{"person_id": 153}'), 'ZE409 This is the last operator of the desk.', 'the last operator stays');
select is(t.said('olga', 'operator_grant', '{"person_id": 113}'), 'done', 'an operator makes another');
select is(t.said('olga', 'operator_take', '{"person_id": 153}'), 'done', 'and then may go');
select is(t.person('ivo', 113, '{"email": "amy2@test.example"}'), 'ZE403 This person has rights that you do not have, so address, department and access are not yours to change.', 'an operator''s address is no department''s to change');

-- teams
select is(t.member('lee', 12, :zoe_id, 'member'), 'ZE403 You do not have the right person.manage here.', 'a lead takes nobody into another team');
select is(t.member('lee', 11, :zoe_id, 'deputy'), 'done', 'but into their own');
select is(t.member('lee', 11, 109, 'member'), t.member('lee', 11, 4711, 'member'), 'not somebody of another department, existing or not');
select is(t.member('ivo', 21, :zoe_id, 'member'), 'ZE404 /team_id There is no such team, or you may not see it.', 'a team of another department is not there');
select is(t.member('lee', 11, 102, 'member'), 'ZE409 /membership_role A team always has a lead.', 'a team keeps its lead');
select is(t.leave('lee', 11, 102), 'ZE409 A team always has a lead.', 'who does not leave it either');
select is(t.member('ivo', 11, 101, 'lead'), 'done', 'it may get another');
select is((select x.membership_role from t.call_as('ivo', 'membership_list', '{"team_id": 11}') l, json_to_recordset(l) x (person_id int, membership_role text) where x.person_id = 101), 'lead', 'which the list of members says');
select is(t.said('ivo', 'team_change', json_build_object('team_id', 11, 'if_match', (select version from ebb.team where team_id = 11), 'lead_person_id', 109)), 'ZE422 /lead_person_id There is no such active person in the department.', 'a lead is of the department');
select is(t.said('ivo', 'team_change', json_build_object('team_id', 11, 'if_match', (select version from ebb.team where team_id = 11), 'parent_team_id', 11)), 'ZE422 /parent_team_id A team is not above itself.', 'no circle of teams');
select is(t.said('ivo', 'team_change', json_build_object('team_id', 11, 'if_match', (select version from ebb.team where team_id = 11), 'is_active', false)), 'ZE409 /is_active Tickets of the service E-mail begin in this team.', 'a team in which tickets begin does not end');

-- a team that keeps confidences
update ebb.request_type set is_confidential = true where request_type_id = 73;
insert into ebb.person_role (person_id, department_id, role_code) values (152, 2, 'admin');
select is(t.member('hugo', 21, 152, 'member'), 'ZE403 This team holds confidential tickets: only somebody of the team says who comes into it.', 'an administrator does not join the team that keeps confidences');
select is(t.said('hugo', 'team_change', json_build_object('team_id', 21, 'if_match', (select version from ebb.team where team_id = 21), 'lead_person_id', 152)), 'ZE403 This team holds confidential tickets: only somebody of the team says who comes into it.', 'nor make themselves its lead');
select is(t.person('hugo', 109, '{"email": "mine2@test.example"}'), 'ZE403 This person has rights that you do not have, so address, department and access are not yours to change.', 'nor take over a member''s account');
select t.open('rob', 54) as secret \gset
create function t.opens(p_word text) returns text language sql
as $$ select t.said(p_word, 'request_type_change', json_build_object('request_type_id', 73, 'if_match', (select version from ebb.request_type where request_type_id = 73), 'is_confidential', false)) $$;
select alike(t.opens('hugo'), 'ZE403 /is_confidential Tickets of this type are held in confidence%', 'nor open the type and with it the tickets');
select ok((select x.is_confidential from t.ticket(:secret) x), 'which stay as they were');
select is(t.member('hana', 21, 152, 'member'), 'done', 'its lead may take them in');
select is(t.opens('hugo'), 'done', 'who then may');
update ebb.request_type set is_confidential = true where request_type_id = 73;

-- going
select t.open('rae') as ticket \gset
select t.call_as('ned', 'ticket_get', json_build_object('ticket_id', :ticket)) \g /dev/null
select t.call_as('lee', 'ticket_assign', json_build_object('ticket_id', :ticket, 'assignee_id', 101)) \g /dev/null
select is(t.person('ivo', 101, '{"is_active": false}'), 'ZE409 /is_active Dana Agent works on 1 open ticket and leads the team Service Desk.', 'open work and teams are named');
select is(t.person('ivo', 105, '{"is_active": false}'), 'ZE409 /is_active Sol Owner answers for 1 open ticket and answers for the service E-mail, Server room.', 'so is what somebody answers for');
select is(t.person('ivo', 105, '{"is_active": false, "hand_over_to": 109}'), 'ZE422 /hand_over_to There is no such active person in the department.', 'it is not handed to another department');
select is(t.person('ivo', 105, '{"is_active": false, "hand_over_to": 104}'), 'done', 'it is handed over and the person is out');
select is((select array[x.accountable_person_id, x.assignee_id] from t.ticket(:ticket) x), '{104,101}'::int[], 'the ticket has its new owner');
select is((select count(*) from ebb.service s where s.accountable_person_id = 105 and s.is_active), 0::bigint, 'so have services');
select is((select e.actor_id from ebb.ticket_event e where e.ticket_id = :ticket order by e.seq desc limit 1), 151, 'and the journal says who did it');
select is(t.said('sol', 'session_get', '{}'), 'ZE401 You are not signed in.', 'who is disabled is out at once');
select is(t.person('ivo', 105, '{"is_active": true}'), 'done', 'who comes back');
select is(t.said('sol', 'session_get', '{}'), 'ZE401 You are not signed in.', 'signs in anew: old tokens stay ended');
select is(t.roles('ivo', 101, 1, '[]'), 'ZE409 /role_codes Dana Agent works on 1 open ticket and leads the team Service Desk.', 'nobody leaves the desk with open work');
select * from finish();
rollback;
