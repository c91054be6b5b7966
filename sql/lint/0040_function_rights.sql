-- SPDX-License-Identifier: Apache-2.0
create view lint.function_for_public as
select p.oid::regprocedure as function from pg_proc p
 where p.pronamespace in (select n.oid from pg_namespace n where n.nspname in ('fn', 'api', 'ctl', 'reporting_v1', 'reporting_v1_text') or n.nspname like 'x\_%')
   and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0 and a.privilege_type = 'EXECUTE'));
comment on view lint.function_for_public is 'no function may be executed by everybody';
create view lint.definer_without_path as
select p.oid::regprocedure as function from pg_proc p
 where p.prosecdef and p.pronamespace in (select n.oid from pg_namespace n where n.nspname in ('fn', 'api', 'ctl'))
   and not exists (select from unnest(p.proconfig) s (setting) where s.setting = 'search_path=pg_catalog, pg_temp');
comment on view lint.definer_without_path is 'every security definer function pins its search path';
create view lint.wrong_owner as
select p.oid::regprocedure as function, pg_get_userbyid(p.proowner) as owner from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where (n.nspname = 'api' and pg_get_userbyid(p.proowner) <> 'ebb_api') or (n.nspname = 'fn' and pg_get_userbyid(p.proowner) <> 'ebb_owner')
    or (n.nspname = 'ctl' and pg_get_userbyid(p.proowner) not in ('ebb_owner', 'ebb_replay'));
comment on view lint.wrong_owner is 'functions of api belong to ebb_api, rules to ebb_owner: the web''s role owns no rule';
create view lint.app_beyond_api as
select p.oid::regprocedure as function from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where n.nspname in ('fn', 'ctl') and has_function_privilege('ebb_app', p.oid, 'execute');
comment on view lint.app_beyond_api is 'the daemon''s log-in executes functions of api alone';
create view lint.app_reads_table as
select c.oid::regclass as relation from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where n.nspname in ('ebb', 'fn', 'api', 'ctl', 'reporting_v1', 'reporting_v1_text') and c.relkind in ('r', 'v', 'm', 'p')
   and has_table_privilege('ebb_app', c.oid, 'select,insert,update,delete');
comment on view lint.app_reads_table is 'the daemon''s log-in reads no table and no view';
