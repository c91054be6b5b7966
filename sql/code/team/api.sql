-- SPDX-License-Identifier: Apache-2.0
-- Teams of the departments in which the person has a role.

drop view if exists api.team;
create view api.team as
select t.version, t.team_id, t.team_name, t.department_id, t.lead_person_id, p.person_name as lead_person_name, t.parent_team_id, t.is_active
  from ebb.team t left join fn.person_label p on p.person_id = t.lead_person_id;
comment on view api.team is 'A support team.';
comment on column api.team.lead_person_name is 'Name of the team lead.';
do $$ begin perform fn.copy_comments('api.team', '{ebb.team}'); end $$;

drop function if exists api.team_list(json);
create function api.team_list(p_args json)
returns table (version int, team_id int, team_name text, department_id int, lead_person_id int, lead_person_name text, parent_team_id int, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.team_id, v.team_name, v.department_id, v.lead_person_id, v.lead_person_name, v.parent_team_id, v.is_active, v.team_id::text from api.team v
         where v.team_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'is_active' is null or v.is_active = (p_args ->> 'is_active')::boolean)
         order by v.team_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.team_list(json) is 'Teams of the departments in which the person has a role.';
grant execute on function api.team_list(json) to ebb_app;

create or replace function api.team_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.team v where v.team_id = (p_args ->> 'team_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/team_id', 'There is no such team, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'team_id');
end $$;
comment on function api.team_get(json) is 'One team.';
grant execute on function api.team_get(json) to ebb_app;

create or replace function api.team_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('person.manage', (p_args ->> 'department_id')::int);
    v_made := fn.record_make('team', p_args);
    return api.team_get(v_made);
end $$;
comment on function api.team_create(json) is 'Makes a team with its lead, by those who manage people in the department.';
grant execute on function api.team_create(json) to ebb_app;

create or replace function api.team_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('person.manage');
    perform fn.record_change('team', p_args);
    return api.team_get(p_args);
end $$;
comment on function api.team_change(json) is 'Changes a team: name, lead, team above; one that holds nothing open can end.';
grant execute on function api.team_change(json) to ebb_app;
