-- SPDX-License-Identifier: Apache-2.0
-- A plugin is removed: its statements and all rights of the role that ran them go. Schema, tables, their policies and the rights
-- of BI roles stay: what it has learnt or logged is the departments', and is there again when it is installed again.
do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_call constant text := 'ebb_x_' || v_name || '_call';
    r record;
begin
    if to_regrole(v_call) is null or to_regnamespace('x_' || v_name) is null then
        return;
    end if;
    for r in select p.oid::regprocedure as name from pg_catalog.pg_proc p
              where p.pronamespace = ('x_' || v_name)::regnamespace and p.proowner = v_call::regrole loop
        execute format('drop function %s', r.name);
    end loop;
    execute format('revoke all on all tables in schema %I from %I', 'x_' || v_name, v_call);
    execute format('revoke all on all sequences in schema %I from %I', 'x_' || v_name, v_call);
    execute format('revoke all on all routines in schema %I from %I', 'x_' || v_name, v_call);
    execute format('revoke all on schema %I from %I', 'x_' || v_name, v_call);
    execute format('revoke all on all tables in schema reporting_v1 from %I', v_call);
    execute format('revoke all on schema reporting_v1 from %I', v_call);
    execute format('revoke all on all routines in schema fn from %I', v_call);
end $$;
