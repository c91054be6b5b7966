-- SPDX-License-Identifier: Apache-2.0
-- The calls without what makes a desk of them: no rights, no journal, no clocks, no triggers.  For the honest second ratio:
-- a comparison with one's own slow SQL would flatter.
create schema bench;
create view bench.wide as
select t.ticket_id, 'EBB-' || t.ticket_id as ticket_ref, t.version, q.ticket_kind, t.subject, t.description, t.state, t.waiting_reason, t.waiting_until, t.priority, t.impact, t.urgency,
       t.department_id, t.team_id, m.team_name, t.assignee_id, a.person_name as assignee_name, t.accountable_person_id, o.person_name as accountable_person_name, t.requester_id,
       r.person_name as requester_name, t.service_id, v.service_name, t.request_type_id, q.request_type_name, t.transfer_id, t.opened_at, t.first_response_at, t.due_at, t.resolved_at,
       t.closed_at, t.last_event_at, t.handoff_count, t.return_count, t.reopen_count, t.import_id, t.source_ref
  from ebb.ticket t
  left join ebb.request_type q on q.request_type_id = t.request_type_id
  left join ebb.team m on m.team_id = t.team_id
  left join ebb.person a on a.person_id = t.assignee_id
  left join ebb.person o on o.person_id = t.accountable_person_id
  left join ebb.person r on r.person_id = t.requester_id
  left join ebb.service v on v.service_id = t.service_id;
create table bench.ticket (like ebb.ticket including defaults including identity including constraints including indexes);
insert into bench.ticket overriding system value select * from ebb.ticket;
select setval(pg_get_serial_sequence('bench.ticket', 'ticket_id'), (select max(ticket_id) from bench.ticket)) \g /dev/null
vacuum (analyze) bench.ticket;
