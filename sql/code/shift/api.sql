-- SPDX-License-Identifier: Apache-2.0
-- Shifts: who is planned to work for a team, and when.

drop view if exists api.shift;
create view api.shift as
select s.version, s.shift_id, s.department_id, s.team_id, s.person_id, p.person_name, s.starts_at, s.ends_at, s.is_on_call, s.note
  from ebb.shift s left join fn.person_label p on p.person_id = s.person_id;
comment on view api.shift is 'When somebody is planned to work for a team.';
do $$ begin perform fn.copy_comments('api.shift', '{ebb.shift,ebb.person}'); end $$;

drop function if exists api.shift_list(json);
create function api.shift_list(p_args json)
returns table (version int, shift_id int, department_id int, team_id int, person_id int, person_name text, starts_at timestamptz, ends_at timestamptz, is_on_call boolean, note text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.shift_id, v.department_id, v.team_id, v.person_id, v.person_name, v.starts_at, v.ends_at, v.is_on_call, v.note, v.shift_id::text from api.shift v
         where v.shift_id > v_after
           and (p_args ->> 'team_id' is null or v.team_id = (p_args ->> 'team_id')::int)
           and (p_args ->> 'person_id' is null or v.person_id = (p_args ->> 'person_id')::int)
           and (p_args ->> 'ends_after' is null or v.ends_at > (p_args ->> 'ends_after')::timestamptz)
           and (p_args ->> 'starts_before' is null or v.starts_at < (p_args ->> 'starts_before')::timestamptz)
         order by v.shift_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.shift_list(json) is 'Shifts of the departments whose desk I read, and my own.';
grant execute on function api.shift_list(json) to ebb_app;

create or replace function api.shift_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.shift v where v.shift_id = (p_args ->> 'shift_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/shift_id', 'There is no such shift, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'shift_id');
end $$;
comment on function api.shift_get(json) is 'One shift.';
grant execute on function api.shift_get(json) to ebb_app;

create or replace function api.shift_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('team.lead');
    v_made := fn.record_make('shift', p_args);
    return api.shift_get(v_made);
end $$;
comment on function api.shift_create(json) is 'Plans a shift for a member of a team, by its lead or those who manage people.';
grant execute on function api.shift_create(json) to ebb_app;

create or replace function api.shift_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('team.lead');
    perform fn.record_change('shift', p_args);
    return api.shift_get(p_args);
end $$;
comment on function api.shift_change(json) is 'Changes a shift.';
grant execute on function api.shift_change(json) to ebb_app;

create or replace function api.shift_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.record_remove('shift', (p_args ->> 'shift_id')::int, (p_args ->> 'if_match')::int);
    return json_build_object();
end $$;
comment on function api.shift_remove(json) is 'Takes a shift out of the plan, by who may plan it.';
grant execute on function api.shift_remove(json) to ebb_app;
