-- SPDX-License-Identifier: Apache-2.0
-- API tokens and sessions as things: never more than whoever makes them, ended at once, and only one's own.
\ir ../lib/act.sql
begin;
select plan(37);

create function t.make(p_word text, p_name text, p_extra jsonb default '{}') returns text language sql
as $$ select t.call_as(p_word, 'token_create', (jsonb_build_object('token_name', p_name, 'token', t.hash(p_name)) || p_extra)::json)::jsonb - array['token_id', 'created_at', 'expires_at', 'last_used_at', 'is_presented', 'token_name'] $$;
create function t.makes(p_word text, p_name text, p_extra jsonb) returns text language sql
as $$ select t.refusal(p_word, 'token_create', (jsonb_build_object('token_name', p_name, 'token', t.hash(p_name)) || p_extra)::json) $$;
create function t.number(p_name text) returns int language sql as $$ select token_id from ebb.token where token_hash = t.hash(p_name) $$;

select is(t.make('ada', 'whole'), '{"scopes": null, "department_ids": null}', 'a token holds what its person may, unless fewer is asked for');
select is(t.make('ada', 'reader', '{"scopes": []}'), '{"scopes": [], "department_ids": null}', 'an empty list only reads');
select is(t.make('ada', 'writer', '{"scopes": ["write", "write"], "department_ids": [2, 1, 2]}'), '{"scopes": ["write"], "department_ids": [1, 2]}', 'scopes and departments are kept once each');
select is(t.makes('ada', 'bad', '{"scopes": ["root"]}'), 'ZE422', 'an unknown scope is refused');
select is(t.makes('ada', 'bad', '{"department_ids": [99]}'), 'ZE422', 'a department that does not exist is refused');
select is(t.makes('dana', 'bad', '{"department_ids": [2]}'), 'ZE422', 'and in the same way one in which the person has no role');
select is(t.makes('rae', 'bad', '{"department_ids": [1]}'), 'ZE422', 'a requester has none');
select is(t.makes('dana', 'bad', '{"department_ids": ["1; drop"]}'), 'ZE422', 'and what is no number is none');
select is(t.makes('dana', ' ', '{}'), 'ZE422', 'a token has a name');
select is(t.refusal(null, 'token_create', '{}'), 'ZE401', 'it takes somebody who is signed in');
select is((select count(*) from ebb.token where token_name = 'bad'), 0::bigint, 'of what is refused nothing is kept');

select t.be('writer');
select is(fn.has_right('ticket.work', 1), true, 'a token does what its scope says');
select is(fn.has_right('ticket.work', 3), false, 'only in its departments');
select is(fn.departments('ebb_api'), array[1, 2], 'and sees no others');
select is(fn.has_right('desk.configure', 1), false, 'and no more than its scope');
select t.be('reader');
select is(fn.has_right('ticket.work', 1), false, 'a reader does not work');
select is(fn.has_right('audit.read', 1), false, 'and does not read the audit');
select is(fn.has_right('desk.read', 1), true, 'it reads');
select throws_ok($$ select api.enter(t.hash('reader'), 'r', false, null, null) $$, 'ZE403', null, 'and is refused at the door when it would change something');

select is(t.makes('writer', 'more', '{"scopes": ["configure"]}'), 'ZE403', 'a token makes none with another scope');
select is(t.makes('writer', 'more', '{"department_ids": [1, 3]}'), 'ZE403', 'nor with another department');
select is(t.make('writer', 'heir'), '{"scopes": ["write"], "department_ids": [1, 2]}', 'what it makes holds what it holds');
select is(t.make('writer', 'less', '{"scopes": [], "department_ids": [1]}'), '{"scopes": [], "department_ids": [1]}', 'or less');
update ebb.token set expires_at = fn.now() + interval '3 days' where token_hash = t.hash('writer');
select t.make('writer', 'long', '{"days": 366}') \g /dev/null
select is((select expires_at from ebb.token where token_hash = t.hash('long')), (select expires_at from ebb.token where token_hash = t.hash('writer')), 'and does not outlive it');

select is((select array_agg(x ->> 'token_name' order by x ->> 'token_name') from json_array_elements(t.call_as('dana', 'token_list', '{}')) x), array['fixture dana'], 'everybody sees their own tokens that are still good');
select is((select bool_or(x ? 'token_hash') from jsonb_array_elements(t.call_as('ada', 'token_list', '{}')::jsonb) x), false, 'and nothing that could stand in for one');
select is(t.refusal('dana', 'token_revoke', json_build_object('token_id', t.number('whole'))), 'ZE404', 'nobody revokes another''s token');
select is(t.refusal('dana', 'token_revoke', '{"token_id": 999999}'), 'ZE404', 'which looks as if there were none');
select is(t.refusal('ada', 'session_end', json_build_object('token_id', t.number('whole'))), 'ZE404', 'and a token is no session');
select is(t.refusal('ada', 'token_revoke', json_build_object('token_id', t.number('whole'))), 'ok', 'one''s own is revoked');
select t.be('whole');
select is(fn.person(), null, 'and is nobody from then on');
select is((select action || ' ' || object_ref from ebb.audit order by audit_id desc limit 1), 'token.revoke ' || t.number('whole'), 'which is noted');

select is(t.refusal('lee', 'person_sign_out', '{"person_id": 101}'), 'ZE403', 'signing somebody out takes the right to manage people');
select is(t.refusal('lee', 'person_sign_out', '{"person_id": 999999}'), 'ZE403', 'whoever it is');
update ebb.token set department_ids = '{1,3}' where token_hash = t.hash('ada');
select is(t.refusal('ada', 'person_sign_out', '{"person_id": 109}') || t.refusal('ada', 'person_sign_out', '{"person_id": 999999}'), 'ZE404ZE404', 'in that person''s department, and with a token that holds it there; elsewhere there is nobody');
select is(t.refusal('ada', 'person_sign_out', '{"person_id": 101}'), 'ok', 'who has it');
select is((select count(*) from ebb.token where person_id = 101 and revoked_at is null and expires_at > fn.now()), 0::bigint, 'ends every session and token of the person');
select * from finish();
rollback;
