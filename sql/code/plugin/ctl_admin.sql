-- SPDX-License-Identifier: Apache-2.0
-- The operator's doors to plugins, for ebbctl: the rules are those of the API.

create or replace function ctl.plugin_install(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.plugin_install(p_args);
end $$;
comment on function ctl.plugin_install(json) is 'Makes a plugin known to the desk, or its next version; see fn.plugin_install().';
grant execute on function ctl.plugin_install(json) to ebb_ctl;

create or replace function ctl.plugin_list(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(json_agg(p order by p.plugin_name), '[]') from fn.plugin_shown(null) p
             where coalesce((p_args ->> 'with_removed')::boolean, true) or p.state <> 'removed');
end $$;
comment on function ctl.plugin_list(json) is 'Array of all plugins as GET /api/v1/plugins shows them, with every department; {with_removed: false} leaves removed ones out.';
grant execute on function ctl.plugin_list(json) to ebb_ctl;

create or replace function ctl.plugin_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin_id constant int := (fn.plugin_find(p_args)).plugin_id;
begin
    return (select to_jsonb(p) || jsonb_build_object(
                'statements', (select coalesce(jsonb_agg(jsonb_build_object('name', s.statement_name, 'sql', s.statement_sql, 'report', s.report_name, 'when', s.run_when)
                                                         order by s.statement_name), '[]') from ebb.plugin_statement s where s.plugin_id = v_plugin_id),
                'configurations', (select coalesce(jsonb_agg(to_jsonb(d) order by d.department_id), '[]') from fn.plugin_department_shown(v_plugin_id, null) d),
                'incidents', (select coalesce(jsonb_agg(to_jsonb(i) order by i.plugin_incident_id desc), '[]')
                                from (select * from fn.plugin_incident_shown(v_plugin_id) x order by x.plugin_incident_id desc limit 20) i))
              from fn.plugin_shown(v_plugin_id) p)::json;
end $$;
comment on function ctl.plugin_get(json) is 'One plugin {plugin_name or plugin_id} with its statements, what each department does with it, and its latest incidents.';
grant execute on function ctl.plugin_get(json) to ebb_ctl;

create or replace function ctl.plugin_department_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select row_to_json(d) from fn.plugin_department_shown((fn.plugin_find(p_args)).plugin_id, fn.plugin_department_find(p_args)) d);
end $$;
comment on function ctl.plugin_department_get(json) is 'What a department does with a plugin {plugin_name or plugin_id, department (code) or department_id}.';
grant execute on function ctl.plugin_department_get(json) to ebb_ctl;

create or replace function ctl.plugin_prepare(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.plugin_prepare(p_args);
end $$;
comment on function ctl.plugin_prepare(json) is 'First step of configuring; see fn.plugin_prepare().';
grant execute on function ctl.plugin_prepare(json) to ebb_ctl;

create or replace function ctl.plugin_configure(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.plugin_configure(p_args);
    return ctl.plugin_department_get(p_args);
end $$;
comment on function ctl.plugin_configure(json) is 'Enables, orders or configures a plugin for a department; see fn.plugin_configure().';
grant execute on function ctl.plugin_configure(json) to ebb_ctl;

create or replace function ctl.plugin_quarantine(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.plugin_quarantine(p_args);
    return ctl.plugin_get(p_args);
end $$;
comment on function ctl.plugin_quarantine(json) is 'Puts a plugin in quarantine, for a department or everywhere; see fn.plugin_quarantine().';
grant execute on function ctl.plugin_quarantine(json) to ebb_ctl;

create or replace function ctl.plugin_lift(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.plugin_lift(p_args);
    return ctl.plugin_get(p_args);
end $$;
comment on function ctl.plugin_lift(json) is 'Takes a plugin out of quarantine, for a department or everywhere; see fn.plugin_lift().';
grant execute on function ctl.plugin_lift(json) to ebb_ctl;

create or replace function ctl.plugin_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.plugin_remove(p_args);
    return ctl.plugin_get(p_args);
end $$;
comment on function ctl.plugin_remove(json) is 'Removes a plugin from the desk; see fn.plugin_remove().';
grant execute on function ctl.plugin_remove(json) to ebb_ctl;

create or replace function ctl.plugin_record(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin ebb.plugin;
    v_ticket ebb.ticket;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = (p_args ->> 'ticket_id')::bigint;
    if not found then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket.');
    end if;
    if p_args ->> 'plugin_name' is not null then
        select * into v_plugin from ebb.plugin p where p.plugin_name = p_args ->> 'plugin_name';
    end if;
    return json_build_object('ticket_id', v_ticket.ticket_id, 'department_id', v_ticket.department_id,
                             'calls', json_build_array(fn.plugin_record_opening(v_ticket, v_plugin.plugin_id), fn.plugin_record_events(v_ticket, v_plugin.plugin_id)));
end $$;
comment on function ctl.plugin_record(json) is 'What happened to a ticket, as calls for ebbctl plugin test {ticket_id, plugin_name}: one for categorisation as it was opened, one for automation with every event of its journal and the facts as they were then. Rows of statements are there when that plugin is installed.';
grant execute on function ctl.plugin_record(json) to ebb_ctl;
