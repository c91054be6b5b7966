-- SPDX-License-Identifier: Apache-2.0
-- The assessment of a made-up log with planted faults: it finds each of them and no others, every figure can be had again by
-- the query that it names, and each limit decides as it says.
\ir ../lib/story.sql
begin;
select plan(72);

insert into ebb.person (person_id, department_id, person_name, source_name, source_ref) overriding system value
select 5000 + i, 1, 'Requester ' || i, 'Old desk', 'R' || i from generate_series(0, 300) i;
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (900, 1, 'Old desk', '{"requester": 1, "assignee": 1, "priority": 1, "impact": 1, "urgency": 1}', 51, now(), now(), '2025-01-06T16:00Z', '2025-03-20T00:00Z');
-- 100 that go well; 12 that nobody owns; 8 open ones in good hands; 6 that go to and fro; 5 whose source counts 4 hand-overs that never were;
-- 3 that come back from closed; 10 whose priority goes up and down; 15 of one requester.
select t.story(900000 + i, '2025-01-06Z'::timestamptz + i * interval '16 hours', array['0 new 11 -', '1 active 11 101', 20 + i % 30 || ' resolved', 44 + i % 30 || ' closed'], 51, 5000 + i, 900, 'x', 0) from generate_series(1, 100) i;
select t.story(901000 + i, '2025-02-20Z'::timestamptz + i * interval '1 hour', '{0 new 11 -}', 51, 5100 + i, 900) from generate_series(1, 12) i;
select t.story(902000 + i, '2025-03-15Z'::timestamptz + i * interval '1 hour', '{0 new 11 -, 2 active 11 101}', 51, 5120 + i, 900) from generate_series(1, 8) i;
select t.story(903000 + i, '2025-02-01Z'::timestamptz + i * interval '1 hour', '{0 new 11 -, 1 active 12 103, 5 active 11 101, 9 active 12 103, 30 resolved 12 103}', 51, 5130 + i, 900) from generate_series(1, 6) i;
select t.story(904000 + i, '2025-02-03Z'::timestamptz + i * interval '1 hour', '{0 new 11 101, 10 resolved}', 51, 5140 + i, 900, 'x', 4) from generate_series(1, 5) i;
select t.story(905000 + i, '2025-02-05Z'::timestamptz + i * interval '1 hour', '{0 new 11 101, 5 resolved, 6 closed, 8 active 11 101, 20 resolved, 21 closed}', 51, 5150 + i, 900) from generate_series(1, 3) i;
select t.story(906000 + i, '2025-02-10Z'::timestamptz + i * interval '1 day', '{0 new 11 101 3, 2 active 11 101 1, 4 active 11 101 3, 30 resolved}', 51, 5160 + i, 900) from generate_series(1, 10) i;
select t.story(907000 + i, '2025-02-01Z'::timestamptz + i * interval '2 days', '{0 new 11 101, 10 resolved}', 51, 5200, 900) from generate_series(1, 15) i;

set role ebb_ctl;
select ctl.assess('{"source_name": "Old desk"}')::jsonb as a \gset
reset role;
create temporary table answer as select :'a'::jsonb as a;
create or replace function pg_temp.figure(p_path text) returns numeric language sql as $$ select (a #>> ('{' || p_path || '}')::text[])::numeric from answer $$;

select is(:'a'::jsonb #>> '{scope,source_name}', 'Old desk', 'it says what it is about');
select is(pg_temp.figure('scope,ticket_count'), 159::numeric, 'all of its tickets');
select is((:'a'::jsonb ->> 'as_of')::timestamptz, '2025-03-20T00:00Z', 'as of the end of the log');
select is(:'a'::jsonb #>> '{method,stock_at}', :'a'::jsonb ->> 'as_of', 'and the backlog in the same instant, as there is one');

-- Question 1.
select is(:'a'::jsonb #>> '{question_1,answer}', 'yes', 'question 1: yes');
select is(pg_temp.figure('question_1,figures,open_count'), 20::numeric, '20 are open');
select is(pg_temp.figure('question_1,figures,past_grace_unowned_count'), 12::numeric, 'the 12 without owner are found, and no others');
select is(pg_temp.figure('question_1,figures,past_grace_unowned_share'), 0.6, 'of 20 past the grace');
select is(pg_temp.figure('question_1,figures,older_than_sle_neglected_count'), 12::numeric, 'of those older than usual the same 12 are neglected');
select is(pg_temp.figure('question_1,figures,unowned_over_24_hours_count'), 12::numeric, 'no other was without owner for a day');
select is(pg_temp.figure('question_1,figures,unowned_hours_share'), (select round(sum(unowned_hours) / sum(open_hours), 4) from reporting_v1.tickets_at('2025-03-20T00:00Z') where import_id = 900), 'share of open hours without owner');
select is((:'a'::jsonb #>> '{question_1,tickets,0,ticket_id}')::bigint, 901001::bigint, 'the oldest of them stands first');
select is((select count(*) from jsonb_array_elements(:'a'::jsonb #> '{question_1,tickets}') e where (e ->> 'ticket_id')::int between 901001 and 901012), 12::bigint, 'the evidence has all of them');
select is((:'a'::jsonb #>> '{question_1,tickets,0,source_ref}'), 'S901001', 'under the name the source knows');

-- Question 2.
select is(:'a'::jsonb #>> '{question_2,answer}', 'partly', 'question 2: partly');
select is(pg_temp.figure('question_2,figures,repeat_contact_count'), 14::numeric, '14 times the same requester came again');
select is(pg_temp.figure('question_2,figures,named_requester_count'), 159::numeric, 'of all tickets, as all requesters are named');
select is(pg_temp.figure('question_2,figures,reopened_count'), 3::numeric, '3 reopenings');
select is(pg_temp.figure('question_2,figures,returned_issue_share'), null, 'issues cannot be told without texts');
select matches(:'a'::jsonb #>> '{question_2,sentence}', 'too few texts', 'and the sentence says so');
select is((:'a'::jsonb #>> '{question_2,tickets,0,ticket_id}')::bigint, 907015::bigint, 'the last ticket of that requester is the evidence');

-- Question 3.
select is(:'a'::jsonb #>> '{question_3,answer}', 'partly', 'question 3: partly');
select is(pg_temp.figure('question_3,figures,changed_ticket_count'), 10::numeric, '10 tickets whose priority moved');
select is(pg_temp.figure('question_3,figures,flip_flop_ticket_count'), 10::numeric, 'each back to where it had been');
select is(pg_temp.figure('question_3,figures,day_with_unexplained_change_share'), (select round(10.0 / (a #>> '{question_3,figures,day_count}')::int, 4) from answer), 'on ten days');
select is(pg_temp.figure('question_3,figures,subjective_share'), 0::numeric(5, 4), 'all open ones follow from impact and urgency');
select is(pg_temp.figure('question_3,figures,effective_levels'), 1.00, 'and they separate nothing');
select matches(:'a'::jsonb #>> '{question_3,sentence}', 'do not separate work: 100.0 %', 'which the sentence says');

-- Question 4.
select is(:'a'::jsonb #>> '{question_4,answer}', 'yes', 'question 4: yes');
select is(pg_temp.figure('question_4,figures,source_counter_mismatch_count'), 5::numeric, 'the 5 wrong counters, and no others');
select is(pg_temp.figure('question_4,figures,with_source_counter_count'), 105::numeric, 'of 105 that have one');
select is(pg_temp.figure('question_4,figures,forbidden_transition_ticket_count'), 3::numeric, 'the 3 that came back from closed');
select is(pg_temp.figure('question_4,figures,stale_count'), 12::numeric, '12 are stale');
select is(pg_temp.figure('question_4,figures,conservation_mismatch_count'), 0::numeric, 'what is open is conserved');
select is(pg_temp.figure('question_4,figures,open_hours_residual'), 0.00, 'and its hours');
select is((select count(*) from jsonb_array_elements(:'a'::jsonb #> '{question_4,tickets}') e where (e ->> 'ticket_id')::int between 904001 and 904005), 5::bigint, 'the evidence names the wrong counters');
select is((select (e ->> 3)::int from jsonb_array_elements(:'a'::jsonb #> '{sections,trust,rows}') e where e ->> 0 = 'T1'), 0, 'our own rows equal their journal');

-- Sections.
select is(:'a'::jsonb #> '{sections,handovers,rows}', '[["handoff count", 18], ["return count", 12], ["direct return count", 12], ["handed on ticket count", 6], ["came back ticket count", 6], ["ticket with team count", 159], ["came back share", 0.0377], ["return share", 0.6667], ["away hours sum", 48.00]]'::jsonb,
          'hand-overs: 6 tickets, 18 of them, 12 back, 4 hours away each');
select is(:'a'::jsonb #> '{sections,handover_pairs,rows}', '[["Service Desk", "Network", 12, 6, 6, 6, 24.00, 1.00], ["Network", "Service Desk", 6, 6, 6, 6, 24.00, 4.00]]'::jsonb, 'by pair of teams');
select is(:'a'::jsonb #> '{sections,backlog,rows,0}', '["E-mail", "Fault", 20, 12, 0, 661.00, 668.00, 671.00]'::jsonb, 'the backlog by service and request type');
select is((select sum((e ->> 1)::int) from jsonb_array_elements(:'a'::jsonb #> '{sections,flow,rows}') e), 159::bigint, 'the flow has every arrival');
select is((select (e ->> 7)::int from jsonb_array_elements(:'a'::jsonb #> '{sections,flow,rows}') with ordinality x (e, n) order by n desc limit 1), 20, 'and ends with what is open');
select is((select round(sum((e ->> 3)::numeric), 3) from jsonb_array_elements(:'a'::jsonb #> '{sections,waiting,rows}') e), 1.000, 'the shares of time are the whole');
select is((select array_agg((e ->> 1) || ': ' || (e ->> 3) order by e ->> 1) from jsonb_array_elements(:'a'::jsonb #> '{sections,source_counters,rows}') e), '{"equal: 100","source higher: 5"}', 'source counters beside ours');
select is_empty($$select s.key from answer, jsonb_each(a -> 'sections') s cross join lateral jsonb_array_elements(s.value -> 'rows') r where jsonb_array_length(r) <> jsonb_array_length(s.value -> 'columns')$$, 'every row has its columns');

-- Every figure again, by the query it names.
create or replace function pg_temp.rerun(p_name text) returns jsonb language plpgsql as $$
declare r jsonb; begin execute format('select jsonb_agg(to_jsonb(q)) from (%s) q', (select a #>> array['method', 'queries', p_name] from answer)) into r; return coalesce(r, '[]'); end $$;
grant select on answer to public;
set role ebb_ctl;
select is_empty($$select n from generate_series(1, 4) n where pg_temp.rerun('question_' || n) -> 0 is distinct from (select a -> ('question_' || n) -> 'figures' from answer)$$, 'the figures of each question by its query');
select is_empty($$select n from generate_series(1, 4) n where pg_temp.rerun('question_' || n || '.tickets') is distinct from (select a -> ('question_' || n) -> 'tickets' from answer)$$, 'the tickets behind each by its query');
select is_empty($$select s.key from answer, jsonb_each(a -> 'sections') s where a #> array['method', 'queries', s.key] is not null and s.value #>> '{columns,0,name}' <> 'figure'
                   and (select count(*) from jsonb_array_elements(pg_temp.rerun(s.key))) <> jsonb_array_length(s.value -> 'rows')$$, 'every section by its query: as many rows');
select is_empty($$select s.key from answer, jsonb_each(a -> 'sections') s where a #> array['method', 'queries', s.key] is not null and s.value #>> '{columns,0,name}' <> 'figure'
                   and (select jsonb_agg((select jsonb_agg(v order by v) from jsonb_each(e) x (k, v)) order by n) from jsonb_array_elements(pg_temp.rerun(s.key)) with ordinality y (e, n))
                       is distinct from (select jsonb_agg((select jsonb_agg(v order by v) from jsonb_array_elements(e) x (v)) order by n) from jsonb_array_elements(nullif(s.value -> 'rows', '[]')) with ordinality y (e, n))$$, 'and the same values');
reset role; set role bi_it;
select is(pg_temp.rerun('question_1') -> 0, (select a #> '{question_1,figures}' from answer), 'a BI role of the department gets the same');
reset role; set role bi_hr;
select is((pg_temp.rerun('population') #>> '{0,ticket_count}')::int, 0, 'one of another department sees nothing of it');
reset role;

-- A row changed behind the journal's back is found.
set session_replication_role = replica;
update ebb.ticket set priority = 1 where ticket_id = 900007;
set session_replication_role = origin;
select is((select (e ->> 3)::int from json_array_elements(ctl.assess('{"import_id": 900}') #> '{sections,trust,rows}') e where e ->> 0 = 'T1'), 1, 'a projection that was tampered with fails the first check');

-- A log drawn from closed tickets has no backlog at its end.
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (902, 1, 'Closed only', '{"assignee": 1}', 51, now(), now(), '2025-01-06Z', '2025-06-01Z');
select t.story(920000 + i, '2025-01-06Z'::timestamptz + i * interval '1 day', array['0 new 11 -', 24 || ' active 11 101', 24 * (10 + i % 40) || ' resolved'], 51, 107, 902) from generate_series(1, 100) i;
select ctl.assess('{"import_id": 902}')::jsonb as b \gset
select is((:'b'::jsonb #>> '{method,stock_at}')::timestamptz, '2025-04-11T00:00Z', 'so it is looked at when 95 % had been opened');
select is((:'b'::jsonb #>> '{question_1,figures,open_count}')::int, (select count(*)::int from reporting_v1.tickets where import_id = 902 and opened_at <= '2025-04-11Z' and resolved_at > '2025-04-11Z'), 'with what was open then');
select matches(:'b'::jsonb #>> '{question_1,sentence}', 'The backlog is that of 2025-04-11', 'and says so');
select is(:'b'::jsonb ->> 'as_of', '2025-06-01T00:00:00+00:00', 'all else is told as of its end');

-- Too little to tell, and what is left out.
select is(ctl.assess('{}') #>> '{question_1,answer}', 'cannot_tell', 'without tickets of its own the desk cannot be judged');
select is((ctl.assess('{}') #>> '{scope,ticket_count}')::int, 0, 'because imported logs are not the desk''s');
select is(ctl.assess('{"import_id": 900, "as_of": "2025-02-10"}') #>> '{question_3,answer}', 'cannot_tell', 'nor can five weeks');
select is((ctl.assess('{"import_id": 900, "as_of": "2025-02-10"}') #>> '{question_1,figures,open_count}')::int,
          (select count(*)::int from ebb.ticket_span s join ebb.ticket t using (ticket_id) where t.import_id = 900 and s.state < 4 and s.started_at <= '2025-02-10' and (s.ended_at > '2025-02-10' or s.ended_at is null)),
          'an earlier instant is judged by what was known then');
select throws_ok($$select ctl.assess('{"source_name": "Nobody"}')$$, 'ZE404', null, 'an unknown source is refused');
select throws_ok($$select ctl.assess('{"as_of": "soon"}')$$, 'ZE422', null, 'an instant that is none is refused');
select throws_ok($$select ctl.assess('{"imports": 1}')$$, 'ZE422', null, 'a word it does not know is refused');

-- The limits.
create or replace function pg_temp.one(f json) returns text language sql as $$ select answer from fn.assess_answer_1(f, fn.assess_limits() -> 'question_1', null) $$;
select is(array[pg_temp.one('{"past_grace_count": 100, "past_grace_unowned_share": 0.101, "unowned_hours_share": 0}'), pg_temp.one('{"past_grace_count": 100, "past_grace_unowned_share": 0.1, "unowned_hours_share": 0}'),
                pg_temp.one('{"past_grace_count": 100, "past_grace_unowned_share": 0.019, "older_than_sle_neglected_share": 0.151, "unowned_hours_share": 0}'), pg_temp.one('{"past_grace_count": 100, "past_grace_unowned_share": 0.019, "older_than_sle_neglected_share": 0.049, "unowned_hours_share": 0}')],
          '{yes,partly,yes,no}', 'question 1 at its limits');
select is(array[pg_temp.one('{"past_grace_count": 19, "unowned_hours_share": 0.101}'), pg_temp.one('{"past_grace_count": 19, "unowned_hours_share": 0.019}'), pg_temp.one('{"past_grace_count": 0}')], '{yes,no,cannot_tell}', 'with few open tickets the whole time counts');
select is((select answer from fn.assess_answer_1('{"past_grace_count": 100, "past_grace_unowned_share": 1, "unowned_hours_share": 1}', fn.assess_limits() -> 'question_1', '{"has_assignee": false}')), 'cannot_tell', 'a log that names nobody says nothing of owners');
create or replace function pg_temp.two(f json) returns text language sql as $$ select answer from fn.assess_answer_2(f, fn.assess_limits() -> 'question_2') $$;
select is(array[pg_temp.two('{"recent_ticket_with_text_count": 50, "returned_issue_share": 0.21, "named_requester_count": 0}'), pg_temp.two('{"recent_ticket_with_text_count": 50, "returned_issue_share": 0.07, "named_requester_count": 50, "repeat_contact_share": 0.04}'),
                pg_temp.two('{"recent_ticket_with_text_count": 0, "named_requester_count": 50, "repeat_contact_share": 0.04}'), pg_temp.two('{"recent_ticket_with_text_count": 50, "returned_issue_share": 0.01, "named_requester_count": 50, "repeat_contact_share": 0.16}')],
          '{yes,no,cannot_tell,yes}', 'question 2: no only when both can be told');
create or replace function pg_temp.three(f json) returns text language sql as $$ select answer from fn.assess_answer_3(f, fn.assess_limits() -> 'question_3', null) $$;
select is(array[pg_temp.three('{"changes_per_100_open_per_day": 2.1, "day_with_unexplained_change_share": 0}'), pg_temp.three('{"changes_per_100_open_per_day": 0.4, "day_with_unexplained_change_share": 0.09, "subjective_share": 0.01}'),
                pg_temp.three('{"changes_per_100_open_per_day": 0.4, "day_with_unexplained_change_share": 0.09, "subjective_share": 0.11}'), pg_temp.three('{}')], '{yes,no,yes,cannot_tell}', 'question 3 at its limits');
create or replace function pg_temp.four(f json, a json default '{}') returns text language sql as $$ select answer from fn.assess_answer_4(f, a, fn.assess_limits() -> 'question_4') $$;
select is(array[pg_temp.four('{"ticket_count": 1000}'), pg_temp.four('{"ticket_count": 1000, "forbidden_transition_ticket_count": 1}'), pg_temp.four('{"ticket_count": 1000, "forbidden_transition_ticket_count": 2}'),
                pg_temp.four('{"ticket_count": 9, "ageing_debt": 0.16}'), pg_temp.four('{"ticket_count": 9, "stale_share": 0.06}')], '{no,partly,yes,yes,partly}', 'question 4 at its limits');
select is(fn.percent(0.1234), '12.3 %', 'a share in words'); 
select is(fn.plural(1487, 'ticket') || ', ' || fn.plural(1, 'ticket'), '1,487 tickets, 1 ticket', 'a count in words');
select is(fn.time_words(26.5) || ', ' || fn.time_words(100), '26.5 hours, 4.2 days', 'a time in words');
select * from finish();
rollback;
