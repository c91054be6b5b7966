-- SPDX-License-Identifier: Apache-2.0
-- Invitations and mails behind their doors: who may call what, what a link is bound to, what a mail may say.
\ir ../lib/act.sql
begin;
select plan(32);

-- Doors.
select is(t.tries('ebb_app', format('select api.%s(%L)', f, '{}')), '42501', 'the web''s role does not reach api.' || f)
  from unnest(array['session_reset', 'session_redeem_look', 'session_redeem']) f;
select is(t.tries('ebb_session', 'select api.person_invite(''{}'')'), '42501', 'the sign-in''s role invites nobody');
select is(t.tries(r, 'select ctl.mail_take(1)'), '42501', r || ' takes no mail') from unnest(array['ebb_app', 'ebb_session', 'ebb_clock', 'ebb_ctl']) r;
select is(t.tries(r, 'select ctl.mail_token(1, repeat(''0'', 64))'), '42501', r || ' makes no link') from unnest(array['ebb_app', 'ebb_session', 'ebb_ctl']) r;
select is(t.tries(r, 'select * from ebb.' || n), '42501', format('%s reads no %s', r, n))
  from unnest(array['ebb_api', 'ebb_report', 'ebb_bi']) r, unnest(array['mail', 'invitation']) n;
select t.be('ada');
select is(t.tries('ebb_api', 'update ebb.person set email_verified_at = now()'), '42501', 'nobody proves an address past the door');

-- A link is bound to person, address, hour and use.
select fn.invitation_open(101, 'invite', 'dana@test.example', repeat('a', 64), true, null) \g /dev/null
select is((fn.invitation_live(repeat('a', 64))).person_id, 101, 'a fresh link is live');
select throws_ok(format('select fn.invitation_live(%L)', repeat('b', 64)), 'ZE403', null, 'another is not');
select fn.invitation_open(101, 'reset', 'dana@test.example', repeat('c', 64), true, null) \g /dev/null
select throws_ok(format('select fn.invitation_live(%L)', repeat('a', 64)), 'ZE403', null, 'a newer one ends it');
update ebb.invitation i set expires_at = fn.now() where i.token_hash = repeat('c', 64);
select throws_ok(format('select fn.invitation_live(%L)', repeat('c', 64)), 'ZE403', null, 'an hour ends that');

-- An address that changes is proved no more.
update ebb.person p set email_verified_at = fn.now() where p.person_id = 101;
update ebb.person p set email = 'dana2@test.example' where p.person_id = 101;
select is((select p.email_verified_at from ebb.person p where p.person_id = 101), null, 'another address has to be proved anew');
update ebb.person p set email = 'dana@test.example' where p.person_id = 101;
select is((select p.email_verified_at from ebb.person p where p.person_id = 101), null, 'also when the old one comes back');

-- Mails: once per message, never to who may not see the ticket, never late.
select t.open('rae') as ticket \gset
insert into ebb.outbox (outbox_id, department_id, topic, ticket_id, payload, created_at, next_at) overriding system value
select 9000 + n, 1, topic, null, jsonb_build_object('ticket_id', :ticket, 'person_id', person, 'text', 'x'), fn.now(), fn.now()
  from (values (1, 'notice', 102), (2, 'notice', 109), (3, 'ticket.opened', 102), (4, 'escalation', 105)) v (n, topic, person);
select is(fn.mail_offer(array[9001, 9002, 9003, 9004]) + fn.mail_offer(array[9001, 9002, 9003, 9004]), 3, 'a message is one mail, however often it is offered');
select set_eq('select address, mail_kind from ctl.mail_take(10)', $$ values ('lee@test.example', 'notice'), ('sol@test.example', 'escalation') $$, 'those who see the ticket get it');
select is((select count(*) from ctl.mail_take(10)), 0::bigint, 'a second courier gets none of them');
select is((select m.last_error from ebb.mail m where m.outbox_id = 9002), 'The person is not active, has no address, or may not see the ticket.', 'a stranger is told nothing');
select is((select count(*) from ebb.mail m cross join lateral fn.mail_text(m) x where concat(x.subject, x.head, x.tail) ~* 'something is wrong|Rae|Lee'), 0::bigint, 'no mail quotes a subject or a name');
select ctl.mail_fail(m.mail_id, 'busy', false) from ebb.mail m where m.outbox_id = 9001 \g /dev/null
select ok((select m.next_at > fn.now() and m.given_up_at is null from ebb.mail m where m.outbox_id = 9001), 'what was refused comes again, later');
update ebb.mail m set due_at = fn.now() - interval '4 days', next_at = fn.now() - interval '1 second' where m.outbox_id = 9001;
select ok(ctl.tick_mail() >= 1, 'the clock finds what is too late');
select is((select m.last_error from ebb.mail m where m.outbox_id = 9001), 'Too late by now. Before: busy', 'and it is given up after three days, with or without a mail server');

select * from finish();
rollback;
