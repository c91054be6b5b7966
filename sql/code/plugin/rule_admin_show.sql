-- SPDX-License-Identifier: Apache-2.0
-- Plugins as administrators see them: each installed one, and what their own departments do with it. Of other departments nothing
-- is told, neither a setting nor an error nor a count.

create or replace function fn.plugin_state(p_plugin ebb.plugin, p_row ebb.plugin_department) returns text
language sql immutable
return case when (p_plugin).removed_at is not null then 'removed' when (p_plugin).quarantined_at is not null or (p_row).quarantined_at is not null then 'quarantined'
            when not coalesce((p_row).is_enabled, false) then 'off' else (p_row).mode end;
comment on function fn.plugin_state(ebb.plugin, ebb.plugin_department) is 'How a plugin stands in a department: removed, quarantined, off, shadow or act.';

create or replace function fn.plugin_incident_count(p_plugin_id int, p_departments int[]) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select count(*) from ebb.plugin_incident i
             where i.plugin_id = p_plugin_id and i.occurred_at > fn.now() - interval '7 days' and (i.department_id is null or i.department_id = any (p_departments)));
end $$;
comment on function fn.plugin_incident_count(int, int[]) is 'Incidents of a plugin in the last seven days: those of these departments, and those of none.';

create or replace function fn.plugin_department_shown(p_plugin_id int, p_department_id int)
returns table (version int, plugin_id int, department_id int, plugin_name text, department_code text, department_name text, state text, is_enabled boolean, "position" int,
               mode text, min_confidence numeric, config jsonb, config_version int, missing jsonb, next_tick_at timestamptz, last_error text, last_error_at timestamptz,
               quarantined_at timestamptz, quarantine_reason text, incident_count bigint, call_count bigint, failed_count bigint, total_ms numeric, longest_ms numeric)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select r.version, p.plugin_id, d.department_id, p.plugin_name, d.department_code, d.department_name, fn.plugin_state(p, r), r.is_enabled, r."position", r.mode,
               r.min_confidence, fn.plugin_config_shown(p.description -> 'params', r.config), r.config_version,
               (select coalesce(jsonb_agg(substr(m.value ->> 'pointer', 9)), '[]') from jsonb_array_elements(fn.plugin_config_missing(p.description -> 'params', r.config)) m),
               r.next_tick_at, r.last_error, r.last_error_at, r.quarantined_at, r.quarantine_reason, fn.plugin_incident_count(p.plugin_id, array[d.department_id]),
               c.call_count, c.failed_count, round(c.total_us / 1000.0, 3), round(c.longest_us / 1000.0, 3)
          from ebb.plugin p
          join ebb.department d on d.department_id = any (fn.plugin_admin_departments()) and d.is_active
         cross join lateral fn.plugin_department_get(p.plugin_id, d.department_id) r
         cross join lateral fn.plugin_cost(p.plugin_id, d.department_id) c
         where (p_plugin_id is null or p.plugin_id = p_plugin_id) and (p_department_id is null or d.department_id = p_department_id)
         order by p.plugin_id, d.department_id;
end $$;
comment on function fn.plugin_department_shown(int, int) is 'What each department that the caller administers does with each plugin; secrets are {"is_set": true}.';
grant execute on function fn.plugin_department_shown(int, int) to ebb_api;

create or replace function fn.plugin_shown(p_plugin_id int)
returns table (version int, plugin_id int, plugin_name text, plugin_version text, abi text, state text, summary text, licence text, kinds jsonb, sha256 text, tick_s int,
               process_count int, is_network_granted boolean, quarantine_scope text, installed_at timestamptz, removed_at timestamptz, quarantined_at timestamptz,
               quarantine_reason text, departments jsonb, params jsonb, reports jsonb, events jsonb, reads jsonb, incident_count bigint,
               call_count numeric, failed_count numeric, total_ms numeric, longest_ms numeric)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select p.version, p.plugin_id, p.plugin_name, p.plugin_version, p.abi_major || '.' || p.abi_minor,
               case when p.removed_at is not null then 'removed' when p.quarantined_at is not null then 'quarantined' else 'installed' end,
               p.description ->> 'summary', p.description ->> 'licence',
               (select coalesce(jsonb_agg(k.word order by k.bit), '[]') from (values (1, 'categorise'), (2, 'automate'), (4, 'report')) k (bit, word) where p.kinds & k.bit <> 0),
               p.sha256, p.tick_s, p.process_count, p.is_network_granted, p.quarantine_scope, p.installed_at, p.removed_at, p.quarantined_at, p.quarantine_reason,
               d.departments, coalesce(p.description -> 'params', '[]'),
               (select coalesce(jsonb_agg(jsonb_build_object('report_id', r.report_id, 'report_name', r.report_name, 'report_title', r.report_title, 'formats', r.formats, 'params', r.params)
                                          order by r.report_id), '[]') from ebb.plugin_report r where r.plugin_id = p.plugin_id and r.is_offered),
               coalesce(p.description -> 'events', '[]'), coalesce(p.description -> 'reads', '[]'),
               fn.plugin_incident_count(p.plugin_id, fn.plugin_admin_departments()), d.call_count, d.failed_count, d.total_ms, d.longest_ms
          from ebb.plugin p
         cross join lateral (select coalesce(jsonb_agg(jsonb_build_object('department_id', s.department_id, 'department_code', s.department_code, 'department_name', s.department_name,
                                                 'state', s.state, 'is_enabled', s.is_enabled, 'position', s."position", 'mode', s.mode, 'last_error', s.last_error,
                                                 'last_error_at', s.last_error_at, 'quarantine_reason', s.quarantine_reason, 'incident_count', s.incident_count,
                                                 'call_count', s.call_count) order by s.department_id), '[]') as departments,
                                    coalesce(sum(s.call_count), 0) as call_count, coalesce(sum(s.failed_count), 0) as failed_count,
                                    coalesce(sum(s.total_ms), 0) as total_ms, coalesce(max(s.longest_ms), 0) as longest_ms
                               from fn.plugin_department_shown(p.plugin_id, null) s) d
         where p_plugin_id is null or p.plugin_id = p_plugin_id
         order by p.plugin_id;
end $$;
comment on function fn.plugin_shown(int) is 'Each plugin that is or was installed, with what the departments that the caller administers do with it, and what it cost them since yesterday.';
grant execute on function fn.plugin_shown(int) to ebb_api;

create or replace function fn.plugin_incident_shown(p_plugin_id int)
returns table (plugin_incident_id bigint, plugin_id int, plugin_name text, plugin_version text, department_id int, occurred_at timestamptz, incident_kind text, sentence text,
               backtrace text, host_name text, request_id text, quarantined text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select i.plugin_incident_id, i.plugin_id, p.plugin_name, i.plugin_version, i.department_id, i.occurred_at, i.incident_kind, i.sentence, i.backtrace, i.host_name,
               i.request_id, i.quarantined
          from ebb.plugin_incident i join ebb.plugin p on p.plugin_id = i.plugin_id
         where (p_plugin_id is null or i.plugin_id = p_plugin_id) and (i.department_id is null or i.department_id = any (fn.plugin_admin_departments()))
           and fn.plugin_admin_departments() <> '{}';
end $$;
comment on function fn.plugin_incident_shown(int) is 'What went wrong with a plugin''s processes in the departments that the caller administers, and outside of any.';
grant execute on function fn.plugin_incident_shown(int) to ebb_api;
