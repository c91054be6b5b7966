-- SPDX-License-Identifier: Apache-2.0
-- The journal as reports see it: what happened when, by whom, to which field; never a text that somebody wrote.

create or replace view reporting_v1.ticket_events as
select e.ticket_id,
       e.seq as event_position,
       e.department_id,
       e.occurred_at,
       timezone((select z.time_zone_name from fn.report_zone z), e.occurred_at)::date as occurred_date,
       e.recorded_at,
       e.event_kind,
       e.actor_kind,
       case when e.actor_kind = 'agent' then e.actor_id end as agent_id,
       (select string_agg(k.key, ', ' order by k.key) from jsonb_object_keys(e.changes) k (key)) as changed_field_names,
       t.import_id,
       e.plugin_run_id as automation_run_id,
       (select l.plugin_name from fn.plugin_run_label l where l.plugin_run_id = e.plugin_run_id) as plugin_name
  from ebb.ticket_event e
  join fn.ticket_label t on t.ticket_id = e.ticket_id;
comment on view reporting_v1.ticket_events is 'event: one entry of the journal.';
comment on column reporting_v1.ticket_events.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.ticket_events.event_position is 'Which event of the ticket, from 1; with ticket_id the key.';
comment on column reporting_v1.ticket_events.department_id is 'Department of the ticket at that event; joins dim_departments.';
comment on column reporting_v1.ticket_events.occurred_at is 'When it happened.';
comment on column reporting_v1.ticket_events.occurred_date is 'Day of occurred_at, in the time zone of contract_info.';
comment on column reporting_v1.ticket_events.recorded_at is 'When Ebb learnt of it; later for imported events.';
comment on column reporting_v1.ticket_events.event_kind is 'What happened; example: resolved.';
comment on column reporting_v1.ticket_events.actor_kind is 'agent, requester, rule, plugin, import or system.';
comment on column reporting_v1.ticket_events.agent_id is 'Agent who did it; joins dim_agents; NULL for everybody else.';
comment on column reporting_v1.ticket_events.changed_field_names is 'Fields that changed, with commas; example: assignee_id, state.';
comment on column reporting_v1.ticket_events.import_id is 'Import the ticket came from; NULL when it was opened here.';
comment on column reporting_v1.ticket_events.automation_run_id is 'Run of a plugin that did it; joins automation_runs; NULL for everybody else.';
comment on column reporting_v1.ticket_events.plugin_name is 'Plugin that did it; NULL for everybody else.';

create or replace view reporting_v1.ticket_field_changes as
select e.ticket_id,
       e.seq as event_position,
       c.key as field_name,
       e.department_id,
       e.occurred_at,
       e.actor_kind,
       c.value ->> 0 as old_value,
       c.value ->> 1 as new_value,
       t.import_id
  from ebb.ticket_event e
  join fn.ticket_label t on t.ticket_id = e.ticket_id
 cross join lateral jsonb_each(e.changes) c
 where c.key not in ('subject', 'description', 'state_note');
comment on view reporting_v1.ticket_field_changes is 'changed field of an event, with the value before and after. Fields that hold written text are left out.';
comment on column reporting_v1.ticket_field_changes.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.ticket_field_changes.event_position is 'Event; with ticket_id joins ticket_events.';
comment on column reporting_v1.ticket_field_changes.field_name is 'Field; example: priority.';
comment on column reporting_v1.ticket_field_changes.department_id is 'Department of the ticket at that event; joins dim_departments.';
comment on column reporting_v1.ticket_field_changes.occurred_at is 'When it happened.';
comment on column reporting_v1.ticket_field_changes.actor_kind is 'agent, requester, rule, plugin, import or system.';
comment on column reporting_v1.ticket_field_changes.old_value is 'Value before, as text; NULL when there was none.';
comment on column reporting_v1.ticket_field_changes.new_value is 'Value after, as text; NULL when it was taken away.';
comment on column reporting_v1.ticket_field_changes.import_id is 'Import the ticket came from; NULL when it was opened here.';

create or replace view reporting_v1.priority_changes as
select e.ticket_id,
       e.seq as event_position,
       e.department_id,
       e.occurred_at as changed_at,
       timezone((select z.time_zone_name from fn.report_zone z), e.occurred_at)::date as changed_date,
       e.actor_kind,
       (e.changes -> 'priority' ->> 0)::int as old_priority,
       (e.changes -> 'priority' ->> 1)::int as new_priority,
       e.changes ?| array['impact', 'urgency', 'service_id', 'matrix_version_id']
           or exists (select from ebb.ticket_event x
                       where x.ticket_id = e.ticket_id and x.seq between 2 and e.seq - 1 and x.occurred_at >= e.occurred_at - interval '15 minutes'
                         and x.changes ?| array['impact', 'urgency', 'service_id']) as is_explained,
       exists (select from ebb.ticket_event x
                where x.ticket_id = e.ticket_id and x.seq < e.seq and x.changes ? 'priority' and x.changes -> 'priority' -> 0 = e.changes -> 'priority' -> 1) as is_flip_flop,
       t.service_id,
       t.import_id,
       t.opened_at
  from ebb.ticket_event e
  join fn.ticket_label t on t.ticket_id = e.ticket_id
 where e.seq > 1 and e.changes ? 'priority';
comment on view reporting_v1.priority_changes is 'change of a priority, after the opening.';
comment on column reporting_v1.priority_changes.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.priority_changes.event_position is 'Event; with ticket_id joins ticket_events.';
comment on column reporting_v1.priority_changes.department_id is 'Department of the ticket at that event; joins dim_departments.';
comment on column reporting_v1.priority_changes.changed_at is 'When.';
comment on column reporting_v1.priority_changes.changed_date is 'Day of changed_at, in the time zone of contract_info.';
comment on column reporting_v1.priority_changes.actor_kind is 'agent, requester, rule, plugin, import or system.';
comment on column reporting_v1.priority_changes.old_priority is 'Priority before.';
comment on column reporting_v1.priority_changes.new_priority is 'Priority after.';
comment on column reporting_v1.priority_changes.is_explained is 'True when a fact changed with it or in the 15 minutes before: impact, urgency, service or matrix.';
comment on column reporting_v1.priority_changes.is_flip_flop is 'True when the ticket returned to a priority which it had left.';
comment on column reporting_v1.priority_changes.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.priority_changes.import_id is 'Import the ticket came from; NULL when it was opened here.';
comment on column reporting_v1.priority_changes.opened_at is 'When the ticket was opened.';
grant select on reporting_v1.ticket_events, reporting_v1.ticket_field_changes, reporting_v1.priority_changes
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
