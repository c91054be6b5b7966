-- SPDX-License-Identifier: Apache-2.0
-- Rehearsal: what it foretells is what happens when the draft is written for good, and until then nothing of it remains.
\ir ../lib/act.sql
begin;
select plan(17);

create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
create function t.h(p_hours numeric) returns timestamptz language sql as $$ select now() - interval '10 hours' + (p_hours::text || ' hours')::interval $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', t.h(p_hours)::text, false); end $$;
create function t.act(p_word text, p_fn text, p_ticket_id bigint, p_args jsonb default '{}') returns json language sql
as $$ select t.call_as(p_word, p_fn, (jsonb_build_object('ticket_id', p_ticket_id) || p_args)::json) $$;
create function t.rehearse(p_draft jsonb) returns int language plpgsql as $$
declare v_id int;
begin
    v_id := (ctl.rehearsal_begin((p_draft || '{"department_code": "it", "months": 1}')::json) ->> 'sla_rehearsal_id')::int;
    while not (ctl.rehearsal_step(json_build_object('sla_rehearsal_id', v_id, 'limit', 1)) ->> 'is_done')::boolean loop null; end loop;
    return v_id;
end $$;
create function t.refused(p_draft jsonb) returns text language plpgsql
as $$ declare v_detail text; begin perform t.rehearse(p_draft); return 'kept';
exception when others then get stacked diagnostics v_detail = pg_exception_detail; return sqlstate || ' ' || (v_detail::json -> 0 ->> 'pointer'); end $$;

-- Server room, around the clock: an answer in 1 hour, resolved in 6. One ticket is resolved after 2 hours, one after 5, one waits from 1 to 8 and is open.
select t.at(0) \g /dev/null
select t.open('rae', 53) as quick, t.open('rae', 53) as slow, t.open('rae', 53) as open, t.open('rae', 51) as other \gset
select t.at(1) \g /dev/null
select t.act('ned', 'ticket_take', x) from unnest(array[:quick, :slow, :open]) x \g /dev/null
select t.act('ned', 'ticket_wait', :open, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select t.at(2) \g /dev/null
select t.act('ned', 'ticket_resolve', :quick, '{"resolution": "Done."}') \g /dev/null
select t.at(5) \g /dev/null
select t.act('ned', 'ticket_resolve', :slow, '{"resolution": "Done."}') \g /dev/null
select t.at(8) \g /dev/null
select t.act('ned', 'ticket_resume', :open) \g /dev/null
select t.at(9) \g /dev/null
create temporary table before as select k.* from ebb.sla_clock k;
create temporary table versions as select count(*) from ebb.sla_policy_version union all select count(*) from ebb.calendar_version union all select count(*) from ebb.sla_target;

select t.rehearse('{"policy": {"sla_policy_id": 92, "targets": [{"target_kind": "resolve", "target_s": 10800}]}}') as id \gset
select is((select row(r.ticket_count, r.done_count)::text from ebb.sla_rehearsal r where r.sla_rehearsal_id = :id), '(4,4)', 'every ticket of the department is looked at, batch by batch');
select is((ctl.rehearsal_show(json_build_object('sla_rehearsal_id', :id)) ->> 'status'), 'done', 'and it says that it is done');
select results_eq(format('select c.ticket_id, c.was_status, c.status from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = %s and c.target_code = ''resolve'' order by 1', :id),
                  format('values (%s::bigint, ''met'', ''breached'')', :slow), 'with 3 hours the slow one breaks, the quick one and the one that waited do not');
select is((select count(*) from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = :id and c.target_code = 'response' and c.status is null), 3::bigint, 'a target that the draft has not got would be gone');
select is((select sum(g.was_met_count) || ' ' || sum(g.met_count) || ' ' || sum(g.breached_count) from ebb.sla_rehearsal_group g
            where g.sla_rehearsal_id = :id and g.service_id = 53 and g.target_code = 'resolve'), '2 1 1', 'figures by service say the same');
select is_empty('select * from before except select * from ebb.sla_clock', 'no clock has changed');
select results_eq('select count(*) from ebb.sla_policy_version union all select count(*) from ebb.calendar_version union all select count(*) from ebb.sla_target', 'select * from versions',
                  'no version is left behind');

-- A calendar: with office hours, most of the night does not count.
select t.rehearse('{"calendar": {"calendar_id": 82, "weekly": [{"day": 1, "from": "00:00", "to": "00:30"}]}}') as id \gset
select is((select count(*) from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = :id and c.status = 'breached'), 0::bigint, 'with half an hour of work a week nothing is broken within ten hours');
select is((select count(*) from ebb.sla_rehearsal_group g where g.sla_rehearsal_id = :id and g.service_id = 51 and (g.met_count, g.breached_count) <> (g.was_met_count, g.was_breached_count)), 0::bigint,
          'services of other calendars stay as they were');
select is_empty('select * from before except select * from ebb.sla_clock', 'and still no clock has changed');

-- What was foretold happens.
select t.rehearse('{"policy": {"sla_policy_id": 92, "targets": [{"target_kind": "response", "target_s": 1800}, {"target_kind": "resolve", "target_s": 7300}]}}') as id \gset
select (ctl.sla_policy_version_add(json_build_object('sla_policy_id', 92, 'valid_from', t.h(-1), 'targets',
        '[{"target_kind": "response", "target_s": 1800}, {"target_kind": "resolve", "target_s": 7300}]'::json)) ->> 'sla_policy_version_id')::int as version \gset
update ebb.ticket t set sla_policy_version_id = :version where t.service_id = 53;
select ctl.sla_renew(array[:quick, :slow, :open]::bigint[], null) \g /dev/null
select is_empty(format('select c.ticket_id, c.target_code, c.status from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = %s
                        except select k.ticket_id, k.target_code, fn.sla_status(t.h(9), k.due_at, k.stopped_at, k.is_running, k.is_cancelled) from ebb.sla_clock k', :id),
                'each clock that was to change has changed so');
select isnt((select count(*) from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = :id), 0::bigint, 'and some did');

-- Refusals: those of writing it for good.
select is(t.refused('{}'), 'ZE422 /policy', 'without a draft there is nothing to rehearse');
select is(t.refused('{"policy": {"sla_policy_id": 93, "targets": []}}'), 'ZE422 /policy/sla_policy_id', 'nor with another department''s policy');
select is(t.refused('{"policy": {"sla_policy_id": 92, "targets": [{"target_kind": "resolve", "target_s": -1}]}}'), 'ZE422 /targets/0/target_s', 'a draft that could not be written is refused at once');
select is(t.refused('{"calendar": {"calendar_id": 82, "weekly": []}}'), 'ZE422 /weekly', 'so is an impossible calendar');
select is_empty('select * from ebb.sla_policy y where y.sla_policy_name like ''rehearsal%''', 'and nothing of all that is left');
select * from finish();
rollback;
