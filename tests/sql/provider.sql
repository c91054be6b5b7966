-- SPDX-License-Identifier: Apache-2.0
-- Providers: what they are made of, whose account is which person, what groups give and take.
\ir ../lib/act.sql
begin;
select plan(56);

-- What a door of ebbctl answers, or 'SQLSTATE pointer'.
create function t.door(p_fn text, p json) returns json language plpgsql
as $$ declare v json; begin execute format('select ctl.%I($1)', p_fn) into v using p; return v; end $$;
create function t.door_refusal(p_fn text, p json) returns text language plpgsql
as $$
declare
    v_detail text;
begin
    perform t.door(p_fn, p);
    return 'ok';
exception when others then
    get stacked diagnostics v_detail = pg_exception_detail;
    return sqlstate || coalesce(' ' || (nullif(v_detail, '')::json -> 0 ->> 'pointer'), '');
end $$;
create function t.provider(p_code text) returns ebb.provider language sql as $$ select p from ebb.provider p where p.provider_code = p_code $$;
-- Who an account is taken for: the person's first name, or why nobody.
create function t.who(p_code text, p_facts jsonb) returns text language plpgsql
as $$
declare
    v record;
begin
    select * into v from fn.identity_proved((t.provider(p_code)).provider_id, p_facts::json, '192.0.2.0/24');
    return coalesce((select lower(split_part(p.person_name, ' ', 1)) from ebb.person p where p.person_id = v.person_id), v.reason);
end $$;
create function t.roles(p_person_id int) returns text language sql
as $$ select coalesce(string_agg(r.department_id || ' ' || r.role_code, ', ' order by 1), '') from (select * from ebb.person_role x where x.person_id = p_person_id order by department_id, role_code) r $$;
select t.be(null);

-- Making and changing.
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "saml"}'), 'ZE422 /provider_kind', 'there are three kinds');
select is(t.door_refusal('provider_create', '{"provider_code": "Corp!", "provider_kind": "oidc", "settings": {}}'), 'ZE422 /provider_code', 'a code is a word');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "settings": {"issuer": "https://id.example"}}'), 'ZE422 /settings/client_id', 'what is needed is asked for');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "settings": {"issuer": "http://id.example", "client_id": "desk"}}'), 'ZE422 /settings/issuer', 'an issuer is asked over TLS');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "settings": {"issuer": "https://u:p@id.example", "client_id": "desk"}}'), 'ZE422 /settings/issuer', 'and by a plain address');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "settings": {"issuer": "https://id.example", "client_id": "desk", "secret": "x"}}'), 'ZE422 /settings/secret', 'a secret is no setting');
select is(t.door_refusal('provider_create', '{"provider_code": "dir", "provider_kind": "ldap", "settings": {"url": "ldap://d", "base_dn": "dc=x", "user_filter": "(mail=*)"}}'), 'ZE422 /settings/user_filter', 'a filter says where the name goes');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "may_create": true, "settings": {"issuer": "https://id.example", "client_id": "desk"}}'), 'ZE422 /department_code', 'new persons come to a department');
select is(t.door('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "provider_name": "Corp", "sealed_secret": "sealed", "settings": {"issuer": "https://id.example", "client_id": "desk"}}') ->> 'version', '1', 'a provider is made');
select is(t.door_refusal('provider_create', '{"provider_code": "corp", "provider_kind": "oidc", "settings": {}}'), 'ZE409 /provider_code', 'once');
select is(t.door('provider_show', '{"provider_code": "corp"}') ->> 'sealed_secret', null, 'its secret is not shown');
select is(t.door('provider_show', '{"provider_code": "corp"}') ->> 'has_secret', 'true', 'only that there is one');
select is(t.door('provider_conf', '{"provider_code": "corp"}') -> 'settings' ->> 'scopes', 'openid profile email', 'what was not set has its value');
select is(t.door_refusal('provider_change', '{"provider_code": "corp", "if_match": 7}'), 'ZE412', 'a change of an old version is refused');
select is(t.door('provider_change', '{"provider_code": "corp", "settings": {"groups_claim": "roles"}}') -> 'settings' ->> 'issuer', 'https://id.example', 'a change keeps the rest');
select is(t.door('provider_change', '{"provider_code": "corp", "settings": {"groups_claim": null}}') -> 'settings' ->> 'groups_claim', null, 'and takes away what is null');
select ok(not exists (select from ebb.audit a where a.action like 'provider.%' and (a.before_values || a.after_values)::text ~ 'sealed'), 'the audit holds no secret');
select is((select count(*)::int from ebb.audit a where a.action in ('provider.create', 'provider.change')), 3, 'and each change');

-- Whose account it is.
select is(t.who('corp', '{"subject": "s1", "email": "nobody@test.example", "is_email_verified": true}'), 'unknown', 'who is not known does not come in');
select is(t.who('corp', '{"subject": "s1", "email": "dana@test.example", "is_email_verified": true}'), 'address', 'an address that is not trusted binds nothing');
select is((select count(*)::int from ebb.identity), 0, 'nothing');
select t.door('provider_change', '{"provider_code": "corp", "is_email_trusted": true}') \g /dev/null
select is(t.who('corp', '{"subject": "s1", "email": "dana@test.example"}'), 'address', 'nor one that is not verified');
select is(t.who('corp', '{"subject": "s1", "email": "Dana@Test.example", "is_email_verified": true}'), 'dana', 'a trusted and verified one does');
select is(t.who('corp', '{"subject": "s1", "email": "ada@test.example", "is_email_verified": true}'), 'dana', 'from then on the subject counts, whatever the address');
select is(t.who('corp', '{"subject": "s2", "email": "dana@test.example", "is_email_verified": true}'), 'other account', 'a second account with her address is not hers');
select is(t.who('corp', '{"subject": "s3", "email": "ian@test.example", "is_email_verified": true}'), 'disabled', 'a disabled person does not come in');
select is(t.who('corp', '{"email": "dana@test.example", "is_email_verified": true}'), 'subject', 'nor does an account without a subject');
select is(t.who('corp', '{"subject": "a\nb"}'), 'subject', 'or with a line break in it');
select t.door('provider_change', '{"provider_code": "corp", "may_create": true, "department_code": "hr"}') \g /dev/null
select is(t.who('corp', '{"subject": "s4", "name": "Newton New", "email": "newton@test.example"}'), 'newton', 'a provider may bring persons');
select is((select p.department_id from ebb.person p where p.email = 'newton@test.example'), 2, 'to its department');
select is(t.who('corp', '{"subject": "s4"}'), 'newton', 'each once');
select is(t.who('corp', '{"subject": "s5", "email": "hal@test.example"}'), 'address', 'but none with an address that somebody has');
select is(t.who('corp', '{"subject": "s6", "email": "no address"}'), 's6', 'an address that is none is left out');
update ebb.person set is_active = false where person_id = 101;
select is(t.who('corp', '{"subject": "s1"}'), 'disabled', 'who is disabled later is out at once');
update ebb.person set is_active = true where person_id = 101;
select t.door('provider_change', '{"provider_code": "corp", "is_active": false}') \g /dev/null
select is(t.who('corp', '{"subject": "s1"}'), 'provider', 'by a provider that is not active nobody comes in');
select t.door('provider_change', '{"provider_code": "corp", "is_active": true}') \g /dev/null
select is((select a.after_values ->> 'reason' from ebb.audit a where a.action = 'session.refused' order by a.audit_id desc limit 1), 'provider', 'a refusal is noted');
select is(t.door_refusal('provider_change', '{"provider_code": "corp", "settings": {"issuer": "https://evil.example"}}'), 'ZE409 /settings/issuer', 'an issuer by which people sign in does not become another');

-- Groups.
select is(t.door_refusal('provider_group', '{"provider_code": "corp", "group_name": "desk", "department_code": "it", "role_code": "king"}'), 'ZE422 /role_code', 'a group means a role that there is');
select is(t.door_refusal('provider_group', '{"provider_code": "corp", "group_name": "desk", "department_code": "it", "team_name": "People Team"}'), 'ZE422 /team_name', 'or a team of the department');
select is(t.door_refusal('provider_group', '{"provider_code": "corp", "group_name": "desk", "department_code": "it", "role_code": "agent", "team_name": "Network"}'), 'ZE422 /role_code', 'one at a time');
select t.door('provider_group', '{"provider_code": "corp", "group_name": "agents", "department_code": "it", "role_code": "agent"}') \g /dev/null
select t.door('provider_group', '{"provider_code": "corp", "group_name": "bosses", "department_code": "hr", "role_code": "admin"}') \g /dev/null
select t.door('provider_group', '{"provider_code": "corp", "group_name": "agents", "department_code": "it", "team_name": "Network"}') \g /dev/null
select is((t.who('corp', '{"subject": "s4", "groups": ["agents", "bosses", "strangers"]}'), t.roles((select person_id from ebb.person where email = 'newton@test.example')))::text, '(newton,"1 agent, 2 admin")', 'groups give roles');
select is((select m.provider_id is not null and m.is_active from ebb.membership m join ebb.person p on p.person_id = m.person_id where p.email = 'newton@test.example' and m.team_id = 12), true, 'and teams');
insert into ebb.person_role (person_id, department_id, role_code) select person_id, 3, 'auditor' from ebb.person where email = 'newton@test.example';
select is((t.who('corp', '{"subject": "s4", "groups": ["agents"]}'), t.roles((select person_id from ebb.person where email = 'newton@test.example')))::text, '(newton,"1 agent, 3 auditor")', 'what is no longer said is taken away, what was granted by hand stays');
select is((t.who('corp', '{"subject": "s4"}'), t.roles((select person_id from ebb.person where email = 'newton@test.example')))::text, '(newton,"3 auditor")', 'not said at all is none');
select is((select m.is_active from ebb.membership m join ebb.person p on p.person_id = m.person_id where p.email = 'newton@test.example' and m.team_id = 12), false, 'the team, too');
select is((t.who('corp', '{"subject": "s1", "groups": ["agents"]}'), t.roles(101), (select r.provider_id from ebb.person_role r where r.person_id = 101))::text, '(dana,"1 agent",)', 'what somebody has by hand does not become the provider''s');
select is((t.who('corp', '{"subject": "s1", "groups": "agents"}'), (select m.is_active from ebb.membership m where m.person_id = 101 and m.team_id = 12))::text, '(dana,t)', 'and stays');

-- Under way in a browser.
select api.session_oidc_keep(json_build_object('provider_id', (t.provider('corp')).provider_id, 'state_hash', repeat('a', 64), 'binding_hash', repeat('b', 64), 'nonce', 'n', 'verifier', 'v')) \g /dev/null
select is(api.session_oidc_take(json_build_object('provider_id', (t.provider('corp')).provider_id, 'state_hash', repeat('a', 64), 'binding_hash', repeat('c', 64)))::text, null, 'another browser does not take a sign-in');
select is(api.session_oidc_take(json_build_object('provider_id', (t.provider('corp')).provider_id, 'state_hash', repeat('a', 64), 'binding_hash', repeat('b', 64))) ->> 'nonce', 'n', 'its own does');
select is(api.session_oidc_take(json_build_object('provider_id', (t.provider('corp')).provider_id, 'state_hash', repeat('a', 64), 'binding_hash', repeat('b', 64)))::text, null, 'once');

-- Which directory is asked.
select is((select count(*)::int from api.session_directory('{"email": "dana@test.example"}')), 0, 'without a directory none is asked');
select t.door('provider_create', '{"provider_code": "dir", "provider_kind": "ldap", "settings": {"url": "ldap://dir.example", "base_dn": "dc=example"}}') \g /dev/null
select is((select is_meant from api.session_directory('{"email": "dana@test.example"}')), false, 'for who has a pass-phrase here it is asked for the time''s sake only');
select is((select is_meant from api.session_directory('{"email": "nobody@test.example"}')), true, 'for all others its answer counts');
select is((select is_meant from api.session_directory('{"email": "dana@test.example", "provider": "dir"}')), true, 'so it does where it is named');

-- Going.
select t.door('provider_change', '{"provider_code": "corp", "may_create": false}') \g /dev/null
select t.door('provider_link', '{"provider_code": "corp", "email": "dana@test.example"}') \g /dev/null
select is(t.who('corp', '{"subject": "s1"}'), 'unknown', 'an account that was unlinked is nobody''s');
select t.who('corp', '{"subject": "s4", "groups": ["bosses"]}') \g /dev/null
select t.door('provider_remove', '{"provider_code": "corp"}') \g /dev/null
select is(t.roles((select person_id from ebb.person where email = 'newton@test.example')), '3 auditor', 'with a provider goes what it gave');

select * from finish();
rollback;
