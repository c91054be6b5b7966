-- SPDX-License-Identifier: Apache-2.0
-- Skills, shifts and absences are read where the desk is; what is one's own, everywhere.

drop policy if exists skill_read on ebb.skill;
create policy skill_read on ebb.skill for select to ebb_api using (department_id = any ((select fn.departments())::int[]));
drop policy if exists person_skill_read on ebb.person_skill;
create policy person_skill_read on ebb.person_skill for select to ebb_api using (department_id = any ((select fn.departments())::int[]));
drop policy if exists shift_read on ebb.shift;
create policy shift_read on ebb.shift for select to ebb_api using (department_id = any ((select fn.departments())::int[]) or person_id = (select fn.viewer()));
drop policy if exists absence_read on ebb.absence;
create policy absence_read on ebb.absence for select to ebb_api
    using (department_id = any ((select fn.departments())::int[]) or person_id = (select fn.viewer()) or person_id = any ((select fn.colleagues())::int[]));
grant select on ebb.skill, ebb.person_skill, ebb.shift, ebb.absence to ebb_api;
