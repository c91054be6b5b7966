-- SPDX-License-Identifier: Apache-2.0
-- A department takes a plugin into use, orders and configures it: first prepare (what will be, for the plugin's own check and for
-- sealing secrets), then configure (which trusts none of it and checks again).

create or replace function fn.plugin_department_get(p_plugin_id int, p_department_id int) returns ebb.plugin_department
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_row ebb.plugin_department;
begin
    select * into v_row from ebb.plugin_department d where d.plugin_id = p_plugin_id and d.department_id = p_department_id;
    if not found then
        -- A department that has never touched a plugin is at version 1 of leaving it alone.
        v_row.plugin_id := p_plugin_id;
        v_row.department_id := p_department_id;
        v_row.version := 1;
        v_row.is_enabled := false;
        v_row."position" := 100;
        v_row.mode := 'shadow';
        v_row.min_confidence := 0.5;
        v_row.config := '{}';
        v_row.config_version := 1;
        v_row.strikes_from := '-infinity';
    end if;
    return v_row;
end $$;
comment on function fn.plugin_department_get(int, int) is 'What a department does with a plugin; without a row, what it would begin with.';

create or replace function fn.plugin_settings_faults(p_args json) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_errors jsonb := jsonb_build_array();
begin
    if p_args ->> 'is_enabled' not in ('true', 'false') then
        v_errors := v_errors || fn.fault('/is_enabled', 'is_enabled must be true or false.');
    end if;
    if p_args ->> 'position' !~ '^[0-9]{1,6}$' or p_args ->> 'position' = '0' then
        v_errors := v_errors || fn.fault('/position', 'position must be a whole number from 1 to 999999; the lowest is asked first.');
    end if;
    if p_args ->> 'mode' not in ('shadow', 'act') then
        v_errors := v_errors || fn.fault('/mode', 'mode must be shadow or act.');
    end if;
    if coalesce(p_args ->> 'min_confidence', '0') !~ '^(0(\.[0-9]+)?|1(\.0+)?|[0-9]+(\.[0-9]+)?[eE]-[0-9]{1,2})$' then
        v_errors := v_errors || fn.fault('/min_confidence', 'min_confidence must be a number from 0 to 1.');
    end if;
    return v_errors;
end $$;
comment on function fn.plugin_settings_faults(json) is 'What is wrong with is_enabled, position, mode and min_confidence.';

create or replace function fn.plugin_intent(p_args json, p_sealed boolean, out plugin ebb.plugin, out have ebb.plugin_department, out want ebb.plugin_department, out errors jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_merged record;
    v_has_config constant boolean := coalesce(json_typeof(p_args -> 'config'), 'null') <> 'null';
begin
    plugin := fn.plugin_find(p_args);
    have := fn.plugin_department_get(plugin.plugin_id, fn.plugin_department_find(p_args));
    if plugin.removed_at is not null then
        perform fn.fail(409, null, format('%s has been removed.', plugin.plugin_name), 'The operator may install it again; what was configured is kept.');
    end if;
    perform fn.plugin_fresh(p_args, have.version, format('What the department does with %s', plugin.plugin_name));
    want := have;
    errors := fn.plugin_settings_faults(p_args);
    if errors = '[]' then
        want.is_enabled := coalesce((p_args ->> 'is_enabled')::boolean, have.is_enabled);
        want."position" := coalesce((p_args ->> 'position')::int, have."position");
        want.mode := coalesce(p_args ->> 'mode', have.mode);
        want.min_confidence := coalesce((p_args ->> 'min_confidence')::numeric, have.min_confidence);
    end if;
    if v_has_config then
        v_merged := fn.plugin_config_merge(plugin.description -> 'params', have.config, (p_args -> 'config')::jsonb, p_sealed);
        want.config := v_merged.config;
        errors := errors || v_merged.errors;
    end if;
    if v_has_config or (want.is_enabled and not have.is_enabled) then
        errors := errors || (select coalesce(jsonb_agg(m.value), '[]') from jsonb_array_elements(fn.plugin_config_missing(plugin.description -> 'params', want.config)) m
                              where not exists (select from jsonb_array_elements(errors) f where f.value ->> 'pointer' = m.value ->> 'pointer'));
    end if;
end $$;
comment on function fn.plugin_intent(json, boolean) is 'Reads and checks a change of what a department does with a plugin: the plugin, what is, what shall be, and all that is wrong with it. Refuses without the right and when If-Match names another version.';

create or replace function fn.plugin_prepare(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v record;
begin
    select * into v from fn.plugin_intent(p_args, false);
    perform fn.fail_all(422, v.errors);
    return json_build_object('version', (v.have).version, 'plugin_id', (v.plugin).plugin_id, 'plugin_name', (v.plugin).plugin_name, 'department_id', (v.have).department_id,
                             'config_version', (v.have).config_version, 'params', coalesce((v.plugin).description -> 'params', '[]'), 'config', (v.want).config);
end $$;
comment on function fn.plugin_prepare(json) is 'First step of configure: the configuration as it will be, secrets that come still in the open and those that stay sealed.';
grant execute on function fn.plugin_prepare(json) to ebb_api;

create or replace function fn.plugin_ask_configure(p_plugin ebb.plugin, p_want ebb.plugin_department) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows jsonb;
begin
    if not exists (select from ebb.plugin_statement s where s.plugin_id = p_plugin.plugin_id and s.run_when & 8 <> 0) then
        return;
    end if;
    v_rows := fn.plugin_rows(p_plugin.plugin_id, p_want.department_id, 8, null, jsonb_build_object('department_id', p_want.department_id,
                             'config', fn.plugin_config_shown(p_plugin.description -> 'params', p_want.config)));
    perform fn.fail_all(422, (select coalesce(jsonb_agg(jsonb_build_object('pointer', '/config' || regexp_replace(coalesce(r.value ->> 'pointer', ''), '^/config(?=/|$)', ''),
                                                                           'detail', coalesce(r.value ->> 'detail', 'The plugin refuses this configuration.'))), '[]')
                                from jsonb_each(v_rows) s cross join lateral jsonb_array_elements(s.value) r));
end $$;
comment on function fn.plugin_ask_configure(ebb.plugin, ebb.plugin_department) is 'Runs what the plugin wants to ask the database before a configuration is saved; each row refuses it.';

create or replace function fn.plugin_audit_values(p_plugin ebb.plugin, p_row ebb.plugin_department, p_other jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    -- That a secret changed is told; what it was and is, never.
    return jsonb_build_object('is_enabled', p_row.is_enabled, 'position', p_row."position", 'mode', p_row.mode, 'min_confidence', p_row.min_confidence,
        'config', (select coalesce(jsonb_object_agg(s.key, case when s.value = '{"is_set": true}' and p_other -> s.key is distinct from p_row.config -> s.key
                                                                then s.value || '{"is_changed": true}' else s.value end), '{}')
                     from jsonb_each(fn.plugin_config_shown(p_plugin.description -> 'params', p_row.config)) s));
end $$;
comment on function fn.plugin_audit_values(ebb.plugin, ebb.plugin_department, jsonb) is 'A row of settings for the audit, without secrets.';

create or replace function fn.plugin_configure(p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin_id constant int := (fn.plugin_find(p_args)).plugin_id;
    v_department_id constant int := fn.plugin_department_find(p_args);
    v_code constant text := (select d.department_code from ebb.department d where d.department_id = v_department_id);
    v record;
    w ebb.plugin_department;
begin
    insert into ebb.plugin_department (plugin_id, department_id) values (v_plugin_id, v_department_id) on conflict do nothing;
    perform from ebb.plugin_department d where d.plugin_id = v_plugin_id and d.department_id = v_department_id for no key update;
    select * into v from fn.plugin_intent(p_args, true);
    perform fn.fail_all(422, v.errors);
    w := v.want;
    if w is not distinct from v.have then
        return;
    end if;
    if w.config <> (v.have).config or (w.is_enabled and not (v.have).is_enabled) then
        perform fn.plugin_ask_configure(v.plugin, w);
    end if;
    update ebb.plugin_department d
       set version = d.version + 1, is_enabled = w.is_enabled, "position" = w."position", mode = w.mode, min_confidence = w.min_confidence, config = w.config,
           config_version = d.config_version + (w.config <> d.config)::int,
           next_tick_at = case when not w.is_enabled or (v.plugin).tick_s = 0 then null when d.is_enabled then d.next_tick_at else fn.now() + make_interval(secs => (v.plugin).tick_s) end,
           strikes_from = case when w.is_enabled and not d.is_enabled then fn.now() else d.strikes_from end
     where d.plugin_id = v_plugin_id and d.department_id = v_department_id;
    if not w.is_enabled then
        perform fn.plugin_forget(v_plugin_id, v_department_id);
    end if;
    perform fn.audit_add(v_department_id, case when w.is_enabled and not (v.have).is_enabled then 'plugin.enable' when (v.have).is_enabled and not w.is_enabled then 'plugin.disable' else 'plugin.configure' end,
                         'plugin', format('%s %s', (v.plugin).plugin_name, v_code), fn.plugin_audit_values(v.plugin, v.have, w.config), fn.plugin_audit_values(v.plugin, w, (v.have).config));
    perform fn.plugin_changed();
end $$;
comment on function fn.plugin_configure(json) is 'Second step: checks again, lets the plugin''s own statements object, saves, and notes it in the audit. {plugin_id or plugin_name, department_id or department, is_enabled, position, mode, min_confidence, config (whole, secrets sealed), if_match}.';
grant execute on function fn.plugin_configure(json) to ebb_api;

create or replace function fn.plugin_forget(p_plugin_id int, p_department_id int) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.plugin_delivery d set done_at = fn.now()
     where d.plugin_id = p_plugin_id and (p_department_id is null or d.department_id = p_department_id) and d.done_at is null;
end $$;
comment on function fn.plugin_forget(int, int) is 'What waited for a plugin that a department no longer uses (NULL: that nobody does) is not delivered any more.';
