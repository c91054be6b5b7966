-- SPDX-License-Identifier: Apache-2.0
-- Incidents of plugins' processes: three strikes in ten minutes, and the plugin is in quarantine.

create or replace function fn.plugin_quarantine_set(p_plugin_id int, p_department_id int, p_reason text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_department_id is null then
        update ebb.plugin p set quarantined_at = fn.now(), quarantine_reason = left(p_reason, 1000), version = p.version + 1
         where p.plugin_id = p_plugin_id and p.quarantined_at is null;
    else
        update ebb.plugin_department d set quarantined_at = fn.now(), quarantine_reason = left(p_reason, 1000), version = d.version + 1
         where d.plugin_id = p_plugin_id and d.department_id = p_department_id and d.quarantined_at is null;
    end if;
    if found then
        perform fn.audit_add(p_department_id, 'plugin.quarantine', 'plugin', (select p.plugin_name from ebb.plugin p where p.plugin_id = p_plugin_id), null,
                             jsonb_build_object('reason', left(p_reason, 1000), 'scope', case when p_department_id is null then 'everywhere' else 'department' end));
        perform pg_notify('ebb_cache', 'plugin');
    end if;
end $$;
comment on function fn.plugin_quarantine_set(int, int, text) is 'Puts a plugin into quarantine, for a department or (NULL) everywhere: nobody asks it until it is lifted.';

create or replace function fn.plugin_strikes(p_plugin_id int, p_department_id int) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select count(*) from ebb.plugin_incident i
             where i.plugin_id = p_plugin_id and i.department_id is not distinct from p_department_id
               -- Those that led to quarantine are spent, also where no department can lift it.
               and i.plugin_incident_id > coalesce((select max(q.plugin_incident_id) from ebb.plugin_incident q
                                                     where q.plugin_id = p_plugin_id and q.department_id is not distinct from p_department_id and q.quarantined <> 'no'), 0)
               and i.occurred_at > greatest(fn.now() - interval '10 minutes',
                       (select d.strikes_from from ebb.plugin_department d where d.plugin_id = p_plugin_id and d.department_id = p_department_id)));
end $$;
comment on function fn.plugin_strikes(int, int) is 'Incidents of a plugin in a department in the last ten minutes, since it was enabled or lifted.';

create or replace function fn.plugin_incident_add(p_args json) returns json
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
comment on function fn.plugin_incident_add(json) is 'Keeps an incident, counts strikes, quarantines at the third, and tells those who use the plugin; see ctl.plugin_incident().';
