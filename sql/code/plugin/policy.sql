-- SPDX-License-Identifier: Apache-2.0
-- Plugins: what a department did with them is that department's; that one is installed is everybody's.

do $$
declare t text;
begin
    foreach t in array array['plugin_department', 'plugin_run', 'plugin_action', 'plugin_incident', 'plugin_day', 'report_schedule', 'report_document'] loop
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
