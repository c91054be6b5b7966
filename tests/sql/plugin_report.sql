-- SPDX-License-Identifier: Apache-2.0
-- Reports of plugins and their schedules; what plugins did as the ticket, the API and the reports show it; the audit.
\ir ../lib/plugin.sql
begin;
select plan(95);
insert into ebb.person_role (person_id, department_id, role_code) values (102, 1, 'admin'), (110, 2, 'admin');
select t.install('digester') as p \gset
select t.install('silent', '{"kinds": 2}') as s \gset
select t.enable(:p, 1), t.enable(:s, 1, 'shadow') \g /dev/null
select report_id as r from ebb.plugin_report where plugin_id = :p \gset
create or replace function pg_temp.ask(p_more jsonb) returns json language sql as $$
    select (jsonb_build_object('report_id', (select min(report_id) from ebb.plugin_report), 'department_id', 1) || p_more)::json $$;

-- Reports.
select is((select string_agg(concat_ws(' ', x.value ->> 'report_name', x.value ->> 'department_id'), ', ') from json_array_elements(t.call_as('dana', 'report_list', '{}')) x), 'digest 1, digest 1', 'an agent sees the reports of plugins that the department uses');
select is((t.call_as('dana', 'report_list', '{}') -> 0 -> 'formats')::text, '["html", "csv"]', 'with their formats');
select is(t.refusal('rae', 'report_list', '{}'), 'ZE403', 'a requester has none');
select is(json_array_length(t.call_as('hal', 'report_list', '{}')), 0, 'nor has a department that does not use the plugin');
select is(t.refusal('hal', 'report_list', '{"department_id": 1}'), 'ZE403', 'and another department''s are not listed');
select is((t.call_as('dana', 'report_ask', pg_temp.ask('{"days": 7}')))::jsonb - '{now,rows}'::text[], jsonb_build_object('plugin_id', :p, 'plugin_name', 'digester', 'department_id', 1, 'config_version', 1,
          'kind', 'report', 'report', 'digest', 'format', 'html', 'params', '{"days": "7"}'::jsonb), 'what a plugin is told: report, format (the first one), what was asked for');
select is(t.call_as('dana', 'report_ask', pg_temp.ask('{"format": "csv", "params": {"team_id": "11"}}'))::jsonb -> 'params', '{"team_id": "11"}', 'asked for by params, too');
select is(t.faults('dana', 'report_ask', pg_temp.ask('{"format": "pdf"}')), 'ZE422 /format: This report comes as html, csv.', 'a format that it does not have is refused');
select is(t.faults('dana', 'report_ask', pg_temp.ask('{"dais": 7}')), 'ZE422 /dais: The report knows no dais. Did you mean days?', 'as is a parameter that it does not know');
select is(t.refusal('dana', 'report_ask', pg_temp.ask('{"days": {"a": 1}}')), 'ZE422', 'or one that is no text');
select is(t.refusal('hal', 'report_ask', pg_temp.ask('{}')), 'ZE404', 'another department''s report is not found');
select is(t.refusal('dana', 'report_ask', pg_temp.ask('{"department_id": 2}')), 'ZE404', 'nor for a department where I do not read');
select is(t.refusal('dana', 'report_ask', '{"report_id": 1}'), 'ZE422', 'a department must be named');
select is(t.refusal('rae', 'report_ask', pg_temp.ask('{}')), 'ZE403', 'a requester asks for no report');
update ebb.plugin_department set quarantined_at = now(), quarantine_reason = 'x' where plugin_id = :p;
select is(t.refusal('dana', 'report_ask', pg_temp.ask('{}')), 'ZE404', 'a plugin in quarantine reports nothing');
update ebb.plugin_department set quarantined_at = null, quarantine_reason = null where plugin_id = :p;

-- Schedules.
select is(t.refusal('dana', 'report_schedule_add', pg_temp.ask('{"at_time": "07:30"}')), 'ZE403', 'an agent schedules nothing');
select is(t.refusal('hana', 'report_schedule_add', pg_temp.ask('{"at_time": "07:30"}')), 'ZE404', 'nor an administrator of another department');
select is(t.refusal('hana', 'report_schedule_add', pg_temp.ask('{"at_time": "07:30", "department_id": 2}')), 'ZE404', 'nor for a department that does not use the plugin');
select is(t.faults('lee', 'report_schedule_add', pg_temp.ask('{"at_time": "25:00", "weekday": 8, "time_zone_name": "Mars/Olympus"}')), E'ZE422 /weekday: weekday must be 1 (Monday) to 7, or null for every day.\n/at_time: at_time must be a local time of day, such as 07:30.\n'
          '/time_zone_name: There is no time zone Mars/Olympus. Name one of the tz database, such as Europe/Berlin.', 'every fault at once');
select is(t.refusal('lee', 'report_schedule_add', pg_temp.ask('{"at_time": "07:30", "format": "pdf"}')), 'ZE422', 'a format that it does not have');
select t.call_as('lee', 'report_schedule_add', pg_temp.ask('{"at_time": "07:30", "weekday": 1, "time_zone_name": "Europe/Berlin", "params": {"days": "7"}}')) as made \gset
select is((:'made'::jsonb - '{next_at,report_schedule_id,report_id}'::text[]), '{"version": 1, "plugin_name": "digester", "report_name": "digest", "report_title": "Digest", "department_id": 1, "format": "html", "params": {"days": "7"}, "weekday": 1, "at_time": "07:30:00",
          "time_zone_name": "Europe/Berlin", "is_active": true}'::jsonb, 'an administrator schedules a report');
select is(extract(isodow from (:'made'::json ->> 'next_at')::timestamptz at time zone 'Europe/Berlin') || ' ' || ((:'made'::json ->> 'next_at')::timestamptz at time zone 'Europe/Berlin')::time, '1 07:30:00', 'due on Monday morning, local time');
select json_build_object('report_schedule_id', :'made'::json -> 'report_schedule_id') as key \gset
select is(t.refusal('lee', 'report_schedule_change', (:'key'::jsonb || '{"if_match": 7, "weekday": 2}')::json), 'ZE412', 'who read an older version is refused');
select is(t.refusal('dana', 'report_schedule_change', (:'key'::jsonb || '{"weekday": 2}')::json), 'ZE403', 'an agent changes none');
select is(t.refusal('hana', 'report_schedule_change', (:'key'::jsonb || '{"weekday": 2}')::json), 'ZE404', 'another department finds none');
select is((t.call_as('lee', 'report_schedule_change', (:'key'::jsonb || '{"if_match": 1, "weekday": null, "at_time": "23:15"}')::json))::jsonb - '{next_at,report_schedule_id,report_id,params}'::text[],
          '{"version": 2, "plugin_name": "digester", "report_name": "digest", "report_title": "Digest", "department_id": 1, "format": "html", "weekday": null, "at_time": "23:15:00", "time_zone_name": "Europe/Berlin", "is_active": true}'::jsonb, 'from weekly to daily');
select is(json_array_length(t.call_as('dana', 'report_schedule_list', '{}')), 1, 'the desk sees the schedules');
select is(json_array_length(t.call_as('hal', 'report_schedule_list', '{}')), 0, 'of its department');
select is(t.courier('select count(*) from ctl.report_take(5)'), '0', 'before its time nothing is made');
update ebb.report_schedule set next_at = now() - interval '1 hour';
select t.courier('select row_to_json(x) from ctl.report_take(5) x') as taken \gset
select is((:'taken'::json ->> 'payload')::jsonb ->> 'report', 'digest', 'then the courier has the call');
select cmp_ok((select next_at from ebb.report_schedule), '>', now(), 'and the next is due later');
select is(t.courier('select count(*) from ctl.report_take(5)'), '0', 'it is taken once');
select is(t.call_as('dana', 'report_document_get', json_build_object('report_document_id', :'taken'::json -> 'report_document_id')) ->> 'document', null, 'the document waits');
select is(t.courier(format('select ctl.report_done(%L)', json_build_object('report_document_id', :'taken'::json -> 'report_document_id', 'result', 'ok', 'media_type', 'text/html', 'document', encode('<p>Hello', 'base64')))), '{"is_kept" : true}', 'what the plugin made is kept');
select is(convert_from(decode(t.call_as('dana', 'report_document_get', json_build_object('report_document_id', :'taken'::json -> 'report_document_id')) ->> 'document', 'base64'), 'UTF8'), '<p>Hello', 'and can be had');
select is((t.call_as('dana', 'report_document_list', '{}') #>> '{0,byte_count}')::int, 8, 'the list has its size and not the document');
select is(t.refusal('hal', 'report_document_get', json_build_object('report_document_id', :'taken'::json -> 'report_document_id')), 'ZE404', 'another department''s is not found');
select is(json_array_length(t.call_as('hal', 'report_document_list', '{}')), 0, 'nor listed');
select is(t.refusal('rae', 'report_document_list', '{}'), 'ZE403', 'nor a requester''s business');
update ebb.report_schedule set next_at = now() - interval '1 hour';
select t.courier('select row_to_json(x) from ctl.report_take(5) x') as again \gset
select is(t.courier(format('select ctl.report_done(%L)', json_build_object('report_document_id', :'again'::json -> 'report_document_id', 'result', 'fail', 'sentence', 'There is no such team.'))), '{"is_kept" : true}', 'a plugin that cannot');
select is(t.call_as('dana', 'report_document_list', '{}') #>> '{0,sentence}', 'There is no such team.', 'says why');
select is(t.refusal('lee', 'report_schedule_remove', (:'key'::jsonb || '{"if_match": 2}')::json), 'ok', 'a schedule is removed');
select is(json_array_length(t.call_as('dana', 'report_document_list', '{}')), 2, 'what it made stays');

-- What plugins did to a ticket.
select t.open('rae') as id, t.open('rob', 54) as hr \gset
select t.act(:p, :id, t.action('set', '{"impact": 1}', 'rush') || t.action('note', '{"text": "Secret thoughts"}', 'rush')), t.act(:p, :id, t.action('assign', '{"assignee_id": 103}', 'wrong')), t.act(:s, :id, t.action('set', '{"impact": 3}')) \g /dev/null
select is((select string_agg(concat_ws(' ', x.value ->> 'plugin_name', x.value ->> 'rule_id', x.value ->> 'outcome', x.value ->> 'mode'), ', ') from json_array_elements(t.call_as('dana', 'automation_list', json_build_object('ticket_id', :id))) x),
          'digester rush applied act, digester wrong skipped act, silent shadow shadow', 'the desk sees every run on a ticket');
select is(t.call_as('dana', 'automation_list', json_build_object('ticket_id', :id)) #>> '{0,actions,0,explanation}', 'Because.', 'with the reasons');
select is(t.call_as('dana', 'automation_list', json_build_object('ticket_id', :id)) #>> '{0,inputs,seen}', 'this', 'and what the rule looked at');
select is(t.call_as('dana', 'automation_list', json_build_object('ticket_id', :id)) #>> '{1,actions,0,sentence}', 'The assignee must be an active member of the accountable team.', 'and why something was refused');
select is(json_array_length(t.call_as('rae', 'automation_list', json_build_object('ticket_id', :id))), 1, 'its requester sees what was done');
select is((t.call_as('rae', 'automation_list', json_build_object('ticket_id', :id)) -> 0)::jsonb -> 'actions', '[{"args": {"impact": 1}, "action": "set", "outcome": "applied", "position": 1}]', 'without reasons, and nothing internal');
select is(t.call_as('rae', 'automation_list', json_build_object('ticket_id', :id)) #>> '{0,inputs}', null, 'nor what the rule looked at');
select unalike(t.call_as('rae', 'automation_list', json_build_object('ticket_id', :id))::text, '%thoughts%', 'a note stays the desk''s');
select is(t.refusal('hal', 'automation_list', json_build_object('ticket_id', :id)), 'ZE404', 'who does not see the ticket sees nothing of it');
select is(t.refusal('rob', 'automation_list', json_build_object('ticket_id', :id)), 'ZE404', 'nor another requester');
select is(t.refusal(null, 'automation_list', json_build_object('ticket_id', :id)), 'ZE401', 'nor nobody');
select t.be('hal');
select is(t.tries('ebb_api', format('select from fn.automation_shown(%s)', :id)), '0 rows', 'not past the door either');
select is((select x.value ->> 'actor_name' from json_array_elements(t.call_as('dana', 'ticket_history', json_build_object('ticket_id', :id))) x where x.value ->> 'seq' = '2'), 'digester', 'the history names the plugin');

-- As reports show it.
set local role bi_it;
select is((select string_agg(concat_ws(' ', plugin_name, rule_id, rule_version, outcome, mode, changed_field_count, duration_ms, was_undone), ', ' order by automation_run_id) from reporting_v1.automation_runs), 'digester rush 1 applied act 3 1.500 f, digester wrong 1 skipped act 0 1.500 f, silent shadow shadow 0 1.500 f', 'runs');
select is((select string_agg(concat_ws(' ', action_kind, outcome), ', ' order by automation_run_id, action_position) from reporting_v1.automation_actions), 'set applied, note applied, assign refused, set shadow', 'actions');
select is((select string_agg(concat_ws(' ', actor_kind, agent_id, plugin_name), ', ' order by event_position) from reporting_v1.ticket_events where ticket_id = :id), 'requester, plugin digester, plugin digester', 'the journal has the plugin''s name, and no agent');
reset role;
select is((select automation_run_id from reporting_v1.ticket_events where ticket_id = :id and event_position = 2), (select min(plugin_run_id) from ebb.plugin_run), 'and the run');
set local role bi_hr;
select is((select count(*) from reporting_v1.automation_runs) + (select count(*) from reporting_v1.automation_actions) + (select count(*) from reporting_v1.automation_daily) + (select count(*) from reporting_v1.plugin_daily), 0::bigint, 'another department sees nothing of it');
reset role;
select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :id, 'impact', 2)) \g /dev/null
set local role bi_it;
select is((select undone_by_agent_id from reporting_v1.automation_runs where was_undone), 101, 'an agent who puts back what a plugin changed has undone it');
select is((select string_agg(concat_ws(' ', plugin_name, rule_id, run_count, applied_count, skipped_count, shadow_count, undone_count, touched_ticket_count), ', ' order by plugin_name, rule_id) from reporting_v1.automation_daily),
          'digester rush 1 1 0 0 1 1, digester wrong 1 0 1 0 0 0, silent 1 0 0 1 0 0', 'by day and rule');
select is((select string_agg(concat_ws(' ', plugin_name, call_result, call_count, total_duration_ms), ', ' order by plugin_name) from reporting_v1.plugin_daily where run_kind = 'automate'), 'digester ok 2 3.000, silent ok 1 1.500', 'and what it cost');
reset role;
select t.call_as('rae', 'ticket_open', json_build_object('subject', 'x', 'service_id', 51, 'suggestions', json_build_array(json_build_object('plugin_id', :p, 'result', 'ok', 'duration_us', 5, 'suggestions', '[{"field": "impact", "value": "1", "confidence": 1}]'::json)))) ->> 'ticket_id' as guess \gset
select is((select was_undone from reporting_v1.automation_runs where ticket_id = :guess), false, 'a suggestion that stands is not undone');
select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :guess, 'impact', 3)) \g /dev/null
select is((select was_undone from reporting_v1.automation_runs where ticket_id = :guess), true, 'one that an agent corrects is');
select is((select string_agg(concat_ws('.', from_view, from_column, to_view), ' ' order by from_view) from reporting_v1.contract_relationships where to_view = 'automation_runs'), 'automation_actions.automation_run_id.automation_runs ticket_events.automation_run_id.automation_runs', 'the contract says what joins');
select is((select unit from reporting_v1.contract_columns where view_name = 'automation_runs' and column_name = 'duration_ms'), 'milliseconds', 'and in which unit');

-- The audit.
select t.call_as('lee', 'plugin_configure', json_build_object('plugin_id', :p, 'department_id', 1, 'config', '{"limit": "9", "sender": "abc", "api_key": {"$secret": "c2VhbGVk"}}'::json)) \g /dev/null
select t.call_as('lee', 'plugin_configure', json_build_object('plugin_id', :p, 'department_id', 1, 'config', '{"limit": "9", "sender": "abc", "api_key": {"$secret": "YW5vdGhlcg=="}}'::json)) \g /dev/null
select is((t.call_as('lee', 'audit_list', '{"object_kind": "plugin"}') -> 1)::jsonb - '{audit_id,occurred_at,_cursor,request_id,chain_no,row_hash}'::text[], '{"department_id": 1, "actor_kind": "person", "actor_id": 102, "actor_name": "Lee Lead", "action": "plugin.configure", "object_kind": "plugin", "object_ref": "digester it",
    "before_values": {"mode": "act", "config": {"sender": "abc"}, "position": 100, "is_enabled": true, "min_confidence": 0.5},
    "after_values": {"mode": "act", "config": {"limit": "9", "sender": "abc", "api_key": {"is_set": true, "is_changed": true}}, "position": 100, "is_enabled": true, "min_confidence": 0.5}}'::jsonb, 'who changed what, before and after');
select is((t.call_as('lee', 'audit_list', '{"object_kind": "plugin"}') #> '{0,after_values,config,api_key}')::jsonb, '{"is_set": true, "is_changed": true}', 'that a secret changed is told');
select is(t.refusal('amy', 'audit_list', '{}'), 'ok', 'an auditor reads it');
select is((select string_agg(distinct x.value ->> 'action', ' ') from json_array_elements(t.call_as('amy', 'audit_list', '{}')) x where x.value ->> 'department_id' = '1'), 'plugin.configure report_schedule.add report_schedule.change report_schedule.remove', 'everything of the department');
select is((select string_agg(distinct concat_ws(' ', x.value ->> 'action', x.value ->> 'actor_kind'), ', ') from json_array_elements(t.call_as('amy', 'audit_list', '{}')) x where x.value ->> 'department_id' is null), 'plugin.install operator', 'and what the operator did for the whole desk');
select is(t.refusal('dana', 'audit_list', '{}'), 'ZE403', 'an agent does not');
select is((select count(*) from json_array_elements(t.call_as('hana', 'audit_list', '{}')) x where x.value ->> 'department_id' = '1'), 0::bigint, 'another department''s is not shown');
select is(t.refusal('hana', 'audit_list', '{"department_id": 1}'), 'ZE403', 'nor given');
select t.be('dana');
select is(t.tries('ebb_api', 'select from ebb.audit'), '0 rows', 'past the door neither');
set constraints all immediate;
select is(t.tries(r, s), case when r = 'ebb_owner' and s like 'truncate%' then '0A000' when r = 'ebb_owner' or s like '%2%' then 'ZE403' else '42501' end, format('%s cannot: %s', r, s))
  from unnest(array['ebb_owner', 'ebb_api', 'ebb_ctl']) r, unnest(array['update ebb.audit set action = ''x''', 'delete from ebb.audit', 'truncate ebb.audit']) s;
select throws_ok('delete from ebb.audit', 'ZE403', null, 'nor does a superuser by mistake');

-- The document of the API.
select is((select array_agg(s order by s) from unnest(array['Plugin', 'PluginDepartment', 'PluginIncident', 'AutomationRun', 'Report', 'ReportDocument', 'ReportSchedule', 'AuditEntry']) s where not (api.catalogue() -> 'schemas')::jsonb ? s), null, 'every new object has its schema');
select is_empty($$select s.key, p.key from json_each(api.catalogue() -> 'schemas') s cross join json_each(s.value -> 'properties') p where p.value ->> 'description' is null$$, 'with a sentence for each field');
select is_empty($$select p.proname from pg_proc p where p.pronamespace = 'api'::regnamespace and p.proretset and p.proname <> 'plugin_hooks' and p.proname ~ '^(plugin|report|automation|audit)_'
                   and (select array_agg(a order by n) from unnest(p.proargnames[2:cardinality(p.proargnames) - 1]) with ordinality x (a, n))
                    <> (select array_agg(t.attname::text order by t.attnum) from pg_attribute t where t.attnum > 0 and t.attrelid = ('api.' || case p.proname when 'audit_list' then 'audit_entry' when 'automation_list' then 'automation_run'
                        when 'plugin_incidents' then 'plugin_incident' else replace(p.proname, '_list', '') end)::regclass)$$, 'and lists return the fields of their schema');

-- A ticket as calls to try a rule on.
select t.be(null);
select ctl.plugin_record(json_build_object('ticket_id', :id)) as record \gset
select is((:'record'::json #>> '{calls,0,kind}') || ' ' || (:'record'::json #>> '{calls,0,ticket,subject}'), 'categorise Something is wrong', 'a ticket can be had as the call with which it was opened');
select is((:'record'::json #>> '{calls,0,ticket,impact}'), '2', 'with what it was opened with');
select is((select string_agg(concat_ws(' ', e.value ->> 'name', e.value #>> '{facts,impact}'), ', ' order by n) from json_array_elements(:'record'::json #> '{calls,1,events}') with ordinality e (value, n)), 'ticket.opened 2, ticket.changed 1, ticket.commented 1, ticket.changed 2', 'and as its events, with the facts as they were then');
select is((ctl.plugin_record(json_build_object('ticket_id', :guess)) #>> '{calls,0,ticket,impact}'), null, 'what a plugin had decided was left open by the requester');
select throws_ok($$select ctl.plugin_record('{"ticket_id": 999999}')$$, 'ZE404', null, 'an unknown ticket is refused');
select * from finish();
rollback;
