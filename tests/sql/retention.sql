-- SPDX-License-Identifier: Apache-2.0
-- How long a department keeps what: rules with floors, batches, and what goes without moving a figure.
\ir ../lib/act.sql
begin;
select plan(30);

-- rules
select t.call_as('ada', 'retention_rule_add', '{"department_id": 1, "retention_kind": "ticket_text", "keep_days": 400}') as made \gset
select is((:'made'::json) ->> 'keep_days', '400', 'an administrator says how long tickets keep their texts');
select is(t.refusal('lee', 'retention_rule_add', '{"department_id": 1, "retention_kind": "token", "keep_days": 400}'), 'ZE403', 'a lead does not');
select is(t.refusal('ada', 'retention_rule_add', '{"department_id": 1, "retention_kind": "ticket_text", "keep_days": 30}'), 'ZE409', 'there is one rule for one thing');
select is(t.refusal('ada', 'retention_rule_add', '{"department_id": 1, "retention_kind": "person", "keep_days": 3}'), 'ZE422', 'a typing error does not empty the desk: each kind has a floor');
select is(t.refusal('ada', 'retention_rule_add', '{"department_id": 1, "retention_kind": "audit", "keep_days": 400}'), 'ZE422', 'what is not in the list is kept, such as the audit');
select is(json_array_length(t.call_as('dana', 'retention_rule_list', '{}')), 1, 'the desk reads what is kept for how long');
select is(json_array_length(t.call_as('hal', 'retention_rule_list', '{}')), 0, 'another department does not');
select is(t.refusal('hal', 'retention_rule_get', (:'made'::json)), 'ZE404', 'nor one by its number');
select is(t.refusal('hana', 'retention_rule_change', ((:'made'::jsonb) || '{"keep_days": 40}')::json), 'ZE403', 'nor does it change it');
select is(t.refusal('ada', 'retention_rule_change', ((:'made'::jsonb) || '{"keep_days": 40, "if_match": 9}')::json), 'ZE412', 'two who change it at once do not overwrite each other');
select is(t.call_as('ada', 'retention_rule_change', ((:'made'::jsonb) || '{"keep_days": 365, "if_match": 1}')::json) ->> 'version', '2', 'a change is a version');
select is((select array_agg(action order by audit_id) from ebb.audit where object_kind = 'retention_rule'), '{retention.change,retention.change}', 'both stand in the audit');

-- tickets
select array_agg(t.open('rae')) as ids from generate_series(1, 5) \gset
select t.call_as('dana', 'comment_add', json_build_object('ticket_id', id, 'body', 'canary')) from unnest(:'ids'::bigint[]) id \g /dev/null
select t.call_as('rae', 'ticket_cancel', json_build_object('ticket_id', id, 'reason', 'canary')) from unnest((:'ids'::bigint[])[1:4]) id \g /dev/null
set constraints all immediate; set constraints all deferred;
-- As if three of the ended ones, and the open one, were old.
set session_replication_role = replica;
update ebb.ticket_event e set occurred_at = occurred_at - interval '500 days', recorded_at = recorded_at - interval '500 days' where ticket_id = any ((:'ids'::bigint[])[2:5]);
set session_replication_role = origin;
select ctl.ticket_rebuild(:'ids') \g /dev/null
create temp table spans as select * from ebb.ticket_span;
create temp table clocks as select * from ebb.sla_clock;
select t.be(null);
select is(ctl.retention_step('{"is_dry_run": true}') ->> 'count', '3', 'on trial it is told what is due');
select is((select count(*) from ebb.ticket where subject = '[erased]'), 0::bigint, 'and nothing goes');
select is((select fn.retention_run(r, 2, clock_timestamp()) from ebb.retention_rule r), 2::bigint, 'a batch is a batch');
select is(ctl.tick_retention(), 1, 'the clock''s tick does the rest');
select is(ctl.tick_retention(), 0, 'then nothing is due');
select is((select array_agg(ticket_id order by ticket_id) from ebb.ticket where subject = '[erased]'), (:'ids'::bigint[])[2:4], 'texts of what ended long ago are gone; what is open, or ended lately, keeps them');
select is((select count(*) from ebb.comment where ticket_id = any ((:'ids'::bigint[])[2:4]) and body <> '[erased]') + (select count(*) from ebb.ticket_event where ticket_id = any ((:'ids'::bigint[])[2:4]) and changes::text like '%canary%'), 0::bigint, 'in comments and journal, too');
select is((select count(*) from (table ebb.ticket_span except table spans) x) + (select count(*) from (table ebb.sla_clock except table clocks) x), 0::bigint, 'no span and no clock has moved');
select is((select count(*) from ctl.ticket_audit(:'ids')), 0::bigint, 'and every ticket is what its journal says');
select is((select sum((after_values ->> 'count')::int) from ebb.audit where action = 'retention.run'), 3::bigint, 'the audit says how many went');
select is((select last_count from ebb.retention_rule), 3::bigint, 'and so does the rule');

-- persons, tokens, documents, runs
select t.be('ada');
select fn.retention_put(1, 'person', 30, true, null), fn.retention_put(1, 'token', 30, true, null), fn.retention_put(1, 'plugin_run', 30, true, null), fn.retention_put(1, 'report_document', 30, true, null) \g /dev/null
select t.be(null);
update ebb.person set is_active = false where person_id in (115, 101);
set session_replication_role = replica;
update ebb.person set inactive_since = now() - interval '31 days' where person_id in (115, 107, 105);
update ebb.person set is_active = false where person_id in (107, 105);
set session_replication_role = origin;
insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at) values ('old', '1.0.0', 1, 0, repeat('a', 64), '{}', 2, now());
insert into ebb.plugin_run (plugin_id, plugin_version, department_id, run_kind, event_name, mode, started_at, duration_us, outcome)
select p.plugin_id, '1.0.0', 1, 'automate', 'x', 'act', now() - d * interval '1 day', 1, 'no_match' from ebb.plugin p, unnest(array[1, 31]) d where p.plugin_name = 'old';
select ok(ctl.tick_retention() > 0, 'the other kinds go by the same tick');
select is((select array_agg(person_id order by 1) from ebb.person where erased_at is not null), '{115}', 'who left a month ago is erased; not who still waits for a ticket, answers for a service, or left today');
select is((select count(*) from ebb.plugin_run), 1::bigint, 'old runs of plugins go');
select is((select count(*) from ebb.token where person_id = 101), 1::bigint, 'old tokens of the department''s people go, when they have ended');
select is(ctl.retention_list('{"department_code": "it"}')::jsonb @> '[{"retention_kind": "person", "keep_days": 30, "is_active": true, "due_count": 0}]', true, 'ebbctl shows rules and what is due');
select is(ctl.retention_set('{"department_code": "hr", "retention_kind": "token", "keep_days": 90, "is_dry_run": true}') ->> 'due_count', '0', 'a trial of a rule');
select is((select count(*) from ebb.retention_rule where department_id = 2), 0::bigint, 'leaves none');
select * from finish();
rollback;
