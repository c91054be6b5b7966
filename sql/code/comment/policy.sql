-- SPDX-License-Identifier: Apache-2.0
-- Comments: the desk sees all of its department's, the requester the public ones of their own tickets.

drop policy if exists comment_read on ebb.comment;
create policy comment_read on ebb.comment for select to ebb_api, ebb_report
    using ((department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = comment.ticket_id)))
           or ((select fn.viewer()) is not null and not is_internal
               and exists (select from ebb.ticket t where t.ticket_id = comment.ticket_id and t.requester_id = (select fn.viewer()))));
drop policy if exists comment_add on ebb.comment;
create policy comment_add on ebb.comment for insert to ebb_api
    with check ((department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = comment.ticket_id)))
                or (not is_internal and exists (select from ebb.ticket t where t.ticket_id = comment.ticket_id and t.requester_id = (select fn.person()))));
grant select on ebb.comment to ebb_api, ebb_report;
grant insert (ticket_id, is_internal, body, department_id, author_id, is_from_desk, created_at) on ebb.comment to ebb_api;
