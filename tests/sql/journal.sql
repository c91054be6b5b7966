-- SPDX-License-Identifier: Apache-2.0
-- The journal is append-only; row and spans can be rebuilt from it; spans partition each ticket's life, residual zero.
\ir ../lib/act.sql
begin;
select plan(26);

select t.open('rae') as id \gset
select t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :id));
select t.call_as('dana', 'comment_add', json_build_object('ticket_id', :id, 'body', 'Looking at it'));
select t.call_as('dana', 'ticket_wait', json_build_object('ticket_id', :id, 'waiting_reason', 'requester', 'waiting_until', now() + interval '3 days', 'note', 'Which printer?'));
select t.call_as('rae', 'comment_add', json_build_object('ticket_id', :id, 'body', 'The red one'));
select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', 'A cable')) ->> 'transfer_id' as tr \gset
select t.call_as('ned', 'transfer_accept', json_build_object('transfer_id', :tr));
select t.call_as('ned', 'ticket_change', json_build_object('ticket_id', :id, 'impact', 1, 'subject', 'Cable of the red printer'));
select t.call_as('ned', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', 'New cable'));
select t.call_as('rae', 'ticket_reopen', json_build_object('ticket_id', :id, 'reason', 'Broken again'));
select t.call_as('ned', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', 'Better cable'));
select t.call_as('rae', 'ticket_close', json_build_object('ticket_id', :id));

select is((select array_agg(event_kind order by seq) from ebb.ticket_event where ticket_id = :id),
          '{opened,taken,commented,waiting,resumed,offered,accepted,changed,resolved,reopened,resolved,closed}', 'the journal tells what happened, in order');
select is((select array_agg(distinct actor_id order by actor_id) from ebb.ticket_event where ticket_id = :id), '{101,103,107}', 'and who did it');
select is((select actor_kind from ebb.ticket_event where ticket_id = :id and event_kind = 'reopened'), 'requester', 'and as what');
select is((select count(*) from ebb.ticket_event where ticket_id = :id), (t.ticket(:id)).version::bigint, 'the version is the number of events');
select is((select max(seq) from ebb.ticket_event where ticket_id = :id), 12, 'without gaps');
select is((select count(*) from ctl.ticket_audit(array[:id])), 0::bigint, 'the row and its spans equal what the journal says');

-- spans
select is((select count(*) from ebb.ticket_span where ticket_id = :id and ended_at is null), 1::bigint, 'one span is the present one');
select is((select (select sum(coalesce(ended_at, (t.ticket(:id)).closed_at) - started_at) from ebb.ticket_span where ticket_id = :id and clock_class <> 'closed')
                  - ((t.ticket(:id)).closed_at - (t.ticket(:id)).opened_at)), interval '0', 'the spans add up to the age, residual zero');
select is((select array_agg(clock_class order by seq) from ebb.ticket_span where ticket_id = :id),
          '{untriaged,worked,waiting_requester,worked,transfer,queued,resolved,worked,resolved,closed}', 'each with its clock class');
select is((t.ticket(:id)).return_count, 0, 'a hand-over to a team that never held the ticket is no return');
select is((t.ticket(:id)).handoff_count, 1, 'and counts as one hand-over');
select throws_ok(format('delete from ebb.ticket_span where ticket_id = %s and seq = 3', :id), 'ZE403', null, 'a span in the middle cannot be deleted, not even by the owner');
select throws_ok(format('delete from ebb.ticket_span where ticket_id = %s and ended_at is null', :id), 'ZE403', null, 'nor the present one');
select is(t.tries('ebb_owner', format('update ebb.ticket_span set ended_at = now() where ticket_id = %s and ended_at is null', :id)), '23514', 'a present span cannot end without a next one');
select throws_ok(format('update ebb.ticket_span set ended_at = ended_at + interval ''1 second'' where ticket_id = %s and seq = 3', :id), '23503', null, 'nor end later than the next begins: no overlap');
select throws_ok(format('update ebb.ticket_span set started_at = started_at + interval ''1 microsecond'' where ticket_id = %s and seq = 3', :id), '23503', null, 'nor begin later than the one before ends: no gap');
select throws_ok(format('insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, state, clock_class, team_id, accountable_person_id, team_run, owner_run, state_run) '
                        'select ticket_id, 99, department_id, now(), state, clock_class, team_id, accountable_person_id, 9, 9, 9 from ebb.ticket_span where ticket_id = %s and ended_at is null', :id),
                 '23505', null, 'a second present span is refused');

-- append-only
select throws_ok(format('update ebb.ticket_event set actor_id = 106 where ticket_id = %s', :id), 'ZE403', null, 'nobody changes the journal, not even its owner');
select throws_ok(format('delete from ebb.ticket_event where ticket_id = %s', :id), 'ZE403', null, 'nor deletes from it');
select throws_ok('truncate ebb.ticket_event', 'ZE403', null, 'nor empties it');
select t.be('dana');
select is(t.tries('ebb_api', format('insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_id, actor_kind, changes) values (%s, 99, 1, now(), now(), ''closed'', 106, ''agent'', ''{}'')', :id)),
          '42501', 'the web''s role writes no journal of its own');
select is(t.tries('ebb_api', format('delete from ebb.ticket_span where ticket_id = %s', :id)), '42501', 'nor touches spans');
select is(t.tries('ebb_api', format('update ebb.sla_clock set due_at = null where ticket_id = %s', :id)), '42501', 'nor clocks');

-- rebuilt by replay, and found by the auditor when it differs
set session_replication_role = replica;
update ebb.ticket set team_id = 11, version = 3, resolved_at = resolved_at - interval '1 day', handoff_count = 7, subject = 'forged' where ticket_id = :id;
set session_replication_role = origin;
select is((select array_agg(field order by field) from ctl.ticket_audit(array[:id])), '{handoff_count,resolved_at,subject,team_id,version}', 'the auditor names every field that differs, and no other');
select is(ctl.ticket_rebuild(array[:id]), 1, 'the ticket is rebuilt from its journal');
select is((select count(*) from ctl.ticket_audit(array[:id])), 0::bigint, 'and equals it again');
select * from finish();
rollback;
