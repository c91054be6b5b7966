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
