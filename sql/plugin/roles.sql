-- SPDX-License-Identifier: Apache-2.0
-- Roles and schema of a plugin. Run by sql/apply as a database administrator, within the one transaction of an installation.
--   ebb_x_<name>       owns schema x_<name> and what its migrations make there. Nobody logs in as it, nobody may become it.
--   ebb_x_<name>_call  runs the declared statements: under every policy, with the rights that sql/plugin/rights.sql gives, and no other.
-- The setting ebb.plugging carries the name, because a DO block sees no variable of psql.

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_role text;
begin
    if v_name !~ '^[a-z][a-z0-9_]{0,30}$' or v_name ~ '_call$' then
        raise exception 'A plugin cannot be called "%": lower-case letters, digits and _, at most 31, and not ending in _call.', v_name;
    end if;
    foreach v_role in array array['ebb_x_' || v_name, 'ebb_x_' || v_name || '_call'] loop
        begin
            if not exists (select from pg_catalog.pg_roles r where r.rolname = v_role) then
                execute format('create role %I nologin noinherit', v_role);
            end if;
        exception when duplicate_object or unique_violation then
            null; -- Roles are the cluster's: another database has just made it.
        end;
        if exists (select from pg_catalog.pg_roles r where r.rolname = v_role
                    and (r.rolcanlogin or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls)) then
            execute format('alter role %I nologin nosuperuser nocreaterole nocreatedb noreplication nobypassrls', v_role);
        end if;
        if exists (select from pg_catalog.pg_auth_members m where v_role::regrole in (m.member, m.roleid)) then
            raise exception 'Role % is a member of another role or has members. A plugin''s role stands alone: revoke that.', v_role;
        end if;
    end loop;
    if not exists (select from pg_catalog.pg_namespace n where n.nspname = 'x_' || v_name) then
        execute format('create schema %I authorization %I', 'x_' || v_name, 'ebb_x_' || v_name);
        execute format('comment on schema %I is %L', 'x_' || v_name, 'Tables of the plugin ' || v_name || '; they stay when it is removed.');
    end if;
    if (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'x_' || v_name) <> ('ebb_x_' || v_name)::regrole then
        raise exception 'Schema x_% belongs to somebody else than ebb_x_%.', v_name, v_name;
    end if;
    -- Names of the reporting contract may be used in functions; reading them is granted to the other role, view by view.
    execute format('grant usage on schema reporting_v1 to %I, %I', 'ebb_x_' || v_name, 'ebb_x_' || v_name || '_call');
end $$;

-- A plugin's SQL runs inside a function of its own role: there it can neither become another role (SET ROLE and SET SESSION
-- AUTHORIZATION are refused within SECURITY DEFINER) nor end the transaction, and psql reads none of it as a command.
do $$
declare
    v_name constant text := current_setting('ebb.plugging');
begin
    execute format('create function %1$I.ebb_run(p_sql text) returns void language plpgsql security definer set search_path = %1$I, pg_catalog, pg_temp '
                   'as $body$ begin execute p_sql; end $body$', 'x_' || v_name);
    execute format('alter function %I.ebb_run(text) owner to %I', 'x_' || v_name, 'ebb_x_' || v_name);
    execute format('revoke all on function %I.ebb_run(text) from public', 'x_' || v_name);
end $$;
