-- SPDX-License-Identifier: Apache-2.0
-- What the report views may look up beside a visible row without paying a policy per row. No names of people, no texts.

create or replace view fn.ticket_time as
select s.ticket_id, s.clock_class, s.state, s.assignee_id is null as is_unassigned, s.started_at, s.ended_at
  from ebb.ticket_span s;
comment on view fn.ticket_time is 'span: where a ticket''s time went; only looked up for a ticket that the viewer sees.';
grant select on fn.ticket_time to ebb_report;

create or replace view fn.report_zone as
select r.time_zone_name from ebb.report_setting r;
comment on view fn.report_zone is 'setting: the time zone of every date in the reports.';
grant select on fn.report_zone to ebb_api, ebb_report;
