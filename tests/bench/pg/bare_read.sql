-- SPDX-License-Identifier: Apache-2.0
\set id random(1, :tickets)
select row_to_json(x) from bench.wide x where x.ticket_id = :id;
