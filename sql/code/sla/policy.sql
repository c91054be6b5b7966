-- SPDX-License-Identifier: Apache-2.0
-- Who reads what stands beside policies and clocks. Which kinds of target there are is no secret of a department.

drop policy if exists sla_target_kind_read on ebb.sla_target_kind;
create policy sla_target_kind_read on ebb.sla_target_kind for select to ebb_api, ebb_report, ebb_replay using (true);
grant select on ebb.sla_target_kind to ebb_api, ebb_report, ebb_replay;
drop policy if exists sla_day_read on ebb.sla_day;
create policy sla_day_read on ebb.sla_day for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]));
grant select on ebb.sla_day to ebb_api, ebb_report;
