-- SPDX-License-Identifier: Apache-2.0
-- When each step happens: working seconds of the service's calendar after the opening, so that nobody works at night; and
-- which tickets are still open, the old ones in the queue that ages more than elsewhere.

-- The compiled calendars as arrays, for width_bucket; storage is plain, so that no look-up unpacks them again.
create temp table cal (calendar_version_id int primary key, starts timestamptz[], befores float8[], w_until float8);
alter table cal alter starts set storage plain, alter befores set storage plain;
insert into cal
select w.calendar_version_id, array_agg(w.starts_at order by w.starts_at), array_agg(w.before_s::float8 order by w.starts_at), fn.work_seconds(w.calendar_version_id, s.until)::float8
  from setting s join ebb.working_time w on w.starts_at between s.until - interval '19 months' and s.until + interval '5 days'
 group by w.calendar_version_id, s.until;

-- W, as fn.work_seconds, and its inverse, as fn.work_add.
create function pg_temp.work(p_starts timestamptz[], p_befores float8[], p_at timestamptz) returns float8 language sql immutable
return p_befores[width_bucket(p_at, p_starts)] + least(extract(epoch from p_at - p_starts[width_bucket(p_at, p_starts)])::float8,
                                                       p_befores[width_bucket(p_at, p_starts) + 1] - p_befores[width_bucket(p_at, p_starts)]);
create function pg_temp.instant(p_starts timestamptz[], p_befores float8[], p_work float8) returns timestamptz language sql immutable
return date_trunc('milliseconds', p_starts[width_bucket(p_work, p_befores)] + (p_work - p_befores[width_bucket(p_work, p_befores)]) * interval '1 second');

create temp table life as
with begun as materialized (
    select p.*, pg_temp.work(c.starts, c.befores, p.opened_at) as w0, pg_temp.work(c.starts, c.befores, p.swept_at) as w_swept, c.w_until
      from plan p join cal c on c.calendar_version_id = p.calendar_version_id
), timed as materialized (
    select p.*, p.w_until - p.w0 as room_s, p.w_swept - p.w0 as sweep_s,
           -- Fault 5: the clock is stopped by a question in the last hour and a half before it is due.
           case when p.story = 'stopwatch' and p.ask_ord is not null and pg_temp.u(p.ticket_id, 41) < 0.8 and t.target_s > 6000
                then t.target_s - 300 - 5100 * pg_temp.u(p.ticket_id, 42) end as pin_s,
           t.target_s
      from begun p
      join ebb.sla_target t on t.sla_policy_version_id = p.sla_policy_version_id and t.target_kind = 'resolve' and t.priority = least(p.impact + p.urgency - 1, 4)
), led as materialized (
    select t.*, case when t.sweep_s is not null then t.sweep_s when t.pin_s is not null then greatest(t.lead_s, t.pin_s + 3600 + 30000 * pg_temp.u(t.ticket_id, 43)) else t.lead_s end as end_s
      from timed t
), ranked as materialized (
    select l.*, l.sweep_s is null and l.end_s >= l.room_s as is_young,
           row_number() over (order by l.sweep_s is not null or l.end_s >= l.room_s or l.room_s < 900,
                              -ln(pg_temp.u(l.ticket_id, 44)) / (case l.story when 'ageing' then 6 else 1 end
                                  * (exp(-extract(epoch from s.until - l.opened_at) / 86400 / 50) + case l.story when 'ageing' then 0.12 else 0.012 end))) as place
      from led l, setting s
), stopped as (
    select r.*, case when not r.is_young and r.place <= (select s.tickets * s.open_share - (select count(*) from ranked where is_young) from setting s)
                     then case when r.story = 'ageing' and pg_temp.u(r.ticket_id, 45) < 0.75 then 1 -- fault 3: nobody has taken it
                               when pg_temp.u(r.ticket_id, 48) < 0.6 and r.wait_ord is not null then r.wait_ord
                               else greatest(1 + pg_temp.pick(r.ticket_id, 46, r.end_ord - 1), case when r.room_s > 600000 and r.end_ord > 2 then 2 else 1 end) end end as stop_ord
      from ranked r
)
select x.*, s.verb as stop_verb,
       case s.verb when 'w' then x.room_s - least(x.room_s, 288000) * pg_temp.u(x.ticket_id, 47) when 's' then x.room_s - least(x.room_s, 288000) * pg_temp.u(x.ticket_id, 47)
                   when 'p' then x.room_s - least(x.room_s, 144000) * pg_temp.u(x.ticket_id, 47) when 'd' then x.room_s - least(x.room_s, 288000) * pg_temp.u(x.ticket_id, 47)
                   when 'F' then x.room_s - least(x.room_s, 18000) * pg_temp.u(x.ticket_id, 47) when 'G' then x.room_s - least(x.room_s, 18000) * pg_temp.u(x.ticket_id, 47)
                   else x.room_s * power(pg_temp.u(x.ticket_id, 47), 0.8) end as stop_s
  from stopped x left join step s on s.path_id = x.path_id and s.ord = x.stop_ord;
create index on life (ticket_id);

-- gap: each step's share of the time, with chance in it; from there to working seconds, from there to instants.
create temp table ev as
with raw as materialized (
    select l.ticket_id, l.path_id, s.ord, s.verb, l.opened_at, l.calendar_version_id, l.w0, l.end_s, l.pin_s, l.ask_ord, l.stop_ord, l.stop_s, s.is_late,
           s.gap * (0.25 - 0.75 * ln(pg_temp.u(l.ticket_id * 32 + s.ord, 50))) as g
      from life l join step s on s.path_id = l.path_id
), summed as materialized (
    select r.*, sum(g) filter (where not is_late) over (w order by ord) as c, sum(g) filter (where not is_late) over w as c_end,
           coalesce(sum(g) filter (where is_late) over (w order by ord), 0) as late, sum(g) filter (where ord <= ask_ord) over w as c_ask, sum(g) filter (where ord <= stop_ord) over w as c_stop
      from raw r window w as (partition by ticket_id)
), placed as materialized (
    select ticket_id, path_id, ord, verb, opened_at, calendar_version_id,
           w0 + case when stop_ord is not null then coalesce(c * stop_s / nullif(c_stop, 0), 0)
                     when pin_s is null then c * end_s / c_end
                     when ord <= ask_ord then c * pin_s / c_ask
                     else pin_s + (c - c_ask) * (end_s - pin_s) / (c_end - c_ask) end + late * 5000 as w
      from summed where ord <= stop_ord or stop_ord is null
), dated as materialized (
    select p.ticket_id, p.path_id, p.ord, p.verb, p.w, case when p.ord = 1 then p.opened_at else pg_temp.instant(c.starts, c.befores, p.w) end as at
      from placed p join cal c on c.calendar_version_id = p.calendar_version_id
)
-- What stays resolved is closed by the clock after 14 days; an offer is answered before it lapses after 72 hours.
select d.ticket_id, d.path_id, d.ord, d.verb, d.w,
       case when d.verb = 'K' then lag(d.at) over (partition by d.ticket_id order by d.ord) + interval '14 days' + pg_temp.u(d.ticket_id, 51) * interval '60 seconds'
            when d.verb in ('X', 'N') then least(d.at, lag(d.at) over (partition by d.ticket_id order by d.ord) + (40 + 30 * pg_temp.u(d.ticket_id, 52)) * interval '1 hour')
            else d.at end as at
  from dated d;
delete from ev using setting s where ev.at >= s.until;
-- An offer that should have lapsed by now was not made.
delete from ev using setting s
 where ev.verb in ('F', 'G') and ev.at < s.until - interval '66 hours' and not exists (select from ev x where x.ticket_id = ev.ticket_id and x.ord > ev.ord);
create unique index on ev (ticket_id, ord);
analyze life (ticket_id); analyze ev (ticket_id, ord, verb); analyze step;
