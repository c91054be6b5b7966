-- SPDX-License-Identifier: Apache-2.0
-- Events for automating plugins: at least once, in order per ticket, never in a circle; and three strikes.
\ir ../lib/plugin.sql
begin;
select plan(70);
select t.install('auto', '{"kinds": 2, "events": ["ticket.*"]}') as a \gset
select t.install('picky', '{"kinds": 2, "events": ["ticket.resolved", "sla.breached"]}') as b \gset
select t.install('clerk', '{"kinds": 5, "events": ["ticket.*"]}') as c \gset
select t.enable(:a, 1), t.enable(:b, 1), t.enable(:c, 1), t.enable(:a, 2) \g /dev/null

create or replace function pg_temp.offer() returns int language sql as $$
    select t.courier(format('select ctl.plugin_offer(%L)', (select array_agg(outbox_id) from ebb.outbox)))::int $$;
create or replace function pg_temp.take(p_most int default 10) returns jsonb language sql as $$ select coalesce(t.courier(format('select json_agg(x order by plugin_name, department_id) from ctl.plugin_take(%s) x', p_most)), '[]')::jsonb $$;
-- plugin: names of events with their tickets
create or replace function pg_temp.names(p_taken jsonb) returns text language sql as $$
    select string_agg(format('%s/%s: %s', b ->> 'plugin_name', b ->> 'department_id', (select string_agg(e ->> 'name', ' ' order by o) from jsonb_array_elements((b ->> 'payload')::jsonb -> 'events') with ordinality x (e, o))), E'\n' order by b ->> 'plugin_name', b ->> 'department_id')
      from jsonb_array_elements(p_taken) b $$;
create or replace function pg_temp.done(p_batch jsonb, p_result text, p_actions jsonb default '[]') returns text language sql as $$
    select t.courier(format('select ctl.plugin_done(%L)', jsonb_build_object('plugin_id', p_batch -> 'plugin_id', 'department_id', p_batch -> 'department_id', 'results',
        (select jsonb_agg(jsonb_build_object('event_id', e, 'result', p_result, 'sentence', case when p_result not in ('ok', 'skip') then 'It said ' || p_result || '.' end, 'duration_us', 100, 'actions', p_actions))
           from jsonb_array_elements(p_batch -> 'event_ids') e)))) $$;
create or replace function pg_temp.later() returns void language sql as $$ update ebb.plugin_delivery set next_at = now() - interval '1 second' where done_at is null $$;

-- Offered once, to who wants it.
select t.open('rae') as one \gset
select is(pg_temp.offer(), 1, 'an event is offered to the plugin that wants it, of those that automate');
select is(pg_temp.offer(), 0, 'again is no more than once');
select is((select d.event_name || ' ' || d.seq || ' ' || d.depth from ebb.plugin_delivery d), 'ticket.opened 1 0', 'with its place in the journal, caused by no plugin');
select t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :one)), t.call_as('dana', 'ticket_resolve', json_build_object('ticket_id', :one, 'resolution', 'Done')), t.open('rae') as two, t.open('rob', 54) as hr \gset
select is(pg_temp.offer(), 5, 'all of a ticket to one plugin, one event to the other, and HR''s to HR''s');

-- In order per ticket.
select pg_temp.take() as first \gset
select is(pg_temp.names(:'first'), E'auto/1: ticket.opened ticket.opened\nauto/2: ticket.opened\npicky/1: ticket.resolved', 'a batch for each plugin and department has one event per ticket');
select is((:'first'::jsonb #>> '{0,payload}')::jsonb #>> '{kind}', 'automate', 'as a call of its process');
select is((select jsonb_agg(distinct e -> 'facts' -> 'department_id') from jsonb_array_elements(:'first'::jsonb) b cross join jsonb_array_elements((b ->> 'payload')::jsonb -> 'events') e where b ->> 'department_id' = '2'), '[2]', 'a department''s batch has facts of its own tickets only');
select is((select e -> 'facts' ->> 'state' from jsonb_array_elements((:'first'::jsonb #>> '{0,payload}')::jsonb -> 'events') e limit 1), 'resolved', 'facts are those of now, not of then');
select is(pg_temp.take(), '[]', 'what is out is leased: nobody gets it twice, and what follows on the same ticket waits');
select is(pg_temp.done(:'first'::jsonb -> 0, 'skip'), '{"applied" : 0, "refused" : 0}', 'done');
select pg_temp.take() as second \gset
select is(pg_temp.names(:'second'), 'auto/1: ticket.taken', 'then the next one of that ticket comes');
select is(pg_temp.done(:'second'::jsonb -> 0, 'later'), '{"applied" : 0, "refused" : 0}', 'a plugin may ask to hear of it later');
select is(pg_temp.take(), '[]', 'then it pauses, and so does what follows on the ticket');
select pg_temp.later() \g /dev/null
select pg_temp.take() as third \gset
select is(pg_temp.names(:'third'), E'auto/1: ticket.taken\nauto/2: ticket.opened\npicky/1: ticket.resolved', 'after the pause it comes again, and so does what was never reported done');
select is((:'third'::jsonb -> 0 -> 'event_ids'), :'second'::jsonb -> 0 -> 'event_ids', 'under the same number');
select is((select attempts from ebb.plugin_delivery where plugin_delivery_id = (:'third'::jsonb #>> '{0,event_ids,0}')::bigint), 2::smallint, 'at its second attempt');
select is(pg_temp.done(:'third'::jsonb -> 0, 'fail'), '{"applied" : 0, "refused" : 0}', 'a plugin that fails');
select is((select concat_ws(' ', outcome, error_code, sentence) from ebb.plugin_run order by plugin_run_id desc limit 1), 'failed fail It said fail.', 'is told by a run');
select is((select last_error from ebb.plugin_department where plugin_id = :a and department_id = 1), 'It said fail.', 'and to its administrator');
select is((select last_error from ebb.plugin_department where plugin_id = :a and department_id = 2), null, 'of that department');
select is(pg_temp.names(pg_temp.take(1)), 'auto/1: ticket.resolved', 'the ticket goes on after it');

-- Answers that got lost, and a courier that did.
update ebb.plugin_delivery set done_at = now() where done_at is null \g /dev/null
select t.open('rae') as three \gset
select is(pg_temp.offer(), 1, 'another ticket');
select pg_temp.take() as lost \gset
update ebb.plugin_delivery set lease_pid = 1 where done_at is null;
select is(pg_temp.names(pg_temp.take()), 'auto/1: ticket.opened', 'what a courier had that died comes again at once');
select is(pg_temp.done(:'lost'::jsonb -> 0, 'ok', t.action('set', '{"impact": 1}')), '{"applied" : 1, "refused" : 0}', 'an answer is carried out');
select is(pg_temp.done(:'lost'::jsonb -> 0, 'ok', t.action('set', '{"impact": 3}')), '{"applied" : 0, "refused" : 0}', 'and once only');
select is((t.ticket(:three)).impact, 1::smallint, 'as the first answer said');
select is((select count(*) from ebb.plugin_run where ticket_id = :three), 1::bigint, 'there is one run of it');
select t.open('rae') as four \gset
select pg_temp.offer() \g /dev/null
select is(pg_temp.done(pg_temp.take() -> 0, 'gone'), '{"applied" : 0, "refused" : 0}', 'a process that died under an event');
select is((select attempts || ' ' || (done_at is null) from ebb.plugin_delivery where ticket_id = :four), '1 true', 'gets it again');
select pg_temp.later(), pg_temp.done(pg_temp.take() -> 0, 'gone'), pg_temp.later(), pg_temp.done(pg_temp.take() -> 0, 'late') \g /dev/null
select is((select attempts || ' ' || (done_at is null) from ebb.plugin_delivery where ticket_id = :four), '3 false', 'three times, then it is given up');
select is((select concat_ws(' ', outcome, error_code) from ebb.plugin_run where ticket_id = :four), 'failed late', 'which is told');

-- Never in a circle.
select t.install('echo', '{"kinds": 2, "events": ["ticket.*"]}') as e \gset
update ebb.plugin_delivery set done_at = now() where done_at is null;
update ebb.plugin_department set is_enabled = false where plugin_id = :b;
delete from ebb.outbox;
select t.enable(:e, 1) \g /dev/null
create or replace function pg_temp.round(p_impact int) returns text language plpgsql as $$
declare v_said text; v_batch jsonb;
begin
    perform pg_temp.offer();
    perform pg_temp.later();
    for v_batch in select b from jsonb_array_elements(pg_temp.take()) b order by b ->> 'plugin_name' loop
        v_said := concat_ws(' ', v_said, v_batch ->> 'plugin_name', (select d.depth from ebb.plugin_delivery d where d.plugin_delivery_id = (v_batch #>> '{event_ids,0}')::bigint));
        perform pg_temp.done(v_batch, 'ok', t.action('set', jsonb_build_object('impact', p_impact)));
        p_impact := 4 - p_impact;
    end loop;
    return v_said;
end $$;
select t.open('rae') as five \gset
select is(pg_temp.round(1), 'auto 0 echo 0', 'both hear of what a person does');
select is(pg_temp.round(1), 'auto 1 echo 1', 'each of what the other did, one deeper, and none of its own doing');
select is(pg_temp.round(1), 'auto 2 echo 2', 'two');
select is(pg_temp.round(1), 'auto 3 echo 3', 'three');
select is(pg_temp.round(1), null, 'and no deeper');
select is((select max(depth) from ebb.plugin_run where ticket_id = :five), 3::smallint, 'each run knows how deep it stands');

-- A department that does not use it any more.
delete from ebb.outbox;
select t.open('rae') as six \gset
select pg_temp.offer() as offered, pg_temp.take() as held \gset
update ebb.plugin_department set is_enabled = false where plugin_id = :a and department_id = 1;
select is(pg_temp.done(:'held'::jsonb -> 0, 'ok', t.action('set', '{"impact": 1}')), '{"applied" : 0, "refused" : 0}', 'what a plugin answers after it was turned off is not done');
select is((t.ticket(:six)).version, 1, 'not at all');
select is((select count(*) from ebb.plugin_delivery d where d.plugin_id = :a and d.department_id = 1 and d.done_at is null), 0::bigint, 'nor is anything kept for it');
select t.enable(:a, 1) \g /dev/null

-- Ticks.
update ebb.plugin_department set is_enabled = false;
select t.install('timer', '{"kinds": 2, "events": [], "tick_s": 60}') as k \gset
select t.enable(:k, 1) \g /dev/null
select is(pg_temp.take(), '[]', 'a tick that is not due does not come');
update ebb.plugin_department set next_tick_at = now() - interval '10 minutes' where plugin_id = :k;
select is(pg_temp.names(pg_temp.take()), 'timer/1: tick', 'one that is due does');
select cmp_ok((select next_tick_at from ebb.plugin_department where plugin_id = :k), '>', now(), 'the next is due later');
update ebb.plugin_department set next_tick_at = now() - interval '10 minutes' where plugin_id = :k;
select pg_temp.take() \g /dev/null
select is((select count(*) from ebb.plugin_delivery where plugin_id = :k), 1::bigint, 'ticks do not pile up while one is out');

-- Strikes.
create or replace function pg_temp.strike(p_name text, p_department_id int, p_kind text default 'crash') returns text language sql as $$
    select t.courier(format('select ctl.plugin_incident(%L)', jsonb_build_object('plugin_name', p_name, 'department_id', p_department_id, 'incident_kind', p_kind, 'sentence', 'It ' || p_kind || 'ed.', 'backtrace', '#0'))) $$;
select t.enable(:a, 1), t.enable(:a, 2) \g /dev/null
select is(pg_temp.strike('auto', 1), '{"strikes" : 1, "quarantined" : "no"}', 'one strike');
select is(pg_temp.strike('auto', 1, 'hang'), '{"strikes" : 2, "quarantined" : "no"}', 'two');
select is(pg_temp.strike('auto', 2), '{"strikes" : 1, "quarantined" : "no"}', 'another department counts for itself');
select is(pg_temp.strike('auto', 1, 'memory'), '{"strikes" : 3, "quarantined" : "department"}', 'three in ten minutes, and it is in quarantine');
select is((select array_agg(department_id order by department_id) from api.plugin_hooks() where plugin_name = 'auto'), '{2}', 'for that department, and for no other');
select is((select quarantine_reason from ebb.plugin_department where plugin_id = :a and department_id = 1), '3 incidents in ten minutes, the latest: It memoryed.', 'with the reason');
select is((select concat_ws(' ', actor_kind, action, object_ref, after_values ->> 'reason') from ebb.audit order by audit_id desc limit 1), 'system plugin.quarantine auto 3 incidents in ten minutes, the latest: It memoryed.', 'which stands in the audit: nobody did it');
select is((select array_agg(topic order by outbox_id) from ebb.outbox where topic like 'plugin.%' and department_id = 1), '{plugin.incident,plugin.incident,plugin.quarantined}', 'each is an event');
select is((select quarantined from ebb.plugin_incident order by plugin_incident_id desc limit 1), 'department', 'and the last says what followed');
select t.call_as('ada', 'plugin_lift', json_build_object('plugin_id', :a, 'department_id', 1)) \g /dev/null
select is(pg_temp.strike('auto', 1), '{"strikes" : 1, "quarantined" : "no"}', 'after it was lifted, counting begins anew');
update ebb.plugin_incident set occurred_at = now() - interval '11 minutes' where department_id = 2;
select is(pg_temp.strike('auto', 2), '{"strikes" : 1, "quarantined" : "no"}', 'what is older than ten minutes does not count');
select t.install('wide', '{"kinds": 2, "events": []}') as w \gset
update ebb.plugin set quarantine_scope = 'everywhere' where plugin_id = :w;
select t.enable(:w, 1), t.enable(:w, 2) \g /dev/null
select pg_temp.strike('wide', 1), pg_temp.strike('wide', 1) \g /dev/null
select is(pg_temp.strike('wide', 1), '{"strikes" : 3, "quarantined" : "everywhere"}', 'a plugin that is watched everywhere is in quarantine everywhere');
select is((select count(*) from api.plugin_hooks() where plugin_name = 'wide'), 0::bigint, 'nobody calls it');

-- A statement that does not end costs its plugin, and nobody else.
update ebb.plugin_department set is_enabled = false;
delete from ebb.outbox;
select t.install('endless', '{"kinds": 6, "events": ["ticket.*"], "statements": [{"name": "spin", "sql": "select", "report": null, "when": 6}]}') as x \gset
create schema x_endless; grant usage on schema x_endless to ebb_owner;
create function x_endless.statement_spin(jsonb) returns setof json language sql as $$ select json_build_object('n', count(*)) from generate_series(1, 1000000000000) $$;
select t.install('honest', '{"kinds": 2, "events": ["ticket.*"]}') as h \gset
select t.enable(:x, 1, 'act', 1), t.enable(:h, 1, 'act', 2), t.open('rae') as wait \gset
select pg_temp.offer() \g /dev/null
set local statement_timeout = '300ms';
select pg_temp.take() as spun \gset
set local statement_timeout = 0;
select is(:'spun'::text, '[]', 'a statement of a plugin that does not end is cancelled, and the call with it');
select is((select concat_ws(' ', incident_kind, department_id, sentence) from ebb.plugin_incident where plugin_id = :x), 'hang 1 A statement of the plugin did not end in time and was cancelled.', 'which is an incident');
select is(pg_temp.names(pg_temp.take()), 'honest/1: ticket.opened', 'the next call serves the others');
create or replace function pg_temp.spin() returns jsonb language plpgsql as $$ begin perform pg_temp.later(); return pg_temp.take(); end $$;
set local statement_timeout = '300ms';
select pg_temp.spin() \g /dev/null
select pg_temp.spin() \g /dev/null
set local statement_timeout = 0;
select is((select quarantine_reason from ebb.plugin_department where plugin_id = :x), '3 incidents in ten minutes, the latest: A statement of the plugin did not end in time and was cancelled.', 'the third time it is in quarantine');
select is((select concat_ws(' ', outcome, error_code) from ebb.plugin_run where plugin_id = :x), 'failed late', 'and the event is given up');
update ebb.plugin_department set quarantined_at = null, quarantine_reason = null where plugin_id = :x;
insert into ebb.report_document (report_id, department_id, format, created_at, next_at) select report_id, 1, 'html', now(), now() from ebb.plugin_report where plugin_id = :x;
set local statement_timeout = '300ms';
select t.courier('select count(*) from ctl.report_take(5)') as reports \gset
set local statement_timeout = 0;
select is(:'reports'::text, '0', 'a report whose statement does not end');
select is((select sentence from ebb.report_document), 'A statement of the plugin did not end in time.', 'is given up, too');
select pg_temp.strike('wide', null, 'start'), pg_temp.strike('wide', null, 'start') \g /dev/null
select is(pg_temp.strike('wide', null, 'start'), '{"strikes" : 3, "quarantined" : "everywhere"}', 'outside of any department it counts, too');
select t.call_as('ada', 'plugin_lift', json_build_object('plugin_id', :w)) \g /dev/null
select is(pg_temp.strike('wide', null, 'start'), '{"strikes" : 1, "quarantined" : "no"}', 'and begins anew when that is lifted');
select is(pg_temp.strike('nobody', 1), '{"strikes" : 0, "quarantined" : "no"}', 'an unknown plugin has none');
select is(t.tries('ebb_app', $$select ctl.plugin_incident('{}')$$), '42501', 'the web''s log-in reports none');
-- What was delivered is not kept for ever.
update ebb.plugin_delivery set done_at = now() - interval '9 days';
insert into ebb.plugin_delivery (plugin_id, department_id, event_name, created_at, next_at, done_at) select :h, 1, 'tick', now(), now(), now() from generate_series(1, 2) \g /dev/null
select ctl.tick_housekeeping() \g /dev/null
select is((select array_agg(coalesce(outbox_id is not null, false) order by outbox_id) from ebb.plugin_delivery), '{t,t,f,f}', 'it goes after a week, when its message has gone');
select is((select count(*) from ebb.plugin_day where run_kind = 'automate' and result = 'gone'), 1::bigint, 'calls are counted by day and result');
select * from finish();
rollback;
