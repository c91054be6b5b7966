-- SPDX-License-Identifier: Apache-2.0
-- The audit of a department is read by those who have the right there; what concerns the whole desk, by any of them and by operators.

drop policy if exists audit_read on ebb.audit;
create policy audit_read on ebb.audit for select to ebb_api
    using (department_id = any ((select fn.audit_departments())::int[]) or (department_id is null and (select fn.audit_of_desk())));
drop policy if exists audit_link_read on ebb.audit_link;
create policy audit_link_read on ebb.audit_link for select to ebb_api
    using (exists (select from ebb.audit a where a.audit_id = audit_link.audit_id));
grant select on ebb.audit, ebb.audit_link to ebb_api;
