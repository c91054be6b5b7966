-- SPDX-License-Identifier: Apache-2.0
-- What the report views may look up beside a visible row without paying a policy per row: keys, codes and instants of the same
-- ticket. No names of people, no texts. They run with the owner's rights and are granted to the owners of the views only.

create or replace view fn.ticket_time as
select s.ticket_id, s.clock_class, s.state, s.assignee_id is null as is_unassigned, s.started_at, s.ended_at, s.state_run
  from ebb.ticket_span s;
comment on view fn.ticket_time is 'span: where a ticket''s time went; looked up for a ticket that the viewer sees.';
grant select on fn.ticket_time to ebb_api, ebb_report;

-- The neighbours of a visible span may lie in another department: a hand-over has two sides.
create or replace view fn.span_link as
select s.ticket_id, s.seq, s.department_id, s.started_at, s.ended_at, s.state, s.team_id, s.is_team_assumed, s.team_run, s.assignee_id
  from ebb.ticket_span s;
comment on view fn.span_link is 'span: who held a ticket before or after a span that the viewer sees.';
grant select on fn.span_link to ebb_report;

create or replace view fn.ticket_label as
select t.ticket_id, t.import_id, t.service_id, t.request_type_id, t.priority, t.requester_id, t.opened_at, t.source_ref
  from ebb.ticket t;
comment on view fn.ticket_label is 'ticket: the keys by which facts about a visible span or event are sliced, as they stand now.';
grant select on fn.ticket_label to ebb_report;

create or replace view fn.report_zone as
select r.time_zone_name from ebb.report_setting r;
comment on view fn.report_zone is 'setting: the time zone of every date in the reports.';
grant select on fn.report_zone to ebb_api, ebb_report;

create or replace view fn.schema_version as
select m.no from ebb.migration m;
comment on view fn.schema_version is 'migration: the number of each that has run.';
grant select on fn.schema_version to ebb_api, ebb_report;
