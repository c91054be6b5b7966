-- SPDX-License-Identifier: Apache-2.0
-- Words and arithmetic that every report shares. Each is one expression, parsed when it is defined and folded into the query
-- that uses it, so that it costs nothing; none reads a table, and none knows who is looking.

create or replace function fn.elapsed_s(p_from timestamptz, p_to timestamptz) returns double precision
language sql immutable parallel safe
return date_part('epoch', p_to - p_from);
comment on function fn.elapsed_s(timestamptz, timestamptz) is 'Seconds between two instants, wall time: what is summed before it is rounded. Whole seconds sum up exactly, microseconds within a few parts in 10^15; numeric would cost four times as much.';
grant execute on function fn.elapsed_s(timestamptz, timestamptz) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

create or replace function fn.to_hours(p_seconds double precision) returns numeric
language sql immutable parallel safe
return round((p_seconds / 3600)::numeric, 2);
comment on function fn.to_hours(double precision) is 'Seconds as hours with two decimals, as every ..._hours column shows them.';
grant execute on function fn.to_hours(double precision) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

create or replace function fn.hours(p_from timestamptz, p_to timestamptz) returns numeric
language sql immutable parallel safe
return round((date_part('epoch', p_to - p_from) / 3600)::numeric, 2);
comment on function fn.hours(timestamptz, timestamptz) is 'Hours between two instants, wall time, two decimals.';
grant execute on function fn.hours(timestamptz, timestamptz) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

create or replace function fn.priority_name(p_priority smallint) returns text
language sql immutable parallel safe
return ('{Critical,High,Moderate,Low}'::text[])[p_priority];
comment on function fn.priority_name(smallint) is 'Name of a priority 1 to 4.';
grant execute on function fn.priority_name(smallint) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

create or replace function fn.age_band(p_hours numeric) returns text
language sql immutable parallel safe
return case when p_hours < 24 then '1: under 1 day' when p_hours < 72 then '2: 1 to 3 days' when p_hours < 168 then '3: 3 to 7 days'
            when p_hours < 720 then '4: 7 to 30 days' when p_hours < 2160 then '5: 30 to 90 days' when p_hours >= 2160 then '6: over 90 days' end;
comment on function fn.age_band(numeric) is 'Band of an age in hours; the number in front keeps the order.';
grant execute on function fn.age_band(numeric) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

-- Views call it with the reader's rights, and a reader may not look into schema fn.
create or replace function fn.business_seconds(p_calendar_id int, p_from timestamptz, p_to timestamptz) returns numeric
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (select b.work_s - a.work_s
              from (select c.calendar_version_id, c.compiled_from, c.compiled_until from ebb.calendar_version c where c.calendar_id = p_calendar_id order by c.version desc limit 1) v
             cross join lateral fn.work_point(v.calendar_version_id, p_from) a
             cross join lateral fn.work_point(v.calendar_version_id, p_to) b
             where p_from >= v.compiled_from and p_to <= v.compiled_until);
end $$;
comment on function fn.business_seconds(int, timestamptz, timestamptz) is 'Working seconds between two instants by a calendar''s present version, which holds its whole timeline. NULL outside of the compiled timeline: a report shows a gap where a rule would refuse.';
grant execute on function fn.business_seconds(int, timestamptz, timestamptz) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;

create or replace function fn.mask(p_text text) returns text
language sql immutable parallel safe
return btrim(regexp_replace(regexp_replace(regexp_replace(lower(p_text),
           '\S*[@0-9]\S*|https?:\S+|"[^"]*"', ' # ', 'g'), '[^[:alpha:]#]+', ' ', 'g'), '(# ?)+', '# ', 'g'));
comment on function fn.mask(text) is 'What remains of a text when every word with a digit or an at sign, every address and every quotation becomes one sign: the same for the same demand.';
grant execute on function fn.mask(text) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl;
