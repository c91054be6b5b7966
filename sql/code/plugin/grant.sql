-- SPDX-License-Identifier: Apache-2.0
-- What stands behind a reporting view or a policy is executed as whoever reads. So the roles that run plugins' statements may execute
-- what BI roles may, each in a department of the call: fn.departments() says which. Here, and not once at installation only,
-- because a view may get a new function later. None of these roles may name anything in schema fn.
do $$
declare
    r record;
    f record;
begin
    for r in select p.rolname as name from pg_catalog.pg_roles p join pg_catalog.pg_namespace n on n.nspname = substr(p.rolname, 5, length(p.rolname) - 9)
              where p.rolname ~ '^ebb_x_.*_call$' and has_schema_privilege(p.rolname, n.oid, 'usage') loop
        for f in select p.oid::regprocedure as name from pg_catalog.pg_proc p
                  where p.pronamespace = 'fn'::regnamespace and has_function_privilege('ebb_bi', p.oid, 'execute') and not has_function_privilege(r.name, p.oid, 'execute') loop
            execute format('grant execute on function %s to %I', f.name, r.name);
        end loop;
    end loop;
end $$;
