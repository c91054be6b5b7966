-- SPDX-License-Identifier: Apache-2.0
-- reporting_v1.tickets: the wide view that BI tools, the API and the page all read. Plain left joins to keys, so that an unused
-- one is dropped; computed columns are scalar subselects, so that an unused one costs nothing; no order, window or barrier.

-- Both views stand on the one with the texts, which the API reads too: a measure is defined here and nowhere else, and a
-- visible row costs one policy.
create or replace view reporting_v1_text.tickets as
select t.ticket_id,
       'EBB-' || t.ticket_id as ticket_ref,
       q.ticket_kind,
       s.state_code as state,
       t.state < 4 as is_open,
       t.waiting_reason,
       t.waiting_until,
       t.priority,
       fn.priority_name(t.priority) as priority_name,
       t.impact,
       t.urgency,
       t.department_id,
       d.department_name,
       t.team_id,
       m.team_name,
       t.assignee_id,
       a.person_name as assignee_name,
       t.accountable_person_id,
       o.person_name as accountable_person_name,
       t.state < 4 and t.assignee_id is null as is_unowned,
       t.requester_id,
       t.service_id,
       v.service_name,
       t.request_type_id,
       q.request_type_name,
       t.channel,
       t.transfer_id,
       t.opened_at,
       pg_catalog.timezone((select z.time_zone_name from fn.report_zone z), t.opened_at)::date as opened_date,
       t.first_response_at,
       t.due_at,
       t.resolved_at,
       pg_catalog.timezone((select z.time_zone_name from fn.report_zone z), t.resolved_at)::date as resolved_date,
       t.closed_at,
       t.last_event_at,
       -- Time between closing and reopening is no part of the age, as in the sum of its spans. Only another desk's log may contain it.
       case when t.import_id is null then fn.hours(t.opened_at, coalesce(t.closed_at, now()))
            else fn.to_hours(fn.elapsed_s(t.opened_at, coalesce(t.closed_at, now()))
                 - coalesce((select sum(fn.elapsed_s(p.started_at, p.ended_at)) from fn.ticket_time p
                              where p.ticket_id = t.ticket_id and p.clock_class = 'closed' and p.ended_at <= coalesce(t.closed_at, now())), 0)) end as age_hours,
       round((fn.business_seconds(v.calendar_id, t.opened_at, coalesce(t.closed_at, now()))
              - case when t.import_id is null then 0
                     else coalesce((select sum(fn.business_seconds(v.calendar_id, p.started_at, p.ended_at)) from fn.ticket_time p
                                     where p.ticket_id = t.ticket_id and p.clock_class = 'closed' and p.ended_at <= coalesce(t.closed_at, now())), 0) end) / 3600, 2) as age_business_hours,
       fn.hours(t.opened_at, t.resolved_at) as resolution_hours,
       round(fn.business_seconds(v.calendar_id, t.opened_at, t.resolved_at) / 3600, 2) as resolution_business_hours,
       t.state < 4 and t.due_at is not null and t.due_at < now() as is_overdue,
       t.handoff_count,
       t.return_count,
       t.reopen_count,
       t.import_id is not null as is_imported,
       t.import_id,
       t.source_ref,
       t.source_reassignment_count,
       t.source_reopen_count,
       t.version,
       (select coalesce(fn.to_hours(sum(fn.elapsed_s(p.started_at, coalesce(p.ended_at, now())))), 0.00)
          from fn.ticket_time p where p.ticket_id = t.ticket_id and p.state < 4 and p.is_unassigned) as unowned_hours,
       (select coalesce(fn.to_hours(sum(fn.elapsed_s(p.started_at, coalesce(p.ended_at, now())))), 0.00)
          from fn.ticket_time p where p.ticket_id = t.ticket_id and p.clock_class like 'waiting%') as waiting_hours,
       t.subject,
       t.description,
       t.state_note,
       r.person_name as requester_name
  from ebb.ticket t
  left join ebb.state s on s.state = t.state
  left join fn.request_type_label q on q.request_type_id = t.request_type_id
  left join fn.department_label d on d.department_id = t.department_id
  left join fn.team_label m on m.team_id = t.team_id
  left join fn.person_label a on a.person_id = t.assignee_id
  left join fn.person_label o on o.person_id = t.accountable_person_id
  left join fn.person_label r on r.person_id = t.requester_id
  left join fn.service_label v on v.service_id = t.service_id;
create or replace view reporting_v1.tickets as
select v.ticket_id, v.ticket_ref, v.ticket_kind, v.state, v.is_open, v.waiting_reason, v.waiting_until, v.priority, v.priority_name, v.impact, v.urgency,
       v.department_id, v.department_name, v.team_id, v.team_name, v.assignee_id, v.assignee_name, v.accountable_person_id, v.accountable_person_name,
       v.is_unowned, v.requester_id, v.service_id, v.service_name, v.request_type_id, v.request_type_name, v.channel, v.transfer_id, v.opened_at, v.opened_date,
       v.first_response_at, v.due_at, v.resolved_at, v.resolved_date, v.closed_at, v.last_event_at, v.age_hours, v.age_business_hours, v.resolution_hours,
       v.resolution_business_hours, v.is_overdue, v.handoff_count, v.return_count, v.reopen_count, v.is_imported, v.import_id, v.source_ref,
       v.source_reassignment_count, v.source_reopen_count, v.version, v.unowned_hours, v.waiting_hours
  from reporting_v1_text.tickets v;
grant select on reporting_v1.tickets to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;

comment on view reporting_v1.tickets is 'ticket: every ticket as it stands now. Measures that grow with time are taken at the start of the transaction.';
comment on column reporting_v1.tickets.ticket_id is 'Key; example: 4711.';
comment on column reporting_v1.tickets.ticket_ref is 'What people call it; example: EBB-4711.';
comment on column reporting_v1.tickets.ticket_kind is 'Practice it belongs to: incident, request, problem, change or task.';
comment on column reporting_v1.tickets.state is 'State of work: new, active, waiting, resolved, closed, cancelled or merged.';
comment on column reporting_v1.tickets.is_open is 'True while somebody owes work: new, active or waiting.';
comment on column reporting_v1.tickets.waiting_reason is 'On whom it waits: requester, supplier, approval or scheduled; NULL when it does not wait.';
comment on column reporting_v1.tickets.waiting_until is 'When waiting ends at the latest; NULL when it does not wait, or an imported log does not tell.';
comment on column reporting_v1.tickets.priority is 'Priority, 1 (highest) to 4.';
comment on column reporting_v1.tickets.priority_name is 'Name of the priority; example: High.';
comment on column reporting_v1.tickets.impact is 'Impact: 1 high, 2 medium, 3 low.';
comment on column reporting_v1.tickets.urgency is 'Urgency: 1 high, 2 medium, 3 low.';
comment on column reporting_v1.tickets.department_id is 'Department that is accountable; joins dim_departments.';
comment on column reporting_v1.tickets.department_name is 'Name of the department; example: Information Technology.';
comment on column reporting_v1.tickets.team_id is 'Team that is accountable; joins dim_teams.';
comment on column reporting_v1.tickets.team_name is 'Name of the team; example: Network.';
comment on column reporting_v1.tickets.assignee_id is 'Person who works on it; joins dim_agents; NULL when nobody has taken it.';
comment on column reporting_v1.tickets.assignee_name is 'Name of that person.';
comment on column reporting_v1.tickets.accountable_person_id is 'Person accountable for it; never NULL; joins dim_agents.';
comment on column reporting_v1.tickets.accountable_person_name is 'Name of the accountable person.';
comment on column reporting_v1.tickets.is_unowned is 'True when it is open and nobody works on it.';
comment on column reporting_v1.tickets.requester_id is 'Who asked, as a pseudonym; joins dim_requesters.';
comment on column reporting_v1.tickets.service_id is 'Service concerned; joins dim_services.';
comment on column reporting_v1.tickets.service_name is 'Name of the service; example: E-mail.';
comment on column reporting_v1.tickets.request_type_id is 'Request type; joins dim_request_types.';
comment on column reporting_v1.tickets.request_type_name is 'Name of the request type; example: Fault.';
comment on column reporting_v1.tickets.channel is 'How it came in; example: api.';
comment on column reporting_v1.tickets.transfer_id is 'Transfer that is on offer; NULL when there is none.';
comment on column reporting_v1.tickets.opened_at is 'When it was opened, UTC.';
comment on column reporting_v1.tickets.opened_date is 'Day on which it was opened, in the time zone of contract_info.';
comment on column reporting_v1.tickets.first_response_at is 'First public answer of the desk; NULL when there was none yet.';
comment on column reporting_v1.tickets.due_at is 'Instant at which the working time granted for resolving is used up; NULL while that clock is paused or has stopped in time.';
comment on column reporting_v1.tickets.resolved_at is 'Last time it was resolved, unless reopened since.';
comment on column reporting_v1.tickets.resolved_date is 'Day of resolved_at, in the time zone of contract_info.';
comment on column reporting_v1.tickets.closed_at is 'When it was closed, cancelled or merged; NULL before.';
comment on column reporting_v1.tickets.last_event_at is 'Last thing that happened to it.';
comment on column reporting_v1.tickets.age_hours is 'Hours from opening to now, or to its end; wall time; time between a closing and a reopening is left out. Unit: hours; example: 26.50.';
comment on column reporting_v1.tickets.age_business_hours is 'The same in working hours of the service''s calendar. Unit: hours.';
comment on column reporting_v1.tickets.resolution_hours is 'Hours from opening to resolved_at, wall time; NULL until resolved. Unit: hours.';
comment on column reporting_v1.tickets.resolution_business_hours is 'The same in working hours of the service''s calendar. Unit: hours.';
comment on column reporting_v1.tickets.is_overdue is 'True when it is open and due_at has passed.';
comment on column reporting_v1.tickets.handoff_count is 'Changes of team, not counting a first assignment.';
comment on column reporting_v1.tickets.return_count is 'Hand-overs to a team that had already held it; a ticket came back when this is above 0.';
comment on column reporting_v1.tickets.reopen_count is 'How often it left resolved or closed for work.';
comment on column reporting_v1.tickets.is_imported is 'True when it came from another desk''s log.';
comment on column reporting_v1.tickets.import_id is 'Import it came from; joins imports; NULL when it was opened here.';
comment on column reporting_v1.tickets.source_ref is 'What the source of the import called it.';
comment on column reporting_v1.tickets.source_reassignment_count is 'The source''s own count of reassignments; NULL when it kept none.';
comment on column reporting_v1.tickets.source_reopen_count is 'The source''s own count of reopenings; NULL when it kept none.';
comment on column reporting_v1.tickets.version is 'Number of its last event; the ETag of the API.';
comment on column reporting_v1.tickets.unowned_hours is 'Hours in which it was open and nobody worked on it, wall time. Unit: hours.';
comment on column reporting_v1.tickets.waiting_hours is 'Hours spent in the waiting classes (requester, supplier, approval, scheduled), wall time. Unit: hours.';

grant select on reporting_v1_text.tickets to ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
comment on view reporting_v1_text.tickets is 'ticket: reporting_v1.tickets with what people wrote and the requester''s name, for the second BI role and the API.';
do $$
declare
    v_column record;
begin
    -- The columns mean what they mean in reporting_v1; their comments are copied, not written twice.
    for v_column in select a.attname, col_description(a.attrelid, a.attnum) as meaning from pg_attribute a
                     where a.attrelid = 'reporting_v1.tickets'::regclass and a.attnum > 0 loop
        execute format('comment on column reporting_v1_text.tickets.%I is %L', v_column.attname, v_column.meaning);
    end loop;
end $$;
comment on column reporting_v1_text.tickets.subject is 'Subject, as the requester wrote it.';
comment on column reporting_v1_text.tickets.description is 'The whole story, as the requester wrote it.';
comment on column reporting_v1_text.tickets.state_note is 'What was said with the present state: resolution, or reason of cancelling, reopening or waiting.';
comment on column reporting_v1_text.tickets.requester_name is 'Name of the requester.';
