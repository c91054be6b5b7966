-- SPDX-License-Identifier: Apache-2.0
-- Working time: what a calendar says and refuses, how it is compiled, versions, the horizon, and that a look-up is a look-up.
-- The arithmetic itself is compared with a minute-by-minute reference in tests/sla.
begin;
select plan(84);

create schema if not exists c;
-- A calendar with these spans; returns its version.
create function c.make(p_zone text, p_weekly text, p_holidays text default '[]') returns int language sql
as $$ select (ctl.calendar_create(json_build_object('department_code', 'it', 'calendar_name', 'test ' || (select count(*) from ebb.calendar),
                                                    'time_zone_name', p_zone, 'weekly', p_weekly::json, 'holidays', p_holidays::json)) ->> 'calendar_version_id')::int $$;
create function c.refusal(p_zone text, p_weekly text, p_holidays text default '[]') returns text language plpgsql
as $$ begin perform c.make(p_zone, p_weekly, p_holidays); return 'accepted'; exception when others then return sqlstate || ' ' || sqlerrm; end $$;
create function c.hours(p_version int, p_from timestamptz, p_to timestamptz) returns numeric language sql
as $$ select round(fn.work_between(p_version, p_from, p_to) / 3600, 4) $$;
create function c.plan(p_sql text) returns text language plpgsql
as $$ declare v_line text; v_plan text := ''; begin for v_line in execute 'explain (costs off) ' || p_sql loop v_plan := v_plan || v_line || e'\n'; end loop; return v_plan; end $$;

-- what a week holds
select c.make('UTC', (select json_agg(json_build_object('day', d, 'from', '00:00', 'to', '24:00'))::text from generate_series(1, 7) d)) as utc,
       c.make('Europe/Berlin', (select json_agg(json_build_object('day', d, 'from', '00:00', 'to', '24:00'))::text from generate_series(1, 7) d)) as berlin,
       c.make('Australia/Lord_Howe', (select json_agg(json_build_object('day', d, 'from', '00:00', 'to', '24:00'))::text from generate_series(1, 7) d)) as howe,
       c.make('Europe/Berlin', (select json_agg(json_build_object('day', d, 'from', '00:00', 'to', '00:00'))::text from generate_series(1, 7) d)) as round \gset
select is(fn.work_between(:utc, '2024-06-03Z', '2024-06-10Z'), 604800.0, 'a full week around the clock has 604,800 seconds');
select is(fn.work_between(:utc, '2024-02-28Z', '2024-03-01Z'), 172800.0, 'a leap day counts');
select is(fn.work_between(:berlin, '2024-06-02 22:00Z', '2024-06-09 22:00Z'), 604800.0, 'also in a zone, in a week without a change of clocks');
select is(fn.work_between(:berlin, '2024-03-24 23:00Z', '2024-03-31 22:00Z'), 601200.0, 'one hour less in the week in which summer time begins');
select is(fn.work_between(:berlin, '2024-10-20 22:00Z', '2024-10-27 23:00Z'), 608400.0, 'one hour more in the week in which it ends');
select is(fn.work_between(:howe, '2024-04-01 00:00 Australia/Lord_Howe', '2024-04-08 00:00 Australia/Lord_Howe'), 606600.0, 'half an hour where clocks change by half an hour');
select is((select count(*) from ebb.working_time w where w.calendar_version_id = :utc), 1::bigint, 'spans that touch are one interval: no minute is lost at midnight');
select is((select count(*) from ebb.working_time w where w.calendar_version_id = :round), 1::bigint, 'a span that ends when it began is a whole day');

-- spans
select c.make('Europe/Berlin', '[{"day": 1, "from": "08:00", "to": "12:00"}, {"day": 1, "from": "13:00", "to": "17:30"}]', '["2024-05-20"]') as lunch,
       c.make('Europe/Berlin', '[{"day": 6, "from": "22:00", "to": "06:00"}]', '["2024-06-08"]') as night,
       c.make('UTC', '[{"day": 1, "from": "08:00", "to": "12:00"}, {"day": 1, "from": "10:00", "to": "14:00"}, {"day": 1, "from": "14:00", "to": "15:00"}]') as overlap \gset
select is(c.hours(:lunch, '2024-05-13 00:00 Europe/Berlin', '2024-05-14 00:00 Europe/Berlin'), 8.5, 'a lunch break is no working time');
select is(c.hours(:lunch, '2024-05-20 00:00 Europe/Berlin', '2024-05-21 00:00 Europe/Berlin'), 0.0, 'nor is a holiday');
select is(c.hours(:lunch, '2024-05-13 12:30 Europe/Berlin', '2024-05-13 12:45 Europe/Berlin'), 0.0, 'nothing passes within a break');
select is(c.hours(:overlap, '2024-05-13Z', '2024-05-14Z'), 7.0, 'overlapping spans count once');
select is((select count(*) from fn.calendar_intervals(:overlap, '2024-05-13Z', '2024-05-14Z')), 1::bigint, 'and become one interval');
select is(c.hours(:night, '2024-05-11 00:00 Europe/Berlin', '2024-05-13 00:00 Europe/Berlin'), 8.0, 'a night shift crosses midnight');
select is(c.hours(:night, '2024-03-30 12:00 Europe/Berlin', '2024-03-31 12:00 Europe/Berlin'), 7.0, 'it is an hour shorter in the night in which summer time begins');
select is(c.hours(:night, '2024-10-26 12:00 Europe/Berlin', '2024-10-27 12:00 Europe/Berlin'), 9.0, 'and an hour longer in the night in which it ends');
select is(c.hours(:night, '2024-06-08 00:00 Europe/Berlin', '2024-06-10 00:00 Europe/Berlin'), 0.0, 'a holiday takes the whole shift that begins on it');
select is(c.hours(:night, '2024-06-01 00:00 Europe/Berlin', '2024-06-03 00:00 Europe/Berlin'), 8.0, 'a holiday does not touch the shift of another day');

-- where the clock on the wall leaves out or repeats an hour (Berlin: 02:00 to 03:00)
select c.make('Europe/Berlin', '[{"day": 7, "from": "02:30", "to": "06:00"}]') as opening,
       c.make('Europe/Berlin', '[{"day": 7, "from": "00:00", "to": "02:30"}]') as closing \gset
select is((select starts_at from fn.calendar_intervals(:opening, '2024-03-31Z', '2024-04-01Z')), '2024-03-31 01:00Z', 'a begin that the clocks leave out is the instant of the change');
select is((select ends_at from fn.calendar_intervals(:closing, '2024-03-30 22:00Z', '2024-04-01Z')), '2024-03-31 01:00Z', 'and so is an end');
select is((select array_agg(to_char(starts_at at time zone 'UTC', 'HH24:MI') || '-' || to_char(ends_at at time zone 'UTC', 'HH24:MI') order by starts_at)
             from fn.calendar_intervals(:opening, '2024-10-27Z', '2024-10-28Z')), '{00:30-01:00,01:30-05:00}', 'a time that the clocks show twice counts both times: the first begin is the earlier one');
select is((select array_agg(to_char(starts_at at time zone 'UTC', 'HH24:MI') || '-' || to_char(ends_at at time zone 'UTC', 'HH24:MI') order by starts_at)
             from fn.calendar_intervals(:closing, '2024-10-26 20:00Z', '2024-10-28Z')), '{22:00-00:30,01:00-01:30}', 'the last end is the later one');

-- adding
select is(fn.work_add(:lunch, '2024-05-13 08:00 Europe/Berlin', 8.5 * 3600), '2024-05-13 17:30 Europe/Berlin', 'due at the end of the day stays at the end of the day');
select is(fn.work_add(:lunch, '2024-05-13 08:00 Europe/Berlin', 4 * 3600), '2024-05-13 12:00 Europe/Berlin', 'and before lunch before lunch');
select is(fn.work_add(:lunch, '2024-05-13 08:00 Europe/Berlin', 8.5 * 3600 + 0.000001), '2024-05-27 08:00:00.000001 Europe/Berlin', 'a microsecond more is next time, past the holiday');
select is(fn.work_add(:lunch, '2024-05-15 08:00 Europe/Berlin', 0), '2024-05-15 08:00 Europe/Berlin', 'nothing added is the same instant, in working time or not');
select is(fn.work_add(:lunch, '2024-05-15 08:00 Europe/Berlin', 1), '2024-05-27 08:00:01 Europe/Berlin', 'from outside it begins with the next interval');
select is((select count(*) from generate_series(1, 500) n
            where fn.work_between(:lunch, '2024-01-01Z'::timestamptz + n * interval '17 hours', fn.work_add(:lunch, '2024-01-01Z'::timestamptz + n * interval '17 hours', n * 1234.567891))
                  <> n * 1234.567891), 0::bigint, 'elapsed(start, due(start, n)) = n, to the microsecond');
select is(fn.work_between(:lunch, '2024-05-13 12:00 Europe/Berlin', '2024-05-13 08:00 Europe/Berlin'), -14400.0, 'backwards is negative');
select is(fn.work_between(:lunch, null, now()), null, 'unknown stays unknown');
select throws_ok(format('select fn.work_add(%s, now(), -1)', :lunch), 'ZE422', 'Working time can only be added, not taken away.', 'working time is not taken away');

-- impossible calendars
select alike(c.refusal('UTC', '[]'), 'ZE422 %its week is empty%', 'an empty week is refused');
select alike(c.refusal('UTC', '{}'), 'ZE422 %week is empty%', 'so is something that is no week');
select alike(c.refusal('Europe/Atlantis', '[{"day": 1, "from": "08:00", "to": "12:00"}]'), 'ZE422 There is no time zone "Europe/Atlantis".', 'an unknown zone is refused');
select alike(c.refusal('UTC', '[{"day": 8, "from": "08:00", "to": "12:00"}]'), 'ZE422 The day%', 'an eighth day is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "8:00", "to": "12:00"}]'), 'ZE422 A span begins%', 'a time without two digits is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "24:00", "to": "12:00"}]'), 'ZE422 A span begins%', 'a begin at 24:00 is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:00", "to": "24:30"}]'), 'ZE422 A span ends%', 'an end after 24:00 is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:60", "to": "12:00"}]'), 'ZE422 A span begins%', 'a sixtieth minute is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:00"}]'), 'ZE422 A span ends%', 'a span without an end is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:00", "to": "12:00", "until": 1}]'), 'ZE422 A weekly span has no field until.', 'an unknown field is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:00", "to": "12:00"}]', '["2024-02-30"]'), 'ZE422 A holiday is a date%', 'a holiday that does not exist is refused');
select alike(c.refusal('UTC', '[{"day": 1, "from": "08:00", "to": "12:00"}]', '["tomorrow"]'), 'ZE422 A holiday is a date%', 'so is one that is no date');
select throws_ok($$select ctl.calendar_create('{"department_code": "it", "calendar_name": "Office Berlin", "time_zone_name": "UTC", "weekly": [{"day": 1, "from": "08:00", "to": "12:00"}]}')$$,
                 'ZE409', null, 'a name is given once in a department');

-- days that differ
create function c.make_days(p_exceptions text, p_holidays text default '["2024-05-20"]') returns int language sql
as $$ select (ctl.calendar_create(json_build_object('department_code', 'it', 'calendar_name', 'test ' || (select count(*) from ebb.calendar), 'time_zone_name', 'UTC',
       'weekly', '[{"day": 1, "from": "08:00", "to": "16:00"}, {"day": 7, "from": "22:00", "to": "06:00"}]'::json, 'holidays', p_holidays::json, 'exceptions', p_exceptions::json)) ->> 'calendar_version_id')::int $$;
create function c.refused_days(p_exceptions text, p_holidays text default '[]') returns text language plpgsql
as $$ begin perform c.make_days(p_exceptions, p_holidays); return 'accepted'; exception when others then return sqlstate || ' ' || sqlerrm; end $$;
select c.make_days('[{"date": "2024-05-13", "spans": [{"from": "10:00", "to": "12:00"}, {"from": "13:00", "to": "14:00"}]}, {"date": "2024-05-18", "spans": [{"from": "20:00", "to": "02:00"}]},
                     {"date": "2024-05-20", "spans": [{"from": "09:00", "to": "10:00"}]}, {"date": "2024-05-26", "spans": []}]') as days \gset
select is(c.hours(:days, '2024-05-13 06:00Z', '2024-05-14Z'), 3.0, 'an exception takes the place of the week''s spans');
select is(c.hours(:days, '2024-05-13Z', '2024-05-13 06:00Z'), 6.0, 'and leaves the night shift that began the day before');
select is(c.hours(:days, '2024-05-18Z', '2024-05-19 12:00Z'), 6.0, 'it can be work on a free day, over midnight');
select is(c.hours(:days, '2024-05-20 06:00Z', '2024-05-21Z'), 1.0, 'and on a holiday');
select is(c.hours(:days, '2024-05-26Z', '2024-05-27 07:00Z'), 0.0, 'without spans it is a day off');
select alike(c.refused_days('[{"date": "2024-05-32", "spans": []}]'), 'ZE422 A holiday is a date%', 'an exception on a date that does not exist is refused');
select alike(c.refused_days('[{"date": "2024-05-13"}]'), 'ZE422 An exception is an object%', 'one without spans too');
select alike(c.refused_days('[{"date": "2024-05-13", "spans": [{"from": "10:00", "to": "25:00"}]}]'), 'ZE422 A span ends%', 'and one at a time no clock shows');
select alike(c.refused_days('[{"date": "2024-05-13", "spans": []}, {"date": "2024-05-13", "spans": []}]'), 'ZE422 Two exceptions%', 'a date has one exception');
select alike(c.refused_days('{}'), 'ZE422 The exceptions are a list%', 'something that is no list is refused');
select is(c.refused_days('[]', '[{"date": "2024-12-25", "name": "Christmas Day"}, "2024-12-26"]'), 'accepted', 'holidays may have names');
select is((select row(v.holidays, v.holiday_names)::text from ebb.calendar_version v order by v.calendar_version_id desc limit 1), '("[""2024-12-25"", ""2024-12-26""]","{""2024-12-25"": ""Christmas Day""}")', 'which stand beside the dates');

-- holidays as a calendar file has them
select calendar_id as filed from ebb.calendar_version where calendar_version_id = :days \gset
select ctl.calendar_holidays_add(json_build_object('calendar_id', :filed, 'valid_from', '2020-01-01Z', 'through', '2030-12-31', 'note', 'From a file',
       'holidays', '[{"date": "2024-12-25", "until": "2024-12-26", "name": "Christmas", "is_yearly": true}, {"date": "2024-02-29", "name": "Leap day", "is_yearly": true}, {"date": "2025-04-18", "name": "Good Friday"}]'::json)) ->> 'calendar_version_id' as filed_version \gset
select is((select array_agg(h #>> '{}' order by 1) from ebb.calendar_version v, jsonb_array_elements(v.holidays) h where v.calendar_version_id = :filed_version and h #>> '{}' not like '%-12-2_'),
          '{2024-02-29,2024-05-20,2025-04-18,2028-02-29}', 'holidays are added to those that are there; a leap day returns in leap years');
select is((select count(*) from ebb.calendar_version v, jsonb_array_elements(v.holidays) h where v.calendar_version_id = :filed_version and h #>> '{}' like '%-12-2_'), 14::bigint, 'a yearly holiday of two days is there every year');
select is((select v.holiday_names ->> '2030-12-26' from ebb.calendar_version v where v.calendar_version_id = :filed_version), 'Christmas', 'by its name');
select throws_like(format('select ctl.calendar_holidays_add(''{"calendar_id": %s, "holidays": [{"date": "2024-12-26", "until": "2024-12-25"}]}'')', :filed), 'A holiday ends on or after%', 'one that ends before it begins is refused');

-- versions
select calendar_id as office from ebb.calendar_version where calendar_version_id = :lunch \gset
select (ctl.calendar_version_add(json_build_object('calendar_id', :office, 'valid_from', '2024-09-01T00:00:00Z', 'weekly', '[{"day": 2, "from": "10:00", "to": "11:00"}]'::json)) ->> 'calendar_version_id')::int as later \gset
select is(fn.calendar_current(:office), :later, 'the latest version is the present one');
select is(c.hours(:later, '2024-05-13Z', '2024-05-14Z'), 8.5, 'it keeps the rules of the version before up to the instant from which it holds');
select is(c.hours(:later, '2024-09-02Z', '2024-09-03Z'), 0.0, 'and has its own after it');
select is(c.hours(:later, '2024-09-03Z', '2024-09-04Z'), 1.0, 'in the zone and with the holidays it did not change');
select is(c.hours(:lunch, '2024-09-02Z', '2024-09-03Z'), 8.5, 'the earlier version stays what it was');
select throws_ok(format('update ebb.calendar_version set weekly = ''[]'' where calendar_version_id = %s', :lunch), 'ZE409', null, 'a version never changes');
select throws_ok(format('delete from ebb.calendar_version where calendar_version_id = %s', :lunch), 'ZE409', null, 'and is never removed');
select throws_ok(format('update ebb.working_time set before_s = 0 where calendar_version_id = %s', :lunch), 'ZE409', null, 'nor does compiled time change');
select throws_ok('truncate ebb.working_time', 'ZE409', null, 'or disappear');

-- A version begins as a copy of the one before it: the same as if it had been compiled from the rules.
select c.make('Europe/Berlin', '[{"day": 1, "from": "00:00", "to": "24:00"}, {"day": 2, "from": "00:00", "to": "24:00"}, {"day": 5, "from": "22:00", "to": "06:00"}]') as long \gset
select (ctl.calendar_version_add(json_build_object('calendar_id', v.calendar_id, 'valid_from', x.at, 'weekly', '[{"day": 2, "from": "00:00", "to": "12:00"}]'::json)) ->> 'calendar_version_id')::int as copy
  from ebb.calendar_version v, (values ('2024-09-02 10:00Z'), ('2024-09-02 22:00Z'), ('2030-09-07 01:00Z')) x (at) where v.calendar_version_id = :long \g /dev/null
create temp view timeline as
select v.version, i.starts_at, i.ends_at from ebb.calendar_version v cross join lateral fn.calendar_intervals(v.calendar_version_id, v.compiled_from, v.compiled_until) i
 where v.calendar_id = (select x.calendar_id from ebb.calendar_version x where x.calendar_version_id = :long);
create temp view compiled as
select v.version, w.starts_at, w.ends_at from ebb.calendar_version v join ebb.working_time w on w.calendar_version_id = v.calendar_version_id
 where v.calendar_id = (select x.calendar_id from ebb.calendar_version x where x.calendar_version_id = :long);
select results_eq('select * from compiled order by 1, 2', 'select * from timeline order by 1, 2', 'each version''s timeline is what its rules say, before and after the instant from which it holds, also in the middle of an interval');
select is((select count(*) from (select w.before_s, sum(extract(epoch from w.ends_at - w.starts_at)) over (partition by w.calendar_version_id order by w.starts_at) - extract(epoch from w.ends_at - w.starts_at) as sum
                                   from ebb.working_time w) x where x.before_s <> x.sum), 0::bigint, 'and counts on from what was copied');

-- the horizon
select throws_like(format('select fn.work_seconds(%s, now() + interval ''6 years'')', :lunch), 'Working time of the calendar "%" is known from 2000-01-01 to % (UTC) only; % is outside.', 'beyond the horizon is an error, never a clamp');
select throws_ok(format('select fn.work_add(%s, now(), 1e9)', :lunch), 'ZE422', null, 'also for what would become due there');
select throws_ok(format('select fn.work_seconds(%s, ''1999-12-31Z'')', :utc), 'ZE422', null, 'and before the timeline begins');
select throws_ok('select fn.work_seconds(-1, now())', 'ZE422', 'There is no calendar version -1.', 'a version that does not exist is an error');
select is(ctl.tick_calendar_horizon(), 0, 'the clock extends nothing while the horizon is far');
create temp table before_tick as select w.* from ebb.working_time w where w.calendar_version_id in (:night, :utc);
create or replace function fn.now() returns timestamptz language sql volatile as $$ select clock_timestamp() + interval '1 year' $$;
select is(ctl.tick_calendar_horizon(), (select count(*)::int from ebb.calendar_version), 'a year later it extends every calendar');
select is((select count(*) from (select * from before_tick except select w.* from ebb.working_time w) d), 0::bigint, 'without touching what was there');
select is(c.hours(:utc, now() + interval '4 years', now() + interval '4 years' + interval '500 days'), 12000.0, 'and the seam is not felt');

select fn.calendar_reach(:lunch, fn.work_seconds(:lunch, now()) + 20000 * 3600) \g /dev/null
select cmp_ok((select compiled_until from ebb.calendar_version where calendar_version_id = :lunch), '>', now() + interval '40 years', 'a calendar is compiled as far as a target needs');
select throws_like(format('select fn.calendar_reach(%s, 1e12)', :lunch), 'So much working time has not passed by the year%', 'within a century');
select is(fn.work_between(:lunch, now(), fn.work_add(:lunch, now(), 20000 * 3600)), 20000 * 3600.0, 'and what lies there is right');

-- a look-up
select alike(c.plan(format('select w.work_s from fn.work_point(%s, now()) w', :lunch)), '%Index%working_time_pkey%', 'working time at an instant is one index look-up');
select alike(c.plan(format('select i.at from fn.work_instant(%s, 1000000) i', :lunch)), '%Index%working_time_before_idx%', 'and so is its inverse');

select * from finish();
rollback;
