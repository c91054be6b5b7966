-- SPDX-License-Identifier: Apache-2.0
-- Plugins: list, one, departments, incidents.

drop view if exists api.plugin;
create view api.plugin as
select p.version, p.plugin_id, p.plugin_name, p.plugin_version, p.abi, p.state, p.summary, p.licence, p.kinds, p.sha256, p.tick_s, p.process_count, p.is_network_granted,
       p.quarantine_scope, p.installed_at, p.removed_at, p.quarantined_at, p.quarantine_reason, p.departments, p.params, p.reports, p.events, p.reads,
       p.incident_count, p.call_count, p.failed_count, p.total_ms, p.longest_ms
  from fn.plugin_shown(null) p;
comment on view api.plugin is 'A plugin that is or was installed, and what the departments that I administer do with it.';
comment on column api.plugin.abi is 'Plugin contract it was built for, major.minor.';
comment on column api.plugin.state is 'installed, quarantined (everywhere) or removed.';
comment on column api.plugin.summary is 'What it is for.';
comment on column api.plugin.licence is 'Its licence, an SPDX expression.';
comment on column api.plugin.kinds is 'Array: categorise, automate, report.';
comment on column api.plugin.departments is 'Array of {department_id, department_code, department_name, state, is_enabled, position, mode, last_error, last_error_at, quarantine_reason, incident_count, call_count}: mine only.';
comment on column api.plugin.params is 'Array of {key, type, help, unit, initial, least, most}: what a department may configure.';
comment on column api.plugin.reports is 'Array of {report_id, report_name, report_title, formats, params}.';
comment on column api.plugin.events is 'Array of the events it wants.';
comment on column api.plugin.reads is 'Array of the views of reporting_v1 that its statements read.';
comment on column api.plugin.incident_count is 'Incidents of the last seven days in my departments.';
comment on column api.plugin.call_count is 'Calls since yesterday in my departments.';
comment on column api.plugin.failed_count is 'Those that failed.';
comment on column api.plugin.total_ms is 'Time they took altogether, milliseconds.';
comment on column api.plugin.longest_ms is 'The longest of them, milliseconds.';

drop view if exists api.plugin_department;
create view api.plugin_department as
select d.version, d.plugin_id, d.department_id, d.plugin_name, d.department_code, d.department_name, d.state, d.is_enabled, d."position", d.mode, d.min_confidence, d.config,
       d.config_version, d.missing, d.next_tick_at, d.last_error, d.last_error_at, d.quarantined_at, d.quarantine_reason, d.incident_count, d.call_count, d.failed_count,
       d.total_ms, d.longest_ms
  from fn.plugin_department_shown(null, null) d;
comment on view api.plugin_department is 'What a department does with a plugin.';
comment on column api.plugin_department.department_name is 'Name of the department.';
comment on column api.plugin_department.state is 'removed, quarantined, off, shadow or act.';
comment on column api.plugin_department.config is 'Values of its parameters as text; a secret is {"is_set": true}. Without a value the parameter''s initial one holds.';
comment on column api.plugin_department.missing is 'Array of the parameters that must be set and are not.';
comment on column api.plugin_department.incident_count is 'Incidents of the last seven days.';
comment on column api.plugin_department.call_count is 'Calls since yesterday.';
comment on column api.plugin_department.failed_count is 'Those that failed.';
comment on column api.plugin_department.total_ms is 'Time they took altogether, milliseconds.';
comment on column api.plugin_department.longest_ms is 'The longest of them, milliseconds.';

drop view if exists api.plugin_incident;
create view api.plugin_incident as
select i.plugin_incident_id, i.plugin_id, i.plugin_name, i.plugin_version, i.department_id, i.occurred_at, i.incident_kind, i.sentence, i.backtrace, i.host_name, i.request_id, i.quarantined
  from fn.plugin_incident_shown(null) i;
comment on view api.plugin_incident is 'Something that went wrong with a plugin''s process.';
do $$
begin
    perform fn.copy_comments('api.plugin', '{ebb.plugin}');
    perform fn.copy_comments('api.plugin_department', '{ebb.plugin_department,ebb.plugin,ebb.department}');
    perform fn.copy_comments('api.plugin_incident', '{ebb.plugin_incident,ebb.plugin}');
end $$;

create or replace function api.plugin_list(p_args json)
returns table (version int, plugin_id int, plugin_name text, plugin_version text, abi text, state text, summary text, licence text, kinds jsonb, sha256 text, tick_s int,
               process_count int, is_network_granted boolean, quarantine_scope text, installed_at timestamptz, removed_at timestamptz, quarantined_at timestamptz,
               quarantine_reason text, departments jsonb, params jsonb, reports jsonb, events jsonb, reads jsonb, incident_count bigint,
               call_count numeric, failed_count numeric, total_ms numeric, longest_ms numeric, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.configure');
    return query
        select p.*, p.plugin_id::text from fn.plugin_shown(null) p where p.plugin_id > v_after order by p.plugin_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.plugin_list(json) is 'Plugins that are or were installed: state, version, cost, and what my departments do with them. For administrators.';
grant execute on function api.plugin_list(json) to ebb_app;

create or replace function api.plugin_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin json;
begin
    perform fn.must('desk.configure');
    select row_to_json(p) into v_plugin from fn.plugin_shown((p_args ->> 'plugin_id')::int) p;
    if v_plugin is null then
        perform fn.fail(404, '/plugin_id', 'There is no such plugin.');
    end if;
    return v_plugin;
end $$;
comment on function api.plugin_get(json) is 'One plugin. For administrators.';
grant execute on function api.plugin_get(json) to ebb_app;

create or replace function api.plugin_department_list(p_args json)
returns table (version int, plugin_id int, department_id int, plugin_name text, department_code text, department_name text, state text, is_enabled boolean, "position" int,
               mode text, min_confidence numeric, config jsonb, config_version int, missing jsonb, next_tick_at timestamptz, last_error text, last_error_at timestamptz,
               quarantined_at timestamptz, quarantine_reason text, incident_count bigint, call_count bigint, failed_count bigint, total_ms numeric, longest_ms numeric, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin json;
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.configure');
    v_plugin := api.plugin_get(p_args);
    return query
        select d.*, d.department_id::text from fn.plugin_department_shown((v_plugin ->> 'plugin_id')::int, null) d
         where d.department_id > v_after order by d.department_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.plugin_department_list(json) is 'What the departments that I administer do with a plugin.';
grant execute on function api.plugin_department_list(json) to ebb_app;

create or replace function api.plugin_department_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_row json;
begin
    perform fn.must('desk.configure');
    select row_to_json(d) into v_row from fn.plugin_department_shown((p_args ->> 'plugin_id')::int, (p_args ->> 'department_id')::int) d;
    if v_row is null then
        perform fn.fail(404, '/department_id', 'There is no such plugin or department, or you may not see it.');
    end if;
    return v_row;
end $$;
comment on function api.plugin_department_get(json) is 'What a department that I administer does with a plugin, how it is configured (secrets are not shown) and what it cost.';
grant execute on function api.plugin_department_get(json) to ebb_app;

create or replace function api.plugin_incidents(p_args json)
returns table (plugin_incident_id bigint, plugin_id int, plugin_name text, plugin_version text, department_id int, occurred_at timestamptz, incident_kind text, sentence text,
               backtrace text, host_name text, request_id text, quarantined text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin json;
    v_before constant bigint := coalesce(fn.cursor_int(p_args), 9223372036854775807);
begin
    perform fn.must('desk.configure');
    v_plugin := api.plugin_get(p_args);
    return query
        select i.*, i.plugin_incident_id::text from fn.plugin_incident_shown((v_plugin ->> 'plugin_id')::int) i
         where i.plugin_incident_id < v_before order by i.plugin_incident_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.plugin_incidents(json) is 'What went wrong with a plugin''s processes in the departments that I administer, the latest first.';
grant execute on function api.plugin_incidents(json) to ebb_app;
