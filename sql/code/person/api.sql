-- SPDX-License-Identifier: Apache-2.0
-- Persons of the departments in which the person has a role, and oneself.

drop view if exists api.person;
create view api.person as
select p.person_id, p.person_name, p.email, p.department_id, p.site_name, p.organisation_unit_name, p.time_zone_name, p.is_vip, p.is_active from ebb.person p;
comment on view api.person is 'A person.';
do $$ begin perform fn.copy_comments('api.person', '{ebb.person}'); end $$;

create or replace function api.person_list(p_args json)
returns table (person_id int, person_name text, email text, department_id int, site_name text, organisation_unit_name text, time_zone_name text, is_vip boolean, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.*, v.person_id::text from api.person v
         where v.person_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'team_id' is null or exists (select from ebb.membership m where m.person_id = v.person_id and m.team_id = (p_args ->> 'team_id')::int and m.is_active))
           and (p_args ->> 'q' is null or starts_with(lower(v.person_name), lower(p_args ->> 'q')) or starts_with(v.email, lower(p_args ->> 'q')))
         order by v.person_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.person_list(json) is 'Persons of the departments in which the person has a role, and oneself; a requester sees only themself.';
grant execute on function api.person_list(json) to ebb_app;
