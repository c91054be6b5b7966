-- SPDX-License-Identifier: Apache-2.0
-- What was read of other desks' logs. Every accepted row leads to its ticket, every refused one to the reason.

create or replace view reporting_v1.imports as
select i.import_id,
       i.source_name,
       (select count(*) from ebb.import_row r where r.import_id = i.import_id and coalesce(r.fields ->> 'part', '0') = '0') + (select count(*) from ebb.import_refusal f where f.import_id = i.import_id) as row_count,
       (select count(*) from ebb.import_row r where r.import_id = i.import_id and coalesce(r.fields ->> 'part', '0') = '0') as accepted_count,
       (select count(*) from ebb.import_refusal f where f.import_id = i.import_id) as refused_count,
       (select count(*) from ebb.ticket t where t.import_id = i.import_id) as ticket_count,
       i.department_id,
       d.department_name,
       i.file_name,
       i.service_id,
       i.started_at,
       i.finished_at,
       i.first_at,
       i.last_at,
       i.unchanged_count,
       i.clamped_count,
       i.mapping ? 'subject' as has_subject,
       i.mapping ? 'requester' as has_requester,
       i.mapping ? 'priority' as has_priority,
       i.mapping ? 'impact' and i.mapping ? 'urgency' as has_impact_and_urgency,
       i.mapping ? 'assignee' as has_assignee
  from ebb.import i
  left join fn.department_label d on d.department_id = i.department_id;
comment on view reporting_v1.imports is 'import: a log of another desk that has been read; reading it again adds what is new and doubles nothing.';
comment on column reporting_v1.imports.import_id is 'Key.';
comment on column reporting_v1.imports.source_name is 'Name of the source; example: servicenow.';
comment on column reporting_v1.imports.row_count is 'Rows read: accepted and refused.';
comment on column reporting_v1.imports.accepted_count is 'Rows that became part of a ticket.';
comment on column reporting_v1.imports.refused_count is 'Rows that were refused; import_refusals says why.';
comment on column reporting_v1.imports.ticket_count is 'Tickets they made.';
comment on column reporting_v1.imports.department_id is 'Department that received them; joins dim_departments.';
comment on column reporting_v1.imports.department_name is 'Name of the department.';
comment on column reporting_v1.imports.file_name is 'File read last.';
comment on column reporting_v1.imports.service_id is 'Default service, which fills in what the log lacks; joins dim_services.';
comment on column reporting_v1.imports.started_at is 'Begin of the last run.';
comment on column reporting_v1.imports.finished_at is 'End of the last run; NULL while it runs or when it was cut short.';
comment on column reporting_v1.imports.first_at is 'Earliest event of the log.';
comment on column reporting_v1.imports.last_at is 'Latest event of the log: the "now" of its assessment.';
comment on column reporting_v1.imports.unchanged_count is 'Rows of the last run that were there already.';
comment on column reporting_v1.imports.clamped_count is 'Events whose time lay before the event they follow; they took its time.';
comment on column reporting_v1.imports.has_subject is 'True when the mapping names a subject: only then repeated issues can be told by their text.';
comment on column reporting_v1.imports.has_requester is 'True when the mapping names who asked.';
comment on column reporting_v1.imports.has_priority is 'True when the mapping names a priority.';
comment on column reporting_v1.imports.has_impact_and_urgency is 'True when the mapping names both.';
comment on column reporting_v1.imports.has_assignee is 'True when the mapping names who worked on a ticket: without it nothing can be said about owners.';

create or replace view reporting_v1.imported_rows as
select r.import_id, r.line_number, t.ticket_id, r.occurred_at, r.source_ref, r.import_row_id as imported_row_id,
       case lower(r.fields -> 'keep' ->> 'made_sla') when 'true' then true when 'false' then false end as source_made_sla
  from ebb.import_row r
  left join fn.ticket_label t on t.import_id = r.import_id and t.source_ref = r.source_ref
 where coalesce(r.fields ->> 'part', '0') = '0';
comment on view reporting_v1.imported_rows is 'accepted row of an imported log.';
comment on column reporting_v1.imported_rows.import_id is 'Import; joins imports.';
comment on column reporting_v1.imported_rows.line_number is 'Line in the file it was first read from.';
comment on column reporting_v1.imported_rows.ticket_id is 'Ticket it became part of; joins tickets; NULL until built.';
comment on column reporting_v1.imported_rows.occurred_at is 'When it happened, as the log tells.';
comment on column reporting_v1.imported_rows.source_ref is 'The source''s reference of the ticket.';
comment on column reporting_v1.imported_rows.imported_row_id is 'Key.';
comment on column reporting_v1.imported_rows.source_made_sla is 'What the source said in that row about keeping its service level; NULL when the mapping does not keep the column made_sla.';

create or replace view reporting_v1.import_refusals as
select f.import_id, f.line_number, f.source_ref, f.reason
  from ebb.import_refusal f;
comment on view reporting_v1.import_refusals is 'refused row of an imported log.';
comment on column reporting_v1.import_refusals.import_id is 'Import; joins imports.';
comment on column reporting_v1.import_refusals.line_number is 'Line in the file.';
comment on column reporting_v1.import_refusals.source_ref is 'The source''s reference of the ticket, where it could be read.';
comment on column reporting_v1.import_refusals.reason is 'What is wrong with it, and the cure.';

create or replace view reporting_v1.imported_values as
select r.import_id, r.line_number, t.ticket_id, r.occurred_at, k.key as field_name, k.value as field_value
  from ebb.import_row r
  left join fn.ticket_label t on t.import_id = r.import_id and t.source_ref = r.source_ref
 cross join lateral jsonb_each_text(r.fields -> 'keep') k;
comment on view reporting_v1.imported_values is 'kept column of an accepted row of an imported log, as the source had it. It may hold written text and names: only for roles that may read texts.';
comment on column reporting_v1.imported_values.import_id is 'Import; joins imports.';
comment on column reporting_v1.imported_values.line_number is 'Line in the file it was first read from.';
comment on column reporting_v1.imported_values.ticket_id is 'Ticket; joins tickets; NULL until built.';
comment on column reporting_v1.imported_values.occurred_at is 'When the row happened, as the log tells.';
comment on column reporting_v1.imported_values.field_name is 'Column of the source; example: made_sla.';
comment on column reporting_v1.imported_values.field_value is 'Its value in that row, as text.';
grant select on reporting_v1.imported_values to ebb_bi_text, ebb_ctl, ebb_owner;
grant select on reporting_v1.imports, reporting_v1.imported_rows, reporting_v1.import_refusals
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
