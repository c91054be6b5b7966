-- SPDX-License-Identifier: Apache-2.0
-- What is refused as a calendar, with a sentence each. Bounded sizes, so that no calendar can make a computation endless.

create or replace function fn.calendar_check_span(p_span jsonb, p_pointer text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_unknown text;
begin
    if jsonb_typeof(p_span) <> 'object' then
        perform fn.fail(422, p_pointer, 'A weekly span is an object with day, from and to.');
    end if;
    select k into v_unknown from jsonb_object_keys(p_span) k where k not in ('day', 'from', 'to') limit 1;
    if v_unknown is not null then
        perform fn.fail(422, p_pointer || '/' || v_unknown, format('A weekly span has no field %s.', v_unknown), 'It has day, from and to.');
    end if;
    if jsonb_typeof(p_span -> 'day') is distinct from 'number' or (p_span ->> 'day') !~ '^[1-7]$' then
        perform fn.fail(422, p_pointer || '/day', 'The day of a weekly span is a number from 1 (Monday) to 7 (Sunday).');
    end if;
    if jsonb_typeof(p_span -> 'from') is distinct from 'string' or (p_span ->> 'from') !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' then
        perform fn.fail(422, p_pointer || '/from', 'A span begins at a time "HH:MM" from 00:00 to 23:59.');
    end if;
    if jsonb_typeof(p_span -> 'to') is distinct from 'string' or (p_span ->> 'to') !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' then
        perform fn.fail(422, p_pointer || '/to', 'A span ends at a time "HH:MM" from 00:00 to 24:00; an end at or before the begin is on the next day.');
    end if;
end $$;
comment on function fn.calendar_check_span(jsonb, text) is 'Refuses a weekly span that no clock shows.';

create or replace function fn.calendar_check_holiday(p_holiday jsonb, p_pointer text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_text constant text := p_holiday #>> '{}';
    v_is_date boolean := jsonb_typeof(p_holiday) = 'string' and v_text ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' and v_text >= '0001';
begin
    if v_is_date then
        -- 31 April and 29 February of a common year do not survive the way there and back.
        v_is_date := to_char(make_date(left(v_text, 4)::int, substr(v_text, 6, 2)::int, 1) + (right(v_text, 2)::int - 1), 'YYYY-MM-DD') = v_text;
    end if;
    if not v_is_date then
        perform fn.fail(422, p_pointer, format('A holiday is a date "YYYY-MM-DD"; %s is none.', p_holiday));
    end if;
end $$;
comment on function fn.calendar_check_holiday(jsonb, text) is 'Refuses a holiday that is not a date of the calendar.';

create or replace function fn.calendar_check_exception(p_exception jsonb, p_pointer text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_exception) <> 'object' or jsonb_typeof(p_exception -> 'spans') is distinct from 'array' then
        perform fn.fail(422, p_pointer, 'An exception is an object with a date and a list of spans; the list may be empty.');
    elsif jsonb_array_length(p_exception -> 'spans') > 48 then
        perform fn.fail(422, p_pointer || '/spans', 'An exception has at most 48 spans.');
    end if;
    perform fn.calendar_check_holiday(coalesce(p_exception -> 'date', 'null'), p_pointer || '/date');
    -- The same rules as for a weekly span; the day is the date's.
    perform fn.calendar_check_span(case when jsonb_typeof(s.value) = 'object' then s.value || '{"day": 1}' else s.value end, p_pointer || '/spans/' || s.ordinality - 1)
       from jsonb_array_elements(p_exception -> 'spans') with ordinality s;
end $$;
comment on function fn.calendar_check_exception(jsonb, text) is 'Refuses an exception without a date that exists and spans that a clock shows.';

create or replace function fn.calendar_check(p_zone text, p_weekly jsonb, p_holidays jsonb, p_exceptions jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from pg_timezone_names z where z.name = p_zone) then
        perform fn.fail(422, '/time_zone_name', format('There is no time zone "%s".', coalesce(p_zone, '')), 'Name one of the tz database, such as Europe/Berlin.');
    end if;
    if jsonb_typeof(p_weekly) is distinct from 'array' or jsonb_array_length(p_weekly) = 0 then
        perform fn.fail(422, '/weekly', 'A calendar needs working time: its week is empty, so that nothing would ever be due.', 'Give at least one span with day, from and to.');
    elsif jsonb_array_length(p_weekly) > 500 then
        perform fn.fail(422, '/weekly', 'A calendar has at most 500 weekly spans.');
    end if;
    perform fn.calendar_check_span(s.value, '/weekly/' || s.ordinality - 1) from jsonb_array_elements(p_weekly) with ordinality s;
    if jsonb_typeof(p_holidays) is distinct from 'array' then
        perform fn.fail(422, '/holidays', 'The holidays are a list of dates "YYYY-MM-DD".');
    elsif jsonb_array_length(p_holidays) > 5000 then
        perform fn.fail(422, '/holidays', 'A calendar has at most 5,000 holidays.');
    end if;
    perform fn.calendar_check_holiday(h.value, '/holidays/' || h.ordinality - 1) from jsonb_array_elements(p_holidays) with ordinality h;
    if jsonb_typeof(p_exceptions) is distinct from 'array' then
        perform fn.fail(422, '/exceptions', 'The exceptions are a list of objects with a date and spans.');
    elsif jsonb_array_length(p_exceptions) > 1000 then
        perform fn.fail(422, '/exceptions', 'A calendar has at most 1,000 exceptions.');
    end if;
    perform fn.calendar_check_exception(x.value, '/exceptions/' || x.ordinality - 1) from jsonb_array_elements(p_exceptions) with ordinality x;
    if (select count(*) <> count(distinct x.value ->> 'date') from jsonb_array_elements(p_exceptions) x) then
        perform fn.fail(422, '/exceptions', 'Two exceptions are for the same date.', 'Give all spans of a date in one.');
    end if;
end $$;
comment on function fn.calendar_check(text, jsonb, jsonb, jsonb) is 'Refuses an impossible calendar: unknown zone, empty week, times no clock shows, dates that do not exist.';
