#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Service-level clocks against the reference of kit.py, over random lives of tickets on random calendars under random policies:
# waiting, reopening, cancelling, stays with several teams, messages of both sides; every kind of target with random conditions.
# EBB_SLA_CASES says how many clocks there are at least (default: some 6,000).  Needs what brute_force.py needs.  Speaks TAP.

import os
import random
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import brute_force as cases  # noqa: E402
import kit  # noqa: E402

CASES = int(os.environ.get("EBB_SLA_CASES", "6000"))
CALENDARS = max(22, min(CASES // 300, 220))
HELD = ["untriaged", "queued", "worked", "waiting_requester", "waiting_supplier", "waiting_approval", "waiting_scheduled", "transfer"]
KINDS = {"response": ("opened", ["answer"]), "next_response": ("question", ["answer"]), "update": ("answer", ["answer"]), "resolve": ("opened", []),
         "pickup": ("opened", ["assigned"]), "ownership": ("team", ["team"])}
NEXT = {1: [1, 2, 2, 3, 4, 6], 2: [2, 2, 3, 3, 3, 4, 7], 3: [2, 2, 3, 3, 4, 6], 4: [2, 5, 2], 5: [5, 2], 6: [6], 7: [7]}


def random_targets(rng):
    """A policy: first answer and resolution as they come, then anything."""
    targets = []
    for code in ["response", "resolve"] + rng.sample(sorted(KINDS), rng.randint(1, 4)):
        kind, number = code, len(targets)
        starts_on, stops_on = KINDS[kind]
        runs_in, cancels_in = [name for name in HELD if name != "waiting_requester"], [6, 7]
        if number >= 2:
            starts_on = rng.choice([starts_on, starts_on, rng.choice(["opened", "team", "assigned", "answer", "question"])])
            stops_on = ["answer"] if starts_on in ("answer", "question") else rng.choice([stops_on, rng.sample(["answer", "team", "assigned"], rng.randint(0, 3))])
            if starts_on != "team":
                stops_on = [stop for stop in stops_on if stop != "team"]
            runs_in = rng.choice([runs_in, HELD, rng.sample(HELD, rng.randint(1, 7))])
            cancels_in = rng.choice([[6, 7], [6, 7], [], [7]])
        seconds = [rng.choice([1, 2, 4, 8, 24, 80]) * 3600 + rng.choice([0, 0, rng.randrange(3600)]) for _ in range(4)]
        warnings = [rng.choice([None, rng.randrange(1, s)]) for s in seconds]
        targets.append((kind, kit.Target(code if number < 2 else f"{code}_{number}", starts_on, stops_on, runs_in, cancels_in, seconds, warnings)))
    return targets


def random_life(rng, timeline):
    count = rng.randint(1, 8)
    marks = sorted(cases.random_instant(rng, timeline) for _ in range(count))
    if rng.random() < 0.2 and count > 1:
        marks[1] = marks[0]
    spans, state, stay = [], 1, 1
    for n, start in enumerate(marks):
        if n and state < 4 and spans[-1].state < 4 and rng.random() < 0.25:
            stay += 1
        name = {1: ["untriaged", "queued"], 2: ["queued", "worked", "transfer"],
                3: ["waiting_requester"] * 4 + ["waiting_supplier", "waiting_approval", "waiting_scheduled"],
                4: ["resolved"], 5: ["closed"], 6: ["closed"], 7: ["closed"]}[state]
        spans.append(kit.Span(start, marks[n + 1] if n + 1 < count else None, state, rng.choice(name), stay, rng.random() < 0.5))
        state = rng.choice(NEXT[state])
    last = max(spans[-1].start, cases.random_instant(rng, timeline))
    messages = sorted((rng.choice([rng.randrange(marks[0], last + 1), rng.choice(marks)]), rng.random() < 0.5) for _ in range(rng.choice([0, 0, 1, 3, 6])))
    first = next((at for at, is_answer in messages if is_answer), None)
    if first is None and rng.random() < 0.4:
        first = rng.choice([marks[0], marks[-1], rng.randrange(marks[0], last + 1)])  # as an imported log tells it
    return kit.Life(spans, messages, first), last


def random_cases(rng, timelines):
    found, ticket, clocks = [], 0, 0
    policies = [random_targets(rng) for _ in range(max(8, min(CALENDARS // 3, 40)))]
    while clocks < CASES:
        for n, timeline in enumerate(timelines):
            ticket += 1
            policy, priority = rng.randrange(len(policies)), rng.randint(1, 4)
            life, last = random_life(rng, timeline)
            targets = [target for _, target in policies[policy]]
            want = kit.clocks(timeline, life, targets, priority)
            now = rng.choice([last, max(life.spans[-1].start, cases.random_instant(rng, timeline))])
            dues = [c.due for c in want.values() if c.due is not None and c.due >= life.spans[-1].start]
            if dues and rng.random() < 0.2:
                now = dues[0]  # on the instant itself
            past = rng.randrange(life.spans[0].start, last + 1)
            found.append((70_000_000 + ticket, n, policy, priority, life, now, past, want, kit.clocks(timeline, life.as_of(past), targets, priority)))
            clocks += len(want)
    return found, policies


def array(values):
    return "{" + ",".join(str(value) for value in values) + "}"


def policies_sql(policies):
    rows, versions = [], []
    for n, policy in enumerate(policies):
        versions.append((70000 + n, 70000 + n, 1, 1, "2000-01-01Z", "2000-01-01Z"))
        rows += [(70000 + n, 1, kind, t.code, p + 1, t.seconds[p], t.warnings[p], t.starts_on, array(t.stops_on), array(t.runs_in), array(t.cancels_in))
                 for kind, t in policy for p in range(4)]
    return (cases.copy_block("ebb.sla_policy", "sla_policy_id, department_id, sla_policy_name", [(70000 + n, 1, f"random {n}") for n in range(len(policies))])
            + cases.copy_block("ebb.sla_policy_version", "sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at", versions)
            + cases.copy_block("ebb.sla_target", "sla_policy_version_id, department_id, target_kind, target_code, priority, target_s, warning_s, starts_on, stops_on, runs_in, cancels_in", rows))


def lives_sql(found, timelines):
    return "".join([
        "insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id) "
        "overriding system value select 70000 + n, 1, 'random ' || n, 11, 105, 71, 70000 + n, 70000 "
        f"from generate_series(0, {len(timelines) - 1}) n;\n",
        "create temp table life (ticket bigint, service int, policy int, priority int, answer bigint, at_now bigint, at_past bigint);\n",
        cases.copy_block("life", "ticket, service, policy, priority, answer, at_now, at_past",
                         [(ticket, 70000 + n, 70000 + policy, priority, life.first_answer, now, past) for ticket, n, policy, priority, life, now, past, _, _ in found]),
        "create temp table piece (ticket bigint, seq int, started bigint, ended bigint, state int, class text, stay int, assigned bool);\n",
        cases.copy_block("piece", "ticket, seq, started, ended, state, class, stay, assigned",
                         [(case[0], seq, s.start, s.end, s.state, s.name, s.stay, s.assigned) for case in found for seq, s in enumerate(case[4].spans, 1)]),
        "create temp table talk (ticket bigint, place int, at bigint, is_answer bool);\n",
        cases.copy_block("talk", "ticket, place, at, is_answer", [(case[0], n, *m) for case in found for n, m in enumerate(case[4].messages)]),
        LIVES])


LIVES = """
create index on piece (ticket, seq);
analyze life, piece, talk;
set session_replication_role = replica;
insert into ebb.ticket (ticket_id, department_id, service_id, request_type_id, subject, state, clock_class, waiting_reason, waiting_until, team_id, accountable_person_id,
                        requester_id, impact, urgency, priority, sla_policy_version_id, opened_at, last_event_at, first_response_at, resolved_at, assignee_id) overriding system value
select l.ticket, 1, l.service, 71, 'random', e.state, e.class, case when e.state = 3 then 'requester' end, case when e.state = 3 then now() end, 10 + (e.stay - 1) % 2 + 1, 105, 107, 2, 2,
       l.priority, l.policy, b.started, e.started, pg_temp.at(l.answer), case when e.state in (4, 5) then e.started end, case when e.assigned then 101 end
  from life l
 cross join lateral (select pg_temp.at(p.started) as started from piece p where p.ticket = l.ticket order by p.seq limit 1) b
 cross join lateral (select pg_temp.at(p.started) as started, p.state, p.class, p.stay, p.assigned from piece p where p.ticket = l.ticket order by p.seq desc limit 1) e;
insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, ended_at, state, clock_class, team_id, assignee_id, accountable_person_id, team_run, owner_run, state_run)
select p.ticket, p.seq, 1, pg_temp.at(p.started), pg_temp.at(p.ended), p.state, p.class, 10 + (p.stay - 1) % 2 + 1, case when p.assigned then 101 end, 105, p.stay, p.stay, p.seq from piece p;
insert into ebb.comment (department_id, ticket_id, author_id, is_internal, is_from_desk, body, created_at)
select 1, k.ticket, case when k.is_answer then 101 else 107 end, false, k.is_answer, 'said', pg_temp.at(k.at) from talk k order by k.ticket, k.place;
insert into ebb.comment (department_id, ticket_id, author_id, is_internal, is_from_desk, body, created_at)
select 1, l.ticket, 101, true, true, 'a note among ourselves', pg_temp.at(l.at_past) from life l where l.ticket % 3 = 0;
set session_replication_role = origin;
analyze ebb.ticket, ebb.ticket_span, ebb.working_time, ebb.comment;
create temp table own as select array(select ticket from life order by ticket) as tickets;
select ctl.sla_rebuild(tickets) from own \\g /dev/null
analyze ebb.sla_clock;
-- The number of a clock is its own; everything else is a function.
set constraints all immediate;
alter table ebb.sla_clock alter column sla_clock_id drop identity, alter column sla_clock_id set default 0;
update ebb.sla_clock set sla_clock_id = 0;
create temp table rebuilt as select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id;
create index on rebuilt (ticket_id, target_code, cycle);
analyze rebuilt, life;
select 'clock', k.ticket_id, k.target_code, k.cycle, pg_temp.us(k.started_at), pg_temp.us(k.stopped_at), pg_temp.us(k.due_at), pg_temp.us(k.warn_at), pg_temp.us(k.elapsed_s),
       pg_temp.us(k.elapsed_at), k.is_running, k.is_cancelled, fn.sla_status(pg_temp.at(l.at_now), k.due_at, k.stopped_at, k.is_running, k.is_cancelled),
       pg_temp.us(k.elapsed_s + case when k.is_running then fn.work_between(k.calendar_version_id, k.elapsed_at, pg_temp.at(l.at_now)) else 0 end)
  from rebuilt k join life l on l.ticket = k.ticket_id;
select 'past', c.ticket_id, c.target_code, c.cycle, pg_temp.us(c.started_at), pg_temp.us(c.stopped_at), pg_temp.us(c.due_at), pg_temp.us(c.warn_at), pg_temp.us(c.elapsed_s),
       pg_temp.us(c.elapsed_at), c.is_running, c.is_cancelled
  from (select l.*, row_number() over (order by l.ticket) as n from life l) l
 cross join lateral fn.sla_computed(array[l.ticket], array[l.service], array[l.priority]::smallint[], array[l.policy], array[pg_temp.at(l.answer)], null, pg_temp.at(l.at_past), 'infinity') c
 where l.n <= 1000;
select 'explained', k.ticket_id, k.target_code, k.cycle, pg_temp.us((e.why ->> 'used_seconds')::numeric),
       (select count(*) from jsonb_array_elements(e.why -> 'pieces') p
         where (p ->> 'is_running')::bool and (p ->> 'interval_count')::int <= 500
           and (p ->> 'working_seconds')::numeric <> (select coalesce(sum(extract(epoch from (w ->> 1)::timestamptz - (w ->> 0)::timestamptz)), 0) from jsonb_array_elements(p -> 'working_intervals') w))
  from (select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id order by k.ticket_id limit 400) k
  join life l on l.ticket = k.ticket_id
 cross join lateral (select fn.sla_explain_clock(k, pg_temp.at(l.at_now)) as why) e;
select 'audit', count(*) from own cross join lateral ctl.sla_audit(own.tickets);
-- The way of the desk's trigger, ticket by ticket, first over the clocks as they are and then from nothing.
select count(fn.sla_refresh(t)) from life l join ebb.ticket t on t.ticket_id = l.ticket where l.ticket % 4 = 0 \\g /dev/null
select 'refreshed', count(*) from (select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id except select * from rebuilt) d;
delete from ebb.sla_clock k using life l where l.ticket = k.ticket_id and l.ticket % 4 = 0;
select count(fn.sla_refresh(t)) from life l join ebb.ticket t on t.ticket_id = l.ticket where l.ticket % 4 = 0 \\g /dev/null
update ebb.sla_clock k set breach_noted_at = r.breach_noted_at from rebuilt r where r.ticket_id = k.ticket_id and r.target_code = k.target_code and r.cycle = k.cycle;
select 'begun', count(*) from (select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id except select * from rebuilt) d;
-- And the short way of a ticket that has just been opened.
create temp table opened as
select k.* from rebuilt k join ebb.ticket t on t.ticket_id = k.ticket_id
 where t.state = 1 and t.first_response_at is null and not exists (select from ebb.ticket_span s where s.ticket_id = k.ticket_id and s.seq = 2)
   and not exists (select from ebb.comment c where c.ticket_id = k.ticket_id);
delete from ebb.sla_clock k using opened o where o.ticket_id = k.ticket_id;
set session_replication_role = replica;
update ebb.ticket t set due_at = fn.sla_start(t, s.calendar_id) from ebb.service s where s.service_id = t.service_id and t.ticket_id in (select o.ticket_id from opened o);
set session_replication_role = origin;
update ebb.sla_clock k set breach_noted_at = o.breach_noted_at from opened o where o.ticket_id = k.ticket_id and o.target_code = k.target_code and o.cycle = k.cycle;
select 'opened', count(*), (select count(*) >= 20 from opened) from (select o.* from opened o except select k.* from ebb.sla_clock k) d;
select 'due', count(*) from life l join ebb.ticket t on t.ticket_id = l.ticket
 where t.due_at is distinct from (select min(k.due_at) from rebuilt k where k.ticket_id = l.ticket and k.target_kind = 'resolve');
"""


def same(got, want):
    """Equal, but for instants after the end of the reference."""
    open_end = want.running
    return all(g == w or (open_end and w is None and n in (2, 3) and g is not None) for n, (g, w) in enumerate(zip(got, want.facts())))


def read(row):
    return tuple(cases.number(x) for x in row[4:10]) + (row[10] == "t", row[11] == "t")


def compare(rows, found, which):
    """Differences between rows and the reference, clocks missing or too many among them."""
    wrong, expected = [], {(case[0], *key): clock for case in found for key, clock in case[which].items()}
    for row in rows:
        key = (int(row[1]), row[2], int(row[3]))
        want = expected.pop(key, None)
        if want is None:
            wrong.append(f"{key} should not be there")
        elif not same(read(row), want):
            wrong.append(f"{key}: {read(row)}, should be {want.facts()}")
    return wrong + [f"{key} is missing" for key in expected]


def check_states(tap, rows, found, timelines):
    wrong, seen, by_ticket = [], {}, {case[0]: case for case in found}
    for row in rows:
        case = by_ticket[int(row[1])]
        want, now, timeline = case[7][(row[2], int(row[3]))], case[5], timelines[case[1]]
        if want.running and want.due is None:
            continue  # due after the end of the reference
        said = (row[12], cases.number(row[13]))
        if said != (want.status(now), kit.elapsed_now(want, timeline, now)):
            wrong.append(f"{row[1:4]} at {now}: {said}, should be {want.status(now)}")
        seen[row[12]] = seen.get(row[12], 0) + 1
    tap.check("its state at a later instant is running, paused, met, breached or cancelled as the reference has it", wrong)
    rare = [f"{status}: {seen.get(status, 0)}" for status in ("running", "paused", "met", "breached", "cancelled") if seen.get(status, 0) < 20]
    tap.check("the random tickets reach every state dozens of times", rare)


def main():
    if not kit.zones_known(zone for zone, _ in cases.PLACES):
        print("ok 1 - clocks against a minute-by-minute reference # SKIP the tz database (tzdata) is not installed\n1..1")
        return 0
    rng = random.Random(cases.SEED + 1)
    timelines = [cases.random_timeline(rng, n) for n in range(CALENDARS)]
    found, policies = random_cases(rng, timelines)
    # Due times reach beyond the reference's end: the database compiles its calendars as far as it needs.
    rows = cases.run_psql(cases.calendars_sql(timelines) + policies_sql(policies) + lives_sql(found, timelines))
    tap, clocks = cases.Tap(), [r for r in rows if r[0] == "clock"]
    print(f"# seed {cases.SEED}, {len(clocks)} clocks of {len(found)} tickets over {CALENDARS} calendars and {len(policies)} policies")
    tap.check("every clock's start, stop, due and warning instant, use and pauses are those of the ticket's life", compare(clocks, found, 7))
    check_states(tap, clocks, found, timelines)
    tap.check("as of an instant in the past they are what a life that ends there gives", compare([r for r in rows if r[0] == "past"], found[:1000], 8))
    used = {(r[1], r[2], r[3]): r[13] for r in clocks}
    tap.check("the explanation adds up to what the clock has used, working interval by working interval",
              [r for r in rows if r[0] == "explained" and (used[(r[1], r[2], r[3])] != r[4] or r[5] != "0")])
    one = {r[0]: r[1:] for r in rows}
    tap.check("the auditor finds no difference", [] if one["audit"] == ["0"] else one["audit"])
    tap.check("the desk's trigger finds nothing to change after a rebuild", [] if one["refreshed"] == ["0"] else one["refreshed"])
    tap.check("and writes the same clocks from nothing", [] if one["begun"] == ["0"] else one["begun"])
    tap.check("the short way of opening a ticket gives the same clocks", [] if one["opened"] == ["0", "t"] else one["opened"])
    tap.check("the ticket carries the earliest due time of its resolution", [] if one["due"] == ["0"] else one["due"])
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
