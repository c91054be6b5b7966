-- SPDX-License-Identifier: Apache-2.0
-- The keeper's door: what befell a plugin's process.

create or replace function ctl.plugin_incident(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin ebb.plugin;
    v_department_id constant int := (p_args ->> 'department_id')::int;
    v_incident_id bigint;
    v_strikes int;
    v_where text := 'no';
begin
    select * into v_plugin from ebb.plugin p where p.plugin_name = p_args ->> 'plugin_name' for no key update;
    if not found then
        return json_build_object('strikes', 0, 'quarantined', 'no');
    end if;
    insert into ebb.plugin_incident (plugin_id, department_id, occurred_at, incident_kind, sentence, backtrace, host_name, request_id, plugin_version)
    values (v_plugin.plugin_id, v_department_id, fn.now(), p_args ->> 'incident_kind', left(p_args ->> 'sentence', 1000), left(p_args ->> 'backtrace', 16000),
            left(p_args ->> 'host_name', 255), left(p_args ->> 'request_id', 64), v_plugin.plugin_version)
    returning plugin_incident_id into v_incident_id;
    v_strikes := fn.plugin_strikes(v_plugin.plugin_id, v_department_id);
    if v_strikes >= 3 then
        v_where := case when v_department_id is null then 'everywhere' else v_plugin.quarantine_scope end;
        perform fn.plugin_quarantine_set(v_plugin.plugin_id, case when v_where = 'department' then v_department_id end,
                                         format('%s incidents in ten minutes, the latest: %s', v_strikes, p_args ->> 'sentence'));
        update ebb.plugin_incident i set quarantined = v_where where i.plugin_incident_id = v_incident_id;
    end if;
    perform fn.plugin_failed(v_plugin.plugin_id, v_department_id, p_args ->> 'sentence');
    insert into ebb.outbox (department_id, topic, payload, created_at, next_at)
    select d.department_id, case when v_where = 'no' then 'plugin.incident' else 'plugin.quarantined' end,
           jsonb_build_object('plugin_name', v_plugin.plugin_name, 'plugin_incident_id', v_incident_id, 'sentence', p_args ->> 'sentence'), fn.now(), fn.now()
      from ebb.plugin_department d
     where d.plugin_id = v_plugin.plugin_id and d.is_enabled and (d.department_id = v_department_id or v_where = 'everywhere');
    return json_build_object('strikes', v_strikes, 'quarantined', v_where);
end $$;
comment on function ctl.plugin_incident(json) is 'Keeps what befell a plugin''s process (plugin_name, department_id, incident_kind, sentence, backtrace, host_name, request_id); the third within ten minutes quarantines it. {"strikes": n, "quarantined": no|department|everywhere}.';
grant execute on function ctl.plugin_incident(json) to ebb_courier;
