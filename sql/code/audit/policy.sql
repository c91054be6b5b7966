-- SPDX-License-Identifier: Apache-2.0
-- The audit of a department is read by those who have the right there; what concerns the whole desk, by any of them.

drop policy if exists audit_read on ebb.audit;
create policy audit_read on ebb.audit for select to ebb_api
    using (department_id = any ((select fn.audit_departments())::int[]) or (department_id is null and (select fn.audit_departments()) <> '{}'::int[]));
grant select on ebb.audit to ebb_api;
