-- SPDX-License-Identifier: Apache-2.0
-- The transfer contract: a reason, an answer, responsibility with the giver until then; a return is the service owner's decision.
\ir ../lib/act.sql
begin;
select plan(31);

select t.open('rae') as id \gset
select t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :id));
select is(t.refusal('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', '  ')), 'ZE422', 'an offer needs a reason');
select is(t.refusal('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 11, 'reason', 'x')), 'ZE422', 'nobody offers a ticket to the team that has it');
select is(t.refusal('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 21, 'reason', 'x')), 'ZE422', 'nor to a team of another department');
select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', 'A cable')) ->> 'transfer_id' as a \gset
select is((t.ticket(:id)).team_id, 11, 'while it is on offer the giver is accountable');
select is((t.ticket(:id)).assignee_id, 101, 'and its assignee stays');
select is((t.ticket(:id)).clock_class, 'transfer', 'its time counts as transfer');
select is(t.refusal('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', 'again')), 'ZE409', 'there is one offer at a time');
select is(t.refusal('lee', 'transfer_accept', json_build_object('transfer_id', :a)), 'ZE403', 'the giver does not accept for the receiver');
select is(t.refusal('rae', 'transfer_accept', json_build_object('transfer_id', :a)), 'ZE404', 'a requester sees no transfer');
select is(t.refusal('ned', 'transfer_return', json_build_object('transfer_id', :a, 'reason', ' ')), 'ZE422', 'returning needs a reason');
select is(t.call_as('ned', 'transfer_return', json_build_object('transfer_id', :a, 'reason', 'Not a cable')) ->> 'transfer_status', 'returned', 'the receiver returns it');
select is((t.ticket(:id)).transfer_id, null, 'then nothing is on offer');
select is((t.ticket(:id)).handoff_count, 0, 'and no hand-over has happened');
select is(t.refusal('ned', 'transfer_accept', json_build_object('transfer_id', :a)), 'ZE409', 'an answered transfer is not answered again');

select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', 'It is a cable')) ->> 'transfer_id' as b \gset
select is(t.call_as('ned', 'transfer_accept', json_build_object('transfer_id', :b)) ->> 'transfer_status', 'accepted', 'the receiver accepts it');
select is((t.ticket(:id)).team_id, 12, 'from that instant the receiver is accountable');
select is((t.ticket(:id)).assignee_id, null, 'and takes it from its own queue');
select is((t.ticket(:id)).accountable_person_id, 105, 'the accountable person stays');

select t.call_as('ned', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 11, 'reason', 'Yours after all')) as reply \gset
select is((:'reply'::json ->> 'transfer_status'), 'proposed', 'a return to a former holder is a proposal');
select (:'reply'::json ->> 'transfer_id') as c \gset
select is(t.refusal('dana', 'transfer_accept', json_build_object('transfer_id', :c)), 'ZE403', 'which the receiver alone cannot accept');
select is(t.call_as('sol', 'transfer_accept', json_build_object('transfer_id', :c)) ->> 'transfer_status', 'accepted', 'the service owner decides');
select is((t.ticket(:id)).return_count, 1, 'and the return is counted');
select ok((select decision_reason is not null and answered_by = 105 from ebb.transfer where transfer_id = :c), 'the decision is kept with its reason');

select t.open('rae') as e \gset
select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :e, 'to_team_id', 12, 'reason', 'x')) ->> 'transfer_id' as d \gset
select is(t.call_as('dana', 'ticket_resolve', json_build_object('ticket_id', :e, 'resolution', 'Done')) ->> 'transfer_id', null, 'resolving withdraws what is on offer');
select is((select transfer_status from ebb.transfer where transfer_id = :d), 'withdrawn', 'and says so');

select t.open('rae') as f \gset
select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :f, 'to_team_id', 12, 'reason', 'x')) ->> 'transfer_id' as g \gset
select t.be(null);
select is(t.tries('ebb_api', format('update ebb.transfer set transfer_status = ''accepted'' where transfer_id = %s', :g)), '0 rows', 'without a person nobody answers a transfer');
select is(t.tries('ebb_api', format('select fn.transfer_withdraw_open(%s)', :f)), 'ZE403', 'nor withdraws one by calling the rule');
select t.be('hal');
select is(t.tries('ebb_api', format('select fn.transfer_withdraw_open(%s)', :f)), 'ZE403', 'nor does an agent of another department');
select t.be('lee');
select is(t.tries('ebb_api', format('update ebb.transfer set transfer_status = ''accepted'' where transfer_id = %s', :g)), 'ZE403', 'nor does the giver by SQL');
set session_replication_role = replica;
update ebb.transfer set answer_due_at = now() - interval '1 minute' where transfer_id = :g;
set session_replication_role = origin;
select t.be(null);
select is(ctl.tick_transfer_expiry(), 1, 'an offer that nobody answers within its limit lapses');
select is((t.ticket(:f)).team_id, 11, 'and the giver stays accountable');
select * from finish();
rollback;
