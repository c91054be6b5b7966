-- SPDX-License-Identifier: Apache-2.0
-- The sample desk: 5 departments, 12 teams, 40 agents, 1,500 requesters, 30 services, and 18 months of tickets with the faults
-- that real desks have (README.md lists them).  The same variables give the same desk.  Run as a superuser after sql/apply:
--     psql -X -d ebb -f sql/seed/demo/demo.sql
--     -v tickets=20000      how many tickets (or -v scale=0.1: a tenth of 20,000)
--     -v open_share=0.06    share that is still open at the end
--     -v seed=1             another number gives another desk
--     -v until='2026-03-31 12:00Z'   the end of the story; default: now
\set ON_ERROR_STOP on
\if :{?scale} \else
    \set scale 1
\endif
\if :{?tickets} \else
    select (20000 * :scale)::int as tickets \gset
\endif
\if :{?open_share} \else
    \set open_share 0.06
\endif
\if :{?seed} \else
    \set seed 1
\endif
\if :{?until} \else
    \set until ''
\endif
select exists (select from ebb.department) as taken \gset
\if :taken
    do $$ begin raise exception 'This desk is not empty: the sample is made for a new one.'; end $$;
\endif
select 'create role bi_demo login in role ebb_bi' where not exists (select from pg_roles where rolname = 'bi_demo') \gexec

begin;
set local jit = off;
set local work_mem = '128MB';
set local client_min_messages = warning;
\ir part/random.sql
\ir part/desk.sql
\ir part/service.sql
\ir part/text.sql
\ir part/phrase.sql
\ir part/script.sql
\ir part/arrival.sql
\ir part/plan.sql
\ir part/life.sql
\ir part/event.sql
\ir part/load.sql
\ir part/rebuild.sql
\ir part/escalation.sql
\ir part/check.sql
commit;
