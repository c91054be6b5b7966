-- SPDX-License-Identifier: Apache-2.0
-- Nobody can forge a person: what counts is a live token, looked up again wherever it matters.
\ir ../lib/act.sql
begin;
select plan(28);

select t.open('dana') as it_ticket \gset
select t.open('rob', 54) as hr_ticket \gset

select t.be(null);
select is(fn.person(), null, 'without a token there is no person');
select is(t.refusal(null, 'ticket_list', '{}'), 'ZE401', 'without a token the api refuses with 401');
select is(t.refusal('old', 'ticket_list', '{}'), 'ZE401', 'an expired token is none');
select is(t.refusal('lost', 'ticket_list', '{}'), 'ZE401', 'a revoked token is none');
select is(t.refusal('ian', 'ticket_list', '{}'), 'ZE401', 'the token of an inactive person is none');

select t.be('dana');
select is(fn.person(), 101, 'a live token is its person');
savepoint before_leaving;
select t.be(null);
update ebb.person set is_active = false where person_id = 101;
select t.be('dana');
select is(fn.person(), null, 'a person who is made inactive is nobody in the same moment');
rollback to before_leaving;

select throws_ok($$ select api.enter('0000', 'r', true, null, null) $$, 'ZE401', null, 'enter raises when it refuses, so that nothing after it runs');
select t.be(null);
select is(t.tries('ebb_api', 'select from ebb.ticket'), '0 rows', 'the web''s role sees no ticket without a token');
select set_config('ebb.person', '106', false), set_config('ebb.person_id', '106', false), set_config('ebb.departments', '{1,2,3}', false);
select is(t.tries('ebb_api', 'select from ebb.ticket'), '0 rows', 'a person''s id in a setting opens nothing');
select set_config('ebb.token', '106', false);
select is(t.tries('ebb_api', 'select from ebb.ticket'), '0 rows', 'a number in place of the token''s hash opens nothing');
select t.be('dana');
select is(t.tries('ebb_api', 'select from ebb.ticket'), '1 rows', 'with a token the web''s role sees the departments of its person');
select is(t.tries('ebb_api', format('select from ebb.ticket where ticket_id = %s', :hr_ticket)), '0 rows', 'and no ticket of another department');

select is(t.tries('ebb_api', 'select from ebb.token'), '42501', 'the web''s role cannot read tokens');
select is(t.tries('ebb_api', 'select from ebb.password'), '42501', 'nor what proves pass-phrases');
select is(t.tries('ebb_api', 'select from ebb.desk_secret'), '42501', 'nor the secret of the salts');
select is(t.tries('ebb_api', 'create or replace function fn.person() returns int language sql as ''select 106'''), '42501', 'it cannot replace the rule that says who is asking');
select is(t.tries('ebb_api', 'drop policy ticket_read on ebb.ticket'), '42501', 'nor drop a policy');
select is(t.tries('ebb_api', 'drop function fn.actor(int) cascade'), '42501', 'nor drop a rule with all that stands on it');
select is(t.tries('ebb_api', 'alter table ebb.ticket disable trigger all'), '42501', 'nor switch triggers off');
select is(t.tries('ebb_api', 'set session_replication_role = replica'), '42501', 'nor pretend to be a replica');
select is(t.tries('ebb_app', 'select from ebb.ticket'), '42501', 'the daemon''s log-in reads no table');
select is(t.tries('ebb_app', 'select ctl.tick_wait_due()'), '42501', 'nor opens the clock''s door');
select is(t.tries('ebb_app', 'select fn.session_begin(101, ''local'', ''{}'')'), '42501', 'nor the rule that opens sessions');
select is(t.tries('ebb_app', 'select api.session_open(''{}'')'), '42501', 'nor the log-in''s own door: it can open no session for anybody');
select is((select s.refused from api.session_open('{"email": "dana@test.example", "proof": "00", "token": "1111111111111111111111111111111111111111111111111111111111111111"}') s), 'pass-phrase',
          'a session needs the key derived from the pass-phrase');
select is((select s.session ->> 'person_id' from api.session_open(json_build_object('email', 'dana@test.example', 'proof', '01c7302cae03313c9219fdba619d36ab214a38e9cbdb317618c9eee8512cf490',
                                              'token', repeat('a', 64))) s)::int, 101, 'with it the session is that person''s');
select is((select count(distinct s.salt) from (select * from api.session_look('{"email": "nobody@test.example"}') union all select * from api.session_look('{"email": "Nobody@test.example"}')) s),
          1::bigint, 'an unknown address has a constant salt, like a known one');
select * from finish();
rollback;
