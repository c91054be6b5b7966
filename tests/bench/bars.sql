-- SPDX-License-Identifier: Apache-2.0
-- What the desk is measured against, from docs/bench.md.
create temp table bar (call text, connections int, ratio float8, cpu_us float8);
insert into bar values ('read', 16, 0.45, 65), ('read', 4, 0.28, null), ('list', 16, 0.60, 120), ('list', 4, 0.43, null), ('create', 16, 0.60, 115), ('create', 4, 0.58, null);
create temp view figure as
with m as (
    select call, connections, side, percentile_cont(0.5) within group (order by per_second) as per_second, percentile_cont(0.5) within group (order by p50_ms) as p50_ms,
           percentile_cont(0.5) within group (order by p99_ms) as p99_ms, sum(failed) as failed, avg(bytes) as bytes,
           percentile_cont(0.5) within group (order by nginx_us) as nginx_us, percentile_cont(0.5) within group (order by worker_us) as worker_us,
           percentile_cont(0.5) within group (order by other_us) as other_us, percentile_cont(0.5) within group (order by postgres_us) as postgres_us,
           max(per_second) / min(per_second) as spread
      from measure group by call, connections, side
)
select d.call, d.connections, d.per_second, s.per_second as same_per_second, d.per_second / s.per_second as ratio, b.ratio as ratio_bar,
       n.per_second as bare_per_second, d.per_second / n.per_second as bare_ratio, d.p50_ms, d.p99_ms, d.failed + s.failed as failed, d.bytes,
       d.nginx_us, d.worker_us, d.nginx_us + d.worker_us as front_us, b.cpu_us as front_bar_us, d.other_us, d.postgres_us, s.postgres_us as same_postgres_us, greatest(d.spread, s.spread) as spread
  from m d
  join m s on s.call = d.call and s.connections = d.connections and s.side = 'same'
  left join m n on n.call = d.call and n.connections = d.connections and n.side = 'bare'
  left join bar b on b.call = d.call and b.connections = d.connections
 where d.side = 'desk';
