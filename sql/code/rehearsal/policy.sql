-- SPDX-License-Identifier: Apache-2.0
-- Rehearsals are the department's.

do $$
declare t text;
begin
    foreach t in array array['sla_rehearsal', 'sla_rehearsal_group'] loop
        execute format('drop policy if exists %I on ebb.%I', t || '_read', t);
        execute format('create policy %I on ebb.%I for select to ebb_api using (department_id = any ((select fn.departments())::int[]))', t || '_read', t);
        execute format('grant select on ebb.%I to ebb_api', t);
    end loop;
end $$;

drop policy if exists sla_rehearsal_change_read on ebb.sla_rehearsal_change;
create policy sla_rehearsal_change_read on ebb.sla_rehearsal_change for select to ebb_api
    using (department_id = any ((select fn.departments())::int[]) and (not (select fn.hides()) or exists (select from ebb.ticket t where t.ticket_id = sla_rehearsal_change.ticket_id)));
grant select on ebb.sla_rehearsal_change to ebb_api;
