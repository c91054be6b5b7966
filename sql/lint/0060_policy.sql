-- SPDX-License-Identifier: Apache-2.0
create view lint.policy_calls_bare_function as
select p.polrelid::regclass as relation, p.polname from pg_policy p
 where regexp_replace(coalesce(pg_get_expr(p.polqual, p.polrelid), '') || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''), 'SELECT fn\.[a-z_]+\(', '', 'g') ~ 'fn\.[a-z_]+\(';
comment on view lint.policy_calls_bare_function is 'a policy calls a function once per statement, as a subselect';
create view lint.enum_type as
select t.oid::regtype as type from pg_type t where t.typtype = 'e' and t.typnamespace in (select n.oid from pg_namespace n where n.nspname in ('ebb', 'fn', 'api', 'ctl', 'reporting_v1'));
comment on view lint.enum_type is 'no enum: its comparison is not leakproof, so that a policy keeps it from its index';
create view lint.web_writes_guarded as
select c.oid::regclass as relation from pg_class c
 where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') and c.relname in ('ticket_event', 'ticket_span', 'sla_clock', 'outbox', 'token', 'password', 'import', 'import_row')
   and (has_table_privilege('ebb_api', c.oid, 'insert,update,delete,truncate') or has_any_column_privilege('ebb_api', c.oid, 'insert,update'));
comment on view lint.web_writes_guarded is 'the web''s role writes neither journal nor spans, clocks, outbox, tokens or imports';
