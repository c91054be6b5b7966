-- SPDX-License-Identifier: Apache-2.0
create view lint.table_without_row_security as
select c.oid::regclass as relation from pg_class c
 where c.relnamespace in (select n.oid from pg_namespace n where n.nspname in ('ebb', 'api', 'ctl', 'fn', 'reporting_v1', 'reporting_v1_text') or n.nspname like 'x\_%') and c.relkind in ('r', 'p') and not c.relrowsecurity
   -- Which day is a Monday is nobody's secret.
   and c.oid <> 'reporting_v1.dim_date'::regclass;
comment on view lint.table_without_row_security is 'every table has row-level security on';
create view lint.table_without_key as
select c.oid::regclass as relation from pg_class c
 where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary);
comment on view lint.table_without_key is 'every table has a primary key';
