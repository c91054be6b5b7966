-- SPDX-License-Identifier: Apache-2.0
-- A department's rules are read by its desk; what kinds there are, by everybody.

drop policy if exists retention_rule_read on ebb.retention_rule;
create policy retention_rule_read on ebb.retention_rule for select to ebb_api using (department_id = any ((select fn.departments())::int[]));
drop policy if exists retention_kind_read on ebb.retention_kind;
create policy retention_kind_read on ebb.retention_kind for select to ebb_api using (true);
grant select on ebb.retention_rule, ebb.retention_kind to ebb_api;
