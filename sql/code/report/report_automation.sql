-- SPDX-License-Identifier: Apache-2.0
-- What plugins decided, did and cost. Reasons and inputs may hold what people wrote: they are in the API, for the desk, and not here.

create or replace view reporting_v1.automation_runs as
select r.plugin_run_id as automation_run_id,
       r.rule_name as rule_id,
       r.rule_version,
       p.plugin_name,
       r.ticket_id,
       r.department_id,
       r.event_name as trigger_event,
       r.started_at,
       round(r.duration_us / 1000.0, 3) as duration_ms,
       r.outcome,
       r.mode,
       r.changed_field_count,
       r.error_code,
       exists (select from fn.plugin_run_undone u where u.plugin_run_id = r.plugin_run_id) as was_undone,
       (select u.agent_id from fn.plugin_run_undone u where u.plugin_run_id = r.plugin_run_id order by u.event_position limit 1) as undone_by_agent_id,
       timezone((select z.time_zone_name from fn.report_zone z), r.started_at)::date as started_date,
       r.run_kind,
       r.plugin_version,
       r.seq as event_position,
       (select u.occurred_at from fn.plugin_run_undone u where u.plugin_run_id = r.plugin_run_id order by u.event_position limit 1) as undone_at
  from ebb.plugin_run r
  join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view reporting_v1.automation_runs is 'run: one thing a plugin decided about a ticket, a tick or a report, and what became of it.';
comment on column reporting_v1.automation_runs.automation_run_id is 'Key.';
comment on column reporting_v1.automation_runs.rule_id is 'Rule of the plugin that fired, by the plugin''s own name for it; NULL when it named none.';
comment on column reporting_v1.automation_runs.rule_version is 'Version of that rule.';
comment on column reporting_v1.automation_runs.plugin_name is 'Plugin; example: automate_rules.';
comment on column reporting_v1.automation_runs.ticket_id is 'Ticket; joins tickets; NULL for a tick or a report.';
comment on column reporting_v1.automation_runs.department_id is 'Department it worked for; joins dim_departments.';
comment on column reporting_v1.automation_runs.trigger_event is 'What it was called for; example: ticket.opened.';
comment on column reporting_v1.automation_runs.started_at is 'When the call began.';
comment on column reporting_v1.automation_runs.duration_ms is 'How long the plugin''s answer took. Unit: milliseconds.';
comment on column reporting_v1.automation_runs.outcome is 'applied, no_match (nothing to do), skipped (all was refused, doubtful or decided already), failed, or shadow (recorded only).';
comment on column reporting_v1.automation_runs.mode is 'Mode of the plugin in the department then: shadow or act.';
comment on column reporting_v1.automation_runs.changed_field_count is 'Fields of the ticket that it changed.';
comment on column reporting_v1.automation_runs.error_code is 'How it failed: fail, late, gone, nonsense or busy; NULL when it did not.';
comment on column reporting_v1.automation_runs.was_undone is 'True when an agent later put a field back to what it was before the run, or changed a field that the run had suggested.';
comment on column reporting_v1.automation_runs.undone_by_agent_id is 'Agent who did so first; joins dim_agents; NULL when nobody did.';
comment on column reporting_v1.automation_runs.started_date is 'Day of started_at, in the time zone of contract_info.';
comment on column reporting_v1.automation_runs.run_kind is 'categorise, automate or report.';
comment on column reporting_v1.automation_runs.plugin_version is 'Version of the plugin then.';
comment on column reporting_v1.automation_runs.event_position is 'Number of the event in the ticket''s journal that it was called for; with ticket_id joins ticket_events.';
comment on column reporting_v1.automation_runs.undone_at is 'When an agent did so first; NULL when nobody did.';

create or replace view reporting_v1.automation_actions as
select a.plugin_run_id as automation_run_id,
       a."position" as action_position,
       p.plugin_name,
       r.rule_name as rule_id,
       r.ticket_id,
       a.department_id,
       r.started_at,
       a.action_kind,
       a.args ->> 'field' as field_name,
       a.confidence,
       a.outcome
  from ebb.plugin_action a
  join ebb.plugin_run r on r.plugin_run_id = a.plugin_run_id
  join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view reporting_v1.automation_actions is 'action: one thing that a run suggested or asked for, and what became of it.';
comment on column reporting_v1.automation_actions.automation_run_id is 'Run; joins automation_runs.';
comment on column reporting_v1.automation_actions.action_position is 'Order within the run; with automation_run_id the key.';
comment on column reporting_v1.automation_actions.plugin_name is 'Plugin.';
comment on column reporting_v1.automation_actions.rule_id is 'Rule of the plugin that fired; NULL when it named none.';
comment on column reporting_v1.automation_actions.ticket_id is 'Ticket; joins tickets; NULL for a tick.';
comment on column reporting_v1.automation_actions.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.automation_actions.started_at is 'When the run began.';
comment on column reporting_v1.automation_actions.action_kind is 'suggest, or the action''s name; example: assign.';
comment on column reporting_v1.automation_actions.field_name is 'Of a suggestion the field; example: service_id.';
comment on column reporting_v1.automation_actions.confidence is 'Of a suggestion how sure the plugin was, 0 to 1.';
comment on column reporting_v1.automation_actions.outcome is 'applied, refused (by a rule of the desk), shadow, outranked (another plugin decided first), doubtful (too little confidence), or given (the requester had said it).';

create or replace view reporting_v1.automation_daily as
select r.started_date as date,
       r.department_id,
       r.plugin_name,
       r.rule_id,
       r.run_kind,
       count(*) as run_count,
       count(*) filter (where r.outcome = 'applied') as applied_count,
       count(*) filter (where r.outcome = 'shadow') as shadow_count,
       count(*) filter (where r.outcome = 'skipped') as skipped_count,
       count(*) filter (where r.outcome = 'failed') as failed_count,
       count(*) filter (where r.was_undone) as undone_count,
       percentile_disc(0.5) within group (order by r.duration_ms) as median_duration_ms,
       count(distinct r.ticket_id) filter (where r.outcome = 'applied') as touched_ticket_count
  from reporting_v1.automation_runs r
 group by r.started_date, r.department_id, r.plugin_name, r.rule_id, r.run_kind;
comment on view reporting_v1.automation_daily is 'day x department x plugin x rule x kind of work: how often it ran and how that ended.';
comment on column reporting_v1.automation_daily.date is 'Day, in the time zone of contract_info; joins dim_date.';
comment on column reporting_v1.automation_daily.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.automation_daily.plugin_name is 'Plugin.';
comment on column reporting_v1.automation_daily.rule_id is 'Rule of the plugin that fired; NULL when it named none.';
comment on column reporting_v1.automation_daily.run_kind is 'categorise, automate or report.';
comment on column reporting_v1.automation_daily.run_count is 'Runs.';
comment on column reporting_v1.automation_daily.applied_count is 'Runs of which something was done.';
comment on column reporting_v1.automation_daily.shadow_count is 'Runs that were recorded only.';
comment on column reporting_v1.automation_daily.skipped_count is 'Runs of which nothing was done: refused, doubtful or decided already.';
comment on column reporting_v1.automation_daily.failed_count is 'Runs that failed.';
comment on column reporting_v1.automation_daily.undone_count is 'Runs that an agent took back or corrected later.';
comment on column reporting_v1.automation_daily.median_duration_ms is 'Duration which half of the runs do not exceed; nearest rank. Unit: milliseconds.';
comment on column reporting_v1.automation_daily.touched_ticket_count is 'Tickets to which something was done.';

create or replace view reporting_v1.plugin_incidents as
select i.plugin_incident_id, p.plugin_name, i.plugin_version, i.department_id, i.occurred_at,
       timezone((select z.time_zone_name from fn.report_zone z), i.occurred_at)::date as occurred_date,
       i.incident_kind, i.quarantined as quarantine_scope, i.quarantined <> 'no' as was_quarantined, i.host_name
  from ebb.plugin_incident i
  join ebb.plugin p on p.plugin_id = i.plugin_id;
comment on view reporting_v1.plugin_incidents is 'incident: a plugin''s process that crashed, hung, used up its memory, answered nonsense or could not start.';
comment on column reporting_v1.plugin_incidents.plugin_incident_id is 'Key.';
comment on column reporting_v1.plugin_incidents.plugin_name is 'Plugin.';
comment on column reporting_v1.plugin_incidents.plugin_version is 'Its version then.';
comment on column reporting_v1.plugin_incidents.department_id is 'Department it worked for; joins dim_departments.';
comment on column reporting_v1.plugin_incidents.occurred_at is 'When.';
comment on column reporting_v1.plugin_incidents.occurred_date is 'Day of occurred_at, in the time zone of contract_info.';
comment on column reporting_v1.plugin_incidents.incident_kind is 'crash, hang, memory, nonsense or start.';
comment on column reporting_v1.plugin_incidents.quarantine_scope is 'Where it led to quarantine: no, department or everywhere.';
comment on column reporting_v1.plugin_incidents.was_quarantined is 'True when it was the one that led to quarantine.';
comment on column reporting_v1.plugin_incidents.host_name is 'Host of the desk on which it happened.';

create or replace view reporting_v1.plugin_daily as
select d.day as utc_date, d.department_id, p.plugin_name, d.run_kind, d.result as call_result, d.call_count,
       round(d.total_us / 1000.0, 3) as total_duration_ms, round(d.longest_us / 1000.0, 3) as longest_duration_ms
  from ebb.plugin_day d
  join ebb.plugin p on p.plugin_id = d.plugin_id
union all
select (r.started_at at time zone 'UTC')::date, r.department_id, p.plugin_name, r.run_kind, coalesce(r.error_code, case when r.outcome = 'no_match' then 'skip' else 'ok' end), count(*),
       round(sum(r.duration_us) / 1000.0, 3), round(max(r.duration_us) / 1000.0, 3)
  from ebb.plugin_run r
  join ebb.plugin p on p.plugin_id = r.plugin_id
 where r.run_kind = 'categorise'
 group by 1, 2, 3, 4, 5;
comment on view reporting_v1.plugin_daily is 'day x department x plugin x kind of work x result: calls of plugins and the time they took.';
comment on column reporting_v1.plugin_daily.utc_date is 'Day, UTC.';
comment on column reporting_v1.plugin_daily.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.plugin_daily.plugin_name is 'Plugin.';
comment on column reporting_v1.plugin_daily.run_kind is 'categorise, automate or report.';
comment on column reporting_v1.plugin_daily.call_result is 'How the calls ended: ok, skip, fail, later, late, busy, gone or nonsense.';
comment on column reporting_v1.plugin_daily.call_count is 'Calls.';
comment on column reporting_v1.plugin_daily.total_duration_ms is 'Time they took altogether. Unit: milliseconds.';
comment on column reporting_v1.plugin_daily.longest_duration_ms is 'The longest of them. Unit: milliseconds.';
grant select on reporting_v1.automation_runs, reporting_v1.automation_actions, reporting_v1.automation_daily, reporting_v1.plugin_incidents, reporting_v1.plugin_daily
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
