-- SPDX-License-Identifier: Apache-2.0
-- Absences: whoever stands in is a colleague; nothing is asked about the reason.

create or replace function fn.absence_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_absence ebb.absence;
begin
    select * into v_absence from ebb.absence a where a.absence_id = p_id;
    perform from ebb.person p where p.person_id = v_absence.person_id for no key update;
    if exists (select from ebb.absence a where a.person_id = v_absence.person_id and a.absence_id <> p_id and a.starts_at < v_absence.ends_at and a.ends_at > v_absence.starts_at) then
        perform fn.fail(409, '/starts_at', 'This person is away at that time already.', 'Change that absence.');
    end if;
end $$;
comment on function fn.absence_settle(int, jsonb, jsonb) is 'Refuses two absences of a person at a time.';
