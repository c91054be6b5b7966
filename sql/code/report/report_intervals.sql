-- SPDX-License-Identifier: Apache-2.0
-- Where the time went: the spans themselves, and the same time told by status and by owner. All of them read ebb.ticket_span,
-- so that the hours of each sum up to the age of the ticket. Slices (service, priority, import) are those of the ticket today.

create or replace view reporting_v1.ticket_spans as
select s.ticket_id,
       s.seq as span_position,
       s.department_id,
       s.team_id,
       s.assignee_id,
       s.accountable_person_id,
       c.state_code as state,
       s.state as status_id,
       s.state < 4 as is_open,
       s.clock_class,
       s.state < 4 and s.assignee_id is null as is_unowned,
       s.is_team_assumed,
       s.started_at,
       s.ended_at,
       case when s.clock_class <> 'closed' then fn.hours(s.started_at, coalesce(s.ended_at, now())) end as hours,
       t.service_id,
       t.request_type_id,
       t.priority,
       t.import_id,
       t.requester_id,
       t.opened_at,
       s.team_run as team_stay_position,
       t.source_ref
  from ebb.ticket_span s
  join fn.ticket_label t on t.ticket_id = s.ticket_id
  left join ebb.state c on c.state = s.state;
comment on view reporting_v1.ticket_spans is 'span: the partition of every ticket''s life by team, assignee, accountable person, state and clock class, without gap or overlap. The finest grain; the intervals are groups of it.';
comment on column reporting_v1.ticket_spans.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.ticket_spans.span_position is 'Which span of the ticket, from 1; with ticket_id the key.';
comment on column reporting_v1.ticket_spans.department_id is 'Department that held the ticket in that time; joins dim_departments.';
comment on column reporting_v1.ticket_spans.team_id is 'Accountable team in that time; joins dim_teams.';
comment on column reporting_v1.ticket_spans.assignee_id is 'Who worked on it; joins dim_agents; NULL: nobody.';
comment on column reporting_v1.ticket_spans.accountable_person_id is 'Accountable person; joins dim_agents.';
comment on column reporting_v1.ticket_spans.state is 'State in that time; joins dim_statuses.';
comment on column reporting_v1.ticket_spans.status_id is 'Number of that state, 1 to 7; open below 4.';
comment on column reporting_v1.ticket_spans.is_open is 'True while somebody owed work.';
comment on column reporting_v1.ticket_spans.clock_class is 'Clock class; joins dim_clock_classes; example: waiting_requester.';
comment on column reporting_v1.ticket_spans.is_unowned is 'True while it was open and nobody worked on it.';
comment on column reporting_v1.ticket_spans.is_team_assumed is 'True when an imported log named no team for that time and the default service''s team stands in.';
comment on column reporting_v1.ticket_spans.started_at is 'Begin (inclusive).';
comment on column reporting_v1.ticket_spans.ended_at is 'End (exclusive); NULL for the present span.';
comment on column reporting_v1.ticket_spans.hours is 'Length, wall time, to now for the present span; NULL for time after the end of the ticket, which is no part of its age. Unit: hours.';
comment on column reporting_v1.ticket_spans.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.ticket_spans.request_type_id is 'Request type of the ticket today; joins dim_request_types.';
comment on column reporting_v1.ticket_spans.priority is 'Priority of the ticket today; joins dim_priorities.';
comment on column reporting_v1.ticket_spans.import_id is 'Import the ticket came from; joins imports; NULL when it was opened here.';
comment on column reporting_v1.ticket_spans.requester_id is 'Who asked, as a pseudonym; joins dim_requesters.';
comment on column reporting_v1.ticket_spans.opened_at is 'When the ticket was opened.';
comment on column reporting_v1.ticket_spans.team_stay_position is 'Which stay with a team this time belongs to, from 1.';
comment on column reporting_v1.ticket_spans.source_ref is 'What the source of the import called the ticket.';

create or replace view reporting_v1.status_intervals as
select s.ticket_id,
       s.state_run as visit_position,
       max(s.department_id) as department_id,
       c.state_code as state,
       s.state < 4 as is_open,
       max(replace(s.clock_class, 'waiting_', '')) filter (where s.state = 3) as waiting_reason,
       (array_agg(s.team_id order by s.seq desc))[1] as team_id,
       (array_agg(s.assignee_id order by s.seq desc))[1] as assignee_id,
       min(s.started_at) as started_at,
       timezone((select z.time_zone_name from fn.report_zone z), min(s.started_at))::date as started_date,
       nullif(max(coalesce(s.ended_at, 'infinity')), 'infinity') as ended_at,
       fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now()))) filter (where s.clock_class <> 'closed')) as hours,
       round(sum(fn.business_seconds(v.calendar_id, s.started_at, coalesce(s.ended_at, now()))) filter (where s.clock_class <> 'closed') / 3600, 2) as business_hours,
       bool_or(s.ended_at is null) as is_current,
       t.service_id,
       t.import_id
  from ebb.ticket_span s
  join fn.ticket_label t on t.ticket_id = s.ticket_id
  left join fn.service_label v on v.service_id = t.service_id
  left join ebb.state c on c.state = s.state
 group by s.ticket_id, s.state_run, s.state, c.state_code, t.service_id, t.import_id;
comment on view reporting_v1.status_intervals is 'stay in a status: from entering a state (for waiting: with one reason) to leaving it. The hours of a ticket''s stays sum up to its age.';
comment on column reporting_v1.status_intervals.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.status_intervals.visit_position is 'Which stay of the ticket, from 1; with ticket_id the key.';
comment on column reporting_v1.status_intervals.department_id is 'Department that held the ticket; joins dim_departments.';
comment on column reporting_v1.status_intervals.state is 'State; joins dim_statuses.';
comment on column reporting_v1.status_intervals.is_open is 'True while somebody owed work.';
comment on column reporting_v1.status_intervals.waiting_reason is 'On whom it waited: requester, supplier, approval or scheduled; NULL in other states.';
comment on column reporting_v1.status_intervals.team_id is 'Accountable team at the end of the stay; joins dim_teams.';
comment on column reporting_v1.status_intervals.assignee_id is 'Who worked on it at the end of the stay; joins dim_agents; NULL: nobody.';
comment on column reporting_v1.status_intervals.started_at is 'When it entered the state.';
comment on column reporting_v1.status_intervals.started_date is 'Day of started_at, in the time zone of contract_info.';
comment on column reporting_v1.status_intervals.ended_at is 'When it left the state; NULL while it is in it.';
comment on column reporting_v1.status_intervals.hours is 'Length, wall time, to now for the present stay; NULL after the end of the ticket. Unit: hours.';
comment on column reporting_v1.status_intervals.business_hours is 'Length in working hours of the service''s calendar; NULL after the end of the ticket. Unit: hours.';
comment on column reporting_v1.status_intervals.is_current is 'True for the state in which the ticket is now.';
comment on column reporting_v1.status_intervals.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.status_intervals.import_id is 'Import the ticket came from; NULL when it was opened here.';

create or replace view reporting_v1.ownership_intervals as
select s.ticket_id,
       s.owner_run as stay_position,
       s.department_id,
       s.team_id,
       m.team_name,
       s.assignee_id,
       a.person_name as assignee_name,
       s.team_run as team_stay_position,
       s.is_team_assumed,
       min(s.started_at) as started_at,
       timezone((select z.time_zone_name from fn.report_zone z), min(s.started_at))::date as started_date,
       nullif(max(coalesce(s.ended_at, 'infinity')), 'infinity') as ended_at,
       fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now())))) as held_hours,
       round(sum(fn.business_seconds(v.calendar_id, s.started_at, coalesce(s.ended_at, now()))) / 3600, 2) as held_business_hours,
       coalesce(fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now()))) filter (where s.state < 4)), 0.00) as open_hours,
       coalesce(fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now()))) filter (where s.clock_class = 'worked')), 0.00) as worked_hours,
       coalesce(fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now()))) filter (where s.state = 3)), 0.00) as waiting_hours,
       min(s.seq) = 1 as is_first,
       bool_or(s.ended_at is null) as is_current,
       s.assignee_id is null as is_unowned,
       t.service_id,
       t.import_id
  from ebb.ticket_span s
  join fn.ticket_label t on t.ticket_id = s.ticket_id
  left join fn.service_label v on v.service_id = t.service_id
  left join fn.team_label m on m.team_id = s.team_id
  left join fn.person_label a on a.person_id = s.assignee_id
 where s.clock_class <> 'closed'
 group by s.ticket_id, s.owner_run, s.department_id, s.team_id, m.team_name, s.assignee_id, a.person_name, s.team_run, s.is_team_assumed, t.service_id, t.import_id;
comment on view reporting_v1.ownership_intervals is 'stay with an owner: a maximal stretch with the same team and assignee (or none), up to the end of the ticket. The held hours of a ticket''s stays sum up to its age.';
comment on column reporting_v1.ownership_intervals.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.ownership_intervals.stay_position is 'Which stay of the ticket, from 1; with ticket_id the key.';
comment on column reporting_v1.ownership_intervals.department_id is 'Department of the team; joins dim_departments.';
comment on column reporting_v1.ownership_intervals.team_id is 'Accountable team; joins dim_teams.';
comment on column reporting_v1.ownership_intervals.team_name is 'Name of the team.';
comment on column reporting_v1.ownership_intervals.assignee_id is 'Who worked on it; joins dim_agents; NULL: nobody.';
comment on column reporting_v1.ownership_intervals.assignee_name is 'Name of that person.';
comment on column reporting_v1.ownership_intervals.team_stay_position is 'Which stay with a team this one is part of, from 1; it rises with each change of team.';
comment on column reporting_v1.ownership_intervals.is_team_assumed is 'True when an imported log named no team and the default service''s team stands in.';
comment on column reporting_v1.ownership_intervals.started_at is 'Begin of the stay.';
comment on column reporting_v1.ownership_intervals.started_date is 'Day of started_at, in the time zone of contract_info.';
comment on column reporting_v1.ownership_intervals.ended_at is 'End of the stay, at the latest the end of the ticket; NULL while it lasts.';
comment on column reporting_v1.ownership_intervals.held_hours is 'Length, wall time, to now while it lasts; time between a closing and a reopening is left out. Unit: hours.';
comment on column reporting_v1.ownership_intervals.held_business_hours is 'Length in working hours of the service''s calendar. Unit: hours.';
comment on column reporting_v1.ownership_intervals.open_hours is 'Part of it in which somebody owed work. Unit: hours.';
comment on column reporting_v1.ownership_intervals.worked_hours is 'Part of it in clock class worked (assigned, not waiting, not on offer): status time, not touch time. Unit: hours.';
comment on column reporting_v1.ownership_intervals.waiting_hours is 'Part of it in which the ticket waited. Unit: hours.';
comment on column reporting_v1.ownership_intervals.is_first is 'True for the stay in which the ticket was opened.';
comment on column reporting_v1.ownership_intervals.is_current is 'True while it lasts.';
comment on column reporting_v1.ownership_intervals.is_unowned is 'True when the ticket had no assignee; its open_hours are time without owner.';
comment on column reporting_v1.ownership_intervals.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.ownership_intervals.import_id is 'Import the ticket came from; NULL when it was opened here.';

create or replace view reporting_v1.unowned_periods as
select s.ticket_id,
       s.owner_run as stay_position,
       s.department_id,
       s.team_id,
       m.team_name,
       min(s.started_at) as started_at,
       timezone((select z.time_zone_name from fn.report_zone z), min(s.started_at))::date as started_date,
       nullif(max(coalesce(s.ended_at, 'infinity')), 'infinity') as ended_at,
       fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now())))) as unowned_hours,
       round(sum(fn.business_seconds(v.calendar_id, s.started_at, coalesce(s.ended_at, now()))) / 3600, 2) as unowned_business_hours,
       fn.to_hours(sum(fn.elapsed_s(s.started_at, coalesce(s.ended_at, now()))) filter (where s.state = 3)) as waiting_hours,
       bool_or(s.ended_at is null) as is_current,
       t.service_id,
       t.import_id
  from ebb.ticket_span s
  join fn.ticket_label t on t.ticket_id = s.ticket_id
  left join fn.service_label v on v.service_id = t.service_id
  left join fn.team_label m on m.team_id = s.team_id
 where s.state < 4 and s.assignee_id is null
 group by s.ticket_id, s.owner_run, s.department_id, s.team_id, m.team_name, t.service_id, t.import_id;
comment on view reporting_v1.unowned_periods is 'stretch without owner: an open ticket with one team and no assignee. Waiting excuses nothing: somebody has to notice the answer.';
comment on column reporting_v1.unowned_periods.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.unowned_periods.stay_position is 'Which stay of ownership_intervals it is; with ticket_id the key.';
comment on column reporting_v1.unowned_periods.department_id is 'Department of the team; joins dim_departments.';
comment on column reporting_v1.unowned_periods.team_id is 'Team that was accountable; joins dim_teams.';
comment on column reporting_v1.unowned_periods.team_name is 'Name of the team.';
comment on column reporting_v1.unowned_periods.started_at is 'Begin.';
comment on column reporting_v1.unowned_periods.started_date is 'Day of started_at, in the time zone of contract_info.';
comment on column reporting_v1.unowned_periods.ended_at is 'End: taken, handed on or no longer open; NULL while it lasts.';
comment on column reporting_v1.unowned_periods.unowned_hours is 'Open time without assignee, wall time, to now while it lasts. Unit: hours.';
comment on column reporting_v1.unowned_periods.unowned_business_hours is 'The same in working hours of the service''s calendar. Unit: hours.';
comment on column reporting_v1.unowned_periods.waiting_hours is 'Part of it in which the ticket waited; NULL when it did not. Unit: hours.';
comment on column reporting_v1.unowned_periods.is_current is 'True while it lasts.';
comment on column reporting_v1.unowned_periods.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.unowned_periods.import_id is 'Import the ticket came from; NULL when it was opened here.';

grant select on reporting_v1.ticket_spans, reporting_v1.status_intervals, reporting_v1.ownership_intervals, reporting_v1.unowned_periods
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
