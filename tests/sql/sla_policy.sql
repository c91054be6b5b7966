-- SPDX-License-Identifier: Apache-2.0
-- Policies: which one applies, what a condition may say and where it is refused, versions that never change, targets with their
-- own conditions.
\ir ../lib/act.sql
begin;
select plan(59);

create or replace function fn.now() returns timestamptz language sql volatile as $$ select current_setting('t.clock')::timestamptz $$;
create function t.at(p_hours numeric) returns void language plpgsql as $$ begin perform set_config('t.clock', (now() - interval '10 hours' + (p_hours::text || ' hours')::interval)::text, false); end $$;
create function t.make(p json) returns int language sql
as $$ select (ctl.sla_policy_create((jsonb_build_object('department_code', 'it', 'targets', '[{"target_kind": "resolve", "target_s": 7200}]'::jsonb) || p::jsonb)::json) ->> 'sla_policy_id')::int $$;
create function t.refused(p_fn text, p jsonb) returns text language plpgsql
as $$ begin execute format('select ctl.%I($1)', p_fn) using p::json; return 'accepted'; exception when others then return sqlstate || ' ' || (sqlerrm); end $$;
create function t.condition(p_text text) returns text language plpgsql
as $$ begin perform fn.condition_path(p_text, '/condition', fn.sla_facts_known()); return 'accepted'; exception when others then return sqlerrm; end $$;
create function t.policy(p_ticket_id bigint) returns text language sql
as $$ select y.sla_policy_name || ' ' || v.version from ebb.ticket x join ebb.sla_policy_version v on v.sla_policy_version_id = x.sla_policy_version_id join ebb.sla_policy y on y.sla_policy_id = v.sla_policy_id where x.ticket_id = p_ticket_id $$;
create function t.change(p_ticket_id bigint, p jsonb) returns void language plpgsql
as $$ begin perform t.call_as('dana', 'ticket_change', (jsonb_build_object('ticket_id', p_ticket_id, 'if_match', (t.ticket(p_ticket_id)).version) || p)::json); end $$;
create function t.targets(p jsonb) returns text language sql as $$ select t.refused('sla_policy_create', jsonb_build_object('department_code', 'it', 'sla_policy_name', 'X', 'targets', p)) $$;

-- what a condition may say
select is(t.condition('$.priority <= 2 && $.requester_site == "Leeds"'), 'accepted', 'a condition compares facts');
select is(t.condition('$.requester_is_vip == true || $.service_name starts with "E"'), 'accepted', 'joins claims');
select is(t.condition('exists ($.requester_unit ? (@ like_regex "^fin" flag "i"))'), 'accepted', 'and filters');
select alike(t.condition('$.priority = 2'), '%from character 12 on%', 'what cannot be read is refused at its character');
select alike(t.condition('$.priority <= 2 and $.impact == 1'), '%from character 17 on, at "and %', 'also a word of another language');
select alike(t.condition('($.priority <= 2'), '%ends after character 16 before it is complete%', 'a condition that ends too early says where');
select alike(t.condition('$.priority <= 2)'), '%from character 16 on%', 'one that goes on after its end too');
select alike(t.condition('$.service_name == "E-mail'), '%from character 19 on%', 'an open quotation is refused where it opens');
select alike(t.condition('$.service_name like_regex "("'), '%from character 27 on%', 'a pattern that is none where it stands');
select alike(t.condition('$.sevice_name == "E-mail"'), '%at character 3 for "sevice_name"%', 'a fact that does not exist is refused, not silently false');
select alike(t.condition('$.state == "new"'), '%"state", which is no fact%', 'how far the work is chooses no policy');
select alike(t.condition('$.priority'), '%no claim%', 'a path that claims nothing is refused');
select alike(t.condition(''), '%before it is complete%', 'so is nothing at all');

-- which policy applies
select t.at(0) \g /dev/null
select t.open('rae', 51) as plain \gset
select is(t.policy(:plain), 'Standard 1', 'without a condition the service''s own policy applies');
select t.make('{"sla_policy_name": "Leeds", "position": 20, "condition": "$.requester_site == \"Leeds\""}') as leeds,
       t.make('{"sla_policy_name": "Urgent", "position": 10, "condition": "$.priority == 1"}') as urgent \gset
select is(t.policy(t.open('rae', 51)), 'Standard 1', 'nor where no condition holds');
update ebb.person set site_name = 'Leeds' where person_id = 107;
select t.open('rae', 51) as id \gset
select is(t.policy(:id), 'Leeds 1', 'the policy whose condition holds goes before the service''s own');
select is((select count(*) from ebb.sla_clock k where k.ticket_id = :id), 1::bigint, 'and its targets are the ticket''s');
select is((select e.changes -> 'sla_policy_version_id' ->> 1 from ebb.ticket_event e where e.ticket_id = :id and e.seq = 1), (t.ticket(:id)).sla_policy_version_id::text, 'the journal has the choice');
select t.change(:id, '{"impact": 1, "urgency": 1}') \g /dev/null
select is(t.policy(:id), 'Urgent 1', 'when what is demanded changes, the first place whose condition holds decides');
select is((select e.changes ? 'sla_policy_version_id' from ebb.ticket_event e where e.ticket_id = :id order by e.seq desc limit 1), true, 'in the journal again');
select is((select count(*) from ctl.sla_audit(array[:id])), 0::bigint, 'and the clocks follow');
select t.change(:id, '{"impact": 2, "urgency": 2}') \g /dev/null
select is(t.policy(:id), 'Leeds 1', 'and back');
update ebb.person set site_name = null where person_id = 107;
select is(t.policy(:id), 'Leeds 1', 'what changes elsewhere changes no ticket');
select t.change(:id, '{"service_id": 53}') \g /dev/null
select is(t.policy(:id), 'Fast 1', 'another service brings its own policy');
select is((select count(*) from ctl.ticket_audit(array[:id])), 0::bigint, 'the ticket equals its journal');
select alike(t.refused('sla_policy_create', '{"department_code": "it", "sla_policy_name": "Second", "position": 10, "condition": "$.impact == 1", "targets": [{"target_kind": "resolve", "target_s": 60}]}'),
             'ZE409 Place 10 is that of the policy "Urgent".', 'a place is taken once, so that the order is plain');
select alike(t.refused('sla_policy_create', '{"department_code": "it", "sla_policy_name": "Second", "condition": "$.impact == 1", "targets": [{"target_kind": "resolve", "target_s": 60}]}'), 'ZE422 A policy with a condition has a place%', 'a condition without a place is refused');
select alike(t.refused('sla_policy_create', '{"department_code": "it", "sla_policy_name": "Standard", "targets": [{"target_kind": "resolve", "target_s": 60}]}'), 'ZE409%already has a policy%', 'a name is given once in a department');

-- versions
select t.at(2) \g /dev/null
select is(ctl.sla_policy_version_add(json_build_object('sla_policy_id', 91, 'targets', '[{"target_kind": "resolve", "target_s": 3600}]'::json)) ->> 'version', '2', 'a policy gets another version');
select t.at(3) \g /dev/null
select is(t.policy(:plain), 'Standard 1', 'a ticket keeps the version that was valid when it was opened');
select is(t.policy(t.open('rae', 51)), 'Standard 2', 'a later one has the new');
select t.change(:plain, '{"impact": 3, "urgency": 3}') \g /dev/null
select is(t.policy(:plain), 'Standard 1', 'also when its priority changes');
select is(ctl.sla_policy_version_add(json_build_object('sla_policy_id', :urgent, 'is_active', false)) ->> 'is_active', 'false', 'a policy is ended by a version');
select t.open('rae', 51) as late \gset
select t.change(:late, '{"impact": 1, "urgency": 1}') \g /dev/null
select is(t.policy(:late), 'Standard 2', 'and is chosen no more');
select is(ctl.sla_policy_version_add(json_build_object('sla_policy_id', :leeds, 'condition', null)) ->> 'condition', null, 'a version can do without the condition');
select is((select count(*) from ebb.sla_target g join ebb.sla_policy_version v using (sla_policy_version_id) where v.sla_policy_id = :leeds and v.version = 2), 4::bigint, 'what is not given stays');
select throws_ok('update ebb.sla_policy_version set position = 1', 'ZE409', null, 'a version never changes');
select throws_ok('delete from ebb.sla_target', 'ZE409', null, 'nor do its targets');
select alike(t.refused('sla_policy_version_add', '{"sla_policy_id": 4711}'), 'ZE404%', 'a policy that does not exist is an error');

-- chosen anew for what is open
select t.make('{"sla_policy_name": "All", "position": 5, "condition": "$.priority >= 1", "valid_from": "2020-01-01T00:00:00Z"}') \g /dev/null
select t.be(null) \g /dev/null
select ctl.sla_recompute_begin('{"is_choosing": true}') ->> 'sla_recompute_id' as job \gset
select is(ctl.sla_recompute_begin('{"is_choosing": true}') ->> 'sla_recompute_id', :'job', 'a recomputation that is not finished is found again');
select is(ctl.sla_recompute_step(json_build_object('sla_recompute_id', :job, 'limit', 2)) ->> 'finished_at', null, 'it goes in steps');
select is(ctl.sla_recompute_step(json_build_object('sla_recompute_id', :job, 'limit', 2)) ->> 'done_count', '4', 'each from where the last one stopped');
select isnt(ctl.sla_recompute_step(json_build_object('sla_recompute_id', :job, 'limit', 100)) ->> 'finished_at', null, 'to the end');
select is((select count(*) from ebb.ticket x where x.state < 4 and t.policy(x.ticket_id) <> 'All 1'), 0::bigint, 'asked to, it chooses policies anew');
select is((select count(*) from ctl.sla_audit(array(select ticket_id from ebb.ticket))), 0::bigint, 'and leaves clocks as a computation from nothing gives them');
select is((ctl.sla_renew(array(select ticket_id from ebb.ticket), null)).changed_count, 0, 'so that another one changes nothing');

-- targets
select is(t.targets('[]'), 'ZE422 A policy has 1 to 20 targets.', 'a policy without a target is refused');
select alike(t.targets('[{"target_kind": "repair", "target_s": 1}]'), 'ZE422 There is no kind of target "repair".', 'so is an unknown kind');
select alike(t.targets('[{"target_kind": "resolve", "target_s": 0}]'), 'ZE422 Working seconds are%', 'nothing granted is no target');
select alike(t.targets('[{"target_kind": "resolve", "target_s": 60, "until": 1}]'), 'ZE422 A target has no field until.', 'an unknown field is refused');
select alike(t.targets('[{"target_kind": "resolve", "target_s": 60, "warning_s": 60}]'), 'ZE422 A warning comes before%', 'a warning comes before the end');
select alike(t.targets('[{"target_kind": "resolve", "target_s": 60, "pauses_in": ["coffee"]}]'), 'ZE422 "coffee" is not possible here.', 'a class of time that is none is refused');
select alike(t.targets('[{"target_kind": "resolve", "target_s": 60}, {"target_kind": "resolve", "target_s": 90}]'), 'ZE422 Two targets%', 'two targets of one name are refused');
select alike(t.targets('[{"target_kind": "update", "target_s": 60, "stops_on": ["team"]}]'), 'ZE422 What starts with a message%', 'a cycle ends with the next answer');
select is(t.targets('[{"target_kind": "resolve", "target_code": "workaround", "target_s": {"1": 60, "4": 90}, "warning_s": {"1": 30}, "pauses_in": ["waiting_requester", "waiting_supplier"]}]'), 'accepted', 'a target may be for some priorities only');
select is((select array_agg(row(g.priority, g.target_s, g.warning_s, cardinality(g.runs_in))::text order by g.priority) from ebb.sla_target g where g.target_code = 'workaround'), '{"(1,60,30,6)","(4,90,,6)"}', 'with its own pauses and warning');
-- Very many tickets at once have their policies chosen by groups that are alike in what is asked for: one by one gives the same.
create function t.unlike() returns bigint language sql as $$
    select count(*) from ebb.ticket k full join fn.sla_policies_of(array(select x.ticket_id from ebb.ticket x)) p on p.ticket_id = k.ticket_id
     where p.ticket_id is null or k.ticket_id is null or p.sla_policy_version_id is distinct from fn.sla_policy_of(k) $$;
create function t.chosen() returns bigint language sql as $$ select count(distinct p.sla_policy_version_id) from fn.sla_policies_of(array(select x.ticket_id from ebb.ticket x)) p $$;
select t.at(1) \g /dev/null
select t.open(w, s) from unnest(array['rae', 'lee', 'ned', 'dana']) w, unnest(array[51, 53]) s \g /dev/null
select t.make(json_build_object('sla_policy_name', 'all ' || n, 'position', 500 + n, 'condition', c, 'valid_from', now() - interval '9 hours 30 minutes' - n * interval '10 minutes'))
  from unnest(array['$.requester_name starts with "R" && $.service_id == 53', '$.requester_email like_regex "^n" && $.priority <= 3', '$.requester_is_vip == true', '$.impact == 2 && $.requester_id < 103',
                    '$.requester_unit == "x" || $.channel == "phone"', '$.request_type_name starts with "F" && $.ticket_kind == "incident" && $.department_code == "it"']) with ordinality u (c, n) \g /dev/null
select ctl.sla_policy_version_add(json_build_object('sla_policy_id', v.sla_policy_id, 'is_active', false, 'valid_from', now() - interval '9 hours 45 minutes'))
  from ebb.sla_policy_version v where v.position = 5 \g /dev/null
update ebb.ticket k set opened_at = k.opened_at - (k.ticket_id % 7) * interval '13 minutes' where k.opened_at >= now() - interval '9 hours';
select is(t.unlike(), 0::bigint, 'the policies of all tickets at once are those of each alone');
select cmp_ok(t.chosen(), '>', 3::bigint, 'several of them');
select t.make('{"sla_policy_name": "whole", "position": 400, "condition": "exists ($.* ? (@ == 53))"}') \g /dev/null
select is(t.unlike(), 0::bigint, 'also where a condition looks at a ticket as a whole');
select * from finish();
rollback;
