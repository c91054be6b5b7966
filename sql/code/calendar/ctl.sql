-- SPDX-License-Identifier: Apache-2.0
-- Doors for calendars: make one, add a version, compile, and keep the compiled timelines years ahead of the present.

create or replace function ctl.calendar_compile(p_version int, p_until timestamptz default null) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.calendar_extend(p_version, '2000-01-01Z', coalesce(p_until, date_trunc('day', fn.now(), 'UTC') + interval '5 years'));
end $$;
comment on function ctl.calendar_compile(int, timestamptz) is 'Compiles a calendar version from 2000 to p_until, five years ahead when not given, or extends it so far; returns how many intervals were added. Calling it again changes nothing.';
grant execute on function ctl.calendar_compile(int, timestamptz) to ebb_ctl;

create or replace function ctl.calendar_create(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_calendar_id int;
    v_department_id int;
begin
    select d.department_id into v_department_id from ebb.department d where d.department_code = p ->> 'department_code';
    if not found then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', coalesce(p ->> 'department_code', '')));
    end if;
    begin
        insert into ebb.calendar (department_id, calendar_name) values (v_department_id, fn.want_text(p, 'calendar_name')) returning calendar_id into v_calendar_id;
    exception when unique_violation then
        perform fn.fail(409, '/calendar_name', format('The department already has a calendar "%s".', p ->> 'calendar_name'), 'Add a version to it, or choose another name.');
    end;
    return fn.calendar_version_write(v_calendar_id, p);
end $$;
comment on function ctl.calendar_create(json) is 'Makes a calendar with its first version {department_code, calendar_name, time_zone_name, weekly, holidays?, exceptions?, valid_from?, note?} and compiles it. Its rules hold from the beginning.';
grant execute on function ctl.calendar_create(json) to ebb_ctl;

create or replace function ctl.calendar_version_add(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_calendar_id int;
    v_reply json;
begin
    select c.calendar_id into v_calendar_id from ebb.calendar c where c.calendar_id = (p ->> 'calendar_id')::int for update;
    if not found then
        perform fn.fail(404, '/calendar_id', format('There is no calendar %s.', coalesce(p ->> 'calendar_id', 'without a number')));
    end if;
    v_reply := fn.calendar_version_write(v_calendar_id, p);
    -- Clocks that have stopped keep the version they were measured by; those that run follow the calendar.
    perform ctl.sla_renew(array(select distinct k.ticket_id
                                    from ebb.sla_clock k
                                    join ebb.ticket t on t.ticket_id = k.ticket_id
                                    join ebb.service s on s.service_id = t.service_id
                                   where s.calendar_id = v_calendar_id and k.stopped_at is null), null);
    return v_reply;
end $$;
comment on function ctl.calendar_version_add(json) is 'Adds a version {calendar_id, valid_from?, time_zone_name?, weekly?, holidays?, exceptions?, note?} (what is not given stays as in the version before), compiles it and moves the running clocks to it.';
grant execute on function ctl.calendar_version_add(json) to ebb_ctl;

create or replace function ctl.calendar_holidays_add(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before ebb.calendar_version;
    v_through constant date := coalesce((p ->> 'through')::date, (fn.now() at time zone 'UTC')::date + 3653);
    v_holidays jsonb;
begin
    if json_typeof(p -> 'holidays') is distinct from 'array' then
        perform fn.fail(422, '/holidays', 'The holidays are a list of objects with date and name.');
    end if;
    perform from ebb.calendar c where c.calendar_id = (p ->> 'calendar_id')::int for update;
    select * into v_before from ebb.calendar_version v where v.calendar_id = (p ->> 'calendar_id')::int order by v.version desc limit 1;
    if not found then
        perform fn.fail(404, '/calendar_id', format('There is no calendar %s.', coalesce(p ->> 'calendar_id', 'without a number')));
    end if;
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('date', d.date, 'name', d.name)) order by d.date)
      into v_holidays
      from (select x.date, max(x.name) as name
              from (select h.value #>> '{}' as date, v_before.holiday_names ->> (h.value #>> '{}') as name from jsonb_array_elements(v_before.holidays) h
                    union all
                    select to_char(n.date, 'YYYY-MM-DD'), e.value ->> 'name'
                      from jsonb_array_elements((p -> 'holidays')::jsonb) with ordinality e
                     cross join lateral fn.calendar_dates(e.value, '/holidays/' || e.ordinality - 1, v_through) n (date)) x
             group by x.date) d;
    return ctl.calendar_version_add(jsonb_strip_nulls(jsonb_build_object('calendar_id', v_before.calendar_id, 'holidays', coalesce(v_holidays, '[]'),
                                                                         'valid_from', p ->> 'valid_from', 'note', p ->> 'note'))::json);
end $$;
comment on function ctl.calendar_holidays_add(json) is 'Adds a version with more holidays {calendar_id, holidays: [{date, until?, name?, is_yearly?}], through?, valid_from?, note?}, as a calendar file has them: until is the last day, yearly ones are repeated up to through (ten years ahead when not given).';
grant execute on function ctl.calendar_holidays_add(json) to ebb_ctl;

create or replace function ctl.tick_calendar_horizon() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_version int;
    v_count int := 0;
begin
    for v_version in
        select v.calendar_version_id from ebb.calendar_version v
         where v.compiled_until < fn.now() + interval '5 years' - interval '30 days'
         order by v.calendar_version_id
    loop
        perform ctl.calendar_compile(v_version);
        v_count := v_count + 1;
    end loop;
    -- Clocks that run by another calendar than their service's present one: it changed while the ticket was being opened, or the service took another.
    -- And tickets of the last hours that may have been changed while a version was being made, by somebody who did not see it yet.
    return v_count + coalesce((ctl.sla_renew(array(
        select k.ticket_id
          from ebb.sla_clock k
          join ebb.ticket t on t.ticket_id = k.ticket_id
          join (select s.service_id, fn.calendar_current(s.calendar_id) as calendar_version_id from ebb.service s offset 0) s on s.service_id = t.service_id
         where k.stopped_at is null and k.calendar_version_id <> s.calendar_version_id
        union
        select t.ticket_id
          from ebb.calendar_version v
          join ebb.service s on s.calendar_id = v.calendar_id
          join ebb.ticket t on t.service_id = s.service_id and t.department_id = v.department_id and t.last_event_at >= v.created_at - interval '1 minute'
          join ebb.sla_clock k on k.ticket_id = t.ticket_id and k.stopped_at > v.created_at and k.calendar_version_id < v.calendar_version_id
         where v.created_at > fn.now() - interval '3 hours'
         limit 5000), null)).changed_count, 0);
end $$;
comment on function ctl.tick_calendar_horizon() is 'Tick: compiles calendars further once their timeline ends less than five years less a month ahead, and lets clocks follow a calendar that changed beside them; returns how many of both.';
grant execute on function ctl.tick_calendar_horizon() to ebb_clock;
