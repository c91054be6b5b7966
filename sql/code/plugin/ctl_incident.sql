-- SPDX-License-Identifier: Apache-2.0
-- The keeper's door: what befell a plugin's process.

create or replace function ctl.plugin_incident(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.plugin_incident_add(p_args);
end $$;
comment on function ctl.plugin_incident(json) is 'Keeps what befell a plugin''s process (plugin_name, department_id, incident_kind, sentence, backtrace, host_name, request_id); the third within ten minutes quarantines it. {"strikes": n, "quarantined": no|department|everywhere}.';
grant execute on function ctl.plugin_incident(json) to ebb_courier;
