-- SPDX-License-Identifier: Apache-2.0
-- Row-level security of the configuration tables. One text for the web's role and the reports: the viewer decides.
-- Tables without a policy for a role show that role nothing: password, token, idempotency, migration belong to functions alone.

do $$
declare
    v_table text;
begin
    foreach v_table in array array['department', 'team', 'membership', 'person_role', 'calendar', 'calendar_version',
                                   'sla_policy', 'sla_policy_version', 'sla_target', 'request_type', 'matrix_version', 'matrix_cell', 'service'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_read', v_table);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]))', v_table || '_read', v_table);
        execute format('grant select on ebb.%I to ebb_api, ebb_report', v_table);
    end loop;

    -- The same words for everybody: what states, classes and rights mean is no secret of a department.
    foreach v_table in array array['state', 'state_transition', 'waiting_reason', 'clock_class', 'role_right', 'access_right'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_read', v_table);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report, ebb_replay using (true)', v_table || '_read', v_table);
        execute format('grant select on ebb.%I to ebb_api, ebb_report, ebb_replay', v_table);
    end loop;

    -- Replay reads the configuration of all departments and writes projections and the journal.
    foreach v_table in array array['department', 'person', 'team', 'membership', 'calendar', 'calendar_version', 'working_time', 'sla_policy', 'sla_policy_version',
                                   'sla_target', 'request_type', 'matrix_version', 'matrix_cell', 'service', 'import', 'import_row', 'import_pending'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_replay', v_table);
        execute format('create policy %I on ebb.%I for select to ebb_replay using (true)', v_table || '_replay', v_table);
        execute format('grant select on ebb.%I to ebb_replay', v_table);
    end loop;
    foreach v_table in array array['ticket', 'ticket_event', 'ticket_span', 'transfer', 'comment', 'sla_clock'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_replay', v_table);
        execute format('create policy %I on ebb.%I for all to ebb_replay using (true) with check (true)', v_table || '_replay', v_table);
        execute format('grant select, insert, update, delete on ebb.%I to ebb_replay', v_table);
    end loop;
end $$;

drop policy if exists person_read on ebb.person;
create policy person_read on ebb.person for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[]) or person_id = (select fn.viewer()));
grant select on ebb.person to ebb_api, ebb_report;
-- Whoever answers other departments must find the people who ask.
drop policy if exists person_served on ebb.person;
create policy person_served on ebb.person for select to ebb_api using (department_id = any ((select fn.served_departments())::int[]));

-- What is offered to a department is seen by its people, whoever offers it; nothing else of another department is.
drop policy if exists service_department_read on ebb.service_department;
create policy service_department_read on ebb.service_department for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[]) or exists (select from ebb.service s where s.service_id = service_department.service_id));
grant select on ebb.service_department to ebb_api, ebb_report;
drop policy if exists service_offered on ebb.service;
create policy service_offered on ebb.service for select to ebb_api using (is_active and service_id = any ((select fn.offered_services())::int[]));
drop policy if exists request_type_offered on ebb.request_type;
create policy request_type_offered on ebb.request_type for select to ebb_api
    using (is_active and department_id in (select s.department_id from ebb.service s where s.service_id = any ((select fn.offered_services())::int[])));

drop policy if exists operator_read on ebb.operator;
create policy operator_read on ebb.operator for select to ebb_api using ((select fn.has_right('desk.operate', null)));
grant select on ebb.operator to ebb_api;

drop policy if exists working_time_read on ebb.working_time;
create policy working_time_read on ebb.working_time for select to ebb_api, ebb_report using (true);
grant select on ebb.working_time to ebb_api, ebb_report;
