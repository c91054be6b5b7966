-- SPDX-License-Identifier: Apache-2.0
-- What is confidential or another department's is not to be told by what lies beside it.
create view lint.ticket_row_without_confidence as
select p.polrelid::regclass as relation, p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
 where c.relnamespace = 'ebb'::regnamespace and p.polroles && array[lint.role('ebb_api'), lint.role('ebb_report')] and p.polcmd in ('r', '*')
   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'ticket_id' and not a.attisdropped)
   and pg_get_expr(p.polqual, p.polrelid) !~ '\mis_confidential\M|ebb\.ticket\M';
comment on view lint.ticket_row_without_confidence is 'whatever speaks of a ticket is as confidential as the ticket: its policy asks';
create view lint.ticket_table_unpoliced as
select c.oid::regclass as relation from pg_class c
 where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') and (has_any_column_privilege('ebb_api', c.oid, 'select') or has_any_column_privilege('ebb_report', c.oid, 'select'))
   and not exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*') and p.polroles && array[lint.role('ebb_api'), lint.role('ebb_report')]);
comment on view lint.ticket_table_unpoliced is 'what the web''s owner or reports may read has a policy that says which rows';
-- Everybody may read pg_class, with the number of rows that an index had when it was looked at last.
create view lint.index_that_counts as
select i.indexrelid::regclass as index, pg_get_expr(i.indpred, i.indrelid) as condition from pg_index i join pg_class c on c.oid = i.indrelid
 where c.relnamespace = 'ebb'::regnamespace and pg_get_expr(i.indpred, i.indrelid) ~ '\m(is_confidential|department_id)\M';
comment on view lint.index_that_counts is 'no index holds just the confidential rows or one department''s: its size, which everybody can read, would be their number';
create view lint.view_reaches_tables_for_everybody as
select c.oid::regclass as relation, coalesce(nullif(a.grantee, 0)::regrole::text, 'everybody') as role from pg_class c cross join lateral aclexplode(c.relacl) a
 where c.relnamespace in ('reporting_v1'::regnamespace, 'reporting_v1_text'::regnamespace) and c.relkind in ('v', 'm')
   and (a.grantee = 0 or (c.relkind = 'm') or (c.relnamespace = 'reporting_v1_text'::regnamespace and a.grantee = lint.role('ebb_bi'))
        or (a.grantee in (lint.role('ebb_bi'), lint.role('ebb_bi_text')) and a.privilege_type <> 'SELECT'));
comment on view lint.view_reaches_tables_for_everybody is 'the reporting contract is read by BI roles, its free text by ebb_bi_text alone, and nothing in it is a copy that no policy holds';
create view lint.reader_calls_definer as
select p.oid::regprocedure as function from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname not in ('pg_catalog', 'information_schema') and p.prosecdef and (has_function_privilege('ebb_bi', p.oid, 'execute') or has_function_privilege('ebb_bi_text', p.oid, 'execute'))
   -- What lies in a schema that they cannot use runs inside of views alone, on what those views show.
   and (has_schema_privilege('ebb_bi', n.oid, 'usage') or has_schema_privilege('ebb_bi_text', n.oid, 'usage'));
comment on view lint.reader_calls_definer is 'a BI role can name no function that runs with another role''s rights';
create view lint.reader_beyond_contract as
select n.nspname, r.name as role from pg_namespace n, (values ('ebb_bi'), ('ebb_bi_text')) r (name)
 where n.nspname in ('ebb', 'fn', 'api', 'ctl') and has_schema_privilege(r.name, n.oid, 'usage')
union all
select 'create in ' || n.nspname, r.name from pg_namespace n, (values ('ebb_bi'), ('ebb_bi_text'), ('ebb_app'), ('ebb_session')) r (name) where has_schema_privilege(r.name, n.oid, 'create')
union all
select x.privilege || ' in the database', r.name from (values ('create'), ('temporary')) x (privilege), (values ('ebb_bi'), ('ebb_bi_text'), ('ebb_app'), ('ebb_session')) r (name)
 where has_database_privilege(r.name, current_database(), x.privilege);
comment on view lint.reader_beyond_contract is 'a BI role uses the schemas of the contract alone; it and the web''s log-ins create nothing, not even for a while';
create view lint.everybody_may as
select p.oid::regprocedure as function from pg_proc p
 where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '(advisory_(xact_)?(un)?lock|^lo_|^lowrite$|^loread$|logical_emit_message)'
   and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE'));
comment on view lint.everybody_may is 'nobody holds advisory locks, keeps large objects or writes to the log of the database but the desk';
