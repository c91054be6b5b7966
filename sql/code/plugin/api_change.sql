-- SPDX-License-Identifier: Apache-2.0
-- What administrators do to plugins: configure in two steps, quarantine, lift, remove.

create or replace function api.plugin_prepare(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    return fn.plugin_prepare(p_args);
end $$;
comment on function api.plugin_prepare(json) is 'Internal: first step of configuring a plugin for a department: rights, If-Match and values are checked; returns parameters and the configuration as it will be, for the plugin''s own check and for sealing its secrets.';
grant execute on function api.plugin_prepare(json) to ebb_app;

create or replace function api.plugin_configure(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.plugin_configure(p_args);
    return api.plugin_department_get(p_args);
end $$;
comment on function api.plugin_configure(json) is 'Enables, orders or configures a plugin for a department, by its administrators. Values are checked against what the plugin declares, then by the plugin itself; all faults are told at once.';
grant execute on function api.plugin_configure(json) to ebb_app;

create or replace function api.plugin_quarantine(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.plugin_quarantine(p_args);
    return api.plugin_get(p_args);
end $$;
comment on function api.plugin_quarantine(json) is 'Puts a plugin in quarantine for a department, by its administrators; everywhere, when none is named, by those who administer all departments.';
grant execute on function api.plugin_quarantine(json) to ebb_app;

create or replace function api.plugin_lift(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.plugin_lift(p_args);
    return api.plugin_get(p_args);
end $$;
comment on function api.plugin_lift(json) is 'Takes a plugin out of quarantine, for a department or everywhere; what went wrong before does not count any more.';
grant execute on function api.plugin_lift(json) to ebb_app;

create or replace function api.plugin_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.plugin_remove(p_args);
    return json_build_object();
end $$;
comment on function api.plugin_remove(json) is 'Removes a plugin from the desk, by those who administer all departments. What it did, its tables and its configuration stay readable.';
grant execute on function api.plugin_remove(json) to ebb_app;

drop view if exists api.automation_run;
create view api.automation_run as
select r.automation_run_id, r.ticket_id, r.plugin_name, r.plugin_version, r.run_kind, r.trigger_event, r.event_position, r.rule_id, r.rule_version, r.mode, r.started_at,
       r.duration_ms, r.outcome, r.changed_field_count, r.error_code, r.sentence, r.inputs, r.actions
  from fn.automation_shown(null) r;
comment on view api.automation_run is 'Something that a plugin decided about a ticket, and what became of it.';
comment on column api.automation_run.automation_run_id is 'Key.';
comment on column api.automation_run.plugin_name is 'Plugin.';
comment on column api.automation_run.trigger_event is 'What it was called for; example: ticket.opened.';
comment on column api.automation_run.event_position is 'Number of that event in the ticket''s journal.';
comment on column api.automation_run.rule_id is 'Rule of the plugin that fired; null when it named none.';
comment on column api.automation_run.duration_ms is 'How long its answer took, milliseconds.';
comment on column api.automation_run.inputs is 'What the rule looked at; for the desk only.';
comment on column api.automation_run.actions is 'Array of {position, action, args, confidence, explanation, outcome, sentence}; a requester sees what was done of what they can see, without reasons.';
do $$ begin perform fn.copy_comments('api.automation_run', '{ebb.plugin_run}'); end $$;

create or replace function api.automation_list(p_args json)
returns table (automation_run_id bigint, ticket_id bigint, plugin_name text, plugin_version text, run_kind text, trigger_event text, event_position int, rule_id text,
               rule_version int, mode text, started_at timestamptz, duration_ms numeric, outcome text, changed_field_count int, error_code text, sentence text,
               inputs jsonb, actions jsonb, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id constant bigint := (p_args ->> 'ticket_id')::bigint;
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    perform fn.ticket_must_see(v_ticket_id);
    return query
        select r.*, r.automation_run_id::text from fn.automation_shown(v_ticket_id) r where r.automation_run_id > v_after
         order by r.automation_run_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.automation_list(json) is 'What plugins did to a ticket, oldest first: rule, reasons and inputs for the desk; for its requester what was done, without them.';
grant execute on function api.automation_list(json) to ebb_app;
