-- SPDX-License-Identifier: Apache-2.0
-- Clocks of very many tickets at once: what fn.sla_computed_few gives, by another way. Few tickets look their working time up in an
-- index, instant by instant. Many tickets read each calendar once, into sorted arrays, and find their places there; and clocks of one ticket
-- that run in the same classes of time share the stretches in which they run. Working time is in whole microseconds here.
-- Which windows there are is one function for both, fn.sla_windows; tests hold the two against each other.

create or replace function fn.sla_calendars_known(p_services int[])
returns table (service_id int, department_id int, calendar_version_id int, from_at timestamptz, until_at timestamptz, since timestamptz)
language sql stable
begin atomic
    select s.service_id, s.department_id, fn.sla_calendar_known(s.service_id, b.until_at), b.from_at, b.until_at, b.since
      from ebb.service s
     cross join lateral (
            select lag(x.at) over (order by x.at) as from_at, x.at as until_at, max(x.at) filter (where x.at < 'infinity') over () as since
              from (select v.created_at as at from ebb.calendar_version v
                     where v.calendar_id = s.calendar_id or v.calendar_id in (select c.calendar_id from ebb.service_calendar c where c.service_id = s.service_id)
                    union select c.until_at from ebb.service_calendar c where c.service_id = s.service_id
                    union select 'infinity') x) b
     where s.service_id = any (p_services);
end;
comment on function fn.sla_calendars_known(int[]) is 'service x stretch of time (from_at exclusive, NULL: from ever): the calendar version by which whoever knew what was known then measures; since: the last change.';

create or replace function fn.sla_lines(p_versions int[], p_from timestamptz, p_until timestamptz)
returns table (calendar_version_id int, starts timestamptz[], ends timestamptz[], befores bigint[])
language sql stable
begin atomic
    select w.calendar_version_id, array_agg(w.starts_at order by w.starts_at), array_agg(w.ends_at order by w.starts_at), array_agg((w.before_s * 1000000)::bigint order by w.starts_at)
      from ebb.working_time w
     where w.calendar_version_id = any (p_versions) and w.ends_at > p_from and w.starts_at < p_until
     group by w.calendar_version_id;
end;
comment on function fn.sla_lines(int[], timestamptz, timestamptz) is 'calendar version: its working intervals between two instants as sorted arrays, with the working microseconds before each; the place of an instant among them is width_bucket(instant, starts).';

create or replace function fn.work_us(p_version int, p_at timestamptz, p_place int, p_starts timestamptz[], p_ends timestamptz[], p_befores bigint[]) returns bigint
language sql stable parallel safe
return coalesce(case when p_place > 0 then case when p_at <= p_ends[p_place] then p_befores[p_place] + (extract(epoch from p_at - p_starts[p_place]) * 1000000)::bigint
                                                else p_befores[p_place + 1] end end,
                (fn.work_seconds(p_version, p_at) * 1000000)::bigint);
comment on function fn.work_us(int, timestamptz, int, timestamptz[], timestamptz[], bigint[]) is 'W in microseconds, from the instant''s place in the arrays of fn.sla_lines; before and after these as fn.work_seconds gives it.';

create or replace function fn.work_reached_us(p_version int, p_us bigint) returns timestamptz
language plpgsql stable strict parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select r.at from fn.work_reached(p_version, p_us / 1000000.0) r);
end $$;
comment on function fn.work_reached_us(int, bigint) is 'fn.work_reached for working time in microseconds.';

create or replace function fn.work_reached_us(p_version int, p_us bigint, p_place int, p_starts timestamptz[], p_befores bigint[]) returns timestamptz
language sql stable parallel safe
return case when p_us is not null
            then coalesce(case when p_us <= p_befores[p_place + 1] then p_starts[p_place] + (p_us - p_befores[p_place]) * interval '1 microsecond' end, fn.work_reached_us(p_version, p_us)) end;
comment on function fn.work_reached_us(int, bigint, int, timestamptz[], bigint[]) is 'The same from its place, width_bucket(p_us - 1, befores), in the arrays of fn.sla_lines.';

create or replace function fn.sla_computed_many(p_tickets bigint[], p_services int[], p_priorities smallint[], p_policy_versions int[], p_first_responses timestamptz[],
                                                p_calendar_versions int[], p_as_of timestamptz, p_known_at timestamptz)
returns table (ticket_id bigint, target_code text, cycle int, target_kind text, sla_target_id int, team_id int, calendar_version_id int, target_s int,
               started_at timestamptz, stopped_at timestamptz, due_at timestamptz, warn_at timestamptz, elapsed_s numeric, elapsed_at timestamptz,
               is_running boolean, is_cancelled boolean, department_id int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
-- The planner takes each step below for a few rows: what is read once and joined by hash stays quick however many there are.
set plan_cache_mode = force_custom_plan set enable_nestloop = off set enable_mergejoin = off set jit = off set work_mem = '128MB'
as $$
#variable_conflict use_column
begin
    -- long: one statement
    return query
        with clock as materialized (
            select row_number() over () as clock_no, w.*, o.department_id, coalesce(w.given_version_id, o.calendar_version_id) as calendar_version_id
              from (select x.ticket_id, x.service_id, x.sla_target_id, x.runs_mask, x.cycle, x.team_id, x.started_at, x.stopped_at, x.is_cancelled, x.calendar_version_id as given_version_id,
                           -- A stop is known when it happens, or with the import that told of it.
                           case when x.stopped_at is null then p_known_at
                                else least(p_known_at, greatest(x.stopped_at, case when x.stopped_at <= s.since then (select e.recorded_at from ebb.ticket_event e
                                                                                                                      where e.ticket_id = x.ticket_id and e.seq = 1) end)) end as known_at
                      from fn.sla_windows(p_tickets, p_services, p_priorities, p_policy_versions, p_first_responses, p_calendar_versions, p_as_of) x
                      join (select distinct a.service_id, a.since from fn.sla_calendars_known(p_services) a offset 0) s on s.service_id = x.service_id
                    offset 0) w
              join (select a.* from fn.sla_calendars_known(p_services) a offset 0) o
                on o.service_id = w.service_id and (o.from_at is null or w.known_at > o.from_at) and w.known_at <= o.until_at
        ), line as materialized (
            select l.* from fn.sla_lines((select array_agg(distinct k.calendar_version_id) from clock k), (select min(k.started_at) from clock k), fn.now() + interval '1 year') l
        ), span as (
            select s.ticket_id, s.seq, s.started_at, case when s.ended_at <= p_as_of then s.ended_at else 'infinity' end as ended_at,
                   case s.clock_class when 'untriaged' then 1 when 'queued' then 2 when 'worked' then 4 when 'waiting_requester' then 8 when 'waiting_supplier' then 16
                                      when 'waiting_approval' then 32 when 'waiting_scheduled' then 64 when 'transfer' then 128 else 0 end as class_bit
              from ebb.ticket_span s where s.ticket_id = any (p_tickets) and s.started_at <= p_as_of and s.state < 4
            offset 0
        ), piece as (
            select k.*, s.seq, s.started_at, s.ended_at, lag(s.seq) over w is distinct from s.seq - 1 as is_first, lead(s.seq) over w is distinct from s.seq + 1 as is_last
              from (select distinct k.ticket_id, k.runs_mask, k.calendar_version_id from clock k) k
              join span s on s.ticket_id = k.ticket_id and (s.class_bit & k.runs_mask) <> 0
            window w as (partition by k.ticket_id, k.runs_mask, k.calendar_version_id order by s.seq)
        ), edge as (
            -- Neighbouring spans that run are one stretch; of those in its middle nothing is needed.
            select p.*, case when p.is_last then p.ended_at else lead(p.ended_at) over (partition by p.ticket_id, p.runs_mask, p.calendar_version_id order by p.seq) end as until_at
              from piece p where p.is_first or p.is_last
        ), placed as (
            select e.ticket_id, e.runs_mask, e.calendar_version_id, e.started_at as from_at, e.until_at as to_at, l.starts, l.ends, l.befores,
                   width_bucket(e.started_at, l.starts) as i, width_bucket(nullif(e.until_at, 'infinity'), l.starts) as j
              from edge e left join line l on l.calendar_version_id = e.calendar_version_id
             where e.is_first
            offset 0 -- fences, here and below: what has been looked up is not looked up again where it is used, and no array travels with the rows
        ), stretch as (
            select p.ticket_id, p.runs_mask, p.calendar_version_id, p.from_at, p.to_at, fn.work_us(p.calendar_version_id, p.from_at, p.i, p.starts, p.ends, p.befores) as from_us,
                   case when p.to_at = 'infinity' then 4000000000000000000 else fn.work_us(p.calendar_version_id, p.to_at, p.j, p.starts, p.ends, p.befores) end as to_us
              from placed p
            offset 0
        ), cut as (
            -- What of a stretch lies in a clock's window.
            select k.clock_no, k.sla_target_id, k.calendar_version_id, greatest(s.from_at, k.started_at) as from_at, nullif(least(s.to_at, k.stopped_at), 'infinity') as to_at,
                   case when s.from_at >= k.started_at then s.from_us end as from_us, case when s.to_at <= coalesce(k.stopped_at, 'infinity') then s.to_us end as to_us
              from clock k join stretch s on s.ticket_id = k.ticket_id and s.runs_mask = k.runs_mask and s.calendar_version_id = k.calendar_version_id
             where s.from_at < coalesce(k.stopped_at, 'infinity') and s.to_at > k.started_at
        ), cut_placed as (
            select c.*, l.starts, l.ends, l.befores, case when c.from_us is null then width_bucket(c.from_at, l.starts) end as i, case when c.to_us is null then width_bucket(c.to_at, l.starts) end as j
              from cut c left join line l on l.calendar_version_id = c.calendar_version_id
            offset 0
        ), measured as (
            select p.clock_no, p.sla_target_id, p.from_at, p.to_at, coalesce(p.from_us, fn.work_us(p.calendar_version_id, p.from_at, p.i, p.starts, p.ends, p.befores)) as from_us,
                   coalesce(p.to_us, fn.work_us(p.calendar_version_id, p.to_at, p.j, p.starts, p.ends, p.befores)) as to_us
              from cut_placed p
            offset 0
        ), run as (
            select m.clock_no, m.from_at, m.to_at, m.from_us, m.to_us - m.from_us as use_us, g.target_s * 1000000::bigint as target_us, (g.target_s - g.warning_s) * 1000000::bigint as warn_after_us,
                   coalesce(sum(m.to_us - m.from_us) over (partition by m.clock_no order by m.from_at, m.to_at rows between unbounded preceding and 1 preceding), 0)::bigint as used_us
              from measured m join ebb.sla_target g on g.sla_target_id = m.sla_target_id
        ), used as (
            select r.clock_no, sum(r.use_us) filter (where r.to_at is not null) as elapsed_us, max(r.from_at) filter (where r.to_at is null) as running_from, max(r.to_at) as last_to,
                   min(r.from_us + r.target_us - r.used_us) filter (where r.use_us > 0 and r.used_us < r.target_us and r.used_us + r.use_us >= r.target_us) as due_us,
                   min(r.from_us + r.warn_after_us - r.used_us) filter (where r.use_us > 0 and r.used_us < r.warn_after_us and r.used_us + r.use_us >= r.warn_after_us) as warn_us
              from run r group by r.clock_no
        ), clock_placed as (
            select k.*, u.elapsed_us, u.running_from, u.last_to, u.due_us, u.warn_us, l.starts, l.befores, width_bucket(u.due_us - 1, l.befores) as i, width_bucket(u.warn_us - 1, l.befores) as j
              from clock k left join used u on u.clock_no = k.clock_no left join line l on l.calendar_version_id = k.calendar_version_id
            offset 0
        )
        select k.ticket_id, g.target_code, k.cycle, g.target_kind, k.sla_target_id, k.team_id, k.calendar_version_id, g.target_s, k.started_at, k.stopped_at,
               fn.work_reached_us(k.calendar_version_id, k.due_us, k.i, k.starts, k.befores), fn.work_reached_us(k.calendar_version_id, k.warn_us, k.j, k.starts, k.befores),
               coalesce(k.elapsed_us, 0) / 1000000, coalesce(k.stopped_at, k.running_from, k.last_to, k.started_at), k.running_from is not null, k.is_cancelled, k.department_id
          from clock_placed k join ebb.sla_target g on g.sla_target_id = k.sla_target_id;
end $$;
comment on function fn.sla_computed_many(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz, timestamptz) is 'clock: as fn.sla_computed_few, in a shape that suits many tickets.';

create or replace function fn.sla_computed(p_tickets bigint[], p_services int[], p_priorities smallint[], p_policy_versions int[], p_first_responses timestamptz[],
                                           p_calendar_versions int[], p_as_of timestamptz, p_known_at timestamptz)
returns table (ticket_id bigint, target_code text, cycle int, target_kind text, sla_target_id int, team_id int, calendar_version_id int, target_s int,
               started_at timestamptz, stopped_at timestamptz, due_at timestamptz, warn_at timestamptz, elapsed_s numeric, elapsed_at timestamptz,
               is_running boolean, is_cancelled boolean, department_id int)
language sql stable
begin atomic
    select f.* from fn.sla_computed_few(p_tickets, p_services, p_priorities, p_policy_versions, p_first_responses, p_calendar_versions, p_as_of, p_known_at) f where cardinality(p_tickets) <= 100
    union all
    select m.* from fn.sla_computed_many(p_tickets, p_services, p_priorities, p_policy_versions, p_first_responses, p_calendar_versions, p_as_of, p_known_at) m where cardinality(p_tickets) > 100;
end;
comment on function fn.sla_computed(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz, timestamptz) is 'clock: the clocks of these tickets, computed from their spans and messages up to p_as_of and from the facts given (their rows in ebb.ticket, or what these are about to become, or might have been), by calendar versions made before p_known_at or by those given. due_at is infinity where the compiled timeline ends before.';
