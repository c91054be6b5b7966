-- SPDX-License-Identifier: Apache-2.0
-- From what a calendar says (local wall-clock spans, holidays, exceptions, a zone) to when work is done (instants). One definition: an
-- instant is working time when the clock on the wall shows a time inside a span of that date. So a span that begins or ends in
-- the hour that a zone leaves out begins or ends at the change, and a wall-clock time that comes twice counts both times.
-- Reads calendar_version only; knows neither tickets nor targets.

create or replace function fn.zone_stretches(p_zone text, p_from timestamptz, p_until timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz, utc_offset interval)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_day timestamptz;
    v_low timestamptz;
    v_high timestamptz;
    v_mid timestamptz;
begin
    starts_at := p_from;
    -- A zone's offset changes at most once a day, at a full second: find the days, then halve.
    for v_day in
        select d from generate_series(p_from, p_until, interval '24 hours') d
         where timezone(p_zone, d) - timezone('UTC', d)
               <> timezone(p_zone, least(d + interval '24 hours', p_until)) - timezone('UTC', least(d + interval '24 hours', p_until))
         order by d
    loop
        v_low := v_day;
        v_high := least(v_day + interval '24 hours', p_until);
        utc_offset := timezone(p_zone, v_low) - timezone('UTC', v_low);
        while v_high - v_low > interval '1 second' loop
            v_mid := date_trunc('second', v_low + (v_high - v_low) / 2);
            exit when v_mid <= v_low;
            if timezone(p_zone, v_mid) - timezone('UTC', v_mid) = utc_offset then v_low := v_mid; else v_high := v_mid; end if;
        end loop;
        ends_at := date_trunc('second', v_high);
        return next;
        starts_at := ends_at;
    end loop;
    utc_offset := timezone(p_zone, starts_at) - timezone('UTC', starts_at);
    ends_at := p_until;
    return next;
end $$;
comment on function fn.zone_stretches(text, timestamptz, timestamptz) is 'stretch: time during which a zone keeps one offset from UTC, in order, without gap.';

create or replace function fn.calendar_intervals(p_version int, p_from timestamptz, p_until timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with era as (
            -- A version's rules hold from its valid_from until a later version takes over; the first one's from the beginning.
            select v.time_zone_name, v.weekly, v.holidays, v.exceptions,
                   case when v.version = min(v.version) over () then p_from else greatest(v.valid_from, p_from) end as from_at,
                   least(min(v.valid_from) over (order by v.version rows between 1 following and unbounded following), p_until) as until_at
              from ebb.calendar_version self
              join ebb.calendar_version v on v.calendar_id = self.calendar_id and v.version <= self.version
             where self.calendar_version_id = p_version
        ), stretch as (
            select e.weekly, e.holidays, e.exceptions, z.*, (z.starts_at at time zone 'UTC') + z.utc_offset as local_from, (z.ends_at at time zone 'UTC') + z.utc_offset as local_until
              from era e cross join lateral fn.zone_stretches(e.time_zone_name, e.from_at, e.until_at) z
             where e.from_at < e.until_at
        ), span as (
            -- Local time is plain arithmetic within a stretch. A night span reaches into the stretch after the one it begins in, hence the day before.
            select s.starts_at, s.ends_at, d.day + w."from"::interval - s.utc_offset as utc_from,
                   d.day + w."to"::interval + case when w."to"::interval <= w."from"::interval then interval '1 day' else interval '0' end - s.utc_offset as utc_to
              from stretch s
             cross join lateral generate_series(date_trunc('day', s.local_from) - interval '1 day', s.local_until, interval '1 day') d (day)
             cross join lateral (select to_char(d.day, 'YYYY-MM-DD') as date) c
             cross join lateral (
                    select w."from", w."to" from jsonb_to_recordset(s.weekly) w (day int, "from" text, "to" text)
                     where w.day = extract(isodow from d.day) and not s.holidays @> to_jsonb(c.date) and not s.exceptions @> jsonb_build_array(jsonb_build_object('date', c.date))
                    union all
                    select x."from", x."to"
                      from jsonb_to_recordset(s.exceptions) e (date text, spans jsonb) cross join lateral jsonb_to_recordset(e.spans) x ("from" text, "to" text)
                     where e.date = c.date) w
        ), clipped as (
            select greatest(s.utc_from at time zone 'UTC', s.starts_at) as a, least(s.utc_to at time zone 'UTC', s.ends_at) as b from span s
        )
        select lower(r), upper(r)
          from (select unnest(range_agg(tstzrange(c.a, c.b))) as r from clipped c where c.a < c.b) m
         order by 1;
end $$;
comment on function fn.calendar_intervals(int, timestamptz, timestamptz) is 'interval: working time of a calendar version between two instants, disjoint and in order; overlapping and touching spans are one.';

create or replace function fn.calendar_extend(p_version int, p_from timestamptz, p_until timestamptz) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v ebb.calendar_version;
    v_count int := 0;
    v_added int;
begin
    select * into v from ebb.calendar_version c where c.calendar_version_id = p_version for update;
    if not found then
        perform fn.fail(404, '/calendar_version_id', format('There is no calendar version %s.', p_version));
    end if;
    if v.compiled_until is null then
        perform fn.calendar_check(v.time_zone_name, v.weekly, v.holidays, v.exceptions);
        v.compiled_from := p_from;
        v.compiled_until := p_from;
        -- Up to its valid_from it says what the version before says: that is copied, but for an interval that goes on there.
        insert into ebb.working_time (calendar_version_id, starts_at, ends_at, before_s)
        select p_version, w.starts_at, w.ends_at, w.before_s
          from ebb.calendar_version b join ebb.working_time w on w.calendar_version_id = b.calendar_version_id and w.ends_at < least(v.valid_from, b.compiled_until, p_until)
         where b.calendar_id = v.calendar_id and b.version = v.version - 1 and b.compiled_from = p_from;
        get diagnostics v_count = row_count;
        v.compiled_until := coalesce((select max(w.ends_at) from ebb.working_time w where w.calendar_version_id = p_version), p_from);
    end if;
    if p_until <= v.compiled_until then
        return 0;
    end if;
    -- Rows that are there are never touched: what has been computed from them stays true.
    insert into ebb.working_time (calendar_version_id, starts_at, ends_at, before_s)
    select p_version, i.starts_at, i.ends_at,
           coalesce((select w.before_s + extract(epoch from w.ends_at - w.starts_at) from ebb.working_time w
                      where w.calendar_version_id = p_version order by w.starts_at desc limit 1), 0)
           + coalesce(sum(extract(epoch from i.ends_at - i.starts_at)) over (order by i.starts_at rows between unbounded preceding and 1 preceding), 0)
      from fn.calendar_intervals(p_version, v.compiled_until, p_until) i;
    get diagnostics v_added = row_count;
    v_count := v_count + v_added;
    if v_count = 0 and v.compiled_from = v.compiled_until then
        perform fn.fail(422, '/weekly', format('The calendar has no working time between %s and %s.', (p_from at time zone 'UTC')::date, (p_until at time zone 'UTC')::date), 'Look at its weekly spans and its holidays.');
    end if;
    update ebb.calendar_version c set compiled_from = v.compiled_from, compiled_until = p_until where c.calendar_version_id = p_version;
    return v_count;
end $$;
comment on function fn.calendar_extend(int, timestamptz, timestamptz) is 'Compiles a version from p_from (only the first time) to p_until, appending to what is there; returns how many intervals were added.';

create or replace function fn.calendar_reach(p_version int, p_work_s numeric) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v record;
    v_last constant timestamptz := date_trunc('year', fn.now(), 'UTC') + interval '100 years';
begin
    loop
        select c.compiled_until, c.compiled_until - c.compiled_from as compiled,
               (select w.before_s + extract(epoch from w.ends_at - w.starts_at) from ebb.working_time w where w.calendar_version_id = p_version order by w.starts_at desc limit 1) as work_s
          into strict v from ebb.calendar_version c where c.calendar_version_id = p_version;
        exit when v.work_s >= p_work_s;
        if v.compiled_until >= v_last then
            perform fn.fail(422, null, format('So much working time has not passed by the year %s in the calendar "%s".', extract(year from v_last),
                                              (select c.calendar_name from ebb.calendar c join ebb.calendar_version x on x.calendar_id = c.calendar_id where x.calendar_version_id = p_version)),
                            'Give the calendar more working time, or the policy a shorter target.');
        end if;
        perform fn.calendar_extend(p_version, '2000-01-01Z',
                    least(date_trunc('day', v.compiled_until + v.compiled * least((p_work_s - v.work_s) / v.work_s, 50)::double precision, 'UTC') + interval '1 year', v_last));
    end loop;
end $$;
comment on function fn.calendar_reach(int, numeric) is 'Compiles a version further until its timeline holds that many working seconds; refuses what would take a century.';
