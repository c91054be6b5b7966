-- SPDX-License-Identifier: Apache-2.0
-- Roles and schemas.  Run by a database administrator, once per database and again after an upgrade (it changes nothing
-- that is right already).  Nobody logs in as an owner in production; the daemon's roles can only execute functions.
--   ebb_owner    tables, rules (schemas ebb, fn, ctl).  Row-level security is on but not forced: a forced policy would make a
--                migration's UPDATE touch nothing without an error.
--   ebb_api      owns schema api, the only door of the web's role.  It is subject to every policy, and it cannot replace a
--                rule, a trigger function or a policy, because it owns none.
--   ebb_report   owns schema reporting_v1.
--   ebb_x        what the roles of plugins share: the functions that policies call. Views are granted plugin by plugin.
--   ebb_replay   rebuilds projections from the journal; the desk's triggers do not fire for it.
\set ON_ERROR_STOP on
set client_min_messages = warning;

select format('create role %I %s', r.name, r.kind)
  from (values ('ebb_owner', 'nologin'), ('ebb_api', 'nologin'), ('ebb_report', 'nologin'), ('ebb_replay', 'nologin'),
               ('ebb_bi', 'nologin'), ('ebb_bi_text', 'nologin'), ('ebb_x', 'nologin'),
               ('ebb_app', 'login'), ('ebb_session', 'login'), ('ebb_clock', 'login'), ('ebb_courier', 'login'), ('ebb_ctl', 'login')) as r (name, kind)
 where not exists (select from pg_catalog.pg_roles p where p.rolname = r.name)
\gexec

-- Owner's rights come only by SET ROLE, which a migration does; the replay functions belong to ebb_replay.
grant ebb_replay to ebb_owner;

-- Statements of the workers are prepared and of stable shape: planning them anew for each parameter costs more than it wins.
alter role ebb_app set plan_cache_mode = force_generic_plan;
alter role ebb_app set jit = off;
-- Its statements look up a few rows by key. Planned once for all values, a merge or hash join over a whole table now and then looks
-- cheaper than it is, and grows with the table.
alter role ebb_app set enable_mergejoin = off;
alter role ebb_app set enable_hashjoin = off;
alter role ebb_app set lock_timeout = '4s';
alter role ebb_app set idle_in_transaction_session_timeout = '30s';
-- A worker that died shall not have its last statement wait for a lock and commit afterwards, with nobody to be told.
alter role ebb_app set client_connection_check_interval = '1s';
alter role ebb_clock set jit = off;
alter role ebb_courier set jit = off;
-- Signing in is a door of its own: the workers' role can open no session for anybody.
alter role ebb_session set jit = off;
alter role ebb_session set lock_timeout = '4s';
alter role ebb_session set idle_in_transaction_session_timeout = '30s';
alter role ebb_session set client_connection_check_interval = '1s';
-- What it asks runs declared statements of plugins, too: one that does not end costs its plugin a strike, and the courier no more than this.
alter role ebb_courier set statement_timeout = '5s';
alter role ebb_bi set default_transaction_read_only = on;

select format('create schema %I authorization %I', s.name, s.owner)
  from (values ('ebb', 'ebb_owner'), ('fn', 'ebb_owner'), ('ctl', 'ebb_owner'), ('api', 'ebb_api'), ('reporting_v1', 'ebb_report'), ('reporting_v1_text', 'ebb_report')) as s (name, owner)
 where not exists (select from pg_catalog.pg_namespace n where n.nspname = s.name)
\gexec

select format('revoke temporary, create on database %I from public', current_database()) \gexec
select format('grant temporary on database %I to ebb_owner', current_database()) \gexec
-- Compiling a wide view takes longer than reading it (2.2 s of 2.6 s for 2,000 hand-overs), and a BI role inherits no setting of its group.
select format('alter database %I set jit = off', current_database()) \gexec
revoke create on schema public from public;
revoke all on schema ebb, fn, ctl, api, reporting_v1, reporting_v1_text from public;

grant usage on schema api to ebb_app, ebb_session;
grant usage on schema ctl to ebb_clock, ebb_courier, ebb_ctl, ebb_api;
grant usage on schema reporting_v1 to ebb_x, ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
grant usage on schema reporting_v1_text to ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
grant usage on schema ebb, fn to ebb_api, ebb_report, ebb_replay;
grant usage on schema ctl to ebb_replay;
grant create on schema ctl to ebb_replay;

-- What PostgreSQL lets everybody do and a reader must not: hold locks that the desk waits for, keep large objects, write to the log of
-- the database. (NOTIFY, LISTEN and the catalogue cannot be taken away.)
select format('revoke execute on function %s from public', p.oid::regprocedure) || case when p.proname ~ 'advisory' then format('; grant execute on function %s to ebb_owner', p.oid::regprocedure) else '' end
  from pg_catalog.pg_proc p
 where p.pronamespace = 'pg_catalog'::regnamespace
   and p.proname ~ '^(pg_(try_)?advisory_(xact_)?(un)?lock.*|lo_.*|lowrite|loread|pg_logical_emit_message)$'
   and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE'))
 order by p.oid
\gexec

-- A new function is nobody's until it is granted.
alter default privileges for role ebb_owner revoke execute on functions from public;
alter default privileges for role ebb_api revoke execute on functions from public;
alter default privileges for role ebb_replay revoke execute on functions from public;
alter default privileges for role ebb_report revoke execute on functions from public;

comment on schema ebb is 'Tables: the desk''s state, its journal and its configuration. Owner ebb_owner; nobody but functions touches them.';
comment on schema fn is 'Rules: functions that decide, compute and guard. Owner ebb_owner, so that the web''s role cannot replace a rule.';
comment on schema api is 'The only door of the web workers (ebb_app). Every function takes one JSON object and first asks fn.must().';
comment on schema ctl is 'Doors of the clock, the courier and ebbctl; each role may execute only its own.';
comment on schema reporting_v1 is 'Reporting contract, major version 1: views for BI tools. Only additions; see contract_info.';
comment on schema reporting_v1_text is 'The part of the reporting contract with free text and names, for roles in ebb_bi_text and for the API.';
