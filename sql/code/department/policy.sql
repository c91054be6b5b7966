-- SPDX-License-Identifier: Apache-2.0
-- Operators see every department, and nothing in it.

drop policy if exists department_operated on ebb.department;
create policy department_operated on ebb.department for select to ebb_api using ((select fn.has_right('desk.operate', null)));
