-- SPDX-License-Identifier: Apache-2.0
-- A plugin becomes known to the desk, or its next version does: what it says of itself is kept, what departments configured stays.

create or replace function fn.plugin_kinds(p_kinds jsonb) returns int
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case when jsonb_typeof(p_kinds) = 'array'
                then (select coalesce(sum(distinct case k.value #>> '{}' when 'categorise' then 1 when 'automate' then 2 when 'report' then 4 end), 0)::int from jsonb_array_elements(p_kinds) k)
                else (p_kinds #>> '{}')::int end
$$;
comment on function fn.plugin_kinds(jsonb) is 'Kinds of work as a sum, from a sum or from words.';

create or replace function fn.text_list(p_list jsonb) returns text[]
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select case jsonb_typeof(p_list) when 'array' then coalesce((select array_agg(x.value #>> '{}' order by x.ordinality) from jsonb_array_elements(p_list) with ordinality x), '{}')
                                     when 'string' then string_to_array(nullif(p_list #>> '{}', ''), '|') else '{}' end
$$;
comment on function fn.text_list(jsonb) is 'Texts of a JSON array, or of a text with bars between them.';

create or replace function fn.plugin_description(p_all jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each(p_all) e
     where e.key in ('summary', 'licence', 'needs', 'params', 'statements', 'reports', 'events', 'reads') and e.value <> 'null'
$$;
comment on function fn.plugin_description(jsonb) is 'Of all that came with a plugin what it says of itself.';

create or replace function fn.plugin_install_parts(p_plugin_id int, p_description jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    delete from ebb.plugin_statement s where s.plugin_id = p_plugin_id;
    insert into ebb.plugin_statement (plugin_id, statement_name, statement_sql, report_name, run_when)
    select p_plugin_id, s.value ->> 'name', s.value ->> 'sql', s.value ->> 'report', (s.value ->> 'when')::int
      from jsonb_array_elements(coalesce(nullif(p_description -> 'statements', 'null'), '[]')) s;
    update ebb.plugin_report r set is_offered = false where r.plugin_id = p_plugin_id and r.is_offered;
    insert into ebb.plugin_report as o (plugin_id, report_name, report_title, formats, params)
    select p_plugin_id, r.value ->> 'name', coalesce(r.value ->> 'title', r.value ->> 'name'), fn.text_list(r.value -> 'formats'), coalesce(fn.text_list(r.value -> 'params'), '{}')
      from jsonb_array_elements(coalesce(nullif(p_description -> 'reports', 'null'), '[]')) r
        on conflict (plugin_id, report_name) do update
       set report_title = excluded.report_title, formats = excluded.formats, params = excluded.params, is_offered = true;
end $$;
comment on function fn.plugin_install_parts(int, jsonb) is 'Keeps the declared statements and reports; a report that this version has no more is not offered any more.';

create or replace function fn.plugin_install(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_args constant jsonb := p_args::jsonb;
    -- The plugin's own description stands in description, or beside what the operator decides.
    v_description constant jsonb := v_args || coalesce(nullif(v_args -> 'description', 'null'), '{}');
    v_name constant text := coalesce(v_args ->> 'plugin_name', v_description ->> 'name');
    v_have ebb.plugin;
    v_plugin ebb.plugin;
begin
    perform fn.plugin_must(null);
    select * into v_have from ebb.plugin p where p.plugin_name = v_name for no key update;
    insert into ebb.plugin as p (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, tick_s, process_count, is_network_granted, quarantine_scope, installed_at)
    values (v_name, coalesce(v_args ->> 'plugin_version', v_description ->> 'version'), (v_description #>> '{abi,0}')::int, (v_description #>> '{abi,1}')::int, v_args ->> 'sha256',
            fn.plugin_description(v_description), fn.plugin_kinds(v_description -> 'kinds'), coalesce((v_description ->> 'tick_s')::int, 0),
            coalesce((v_args ->> 'processes')::int, 1), coalesce((v_args ->> 'network')::boolean, false), coalesce(v_args ->> 'quarantine', 'department'), fn.now())
        on conflict (plugin_name) do update
       set version = p.version + 1, plugin_version = excluded.plugin_version, abi_major = excluded.abi_major, abi_minor = excluded.abi_minor, sha256 = excluded.sha256,
           description = excluded.description, kinds = excluded.kinds, tick_s = excluded.tick_s, process_count = excluded.process_count,
           is_network_granted = excluded.is_network_granted, quarantine_scope = excluded.quarantine_scope, installed_at = excluded.installed_at, removed_at = null
    returning * into v_plugin;
    perform fn.plugin_install_parts(v_plugin.plugin_id, v_plugin.description);
    -- Processes start anew with it; strikes of another file are not this one's.
    update ebb.plugin_department d
       set config_version = d.config_version + 1, strikes_from = case when v_have.sha256 is distinct from v_plugin.sha256 then fn.now() else d.strikes_from end,
           next_tick_at = case when d.is_enabled and v_plugin.tick_s > 0 then coalesce(d.next_tick_at, fn.now() + make_interval(secs => v_plugin.tick_s)) end
     where d.plugin_id = v_plugin.plugin_id;
    perform fn.audit_add(null, case when v_have.plugin_id is null then 'plugin.install' else 'plugin.upgrade' end, 'plugin', v_plugin.plugin_name,
                         case when v_have.plugin_id is not null then fn.plugin_install_values(v_have) end, fn.plugin_install_values(v_plugin));
    perform fn.plugin_changed();
    return json_build_object('version', v_plugin.version, 'plugin_id', v_plugin.plugin_id, 'plugin_name', v_plugin.plugin_name, 'plugin_version', v_plugin.plugin_version,
        'is_new', v_have.plugin_id is null, 'quarantined_at', v_plugin.quarantined_at, 'incomplete', (
            select coalesce(json_agg(json_build_object('department_id', s.department_id, 'department_code', s.department_code, 'missing', s.missing) order by s.department_id), '[]')
              from fn.plugin_department_shown(v_plugin.plugin_id, null) s where s.is_enabled and s.missing <> '[]'));
end $$;
comment on function fn.plugin_install(json) is 'Makes a plugin known, or its next version: {plugin_name, plugin_version, sha256, processes, network, quarantine} as the operator decides, and what the plugin says of itself in description (or beside): {abi: [major, minor], kinds, tick_s, summary, licence, params, statements, reports, events, reads}. What departments configured stays; "incomplete" names those for which this version needs more.';

create or replace function fn.plugin_install_values(p_plugin ebb.plugin) returns jsonb
language sql immutable
return jsonb_build_object('plugin_version', (p_plugin).plugin_version, 'sha256', (p_plugin).sha256, 'abi', (p_plugin).abi_major || '.' || (p_plugin).abi_minor,
                          'is_network_granted', (p_plugin).is_network_granted, 'process_count', (p_plugin).process_count, 'quarantine_scope', (p_plugin).quarantine_scope,
                          'removed_at', (p_plugin).removed_at);
comment on function fn.plugin_install_values(ebb.plugin) is 'What was installed, for the audit.';
