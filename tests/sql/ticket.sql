-- SPDX-License-Identifier: Apache-2.0
-- An open ticket never lacks an accountable team and person; every change is guarded, whoever asks.
\ir ../lib/act.sql
begin;
select plan(48);

select t.open('rae') as id \gset
select is((t.ticket(:id)).team_id, 11, 'a new ticket begins with the owner team of its service');
select is((t.ticket(:id)).accountable_person_id, 105, 'and with its accountable person');
select is((t.ticket(:id)).assignee_id, null, 'and without an assignee');
select is((t.ticket(:id)).state, 1::smallint, 'in the state new');
select is((t.ticket(:id)).clock_class, 'untriaged', 'its time counts as untriaged');
select is((t.call_as('rae', 'ticket_open', '{"subject": "x", "service_id": 51, "impact": 1, "urgency": 1}') ->> 'priority')::int, 1, 'priority comes from impact and urgency by the matrix');
select is(t.refusal('rae', 'ticket_open', '{"subject": " ", "service_id": 51}'), 'ZE422', 'a blank subject is refused');
select is(t.refusal('rae', 'ticket_open', '{"subject": "x", "service_id": 999}'), 'ZE422', 'an unknown service is refused');
select is(t.refusal('rae', 'ticket_open', '{"subject": "x", "service_id": 51, "requester_id": 101}'), 'ZE403', 'only the desk opens a ticket for somebody else');
select is(t.refusal('dana', 'ticket_open', '{"subject": "x", "service_id": 51, "requester_id": 9999}'), 'ZE422', 'nobody opens a ticket for a person who does not exist');

-- the life
select is(t.refusal('rae', 'ticket_take', json_build_object('ticket_id', :id)), 'ZE403', 'a requester does not work on tickets');
select is(t.refusal('hal', 'ticket_take', json_build_object('ticket_id', :id)), 'ZE404', 'for an agent of another department the ticket does not exist');
select is(t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :id)) ->> 'state', 'active', 'taking a new ticket makes it active');
select is((t.ticket(:id)).clock_class, 'worked', 'its time counts as worked on');
select is(t.refusal('lee', 'ticket_take', json_build_object('ticket_id', :id)), 'ZE409', 'a taken ticket is not taken again');
select is(t.refusal('dana', 'ticket_assign', json_build_object('ticket_id', :id, 'assignee_id', 103 + 1)), 'ZE422', 'the assignee must be a member of the team');
select is(t.refusal('dana', 'ticket_assign', json_build_object('ticket_id', :id, 'assignee_id', 115)), 'ZE422', 'somebody who left the team is no member');
select is((t.call_as('lee', 'ticket_assign', json_build_object('ticket_id', :id, 'assignee_id', null)) ->> 'assignee_id'), null, 'a ticket can go back to the queue');
select is((t.ticket(:id)).clock_class, 'queued', 'and then its time counts as queued');
select is(t.refusal('dana', 'ticket_wait', json_build_object('ticket_id', :id, 'waiting_reason', 'requester')), 'ZE422', 'waiting needs a date');
select is(t.refusal('dana', 'ticket_wait', json_build_object('ticket_id', :id, 'waiting_reason', 'requester', 'waiting_until', now() - interval '1 hour')), 'ZE422', 'a date in the future');
select is(t.refusal('dana', 'ticket_wait', json_build_object('ticket_id', :id, 'waiting_reason', 'godot', 'waiting_until', now() + interval '1 day')), 'ZE422', 'and a reason');
select is(t.call_as('dana', 'ticket_wait', json_build_object('ticket_id', :id, 'waiting_reason', 'supplier', 'waiting_until', now() + interval '1 day')) ->> 'state', 'waiting', 'with both it waits');
select is(t.refusal('dana', 'ticket_close', json_build_object('ticket_id', :id)), 'ZE409', 'only a resolved ticket is closed');
select is(t.call_as('dana', 'ticket_resume', json_build_object('ticket_id', :id)) ->> 'waiting_until', null, 'resuming forgets reason and date');
select is(t.refusal('dana', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', ' ')), 'ZE422', 'resolving needs a word on how');
select is(t.call_as('dana', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', 'Restarted')) ->> 'assignee_id', '101', 'who resolves an unassigned ticket of their team is its assignee');
select is(t.call_as('rae', 'ticket_reopen', json_build_object('ticket_id', :id, 'reason', 'Again')) ->> 'reopen_count', '1', 'its requester reopens a resolved ticket');
select is((t.ticket(:id)).resolved_at, null, 'a reopened ticket has no time of resolution');
select is(t.call_as('dana', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', 'Replaced')) ->> 'state', 'resolved', 'it is resolved again');
select is(t.call_as('rae', 'ticket_close', json_build_object('ticket_id', :id)) ->> 'state', 'closed', 'its requester closes it');
select is(t.refusal('rae', 'ticket_reopen', json_build_object('ticket_id', :id, 'reason', 'Again')), 'ZE409', 'a closed ticket stays closed');
select is(t.refusal('dana', 'ticket_change', json_build_object('ticket_id', :id, 'subject', 'Other')), 'ZE409', 'and does not change');
select is(t.refusal('dana', 'comment_add', json_build_object('ticket_id', :id, 'body', 'late')), 'ZE409', 'and takes no comment');

-- versions
select t.open('rae') as v \gset
select is(t.refusal('dana', 'ticket_change', json_build_object('ticket_id', :v, 'subject', 'New words', 'if_match', 7)), 'ZE412', 'a change to another version than the one read is refused');
select is((t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :v, 'impact', 1, 'urgency', 1, 'if_match', 1)) ->> 'priority')::int, 1, 'impact and urgency move the priority by the matrix');
select is((t.ticket(:v)).version, 2, 'each change is the next version');
select is((t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :v, 'impact', 1)) ->> 'version')::int, 2, 'a change that changes nothing is none');
select is((t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :v, 'service_id', 52)) ->> 'accountable_person_id')::int, 104, 'another service brings its accountable person');

-- past the api: the web's role with a live token and plain SQL
select t.be('dana');
select is(t.tries('ebb_api', format('update ebb.ticket set accountable_person_id = null where ticket_id = %s', :v)), '42501', 'SQL of the web''s role cannot empty the accountable person');
select is(t.tries('ebb_api', format('update ebb.ticket set team_id = 12 where ticket_id = %s', :v)), '42501', 'nor move a ticket between teams');
select is(t.tries('ebb_api', format('update ebb.ticket set state = 5 where ticket_id = %s', :v)), 'ZE409', 'nor jump over states');
select is(t.tries('ebb_api', format('delete from ebb.ticket where ticket_id = %s', :v)), '42501', 'nor delete a ticket');
select is(t.tries('ebb_api', 'truncate ebb.ticket cascade'), '42501', 'nor all of them');
select is(t.tries('ebb_api', format('update ebb.ticket set priority = 1 where ticket_id = %s', :v)), '42501', 'nor set a priority past the matrix');
select is(t.tries('ebb_api', format('update ebb.ticket set assignee_id = 104 where ticket_id = %s', :v)), 'ZE422', 'nor assign somebody outside the team');
select is(t.tries('ebb_api', format('update ebb.ticket set opened_at = now() - interval ''1 year'' where ticket_id = %s', :v)), '42501', 'nor make a ticket older or younger');
select is((select count(*) from ebb.ticket where state < 4 and (team_id is null or accountable_person_id is null)), 0::bigint, 'no open ticket lacks team or accountable person');
select * from finish();
rollback;
