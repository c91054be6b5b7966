-- SPDX-License-Identifier: Apache-2.0
-- What a plugin's SQL may have made. All of it is read off the catalog, after it ran and before anything is committed: text can
-- be disguised, the catalog cannot. Each fault is a sentence that says what to change.

-- Nothing outside of its own schema, and there only what policies hold for.
do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_roles constant oid[] := array[('ebb_x_' || v_name)::regrole::oid, ('ebb_x_' || v_name || '_call')::regrole::oid];
    r record;
begin
    execute format('drop function %I.ebb_run(text)', 'x_' || v_name);
    for r in select o.type, o.schema, o.identity
               from pg_catalog.pg_shdepend d
               cross join lateral pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) o
              where d.refclassid = 'pg_catalog.pg_authid'::regclass and d.refobjid = any (v_roles) and d.deptype = 'o'
                and d.dbid in (0, (select b.oid from pg_catalog.pg_database b where b.datname = current_database())) loop
        continue when r.type = 'schema' and r.identity = 'x_' || v_name;
        if r.schema is distinct from 'x_' || v_name then
            raise exception 'The SQL of plugin % makes % %. A plugin keeps to its own schema x_%.', v_name, r.type, r.identity, v_name;
        elsif r.type not in ('table', 'view', 'sequence', 'function', 'procedure', 'aggregate', 'type') then
            raise exception 'The SQL of plugin % makes % %. It may make tables, views, sequences, functions and types.', v_name, r.type, r.identity;
        end if;
    end loop;
end $$;

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_schema constant oid := ('x_' || v_name)::regnamespace;
    r record;
begin
    for r in select c.oid::regclass as name, c.relkind, c.relrowsecurity, coalesce(c.reloptions, '{}') as options,
                    exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'department_id' and a.atttypid = 'int4'::regtype
                               and a.attnotnull and not a.attisdropped) as has_department
               from pg_catalog.pg_class c where c.relnamespace = v_schema loop
        if r.relkind in ('r', 'p') and not r.has_department then
            raise exception 'Table % of plugin % has no column "department_id int not null". Every row of a plugin belongs to a department: add it.', r.name, v_name;
        elsif r.relkind = 'v' and not r.options && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'] then
            raise exception 'View % of plugin % would show all departments. Write "create view ... with (security_invoker = true)".', r.name, v_name;
        elsif r.relkind not in ('r', 'p', 'v', 'S', 'i', 'I', 'c') then
            raise exception '% of plugin % is a materialized view or a foreign table, for which policies do not hold. Use a table or a view.', r.name, v_name;
        end if;
    end loop;
    for r in select w.rulename as name, w.ev_class::regclass as relation from pg_catalog.pg_rewrite w join pg_catalog.pg_class c on c.oid = w.ev_class
              where c.relnamespace = v_schema and w.rulename <> '_RETURN' loop
        raise exception 'Rule % on % of plugin % would act with its owner''s rights. Use a trigger.', r.name, r.relation, v_name;
    end loop;
    -- What waits for the end of the transaction would run when the installation is committed, as whoever installs.
    for r in select t.tgname as name, t.tgrelid::regclass as relation from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
              where c.relnamespace = v_schema and t.tgdeferrable
             union all
             select k.conname, k.conrelid::regclass from pg_catalog.pg_constraint k where k.connamespace = v_schema and k.condeferrable loop
        raise exception '% on % of plugin % is deferrable. Leave that out.', r.name, r.relation, v_name;
    end loop;
    for r in select p.polname as name, p.polrelid::regclass as relation from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
              where c.relnamespace = v_schema and p.polname not in ('ebb_department', 'ebb_reader') loop
        raise exception 'Policy % on % is not for a plugin to make: the desk makes them.', r.name, r.relation;
    end loop;
end $$;

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    r record;
begin
    for r in select p.oid::regprocedure as name, p.proname, p.prosecdef, p.prokind, l.lanname, p.prolang, coalesce(p.proconfig, '{}') as settings
               from pg_catalog.pg_proc p join pg_catalog.pg_language l on l.oid = p.prolang
              where p.pronamespace = ('x_' || v_name)::regnamespace and p.proowner <> ('ebb_x_' || v_name || '_call')::regrole loop
        if r.prosecdef then
            raise exception 'Function % of plugin % is SECURITY DEFINER, which would act with the rights of the tables'' owner. Leave that out.', r.name, v_name;
        elsif r.proname ~ '^statement_' then
            raise exception 'Function % of plugin %: names that begin with statement_ are made from the declared statements. Choose another.', r.name, v_name;
        elsif r.lanname not in ('sql', 'plpgsql') and r.prokind <> 'a' then
            raise exception 'Function % of plugin % is written in %. Use sql or plpgsql.', r.name, v_name, r.lanname;
        elsif exists (select from unnest(r.settings) s (setting) where s.setting not like 'search\_path=%') then
            raise exception 'Function % of plugin % changes settings (SET %). Leave that out.', r.name, v_name, r.settings[1];
        elsif r.prokind in ('f', 'p') then
            execute format('alter routine %s set search_path = %I, pg_catalog, pg_temp', r.name, 'x_' || v_name);
        end if;
    end loop;
    if exists (select from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid where p.pronamespace = ('x_' || v_name)::regnamespace) then
        raise exception 'Plugin % has an event trigger. Leave that out.', v_name;
    end if;
end $$;
