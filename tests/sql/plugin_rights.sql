-- SPDX-License-Identifier: Apache-2.0
-- A plugin's SQL reaches the rows of the one department it works for, and nothing else: whatever it sets, keeps or guesses.
\ir ../lib/plugin.sql
-- What an earlier transaction proved, and what another backend would have.
select fn.plugin_pass_seal('guard', 1) as old_seal \gset
begin;
select plan(73);
select set_config('ebb.plugging', 'guard', true) \g /dev/null
\ir ../../sql/plugin/roles.sql
select t.install('guard', jsonb_build_object('params', '[]'::jsonb, 'reads', '["tickets", "dim_teams"]'::jsonb, 'statements', jsonb_build_array(
    jsonb_build_object('name', 'tickets', 'sql', 'select ticket_id, department_id from reporting_v1.tickets order by 1', 'report', null, 'when', 2),
    jsonb_build_object('name', 'words', 'sql', 'select word, department_id, $1 ->> ''x'' as x from word order by 1', 'report', null, 'when', 2),
    jsonb_build_object('name', 'add', 'sql', 'insert into word (department_id, word) values (($1 ->> ''department_id'')::int, $1 ->> ''word'') returning word', 'report', null, 'when', 4),
    jsonb_build_object('name', 'digest', 'sql', 'select 1 as one', 'report', 'other', 'when', 4),
    jsonb_build_object('name', 'keys', 'sql', 'select current_setting(''ebb.token'', true) as token, current_setting(''ebb.plugin_pass'', true) as pass, current_user as role', 'report', null, 'when', 8)))) as p \gset
select x_guard.ebb_run('create table word (word_id int generated always as identity primary key, department_id int not null, word text not null)') \g /dev/null
\ir ../../sql/plugin/check.sql
\ir ../../sql/plugin/reach.sql
\ir ../../sql/plugin/rights.sql
set local role ebb_owner;
\ir ../../sql/code/plugin/grant.sql
reset role;
\ir ../../sql/plugin/statements.sql
reset role;
set local search_path = public, pg_catalog;
select t.enable(:p, 1), t.enable(:p, 2) \g /dev/null
insert into x_guard.word (department_id, word) values (1, 'printer'), (2, 'payroll');
select t.open('rae') as it, t.open('rob', 54) as hr \gset
-- The worker's role calls it, for a person.
create or replace function pg_temp.rows(p_department_id int, p_when int, p_input jsonb default '{}') returns jsonb language sql as $$
    select fn.plugin_rows((select plugin_id from ebb.plugin where plugin_name = 'guard'), p_department_id, p_when, null, p_input)::jsonb $$;

select is(pg_temp.rows(1, 2) -> 'tickets', jsonb_build_array(jsonb_build_object('ticket_id', :'it', 'department_id', '1')), 'a statement reads a declared view, in its department');
select is(pg_temp.rows(2, 2) -> 'tickets', jsonb_build_array(jsonb_build_object('ticket_id', :'hr', 'department_id', '2')), 'and in the next call the other one''s');
select is(pg_temp.rows(1, 2, '{"x": "7"}') -> 'words', '[{"word": "printer", "department_id": "1", "x": "7"}]', 'its own tables are cut down in the same way; cells are texts');
select is(pg_temp.rows(3, 2), '{"tickets": [], "words": []}', 'a department without rows has none');
select is(pg_temp.rows(1, 4, '{"department_id": 1, "word": "cable"}') -> 'add', '[{"word": "cable"}]', 'it writes in its department');
select throws_ok($$select pg_temp.rows(1, 4, '{"department_id": 2, "word": "spy"}')$$, '42501', null, 'and in no other');
select is(fn.plugin_rows(:p, 1, 4, 'digest', '{"department_id": 1, "word": "x"}')::jsonb ? 'digest', false, 'a statement of one report is not run for another');
select is(fn.plugin_rows(:p, 1, 1, null, '{}')::text, '{}', 'and none for what it was not declared for');
select t.be('ada');
select is(pg_temp.rows(1, 8) #>> '{keys,0,token}', '', 'not even an administrator''s token can be seen by a statement');
select is(pg_temp.rows(1, 8) #>> '{keys,0,role}', 'ebb_x_guard_call', 'it runs as the plugin''s own role');
select is(fn.person(), 106, 'after it the person is back');
select is(current_setting('ebb.plugin_pass', true), '', 'and the pass is gone');
select throws_ok($$select pg_temp.rows(1, 4, '{"department_id": 2, "word": "spy"}')$$, '42501', null, 'after a failure');
select is(fn.person() || coalesce(nullif(current_setting('ebb.plugin_pass', true), ''), ''), '106', 'too');

-- Whoever got hold of the role, past the core: no pass, no row.
create or replace function pg_temp.seen(p_pass text) returns text language plpgsql as $$
begin
    perform set_config('ebb.plugin_pass', p_pass, true);
    return t.tries('ebb_x_guard_call', 'select from x_guard.word') || ', ' || t.tries('ebb_x_guard_call', 'select from reporting_v1.tickets') || ', ' || t.tries('ebb_x_guard_call', 'select from reporting_v1.dim_teams');
end $$;
create or replace function pg_temp.seal(p_name text, p_department_id int, p_pid int, p_at timestamptz) returns text language sql as $$
    select encode(sha256((select secret from ebb.desk_secret) || convert_to(format('%s %s %s %s', p_name, p_department_id, p_pid, extract(epoch from p_at)), 'UTF8')), 'hex') $$;
select is(pg_temp.seen('guard 1 ' || fn.plugin_pass_seal('guard', 1)), '3 rows, 1 rows, 2 rows', 'with the genuine pass of this transaction it sees one department');
select is(pg_temp.seen(''), '0 rows, 0 rows, 0 rows', 'without a pass nothing');
select is(pg_temp.seen('guard 1 '), '0 rows, 0 rows, 0 rows', 'with an empty seal nothing');
select is(pg_temp.seen('guard 1 ' || repeat('0', 64)), '0 rows, 0 rows, 0 rows', 'with a made-up seal nothing');
select is(pg_temp.seen('guard 2 ' || fn.plugin_pass_seal('guard', 1)), '0 rows, 0 rows, 0 rows', 'with another department''s number on a genuine seal nothing');
select is(pg_temp.seen('guard 1 ' || :'old_seal'), '0 rows, 0 rows, 0 rows', 'with the pass of an earlier transaction nothing');
select is(pg_temp.seen('guard 1 ' || pg_temp.seal('guard', 1, pg_backend_pid() + 1, transaction_timestamp())), '0 rows, 0 rows, 0 rows', 'with the pass of another backend nothing');
select is(pg_temp.seen('guard 1 ' || pg_temp.seal('guard', 1, pg_backend_pid(), transaction_timestamp())), '3 rows, 1 rows, 2 rows', '(it is the backend that makes the difference)');
select is(pg_temp.seen('other 1 ' || fn.plugin_pass_seal('other', 1)), '0 rows, 0 rows, 0 rows', 'with another plugin''s pass nothing');
select is(pg_temp.seen('guard 1,2 ' || fn.plugin_pass_seal('guard', 1)), '0 rows, 0 rows, 0 rows', 'two departments are none');
select is(pg_temp.seen(E'guard 1 ' || fn.plugin_pass_seal('guard', 1) || ' x'), '0 rows, 0 rows, 0 rows', 'nor is a pass with something behind it');
select is(pg_temp.seen('guard 99999999999 ' || fn.plugin_pass_seal('guard', 1)), '0 rows, 0 rows, 0 rows', 'nor a number beyond all');
select set_config('ebb.plugin_pass', '', true), t.be('ada') \g /dev/null
select is(t.tries('ebb_x_guard_call', 'select from reporting_v1.tickets'), '0 rows', 'a person''s token gives a plugin''s role nothing');
select set_config('ebb.departments', '{1,2,3}', true), set_config('ebb.department_id', '1', true), set_config('ebb.person', '106', true) \g /dev/null
select is(t.tries('ebb_x_guard_call', 'select from x_guard.word'), '0 rows', 'nor does any other setting');
select set_config('ebb.plugin_pass', 'guard 1 ' || fn.plugin_pass_seal('guard', 1), true) \g /dev/null
select is(t.tries('ebb_x_guard_call', 'select set_config(''row_security'', ''off'', true), count(*) from x_guard.word') in ('42501', '1 rows'), true, 'row-level security is not switched off');
select is(t.tries('ebb_x_guard_call', 'select * from x_guard.word where department_id = 2'), '0 rows', 'with a pass for IT no word of HR');

-- No table, no view that was not declared, no function, no other role, nothing made.
select is(t.tries('ebb_x_guard_call', s.sql), '42501', s.name) from (values
    ('select from ebb.ticket', 'no ticket as a table'), ('select from ebb.token', 'no token'), ('select from ebb.desk_secret', 'no secret'),
    ('select from ebb.plugin_department', 'no department''s configuration'), ('select from ebb.audit', 'no audit'), ('select from reporting_v1.dim_agents', 'no view that it did not declare'),
    ('select from reporting_v1_text.tickets', 'no texts'), ('select from fn.person_label', 'no label'), ('select fn.plugin_pass_seal(''guard'', 2)', 'no seal'),
    ('select fn.person()', 'no rule'), ('select api.ticket_list(''{}'')', 'no door of the web'), ('select ctl.outbox_take(1)', 'no door of the courier'),
    ('create table x_guard.mine (x int)', 'makes no table, not in its own schema'), ('create temporary table mine (x int)', 'not for the moment'), ('create table public.mine (x int)', 'not anywhere'),
    ('create function x_guard.mine() returns int language sql as ''select 1''', 'no function'), ('create schema mine', 'no schema'),
    ('alter table x_guard.word disable row level security', 'changes no table'), ('drop policy ebb_department on x_guard.word', 'drops no policy'), ('drop table x_guard.word', 'drops none'),
    ('truncate x_guard.word', 'empties none'), ('create role mine', 'makes no role'), ('alter role ebb_x_guard_call superuser', 'and is nobody else'),
    ('copy x_guard.word to ''/tmp/mine''', 'writes no file'), ('select pg_read_file(''/etc/passwd'')', 'reads no file')) s (sql, name);

-- Others on a plugin's tables.
select is(t.tries('ebb_api', 'select from x_guard.word'), '42501', 'the web''s role reads no table of a plugin');
select is(t.tries('ebb_app', 'select x_guard.statement_words(''{}'')'), '42501', 'nor does its log-in run a statement');
select is(t.tries('ebb_owner', 'select from x_guard.word'), '42501', 'the desk''s owner keeps out of them');
select set_config('ebb.plugin_pass', '', true) \g /dev/null
select is(t.tries('bi_it', 'select from x_guard.word'), '3 rows', 'a BI role reads them, of its department');
select is(t.tries('bi_hr', 'select from x_guard.word'), '1 rows', 'each of its own');
select is(t.tries('bi_it', 'insert into x_guard.word (department_id, word) values (1, ''x'')'), '42501', 'and writes none');
create role ebb_x_guard2_call nologin;
select is(t.tries('ebb_x_guard2_call', 'select from x_guard.word'), '42501', 'another plugin''s role has no business there');

-- After the plugin is removed its tables stay.
select t.be(null);
select ctl.plugin_remove('{"plugin_name": "guard"}') \g /dev/null
select is(t.tries('bi_it', 'select from x_guard.word'), '3 rows', 'what a removed plugin kept can still be read');
select is((select count(*) from api.plugin_hooks()), 0::bigint, 'though nobody runs it');

-- The roles of the desk.
select is(t.tries('ebb_api', 'insert into ebb.audit (occurred_at, actor_kind, action, object_kind, object_ref) values (now(), ''person'', ''x'', ''x'', ''x'')'), '42501', 'the web''s role writes no audit');
select t.install('guard') as g \gset
select t.enable(:g, 1) \g /dev/null
select json_build_object('plugin_id', :g, 'department_id', 1, 'is_enabled', false) as off \gset
select t.be(null) \g /dev/null
select is(t.session('ebb_api', format('select fn.plugin_configure(%L)', :'off')), 'ZE404', 'without a token the web''s role is not taken for the operator');
select is(t.session('ebb_app', format('select api.plugin_configure(%L)', :'off')), 'ZE401', 'nor is its log-in');
select is(t.session('ebb_ctl', 'select ctl.plugin_configure(''{"plugin_name": "guard", "department": "it", "position": 3}'') ->> ''position'''), '3', 'ebbctl''s log-in is');
select is(t.session('bi_it', format('select fn.plugin_configure(%L)', :'off')), '42501', 'a BI role is nobody here');
select t.be('dana') \g /dev/null
select is(t.tries('ebb_api', format('select fn.plugin_rows(%s, 2, 2, null, ''{}'')', :g)), '42501', 'the web''s role runs no statement by itself');
select is(t.tries('ebb_api', format('select fn.report_call(%s, 1, ''html'', ''{}'')', (select max(report_id) from ebb.plugin_report))), '1 rows', 'a report for a department of the person');
select t.be('hal') \g /dev/null
select is(t.tries('ebb_api', format('select fn.report_call(%s, 1, ''html'', ''{}'')', (select max(report_id) from ebb.plugin_report))), 'ZE404', 'and for no other, past the door either');
select is((select count(*) from unnest(array['plugin', 'plugin_statement', 'plugin_report', 'plugin_department', 'plugin_delivery', 'plugin_run', 'plugin_action', 'plugin_incident', 'plugin_day',
           'plugin_migration', 'report_schedule', 'report_document', 'audit']) x where has_table_privilege('ebb_api', 'ebb.' || x, 'insert,update,delete,truncate') or has_any_column_privilege('ebb_api', 'ebb.' || x, 'insert,update')),
          0::bigint, 'it writes no table of plugins at all: rules do, which ask who is there');
select * from finish();
rollback;
