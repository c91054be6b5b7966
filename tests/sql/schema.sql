-- SPDX-License-Identifier: Apache-2.0
-- The schema's own rules: each view of sql/lint must be empty; its comment is the rule.
begin;
set local client_min_messages = warning;
create extension if not exists plpgsql_check;
create schema lint;
\ir ../../sql/lint/0010_foreign_key_without_index.sql
\ir ../../sql/lint/0020_table_without_policy_switch.sql
\ir ../../sql/lint/0030_uncommented.sql
\ir ../../sql/lint/0040_function_rights.sql
\ir ../../sql/lint/0050_api_function.sql
\ir ../../sql/lint/0060_policy.sql
\ir ../../sql/lint/0070_rights.sql
\ir ../../sql/lint/0080_confidential.sql
\ir ../../sql/lint/0090_hot_path.sql
select plan((select count(*)::int from pg_class where relnamespace = 'lint'::regnamespace and relkind = 'v') + 1);
select is_empty(format('select * from lint.%I', c.relname), obj_description(c.oid, 'pg_class'))
  from pg_class c where c.relnamespace = 'lint'::regnamespace and c.relkind = 'v' order by c.relname;
-- Trigger functions are checked with their tables; the others as they are.
select is_empty($$
    select p.oid::regprocedure as function, c.message
      from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
      left join pg_trigger t on t.tgfoid = p.oid
     cross join lateral plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), fatal_errors => false, performance_warnings => false, extra_warnings => false) c
     where p.pronamespace in (select n.oid from pg_namespace n where n.nspname in ('fn', 'api', 'ctl')) and (p.prorettype <> 'trigger'::regtype or t.oid is not null)
       and c.level in ('error', 'warning') and c.sqlstate not in ('00000')
$$, 'plpgsql_check finds no fault in any function');
select * from finish();
rollback;
