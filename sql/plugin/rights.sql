-- SPDX-License-Identifier: Apache-2.0
-- Policies on a plugin's tables, and who may do what with them:
--   ebb_x_<name>_call     reads and writes the tables, for the one department of the call; executes the plugin's functions
--   ebb_bi, ebb_bi_text   read the tables, for the departments of the BI role; also after the plugin is removed
--   ebb_owner             may name what is in the schema, to execute the declared statements; it reads no table

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_call constant text := 'ebb_x_' || v_name || '_call';
    v_ours constant text := '(department_id = any ((select fn.departments())::int[]))';
    r record;
begin
    for r in select c.oid, c.oid::regclass as name, c.relrowsecurity from pg_catalog.pg_class c where c.relnamespace = ('x_' || v_name)::regnamespace and c.relkind in ('r', 'p') loop
        if not r.relrowsecurity then
            execute format('alter table %s enable row level security', r.name);
        end if;
        -- Made anew only when they are not what they should be: that would lock out whoever reads just now.
        if not exists (select from pg_catalog.pg_policy p where p.polrelid = r.oid and p.polname = 'ebb_department' and p.polcmd = '*' and p.polpermissive
                          and p.polroles = array[v_call::regrole::oid] and pg_get_expr(p.polqual, p.polrelid) = pg_get_expr(p.polwithcheck, p.polrelid)
                          and pg_get_expr(p.polqual, p.polrelid) ~ '^\(department_id = ANY \(\( SELECT fn\.departments\(\) AS departments\)(::integer\[\])?\)\)$') then
            execute format('drop policy if exists ebb_department on %s', r.name);
            execute format('create policy ebb_department on %1$s to %2$I using %3$s with check %3$s', r.name, v_call, v_ours);
        end if;
        if not exists (select from pg_catalog.pg_policy p where p.polrelid = r.oid and p.polname = 'ebb_reader' and p.polcmd = 'r' and p.polpermissive
                          and p.polroles <@ array['ebb_bi'::regrole::oid, 'ebb_bi_text'::regrole::oid] and cardinality(p.polroles) = 2
                          and pg_get_expr(p.polqual, p.polrelid) ~ '^\(department_id = ANY \(\( SELECT fn\.departments\(\) AS departments\)(::integer\[\])?\)\)$') then
            execute format('drop policy if exists ebb_reader on %s', r.name);
            execute format('create policy ebb_reader on %s for select to ebb_bi, ebb_bi_text using %s', r.name, v_ours);
        end if;
    end loop;
end $$;

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_schema constant text := quote_ident('x_' || v_name);
    v_call constant text := quote_ident('ebb_x_' || v_name || '_call');
    r record;
begin
    execute format('revoke all on schema %s from public', v_schema);
    execute format('revoke all on all tables in schema %s from public', v_schema);
    execute format('revoke all on all sequences in schema %s from public', v_schema);
    execute format('revoke all on all routines in schema %s from public', v_schema);
    execute format('grant usage on schema %s to %s, ebb_owner, ebb_bi, ebb_bi_text', v_schema, v_call);
    execute format('grant select, insert, update, delete on all tables in schema %s to %s', v_schema, v_call);
    execute format('grant select on all tables in schema %s to ebb_bi, ebb_bi_text', v_schema);
    execute format('grant usage on all sequences in schema %s to %s', v_schema, v_call);
    execute format('grant execute on all routines in schema %s to %s', v_schema, v_call);
    -- A plugin's own GRANT would open its tables, or its functions, to whom nobody asked about.
    for r in select x.name, a.grantee
               from (select c.oid::regclass::text as name, c.relacl as acl from pg_catalog.pg_class c where c.relnamespace = v_schema::regnamespace
                     union all
                     select t.attrelid::regclass || '.' || t.attname, t.attacl from pg_catalog.pg_attribute t join pg_catalog.pg_class c on c.oid = t.attrelid where c.relnamespace = v_schema::regnamespace
                     union all
                     select p.oid::regprocedure::text, p.proacl from pg_catalog.pg_proc p where p.pronamespace = v_schema::regnamespace
                     union all
                     select 'schema ' || n.nspname, n.nspacl from pg_catalog.pg_namespace n where n.oid = v_schema::regnamespace) x
               cross join lateral aclexplode(x.acl) a
              where a.grantee not in (select o.oid from pg_catalog.pg_roles o where o.rolname in ('ebb_x_' || v_name, 'ebb_x_' || v_name || '_call', 'ebb_owner', 'ebb_bi', 'ebb_bi_text')) loop
        raise exception 'The SQL of plugin % grants rights on % to %. Rights are given by sql/apply; leave GRANT out.', v_name, r.name, coalesce(nullif(r.grantee, 0)::regrole::text, 'everybody');
    end loop;
end $$;

-- Views that the plugin declared to read, of the reporting contract only.
do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_call constant text := 'ebb_x_' || v_name || '_call';
    r record;
begin
    execute format('revoke all on all tables in schema reporting_v1 from %I', v_call);
    -- Functions of the contract read its views with the caller's rights: they show nothing that was not declared.
    execute format('grant execute on all functions in schema reporting_v1 to %I', v_call);
    for r in select x.view_name, exists (select from pg_catalog.pg_class c where c.relnamespace = 'reporting_v1'::regnamespace and c.relname = x.view_name and c.relkind = 'v') as is_there
               from ebb.plugin p cross join lateral jsonb_array_elements_text(coalesce(p.description -> 'reads', '[]')) x (view_name)
              where p.plugin_name = v_name loop
        if not r.is_there then
            raise exception 'Plugin % wants to read "%", and schema reporting_v1 has no such view.', v_name, r.view_name;
        end if;
        execute format('grant select on reporting_v1.%I to %I', r.view_name, v_call);
    end loop;
end $$;
