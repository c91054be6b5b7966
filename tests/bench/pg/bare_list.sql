-- SPDX-License-Identifier: Apache-2.0
\set team random(1, 4)
select * from bench.wide x where x.team_id = :team and x.state < 4 order by x.due_at, x.ticket_id limit 50;
