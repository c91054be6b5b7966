-- SPDX-License-Identifier: Apache-2.0
-- Suggestions when a ticket is opened: who is heard, in which order, and that a bad one never keeps a ticket from being opened.
\ir ../lib/plugin.sql
begin;
select plan(41);
select t.install('first', '{"kinds": 1}') as a \gset
select t.install('second', '{"kinds": 1}') as b \gset
select t.install('third', '{"kinds": 3}') as c \gset
select t.enable(:a, 1, 'act', 10), t.enable(:b, 1, 'act', 20) \g /dev/null

-- An answer of a plugin: field, value, confidence, three at a time.
create or replace function pg_temp.says(p_plugin_id int, variadic p_words text[]) returns jsonb language sql as $$
    select jsonb_build_object('plugin_id', p_plugin_id, 'result', 'ok', 'duration_us', 900, 'suggestions', (
        select jsonb_agg(jsonb_build_object('field', p_words[i * 3 + 1], 'value', p_words[i * 3 + 2], 'confidence', p_words[i * 3 + 3]::numeric, 'explanation', 'Said so.'))
          from generate_series(0, cardinality(p_words) / 3 - 1) i)) $$;
create or replace function pg_temp.open(p_word text, p_args jsonb, variadic p_answers jsonb[]) returns bigint language sql as $$
    select (t.call_as(p_word, 'ticket_open', ('{"subject": "The printer is on fire"}'::jsonb || p_args || jsonb_build_object('suggestions', to_jsonb(p_answers)))::json) ->> 'ticket_id')::bigint $$;
create or replace function pg_temp.said(p_ticket_id bigint) returns text language sql as $$
    select string_agg(format('%s %s=%s %s%s', p.plugin_name, a.args ->> 'field', a.args ->> 'value', a.outcome, ' ' || a.sentence), E'\n' order by a.plugin_run_id, a."position")
      from ebb.plugin_action a join ebb.plugin_run r using (plugin_run_id) join ebb.plugin p using (plugin_id) where r.ticket_id = p_ticket_id $$;

select pg_temp.open('rae', '{}', pg_temp.says(:a, 'service_id', '52', '0.9')) as one \gset
select is((t.ticket(:one)).service_id, 52, 'a ticket without a service gets the one that is suggested');
select is((t.ticket(:one)).team_id, 12, 'and all that follows from it');
select is(pg_temp.said(:one), 'first service_id=52 applied', 'which is kept');
select is((select e.changes #>> '{suggested,1,service_id,plugin}' from ebb.ticket_event e where e.ticket_id = :one and e.seq = 1), 'first', 'the journal names the plugin');
select is((select e.actor_kind from ebb.ticket_event e where e.ticket_id = :one and e.seq = 1), 'requester', 'though it was the requester who opened it');
select is((select array[run_kind, outcome, mode] || changed_field_count::text from ebb.plugin_run where ticket_id = :one), '{categorise,applied,act,1}', 'the run says what came of it');
select is_empty(format('select * from ctl.ticket_audit(array[%s]::bigint[])', :one), 'and the ticket still equals its journal');

select pg_temp.open('rae', '{}', pg_temp.says(:b, 'service_id', '51', '0.99', 'impact', '1', '0.7'), pg_temp.says(:a, 'service_id', '52', '0.6')) as two \gset
select is((t.ticket(:two)).service_id, 52, 'the first in the department''s order decides, not the surest nor the quickest');
select is((t.ticket(:two)).impact, 1::smallint, 'and the next what the first leaves open');
select is(pg_temp.said(:two), E'first service_id=52 applied\nsecond service_id=51 outranked\nsecond impact=1 applied', 'who was outranked can be read');

select pg_temp.open('rae', '{"service_id": 51, "impact": 3}', pg_temp.says(:a, 'service_id', '52', '1', 'impact', '1', '1', 'urgency', '1', '1')) as three \gset
select is(array[(t.ticket(:three)).service_id, (t.ticket(:three)).impact, (t.ticket(:three)).urgency], '{51,3,1}', 'what the requester said stands; the rest is filled in');
select is(pg_temp.said(:three), E'first service_id=52 given\nfirst impact=1 given\nfirst urgency=1 applied', 'as given');

update ebb.plugin_department set min_confidence = 0.8 where plugin_id = :a;
select pg_temp.open('rae', '{"service_id": 51}', pg_temp.says(:a, 'impact', '1', '0.79', 'urgency', '1', '0.8')) as four \gset
select is(array[(t.ticket(:four)).impact, (t.ticket(:four)).urgency], '{2,1}', 'below the department''s least confidence a suggestion is not taken, at it it is');
select is(pg_temp.said(:four), E'first impact=1 doubtful\nfirst urgency=1 applied', 'as doubtful');

update ebb.plugin_department set mode = 'shadow', min_confidence = 0.5 where plugin_id = :a;
select pg_temp.open('rae', '{}', pg_temp.says(:a, 'service_id', '53', '1'), pg_temp.says(:b, 'service_id', '52', '1')) as five \gset
select is((t.ticket(:five)).service_id, 52, 'a plugin in the shadow decides nothing');
select is(pg_temp.said(:five), E'first service_id=53 shadow\nsecond service_id=52 applied', 'but what it would have decided is kept');
select is((select outcome from ebb.plugin_run where ticket_id = :five and plugin_id = :a), 'shadow', 'as a run in the shadow');
update ebb.plugin_department set mode = 'act' where plugin_id = :a;

-- What cannot be.
select pg_temp.open('rae', '{"service_id": 51}', pg_temp.says(:a, 'impact', '9', '1', 'urgency', 'high', '1', 'colour', 'red', '1', 'request_type_id', '73', '1'), pg_temp.says(:b, 'impact', '1', '1')) as six \gset
select is((t.ticket(:six)).impact, 1::smallint, 'a value that cannot be leaves the field to the next');
select is(pg_temp.said(:six), E'first impact=9 refused Impact is 1, 2 or 3.\nfirst urgency=high refused urgency is not a number.\nfirst colour=red refused colour follows from the service or is not kept: it cannot be suggested.\n'
          'first request_type_id=73 refused There is no such active request type in the department.\nsecond impact=1 applied', 'each is refused with a sentence');
update ebb.department set default_service_id = 53 where department_id = 1;
select pg_temp.open('rae', '{}', pg_temp.says(:a, 'service_id', '54', '1'), pg_temp.says(:b, 'service_id', '56', '1')) as seven \gset
select is((t.ticket(:seven)).service_id, 53, 'a service of another department or an inactive one is none: the ticket opens with the default');
select is(pg_temp.said(:seven), E'first service_id=54 refused There is no such active service in the department.\nsecond service_id=56 refused There is no such active service in the department.', 'and it is said why');
select is((select outcome from ebb.plugin_run where ticket_id = :seven and plugin_id = :a), 'skipped', 'a run of which nothing was taken is skipped');

-- Answers that are none.
select pg_temp.open('rae', '{}', jsonb_build_object('plugin_id', :a, 'result', 'late', 'sentence', 'No answer in 50 ms.', 'duration_us', 50000),
                                 jsonb_build_object('plugin_id', :b, 'result', 'skip', 'duration_us', 10)) as eight \gset
select is((t.ticket(:eight)).service_id, 53, 'without an answer the ticket is opened all the same');
select is((select array_agg(concat_ws(' ', outcome, error_code, sentence) order by plugin_run_id) from ebb.plugin_run where ticket_id = :eight), '{"failed late No answer in 50 ms.",no_match}', 'and who failed stands there');
select is((select last_error from ebb.plugin_department where plugin_id = :a), 'No answer in 50 ms.', 'for the administrator, too');
select is((select jsonb_object_keys(changes) from ebb.ticket_event where ticket_id = :eight and seq = 1 and changes ? 'suggested' limit 1), null, 'the journal has no suggestion then');
select pg_temp.open('rae', '{}', jsonb_build_object('plugin_id', :a, 'result', 'gone', 'suggestions', '[{"field": "service_id", "value": "52", "confidence": 1}]'::jsonb)) as nine \gset
select is((t.ticket(:nine)).service_id, 53, 'what came from a process that died counts for nothing');

-- Who is not asked is not heard.
select pg_temp.open('rae', '{}', pg_temp.says(:c, 'service_id', '52', '1')) as ten \gset
select is(pg_temp.said(:ten), null, 'a plugin that the department does not use is not heard');
update ebb.plugin_department set quarantined_at = now(), quarantine_reason = 'x' where plugin_id = :a;
select pg_temp.open('rae', '{}', pg_temp.says(:a, 'service_id', '52', '1'), pg_temp.says(9999, 'service_id', '52', '1')) as eleven \gset
select is(pg_temp.said(:eleven), null, 'nor one in quarantine, nor one that does not exist');
select pg_temp.open('rob', '{"service_id": 54}', pg_temp.says(:b, 'impact', '1', '1')) as twelve \gset
select is(pg_temp.said(:twelve), null, 'nor one of another department');

-- The default service.
update ebb.department set default_service_id = null;
select is(t.refusal('rae', 'ticket_open', '{"subject": "No idea"}'), 'ZE422', 'without a service, a suggestion and a default a ticket is refused');
update ebb.department set default_service_id = 51 where department_id = 1;
select is((t.ticket((t.call_as('rae', 'ticket_open', '{"subject": "No idea"}') ->> 'ticket_id')::bigint)).service_id, 51, 'with a default of the requester''s department it is opened there');
select is(t.refusal('rob', 'ticket_open', '{"subject": "No idea"}'), 'ZE422', 'a department without one still wants to know');

-- What plugins are asked with.
select t.be('rae');
select is((api.plugin_ask('{"subject": "The printer is on fire", "description": "Smoke", "impact": 1}') -> 'ticket')::jsonb - '{requester_name,requester_site,requester_unit}'::text[] @>
          '{"subject": "The printer is on fire", "description": "Smoke", "impact": 1, "urgency": null, "service_id": null, "department_id": 1, "requester_id": 107, "requester_email": "rae@test.example", "form": {}}', true, 'plugins are told what was written and who writes');
select is((select string_agg(x.value ->> 'plugin_name', ' ') from json_array_elements(api.plugin_ask('{"subject": "x"}') -> 'plugins') x), 'second', 'those that the department uses for it');
select is((api.plugin_ask('{"subject": "x", "service_id": 54}') -> 'plugins')::text, '[]', 'another department''s ticket is its own plugins'' business');
-- A statement that fails.
select t.install('broken', '{"kinds": 1, "statements": [{"name": "divide", "sql": "select", "report": null, "when": 1}]}') as d \gset
create schema x_broken; grant usage on schema x_broken to ebb_owner;
create function x_broken.statement_divide(jsonb) returns setof json language sql as $$ select json_build_object('n', 1 / (length($1 #>> '{ticket,subject}') - 1)) $$;
select t.enable(:d, 1, 'act', 5) \g /dev/null
select is((select string_agg(concat_ws(' ', x.value ->> 'plugin_name', x.value -> 'rows', x.value ->> 'fault'), ', ' order by x.value ->> 'plugin_name') from json_array_elements(api.plugin_ask('{"subject": "x"}') -> 'plugins') x),
          'broken {} A statement of the plugin failed: division by zero, second {}', 'a plugin whose statement fails does not silence the others');
select is((api.plugin_ask('{"subject": "xyz"}') #> '{plugins,0,rows}')::jsonb, '{"divide": [{"n": "0"}]}', 'rows of statements go to the plugin as texts');
create or replace function x_broken.statement_divide(jsonb) returns setof json language sql as $$ select json_build_object('n', repeat('x', 3000)) from generate_series(1, 2000) $$;
select is((select x.value ->> 'fault' from json_array_elements(api.plugin_ask('{"subject": "x"}') -> 'plugins') x where x.value ->> 'plugin_name' = 'broken'),
          'A statement of the plugin failed: Statement divide of plugin broken returns more than 4 MiB.', 'nor does one that returns too much');
create or replace function x_broken.statement_divide(jsonb) returns setof json language sql as $$ select json_build_object('n', n) from generate_series(1, 10001) n $$;
select is((select x.value ->> 'fault' from json_array_elements(api.plugin_ask('{"subject": "x"}') -> 'plugins') x where x.value ->> 'plugin_name' = 'broken'),
          'A statement of the plugin failed: Statement divide of plugin broken returns more than 10,000 rows.', 'or too many rows');
select is(fn.person(), 107, 'and the person is who it was');
select * from finish();
rollback;
