-- SPDX-License-Identifier: Apache-2.0
-- Repeated issues as far as words can tell without reading them to anybody: tickets of one service whose subjects are equal once
-- numbers, names of things and punctuation are masked. Reports get a fingerprint, never the text.

create or replace view reporting_v1.ticket_issues as
select t.ticket_id,
       md5(t.service_id || ' ' || fn.mask(t.subject)) as issue_key,
       t.service_id,
       t.department_id,
       t.import_id,
       t.opened_at
  from ebb.ticket t
  left join ebb.import i on i.import_id = t.import_id
 where (t.import_id is null or i.mapping ? 'subject') and t.subject <> '[erased]';
comment on view reporting_v1.ticket_issues is 'ticket whose subject somebody wrote and nobody erased: a fingerprint by which equal demand is told.';
comment on column reporting_v1.ticket_issues.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.ticket_issues.issue_key is 'Fingerprint of service and masked subject: equal for tickets that say the same but for numbers and names of things.';
comment on column reporting_v1.ticket_issues.service_id is 'Service of the ticket; joins dim_services.';
comment on column reporting_v1.ticket_issues.department_id is 'Department of the ticket; joins dim_departments.';
comment on column reporting_v1.ticket_issues.import_id is 'Import the ticket came from; NULL when it was opened here.';
comment on column reporting_v1.ticket_issues.opened_at is 'When the ticket was opened.';
grant select on reporting_v1.ticket_issues to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
