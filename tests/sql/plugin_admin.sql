-- SPDX-License-Identifier: Apache-2.0
-- Who administers plugins: the operator installs, each department enables and configures for itself, nobody sees another's settings.
\ir ../lib/plugin.sql
begin;
select plan(102);
-- An administrator of one department each; Ada administers all.
insert into ebb.person_role (person_id, department_id, role_code) values (102, 1, 'admin'), (110, 2, 'admin');
select t.install('alpha') as p \gset
select json_build_object('plugin_id', :p, 'department_id', 1) as it, json_build_object('plugin_id', :p, 'department_id', 2) as hr, json_build_object('plugin_id', :p) as all \gset
create or replace function pg_temp.with(p_args json, p_more jsonb) returns json language sql as $$ select (p_args::jsonb || p_more)::json $$;

-- Looking.
select is(t.refusal(null, 'plugin_list', '{}'), 'ZE401', 'without a token there is no list of plugins');
select is(t.refusal('dana', 'plugin_list', '{}'), 'ZE403', 'an agent does not administer plugins');
select is(t.refusal('rae', 'plugin_get', :'all'), 'ZE403', 'nor a requester');
select is(t.call_as('lee', 'plugin_list', '{}') #>> '{0,plugin_name}', 'alpha', 'an administrator of a department sees what is installed');
select is(t.call_as('lee', 'plugin_get', :'all') ->> 'abi', '1.0', 'for which contract it was built');
select is((t.call_as('lee', 'plugin_get', :'all') -> 'kinds')::text, '["categorise", "automate", "report"]', 'what it does');
select is(t.call_as('lee', 'plugin_get', :'all') #>> '{params,0,key}', 'limit', 'what can be configured');
select is(json_array_length(t.call_as('lee', 'plugin_get', :'all') -> 'departments'), 1, 'and what the own department does with it');
select is(json_array_length(t.call_as('ada', 'plugin_get', :'all') -> 'departments'), 3, 'all departments, for who administers all');
select is(t.refusal('lee', 'plugin_get', '{"plugin_id": 999}'), 'ZE404', 'an unknown plugin is not found');
select is(t.call_as('lee', 'plugin_department_get', :'it') ->> 'state', 'off', 'a plugin that was installed is off');
select is(t.call_as('lee', 'plugin_department_get', :'it') ->> 'mode', 'shadow', 'and would begin in the shadow');
select is((t.call_as('lee', 'plugin_department_get', :'it') ->> 'version')::int, 1, 'at version 1');
select is((t.call_as('lee', 'plugin_department_get', :'it') -> 'missing')::text, '["sender"]', 'what must be set is named');
select is(t.refusal('hana', 'plugin_department_get', :'it'), 'ZE404', 'another department''s settings are not found');
select is(t.refusal('lee', 'plugin_department_get', '{"plugin_id": 999, "department_id": 1}'), 'ZE404', 'nor those of an unknown plugin');
select is(json_array_length(t.call_as('hana', 'plugin_department_list', :'all')), 1, 'a list of departments is one of the own');

-- Rights to configure.
select is(t.refusal('dana', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')), 'ZE403', 'an agent enables nothing');
select is(t.refusal('hana', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')), 'ZE404', 'an administrator of HR does not reach IT');
select is(t.refusal('hana', 'plugin_prepare', pg_temp.with(:'it', '{"config": {}}')), 'ZE404', 'not even to prepare');
select is(t.refusal('hana', 'plugin_configure', '{"plugin_id": 1, "department_id": 77}'), 'ZE404', 'a department that is not there looks the same');
select is(t.refusal('nia', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')), 'ZE403', 'a lead does not configure');

-- Values.
select is(t.faults('lee', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')), 'ZE422 /config/sender: sender must be set: Whose words.', 'what must be set is asked for when a plugin is enabled');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"limt": 3, "sender": "x", "limit": 101, "is_loud": "yes", "pause_s": "1h", "colour": "blue", "rules": "[1,", "zzzzzzzz": 1}, "mode": "loud", "position": 0, "min_confidence": 2}')),
$$ZE422 /position: position must be a whole number from 1 to 999999; the lowest is asked first.
/mode: mode must be shadow or act.
/min_confidence: min_confidence must be a number from 0 to 1.
/config/colour: colour must be one of red, green.
/config/is_loud: is_loud must be true or false.
/config/limit: limit must be 1 to 100 tickets; this is 101.
/config/limt: There is no parameter limt. Did you mean limit?
/config/pause_s: pause_s must be a whole number of seconds.
/config/rules: rules is not JSON: The input string ended unexpectedly. (JSON data, line 1: [1,)
/config/sender: sender must be 2 to 10 characters long; this is 1.
/config/zzzzzzzz: There is no parameter zzzzzzzz. There are: limit, sender, is_loud, pause_s, colour, api_key, rules.$$, 'every fault at once, each with its place and what to do');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": [1]}')), E'ZE422 /config: config must be an object of parameters and their values.\n/config/sender: sender must be set: Whose words.', 'a configuration is an object');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"limit": 1.5, "sender": 5, "api_key": ["x"], "a/b~c": 1}}')),
$$ZE422 /config/a~1b~0c: There is no parameter a/b~c. There are: limit, sender, is_loud, pause_s, colour, api_key, rules.
/config/api_key: api_key must be a text.
/config/limit: limit must be a whole number of tickets.
/config/sender: sender must be a text.$$, 'a wrong type, and a name that needs escaping');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"pause_s": -1, "sender": "abc"}}')), 'ZE422 /config/pause_s: pause_s must not be negative.', 'time does not run backwards');
select is((t.call_as('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"limit": "7", "sender": "abc", "is_loud": true, "pause_s": 90, "rules": [{"a": 1}], "api_key": "s3cret"}}')) -> 'config')::jsonb,
          '{"limit": "7", "sender": "abc", "is_loud": "true", "pause_s": "90", "rules": "[{\"a\": 1}]", "api_key": "s3cret"}'::jsonb, 'prepared values are texts, new secrets in the open for sealing');
select is((select count(*) from ebb.plugin_department), 0::bigint, 'and nothing is saved by it');
select is(t.faults('lee', 'plugin_configure', pg_temp.with(:'it', '{"config": {"sender": "abc", "api_key": "s3cret"}}')), 'ZE422 /config/api_key: api_key is a secret and did not arrive sealed.', 'a secret is never saved in the open');

-- Saving.
select is((t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"if_match": 1, "is_enabled": true, "position": 10, "config": {"sender": "abc", "api_key": {"$secret": "c2VhbGVk"}}}')) -> 'config')::jsonb,
          '{"sender": "abc", "api_key": {"is_set": true}}'::jsonb, 'what is saved is shown without its secret');
select is(t.call_as('lee', 'plugin_department_get', :'it') ->> 'state', 'shadow', 'it is on, in the shadow');
select is((t.call_as('lee', 'plugin_department_get', :'it') ->> 'version')::int, 2, 'the next version');
select is((select config_version from ebb.plugin_department), 2, 'its processes are to start anew');
select is(t.refusal('lee', 'plugin_configure', pg_temp.with(:'it', '{"if_match": 1, "mode": "act"}')), 'ZE412', 'who read an older version is refused');
select is(t.refusal('lee', 'plugin_prepare', pg_temp.with(:'it', '{"if_match": 1, "config": {}}')), 'ZE412', 'when preparing, too');
select is(t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"if_match": 2, "mode": "act", "min_confidence": 0.8}')) ->> 'state', 'act', 'from shadow to act');
select is((select config_version from ebb.plugin_department), 2, 'for which no process starts anew');
select is((t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"mode": "act"}')) ->> 'version')::int, 3, 'a change that changes nothing is none');
select is((t.call_as('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"limit": 9}}')) -> 'config')::jsonb, '{"limit": "9", "sender": "abc", "api_key": {"$secret": "c2VhbGVk"}}'::jsonb, 'a secret that is not sent stays sealed as it is');
select is((t.call_as('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"api_key": {"is_set": true}}}')) -> 'config' -> 'api_key')::jsonb, '{"$secret": "c2VhbGVk"}'::jsonb, 'as does one that is sent back as it was shown');
select is((t.call_as('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"api_key": null, "limit": null}}')) -> 'config')::jsonb, '{"sender": "abc"}'::jsonb, 'null takes a value away');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"api_key": {"$secret": "b3RoZXI="}}}')), 'ZE422 /config/api_key: api_key must be a text.', 'nobody brings a sealed secret from elsewhere');
select is(t.faults('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"sender": null}}')), 'ZE422 /config/sender: sender must be set: Whose words.', 'what must be set cannot be taken away');
select unalike(t.call_as('ada', 'plugin_list', '{}')::text || t.call_as('ada', 'plugin_get', :'all')::text || t.call_as('ada', 'plugin_department_list', :'all')::text || (select string_agg(a::text, '') from ebb.audit a), '%c2VhbGVk%', 'no door and no audit shows a secret, not even sealed');
select is((t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"config": {"sender": "abcd", "limit": "8", "api_key": {"is_set": true}}}')) -> 'config')::jsonb, '{"limit": "8", "sender": "abcd", "api_key": {"is_set": true}}'::jsonb, 'what is saved is what was prepared, whole');
select is((t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"config": {"sender": "abc", "api_key": {"$secret": "c2VhbGVk"}}}')) -> 'config')::jsonb, '{"sender": "abc", "api_key": {"is_set": true}}'::jsonb, 'what is left out of it is gone');
select is((select count(*) from api.plugin_hooks() where plugin_name = 'alpha' and department_id = 1), 1::bigint, 'the workers are told that IT uses it');
insert into ebb.plugin_delivery (plugin_id, department_id, event_name, created_at, next_at) values (:p, 1, 'tick', now(), now());
select is(t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": false}')) ->> 'state', 'off', 'a department turns it off');
select is((select count(*) from api.plugin_hooks()), 0::bigint, 'and nobody calls it any more');
select is((select count(*) from ebb.plugin_delivery where done_at is null), 0::bigint, 'what waited for it is forgotten');
update ebb.plugin_department set strikes_from = '-infinity';
select is(t.call_as('lee', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')) ->> 'state', 'act', 'and on again');
select cmp_ok((select strikes_from from ebb.plugin_department), '>', '-infinity', 'with a clean record');
-- Another department knows nothing of it.
update ebb.plugin_department set last_error = 'IT''s own trouble', last_error_at = now();
select unalike(t.call_as('hana', 'plugin_list', '{}')::text || t.call_as('hana', 'plugin_get', :'all')::text || t.call_as('hana', 'plugin_department_list', :'all')::text, '%trouble%', 'another department''s error is not told');
select is((t.call_as('hana', 'plugin_department_get', :'hr') -> 'config')::text, '{}', 'nor is its configuration');
select t.be('hana');
select is(t.tries('ebb_api', 'select from ebb.plugin_department'), '0 rows', 'even the web''s role sees no row of it for her');
select is(t.tries('ebb_api', 'select from api.plugin_department d where d.department_id = 1'), '0 rows', 'by no view');
select is(t.tries('ebb_api', 'update ebb.plugin_department set is_enabled = false'), '42501', 'and changes none');
select is(t.tries('ebb_api', format('select fn.plugin_configure(%L)', pg_temp.with(:'it', '{"is_enabled": false}'))), 'ZE404', 'nor does the rule behind the door');

-- The plugin's own statements object.
select t.install('beta', '{"params": [], "statements": [{"name": "object", "sql": "select", "report": null, "when": 8}]}') as b \gset
create schema x_beta; grant usage on schema x_beta to ebb_owner;
create function x_beta.statement_object(jsonb) returns setof json language sql as $$ select json_build_object('pointer', '/config/rules/3', 'detail', 'Rule 3 has no end.') where $1 -> 'department_id' = '2' $$;
select is(t.faults('ada', 'plugin_configure', json_build_object('plugin_id', :b, 'department_id', 2, 'is_enabled', true)), 'ZE422 /config/rules/3: Rule 3 has no end.', 'what a plugin''s statement says against a configuration refuses it');
select is(t.faults('ada', 'plugin_configure', json_build_object('plugin_id', :b, 'department_id', 1, 'is_enabled', true)), 'ok', 'and without a word of it, it is saved');
select is(fn.person(), 106, 'who asked is the same after a plugin''s statement as before');

-- Quarantine.
select is(t.refusal('dana', 'plugin_quarantine', pg_temp.with(:'it', '{"reason": "x"}')), 'ZE403', 'an agent quarantines nothing');
select is(t.refusal('hana', 'plugin_quarantine', pg_temp.with(:'it', '{"reason": "x"}')), 'ZE404', 'HR does not quarantine for IT');
select is(t.refusal('lee', 'plugin_quarantine', pg_temp.with(:'all', '{"reason": "x"}')), 'ZE403', 'a department does not quarantine for all');
select is(t.refusal('lee', 'plugin_quarantine', pg_temp.with(:'it', '{"reason": " "}')), 'ZE422', 'a quarantine has a reason');
select is(t.call_as('lee', 'plugin_quarantine', pg_temp.with(:'it', '{"reason": "It mixes up printers."}')) #>> '{departments,0,state}', 'quarantined', 'a department quarantines for itself');
select is((select count(*) from api.plugin_hooks() where plugin_name = 'alpha'), 0::bigint, 'then nobody calls it there');
select is(t.refusal('lee', 'plugin_quarantine', pg_temp.with(:'it', '{"reason": "again"}')), 'ZE409', 'twice is refused');
select is(t.refusal('hana', 'plugin_quarantine', pg_temp.with(:'hr', '{"reason": "x"}')), 'ZE409', 'a department that does not use it has nothing to quarantine');
select is(t.refusal('hana', 'plugin_lift', :'it'), 'ZE404', 'HR does not lift it for IT');
select is(t.refusal('ada', 'plugin_lift', :'all'), 'ZE409', 'lifting it everywhere is another thing');
update ebb.plugin_department set strikes_from = '-infinity';
select is(t.call_as('lee', 'plugin_lift', :'it') #>> '{departments,0,state}', 'act', 'the department lifts it');
select cmp_ok((select strikes_from from ebb.plugin_department where plugin_id = :p), '>', '-infinity', 'and old strikes count no more');
select is(t.call_as('ada', 'plugin_quarantine', pg_temp.with(:'all', '{"reason": "For everybody."}')) ->> 'state', 'quarantined', 'who administers all departments quarantines everywhere');
select is(t.refusal('lee', 'plugin_lift', :'all'), 'ZE403', 'what one department cannot lift');
select is(t.call_as('ada', 'plugin_lift', :'all') ->> 'state', 'installed', 'and they lift it');

-- Incidents.
insert into ebb.plugin_incident (plugin_id, department_id, occurred_at, incident_kind, sentence, plugin_version)
select :p, d, now(), 'crash', 'Crash in ' || coalesce(d::text, 'none'), '1.0.0' from unnest(array[1, 2, null]) d;
select is((select string_agg(i.value ->> 'sentence', ', ' order by i.ordinality) from json_array_elements(t.call_as('lee', 'plugin_incidents', :'all')) with ordinality i), 'Crash in none, Crash in 1', 'incidents of the own department and of none');
select is(t.refusal('dana', 'plugin_incidents', :'all'), 'ZE403', 'for administrators');
select is((t.call_as('hana', 'plugin_get', :'all') ->> 'incident_count')::int, 2, 'counted for the own department');
select is((t.call_as('lee', 'plugin_department_get', :'it') ->> 'incident_count')::int, 2, 'and in the department');

-- The next version.
select is((t.call_as('ada', 'plugin_get', :'all') ->> 'version')::int, 3, 'the plugin is at version 3');
select t.install('alpha', '{"version": "2.0.0", "reports": [{"name": "weekly", "title": "Weekly", "formats": ["json"], "params": []}],
                           "params": [{"key": "sender", "help": "Whose words.", "initial": null, "least": 0, "most": 0, "type": "text"}, {"key": "target", "help": "Where to.", "initial": null, "least": 0, "most": 0, "type": "text"}]}') as again \gset
select is(:again, :p, 'a plugin that is installed again is the same');
select is(t.call_as('ada', 'plugin_get', :'all') ->> 'plugin_version', '2.0.0', 'in its next version');
select is((select array_agg(report_name || ' ' || is_offered order by report_name) from ebb.plugin_report where plugin_id = :p), '{"digest false","weekly true"}', 'a report that is gone is not offered any more');
select is(t.call_as('lee', 'plugin_department_get', :'it') #>> '{config,sender}', 'abc', 'what a department configured is kept');
select is((select config_version from ebb.plugin_department where plugin_id = :p), 5, 'and processes start anew');
select is((t.call_as('lee', 'plugin_department_get', :'it') -> 'missing')::text, '["target"]', 'what the new version needs more is named');
select is((t.call_as('lee', 'plugin_prepare', pg_temp.with(:'it', '{"config": {"target": "x"}}')) -> 'config')::jsonb, '{"sender": "abc", "target": "x"}'::jsonb, 'what it knows no more goes with the next change');

-- Removing.
select is(t.refusal('lee', 'plugin_remove', pg_temp.with(:'all', '{"if_match": 4}')), 'ZE403', 'one department does not remove a plugin');
select is(t.refusal('ada', 'plugin_remove', pg_temp.with(:'all', '{"if_match": 1}')), 'ZE412', 'nor who read an older version');
select is(t.refusal('ada', 'plugin_remove', pg_temp.with(:'all', '{"if_match": 4}')), 'ok', 'who administers all departments does');
select is(t.call_as('lee', 'plugin_department_get', :'it') ->> 'state', 'removed', 'it is removed');
select is(t.refusal('lee', 'plugin_configure', pg_temp.with(:'it', '{"is_enabled": true}')), 'ZE409', 'and cannot be enabled');
select is(t.refusal('ada', 'plugin_remove', :'all'), 'ZE409', 'nor removed again');
select is(t.call_as('lee', 'plugin_department_get', :'it') #>> '{config,sender}', 'abc', 'what was configured can still be read');
select t.install('alpha') as third \gset
select is(t.call_as('lee', 'plugin_department_get', :'it') ->> 'state', 'off', 'installed again it is off until a department wants it');

-- The operator's doors have the same rules.
select t.be(null);
select is((t.tries('ebb_ctl', $$select ctl.plugin_configure('{"plugin_name": "alpha", "department": "hr", "is_enabled": true, "config": {"sender": "abc"}}')$$)), '1 rows', 'ebbctl configures for any department, by its code');
select throws_ok($$select ctl.plugin_prepare('{"plugin_name": "alpha", "department": "it", "config": {"limit": 0}}')$$, 'ZE422', null, 'within the same limits');
select throws_ok($$select ctl.plugin_get('{"plugin_name": "alpa"}')$$, 'ZE404', 'There is no such plugin.', 'an unknown name is refused');
select is(ctl.plugin_get('{"plugin_name": "alpha"}') #>> '{configurations,0,department_code}', 'it', 'it is shown every department');
select is(t.tries('ebb_app', $$select ctl.plugin_remove('{"plugin_name": "alpha"}')$$), '42501', 'the web''s log-in does not reach them');
select * from finish();
rollback;
