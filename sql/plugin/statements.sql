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
    execute format('revoke all on function %I.ebb_probe(text) from public', 'x_' || v_name);
end $$;

do $$
declare
    v_name constant text := current_setting('ebb.plugging');
    s record;
begin
    for s in select x.statement_name as name, x.statement_sql as text
               from ebb.plugin_statement x join ebb.plugin p on p.plugin_id = x.plugin_id
              where p.plugin_name = v_name and p.removed_at is null order by x.statement_name loop
        if s.text !~* '^\s*\(*\s*(select|with|values|insert|update|delete)\M' then
            raise exception 'Statement % of plugin % must begin with SELECT, WITH, VALUES, INSERT, UPDATE or DELETE.', s.name, v_name;
        elsif s.text ~* 'set_config|advisory|pg_notify|to_xml|ts_stat|ts_rewrite|lo_(create|from_bytea|import|put)|lowrite|dblink|pg_sleep|u&["'']' then
            raise exception 'Statement % of plugin % calls a function that reaches beyond its rows: %.', s.name, v_name,
                (regexp_match(s.text, '(\w*(?:set_config|advisory|pg_notify|to_xml|ts_stat|ts_rewrite|lo_(?:create|from_bytea|import|put)|lowrite|dblink|pg_sleep)\w*|u&["''])', 'i'))[1];
        elsif rtrim(s.text, E' \t\r\n') ~ ';$' then
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
