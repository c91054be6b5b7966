-- SPDX-License-Identifier: Apache-2.0
-- Beside the people of a department: those of others who work in it.

drop policy if exists person_works_here on ebb.person;
create policy person_works_here on ebb.person for select to ebb_api using (person_id = any ((select fn.colleagues())::int[]));
