-- SPDX-License-Identifier: Apache-2.0
-- Persons: those of the departments in which the person has a role or that are served from there, and oneself.

drop view if exists api.person;
create view api.person as
select p.version, p.person_id, p.person_name, p.email, p.department_id, p.is_active,
       case when x.is_near then p.site_name end as site_name, case when x.is_near then p.organisation_unit_name end as organisation_unit_name,
       case when x.is_near then p.time_zone_name end as time_zone_name, case when x.is_near then p.calendar_id end as calendar_id, case when x.is_near then p.is_vip end as is_vip,
       null::json as roles, null::json as teams, null::json as skills
  from ebb.person p
 cross join lateral (select p.department_id = any ((select fn.departments())::int[]) or p.person_id = (select fn.viewer()) or p.person_id = any ((select fn.colleagues())::int[]) as is_near) x;
comment on view api.person is 'A person. Of somebody who is only served here, no more than name and address.';
comment on column api.person.roles is 'One person: array of {department_id, role_code, granted_at, is_by_provider}.';
comment on column api.person.teams is 'One person: array of {team_id, team_name, membership_role}.';
comment on column api.person.skills is 'One person: array of {skill_id, skill_name, skill_level}.';
do $$ begin perform fn.copy_comments('api.person', '{ebb.person}'); end $$;

drop function if exists api.person_list(json);
create function api.person_list(p_args json)
returns table (version int, person_id int, person_name text, email text, department_id int, is_active boolean, site_name text, organisation_unit_name text, time_zone_name text, calendar_id int, is_vip boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.person_id, v.person_name, v.email, v.department_id, v.is_active, v.site_name, v.organisation_unit_name, v.time_zone_name, v.calendar_id, v.is_vip, v.person_id::text from api.person v
         where v.person_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'is_active' is null or v.is_active = (p_args ->> 'is_active')::boolean)
           and (p_args ->> 'team_id' is null or exists (select from ebb.membership m where m.person_id = v.person_id and m.team_id = (p_args ->> 'team_id')::int and m.is_active))
           and (p_args ->> 'q' is null or starts_with(lower(v.person_name), lower(p_args ->> 'q')) or starts_with(v.email, lower(p_args ->> 'q')))
         order by v.person_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.person_list(json) is 'Persons of the departments in which the person has a role, those served from there, and oneself; a requester sees only themself.';
grant execute on function api.person_list(json) to ebb_app;

create or replace function api.person_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) || jsonb_build_object(
               'roles', (select coalesce(jsonb_agg(jsonb_build_object('department_id', r.department_id, 'role_code', r.role_code, 'granted_at', r.granted_at, 'is_by_provider', r.provider_id is not null)
                                                   order by r.department_id, r.role_code), '[]') from ebb.person_role r where r.person_id = v.person_id),
               'teams', (select coalesce(jsonb_agg(jsonb_build_object('team_id', m.team_id, 'team_name', m.team_name, 'membership_role', m.membership_role) order by m.team_id), '[]')
                           from api.membership m where m.person_id = v.person_id),
               'skills', (select coalesce(jsonb_agg(jsonb_build_object('skill_id', k.skill_id, 'skill_name', s.skill_name, 'skill_level', k.skill_level) order by k.skill_id), '[]')
                            from ebb.person_skill k join ebb.skill s on s.skill_id = k.skill_id where k.person_id = v.person_id))
      into v_reply from api.person v where v.person_id = (p_args ->> 'person_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'person_id');
end $$;
comment on function api.person_get(json) is 'One person, with roles, teams and skills as far as they lie in departments that I read.';
grant execute on function api.person_get(json) to ebb_app;

create or replace function api.person_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('person.manage', (p_args ->> 'department_id')::int);
    v_made := fn.record_make('person', p_args);
    return api.person_get(v_made);
end $$;
comment on function api.person_create(json) is 'Makes a person of a department, by those who manage people there. Nobody can sign in as that person before an invitation, a pass-phrase or a provider lets them.';
grant execute on function api.person_create(json) to ebb_app;

create or replace function api.person_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('person.manage');
    perform fn.record_change('person', p_args);
    return api.person_get(p_args);
end $$;
comment on function api.person_change(json) is 'Changes a person. One who is disabled is out at once, everywhere; open work and accountability are handed over first, or with it.';
grant execute on function api.person_change(json) to ebb_app;

create or replace function api.person_roles_set(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.roles_set((p_args ->> 'person_id')::int, (p_args ->> 'department_id')::int,
                         array(select case jsonb_typeof(r) when 'string' then r #>> '{}' end from jsonb_array_elements((p_args -> 'role_codes')::jsonb) r), (p_args ->> 'if_match')::int);
    return coalesce((select api.person_get(p_args) from api.person v where v.person_id = (p_args ->> 'person_id')::int), json_build_object());
end $$;
comment on function api.person_roles_set(json) is 'Gives a person exactly these roles in a department, by those who manage people there and hold what they grant.';
grant execute on function api.person_roles_set(json) to ebb_app;

create or replace function api.person_skill_set(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('team.lead');
    perform fn.person_skill_set((p_args ->> 'person_id')::int, (p_args ->> 'skill_id')::int, (p_args ->> 'skill_level')::int, (p_args ->> 'if_match')::int);
    return api.person_get(p_args);
end $$;
comment on function api.person_skill_set(json) is 'Says how well a person knows a skill, by those who manage people in its department and by the lead of the person''s team.';
grant execute on function api.person_skill_set(json) to ebb_app;

create or replace function api.person_skill_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('team.lead');
    perform fn.person_skill_set((p_args ->> 'person_id')::int, (p_args ->> 'skill_id')::int, null, (p_args ->> 'if_match')::int);
    return json_build_object();
end $$;
comment on function api.person_skill_remove(json) is 'Takes a skill from a person.';
grant execute on function api.person_skill_remove(json) to ebb_app;
