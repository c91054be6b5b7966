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
               and i.occurred_at > greatest(fn.now() - interval '10 minutes',
                       (select d.strikes_from from ebb.plugin_department d where d.plugin_id = p_plugin_id and d.department_id = p_department_id)));
end $$;
comment on function fn.plugin_strikes(int, int) is 'Incidents of a plugin in a department in the last ten minutes, since it was enabled or lifted.';
