-- SPDX-License-Identifier: Apache-2.0
-- Plugins: what a department did with them is that department's; that one is installed is everybody's.

do $$
declare t text;
begin
    foreach t in array array['plugin_department', 'plugin_incident', 'plugin_day', 'report_schedule', 'report_document'] loop
        execute format('drop policy if exists %I on ebb.%I', t || '_read', t);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]))', t || '_read', t);
        execute format('grant select on ebb.%I to ebb_api', t);
    end loop;
    foreach t in array array['plugin', 'plugin_report'] loop
        execute format('drop policy if exists %I on ebb.%I', t || '_read', t);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (true)', t || '_read', t);
    end loop;
end $$;
grant select on ebb.plugin, ebb.plugin_report to ebb_api, ebb_report;
grant select on ebb.plugin_run, ebb.plugin_action, ebb.plugin_day, ebb.plugin_incident to ebb_report;
-- What a plugin did to a ticket that became confidential is seen by those who see the ticket.
drop policy if exists plugin_run_read on ebb.plugin_run;
create policy plugin_run_read on ebb.plugin_run for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[])
           and (ticket_id is null or not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = plugin_run.ticket_id)));
drop policy if exists plugin_action_read on ebb.plugin_action;
create policy plugin_action_read on ebb.plugin_action for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[])
           and (not (select fn.hides()) or exists (select from ebb.plugin_run r where r.plugin_run_id = plugin_action.plugin_run_id)));
grant select on ebb.plugin_run, ebb.plugin_action to ebb_api;
