-- SPDX-License-Identifier: Apache-2.0
-- What is open now: a selection of reporting_v1.tickets, so that each measure is the same there and here.

create or replace view reporting_v1.backlog_now as
select t.ticket_id,
       t.ticket_ref,
       t.ticket_kind,
       t.department_id,
       t.department_name,
       t.team_id,
       t.team_name,
       t.assignee_id,
       t.assignee_name,
       t.accountable_person_id,
       t.accountable_person_name,
       t.service_id,
       t.service_name,
       t.request_type_id,
       t.request_type_name,
       t.state,
       t.priority,
       t.priority_name,
       t.opened_at,
       t.opened_date,
       t.last_event_at,
       t.due_at,
       t.age_hours,
       t.age_business_hours,
       fn.age_band(t.age_hours) as age_band,
       (select fn.hours(min(p.started_at), now()) from fn.ticket_time p
         where p.ticket_id = t.ticket_id and p.state_run = (select max(l.state_run) from fn.ticket_time l where l.ticket_id = t.ticket_id)) as hours_in_status,
       fn.hours(t.last_event_at, now()) as idle_hours,
       case when t.transfer_id is not null then 'transfer' when t.state = 'waiting' then t.waiting_reason else 'desk' end as waiting_on,
       t.waiting_until,
       t.is_overdue,
       t.last_event_at < now() - interval '14 days' and coalesce(t.waiting_until < now(), true) as is_stale,
       t.is_unowned,
       t.unowned_hours,
       t.waiting_hours,
       t.handoff_count,
       t.return_count,
       t.reopen_count,
       t.is_imported,
       t.import_id,
       t.source_ref
  from reporting_v1.tickets t
 where t.is_open;
comment on view reporting_v1.backlog_now is 'open ticket: the backlog as it stands.';
comment on column reporting_v1.backlog_now.ticket_id is 'Key; joins tickets.';
comment on column reporting_v1.backlog_now.ticket_ref is 'What people call it; example: EBB-4711.';
comment on column reporting_v1.backlog_now.ticket_kind is 'Practice: incident, request, problem, change or task.';
comment on column reporting_v1.backlog_now.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.backlog_now.department_name is 'Name of the department.';
comment on column reporting_v1.backlog_now.team_id is 'Accountable team; joins dim_teams.';
comment on column reporting_v1.backlog_now.team_name is 'Name of the team.';
comment on column reporting_v1.backlog_now.assignee_id is 'Who works on it; joins dim_agents; NULL: nobody.';
comment on column reporting_v1.backlog_now.assignee_name is 'Name of that person.';
comment on column reporting_v1.backlog_now.accountable_person_id is 'Accountable person; joins dim_agents.';
comment on column reporting_v1.backlog_now.accountable_person_name is 'Name of that person.';
comment on column reporting_v1.backlog_now.service_id is 'Service; joins dim_services.';
comment on column reporting_v1.backlog_now.service_name is 'Name of the service.';
comment on column reporting_v1.backlog_now.request_type_id is 'Request type; joins dim_request_types.';
comment on column reporting_v1.backlog_now.request_type_name is 'Name of the request type.';
comment on column reporting_v1.backlog_now.state is 'new, active or waiting; joins dim_statuses.';
comment on column reporting_v1.backlog_now.priority is 'Priority, 1 (highest) to 4; joins dim_priorities.';
comment on column reporting_v1.backlog_now.priority_name is 'Name of the priority.';
comment on column reporting_v1.backlog_now.opened_at is 'When it was opened.';
comment on column reporting_v1.backlog_now.opened_date is 'Day of opened_at, in the time zone of contract_info.';
comment on column reporting_v1.backlog_now.last_event_at is 'Last thing that happened to it.';
comment on column reporting_v1.backlog_now.due_at is 'When the working time granted for resolving is used up; NULL while that clock is paused.';
comment on column reporting_v1.backlog_now.age_hours is 'Hours since opening, wall time. Unit: hours.';
comment on column reporting_v1.backlog_now.age_business_hours is 'The same in working hours of the service''s calendar. Unit: hours.';
comment on column reporting_v1.backlog_now.age_band is 'Band of age_hours; example: 4: 7 to 30 days.';
comment on column reporting_v1.backlog_now.hours_in_status is 'Hours since it entered its state, wall time. Unit: hours.';
comment on column reporting_v1.backlog_now.idle_hours is 'Hours since anything happened to it, wall time. Unit: hours.';
comment on column reporting_v1.backlog_now.waiting_on is 'Whose move it is: desk, requester, supplier, approval, scheduled (a date), or transfer (the team to which it was offered).';
comment on column reporting_v1.backlog_now.waiting_until is 'When waiting ends at the latest.';
comment on column reporting_v1.backlog_now.is_overdue is 'True when due_at has passed.';
comment on column reporting_v1.backlog_now.is_stale is 'True when nothing happened for 14 days (10 working days of a five-day week) and it does not wait for a date to come.';
comment on column reporting_v1.backlog_now.is_unowned is 'True when nobody works on it.';
comment on column reporting_v1.backlog_now.unowned_hours is 'Hours in which nobody worked on it, wall time. Unit: hours.';
comment on column reporting_v1.backlog_now.waiting_hours is 'Hours spent waiting, wall time. Unit: hours.';
comment on column reporting_v1.backlog_now.handoff_count is 'Changes of team.';
comment on column reporting_v1.backlog_now.return_count is 'Hand-overs to a team that had already held it.';
comment on column reporting_v1.backlog_now.reopen_count is 'How often it was reopened.';
comment on column reporting_v1.backlog_now.is_imported is 'True when it came from another desk''s log.';
comment on column reporting_v1.backlog_now.import_id is 'Import it came from.';
comment on column reporting_v1.backlog_now.source_ref is 'What the source of the import called it.';
grant select on reporting_v1.backlog_now
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
