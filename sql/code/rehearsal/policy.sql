-- SPDX-License-Identifier: Apache-2.0
-- Rehearsals are the department's.

do $$
declare t text;
begin
    foreach t in array array['sla_rehearsal', 'sla_rehearsal_group', 'sla_rehearsal_change'] loop
        execute format('drop policy if exists %I on ebb.%I', t || '_read', t);
        execute format('create policy %I on ebb.%I for select to ebb_api using (department_id = any ((select fn.departments())::int[]))', t || '_read', t);
        execute format('grant select on ebb.%I to ebb_api', t);
    end loop;
end $$;
