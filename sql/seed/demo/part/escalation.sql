-- SPDX-License-Identifier: Apache-2.0
-- Steps of escalation, few: whoever works on a vital service is told an hour before a ticket is due, the lead when it is, the service's accountable
-- person two hours later. What lay before the end of the story is history; steps that come fire on the running desk.
insert into ebb.escalation_step (sla_target_id, department_id, offset_s, recipient, urgent_priority)
select g.sla_target_id, g.department_id, s.offset_s, s.recipient, 2
  from (values (2, 'resolve', -3600, 'assignee'), (2, 'resolve', 0, 'lead'), (2, 'resolve', 7200, 'accountable'), (7, 'update', 0, 'assignee'), (7, 'resolve', 0, 'lead'))
       as s (sla_policy_version_id, target_code, offset_s, recipient)
  join ebb.sla_target g on g.sla_policy_version_id = s.sla_policy_version_id and g.target_code = s.target_code and g.target_s + s.offset_s > 0;

insert into ebb.escalation (ticket_id, target_code, cycle, offset_s, recipient, department_id, escalation_step_id, planned_at, fired_at, is_history, priority, team_id, assignee_id,
                            accountable_person_id, told_person_ids)
select c.ticket_id, c.target_code, c.cycle, s.offset_s, s.recipient, c.department_id, s.escalation_step_id,
       case when p.left_s <= 0 then c.elapsed_at else fn.work_add(c.calendar_version_id, c.elapsed_at, p.left_s) end, fn.now(), true,
       t.priority, t.team_id, t.assignee_id, t.accountable_person_id, '{}'
  from ebb.sla_clock c
  join ebb.ticket t on t.ticket_id = c.ticket_id
  join ebb.escalation_step s on s.sla_target_id = c.sla_target_id
 cross join lateral (select c.target_s + s.offset_s - c.elapsed_s as left_s) p
 where c.stopped_at is null and c.is_running and not c.is_cancelled and fn.work_between(c.calendar_version_id, c.elapsed_at, fn.now()) >= p.left_s;
select count(fn.escalation_plan(c)) from ebb.sla_clock c join ebb.ticket t on t.ticket_id = c.ticket_id
 where c.stopped_at is null and exists (select from ebb.escalation_step s where s.sla_target_id = c.sla_target_id) \g /dev/null
