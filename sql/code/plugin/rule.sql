-- SPDX-License-Identifier: Apache-2.0
-- Plugins: which are in use where, the pass with which their statements run, and those statements.

create or replace function fn.plugin_pass_seal(p_plugin_name text, p_department_id int) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Bound to backend and transaction: whoever keeps it has nothing once the call is over.
    return encode(sha256((select s.secret from ebb.desk_secret s)
                         || convert_to(format('%s %s %s %s', p_plugin_name, p_department_id, pg_backend_pid(), extract(epoch from transaction_timestamp())), 'UTF8')), 'hex');
end $$;
comment on function fn.plugin_pass_seal(text, int) is 'Keyed hash that proves which department a plugin works for in this transaction of this backend.';

create or replace function fn.plugin_pass_departments(p_role name) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_pass constant text[] := string_to_array(current_setting('ebb.plugin_pass', true), ' ');
begin
    if cardinality(v_pass) = 3 and p_role = 'ebb_x_' || v_pass[1] || '_call' and v_pass[2] ~ '^[0-9]{1,9}$'
       and v_pass[3] = fn.plugin_pass_seal(v_pass[1], v_pass[2]::int) then
        return array[v_pass[2]::int];
    end if;
    return '{}'::int[];
end $$;
comment on function fn.plugin_pass_departments(name) is 'The one department that a plugin''s role works for in this transaction; none when the pass in the setting is not genuine. Any role may write the setting; nobody can write a pass.';

create or replace function fn.plugin_hooks()
returns table (plugin_id int, plugin_name text, department_id int, kinds int, "position" int, mode text, config_version int, config text, processes int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select p.plugin_id, p.plugin_name, d.department_id, p.kinds, d.position, d.mode, d.config_version, d.config::text, p.process_count
          from ebb.plugin_department d join ebb.plugin p on p.plugin_id = d.plugin_id
         where d.is_enabled and d.quarantined_at is null and p.quarantined_at is null and p.removed_at is null
         order by d.department_id, d.position, p.plugin_name;
end $$;
comment on function fn.plugin_hooks() is 'Plugins in use, department by department in their order: enabled, not quarantined, not removed. Workers and courier keep it until a notification on ebb_cache. Secrets are sealed.';
grant execute on function fn.plugin_hooks() to ebb_api;

create or replace function fn.plugin_is_used(p_plugin_id int, p_department_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.plugin_department d join ebb.plugin p on p.plugin_id = d.plugin_id
                    where d.plugin_id = p_plugin_id and d.department_id = p_department_id
                      and d.is_enabled and d.quarantined_at is null and p.quarantined_at is null and p.removed_at is null);
end $$;
comment on function fn.plugin_is_used(int, int) is 'True while the department uses the plugin: enabled, not quarantined, not removed.';
grant execute on function fn.plugin_is_used(int, int) to ebb_api;

-- Settings of the desk's own do not show among the others. A prepared statement is not undone by a rollback: those that plugins
-- could make have names of SQL's, not of the protocol's.
create or replace function fn.plugin_traces() returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    return concat_ws(E'\n', current_setting('ebb.plugin_pass', true), current_setting('ebb.token', true), current_setting('ebb.request', true), current_setting('ebb.key', true),
        current_setting('ebb.key_hash', true), current_setting('ebb.suggested', true), current_setting('ebb.plugin_run', true),
        (select string_agg(c.name, ' ' order by c.name) from pg_catalog.pg_cursor() c),
        (select string_agg(s.name, ' ' order by s.name) from pg_catalog.pg_prepared_statement() s where s.from_sql),
        (select string_agg(l.name, ' ' order by l.name) from pg_catalog.pg_listening_channels() l (name)));
end $$;
comment on function fn.plugin_traces() is 'What a plugin''s statement could leave behind in the connection: the desk''s settings, cursors, prepared statements, channels. To be the same before and after it.';
revoke execute on function fn.plugin_traces() from ebb_api;

create or replace function fn.plugin_rows(p_plugin_id int, p_department_id int, p_when int, p_report text, p_input jsonb) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_name constant text := (select p.plugin_name from ebb.plugin p where p.plugin_id = p_plugin_id);
    v_token constant text := current_setting('ebb.token', true);
    v_traces text;
    v_rows json;
    v_all text := '';
    s record;
begin
    if not exists (select from ebb.plugin_statement x where x.plugin_id = p_plugin_id and x.run_when & p_when <> 0) then
        return '{}'::json;
    end if;
    perform set_config('ebb.plugin_pass', v_name || ' ' || p_department_id || ' ' || fn.plugin_pass_seal(v_name, p_department_id), true);
    -- Not even the hash of the person's token is a plugin's business.
    perform set_config('ebb.token', '', true);
    for s in select x.statement_name from ebb.plugin_statement x
              where x.plugin_id = p_plugin_id and x.run_when & p_when <> 0 and (x.report_name is null or p_report is null or x.report_name = p_report)
              order by x.statement_name loop
        v_traces := fn.plugin_traces();
        -- Cells go as text, in the order of the statement's columns.
        execute format('select coalesce(json_agg((select coalesce(json_object_agg(c.key, c.value), ''{}'') from json_each_text(r.line) c)), ''[]'')
                          from (select line from %I.%I($1) line limit 10001) r', 'x_' || v_name, 'statement_' || s.statement_name)
           into v_rows using p_input;
        -- A cursor WITH HOLD would be run at the commit, as whoever is logged in.
        if fn.plugin_traces() <> v_traces then
            perform fn.fail(422, null, format('Statement %s of plugin %s leaves something behind in the connection: a cursor, a setting, a prepared statement or a channel.', s.statement_name, v_name));
        end if;
        if json_array_length(v_rows) > 10000 then
            perform fn.fail(422, null, format('Statement %s of plugin %s returns more than 10,000 rows.', s.statement_name, v_name));
        elsif octet_length(v_rows::text) + octet_length(v_all) > 4194304 then
            -- What a worker holds in memory while a person waits.
            perform fn.fail(422, null, format('Statement %s of plugin %s returns more than 4 MiB.', s.statement_name, v_name));
        end if;
        v_all := v_all || case when v_all = '' then '' else ',' end || to_json(s.statement_name) || ':' || v_rows;
    end loop;
    perform set_config('ebb.plugin_pass', '', true);
    perform set_config('ebb.token', coalesce(v_token, ''), true);
    return ('{' || v_all || '}')::json;
end $$;
comment on function fn.plugin_rows(int, int, int, text, jsonb) is 'Runs the statements that a plugin declared for a moment (see plugin_statement.run_when), each in the plugin''s own role for one department; {"statement": [{"column": text}]}.';
-- Only rules call it, which know for whom: not the web's role by itself.
revoke execute on function fn.plugin_rows(int, int, int, text, jsonb) from ebb_api;

create or replace function fn.plugin_told(p_plugin_id int, p_department_id int, p_input jsonb, out rows json, out fault text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    rows := fn.plugin_rows(p_plugin_id, p_department_id, 1, null, p_input);
-- A failed assertion is not among the others.
exception when others or assert_failure then
    rows := '{}'::json;
    fault := 'A statement of the plugin failed: ' || sqlerrm;
end $$;
comment on function fn.plugin_told(int, int, jsonb) is 'Rows of the statements of one categorising plugin, or why there are none: a plugin whose statement fails does not silence the others.';
grant execute on function fn.plugin_told(int, int, jsonb) to ebb_api;

create or replace function fn.plugin_suggested() returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('ebb.suggested', true), '') = '' then
        return '{}'::jsonb;
    end if;
    return jsonb_build_object('suggested', jsonb_build_array(null, current_setting('ebb.suggested')::jsonb));
end $$;
comment on function fn.plugin_suggested() is 'What plugins decided about the ticket that is being opened, for its first journal row: {"suggested": [null, {field: {value, plugin, explanation}}]}, or {}.';

create or replace function fn.micros(p_at timestamptz) returns bigint
language sql immutable parallel safe
return (extract(epoch from p_at) * 1000000)::bigint;
comment on function fn.micros(timestamptz) is 'Microseconds since 1970-01-01 UTC, as plugins count time.';
grant execute on function fn.micros(timestamptz) to ebb_api;
