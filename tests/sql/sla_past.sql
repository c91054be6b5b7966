-- SPDX-License-Identifier: Apache-2.0
-- What was believed then: yesterday's report is the same after a calendar, a policy or a ticket has changed, and beside it stands
-- what is known today.
\ir ../lib/act.sql
\ir ../lib/story.sql
begin;
select plan(30);

create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
-- Hours after the midnight, in the zone of the reports, three days ago.
create function t.h(p_hours numeric) returns timestamptz language sql
as $$ select ((now() at time zone (select time_zone_name from ebb.report_setting))::date - 3)::timestamp at time zone (select time_zone_name from ebb.report_setting) + (p_hours::text || ' hours')::interval $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', t.h(p_hours)::text, false); end $$;
create function t.act(p_word text, p_fn text, p_ticket_id bigint, p_args jsonb default '{}') returns json language sql
as $$ select t.call_as(p_word, p_fn, (jsonb_build_object('ticket_id', p_ticket_id) || p_args)::json) $$;
create function t.day(p_hours numeric) returns date language sql as $$ select (t.h(p_hours) at time zone (select time_zone_name from ebb.report_setting))::date $$;
create function t.figures(p_hours numeric) returns text language sql
as $$ select string_agg(format('%s %s: %s %s %s %s', d.team_id, g.target_code, d.met_count, d.breached_count, d.running_count, d.at_risk_count), ', ' order by d.team_id, g.target_code)
        from reporting_v1.sla_daily d join reporting_v1.dim_sla_targets g using (sla_target_id) where d.date = t.day(p_hours) and d.met_count is not null $$;
create function t.known(p_hours numeric) returns text language sql
as $$ select string_agg(format('%s %s: %s %s', d.team_id, g.target_code, d.known_met_count, d.known_breached_count), ', ' order by d.team_id, g.target_code)
        from reporting_v1.sla_daily d join reporting_v1.dim_sla_targets g using (sla_target_id) where d.date = t.day(p_hours) $$;

-- Around the clock: a moderate ticket wants an answer in 1 hour and a resolution in 6.
select t.at(-100) \g /dev/null
select ctl.calendar_version_add('{"calendar_id": 82}') \g /dev/null
select t.at(1) \g /dev/null
select t.open('rae', 53) as done \gset
select t.open('rae', 53) as late \gset
select t.open('rae', 53) as waits \gset
select t.at(1.5) \g /dev/null
select t.act('ned', 'comment_add', :done, '{"body": "Soon."}') \g /dev/null
select t.act('ned', 'ticket_take', :waits) \g /dev/null
select t.act('ned', 'ticket_wait', :waits, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select t.at(5) \g /dev/null
select t.act('ned', 'ticket_resolve', :done, '{"resolution": "Done"}') \g /dev/null
select t.at(23) \g /dev/null
select t.open('rae', 53) as runs \gset
select t.at(24.5) \g /dev/null
select t.be(null) \g /dev/null
select is(ctl.tick_sla_day(), 1, 'a day that has ended is written down');
select is(ctl.tick_sla_day(), 0, 'once');
select is(t.figures(5), '12 resolve: 1 1 2 0, 12 response: 1 1 2 0', 'with what was met, what broke and what ran at its end, by team and target');
select is(t.known(5), '12 resolve: 1 1, 12 response: 1 1', 'which is what is known as well');
create temp table then_seen as select c.* from reporting_v1.sla_clocks_at(t.h(24)) c;
select is((select count(*) from then_seen), 8::bigint, 'the clocks of an instant');
select is((select row(clock_status, elapsed_business_hours, due_at)::text from then_seen where ticket_id = :waits and target_code = 'resolve'), '(paused,0.50,)', 'as they stood');
select is((select clock_status from then_seen where ticket_id = :runs and target_code = 'response'), 'running', 'at that instant');

-- what happens later changes nothing of it
select t.at(26) \g /dev/null
select t.act('rae', 'ticket_reopen', :done, '{"reason": "Again"}') \g /dev/null
select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', :waits, 'if_match', (t.ticket(:waits)).version, 'impact', 1, 'urgency', 1)) \g /dev/null
select t.act('ned', 'ticket_resume', :waits) \g /dev/null
select is_empty('select c.* from reporting_v1.sla_clocks_at(t.h(24)) c except select * from then_seen', 'later events do not change what was');
select is(t.figures(5), '12 resolve: 1 1 2 0, 12 response: 1 1 2 0', 'nor the day that was written down');
select is(t.known(5), '12 resolve: 0 1, 12 response: 0 1, 12 response: 1 1', 'what is known now has the reopened ticket taken back, and the answer that a higher priority wanted sooner');

-- nor does a calendar that is edited afterwards, back to the day
select t.at(27) \g /dev/null
create temp table stopped as select k.* from ebb.sla_clock k where k.stopped_at is not null;
select (ctl.calendar_version_add(json_build_object('calendar_id', 82, 'valid_from', t.h(-24), 'note', 'We never work at night.',
        'weekly', (select json_agg(json_build_object('day', d, 'from', '06:00', 'to', '22:00')) from generate_series(1, 7) d))) ->> 'calendar_version_id')::int as edited \gset
select is_empty('select c.* from reporting_v1.sla_clocks_at(t.h(24)) c except select * from then_seen', 'a calendar edited today does not change yesterday''s report');
select isnt_empty('select c.* from reporting_v1.sla_clocks_at(t.h(24), t.h(28)) c except select * from then_seen', 'and the report of then by what is known now shows it');
select is(t.figures(5), '12 resolve: 1 1 2 0, 12 response: 1 1 2 0', 'the day stays as it was believed');
select is((select count(*) from ebb.sla_clock k where k.stopped_at is null and k.calendar_version_id <> :edited), 0::bigint, 'clocks that run have moved');
select is_empty('select * from stopped except select * from ebb.sla_clock', 'those that had stopped have not');
select is((select count(*) from ctl.sla_audit(array(select ticket_id from ebb.ticket))), 0::bigint, 'which is what a computation from nothing says, too');
select is((ctl.sla_renew(array(select ticket_id from ebb.ticket), null)).changed_count, 0, 'so that a recomputation changes nothing');
select is((ctl.sla_rebuild(array(select ticket_id from ebb.ticket))) > 0 and not exists (select * from stopped except select * from ebb.sla_clock), true, 'nor does a rebuild from the journal');
select ctl.sla_policy_version_add('{"sla_policy_id": 92, "valid_from": "2020-01-02T00:00:00Z", "targets": [{"target_kind": "resolve", "target_s": 60}]}') \g /dev/null
select is_empty('select c.* from reporting_v1.sla_clocks_at(t.h(24)) c except select * from then_seen', 'nor does another version of the policy');

-- nor another calendar for the service
update ebb.service set calendar_id = 81 where service_id = 53;
select ctl.tick_calendar_horizon() \g /dev/null
select is_empty('select * from stopped except select * from ebb.sla_clock', 'clocks that stopped under another calendar stay measured by it');
select is((select count(*) from ebb.sla_clock k where k.stopped_at is null and k.calendar_version_id <> 811), 0::bigint, 'those that run take the new one');
select is((select count(*) from ctl.sla_audit(array(select ticket_id from ebb.ticket))), 0::bigint, 'as a computation from nothing does');

-- days that were missed are caught up with, each as it was believed
select t.at(72.5) \g /dev/null
select is(ctl.tick_sla_day() + ctl.tick_sla_day() + ctl.tick_sla_day(), 2, 'a clock that stood still catches up');
select is((select count(*) from ebb.sla_day_closed), 3::bigint, 'with every day');

-- an imported log is known from its import on
select t.story(900001, t.h(-50), '{0 new 11 -, 30 resolved}', 51, 107) \g /dev/null
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (901, 1, 'A', '{"subject": 1}', 51, now(), now(), t.h(-50), t.h(-20));
select t.story(900002, t.h(-50), '{0 new 11 -, 30 resolved}', 51, 107, 901) \g /dev/null
set role ebb_replay;
update ebb.ticket set sla_policy_version_id = 911 where ticket_id = 900002;
reset role;
select is((select count(*) from reporting_v1.sla_clocks_at(t.h(24)) c where c.ticket_id = 900002), 0::bigint, 'a ticket imported today was not known yesterday');
select is((select count(*) from reporting_v1.sla_clocks_at(t.h(24), now() + interval '1 minute') c where c.ticket_id = 900002), 2::bigint, 'and is known today');

-- who sees it
grant select on then_seen to public;
set role bi_hr;
select is((select count(*) from reporting_v1.sla_clocks_at(now())), 0::bigint, 'a BI role of another department sees none of it');
select is((select count(*) from reporting_v1.sla_daily), 0::bigint, 'nor its days');
reset role;
set role bi_it;
select cmp_ok((select count(*) from reporting_v1.sla_clocks_at(now())), '>=', 8::bigint, 'that of the department does');
reset role;
select is(t.tries('bi_it', 'select from fn.sla_day_figures(''{}'', current_date, now())'), '42501', 'through the views alone');
select * from finish();
rollback;
