-- SPDX-License-Identifier: Apache-2.0
-- What plugins ask for is done by the desk's own rules, in the plugin's name, or refused with a sentence.
\ir ../lib/plugin.sql
begin;
select plan(60);
select t.install('auto', '{"kinds": 2}') as p \gset
select t.enable(:p, 1) \g /dev/null
select t.open('rae') as id \gset
create or replace function pg_temp.last(p_ticket_id bigint) returns ebb.ticket_event language sql as $$ select e from ebb.ticket_event e where e.ticket_id = p_ticket_id order by e.seq desc limit 1 $$;

-- Each kind.
select is(t.act(:p, :id, t.action('set', '{"impact": 1, "urgency": 1}', 'rush')), 'set applied', 'set changes impact and urgency');
select is((t.ticket(:id)).priority, 1::smallint, 'and the priority follows by the matrix');
select is(array[(pg_temp.last(:id)).actor_kind, (pg_temp.last(:id)).actor_id::text], '{plugin,NULL}', 'the journal says that a plugin did it');
select is((select r.rule_name || ' ' || r.rule_version || ' ' || r.outcome || ' ' || r.changed_field_count from ebb.plugin_run r where r.plugin_run_id = (pg_temp.last(:id)).plugin_run_id), 'rush 1 applied 3', 'which run, by which rule, of how many fields');
select is((select r.inputs from ebb.plugin_run r where r.plugin_run_id = (pg_temp.last(:id)).plugin_run_id), '{"seen": "this"}', 'with what the rule looked at');
select is(t.act(:p, :id, t.action('set', '{"service_id": 52, "request_type_id": 72, "subject": "Printer"}')), 'set applied', 'set changes service, request type and subject');
select is((t.ticket(:id)).accountable_person_id, 104, 'the accountable person follows from the service');
select is(t.act(:p, :id, t.action('assign', '{"assignee_id": 101}')), 'assign applied', 'assign gives it to a member of the team');
select is(array[(t.ticket(:id)).assignee_id, (t.ticket(:id)).state], '{101,2}', 'and it is active');
select is(t.act(:p, :id, t.action('assign', '{"assignee_id": null}')), 'assign applied', 'or back to the queue');
select is(t.act(:p, :id, t.action('note', '{"text": "Seen before."}') || t.action('reply', '{"text": "We are on it."}')), E'note applied\nreply applied', 'note and reply comment');
select is((select array_agg(concat_ws(' ', c.is_internal, c.author_id, c.plugin_run_id is not null, c.is_from_desk) order by c.comment_id) from ebb.comment c where c.ticket_id = :id), '{"t t f","f t f"}', 'one internal, one public, by no person');
select is((t.ticket(:id)).first_response_at, null, 'a plugin''s reply is no first response: that clock waits for a person');
select is(t.act(:p, :id, t.action('notify', '{"to": "lead", "text": "Look."}')), 'notify applied', 'notify tells a person');
select is((select payload ->> 'person_id' from ebb.outbox where ticket_id = :id and topic = 'notice'), '102', 'through the outbox');
select is(t.act(:p, :id, t.action('escalate', '{"to": "accountable", "reason": "Too old."}')), 'escalate applied', 'escalate tells and stands in the journal');
select is((pg_temp.last(:id)).event_kind, 'escalated', 'as such');
select is(t.act(:p, :id, t.action('transfer', '{"to_team_id": 12, "reason": "Theirs."}')), 'transfer applied', 'transfer offers it to another team');
select is(array[(t.ticket(:id)).team_id::text, (select transfer_status from ebb.transfer where ticket_id = :id)], '{11,offered}', 'which has to accept it: nothing moves without people');
select t.call_as('nia', 'transfer_return', json_build_object('transfer_id', (select transfer_id from ebb.transfer where ticket_id = :id), 'reason', 'No.')) \g /dev/null
select is(t.act(:p, :id, t.action('wait', jsonb_build_object('waiting_reason', 'supplier', 'waiting_until', now() + interval '1 day'))), 'wait applied', 'wait lets it wait');
select is(t.act(:p, :id, t.action('resume')), 'resume applied', 'resume goes on');
select is(t.act(:p, :id, t.action('resolve', '{"resolution": "Restarted."}')), 'resolve applied', 'resolve resolves');
select is(t.act(:p, :id, t.action('reopen', '{"reason": "Again."}')), 'reopen applied', 'reopen reopens');
select is(t.act(:p, :id, t.action('cancel', '{"reason": "Twice."}')), 'cancel applied', 'cancel cancels');
select is((t.ticket(:id)).state, 6::smallint, 'and then it has ended');
select is_empty(format('select * from ctl.ticket_audit(array[%s]::bigint[])', :id), 'after all of it the ticket equals its journal');

-- Refused with a sentence.
select t.open('rae') as no \gset
select is(t.act(:p, :id, t.action('set', '{"impact": 3}')), 'set refused The ticket has ended and no longer changes.', 'an ended ticket does not change');
select is(t.act(:p, :id, t.action('note', '{"text": "x"}')), 'note refused The ticket has ended and takes no more comments.', 'and takes no comment');
select is(t.act(:p, :no, t.action('assign', '{"assignee_id": 103}')), 'assign refused The assignee must be an active member of the accountable team.', 'nobody outside the team is assigned');
select is(t.act(:p, :no, t.action('set', '{"service_id": 54}')), 'set refused There is no such active service in the ticket''s department.', 'a ticket stays in its department');
select is(t.act(:p, :no, t.action('set', '{"impact": 7}')), 'set refused The department has no priority matrix for this impact and urgency.', 'an impact that is none');
select is(t.act(:p, :no, t.action('set', '{"priority": 1}')), 'set refused This action knows no priority.', 'the priority is not set past the matrix');
select is(t.act(:p, :no, t.action('set', '{"impact": "high"}')), 'set refused impact must be a whole number.', 'a word for a number');
select is(t.act(:p, :no, t.action('reopen', '{"reason": "x"}')), 'reopen refused Only a resolved ticket can be reopened.', 'what is open is not reopened');
select is(t.act(:p, :no, t.action('resume')), 'resume refused The ticket is not waiting.', 'what does not wait is not resumed');
select is(t.act(:p, :no, t.action('resolve')), 'resolve refused resolution must not be empty.', 'a resolution has words');
select is(t.act(:p, :no, t.action('wait', '{"waiting_reason": "supplier"}')), 'wait refused Waiting needs a date in the future at which somebody looks again.', 'waiting has an end');
select is(t.act(:p, :no, t.action('transfer', '{"to_team_id": 21, "reason": "x"}')) like 'transfer refused %', true, 'no transfer to another department');
select is(t.act(:p, :no, t.action('notify', '{"to": "109", "text": "x"}')) like 'notify refused %', true, 'nobody of another department is told');
select is(t.act(:p, :no, t.action('webhook', '{"url": "https://x.example"}')), 'webhook refused There is no channel for webhooks yet.', 'webhooks have no channel');
select is(t.act(:p, :no, t.action('explode')), 'explode refused There is no action explode.', 'an unknown action');
select t.open('hana', 54) as foreign \gset
select is(t.act(:p, null, t.action('note', jsonb_build_object('text', 'x', 'ticket_id', :foreign))), 'note refused A tick has no ticket of its own: name one of the department as ticket_id among the arguments.', 'and none of another department');
select is(t.act(:p, :no, t.action('note', jsonb_build_object('text', 'x', 'ticket_id', :no))), 'note refused This action knows no ticket_id.', 'an event''s ticket is its own');
select is(t.act(:p, null, t.action('note', '{"text": "x"}')), 'note refused A tick has no ticket of its own: name one of the department as ticket_id among the arguments.', 'a tick has no ticket');
select is((select outcome from ebb.plugin_run order by plugin_run_id desc limit 1), 'skipped', 'a run of which all was refused is skipped');
select is((select last_error from ebb.plugin_department where plugin_id = :p), 'set: The ticket has ended and no longer changes.', 'the department''s administrator finds a latest error');
select is((t.ticket(:no)).version, 1, 'and the ticket is untouched');
select is(t.act(:p, null, t.action('note', jsonb_build_object('text', 'x', 'ticket_id', :no))), 'note applied', 'a tick names a ticket of the department');
select is((select ticket_id from ebb.plugin_run order by plugin_run_id desc limit 1), :no::bigint, 'where the run is found');

-- A refusal undoes that one action and no other.
select is(t.act(:p, :no, t.action('set', '{"impact": 1}', 'one') || t.action('assign', '{"assignee_id": 103}', 'one') || t.action('set', '{"urgency": 1}', 'two')),
          E'set applied\nassign refused The assignee must be an active member of the accountable team.\nset applied', 'the actions of an answer are done in their order, each by itself');
select is((select array_agg(rule_name || ' ' || outcome order by plugin_run_id) from ebb.plugin_run where ticket_id = :no and rule_name is not null), '{"one applied","two applied"}', 'each rule that fired is a run');

select is(t.act(:p, :no, jsonb_build_array(jsonb_build_object('action', 'set', 'args', '{"urgency": 2}'::jsonb, 'rule', repeat('r', 300), 'rule_version', 9000000000))), 'set applied', 'a rule with a long name and a version beyond all does not stop it');
select is(t.act(:p, :no, '[{"action": "set", "args": [1, 2]}, {"action": null}, {"args": {"text": "x"}}, {"action": "wait", "args": {"waiting_reason": "supplier", "waiting_until": "soon"}}, {"action": "set", "args": {"subject": ""}}]') like
          'set refused %? refused There is no action %? refused There is no action %wait refused %set refused %', true, 'nonsense is refused, each piece by itself');

-- The shadow.
update ebb.plugin_department set mode = 'shadow';
select t.open('rae') as dark \gset
select is(t.act(:p, :dark, t.action('set', '{"impact": 1}')), 'set shadow', 'in the shadow an action is kept');
select is((t.ticket(:dark)).version, 1, 'and not done');
update ebb.plugin_department set mode = 'act';

-- Nobody but the courier acts for a plugin.
select t.be('dana');
select set_config('ebb.plugin_run', (select max(plugin_run_id) from ebb.plugin_run)::text, false) \g /dev/null
select is((t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :dark, 'impact', 1)) ->> 'impact')::int, 1, 'whoever sets the setting');
select is(array[(pg_temp.last(:dark)).actor_kind, (pg_temp.last(:dark)).plugin_run_id::text], '{agent,NULL}', 'acts in their own name all the same');
select set_config('ebb.plugin_run', '', false) \g /dev/null
select is(t.tries('ebb_api', 'select fn.action_do(1, ''note'', ''{}'')'), '42501', 'the web''s role carries out no action');
select is(t.tries('ebb_app', $$select ctl.plugin_done('{}')$$), '42501', 'and does not reach the courier''s door');
select is(t.courier(format('select ctl.plugin_done(%L)', json_build_object('plugin_id', :p, 'department_id', 2, 'results', json_build_array(json_build_object('event_id', 1, 'result', 'ok'))))), '{"applied" : 0, "refused" : 0}', 'an event of another department''s queue is not answered');
select * from finish();
rollback;
