-- SPDX-License-Identifier: Apache-2.0
-- Signing in: what is counted, what it takes, when a session ends, who may open one.
\ir ../lib/act.sql
begin;
select plan(62);

-- The proof of the fixture's pass-phrase, and a wrong one.
create function t.good() returns text language sql as $$ select '01c7302cae03313c9219fdba619d36ab214a38e9cbdb317618c9eee8512cf490' $$;
create function t.open_with(p_word text, p_token text, p_extra jsonb default '{}', p_proof text default t.good()) returns text language sql
as $$ select coalesce(s.refused, 'session of ' || (s.session ->> 'person_id'))
        from api.session_open((jsonb_build_object('email', p_word || '@test.example', 'proof', p_proof, 'token', t.hash(p_token), 'hours', 12, 'idle_s', 1800,
                                                  'network', '192.0.2.0/24', 'user_agent', 'test') || p_extra)::json) s $$;
create function t.look(p_word text, p_network text) returns int language sql
as $$ select s.wait_s from api.session_look(json_build_object('email', p_word || '@test.example', 'network', p_network)) s $$;
create function t.prove(p_word text, p_extra jsonb default '{}', p_proof text default t.good()) returns text language sql
as $$ select string_agg(concat_ws(' ', s.person_id, case when s.must_change then 'must change' end, s.totp), ', ')
        from api.session_prove((jsonb_build_object('email', p_word || '@test.example', 'network', '192.0.2.0/24', 'proof', p_proof, 'has_code', false, 'has_new', false) || p_extra)::json) s $$;
create function t.counted(p_word text, p_network text default '') returns int language sql
as $$ select f.failure_count from ebb.sign_in_failure f where f.account_hash = fn.account_hash(p_word || '@test.example') and f.network = p_network $$;
create function t.last_audit() returns jsonb language sql as $$ select jsonb_build_object('action', a.action, 'kind', a.object_kind, 'ref', a.object_ref, 'reason', a.after_values ->> 'reason') from ebb.audit a order by a.audit_id desc limit 1 $$;

-- The way in
select is(t.open_with('dana', 'one'), 'session of 101', 'who derived the right key gets a session');
select t.be('one');
select is(fn.person(), 101, 'its token is that person');
select is(api.session_get('{}') ->> 'csrf_token', encode(sha256(convert_to('ebb csrf ' || t.hash('one'), 'UTF8')), 'hex'), 'and it says what changes by cookie repeat');
select is(t.call_as('dana', 'session_get', '{}') ->> 'csrf_token', null, 'an API token has nothing of the kind');
select is(t.last_audit(), '{"action": "session.opened", "kind": "person", "ref": "101", "reason": null}', 'a sign-in is noted');
select is(t.open_with('dana', 'x', '{}', repeat('0', 64)), 'pass-phrase', 'a wrong key opens none');
select is(t.last_audit(), '{"action": "session.refused", "kind": "person", "ref": "101", "reason": "pass-phrase"}', 'and is noted, by what was wrong in one word');
select is(t.open_with('nobody', 'x'), 'pass-phrase', 'nor does an address nobody has, by the same word');
select is(t.last_audit(), '{"action": "session.refused", "kind": "account", "ref": "unknown", "reason": "pass-phrase"}', 'what was typed as an address is not written down');
select is(t.open_with('ian', 'x'), 'pass-phrase', 'nor does an inactive person''s pass-phrase');
select is((select count(*) from ebb.token where token_hash = t.hash('x')), 0::bigint, 'of all these nothing is kept');
select is(t.open_with('dana', 'two', jsonb_build_object('previous', t.hash('one'))), 'session of 101', 'who signs in anew in the same browser');
select t.be('one');
select is(fn.person(), null, 'has the old session ended');
select is(t.open_with('lee', 'lees', jsonb_build_object('previous', t.hash('dana'))), 'session of 102', 'but a cookie that holds an API token');
select t.be('dana');
select is(fn.person(), 101, 'ends nothing');

-- Ends
select t.be('two');
update ebb.token set last_used_at = fn.now() - interval '29 minutes' where token_hash = t.hash('two');
select is(fn.person(), 101, 'a session lives while it is used');
update ebb.token set last_used_at = fn.now() - interval '31 minutes' where token_hash = t.hash('two');
select is(fn.person(), null, 'and ends when it was idle for its half hour');
select is(api.session_look('{"email": "dana@test.example", "network": "x"}') is not null, true, 'which keeps nobody from signing in again');
update ebb.token set last_used_at = fn.now(), created_at = fn.now() - interval '13 hours', expires_at = fn.now() - interval '1 hour' where token_hash = t.hash('two');
select is(fn.person(), null, 'and after its hours, used or not');

-- Whose it is
select is(t.tries('ebb_app', 'select api.session_prove(''{}'')'), '42501', 'the workers'' log-in has no part of the log-in''s door');
select is(t.tries('ebb_app', 'select api.session_password(''{}'')'), '42501', 'nor changes pass-phrases');
select is(t.tries('ebb_session', 'select api.ticket_open(''{}'')'), '42501', 'and the log-in''s own opens no tickets');
select is(t.tries('ebb_session', 'select fn.session_begin(101, ''local'', ''{}'')'), '42501', 'nor goes past its door');
select is(t.tries('ebb_api', 'select from ebb.totp'), '42501', 'the owner of the doors reads no secret of codes');
select is(t.tries('ebb_api', 'select from ebb.recovery_code'), '42501', 'nor recovery codes');

-- Counting
select is(array_agg(t.look('rae', '198.51.100.0/24') order by n), array[0, 0, 0, 0, 0, 1, 1], 'five attempts are free, then one waits') from generate_series(1, 7) n;
select is(array_agg(t.look('ghost', '198.51.100.0/24') order by n), array[0, 0, 0, 0, 0, 1, 1], 'for an address nobody has the same') from generate_series(1, 7) n;
select is(t.look('rae', '203.0.113.0/24'), 1, 'from all networks that the person has not used, together');
insert into ebb.sign_in_network (person_id, network, seen_at) values (107, '203.0.113.0/24', fn.now() - interval '89 days');
select is(t.look('rae', '203.0.113.0/24'), 0, 'but not from one that the person has used');
update ebb.sign_in_network set seen_at = fn.now() - interval '91 days' where person_id = 107;
select is(t.look('rae', '203.0.113.0/24'), 1, 'within 90 days');
select is(array_agg(fn.guess_delay_s(n)), array[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900], 'delays double') from generate_series(4, 16) n;
select is(fn.guess_delay_s(1000000), 900, 'and end at a quarter of an hour: nobody is locked out for good');
update ebb.sign_in_failure set failure_count = 12, failed_at = fn.now() - interval '2 minutes', wait_until = fn.now() + interval '8 seconds 300 ms' where account_hash = fn.account_hash('rae@test.example') and network = '';
select is(t.look('rae', '198.51.100.0/24'), 9, 'how long is told in whole seconds, never too few');
select is(t.counted('rae'), 12, 'and asking meanwhile counts no further');
update ebb.sign_in_failure set wait_until = fn.now() where account_hash = fn.account_hash('rae@test.example');
select is(t.look('rae', '198.51.100.0/24'), 0, 'after it one attempt is free');
select is(t.look('rae', '198.51.100.0/24') > 250, true, 'and only one, however many come at once');
update ebb.sign_in_failure set wait_until = fn.now(), failed_at = fn.now() - interval '25 hours' where account_hash = fn.account_hash('rae@test.example');
select is(t.look('rae', '198.51.100.0/24') || ' ' || t.counted('rae'), '0 1', 'a day later all is forgotten');
select is(t.counted('RAE'), 1, 'an address is one however it is written');

-- A success, and what is none
select t.look('rae', '192.0.2.0/24') from generate_series(1, 3) \g /dev/null
select is(t.counted('rae'), 4, 'four attempts count');
select is(t.open_with('rae', 'raes'), 'session of 107', 'the fifth is right');
select is(t.counted('rae'), 0, 'and wipes them out');
select is(t.look('rae', '192.0.2.0/24') || ' ' || t.counted('rae', '192.0.2.0/24'), '0 1', 'from then on this network counts for itself');

-- Forced change
update ebb.password set must_change = true where person_id = 103;
select t.look('ned', '192.0.2.0/24') from generate_series(1, 2) \g /dev/null
select is(t.prove('ned'), '103 must change', 'whose pass-phrase was set by somebody else is told so, with the right one only');
select is(t.prove('ned', '{}', repeat('0', 64)), null, 'and nobody with a wrong one');
select is(t.counted('ned'), 1, 'asking for what is missing is no failure; it takes back itself and no other');
select is(t.open_with('ned', 'neds'), 'new_password', 'without a new one there is no session');
select is(t.open_with('ned', 'neds', jsonb_build_object('new', jsonb_build_object('salt', repeat('ab', 16), 'opslimit', 2, 'memlimit', 67108864, 'verifier', encode(sha256('key'), 'hex')))),
          'session of 103', 'with one there is');
select is(t.open_with('ned', 'neds2'), 'pass-phrase', 'the old one is good no more');
select is(t.open_with('ned', 'neds3', '{}', encode('key', 'hex')), 'session of 103', 'and the new one need not be changed');
select t.be('neds');
select is(fn.person(), 103, 'both sessions live');

-- Codes
insert into ebb.totp (person_id, sealed_secret, confirmed_at, last_step) values (104, 'sealed', fn.now(), 1000);
insert into ebb.recovery_code (person_id, code_hash) values (104, sha256('r')), (103, sha256('neds'));
select is(t.prove('nia'), '104 sealed', 'who has codes is asked for one');
select is(t.open_with('nia', 'n1'), 'code', 'none is no session');
select is(t.open_with('nia', 'n1', '{"step": 1000}'), 'code', 'nor is the last one again');
select is(t.last_audit() ->> 'reason', 'code', 'that is noted');
select is(t.open_with('nia', 'n1', '{"step": 999}'), 'code', 'nor one before it');
select is(t.open_with('nia', 'n1', '{"step": 1002}'), 'session of 104', 'a later one is');
select is(t.open_with('nia', 'n2', jsonb_build_object('recovery', encode(sha256('r'), 'hex'))), 'session of 104', 'a recovery code stands in for one');
select is(t.open_with('nia', 'n3', jsonb_build_object('recovery', encode(sha256('r'), 'hex'))), 'code', 'once');
select is(t.open_with('nia', 'n3', jsonb_build_object('recovery', encode(sha256('neds'), 'hex'))), 'code', 'and nobody else''s does');
select t.look('nia', '192.0.2.0/24') from generate_series(1, 3) \g /dev/null
select t.prove('nia') \g /dev/null
select is(t.counted('nia', '192.0.2.0/24'), 2, 'a right pass-phrase without a code wipes out no wrong codes before it');

-- Clearing away
update ebb.sign_in_failure set failed_at = fn.now() - interval '2 days';
update ebb.sign_in_network set seen_at = fn.now() - interval '91 days' where person_id = 104;
select is(ctl.tick_sign_in() >= 5, true, 'the clock forgets old failures and networks');
select is((select count(*) from ebb.sign_in_failure), 0::bigint, 'all of them');
select * from finish();
rollback;
