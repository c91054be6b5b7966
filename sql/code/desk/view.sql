-- SPDX-License-Identifier: Apache-2.0
-- Labels: the names that a visible ticket shows of other nouns. They run with the owner's rights, so that a wide row costs
-- one policy and not one per name; they hold no more than a key and a name.

create or replace view fn.department_label as select department_id, department_name from ebb.department;
comment on view fn.department_label is 'department: key and name.';
create or replace view fn.person_label as select person_id, person_name from ebb.person;
comment on view fn.person_label is 'person: key and name.';
create or replace view fn.team_label as select team_id, team_name, department_id from ebb.team;
comment on view fn.team_label is 'team: key, name and department.';
create or replace view fn.service_label as select service_id, service_name, calendar_id from ebb.service;
comment on view fn.service_label is 'service: key, name and calendar.';
create or replace view fn.request_type_label as select request_type_id, request_type_name, ticket_kind from ebb.request_type;
comment on view fn.request_type_label is 'request type: key, name and kind.';
grant select on fn.department_label, fn.person_label, fn.team_label, fn.service_label, fn.request_type_label to ebb_api, ebb_report;
