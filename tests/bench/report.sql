-- SPDX-License-Identifier: Apache-2.0
-- The table at the end of a run. What is below its bar says so.
\ir bars.sql
\pset footer off
\echo
\echo 'Requests per second (medians), against pgbench with the same calls and against bare SQL'
select call, connections as conns, round(per_second) as "desk/s", round(same_per_second) as "pgbench/s", round(ratio::numeric, 2) as ratio, ratio_bar as bar,
       case when ratio_bar is null then '' when ratio >= ratio_bar then 'ok' else 'BELOW' end as " ", round(bare_ratio::numeric, 2) as "to bare", failed,
       round(p50_ms::numeric, 2) as "p50 ms", round(p99_ms::numeric, 2) as "p99 ms", case when connections = 16 then case when p99_ms <= 3 * p50_ms then 'ok' else 'ABOVE 3 x p50' end else '' end as tail
  from figure order by array_position('{read,list,create}', call), connections desc;
\echo 'CPU microseconds per request'
select call, connections as conns, round(nginx_us) as nginx, round(worker_us) as worker, round(front_us) as "both", front_bar_us as bar,
       case when front_bar_us is null then '' when front_us <= front_bar_us then 'ok' else 'ABOVE' end as " ", round(other_us) as "clock, courier", round(postgres_us) as postgres,
       round(same_postgres_us) as "postgres under pgbench", round(bytes) as "reply bytes", round(spread::numeric, 2) as "fastest / slowest round"
  from figure order by array_position('{read,list,create}', call), connections desc;
\echo 'Private memory of a worker, kB (bar: 1024 after 10,000 requests each, and flat)'
select after_requests as "mixed requests", worker_count as workers, largest_kb as largest, mean_kb as mean, case when largest_kb <= 1024 then 'ok' else 'ABOVE' end as " " from memory order by 1;
select count(*) > 0 as grew from growth \gset
\if :grew
\echo 'Growth: calls per second at twice the tickets (bar: within 15 %)'
with m as (select call, tickets, percentile_cont(0.5) within group (order by per_second) as s from growth group by call, tickets)
select a.call, a.tickets as "half", b.tickets as "full", round(a.s) as "half/s", round(b.s) as "full/s", round((a.s / b.s)::numeric, 2) as "cost ratio", case when a.s / b.s <= 1.15 then 'ok' else 'ABOVE' end as " "
  from m a join m b on b.call = a.call and b.tickets > a.tickets order by array_position('{read,list,create}', a.call);
\endif
select exists (select from plugin_create) or exists (select from plugin_harm) as has_plugins \gset
\if :has_plugins
\echo 'Create with plugins asked before: requests per second against none (medians), CPU microseconds per request'
with m as (
    select side, connections, percentile_cont(0.5) within group (order by per_second) as per_second, percentile_cont(0.5) within group (order by p50_ms) as p50_ms,
           percentile_cont(0.5) within group (order by p99_ms) as p99_ms, sum(failed) as failed, percentile_cont(0.5) within group (order by worker_us) as worker_us,
           percentile_cont(0.5) within group (order by host_us) as host_us, percentile_cont(0.5) within group (order by postgres_us) as postgres_us from plugin_create group by 1, 2
)
select m.connections as conns, m.side as plugins, round(m.per_second) as "desk/s", round((m.per_second / n.per_second)::numeric, 2) as "ratio to none", m.failed, round(m.p50_ms::numeric, 2) as "p50 ms",
       round(m.p99_ms::numeric, 2) as "p99 ms", round(m.worker_us) as worker, round(m.host_us) as "plugins' processes", round(m.postgres_us) as postgres
  from m join m n on n.connections = m.connections and n.side = 'none' order by m.connections desc, array_position('{none,one,five,rules}', m.side);
\echo 'Events through 200 rules'
select round, events, round(seconds::numeric, 1) as seconds, round(events / seconds) as "events/s", round(courier_us) as courier, round(host_us) as "plugin''s process", round(postgres_us) as postgres, actions as "actions so far"
  from plugin_events order by 1;
\echo 'Creates of a department while a plugin misbehaves in another (bar: p99 within 10 %)'
with m as (select side, percentile_cont(0.5) within group (order by p50_ms) as p50_ms, percentile_cont(0.5) within group (order by p99_ms) as p99_ms, min(p99_ms) as least, max(p99_ms) as most,
                  sum(failed) as failed, sum(requests) as requests, sum(incidents) as incidents from plugin_harm group by 1)
select m.side, m.requests, m.failed, m.incidents, round(m.p50_ms::numeric, 2) as "p50 ms", round(m.p99_ms::numeric, 2) as "p99 ms", round(m.least::numeric, 2) || ' - ' || round(m.most::numeric, 2) as "p99 of rounds",
       round((m.p99_ms / q.p99_ms)::numeric, 2) as ratio, case when m.side = 'quiet' then '' when m.p99_ms <= 1.1 * q.p99_ms then 'ok' else 'ABOVE' end as " "
  from m join m q on q.side = 'quiet' order by array_position('{quiet,honest,crash,hang,crash_on,hang_on}', m.side);
\endif
select count(*) > 0 as has_sla from sla_write \gset
\if :has_sla
\echo 'Service levels: calls per second with clocks and without, by pgbench on 4 connections (medians)'
with m as (select call, side, percentile_cont(0.5) within group (order by per_second) as s from sla_write group by 1, 2)
select a.call, round(a.s) as "with/s", round(b.s) as "without/s", round((b.s / a.s)::numeric, 2) as "cost ratio"
  from m a join m b on b.call = a.call and a.side = 'with' and b.side = 'without' order by a.call desc;
\echo 'Service levels: many at once'
select case name when 'recompute' then 'all tickets recomputed, 100,000 at most' when 'rehearsal' then 'a draft rehearsed, tickets as said above' when 'view' then 'state of all open clocks by the view' else 'the same clocks counted on the table' end as what, round(ms) as ms from sla_time;
\endif
select count(*) > 0 as has_rls from rls \gset
\if :has_rls
\echo 'Row-level security: the same call with policies and without, by pgbench on 2 connections (medians; bar: 1.3, of CPU where the rounds lie further apart than that)'
with m as (select call, person, side, percentile_cont(0.5) within group (order by per_second) as s, percentile_cont(0.5) within group (order by cpu_us) as us, max(per_second) / min(per_second) as spread from rls group by 1, 2, 3),
     r as (select a.call, a.person, a.s as with_s, b.s as without_s, b.s / a.s as cost, a.us as with_us, b.us as without_us, a.us / b.us as cpu, greatest(a.spread, b.spread) as spread
             from m a join m b on b.call = a.call and b.person = a.person and a.side = 'with' and b.side = 'without')
select call, person as departments, round(with_s) as "with/s", round(without_s) as "without/s", round(cost::numeric, 2) as "cost ratio", round(with_us) as "CPU us with", round(without_us) as "without", round(cpu::numeric, 2) as "CPU ratio",
       round(spread::numeric, 2) as "fastest / slowest round", case when case when spread <= 1.3 then cost else cpu end <= 1.3 then 'ok' else 'ABOVE' end || case when spread <= 1.3 then '' else ' (CPU)' end as " "
  from r order by array_position('{list,queue,team,request}', call), person desc;
\endif
