-- SPDX-License-Identifier: Apache-2.0
-- Transfers are seen by the department that holds the ticket and by the department to which it is offered.

drop policy if exists transfer_read on ebb.transfer;
create policy transfer_read on ebb.transfer for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = transfer.ticket_id)));
drop policy if exists transfer_offer on ebb.transfer;
create policy transfer_offer on ebb.transfer for insert to ebb_api with check (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = transfer.ticket_id)));
drop policy if exists transfer_answer on ebb.transfer;
create policy transfer_answer on ebb.transfer for update to ebb_api
    using (department_id = any ((select fn.departments())::int[])) with check (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = transfer.ticket_id)));
grant select on ebb.transfer to ebb_api, ebb_report;
grant insert (ticket_id, to_team_id, reason, department_id, transfer_status, from_team_id, offered_at, hop_position) on ebb.transfer to ebb_api;
grant update (transfer_status, answer_note) on ebb.transfer to ebb_api;
