-- SPDX-License-Identifier: Apache-2.0
-- Writing a version of a calendar, and holidays as people and calendar files give them.

create or replace function fn.calendar_holidays(p_holidays jsonb, out holidays jsonb, out holiday_names jsonb)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_holidays) is distinct from 'array' then
        perform fn.fail(422, '/holidays', 'The holidays are a list of dates "YYYY-MM-DD", or of objects with date and name.');
    end if;
    select coalesce(jsonb_agg(case when jsonb_typeof(h.value) = 'object' then h.value -> 'date' else h.value end order by h.ordinality), '[]'),
           coalesce(jsonb_object_agg(h.value ->> 'date', h.value -> 'name') filter (where h.value ->> 'date' is not null and jsonb_typeof(h.value -> 'name') = 'string'), '{}')
      into holidays, holiday_names from jsonb_array_elements(p_holidays) with ordinality h;
end $$;
comment on function fn.calendar_holidays(jsonb) is 'Dates and names of holidays given as "YYYY-MM-DD" or {"date", "name"}.';

create or replace function fn.calendar_dates(p_event jsonb, p_pointer text, p_through date) returns setof date
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_first date;
    v_last date;
begin
    perform fn.calendar_check_holiday(coalesce(p_event -> 'date', 'null'), p_pointer || '/date');
    perform fn.calendar_check_holiday(coalesce(p_event -> 'until', p_event -> 'date'), p_pointer || '/until');
    v_first := (p_event ->> 'date')::date;
    v_last := coalesce(p_event ->> 'until', p_event ->> 'date')::date;
    if v_last not between v_first and v_first + 366 then
        perform fn.fail(422, p_pointer || '/until', 'A holiday ends on or after the day it begins, and within a year.');
    end if;
    if not coalesce((p_event ->> 'is_yearly')::boolean, false) then
        return query select d::date from generate_series(v_first, v_last, interval '1 day') d;
    else
        -- 29 February is a holiday in leap years only.
        return query
            select s.day::date
              from generate_series(0, greatest(extract(year from p_through)::int - extract(year from v_first)::int, 0)) y (n)
             cross join lateral (select v_first + y.n * interval '1 year' as first_day) f
             cross join lateral generate_series(f.first_day, f.first_day + (v_last - v_first) * interval '1 day', interval '1 day') s (day)
             where s.day <= p_through and extract(day from f.first_day) = extract(day from v_first);
    end if;
end $$;
comment on function fn.calendar_dates(jsonb, text, date) is 'date: the days of one holiday {"date", "until"?, "is_yearly"?}, repeated up to p_through.';

create or replace function fn.calendar_version_write(p_calendar_id int, p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before ebb.calendar_version;
    v_new ebb.calendar_version;
    v_days record;
    v_now constant timestamptz := fn.now();
begin
    select * into v_before from ebb.calendar_version v where v.calendar_id = p_calendar_id order by v.version desc limit 1;
    v_new.valid_from := coalesce((p ->> 'valid_from')::timestamptz, v_now);
    v_new.time_zone_name := coalesce(p ->> 'time_zone_name', v_before.time_zone_name);
    v_new.weekly := coalesce((p -> 'weekly')::jsonb, v_before.weekly);
    v_new.exceptions := coalesce((p -> 'exceptions')::jsonb, v_before.exceptions, '[]');
    if p -> 'holidays' is null then
        v_new.holidays := coalesce(v_before.holidays, '[]');
        v_new.holiday_names := coalesce(v_before.holiday_names, '{}');
    else
        v_days := fn.calendar_holidays((p -> 'holidays')::jsonb);
        v_new.holidays := v_days.holidays;
        v_new.holiday_names := v_days.holiday_names;
    end if;
    if not isfinite(v_new.valid_from) then
        perform fn.fail(422, '/valid_from', 'A version holds from an instant.');
    end if;
    perform fn.calendar_check(v_new.time_zone_name, v_new.weekly, v_new.holidays, v_new.exceptions);
    insert into ebb.calendar_version (calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, holiday_names, exceptions, note, created_at)
    select c.calendar_id, c.department_id, coalesce(v_before.version, 0) + 1, v_new.valid_from, v_new.time_zone_name, v_new.weekly, v_new.holidays, v_new.holiday_names,
           v_new.exceptions, p ->> 'note', v_now
      from ebb.calendar c where c.calendar_id = p_calendar_id
    returning * into v_new;
    perform ctl.calendar_compile(v_new.calendar_version_id);
    select * into v_new from ebb.calendar_version v where v.calendar_version_id = v_new.calendar_version_id;
    return json_build_object('version', v_new.version, 'calendar_id', p_calendar_id, 'calendar_version_id', v_new.calendar_version_id, 'valid_from', v_new.valid_from,
                             'compiled_from', v_new.compiled_from, 'compiled_until', v_new.compiled_until);
end $$;
comment on function fn.calendar_version_write(int, json) is 'Writes the next version of a calendar and compiles it.';
