-- SPDX-License-Identifier: Apache-2.0
create view lint.uncommented as
select 'relation' as kind, c.oid::regclass::text as name from pg_class c
 where c.relnamespace in (select n.oid from pg_namespace n where n.nspname in ('ebb', 'fn', 'api', 'ctl', 'reporting_v1', 'reporting_v1_text')) and c.relkind in ('r', 'v', 'm', 'p')
   and obj_description(c.oid, 'pg_class') is null
union all
select 'column', c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace in (select n.oid from pg_namespace n where n.nspname in ('ebb', 'api', 'reporting_v1', 'reporting_v1_text')) and c.relkind in ('r', 'v', 'm', 'p')
   and col_description(c.oid, a.attnum) is null
union all
select 'function', p.oid::regprocedure::text from pg_proc p
 where p.pronamespace in (select n.oid from pg_namespace n where n.nspname in ('fn', 'api', 'ctl')) and obj_description(p.oid, 'pg_proc') is null;
comment on view lint.uncommented is 'every table, view, column and function has a comment';
