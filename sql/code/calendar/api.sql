-- SPDX-License-Identifier: Apache-2.0
-- Calendars over the API: read by the desk, changed by its administrators, a version each time.

drop view if exists api.calendar;
create view api.calendar as
select v.version, c.calendar_id, c.department_id, c.calendar_name, v.valid_from, v.time_zone_name, v.weekly, v.holidays, v.exceptions, v.note, v.created_at, v.compiled_until,
       (select count(*) from ebb.service s where s.calendar_id = c.calendar_id and s.is_active) as service_count
  from ebb.calendar c
 cross join lateral (select x.* from ebb.calendar_version x where x.calendar_id = c.calendar_id order by x.version desc limit 1) v;
comment on view api.calendar is 'A working-time calendar in its latest version.';
comment on column api.calendar.version is 'Number of the latest version; the ETag.';
comment on column api.calendar.service_count is 'Active services that work by it.';
do $$ begin perform fn.copy_comments('api.calendar', '{ebb.calendar,ebb.calendar_version}'); end $$;

create or replace function api.calendar_list(p_args json)
returns table (version int, calendar_id int, department_id int, calendar_name text, valid_from timestamptz, time_zone_name text, service_count bigint, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant int := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select c.version, c.calendar_id, c.department_id, c.calendar_name, c.valid_from, c.time_zone_name, c.service_count, c.calendar_id::text from api.calendar c
         where c.calendar_id > v_after and (p_args ->> 'department_id' is null or c.department_id = (p_args ->> 'department_id')::int)
         order by c.calendar_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.calendar_list(json) is 'Calendars of the departments whose desk I read.';
grant execute on function api.calendar_list(json) to ebb_app;

create or replace function api.calendar_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('desk.read');
    select to_jsonb(c) || jsonb_build_object('versions', (
               select jsonb_agg(jsonb_build_object('version', v.version, 'valid_from', v.valid_from, 'created_at', v.created_at, 'note', v.note) order by v.version desc)
                 from ebb.calendar_version v where v.calendar_id = c.calendar_id))
      into v_reply from api.calendar c where c.calendar_id = (p_args ->> 'calendar_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/calendar_id', 'There is no such calendar, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'calendar_id');
end $$;
comment on function api.calendar_get(json) is 'One calendar with the list of its versions.';
grant execute on function api.calendar_get(json) to ebb_app;

create or replace function api.calendar_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply json;
begin
    perform fn.must('desk.configure', (p_args ->> 'department_id')::int);
    v_reply := ctl.calendar_create((p_args::jsonb || jsonb_build_object('department_code', fn.department_code((p_args ->> 'department_id')::int)))::json);
    perform fn.audit_add((p_args ->> 'department_id')::int, 'calendar.create', 'calendar', p_args ->> 'calendar_name', null, p_args::jsonb);
    return api.calendar_get(v_reply);
end $$;
comment on function api.calendar_create(json) is 'Makes a calendar, by an administrator of the department.';
grant execute on function api.calendar_create(json) to ebb_app;

create or replace function api.calendar_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before json;
    v_reply json;
begin
    perform fn.must('desk.configure');
    v_before := api.calendar_get(p_args);
    perform fn.must('desk.configure', (v_before ->> 'department_id')::int);
    perform fn.calendar_lock((p_args ->> 'calendar_id')::int, (p_args ->> 'if_match')::int);
    v_reply := ctl.calendar_version_add(p_args);
    perform fn.audit_add((v_before ->> 'department_id')::int, 'calendar.change', 'calendar', v_before ->> 'calendar_name', v_before::jsonb - 'versions', p_args::jsonb - 'if_match');
    return api.calendar_get(p_args);
end $$;
comment on function api.calendar_change(json) is 'Adds a version to a calendar, by an administrator of the department; running clocks follow it, stopped ones keep what they were measured by.';
grant execute on function api.calendar_change(json) to ebb_app;
