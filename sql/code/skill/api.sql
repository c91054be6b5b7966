-- SPDX-License-Identifier: Apache-2.0
-- Skills: the words of a department for what its people can do.

drop view if exists api.skill;
create view api.skill as
select s.version, s.skill_id, s.skill_name, s.department_id, s.is_active, (select count(*) from ebb.person_skill x where x.skill_id = s.skill_id) as person_count from ebb.skill s;
comment on view api.skill is 'A skill.';
comment on column api.skill.person_count is 'How many have it.';
do $$ begin perform fn.copy_comments('api.skill', '{ebb.skill}'); end $$;

drop function if exists api.skill_list(json);
create function api.skill_list(p_args json)
returns table (version int, skill_id int, skill_name text, department_id int, is_active boolean, person_count bigint, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select v.version, v.skill_id, v.skill_name, v.department_id, v.is_active, v.person_count, v.skill_id::text from api.skill v
         where v.skill_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
         order by v.skill_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.skill_list(json) is 'Skills of the departments whose desk I read.';
grant execute on function api.skill_list(json) to ebb_app;

create or replace function api.skill_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('desk.read');
    select to_jsonb(v) into v_reply from api.skill v where v.skill_id = (p_args ->> 'skill_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/skill_id', 'There is no such skill, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'skill_id');
end $$;
comment on function api.skill_get(json) is 'One skill.';
grant execute on function api.skill_get(json) to ebb_app;

create or replace function api.skill_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('person.manage', (p_args ->> 'department_id')::int);
    v_made := fn.record_make('skill', p_args);
    return api.skill_get(v_made);
end $$;
comment on function api.skill_create(json) is 'Makes a skill of a department.';
grant execute on function api.skill_create(json) to ebb_app;

create or replace function api.skill_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('person.manage');
    perform fn.record_change('skill', p_args);
    return api.skill_get(p_args);
end $$;
comment on function api.skill_change(json) is 'Changes a skill, or ends its being given.';
grant execute on function api.skill_change(json) to ebb_app;
