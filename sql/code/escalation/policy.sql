-- SPDX-License-Identifier: Apache-2.0
-- Escalations are the department's, those of a confidential ticket its team's.

drop policy if exists escalation_step_read on ebb.escalation_step;
create policy escalation_step_read on ebb.escalation_step for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]));
drop policy if exists escalation_read on ebb.escalation;
create policy escalation_read on ebb.escalation for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = escalation.ticket_id)));
grant select on ebb.escalation_step, ebb.escalation to ebb_api, ebb_report;
