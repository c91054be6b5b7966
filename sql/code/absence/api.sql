-- SPDX-License-Identifier: Apache-2.0
-- Absences: who is away, until when, and who stands in.

drop view if exists api.absence;
create view api.absence as
select a.version, a.absence_id, a.department_id, a.person_id, p.person_name, a.starts_at, a.ends_at, a.deputy_person_id, d.person_name as deputy_person_name
  from ebb.absence a left join fn.person_label p on p.person_id = a.person_id left join fn.person_label d on d.person_id = a.deputy_person_id;
comment on view api.absence is 'When somebody is away.';
comment on column api.absence.deputy_person_name is 'Name of who stands in.';
do $$ begin perform fn.copy_comments('api.absence', '{ebb.absence,ebb.person}'); end $$;

drop function if exists api.absence_list(json);
create function api.absence_list(p_args json)
returns table (version int, absence_id int, department_id int, person_id int, person_name text, starts_at timestamptz, ends_at timestamptz, deputy_person_id int, deputy_person_name text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.absence_id, v.department_id, v.person_id, v.person_name, v.starts_at, v.ends_at, v.deputy_person_id, v.deputy_person_name, v.absence_id::text from api.absence v
         where v.absence_id > v_after
           and (p_args ->> 'person_id' is null or v.person_id = (p_args ->> 'person_id')::int)
           and (p_args ->> 'ends_after' is null or v.ends_at > (p_args ->> 'ends_after')::timestamptz)
           and (p_args ->> 'starts_before' is null or v.starts_at < (p_args ->> 'starts_before')::timestamptz)
         order by v.absence_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.absence_list(json) is 'Absences of the departments whose desk I read, and my own.';
grant execute on function api.absence_list(json) to ebb_app;

create or replace function api.absence_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.absence v where v.absence_id = (p_args ->> 'absence_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/absence_id', 'There is no such absence, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'absence_id');
end $$;
comment on function api.absence_get(json) is 'One absence.';
grant execute on function api.absence_get(json) to ebb_app;

create or replace function api.absence_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('any');
    v_made := fn.record_make('absence', (jsonb_build_object('person_id', fn.person()) || p_args::jsonb)::json);
    return api.absence_get(v_made);
end $$;
comment on function api.absence_create(json) is 'Notes that somebody will be away: oneself, a member of a team one leads, or anybody whom one manages.';
grant execute on function api.absence_create(json) to ebb_app;

create or replace function api.absence_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.record_change('absence', p_args);
    return api.absence_get(p_args);
end $$;
comment on function api.absence_change(json) is 'Changes an absence.';
grant execute on function api.absence_change(json) to ebb_app;

create or replace function api.absence_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.record_remove('absence', (p_args ->> 'absence_id')::int, (p_args ->> 'if_match')::int);
    return json_build_object();
end $$;
comment on function api.absence_remove(json) is 'Takes an absence back.';
grant execute on function api.absence_remove(json) to ebb_app;
