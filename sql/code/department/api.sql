-- SPDX-License-Identifier: Apache-2.0
-- Departments in which the person has a role.

drop view if exists api.department;
create view api.department as
select d.department_id, d.department_code, d.department_name, d.is_active from ebb.department d;
comment on view api.department is 'A department.';
do $$ begin perform fn.copy_comments('api.department', '{ebb.department}'); end $$;

create or replace function api.department_list(p_args json)
returns table (department_id int, department_code text, department_name text, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.*, v.department_id::text from api.department v
         where v.department_id > v_after
         order by v.department_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.department_list(json) is 'Departments in which the person has a role.';
grant execute on function api.department_list(json) to ebb_app;
