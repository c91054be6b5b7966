-- SPDX-License-Identifier: Apache-2.0
-- Imports are read by the department that received them; only ctl functions write them.

do $$
declare
    v_table text;
begin
    foreach v_table in array array['import', 'import_row', 'import_refusal'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_read', v_table);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]))', v_table || '_read', v_table);
        execute format('grant select on ebb.%I to ebb_api, ebb_report', v_table);
    end loop;
end $$;
