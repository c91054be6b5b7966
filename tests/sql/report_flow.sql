-- SPDX-License-Identifier: Apache-2.0
-- Reports over tickets whose figures are known by hand, and the identities that must hold for any tickets.
\ir ../lib/story.sql
begin;
select plan(39);

-- Hand-overs: the vectors of the definition.
insert into ebb.team (team_id, department_id, team_name, lead_person_id) overriding system value values (13, 1, 'Storage', 104);
select t.story(900001, '2025-01-06Z', '{0 new 11 -, 1 active 12 101, 2 active 11 101, 4 active 12 103, 9 resolved 12 103}');
select t.story(900002, '2025-01-06Z', '{0 new 11 -, 1 active 12 101, 3 active 13 101, 7 active 11 101}');
select t.story(900003, '2025-01-06Z', '{0 new 11 -, 1 active 11 101, 2 active 11 102}');
select is((select array_agg((h.from_team_id, h.to_team_id, h.hop_position, h.is_return, h.is_direct_return)::text order by h.hop_position) from reporting_v1.handovers h where h.ticket_id = 900001),
          '{"(11,12,1,f,f)","(12,11,2,t,t)","(11,12,3,t,t)"}', 'A, B, A, B: three hand-overs, two returns, both direct');
select is((select array_agg((h.is_return, h.is_direct_return, h.away_hours, h.held_hours_before)::text order by h.hop_position) from reporting_v1.handovers h where h.ticket_id = 900002),
          '{"(f,f,,1.00)","(f,f,,2.00)","(t,f,6.00,4.00)"}', 'A, B, C, A: one return, not direct, six hours after it was given away');
select is((select count(*) from reporting_v1.handovers h where h.ticket_id = 900003), 0::bigint, 'A, A, A: none');
select is((select array_agg((handover_count, return_count, median_held_hours_before)::text order by from_team_id, to_team_id) from reporting_v1.handovers_daily where date = '2025-01-06' and from_team_id = 11),
          '{"(3,1,1.00)"}', 'the day adds them up');
select results_eq($$select t.ticket_id, t.handoff_count, t.return_count from reporting_v1.tickets t where t.ticket_id between 900001 and 900003 order by 1$$,
                  $$values (900001::bigint, 3, 2), (900002, 3, 1), (900003, 0, 0)$$, 'and each ticket agrees');

-- Where the time goes: 3 h untouched, 2 h worked, 4 h waiting, 1 h worked, resolved 10 h, reopened 2 h without anybody, resolved, closed after 5 h, reopened after 7 more, closed.
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (900, 1, 'One', '{}', 51, now(), now(), '2025-01-06Z', '2025-01-08Z');
select t.story(900010, '2025-01-06Z', '{0 new 11 -, 3 active 11 101, 5 waiting:requester 11 101, 9 active 11 101, 10 resolved 11 101, 20 active 11 -, 22 resolved 11 101, 27 closed, 34 active 11 102, 36 resolved, 36 closed}', 51, 107, 900);
select results_eq($$select age_hours, resolution_hours, unowned_hours, waiting_hours, reopen_count from reporting_v1.tickets where ticket_id = 900010$$,
                  $$values (29.00::numeric, 36.00::numeric, 5.00::numeric, 4.00::numeric, 2)$$, 'age leaves out the seven hours for which it was closed; time without owner is told apart');
select is((select array_agg((state, waiting_reason, hours)::text order by visit_position) from reporting_v1.status_intervals where ticket_id = 900010),
          '{"(new,,3.00)","(active,,2.00)","(waiting,requester,4.00)","(active,,1.00)","(resolved,,10.00)","(active,,2.00)","(resolved,,5.00)","(closed,,)","(active,,2.00)","(resolved,,0.00)","(closed,,)"}',
          'each stay in a status has its hours, the end has none');
select is((select array_agg((assignee_id, held_hours, open_hours, worked_hours, waiting_hours, is_unowned)::text order by stay_position) from reporting_v1.ownership_intervals where ticket_id = 900010),
          '{"(,3.00,3.00,0.00,0.00,t)","(101,17.00,7.00,3.00,4.00,f)","(,2.00,2.00,0.00,0.00,t)","(101,5.00,0.00,0.00,0.00,f)","(102,2.00,2.00,2.00,0.00,f)"}', 'each stay with an owner too');
select is((select array_agg((unowned_hours, is_current)::text order by started_at) from reporting_v1.unowned_periods where ticket_id = 900010), '{"(3.00,f)","(2.00,f)"}', 'the stretches without owner');
select is((select array_agg(flow_kind || open_change order by happened_at, open_change) from reporting_v1.flow_steps where ticket_id = 900010),
          '{opened1,resolved-1,reopened1,resolved-1,closed0,reopened1,resolved-1,closed0}', 'what entered and left the open work');

-- A window of eight days with tickets (opened, done) on days (0,2) (1,4) (1,-) (3,5) (6,-): 16 ticket-days passed, 7 left with the three departures, ageing debt 1 - 7/16.
select t.story(900020 + n, '2025-03-03Z'::timestamptz + a * interval '1 day', case when d is null then '{0 active 21 109}' else array['0 active 21 109', (d - a) * 24 || ' resolved'] end, 54, 108)
  from (values (1, 0, 2), (2, 1, 4), (3, 1, null), (4, 3, 5), (5, 6, null)) v (n, a, d);
select is((ctl.assess('{"department": "hr", "as_of": "2025-03-11T00:00:00Z"}') #>> '{question_4,figures,ageing_debt}')::numeric, 0.5625, 'ageing debt of the worked example');
select is((select array_agg(round(sum)::int order by date) from (select date, sum(net_change_count) from reporting_v1.flow_daily where department_id = 2 group by date) x), '{1,2,-1,1,-1,-1,1}', 'and its flow day by day');
select is((select array_agg(open_count order by date) from reporting_v1.backlog_daily where department_id = 2 and date < '2025-03-11'), '{1,3,2,3,2,1,2,2}', 'the backlog at the end of each day');

-- Kaplan and Meier: eight tickets, four of them still open.
select is((select array_agg((share, hours, is_more_than)::text order by share) from reporting_v1.survival(array[1, 2, 4, 7, 2, 5, 9, 9], array[true, true, true, true, false, false, false, false], array[0.5, 0.85])),
          '{"(0.5,7.00,f)","(0.85,9.00,t)"}', 'half done after 7; 85 % after more than 9');
select is(reporting_v1.survival_text(array[1, 2, 4, 7, 2, 5, 9, 9], array[true, true, true, true, false, false, false, false], 0.85), 'more than 9.00', 'and in words');
select is((select array_agg(hours order by share) from reporting_v1.survival(array[3, 1, 2, 4], array[true, true, true, true], array[0.25, 0.5, 0.85, 1])), '{1.00,2.00,4.00,4.00}', 'without open work it is the nearest rank');
select is(reporting_v1.survival_text(array[]::float8[], array[]::boolean[], 0.85), null, 'of nothing it says nothing');

-- Any tickets: 150 random lives.
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (901, 1, 'Random', '{"subject": "x"}', 51, now(), now(), '2025-02-03Z', '2025-05-01Z');
select setseed(0.42);
select t.story(910000 + i, '2025-02-03Z'::timestamptz + (i * 7.3 || ' hours')::interval, (
           select array_agg(format('%s %s %s %s %s', n * (i % 5 + 1), (array['new', 'active', 'active', 'waiting:requester', 'waiting:supplier', 'resolved', 'closed', 'active'])[case when n = 0 then 1 else 2 + floor(random() * 7)::int end],
                                   (array[11, 12, 13])[1 + floor(random() * 3)::int], (array['-', '101', '102', '103'])[1 + floor(random() * 4)::int], 1 + floor(random() * 4)::int) order by n)
             from generate_series(0, 2 + i % 9) n), 51, 107, 901)
  from generate_series(1, 150) i;
select cmp_ok((select count(*)::int from reporting_v1.tickets where ticket_id > 910000 and reopen_count > 0), '>', 20, 'some of them were reopened');
create temporary table day_end as select d::date as date, (d + interval '1 day')::timestamptz as ends_at from generate_series(timestamp '2025-02-03', timestamp '2025-04-30', interval '9 days') d;
grant select on day_end to public;
select is_empty($$select d.date, n.team_id, f.by_flow, n.by_state
                    from day_end d
                   cross join (select distinct team_id from reporting_v1.flow_daily) x
                   cross join lateral (select x.team_id, count(*) as by_state from reporting_v1.tickets_at(d.ends_at - interval '1 microsecond') a where a.is_open and a.team_id = x.team_id) n
                   cross join lateral (select coalesce(sum(y.net_change_count), 0) as by_flow from reporting_v1.flow_daily y where y.team_id = x.team_id and y.date <= d.date) f
                   where f.by_flow <> n.by_state$$, 'open = open the day before + opened + taken over + reopened - departed - handed away, for every team and day');
select is_empty($$select * from reporting_v1.flow_daily where net_change_count <> opened_count + taken_over_count + reopened_count - departed_count - handed_away_count$$, 'the columns of flow_daily add up');
select is_empty($$select date, sum(taken_over_count), sum(handed_away_count) from reporting_v1.flow_daily group by date having sum(taken_over_count) <> sum(handed_away_count)$$, 'what one team hands away another takes over, the same day');
select is_empty($$select d.date, b.n, s.n from day_end d
                   cross join lateral (select coalesce(sum(x.open_count), 0) as n from reporting_v1.backlog_daily x where x.date = d.date) b
                   cross join lateral (select count(*) as n from reporting_v1.tickets_at(d.ends_at - interval '1 microsecond') a where a.is_open) s where b.n <> s.n$$, 'backlog_daily says what the spans say');
select is_empty($$select t.ticket_id, t.age_hours, s.h, o.h, p.h from reporting_v1.tickets t
                   cross join lateral (select sum(x.hours) as h from reporting_v1.status_intervals x where x.ticket_id = t.ticket_id) s
                   cross join lateral (select sum(x.held_hours) as h from reporting_v1.ownership_intervals x where x.ticket_id = t.ticket_id) o
                   cross join lateral (select sum(x.hours) as h from reporting_v1.ticket_spans x where x.ticket_id = t.ticket_id) p
                   where abs(t.age_hours - s.h) > 0.1 or abs(t.age_hours - o.h) > 0.1 or abs(t.age_hours - p.h) > 0.1$$, 'age = time by status = time by owner = spans (to the cent of an hour per stay)');
select is_empty($$select t.ticket_id from reporting_v1.tickets t
                   cross join lateral (select sum(x.unowned_hours) as h from reporting_v1.unowned_periods x where x.ticket_id = t.ticket_id) u where abs(t.unowned_hours - coalesce(u.h, 0)) > 0.05$$, 'time without owner is the sum of its periods');
select is_empty($$select t.ticket_id from reporting_v1.tickets t
                    left join (select h.ticket_id, count(*) as n, count(*) filter (where h.is_return) as r, max(h.hop_position) as last from reporting_v1.handovers h group by h.ticket_id) h on h.ticket_id = t.ticket_id
                   where t.handoff_count <> coalesce(h.n, 0) or t.return_count <> coalesce(h.r, 0) or t.handoff_count <> coalesce(h.last, 0)$$, 'hand-overs one by one = the counters of the ticket');
select is_empty($$select a.ticket_id from reporting_v1.tickets_at(now()) a full join reporting_v1.tickets t on t.ticket_id = a.ticket_id
                   where (a.is_open, a.is_unowned, a.team_id, a.assignee_id, a.opened_at, a.age_hours, a.unowned_hours, a.waiting_hours)
                         is distinct from (t.is_open, t.is_unowned, t.team_id, t.assignee_id, t.opened_at, t.age_hours, t.unowned_hours, t.waiting_hours)$$, 'the past, asked for now, is the present');
select results_eq($$select count(*), sum(age_hours), count(*) filter (where is_unowned) from reporting_v1.backlog_now$$,
                  $$select count(*), sum(age_hours), count(*) filter (where is_unowned) from reporting_v1.tickets where is_open$$, 'backlog_now is what is open in tickets');
select is_empty($$select a.ticket_id from reporting_v1.tickets_at('2025-03-01Z') a where a.opened_at > '2025-03-01Z' or a.done_at > '2025-03-01Z' or a.age_hours < 0$$, 'the past knows nothing of what came later');

-- Under-the-hood promises of the wide view.
create or replace function pg_temp.plan(p_sql text) returns text language plpgsql as $$
declare r text; v text := ''; begin for r in execute 'explain ' || p_sql loop v := v || r || E'\n'; end loop; return v; end $$;
select unalike(pg_temp.plan('select team_id, count(*) from reporting_v1.tickets group by team_id'), '%person%', 'counting by a key joins no person');
select unalike(pg_temp.plan('select state, count(*) from reporting_v1.tickets where is_open group by state'), '%ticket_span%', 'and sums no span');
select is((select count(*) from reporting_v1.priority_changes where import_id = 901 and not is_explained), (select count(*) from reporting_v1.priority_changes where import_id = 901), 'a priority that moved without impact, urgency or service is unexplained');
select cmp_ok((select count(*)::int from reporting_v1.priority_changes where is_flip_flop), '>', 10, 'some returned to what they had left');

-- The working day, and the words.
select is(reporting_v1.business_hours(51, '2025-01-06T07:00Z', '2025-01-06T18:00Z'), 8.00::numeric, 'a Monday in Berlin has eight working hours');
select is(fn.mask('Printer PRN-0042 is "offline" (see http://x/y or call 123)'), 'printer # is # see # or call #', 'what changes from one ticket to the next is masked');
select is(fn.mask('  printer prn-7 IS "dead" see  https://z  or call 9!'), 'printer # is # see # or call #', 'so that the same demand is the same');
select is((select count(distinct issue_key) from reporting_v1.ticket_issues where ticket_id > 900000), 2::bigint, 'one issue for each service, as all stories have one subject');
select is(fn.age_band(24), '2: 1 to 3 days', 'a band begins with its lower bound');
select is((select array_agg(iso_week || ' ' || iso_year || ' ' || is_weekend order by date) from reporting_v1.dim_date where date in ('2024-12-29', '2024-12-30')), '{"52 2024 true","1 2025 false"}', 'dim_date knows the weeks');
select is((select count(*) from reporting_v1.dim_date), 22281::bigint, 'and every day from 2000 to 2060');
select * from finish();
rollback;
