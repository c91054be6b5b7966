-- SPDX-License-Identifier: Apache-2.0
-- Service-level clocks along a ticket's life: what starts, pauses, stops, cancels and breaks them, who sees them, and that each
-- breach is noted once. Random lives are compared with a reference in tests/sla.
\ir ../lib/act.sql
begin;
select plan(64);

-- The desk's clock stands where the test puts it: hours after the first ticket was opened, which is ten hours ago.
create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
create function t.h(p_hours numeric) returns timestamptz language sql as $$ select now() - interval '10 hours' + (p_hours::text || ' hours')::interval $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', t.h(p_hours)::text, false); end $$;
create function t.clock(p_ticket_id bigint, p_kind text) returns ebb.sla_clock language sql as $$ select k from ebb.sla_clock k where k.ticket_id = p_ticket_id and k.target_kind = p_kind $$;
create function t.seen(p_ticket_id bigint, p_kind text) returns reporting_v1.sla_clocks language sql as $$ select k from reporting_v1.sla_clocks k where k.ticket_id = p_ticket_id and k.target_kind = p_kind $$;
create function t.act(p_word text, p_fn text, p_ticket_id bigint, p_args jsonb default '{}') returns json language sql
as $$ select t.call_as(p_word, p_fn, (jsonb_build_object('ticket_id', p_ticket_id) || p_args)::json) $$;
create function t.plan(p_sql text) returns text language plpgsql
as $$ declare v_line text; v_plan text := ''; begin for v_line in execute 'explain (costs off) ' || p_sql loop v_plan := v_plan || v_line || e'\n'; end loop; return v_plan; end $$;

-- Server room: around the clock; moderate: an answer in 1 hour, resolved in 6.
select t.at(0) \g /dev/null
select t.open('rae', 53) as id \gset
select is((t.clock(:id, 'response')).due_at, t.h(1), 'an answer is due when its working time is used up');
select is((t.clock(:id, 'resolve')).due_at, t.h(6), 'and so is a resolution');
select is((t.ticket(:id)).due_at, t.h(6), 'the ticket carries the due time of its resolution');
select is((t.clock(:id, 'resolve')).started_at, (t.ticket(:id)).opened_at, 'clocks start with the ticket');

select t.at(0.25) \g /dev/null
select t.act('dana', 'comment_add', :id, '{"body": "We look at it.", "is_internal": true}') \g /dev/null
select is((t.clock(:id, 'response')).stopped_at, null, 'an internal note is no answer');
select t.at(0.5) \g /dev/null
select t.act('dana', 'comment_add', :id, '{"body": "We look at it."}') \g /dev/null
select is((t.clock(:id, 'response')).stopped_at, t.h(0.5), 'the first public answer stops the response clock');
select is((t.clock(:id, 'response')).elapsed_s, 1800.0, 'at what was used');
select is((t.clock(:id, 'resolve')).due_at, t.h(6), 'and not the resolve clock');

select t.at(2) \g /dev/null
select t.act('ned', 'ticket_take', :id) \g /dev/null
select t.act('ned', 'ticket_wait', :id, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select is((t.ticket(:id)).due_at, null, 'while it waits for the requester nothing is due');
select is((t.clock(:id, 'resolve')).is_running, false, 'because the clock stands');
select t.at(5) \g /dev/null
select t.act('ned', 'ticket_resume', :id) \g /dev/null
select is((t.ticket(:id)).due_at, t.h(9), 'the time of waiting is granted again, to the microsecond');
select t.act('ned', 'ticket_wait', :id, jsonb_build_object('waiting_reason', 'supplier', 'waiting_until', now() + interval '9 days')) \g /dev/null
select is((t.ticket(:id)).due_at, t.h(9), 'waiting for a supplier does not pause');
select t.at(6) \g /dev/null
select t.act('ned', 'ticket_resolve', :id, '{"resolution": "Replaced"}') \g /dev/null
select is((t.clock(:id, 'resolve')).stopped_at, t.h(6), 'resolving stops the resolve clock');
select is((t.clock(:id, 'resolve')).elapsed_s, 3 * 3600.0, 'at the working time without the pause');
select is((t.seen(:id, 'resolve')).clock_status, 'met', 'in time');
select is((t.ticket(:id)).due_at, null, 'and nothing is due any more');
select t.at(8) \g /dev/null
select t.act('rae', 'ticket_reopen', :id, '{"reason": "Again"}') \g /dev/null
select is((t.clock(:id, 'resolve')).stopped_at, null, 'reopening takes the stop back');
select is((t.ticket(:id)).due_at, t.h(11), 'resolved time is no work: what was left is left');
select is((t.clock(:id, 'response')).stopped_at, t.h(0.5), 'the answer stays given');

-- as reports and the API see it, ten hours after opening
select is(row((t.seen(:id, 'resolve')).clock_status, (t.seen(:id, 'resolve')).elapsed_business_hours, (t.seen(:id, 'resolve')).remaining_business_hours,
              (t.seen(:id, 'resolve')).paused_business_hours, (t.seen(:id, 'resolve')).target_business_hours)::text, '(running,5.00,1.00,5.00,6.00)', 'used, left and paused add up at any instant');
select is((t.seen(:id, 'resolve')).is_met, null, 'whether it is met is open while it runs');
select is((t.seen(:id, 'response')).is_met, true, 'and decided once it has stopped');
select is(json_array_length(t.act('dana', 'ticket_sla', :id) -> 'clocks'), 2, 'the API shows both clocks');
select is(t.act('rae', 'ticket_sla', :id) -> 'clocks' -> 1 ->> 'clock_status', 'running', 'also to the requester');
select is(t.act('dana', 'ticket_sla', :id) ->> 'version', (t.ticket(:id)).version::text, 'with the version of the ticket');
select is(t.refusal('hal', 'ticket_sla', json_build_object('ticket_id', :id)), 'ZE404', 'and not to another department');

-- breaking
select t.at(11) \g /dev/null
select is(ctl.tick_sla(), 0, 'at the due instant itself nothing is broken');
select t.at(11.001) \g /dev/null
select is((t.ticket(:id)).version, 9, 'before the tick the journal says nothing');
select t.be(null) \g /dev/null
select is(ctl.tick_sla(), 1, 'the tick notes a target that has broken');
select is(ctl.tick_sla(), 0, 'once');
select is((select row(e.actor_kind, e.changes)::text from ebb.ticket_event e where e.ticket_id = :id and e.event_kind = 'breached'), '(system,"{""target_kind"": [null, ""resolve""]}")', 'in the journal, by the system');
select is((select count(*) from ebb.outbox o where o.ticket_id = :id and o.topic = 'sla.breached'), 1::bigint, 'and for the courier');
select is((select count(*) from ctl.ticket_audit(array[:id])), 0::bigint, 'the ticket still equals its journal');
select is(fn.sla_status(t.h(11), t.h(11), null, true, false), 'running', 'done exactly at the due instant would be in time');
select is(fn.sla_status(t.h(12), t.h(11), null, true, false), 'breached', 'later is broken, though it still runs');
select t.at(12) \g /dev/null
select t.act('ned', 'ticket_wait', :id, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select is((t.ticket(:id)).due_at, t.h(11), 'waiting after that mends nothing: the due time stays past');
select is((t.clock(:id, 'resolve')).breach_noted_at, t.h(11.001), 'and is not noted again');
select t.act('ned', 'ticket_cancel', :id, '{"reason": "Not needed"}') \g /dev/null
select is((t.clock(:id, 'resolve')).is_cancelled, true, 'a cancelled ticket cancels the clock that has not stopped');
select is((t.clock(:id, 'response')).is_cancelled, false, 'and not the one that has');
select is((t.seen(:id, 'resolve')).is_breached, true, 'what broke before stays broken');

-- priority, service and calendar in mid-flight
select t.at(0) \g /dev/null
select t.open('rae', 53) as id \gset
select t.at(1) \g /dev/null
select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :id, 'if_match', 1, 'impact', 1, 'urgency', 1)) \g /dev/null
select is((t.ticket(:id)).due_at, t.h(1), 'a higher priority is measured from the opening of the ticket');
select is((t.clock(:id, 'response')).due_at, t.h(0.25), 'also where its time has already passed');
select is(ctl.tick_sla(), 1, 'which the tick then notes');
select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :id, 'if_match', 3, 'impact', 3, 'urgency', 3)) \g /dev/null
select is((t.clock(:id, 'response')).due_at, t.h(2), 'a lower priority takes the breach back');
select is((t.clock(:id, 'response')).breach_noted_at, null, 'so that a later one is noted');
select t.act('dana', 'comment_add', :id, '{"body": "Soon."}') \g /dev/null
select (ctl.calendar_version_add(json_build_object('calendar_id', 82, 'valid_from', t.h(3),
        'weekly', (select json_agg(json_build_object('day', d, 'from', '00:00', 'to', '12:00')) from generate_series(1, 7) d))) ->> 'calendar_version_id')::int as half \gset
select is((t.clock(:id, 'resolve')).calendar_version_id, :half, 'a new version of the calendar moves the clocks that run');
select is((t.clock(:id, 'response')).calendar_version_id, 821, 'and leaves those that have stopped as they were measured');
select is((t.ticket(:id)).due_at, fn.work_add(:half, t.h(0), 10 * 3600), 'the due time follows');
select is((select count(*) from ctl.sla_audit(array[:id])), 0::bigint, 'the auditor agrees with both');
update ebb.ticket_span set clock_class = 'waiting_requester' where ticket_id = :id and seq = 1;
select is((select array_agg(a.target_kind order by a.target_kind) from ctl.sla_audit(array[:id]) a), '{resolve,response}', 'and finds clocks that differ from their spans');
select throws_ok('update ebb.sla_target set target_s = 1', 'ZE409', null, 'what a policy version grants never changes');

-- without an answer, and replayed
select t.at(0) \g /dev/null
select t.open('rae', 53) as id \gset
select t.at(0.5) \g /dev/null
select t.act('ned', 'ticket_resolve', :id, '{"resolution": "Restarted"}') \g /dev/null
select is((t.clock(:id, 'response')).stopped_at, t.h(0.5), 'a ticket resolved without an answer stops its response clock too');
select t.at(0.75) \g /dev/null
select t.act('rae', 'ticket_reopen', :id, '{"reason": "Again"}') \g /dev/null
select is((t.clock(:id, 'response')).due_at, t.h(1.25), 'and reopening lets it go on');
select is((t.seen(:id, 'response')).breach_owner_team_id, 12, 'reports name the team that held it when it broke');
select t.at(9) \g /dev/null
delete from ebb.sla_clock k where k.ticket_id = :id;
select is(ctl.sla_rebuild(array[:id]), 1, 'clocks are rebuilt from the spans');
select is((select count(*) from ctl.sla_audit(array[:id])), 0::bigint, 'and are what they were');
select is((select count(*) from ebb.sla_clock k where k.ticket_id = :id and k.breach_noted_at = k.due_at), 2::bigint, 'a breach that a replay finds in the past is history, not news');

-- who sees them, and at what cost
select is(t.tries('bi_it', 'select from reporting_v1.sla_clocks'), '6 rows', 'a BI role sees the clocks of its department');
select is(t.tries('bi_hr', 'select from reporting_v1.sla_clocks'), '0 rows', 'and of no other');
select is(t.tries('bi_it', 'select * from reporting_v1.dim_sla_targets'), '16 rows', 'with the targets they are measured by');
set enable_seqscan = off;
select unalike(t.plan('select clock_status, count(*) from reporting_v1.sla_clocks group by 1'), '%span%', 'counting by state reads the clocks alone');
select alike(t.plan('select from ebb.sla_clock c where c.stopped_at is null and c.breach_noted_at is null and not c.is_cancelled and c.due_at < now() order by c.due_at limit 500'),
             '%sla_clock_due_idx%', 'a tick that finds nothing is one index look-up');

-- stopped late while no clock ticked
select t.at(0) \g /dev/null
select t.open('rae', 53) as id \gset
select t.at(500) \g /dev/null
select t.act('ned', 'ticket_take', :id, '{}') \g /dev/null
select t.act('ned', 'ticket_resolve', :id, '{"resolution": "At last."}') \g /dev/null
select ctl.tick_sla() \g /dev/null
select is((select count(*) from ebb.ticket_event e where e.ticket_id = :id and e.event_kind = 'breached'), 2::bigint, 'clocks that stopped late between two ticks are noted by the next');
select is(ctl.tick_sla(), 0, 'once');
select * from finish();
rollback;
