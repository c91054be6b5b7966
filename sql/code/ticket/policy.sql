-- SPDX-License-Identifier: Apache-2.0
-- Who sees which ticket, and which columns the web's role may write at all. The journal, the spans and the clocks it can only read.

-- A confidential ticket is its team's and its requester's. What is asked of the others comes last, so that it is asked of none.
drop policy if exists ticket_read on ebb.ticket;
create policy ticket_read on ebb.ticket for select to ebb_api, ebb_report
    using ((department_id = any ((select fn.departments())::int[]) and (not is_confidential or team_id = any ((select fn.teams())::int[]) or ticket_id = any ((select fn.offered_tickets())::bigint[])))
           or requester_id = (select fn.viewer()));
drop policy if exists ticket_open on ebb.ticket;
create policy ticket_open on ebb.ticket for insert to ebb_api
    with check ((department_id = any ((select fn.departments())::int[]) and (not is_confidential or team_id = any ((select fn.teams())::int[]) or ticket_id = any ((select fn.offered_tickets())::bigint[])))
                or requester_id = (select fn.person()));
drop policy if exists ticket_change on ebb.ticket;
create policy ticket_change on ebb.ticket for update to ebb_api
    using ((department_id = any ((select fn.departments())::int[]) and (not is_confidential or team_id = any ((select fn.teams())::int[]) or ticket_id = any ((select fn.offered_tickets())::bigint[])))
           or requester_id = (select fn.person()))
    with check (department_id = any ((select fn.departments())::int[]) or requester_id = (select fn.person()));

grant select on ebb.ticket to ebb_api, ebb_report;
revoke insert, update, delete, truncate on ebb.ticket from ebb_api;
grant insert (service_id, request_type_id, subject, description, requester_id, impact, urgency) on ebb.ticket to ebb_api;
grant select on sequence ebb.ticket_ticket_id_seq to ebb_api;
grant update (subject, description, service_id, request_type_id, impact, urgency, state, waiting_reason, waiting_until, state_note, assignee_id)
    on ebb.ticket to ebb_api;

drop policy if exists ticket_event_read on ebb.ticket_event;
create policy ticket_event_read on ebb.ticket_event for select to ebb_api, ebb_report
    using ((department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = ticket_event.ticket_id)))
           or ((select fn.viewer()) is not null and exists (select from ebb.ticket t where t.ticket_id = ticket_event.ticket_id and t.requester_id = (select fn.viewer()))));
grant select on ebb.ticket_event to ebb_api, ebb_report;

drop policy if exists ticket_span_read on ebb.ticket_span;
create policy ticket_span_read on ebb.ticket_span for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = ticket_span.ticket_id)));
grant select on ebb.ticket_span to ebb_api, ebb_report;

drop policy if exists sla_clock_read on ebb.sla_clock;
create policy sla_clock_read on ebb.sla_clock for select to ebb_api, ebb_report
    using ((department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = sla_clock.ticket_id)))
           or ((select fn.viewer()) is not null and exists (select from ebb.ticket t where t.ticket_id = sla_clock.ticket_id and t.requester_id = (select fn.viewer()))));
grant select on ebb.sla_clock to ebb_api, ebb_report;
