-- SPDX-License-Identifier: Apache-2.0
-- Who reaches what: policies, definers, doors.
create function lint.role(p_name name) returns oid language sql stable as $$ select r.oid from pg_catalog.pg_roles r where r.rolname = p_name $$;
create view lint.table_for_log_in as
select c.oid::regclass as relation, a.grantee::regrole as role, a.privilege_type from pg_class c cross join lateral aclexplode(c.relacl) a
 where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') and a.grantee in (lint.role('ebb_app'), lint.role('ebb_session'), lint.role('ebb_bi'), lint.role('ebb_bi_text'), lint.role('ebb_clock'), lint.role('ebb_courier'), lint.role('ebb_ctl'), 0);
comment on view lint.table_for_log_in is 'no log-in of the desk and no BI role has a right on a table: they come through functions and views';
create view lint.policy_for_everybody as
select p.polrelid::regclass as relation, p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
 where c.relnamespace = 'ebb'::regnamespace and (p.polroles = '{0}' or not p.polpermissive);
comment on view lint.policy_for_everybody is 'every policy names its roles, and adds to what others show';
create view lint.change_without_check as
select p.polrelid::regclass as relation, p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
 where c.relnamespace = 'ebb'::regnamespace and p.polcmd in ('w', '*') and p.polqual is not null and p.polwithcheck is null;
comment on view lint.change_without_check is 'a policy for changes says what a row may become, so that none moves to another department';
create view lint.open_policy as
select p.polrelid::regclass as relation, p.polname from pg_policy p join pg_class c on c.oid = p.polrelid
 where c.relnamespace = 'ebb'::regnamespace and pg_get_expr(p.polqual, p.polrelid) = 'true' and p.polroles <> array[lint.role('ebb_replay')]
   and exists (select from pg_attribute a where a.attrelid = p.polrelid and a.attname in ('department_id', 'ticket_id', 'person_id') and not a.attisdropped);
comment on view lint.open_policy is 'no policy shows all rows of a table that belongs to departments, tickets or persons';
create view lint.definer_path_anywhere as
select p.oid::regprocedure as function from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^(pg_|x_)'
   and not exists (select from unnest(p.proconfig) s (setting) where s.setting ~ '^search_path=(pg_catalog|[a-z_0-9, ]*pg_catalog), pg_temp$');
comment on view lint.definer_path_anywhere is 'a security definer function, in whatever schema, pins its search path and looks at temporary objects last';
create view lint.schema_for_everybody as
select n.nspname, a.privilege_type from pg_namespace n cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
 where a.grantee = 0 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not (n.nspname = 'public' and a.privilege_type = 'USAGE');
comment on view lint.schema_for_everybody is 'no schema of the desk is open to everybody, and none can be written by everybody';
create view lint.door_of_the_web as
select p.oid::regprocedure as function, r.name as role from pg_proc p join pg_namespace n on n.oid = p.pronamespace, (values ('ebb_app'), ('ebb_session')) r (name)
 where n.nspname not in ('pg_catalog', 'information_schema', 'api') and p.proowner in (lint.role('ebb_owner'), lint.role('ebb_api'), lint.role('ebb_replay'), lint.role('ebb_report'))
   and has_function_privilege(r.name, p.oid, 'execute');
comment on view lint.door_of_the_web is 'the web''s log-ins execute nothing of the desk outside of api';
create view lint.session_for_anybody as
select p.oid::regprocedure as function from pg_proc p
 where p.pronamespace = 'api'::regnamespace and has_function_privilege('ebb_app', p.oid, 'execute') and p.prosrc ~ 'fn\.(session_begin|session_open|sign_in_open)\(';
comment on view lint.session_for_anybody is 'the workers'' log-in cannot open a session: that is ebb_session''s alone';
-- What anyone may call is here by name: it stands before a sign-in, or without api.enter it does nothing.
create view lint.door_without_right as
select p.oid::regprocedure as function from pg_proc p
 where p.pronamespace = 'api'::regnamespace and p.prosrc !~ 'fn\.must\('
   and p.proname not in ('enter', 'keep', 'ready', 'metrics', 'plugin_hooks', 'catalogue')
   and has_function_privilege('ebb_app', p.oid, 'execute');
comment on view lint.door_without_right is 'every function of api that the workers reach asks for a right; what stands before a sign-in is ebb_session''s';
