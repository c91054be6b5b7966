-- SPDX-License-Identifier: Apache-2.0
-- Targets of every kind along a ticket's life: time with a team, updates, answers to questions, pick-up, own pauses, warnings; the
-- derivation; a horizon that extends itself; and a random walk through the desk after which every clock is what its spans say.
\ir ../lib/act.sql
begin;
select plan(53);

create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
create function t.h(p_hours numeric) returns timestamptz language sql as $$ select now() - interval '200 hours' + (p_hours::text || ' hours')::interval $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', t.h(p_hours)::text, false); end $$;
create function t.clock(p_ticket_id bigint, p_code text, p_cycle int default 1) returns ebb.sla_clock language sql
as $$ select k from ebb.sla_clock k where k.ticket_id = p_ticket_id and k.target_code = p_code and k.cycle = p_cycle $$;
create function t.act(p_word text, p_fn text, p_ticket_id bigint, p_args jsonb default '{}') returns json language sql
as $$ select t.call_as(p_word, p_fn, (jsonb_build_object('ticket_id', p_ticket_id) || p_args)::json) $$;
create function t.say(p_word text, p_ticket_id bigint) returns void language plpgsql as $$ begin perform t.act(p_word, 'comment_add', p_ticket_id, '{"body": "Said."}'); end $$;
create function t.move(p_ticket_id bigint, p_giver text, p_team_id int, p_taker text) returns void language plpgsql
as $$
declare v_transfer_id bigint;
begin
    v_transfer_id := t.act(p_giver, 'transfer_offer', p_ticket_id, jsonb_build_object('to_team_id', p_team_id, 'reason', 'Theirs')) ->> 'transfer_id';
    perform set_config('t.clock', (current_setting('t.clock')::timestamptz + interval '1 hour')::text, false);
    perform t.call_as(p_taker, 'transfer_accept', json_build_object('transfer_id', v_transfer_id));
end $$;

select t.at(0) \g /dev/null
select ctl.sla_policy_create('{"department_code": "it", "sla_policy_name": "All kinds", "position": 1, "condition": "$.service_id == 53", "targets": [
    {"target_kind": "response", "target_s": 7200, "warning_s": 1800},
    {"target_kind": "resolve", "target_s": 36000, "warning_s": 7200},
    {"target_kind": "resolve", "target_code": "contract", "target_s": 36000, "pauses_in": ["waiting_requester", "waiting_supplier"], "cancels_on": []},
    {"target_kind": "ownership", "target_s": 14400},
    {"target_kind": "update", "target_s": 10800},
    {"target_kind": "next_response", "target_s": 3600},
    {"target_kind": "pickup", "target_s": 1800}]}') \g /dev/null

-- around the clock, from the opening
select t.open('rae', 53) as id \gset
select is((select array_agg(k.target_code order by k.target_code) from ebb.sla_clock k where k.ticket_id = :id), '{contract,ownership,pickup,resolve,response}', 'what starts with the ticket has a clock at once, what starts with a message has none yet');
select is((t.clock(:id, 'response')).warn_at, t.h(1.5), 'a warning stands before the due instant, in working time');
select is((t.clock(:id, 'ownership')).team_id, 12, 'the first team owns from the opening');
select is((t.ticket(:id)).due_at, t.h(10), 'the ticket is due with the earliest of its resolutions');
select t.at(0.25) \g /dev/null
select t.act('ned', 'ticket_take', :id) \g /dev/null
select is((t.clock(:id, 'pickup')).stopped_at, t.h(0.25), 'taking it stops the time until somebody takes it');
select is((t.clock(:id, 'resolve')).elapsed_at, t.h(0), 'and touches no clock that goes on');
select t.at(1) \g /dev/null
select t.say('ned', :id) \g /dev/null
select is((t.clock(:id, 'response')).stopped_at, t.h(1), 'the first answer stops the response');
select is((t.clock(:id, 'update')).due_at, t.h(4), 'and starts the time until the next update');
select t.at(2) \g /dev/null
select t.say('rae', :id) \g /dev/null
select is((t.clock(:id, 'next_response')).due_at, t.h(3), 'a question asks for an answer');
select t.at(2.5) \g /dev/null
select t.say('rae', :id) \g /dev/null
select is((select count(*) from ebb.sla_clock k where k.ticket_id = :id and k.target_code = 'next_response'), 1::bigint, 'one asked on top of it is the same question');
select t.at(2.75) \g /dev/null
select t.say('ned', :id) \g /dev/null
select is((t.clock(:id, 'next_response')).stopped_at, t.h(2.75), 'the answer stops it');
select is((t.clock(:id, 'update')).stopped_at, t.h(2.75), 'and is an update');
select is((t.clock(:id, 'update', 2)).due_at, t.h(5.75), 'from which the next one counts');

-- own pauses
select t.at(3) \g /dev/null
select t.act('ned', 'ticket_wait', :id, jsonb_build_object('waiting_reason', 'supplier', 'waiting_until', now() + interval '9 days')) \g /dev/null
select is((t.clock(:id, 'resolve')).is_running, true, 'one target runs while a supplier is waited for');
select is((t.clock(:id, 'contract')).is_running, false, 'another does not');
select is((t.clock(:id, 'contract')).due_at, null, 'and is not due meanwhile');
select is((t.ticket(:id)).due_at, t.h(10), 'the ticket is due by the one that runs');
select t.at(5) \g /dev/null
select t.act('ned', 'ticket_resume', :id) \g /dev/null
select is((t.clock(:id, 'contract')).due_at, t.h(12), 'the pause is granted again to the one that paused');
select is((t.clock(:id, 'resolve')).due_at, t.h(10), 'and not to the other');

-- time with a team
select is((t.clock(:id, 'ownership')).due_at, t.h(4), 'the team has had its four hours');
select t.move(:id, 'ned', 11, 'lee') \g /dev/null
select is((t.clock(:id, 'ownership')).stopped_at, t.h(6), 'a stay ends when the other team accepts, not when it is offered');
select is((t.clock(:id, 'ownership', 2)).started_at, t.h(6), 'and the next begins there');
select is((t.clock(:id, 'ownership', 2)).team_id, 11, 'with that team');
select is((t.clock(:id, 'ownership', 2)).due_at, t.h(10), 'and all of its time');
select is((select k.breach_owner_team_id from reporting_v1.sla_clocks k where k.ticket_id = :id and k.target_code = 'ownership' and k.cycle = 1), 12, 'reports say whose time it was');
select is((select count(*) from ctl.sla_audit(array[:id])), 0::bigint, 'the auditor agrees so far');

-- the end
select t.at(7) \g /dev/null
select t.act('lee', 'ticket_resolve', :id, '{"resolution": "Done"}') \g /dev/null
select is((select count(*) from ebb.sla_clock k where k.ticket_id = :id and k.stopped_at is null), 0::bigint, 'resolving stops every clock');
select is((t.clock(:id, 'update', 2)).stopped_at, t.h(7), 'also the wait for the next update');
select t.at(8) \g /dev/null
select t.act('rae', 'ticket_reopen', :id, '{"reason": "Again"}') \g /dev/null
select is((t.clock(:id, 'ownership', 2)).due_at, t.h(11), 'reopening lets them go on: resolved time is no work');
select is((t.clock(:id, 'resolve')).warn_at, t.h(9), 'warnings move along');
select t.at(9) \g /dev/null
select t.act('lee', 'ticket_cancel', :id, '{"reason": "Not needed"}') \g /dev/null
select is((t.clock(:id, 'resolve')).is_cancelled, true, 'cancelling cancels what has not stopped');
select is((t.clock(:id, 'contract')).is_cancelled, false, 'unless the target says that it stops it');
select is((t.clock(:id, 'contract')).stopped_at, t.h(9), 'where the work ends');
select is((t.clock(:id, 'pickup')).is_cancelled, false, 'what had stopped stays as it was');
select is((select count(*) from ctl.sla_audit(array[:id])), 0::bigint, 'the auditor still agrees');

-- breaches by cycle
select t.be(null) \g /dev/null
select is(ctl.tick_sla(), 1, 'the tick notes what has broken');
select is((select e.changes -> 'target_kind' ->> 1 from ebb.ticket_event e where e.ticket_id = :id and e.event_kind = 'breached'), 'ownership', 'by the name of its target');
select is((select count(*) from ctl.ticket_audit(array[:id])), 0::bigint, 'and the ticket equals its journal');

-- why
select t.act('dana', 'ticket_sla', :id) as why \gset
select is(:'why'::jsonb -> 'derivation' -> 'policy' ->> 'chosen_by', 'condition', 'the derivation says what chose the policy');
select alike(:'why'::jsonb -> 'derivation' -> 'policy' ->> 'sentence', 'Policy "All kinds", version 1, %: its condition $.service_id == 53 holds for the ticket, at place 1%', 'in words');
select is((select string_agg(p ->> 'cause', '; ' order by p ->> 'from') from jsonb_array_elements(:'why'::jsonb -> 'derivation' -> 'clocks') c, jsonb_array_elements(c -> 'pieces') p
            where c ->> 'target_code' = 'contract' and not (p ->> 'is_running')::boolean), 'It stands: waiting for a supplier, in which this target pauses; It stands: resolved, not yet closed; that is no work', 'each pause has its cause');
select is((select (c ->> 'used_seconds')::numeric + (c ->> 'paused_seconds')::numeric from jsonb_array_elements(:'why'::jsonb -> 'derivation' -> 'clocks') c where c ->> 'target_code' = 'contract'), 9 * 3600.0, 'used and paused add up to the window');
select is((select count(*) from jsonb_array_elements(:'why'::jsonb -> 'derivation' -> 'clocks') c, jsonb_array_elements(c -> 'pieces') p
            where (p ->> 'is_running')::boolean and (p ->> 'working_seconds')::numeric <> (select coalesce(sum(extract(epoch from (w ->> 1)::timestamptz - (w ->> 0)::timestamptz)), 0) from jsonb_array_elements(p -> 'working_intervals') w)),
          0::bigint, 'and the working intervals to what is counted');
select alike(ctl.sla_explain(json_build_object('ticket_id', :id))::text, '%"chosen_by": "condition"%', 'ebbctl tells the same');
select throws_ok('select ctl.sla_explain(''{"ticket_id": 4711000}'')', 'ZE404', null, 'and refuses a ticket that does not exist');

-- an hour a week, and a target of four hundred
select (ctl.calendar_create('{"department_code": "it", "calendar_name": "One hour", "time_zone_name": "UTC", "weekly": [{"day": 3, "from": "10:00", "to": "11:00"}]}') ->> 'calendar_version_id')::int as hour \gset
update ebb.service set calendar_id = (select calendar_id from ebb.calendar_version where calendar_version_id = :hour) where service_id = 51;
select ctl.sla_policy_create('{"department_code": "it", "sla_policy_name": "Slow", "position": 2, "condition": "$.service_id == 51", "targets": [{"target_kind": "resolve", "target_s": 1440000}]}') \g /dev/null
select t.at(10) \g /dev/null
select t.open('rae', 51) as slow \gset
select cmp_ok((t.ticket(:slow)).due_at, '>', now() + interval '7 years', 'a due time past the horizon compiles the calendar further');
select is(fn.work_between(:hour, t.h(10), (t.ticket(:slow)).due_at), 1440000.0, 'and is right');
select t.act('dana', 'ticket_wait', :slow, jsonb_build_object('waiting_reason', 'requester', 'waiting_until', now() + interval '9 days')) \g /dev/null
select t.at(150) \g /dev/null
select t.act('dana', 'ticket_resume', :slow) \g /dev/null
select is((select count(*) from ctl.sla_audit(array[:slow])), 0::bigint, 'also after a pause');
select ctl.sla_policy_create('{"department_code": "it", "sla_policy_name": "Never", "position": 3, "condition": "$.service_id == 52", "targets": [{"target_kind": "resolve", "target_s": 300000000}]}') \g /dev/null
update ebb.service set calendar_id = (select calendar_id from ebb.calendar_version where calendar_version_id = :hour) where service_id = 52;
select t.be('rae') \g /dev/null
select throws_like($$ select t.open('rae', 52) $$, 'So much working time has not passed by the year%', 'what takes more than a century is an error, never a clamp');

-- whatever is done, the clocks are what the spans say
create function t.walk(p_steps int) returns int language plpgsql
as $$
declare v_tickets bigint[]; v_id bigint; v_refused int := 0; v_hour numeric := 20; v_word text;
begin
    perform setseed(0.42);
    for n in 1 .. 8 loop
        perform t.at(v_hour + n / 10.0);
        v_tickets := v_tickets || t.open('rae', case when n % 2 = 0 then 53 else 51 end);
    end loop;
    for n in 1 .. p_steps loop
        v_hour := v_hour + random() * 0.8;
        perform t.at(v_hour);
        v_id := v_tickets[1 + floor(random() * 8)];
        v_word := (array['dana', 'lee', 'ned', 'nia'])[1 + floor(random() * 4)];
        begin
            case floor(random() * 11)
                when 0 then perform t.act(v_word, 'ticket_take', v_id);
                when 1 then perform t.act(v_word, 'ticket_wait', v_id, jsonb_build_object('waiting_reason', (array['requester', 'supplier', 'approval', 'scheduled'])[1 + floor(random() * 4)], 'waiting_until', now() + interval '9 days'));
                when 2 then perform t.act(v_word, 'ticket_resume', v_id);
                when 3 then perform t.act(v_word, 'ticket_resolve', v_id, '{"resolution": "x"}');
                when 4 then perform t.act('rae', 'ticket_reopen', v_id, '{"reason": "x"}');
                when 5 then perform t.call_as('dana', 'ticket_change', json_build_object('ticket_id', v_id, 'if_match', (t.ticket(v_id)).version, 'impact', 1 + floor(random() * 3), 'urgency', 1 + floor(random() * 3)));
                when 6 then perform t.say(v_word, v_id);
                when 7 then perform t.say('rae', v_id);
                when 8 then perform t.move(v_id, 'dana', case (t.ticket(v_id)).team_id when 11 then 12 else 11 end, 'dana');
                when 9 then perform t.act(v_word, 'ticket_assign', v_id, '{"assignee_id": null}');
                else perform t.be(null); perform ctl.tick_sla();
            end case;
        exception when others then
            if sqlstate !~ '^ZE' then raise; end if;
            v_refused := v_refused + 1;
        end;
        v_hour := greatest(v_hour, extract(epoch from current_setting('t.clock')::timestamptz - t.h(0)) / 3600);
    end loop;
    return v_refused;
end $$;
select cmp_ok(t.walk(400), '<', 300, 'a random walk through the desk');
select is((select count(*) from ctl.sla_audit(array(select ticket_id from ebb.ticket))), 0::bigint, 'leaves every clock as a computation from the spans gives it');
select is((select count(*) from ctl.ticket_audit(array(select ticket_id from ebb.ticket))), 0::bigint, 'and every ticket as its journal says');
select cmp_ok((select count(*) from ebb.sla_clock), '>', 40::bigint, 'dozens of clocks');
select * from finish();
rollback;
