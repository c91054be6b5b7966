-- SPDX-License-Identifier: Apache-2.0
-- Working time: W(t), the working seconds of a calendar version from the begin of its compiled timeline to t, and its inverse.
-- Everything that counts working time stands on fn.work_point and fn.work_instant; both are one index look-up, and both refuse
-- an instant outside of the compiled timeline rather than answer with less than the truth. Nothing here knows tickets.
--
-- Those two have a parsed body (begin atomic) and no SET clause, so that the planner folds them into the query that uses them:
-- names are bound when the function is made, and no search_path of a caller can change them.

create or replace function fn.work_outside(p_version int, p_at timestamptz) returns numeric
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v record;
begin
    select c.calendar_name, v1.version, v1.compiled_from, v1.compiled_until into v
      from ebb.calendar_version v1 join ebb.calendar c on c.calendar_id = v1.calendar_id
     where v1.calendar_version_id = p_version;
    if not found then
        perform fn.fail(422, null, format('There is no calendar version %s.', p_version));
    elsif v.compiled_until is null then
        perform fn.fail(422, null, format('Version %s of the calendar "%s" has not been compiled.', v.version, v.calendar_name), 'Compile it with ctl.calendar_compile.');
    elsif p_at not between v.compiled_from and v.compiled_until then
        perform fn.fail(422, null,
            format('Working time of the calendar "%s" is known from %s to %s (UTC) only; %s is outside.', v.calendar_name,
                   to_char(v.compiled_from at time zone 'UTC', 'YYYY-MM-DD'), to_char(v.compiled_until at time zone 'UTC', 'YYYY-MM-DD'),
                   case when isfinite(p_at) then to_char(p_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI') else 'what is asked for' end),
            'Compile the calendar further with ctl.calendar_compile; the clock does so by itself years ahead.');
    end if;
    return 0;
end $$;
comment on function fn.work_outside(int, timestamptz) is 'For an instant before the first working interval: 0, or a refusal with a sentence when it lies outside of the compiled timeline.';

create or replace function fn.work_point(p_version int, p_at timestamptz) returns table (work_s numeric)
language sql stable parallel safe
begin atomic
    -- The horizon is asked for only outside of working hours; inside of an interval it cannot have been passed.
    select coalesce((select case when p_at <= w.ends_at then w.before_s + extract(epoch from p_at - w.starts_at)
                                 when p_at <= (select v.compiled_until from ebb.calendar_version v where v.calendar_version_id = p_version)
                                     then w.before_s + extract(epoch from w.ends_at - w.starts_at)
                                 else fn.work_outside(p_version, p_at) end
                       from ebb.working_time w
                      where w.calendar_version_id = p_version and w.starts_at <= p_at
                      order by w.starts_at desc limit 1),
                    fn.work_outside(p_version, p_at));
end;
comment on function fn.work_point(int, timestamptz) is 'W: working seconds of the calendar version from the begin of its timeline to the instant. One row; for use in LATERAL.';

create or replace function fn.work_instant(p_version int, p_work_s numeric) returns table (at timestamptz)
language sql stable parallel safe
begin atomic
    select (select case when p_work_s - w.before_s <= extract(epoch from w.ends_at - w.starts_at)
                        then w.starts_at + (p_work_s - w.before_s)::double precision * interval '1 second'
                        when fn.work_outside(p_version, 'infinity') > 0 then null::timestamptz end
              from ebb.working_time w
             where w.calendar_version_id = p_version and w.before_s < p_work_s
             order by w.before_s desc limit 1);
end;
comment on function fn.work_instant(int, numeric) is 'Inverse of W: the first instant at which that many working seconds (more than 0) have passed; at the end of an interval it stays at that end. One row; for use in LATERAL.';

create or replace function fn.work_reached(p_version int, p_work_s numeric) returns table (at timestamptz)
language sql stable parallel safe
begin atomic
    select (select case when p_work_s - w.before_s <= extract(epoch from w.ends_at - w.starts_at)
                        then w.starts_at + (p_work_s - w.before_s)::double precision * interval '1 second'
                        else 'infinity' end
              from ebb.working_time w
             where w.calendar_version_id = p_version and w.before_s < p_work_s
             order by w.before_s desc limit 1);
end;
comment on function fn.work_reached(int, numeric) is 'As fn.work_instant, but infinity where the compiled timeline ends before: for those who then have it compiled further. One row; for use in LATERAL.';

create or replace function fn.work_seconds(p_version int, p_at timestamptz) returns numeric
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (select w.work_s from fn.work_point(p_version, p_at) w);
end $$;
comment on function fn.work_seconds(int, timestamptz) is 'W: working seconds of the calendar version from the begin of its timeline to the instant, exact to the microsecond.';

create or replace function fn.work_between(p_version int, p_from timestamptz, p_to timestamptz) returns numeric
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (select b.work_s - a.work_s from fn.work_point(p_version, p_from) a, fn.work_point(p_version, p_to) b);
end $$;
comment on function fn.work_between(int, timestamptz, timestamptz) is 'Working seconds between two instants; negative when the second is the earlier.';

create or replace function fn.work_add(p_version int, p_from timestamptz, p_seconds numeric) returns timestamptz
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
    v_work_s numeric;
begin
    if p_seconds < 0 then
        perform fn.fail(422, null, 'Working time can only be added, not taken away.');
    elsif p_seconds = 0 then
        return p_from;
    end if;
    -- Two statements: folded into one, the first look-up would be done anew for each use of its result in the second.
    v_work_s := (select w.work_s from fn.work_point(p_version, p_from) w) + p_seconds;
    return (select i.at from fn.work_instant(p_version, v_work_s) i);
end $$;
comment on function fn.work_add(int, timestamptz, numeric) is 'The instant at which that many working seconds have passed since p_from; "until 17:30" stays 17:30 and does not become the next morning.';

create or replace function fn.calendar_current(p_calendar_id int) returns int
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    return (select v.calendar_version_id from ebb.calendar_version v where v.calendar_id = p_calendar_id order by v.version desc limit 1);
end $$;
comment on function fn.calendar_current(int) is 'Latest version of a calendar: its timeline holds the rules of all versions, each in its time.';

grant execute on function fn.work_outside(int, timestamptz), fn.work_point(int, timestamptz), fn.work_instant(int, numeric), fn.work_reached(int, numeric) to ebb_replay;
grant execute on function fn.work_seconds(int, timestamptz), fn.work_between(int, timestamptz, timestamptz), fn.work_add(int, timestamptz, numeric),
                          fn.calendar_current(int) to ebb_api, ebb_report, ebb_replay, ebb_ctl, ebb_bi, ebb_bi_text;

create or replace view fn.calendar_horizon as select v.calendar_version_id, v.compiled_until from ebb.calendar_version v;
comment on view fn.calendar_horizon is 'calendar version: up to when its working time is known. Whoever sees a clock needs it, also of a calendar of another department.';
comment on column fn.calendar_horizon.calendar_version_id is 'Calendar version.';
comment on column fn.calendar_horizon.compiled_until is 'End of the compiled timeline.';
grant select on fn.calendar_horizon to ebb_report;
