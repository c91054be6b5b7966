-- SPDX-License-Identifier: Apache-2.0
-- What doors of ebbctl share to name a person.

create or replace function fn.person_by_email(p_email text) returns int
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select p.person_id into v_person_id from ebb.person p where p.email = lower(p_email) and p.is_active;
    if v_person_id is null then
        perform fn.fail(422, '/email', format('There is no active person with the address %s.', p_email));
    end if;
    return v_person_id;
end $$;
comment on function fn.person_by_email(text) is 'Person with that address; 422 when there is none.';
