-- SPDX-License-Identifier: Apache-2.0
-- After the transaction: nobody logs in as a role that was dropped, and whoever is in goes now. A rehearsal ends nobody.
select :'end' = 'commit' and :{?gone} as is_over \gset
\if :is_over
select pg_terminate_backend(a.pid) from pg_stat_activity a where a.usesysid = :gone \g /dev/null
\endif
