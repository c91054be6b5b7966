-- SPDX-License-Identifier: Apache-2.0
-- One line per finished comparison.
select format('%s/s, pgbench %s/s, ratio %s', round(d), round(s), to_char(d / s, 'FM0.00'))
  from (select percentile_cont(0.5) within group (order by per_second) filter (where side = 'desk') as d, percentile_cont(0.5) within group (order by per_second) filter (where side = 'same') as s
          from measure where call = :'call' and connections = :conns) x;
