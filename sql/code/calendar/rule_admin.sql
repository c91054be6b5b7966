-- SPDX-License-Identifier: Apache-2.0
-- What administration over the API needs of calendars, and of other things with versions.

create or replace function fn.headed(p_object jsonb, p_first text, p_second text) returns json
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    -- jsonb orders members by its own lights; the daemon finds version and id at the head.
    return ('{' || to_json(p_first) || ':' || coalesce(p_object ->> p_first, 'null') || ',' || to_json(p_second) || ':' || coalesce(p_object ->> p_second, 'null')
            || ',' || substr((p_object - p_first - p_second)::text, 2))::json;
end $$;
comment on function fn.headed(jsonb, text, text) is 'An object of more than two members with two numbers at its head, as replies with ETag and Location have them.';
grant execute on function fn.headed(jsonb, text, text) to ebb_api;

create or replace function fn.department_code(p_department_id int) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select d.department_code from ebb.department d where d.department_id = p_department_id);
end $$;
comment on function fn.department_code(int) is 'Code of a department.';
grant execute on function fn.department_code(int) to ebb_api;

create or replace function fn.calendar_lock(p_calendar_id int, p_if_match int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_version int;
begin
    perform from ebb.calendar c where c.calendar_id = p_calendar_id for update;
    select max(v.version) into v_version from ebb.calendar_version v where v.calendar_id = p_calendar_id;
    if p_if_match <> v_version then
        perform fn.fail(412, null, format('The calendar has changed since you read it: it is at version %s.', v_version), 'Read it again, then repeat your change.');
    end if;
end $$;
comment on function fn.calendar_lock(int, int) is 'Locks a calendar for a new version; 412 when If-Match names another one than the latest.';
grant execute on function fn.calendar_lock(int, int) to ebb_api;

create or replace function fn.calendar_found(p_name text, p_department_code text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids constant int[] := array(
        select c.calendar_id from ebb.calendar c join ebb.department d on d.department_id = c.department_id
         where (c.calendar_name = p_name or c.calendar_id::text = p_name) and (p_department_code is null or d.department_code = p_department_code) order by 1);
begin
    if cardinality(v_ids) = 0 then
        perform fn.fail(404, '/calendar', format('There is no calendar "%s".', coalesce(p_name, '')), coalesce('There are: ' || (
            select string_agg(format('%s "%s" (%s)', x.calendar_id, x.calendar_name, x.department_code), ', ' order by x.calendar_id)
              from (select c.calendar_id, c.calendar_name, d.department_code from ebb.calendar c join ebb.department d on d.department_id = c.department_id
                     where p_department_code is null or d.department_code = p_department_code order by 1 limit 20) x) || '.', 'Make one first.'));
    elsif cardinality(v_ids) > 1 then
        perform fn.fail(422, '/calendar', format('There are %s calendars "%s".', cardinality(v_ids), p_name), format('Name the department, or one by its number: %s.', array_to_string(v_ids, ', ')));
    end if;
    return v_ids[1];
end $$;
comment on function fn.calendar_found(text, text) is 'A calendar by its number or name, within a department or among all; refuses none and several, saying which there are.';

create or replace function fn.calendar_values(p_calendar_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('calendar_id', c.calendar_id, 'calendar_name', c.calendar_name, 'department_code', d.department_code, 'version', v.version, 'valid_from', v.valid_from,
                   'time_zone_name', v.time_zone_name, 'weekly', v.weekly, 'exceptions', v.exceptions, 'note', v.note, 'compiled_until', v.compiled_until,
                   'holidays', (select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('date', h.date, 'name', v.holiday_names ->> h.date)) order by h.date), '[]')
                                  from jsonb_array_elements_text(v.holidays) h (date)),
                   'services', (select coalesce(jsonb_agg(s.service_name order by s.service_name), '[]') from ebb.service s where s.calendar_id = c.calendar_id and s.is_active),
                   'versions', (select jsonb_agg(jsonb_build_object('version', x.version, 'valid_from', x.valid_from, 'created_at', x.created_at, 'note', x.note) order by x.version desc)
                                  from ebb.calendar_version x where x.calendar_id = c.calendar_id))
          from ebb.calendar c
          join ebb.department d on d.department_id = c.department_id
         cross join lateral (select x.* from ebb.calendar_version x where x.calendar_id = c.calendar_id order by x.version desc limit 1) v
         where c.calendar_id = p_calendar_id);
end $$;
comment on function fn.calendar_values(int) is 'A calendar in its latest version, with names of holidays, services that work by it and the list of its versions.';

create or replace function fn.fields_check(p_values jsonb, p_known text[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_unknown text;
begin
    if jsonb_typeof(p_values) is distinct from 'object' then
        perform fn.fail(422, '', 'This is to be a JSON object.', 'It takes ' || array_to_string(p_known, ', ') || '.');
    end if;
    select k into v_unknown from jsonb_object_keys(p_values) k where k <> all (p_known) limit 1;
    if v_unknown is not null then
        perform fn.fail(422, '/' || v_unknown, format('%s is not something that is set here.', v_unknown), 'It takes ' || array_to_string(p_known, ', ') || '.');
    end if;
end $$;
comment on function fn.fields_check(jsonb, text[]) is 'Refuses an object with other members than the known ones, so that a slip of the pen is not passed over.';
