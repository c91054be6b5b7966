-- SPDX-License-Identifier: Apache-2.0
-- Imports are read by the department that received them; only ctl functions write them.

do $$
declare
    v_table text;
begin
    foreach v_table in array array['import', 'import_refusal'] loop
        execute format('drop policy if exists %I on ebb.%I', v_table || '_read', v_table);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]))', v_table || '_read', v_table);
        execute format('grant select on ebb.%I to ebb_api, ebb_report', v_table);
    end loop;
end $$;

drop policy if exists import_row_read on ebb.import_row;
create policy import_row_read on ebb.import_row for select to ebb_api, ebb_report
    using (department_id = any ((select fn.departments())::int[])
           and (not (select fn.hides()) or exists (select from ebb.ticket t where t.import_id = import_row.import_id and t.source_ref = import_row.source_ref)));
grant select on ebb.import_row to ebb_api, ebb_report;
