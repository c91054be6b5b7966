-- SPDX-License-Identifier: Apache-2.0
-- Steps of escalation: when each fires, that it fires once, whom it tells and when, and what a policy refuses.
\ir ../lib/act.sql
begin;
select plan(44);

create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
create function t.h(p_hours numeric) returns timestamptz language sql as $$ select now() - interval '10 hours' + (p_hours::text || ' hours')::interval $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', t.h(p_hours)::text, false); end $$;
create function t.act(p_word text, p_fn text, p_ticket_id bigint, p_args jsonb default '{}') returns json language sql
as $$ select t.call_as(p_word, p_fn, (jsonb_build_object('ticket_id', p_ticket_id) || p_args)::json) $$;
create function t.fired(p_ticket_id bigint) returns text language sql
as $$ select string_agg(e.offset_s || ' ' || e.recipient || ' ' || array_to_string(e.told_person_ids, ','), '; ' order by e.escalation_id) from ebb.escalation e where e.ticket_id = p_ticket_id $$;
create function t.steps(p_steps jsonb) returns json language sql
as $$ select ctl.sla_policy_version_add(json_build_object('sla_policy_id', 92, 'valid_from', t.h(-1), 'escalations', p_steps)) $$;
create function t.refused(p_steps jsonb) returns text language plpgsql
as $$ declare v_detail text; begin perform t.steps(p_steps); return 'kept';
exception when others then get stacked diagnostics v_detail = pg_exception_detail; return sqlstate || ' ' || (v_detail::json -> 0 ->> 'pointer'); end $$;

-- Server room: around the clock, moderate: resolved in 6 hours. Team 12 Network, lead and members of the fixture.
select t.at(0) \g /dev/null
select t.steps('[{"target_code": "resolve", "offset_s": -7200, "recipient": "assignee"}, {"target_code": "resolve", "offset_s": 0, "recipient": "lead"},
                 {"target_code": "resolve", "offset_s": 3600, "recipient": "accountable"}, {"target_code": "resolve", "offset_s": 3600, "recipient": "role", "role_code": "admin"}]') \g /dev/null
select t.be('rae') \g /dev/null
select t.open('rae', 53) as id \gset
select lead_person_id as lead from ebb.team where team_id = 12 \gset
select is((select d.step_at from ebb.escalation_due d where d.ticket_id = :id), t.h(4), 'the first step is planned in working time before the due instant');

select t.at(3.99) \g /dev/null
select is(ctl.tick_escalation(), 0, 'before its instant a step does not fire');
select t.at(4) \g /dev/null
select is(ctl.tick_escalation(), 1, 'at its instant it does');
select is(t.fired(:id), '-7200 assignee ' || :lead, 'nobody works on the ticket: the team lead is told');
select is(ctl.tick_escalation(), 0, 'and only once');
select is((select count(*) from ebb.outbox o where o.topic = 'escalation' and (o.payload ->> 'ticket_id')::bigint = :id), 1::bigint, 'one message waits for the courier');
select is((select row(e.actor_kind, e.event_kind)::text from ebb.ticket_event e where e.ticket_id = :id order by e.seq desc limit 1), '(system,escalated)', 'it stands in the journal');

-- A recomputation, and another version of the policy with the same step, fire nothing again.
select ctl.sla_renew(array[:id]::bigint[], null) \g /dev/null
select is(ctl.tick_escalation(), 0, 'a recomputed clock fires nothing twice');

-- While the clock stands no step comes; afterwards it comes later by as much.
select t.at(5) \g /dev/null
select t.act('ned', 'ticket_take', :id) \g /dev/null
select t.act('ned', 'ticket_wait', :id, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select is((select count(*) from ebb.escalation_due d where d.ticket_id = :id), 0::bigint, 'a paused clock has no step coming');
select t.at(7) \g /dev/null
select is(ctl.tick_escalation(), 0, 'nor does one fire');
select t.act('ned', 'ticket_resume', :id) \g /dev/null
select is((select d.step_at from ebb.escalation_due d where d.ticket_id = :id), t.h(8), 'the next step comes later by the pause');
select t.at(9.5) \g /dev/null
select is(ctl.tick_escalation(), 3, 'a clock process that was away fires what it missed');
select is(t.fired(:id), '-7200 assignee ' || :lead || '; 0 lead ' || :lead || '; 3600 accountable 105; 3600 role ' ||
          (select string_agg(distinct r.person_id::text, ',') from ebb.person_role r where r.department_id = 1 and r.role_code = 'admin'), 'in their order, each to its recipients');
select is((select row(v.team_id, v.assignee_id, v.delay_seconds)::text from reporting_v1.escalations v where v.ticket_id = :id and v.offset_business_hours = 0), '(12,103,5400.000)', 'reports say who held it, and how late it was');
select is((select count(*) from ebb.escalation_due d where d.ticket_id = :id), 0::bigint, 'after the last step nothing is planned');

-- A stopped clock escalates no more.
select t.at(0) \g /dev/null
select t.open('rae', 53) as stopped \gset
select t.at(1) \g /dev/null
select t.act('ned', 'ticket_take', :stopped) \g /dev/null
select t.act('ned', 'ticket_resolve', :stopped, '{"resolution": "Done."}') \g /dev/null
select t.at(9) \g /dev/null
select is(ctl.tick_escalation(), 0, 'a ticket that was resolved in time is not escalated');

-- What came while the clock ran is owed, though the clock has stopped, or paused, when the tick comes: once, with its own instant.
select t.at(0) \g /dev/null
select t.open('rae', 53) as late, t.open('rae', 53) as warned, t.open('rae', 53) as exact, t.open('rae', 53) as paused, t.open('rae', 53) as gone, t.open('rae', 53) as lowered \gset
select t.at(1) \g /dev/null
select t.act('ned', 'ticket_take', x) from unnest(array[:late, :warned, :exact, :paused, :gone, :lowered]) x \g /dev/null
select t.at(4) \g /dev/null
select t.act('ned', 'ticket_resolve', :exact, '{"resolution": "Done."}') \g /dev/null
select t.at(4.5) \g /dev/null
select t.act('ned', 'ticket_resolve', :warned, '{"resolution": "Done."}') \g /dev/null
select t.act('ned', 'ticket_wait', :paused, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select t.act('ned', 'ticket_cancel', :gone, '{"reason": "Not wanted."}') \g /dev/null
select t.act('dana', 'ticket_change', :lowered, jsonb_build_object('if_match', (t.ticket(:lowered)).version, 'impact', 3, 'urgency', 3)) \g /dev/null
select t.at(6.5) \g /dev/null
select t.act('ned', 'ticket_resolve', :late, '{"resolution": "Done."}') \g /dev/null
select t.at(6.6) \g /dev/null
select is(ctl.tick_escalation(), 4, 'a tick that was late fires what had come before the clocks stopped or paused');
select is((select array_agg(row(e.offset_s, e.planned_at = t.h(case when e.offset_s < 0 then 4 else 6 end), cardinality(e.told_person_ids))::text order by e.offset_s) from ebb.escalation e where e.ticket_id = :late),
          array['(-7200,t,0)', '(0,t,1)'], 'of a ticket that was done too late the miss is told, the warning only noted; both with their instants');
select is((select array_agg(row(e.offset_s, e.planned_at = t.h(4), cardinality(e.told_person_ids))::text) from ebb.escalation e where e.ticket_id = :warned), array['(-7200,t,0)'], 'so it is where the work was done in time');
select is((select array_agg(row(e.offset_s, e.planned_at = t.h(4), cardinality(e.told_person_ids))::text) from ebb.escalation e where e.ticket_id = :paused), array['(-7200,t,1)'], 'of one that waits since the warning is told: it is still to be done');
select is((select count(*) from ebb.escalation e where e.ticket_id = :exact), 0::bigint, 'what is done at the very instant of a step needs none');
select is((select count(*) from ebb.escalation e where e.ticket_id = :gone), 0::bigint, 'nor does what was cancelled');
select is((select count(*) from ebb.escalation e where e.ticket_id = :lowered), 0::bigint, 'nor what has more time by now');
select is((select count(*) from ebb.outbox o where o.topic = 'escalation' and (o.payload ->> 'ticket_id')::bigint in (:late, :warned)), 1::bigint, 'one message');
select is(ctl.tick_escalation(), 0, 'nothing fires twice');
select t.act('ned', 'ticket_reopen', :late, '{"reason": "Still broken."}') \g /dev/null
select is(ctl.tick_escalation(), 0, 'nor after reopening');
select ctl.sla_rebuild(array[:late, :warned, :paused]::bigint[]) \g /dev/null
select is(ctl.tick_escalation(), 0, 'nor after a rebuild');
select is((select count(*) from ebb.escalation_due d where d.ticket_id in (:warned, :paused, :exact, :gone)), 0::bigint, 'and nothing is owed any more');
select is((select count(*) from ctl.sla_audit(array[:late, :warned, :paused, :exact, :gone, :lowered])), 0::bigint, 'the clocks are what a recomputation gives');

-- When people are told.
select is((select min(o.next_at) from ebb.outbox o where o.topic = 'escalation' and (o.payload ->> 'ticket_id')::bigint = :id and (o.payload ->> 'person_id')::int = 105),
          fn.notice_at(105, 53, t.h(9.5)), 'a moderate ticket waits for the recipient''s working hours');
select is(fn.notice_at(105, 53, t.h(9.5)), t.h(9.5), 'which are now where the service never sleeps');
update ebb.person p set calendar_id = 81 where p.person_id = 105;
select is(fn.notice_at(105, 53, '2026-01-10 12:00Z'), '2026-01-12 08:00Z'::timestamptz, 'a calendar of one''s own comes first: Saturday waits for Monday');

-- Refusals.
select is(t.refused('[{"target_code": "nothing", "offset_s": 0, "recipient": "lead"}]'), 'ZE422 /escalations/0/target_code', 'a step of an unknown target is refused');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0, "recipient": "boss"}]'), 'ZE422 /escalations/0/recipient', 'and an unknown recipient');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0.5, "recipient": "lead"}]'), 'ZE422 /escalations/0/offset_s', 'and half a second');
select is(t.refused('[{"target_code": "resolve", "offset_s": -315360000, "recipient": "lead"}]'), 'ZE422 /escalations/0/offset_s', 'and a step before the beginning');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0, "recipient": "person", "person_id": 110}]'), 'ZE422 /escalations/0/person_id', 'and somebody of another department');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0, "recipient": "role", "role_code": "king"}]'), 'ZE422 /escalations/0/role_code', 'and an unknown role');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0, "recipient": "lead", "when": 1}]'), 'ZE422 /escalations/0/when', 'and a word that means nothing');
select is(t.refused('[{"target_code": "resolve", "offset_s": 0, "recipient": "lead"}, {"target_code": "resolve", "offset_s": 0, "recipient": "lead"}]'), 'ZE422 /escalations/1/offset_s', 'and the same step twice');
select throws_ok('update ebb.escalation_step set offset_s = 1', 'ZE409', null, 'a step never changes');

-- A version that names no steps keeps those of the one before.
select t.steps('[{"target_code": "resolve", "offset_s": 0, "recipient": "lead"}]') \g /dev/null
select ctl.sla_policy_version_add('{"sla_policy_id": 92, "note": "the same"}') ->> 'sla_policy_version_id' as kept \gset
select is((select count(*) from ebb.escalation_step s join ebb.sla_target g on g.sla_target_id = s.sla_target_id where g.sla_policy_version_id = :kept),
          (select count(*) from ebb.sla_target g where g.sla_policy_version_id = :kept and g.target_code = 'resolve'), 'steps stay with the policy');

-- Departments.
select t.be('hana') \g /dev/null
select is(t.tries('ebb_api', 'select * from ebb.escalation'), '0 rows', 'another department sees none of them');
select t.be('lee') \g /dev/null
select is(t.tries('ebb_api', 'select * from ebb.escalation'), '8 rows', 'their own does');
select * from finish();
rollback;
