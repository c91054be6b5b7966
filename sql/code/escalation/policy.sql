-- SPDX-License-Identifier: Apache-2.0
-- Escalations are the department's.

do $$
declare t text;
begin
    foreach t in array array['escalation_step', 'escalation'] loop
        execute format('drop policy if exists %I on ebb.%I', t || '_read', t);
        execute format('create policy %I on ebb.%I for select to ebb_api, ebb_report using (department_id = any ((select fn.departments())::int[]))', t || '_read', t);
        execute format('grant select on ebb.%I to ebb_api, ebb_report', t);
    end loop;
end $$;
