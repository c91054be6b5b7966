-- SPDX-License-Identifier: Apache-2.0
-- Operators have names.

create or replace view fn.operator_label as select p.person_id, p.person_name, p.email from ebb.person p where exists (select from ebb.operator o where o.person_id = p.person_id);
comment on view fn.operator_label is 'operator: key, name and address, whatever department the person belongs to.';
grant select on fn.operator_label to ebb_api;
