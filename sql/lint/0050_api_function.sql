-- SPDX-License-Identifier: Apache-2.0
create view lint.api_without_must as
select p.oid::regprocedure as function from pg_proc p
 where p.pronamespace = 'api'::regnamespace
   and p.prosrc !~ '^\s*(declare.*?)?begin\s+perform fn\.must\('
   -- What anyone may call says so in its comment.
   and obj_description(p.oid, 'pg_proc') !~ '(Open to anyone|needs no right|Needs no right|First statement)';
comment on view lint.api_without_must is 'fn.must() stands first in every api function';
create view lint.api_shape as
select p.oid::regprocedure as function from pg_proc p join pg_language l on l.oid = p.prolang
 where p.pronamespace = 'api'::regnamespace and (l.lanname <> 'plpgsql' or not p.prosecdef);
comment on view lint.api_shape is 'every api function is PL/pgSQL and security definer';
create view lint.scalar_sql_with_from as
select p.oid::regprocedure as function from pg_proc p join pg_language l on l.oid = p.prolang
 where p.pronamespace = 'api'::regnamespace and l.lanname = 'sql' and not p.proretset;
comment on view lint.scalar_sql_with_from is 'no scalar SQL function in api: it would be planned anew at each call';
