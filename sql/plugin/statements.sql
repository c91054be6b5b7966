-- SPDX-License-Identifier: Apache-2.0
-- The declared statements of a plugin as functions x_<name>.statement_<statement>(p_input jsonb): SECURITY DEFINER of the role that has
-- nothing but what rights.sql gave, to be executed by ebb_owner alone. The text of a statement is a stranger's, so it is first
-- asked of the server itself, as that role, whether it is exactly one query: only such a one can be opened as a cursor.

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
begin
    execute format($probe$
        create function %1$I.ebb_probe(p_sql text) returns void language plpgsql security definer set search_path = %1$I, pg_catalog, pg_temp
        as $body$ declare v_cursor refcursor; begin open v_cursor for execute p_sql using '{}'::jsonb; close v_cursor; end $body$ $probe$, 'x_' || v_name);
    execute format('alter function %I.ebb_probe(text) owner to %I', 'x_' || v_name, 'ebb_x_' || v_name || '_call');
end $$;

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_word text;
    s record;
begin
    for s in select x.statement_name as name, x.statement_sql as text
               from ebb.plugin_statement x join ebb.plugin p on p.plugin_id = x.plugin_id
              where p.plugin_name = v_name and p.removed_at is null order by x.statement_name loop
        v_word := (regexp_match(s.text, current_setting('ebb.reaching'), 'i'))[1];
        if v_word is not null then
            raise exception 'Statement % of plugin % uses %, which reaches beyond the plugin''s rows. Leave that out.', s.name, v_name, v_word;
        elsif s.text !~* '^\s*\(*\s*(select|with|values|insert|update|delete)\M' then
            raise exception 'Statement % of plugin % must begin with SELECT, WITH, VALUES, INSERT, UPDATE or DELETE.', s.name, v_name;
        elsif s.text ~ ';\s*$' then
            raise exception 'Statement % of plugin % ends in a semicolon. Leave that out.', s.name, v_name;
        end if;
        begin
            execute format('select %I.ebb_probe($1)', 'x_' || v_name) using s.text;
        exception when others then
            raise exception 'Statement % of plugin % is not one query that returns rows: %.', s.name, v_name, rtrim(sqlerrm, '.');
        end;
    end loop;
    execute format('drop function %I.ebb_probe(text)', 'x_' || v_name);
end $$;

-- Those of an earlier version go; those of this one are made, as PL/pgSQL around the text, so that each connection plans once.
-- A plugin with functions of its own could change the connection's settings in them (SET). The function compares, and refuses; the
-- transaction takes the change back. That costs a millisecond, so what cannot do it is spared it: PostgreSQL refuses SET in functions
-- that are not volatile. A statement is watched unless it only reads, and neither names a volatile function of the plugin's nor one
-- that leads to it; what could call one without its name (views, aggregates, domains, odd names) has all statements watched.
do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    v_schema constant text := 'x_' || v_name;
    v_call constant text := 'ebb_x_' || v_name || '_call';
    v_look constant text := $q$(select md5(string_agg(s.name || '=' || s.setting, ' ')) from pg_catalog.pg_show_all_settings() s)$q$;
    v_odd constant boolean := exists (select from pg_catalog.pg_proc p where p.pronamespace = v_schema::regnamespace and (p.prokind not in ('f', 'p') or p.proname !~ '^[a-z_][a-z0-9_]*$'))
        or exists (select from pg_catalog.pg_class c where c.relnamespace = v_schema::regnamespace and c.relkind = 'v')
        or exists (select from pg_catalog.pg_type t where t.typnamespace = v_schema::regnamespace and t.typtype not in ('c', 'e') and t.typelem = 0);
    v_settings text;
    s record;
begin
    for s in select p.oid::regprocedure as name from pg_catalog.pg_proc p where p.pronamespace = v_schema::regnamespace and p.proowner = v_call::regrole loop
        execute format('drop function %s', s.name);
    end loop;
    for s in select x.statement_name as name, x.statement_sql as text
               from ebb.plugin_statement x join ebb.plugin p on p.plugin_id = x.plugin_id
              where p.plugin_name = v_name and p.removed_at is null order by x.statement_name loop
        with recursive own as materialized (
            select p.oid, p.proname, p.provolatile, pg_catalog.pg_get_functiondef(p.oid) as text from pg_catalog.pg_proc p
             where p.pronamespace = v_schema::regnamespace and p.proowner = ('ebb_x_' || v_name)::regrole and p.prokind in ('f', 'p')
        ), reached as (
            select o.oid, o.provolatile, o.text from own o where s.text ~* ('\m' || o.proname || '\M')
            union
            select o.oid, o.provolatile, o.text from reached r join own o on r.text ~* ('\m' || o.proname || '\M')
        )
        select case when (v_odd and exists (select from own)) or exists (select from reached r where r.provolatile = 'v')
                      or (s.text ~* '\m(insert|update|delete|merge)\M' and exists (select from own o where o.provolatile = 'v')) then v_look else $q$''$q$ end into v_settings;
        begin
            execute format('create function %1$I.%2$I(p_input jsonb) returns setof json language plpgsql security definer set search_path = %1$I, pg_catalog, pg_temp as %3$L',
                v_schema, 'statement_' || s.name, format(
                    E'#variable_conflict use_column\ndeclare\n v_row record;\n v_settings constant text := %s;\nbegin\n for v_row in %s\n loop\n  return next pg_catalog.to_json(v_row);\n end loop;\n'
                    ' if %s is distinct from v_settings then\n  raise exception ''Statement %s of plugin %s changes settings of the connection.'';\n end if;\nend', v_settings, s.text, v_settings, s.name, v_name));
        exception when syntax_error then
            raise exception 'Statement % of plugin % is not one query: %.', s.name, v_name, sqlerrm;
        end;
        execute format('alter function %I.%I(jsonb) owner to %I', v_schema, 'statement_' || s.name, v_call);
        execute format('revoke all on function %I.%I(jsonb) from public', v_schema, 'statement_' || s.name);
        execute format('grant execute on function %I.%I(jsonb) to ebb_owner', v_schema, 'statement_' || s.name);
        execute format('comment on function %I.%I(jsonb) is %L', v_schema, 'statement_' || s.name, 'Declared statement of the plugin ' || v_name || '; made by sql/apply.');
    end loop;
end $$;
