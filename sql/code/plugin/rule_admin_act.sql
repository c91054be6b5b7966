-- SPDX-License-Identifier: Apache-2.0
-- Quarantine by hand, lifting it, removing.

create or replace function fn.plugin_quarantine(p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin constant ebb.plugin := fn.plugin_find(p_args);
    v_is_here constant boolean := coalesce(p_args ->> 'department_id', p_args ->> 'department', p_args ->> 'department_code') is not null;
    v_reason constant text := fn.want_text(p_args, 'reason');
    v_department_id int;
    v_row ebb.plugin_department;
begin
    if v_is_here then
        v_department_id := fn.plugin_department_find(p_args);
        select * into v_row from ebb.plugin_department d where d.plugin_id = v_plugin.plugin_id and d.department_id = v_department_id for no key update;
        if not found then
            perform fn.fail(409, null, format('The department does not use %s.', v_plugin.plugin_name));
        end if;
    else
        perform fn.plugin_must(null);
    end if;
    if (v_is_here and v_row.quarantined_at is not null) or (not v_is_here and v_plugin.quarantined_at is not null) then
        perform fn.fail(409, null, format('%s is in quarantine already.', v_plugin.plugin_name));
    end if;
    perform fn.plugin_quarantine_set(v_plugin.plugin_id, v_department_id, v_reason);
end $$;
comment on function fn.plugin_quarantine(json) is 'Puts a plugin in quarantine for a department, or everywhere when none is named: it is not called any more until somebody lifts that. {plugin_id or plugin_name, department_id or department, reason}.';
grant execute on function fn.plugin_quarantine(json) to ebb_api;

create or replace function fn.plugin_lift(p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin ebb.plugin := fn.plugin_find(p_args);
    v_is_here constant boolean := coalesce(p_args ->> 'department_id', p_args ->> 'department', p_args ->> 'department_code') is not null;
    v_department_id int;
    v_before jsonb;
begin
    if v_is_here then
        v_department_id := fn.plugin_department_find(p_args);
        select jsonb_build_object('quarantined_at', d.quarantined_at, 'reason', d.quarantine_reason) into v_before
          from ebb.plugin_department d where d.plugin_id = v_plugin.plugin_id and d.department_id = v_department_id and d.quarantined_at is not null for no key update;
        update ebb.plugin_department d set version = d.version + 1, quarantined_at = null, quarantine_reason = null, strikes_from = fn.now()
         where d.plugin_id = v_plugin.plugin_id and d.department_id = v_department_id and v_before is not null;
    else
        perform fn.plugin_must(null);
        select jsonb_build_object('quarantined_at', p.quarantined_at, 'reason', p.quarantine_reason) into v_before
          from ebb.plugin p where p.plugin_id = v_plugin.plugin_id and p.quarantined_at is not null for no key update;
        update ebb.plugin p set version = p.version + 1, quarantined_at = null, quarantine_reason = null where p.plugin_id = v_plugin.plugin_id and v_before is not null;
        update ebb.plugin_department d set strikes_from = fn.now() where d.plugin_id = v_plugin.plugin_id and v_before is not null;
    end if;
    if v_before is null then
        perform fn.fail(409, null, format('%s is not in quarantine %s.', v_plugin.plugin_name, case when v_is_here then 'for the department' else 'everywhere' end),
                        case when v_is_here and v_plugin.quarantined_at is not null then 'It is in quarantine everywhere: lift it without a department.'
                             when not v_is_here then 'Name the department for which it is.' end);
    end if;
    perform fn.audit_add(v_department_id, 'plugin.lift', 'plugin', v_plugin.plugin_name, v_before, null);
    perform fn.plugin_changed();
end $$;
comment on function fn.plugin_lift(json) is 'Takes a plugin out of quarantine for a department, or out of that everywhere when none is named; strikes before this instant count no more. {plugin_id or plugin_name, department_id or department}.';
grant execute on function fn.plugin_lift(json) to ebb_api;

create or replace function fn.plugin_remove(p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin ebb.plugin := fn.plugin_find(p_args);
    v_enabled jsonb;
begin
    perform fn.plugin_must(null);
    select * into v_plugin from ebb.plugin p where p.plugin_id = v_plugin.plugin_id for no key update;
    perform fn.plugin_fresh(p_args, v_plugin.version, v_plugin.plugin_name);
    if v_plugin.removed_at is not null then
        perform fn.fail(409, null, format('%s has been removed already.', v_plugin.plugin_name));
    end if;
    select coalesce(jsonb_agg(d.department_id order by d.department_id), '[]') into v_enabled from ebb.plugin_department d where d.plugin_id = v_plugin.plugin_id and d.is_enabled;
    update ebb.plugin p set version = p.version + 1, removed_at = fn.now() where p.plugin_id = v_plugin.plugin_id;
    update ebb.plugin_department d set version = d.version + 1, is_enabled = false, next_tick_at = null where d.plugin_id = v_plugin.plugin_id and d.is_enabled;
    update ebb.report_schedule s set version = s.version + 1, is_active = false
      from ebb.plugin_report r where r.report_id = s.report_id and r.plugin_id = v_plugin.plugin_id and s.is_active;
    perform fn.plugin_forget(v_plugin.plugin_id, null);
    perform fn.audit_add(null, 'plugin.remove', 'plugin', v_plugin.plugin_name,
                         jsonb_build_object('plugin_version', v_plugin.plugin_version, 'sha256', v_plugin.sha256, 'enabled_department_ids', v_enabled), null);
    perform fn.plugin_changed();
end $$;
comment on function fn.plugin_remove(json) is 'Removes a plugin from the desk: no department uses it any more. What it did stays, its tables stay, and so does each department''s configuration. {plugin_id or plugin_name, if_match}.';
grant execute on function fn.plugin_remove(json) to ebb_api;
