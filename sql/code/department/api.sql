-- SPDX-License-Identifier: Apache-2.0
-- Departments: those in which the person has a role; for operators, all.

drop view if exists api.department;
create view api.department as
select d.version, d.department_id, d.department_code, d.department_name, d.is_active from ebb.department d;
comment on view api.department is 'A department.';
do $$ begin perform fn.copy_comments('api.department', '{ebb.department}'); end $$;

drop function if exists api.department_list(json);
create function api.department_list(p_args json)
returns table (version int, department_id int, department_code text, department_name text, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.department_id, v.department_code, v.department_name, v.is_active, v.department_id::text from api.department v
         where v.department_id > v_after
         order by v.department_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.department_list(json) is 'Departments in which the person has a role; for an operator all.';
grant execute on function api.department_list(json) to ebb_app;

create or replace function api.department_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.department v where v.department_id = (p_args ->> 'department_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/department_id', 'There is no such department, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'department_id');
end $$;
comment on function api.department_get(json) is 'One department.';
grant execute on function api.department_get(json) to ebb_app;

create or replace function api.department_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('desk.operate');
    v_made := fn.record_make('department', p_args);
    return api.department_get(v_made);
end $$;
comment on function api.department_create(json) is 'Makes a department with its first administrator and a priority matrix, by an operator.';
grant execute on function api.department_create(json) to ebb_app;

create or replace function api.department_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.operate');
    perform fn.record_change('department', p_args);
    return api.department_get(p_args);
end $$;
comment on function api.department_change(json) is 'Changes the name of a department, or ends it, by an operator.';
grant execute on function api.department_change(json) to ebb_app;
