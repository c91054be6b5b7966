#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Working time and service-level clocks against a minute-by-minute reference (kit.py), over random cases from a fixed seed:
# lunch breaks, night shifts, holidays, overlapping spans, several versions, eleven zones over their changes of offset; tickets
# with pauses, reopenings and answers.  Needs psql and PG* naming a database with the schema; leaves nothing in it.  Speaks TAP.

import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import MINUTE, US, instant  # noqa: E402

SEED = int(os.environ.get("EBB_SEED", "20241027"))
CALENDARS, PAIRS, TICKETS = 44, 250, 45
DAY = 1440 * MINUTE
TARGETS = {"response": [1, 2, 4, 8], "resolve": [4, 8, 24, 80]}  # hours by priority
# Where clocks change: by an hour, by half of one, by two; at midnight; a day that never was; a leap day; no change at all.
PLACES = [
    ("Europe/Berlin", ["2024-03-31", "2024-10-27", "2024-12-31"]),
    ("America/New_York", ["2025-03-09", "2025-11-02", "2024-02-29"]),
    ("Asia/Kathmandu", ["2024-02-29", "2025-06-15"]),
    ("Australia/Lord_Howe", ["2024-04-07", "2024-10-06"]),
    ("America/Sao_Paulo", ["2018-11-04", "2019-02-17"]),
    ("Antarctica/Troll", ["2023-03-26", "2023-10-29"]),
    ("Pacific/Apia", ["2011-12-30"]),
    ("Pacific/Chatham", ["2025-04-06", "2025-09-28"]),
    ("Africa/Casablanca", ["2024-03-10", "2024-04-14"]),
    ("America/St_Johns", ["2011-03-13", "2010-11-07"]),
    ("UTC", ["2024-02-29"]),
]


def clock_time(rng, last=1439):
    # Half of the times lie where clocks change.
    return rng.choice([0, 30, 60, 90, 120, 150, 180, 1440, 1410]) if rng.random() < 0.5 else rng.randint(0, last)


def text_of(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def span(day, start, end):
    return {"day": day, "from": text_of(start), "to": text_of(end)}


def random_weekly(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return [span(day, 0, 1440) for day in range(1, 8)]
    if kind == 1:
        noon = rng.randint(11 * 60, 13 * 60)
        return [s for day in range(1, 6) for s in (span(day, 8 * 60, noon), span(day, noon + 45, 17 * 60 + 30))]
    if kind == 2:
        return [span(day, 22 * 60, 6 * 60) for day in rng.sample(range(1, 8), rng.randint(2, 7))]
    spans = []
    for _ in range(rng.randint(1, 12 if kind == 5 else 6)):
        start = min(clock_time(rng), 1439)
        end = max(1, clock_time(rng)) if rng.random() < 0.9 else start
        spans.append(span(rng.randint(1, 7), start, end))
    return spans


def random_rules(rng, zone, middle):
    holidays = []
    if rng.random() < 0.5:
        for offset in rng.sample(range(-20, 20), 4):
            day = (kit.EPOCH + kit.datetime.timedelta(microseconds=middle + offset * DAY)).date()
            holidays.append(day.isoformat())
    return kit.Rules(zone, random_weekly(rng), holidays)


def random_timeline(rng, number):
    zone, days = PLACES[number % len(PLACES)]
    middle = instant(rng.choice(days))
    # Wherever the first version says that it begins, its rules hold from ever.
    versions = [(rng.choice([0, middle]), random_rules(rng, zone, middle))]
    for _ in range(rng.choice([0, 0, 0, 1, 2])):
        changed = rng.choice([zone, zone, rng.choice(PLACES)[0]])
        versions.append((middle + rng.randint(-15 * 1440, 15 * 1440) * MINUTE, random_rules(rng, changed, middle)))
    return kit.Timeline(versions, middle - 24 * DAY, middle + 24 * DAY)


def random_instant(rng, timeline):
    at = rng.randrange(timeline.start, timeline.end)
    # A third on a full minute, so that begins and ends are hit exactly.
    return at - at % MINUTE if rng.random() < 0.33 else at


def random_spans(rng, timeline):
    """A life: spans of one ticket, from states and classes as the desk allows them."""
    count = rng.randint(1, 7)
    marks = sorted(random_instant(rng, timeline) for _ in range(count))
    if rng.random() < 0.2 and count > 1:
        marks[1] = marks[0]
    spans, state = [], 1
    for n, start in enumerate(marks):
        end = marks[n + 1] if n + 1 < count else None
        name = {1: ["untriaged", "queued"], 2: ["queued", "worked", "transfer"],
                3: ["waiting_requester"] * 4 + ["waiting_supplier", "waiting_approval", "waiting_scheduled"],
                4: ["resolved"], 5: ["closed"], 6: ["closed"], 7: ["closed"]}[state]
        spans.append((start, end, state, rng.choice(name)))
        state = rng.choice({1: [1, 2, 2, 3, 4, 6], 2: [2, 2, 3, 3, 3, 4, 7], 3: [2, 2, 3, 3, 4, 6], 4: [2, 5, 2], 5: [5, 2], 6: [6], 7: [7]}[state])
    return spans


def sql_literal(value):
    return "\\N" if value is None else str(value)


def copy_block(table, columns, rows):
    lines = "\n".join("\t".join(sql_literal(value) for value in row) for row in rows)
    return f"copy {table} ({columns}) from stdin;\n{lines}\n\\.\n" if rows else ""


HELPERS = """
create function pg_temp.at(us bigint) returns timestamptz language sql immutable as $$ select 'epoch'::timestamptz + us * interval '1 microsecond' $$;
create function pg_temp.us(at timestamptz) returns bigint language sql immutable as $$ select (extract(epoch from at) * 1000000)::bigint $$;
create function pg_temp.us(s numeric) returns bigint language sql immutable as $$ select (s * 1000000)::bigint $$;
"""


def calendars_sql(timelines):
    """Calendar n has key 70000 + n, its versions 700000 + 10 n + version; policy version and service likewise 70000 + n."""
    calendars, versions = [], []
    for n, timeline in enumerate(timelines):
        calendars.append((70000 + n, 1, f"random {n}"))
        for version, (valid_from, rules) in enumerate(timeline.versions, 1):
            weekly, holidays = json.dumps(rules.weekly), json.dumps(rules.holidays)
            versions.append((700000 + 10 * n + version, 70000 + n, 1, version, f"{kit.EPOCH + kit.datetime.timedelta(microseconds=valid_from)}",
                             rules.zone, weekly, holidays, "2000-01-01Z"))
    bounds = ", ".join(f"({700000 + 10 * n + len(t.versions)}, {t.start}, {t.end})" for n, t in enumerate(timelines))
    return (copy_block("ebb.calendar", "calendar_id, department_id, calendar_name", calendars)
            + copy_block("ebb.calendar_version", "calendar_version_id, calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, created_at", versions)
            # In two steps, as the clock extends them: the seam must not be felt.
            + f"select fn.calendar_extend(v, pg_temp.at(a), pg_temp.at((a + b) / 2)), fn.calendar_extend(v, pg_temp.at(a), pg_temp.at(b)) from (values {bounds}) x (v, a, b) \\g /dev/null\n")


def arithmetic_cases(rng, timelines):
    cases = []
    for n, timeline in enumerate(timelines):
        version = 700000 + 10 * n + len(timeline.versions)
        for _ in range(PAIRS):
            a, b = sorted((random_instant(rng, timeline), random_instant(rng, timeline)))
            work = rng.choice([timeline.between(a, b), rng.randrange(0, 40 * 3600 * US), rng.randrange(1, 500) * 3600 * US // 2])
            cases.append((version, a, b, work, timeline))
    return cases


def arithmetic_sql(cases):
    rows = [(n, version, a, b, work) for n, (version, a, b, work, timeline) in enumerate(cases) if timeline.add(a, work) is not None]
    return ("create temp table pair (n int, version int, a bigint, b bigint, work bigint);\n" + copy_block("pair", "n, version, a, b, work", rows)
            + """select 'pair', p.n, pg_temp.us(fn.work_between(p.version, pg_temp.at(p.a), pg_temp.at(p.b))), pg_temp.us(d.at),
       pg_temp.us(fn.work_between(p.version, pg_temp.at(p.a), d.at))
  from pair p cross join lateral (select fn.work_add(p.version, pg_temp.at(p.a), p.work / 1000000.0) as at offset 0) d;
"""), len(rows)


def ticket_cases(rng, timelines):
    cases, ticket = [], 0
    for n, timeline in enumerate(timelines):
        for _ in range(TICKETS):
            ticket += 1
            spans = random_spans(rng, timeline)
            answer = None
            if rng.random() < 0.5:
                answer = rng.choice([spans[-1][0], spans[0][0], min(spans[0][0] + rng.randrange(0, 6 * DAY), timeline.end)])
            priority = rng.randint(1, 4)
            now = max(spans[-1][0], random_instant(rng, timeline))
            due = kit.Clock(timeline, "resolve", TARGETS["resolve"][priority - 1] * 3600 * US, spans, None).due
            if due is not None and due >= spans[-1][0] and rng.random() < 0.2:
                now = due  # on the instant itself
            cases.append((70_000_000 + ticket, n, priority, spans, answer, now, timeline))
    return cases


def tickets_sql(cases, timelines):
    policy = "70000, 1, 'random'"
    out = [f"insert into ebb.sla_policy (sla_policy_id, department_id, sla_policy_name) overriding system value values ({policy});\n",
           "insert into ebb.sla_policy_version (sla_policy_version_id, sla_policy_id, department_id, version, valid_from, created_at) overriding system value "
           "values (70000, 70000, 1, 1, '2000-01-01Z', '2000-01-01Z');\n",
           copy_block("ebb.sla_target", "sla_policy_version_id, department_id, target_kind, priority, target_s",
                      [(70000, 1, kind, p + 1, hours * 3600) for kind in TARGETS for p, hours in enumerate(TARGETS[kind])]),
           "insert into ebb.service (service_id, department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id) "
           "overriding system value select 70000 + n, 1, 'random ' || n, 11, 105, 71, 70000 + n, 70000 "
           f"from generate_series(0, {len(timelines) - 1}) n;\n",
           "create temp table life (ticket bigint, service int, priority int, answer bigint, at_now bigint);\n",
           copy_block("life", "ticket, service, priority, answer, at_now",
                      [(ticket, 70000 + n, priority, answer, now) for ticket, n, priority, _, answer, now, _ in cases]),
           "create temp table piece (ticket bigint, seq int, started bigint, ended bigint, state int, class text);\n",
           copy_block("piece", "ticket, seq, started, ended, state, class",
                      [(case[0], seq, *s) for case in cases for seq, s in enumerate(case[3], 1)])]
    return "".join(out) + """
create index on piece (ticket, seq);
set session_replication_role = replica;
insert into ebb.ticket (ticket_id, department_id, service_id, request_type_id, subject, state, clock_class, waiting_reason, waiting_until, team_id, accountable_person_id,
                        requester_id, impact, urgency, priority, sla_policy_version_id, opened_at, last_event_at, first_response_at, resolved_at) overriding system value
select l.ticket, 1, l.service, 71, 'random', e.state, e.class, case when e.state = 3 then 'requester' end, case when e.state = 3 then now() end, 11, 105, 107, 2, 2,
       l.priority, 70000, b.started, e.started, pg_temp.at(l.answer), case when e.state in (4, 5) then e.started end
  from life l
 cross join lateral (select pg_temp.at(p.started) as started from piece p where p.ticket = l.ticket order by p.seq limit 1) b
 cross join lateral (select pg_temp.at(p.started) as started, p.state, p.class from piece p where p.ticket = l.ticket order by p.seq desc limit 1) e;
insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, ended_at, state, clock_class, team_id, accountable_person_id, team_run, owner_run, state_run)
select p.ticket, p.seq, 1, pg_temp.at(p.started), pg_temp.at(p.ended), p.state, p.class, 11, 105, 1, 1, p.seq from piece p;
set session_replication_role = origin;
analyze ebb.ticket, ebb.ticket_span, ebb.working_time;
create temp table own as select array(select ticket from life order by ticket) as tickets;
select ctl.sla_rebuild(tickets) from own \\g /dev/null
analyze ebb.sla_clock;
-- The number of a clock is its own; everything else is a function.
set constraints all immediate;
alter table ebb.sla_clock alter column sla_clock_id drop identity, alter column sla_clock_id set default 0;
update ebb.sla_clock set sla_clock_id = 0;
create temp table rebuilt as select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id;
select 'clock', k.ticket_id, k.target_kind, pg_temp.us(k.due_at), pg_temp.us(k.stopped_at), pg_temp.us(k.elapsed_s), pg_temp.us(k.elapsed_at), k.is_running, k.is_cancelled,
       fn.sla_status(pg_temp.at(l.at_now), k.due_at, k.stopped_at, k.is_running, k.is_cancelled),
       pg_temp.us(k.elapsed_s + case when k.is_running then fn.work_between(k.calendar_version_id, k.elapsed_at, pg_temp.at(l.at_now)) else 0 end)
  from rebuilt k join life l on l.ticket = k.ticket_id;
select 'audit', count(*) from own cross join lateral ctl.sla_audit(own.tickets);
-- The way of the desk's trigger, ticket by ticket, first over the clocks as they are and then from nothing.
select count(fn.sla_refresh(t)) from life l join ebb.ticket t on t.ticket_id = l.ticket \\g /dev/null
select 'refreshed', count(*) from (select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id except select * from rebuilt) d;
delete from ebb.sla_clock k using life l where l.ticket = k.ticket_id;
select count(fn.sla_refresh(t)) from life l join ebb.ticket t on t.ticket_id = l.ticket \\g /dev/null
update ebb.sla_clock k set breach_noted_at = r.breach_noted_at from rebuilt r where r.ticket_id = k.ticket_id and r.target_kind = k.target_kind;
select 'begun', count(*) from (select k.* from ebb.sla_clock k join life l on l.ticket = k.ticket_id except select * from rebuilt) d;
-- And the short way of a ticket that has just been opened.
create temp table opened as
select k.* from rebuilt k join ebb.ticket t on t.ticket_id = k.ticket_id
 where t.state < 4 and t.first_response_at is null and not exists (select from ebb.ticket_span s where s.ticket_id = k.ticket_id and s.seq = 2);
delete from ebb.sla_clock k using opened o where o.ticket_id = k.ticket_id;
set session_replication_role = replica;
update ebb.ticket t set due_at = fn.sla_start(t, s.calendar_id) from ebb.service s where s.service_id = t.service_id and t.ticket_id in (select o.ticket_id from opened o);
set session_replication_role = origin;
update ebb.sla_clock k set breach_noted_at = o.breach_noted_at from opened o where o.ticket_id = k.ticket_id and o.target_kind = k.target_kind;
select 'opened', count(*), (select count(*) > 40 from opened) from (select o.* from opened o except select k.* from ebb.sla_clock k) d;
select 'due', count(*) from ebb.ticket t join rebuilt k on k.ticket_id = t.ticket_id and k.target_kind = 'resolve' where t.due_at is distinct from k.due_at;
"""


def run_psql(sql):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"], input="begin;\n" + HELPERS + sql + "rollback;\n",
                          capture_output=True, text=True, check=False)
    if done.returncode:
        print("Bail out! " + done.stderr.strip().replace("\n", " "))
        sys.exit(1)
    return [line.split("\t") for line in done.stdout.splitlines()]


def number(text):
    return None if text == "" else int(text)


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, name, faults):
        self.count += 1
        self.failed += bool(faults)
        print(("not ok" if faults else "ok") + f" {self.count} - {name}")
        for fault in faults[:10]:
            print(f"# {fault}")


def check_arithmetic(tap, rows, cases, count):
    wrong = {"between": [], "add": [], "round trip": []}
    for n, between, due, back in ((int(r[1]), number(r[2]), number(r[3]), number(r[4])) for r in rows):
        version, a, b, work, timeline = cases[n]
        for name, got, want in (("between", between, timeline.between(a, b)), ("add", due, timeline.add(a, work)), ("round trip", back, work)):
            if got != want:
                wrong[name].append(f"version {version}, {a} .. {b}, work {work}: {got}, should be {want}")
    tap.check(f"{count} cases came back", [] if len(rows) == count and count > 8000 else [f"{len(rows)} of {count}"])
    tap.check("working time between two instants is what the clocks on the wall say, minute by minute", wrong["between"])
    tap.check("working time added to an instant ends where the minutes are used up", wrong["add"])
    tap.check("elapsed(start, due(start, n)) = n", wrong["round trip"])


def check_clocks(tap, rows, cases):
    wrong, states, by_ticket = [], [], {case[0]: case for case in cases}
    seen = {}
    for ticket, kind, due, stopped, elapsed, at, running, cancelled, status, now_elapsed in (r[1:] for r in rows):
        _, n, priority, spans, answer, now, timeline = by_ticket[int(ticket)]
        want = kit.Clock(timeline, kind, TARGETS[kind][priority - 1] * 3600 * US, spans, answer)
        if want.running and want.due is None:
            continue  # due after the end of the reference
        got = (number(due), number(stopped), number(elapsed), number(at), running == "t", cancelled == "t")
        if got != (want.due, want.stopped, want.elapsed, want.at, want.running, want.cancelled):
            wrong.append(f"ticket {ticket} {kind}, calendar {n}: {got}, should be {vars(want)}; spans {spans}, answer {answer}")
        said = (status, number(now_elapsed))
        if said != (want.status(now), kit.elapsed_now(want, timeline, now)):
            states.append(f"ticket {ticket} {kind} at {now}: {said}, should be {want.status(now)}")
        seen[status] = seen.get(status, 0) + 1
    tap.check("a clock's due time, stop, use and pauses are those of its spans", wrong)
    tap.check("its state at a later instant is running, paused, met, breached or cancelled as the reference has it", states)
    rare = [f"{status}: {seen.get(status, 0)}" for status in ("running", "paused", "met", "breached", "cancelled") if seen.get(status, 0) < 20]
    tap.check("the random tickets reach every state dozens of times", rare)


def main():
    if not kit.zones_known(zone for zone, _ in PLACES):
        print("ok 1 - working time against a minute-by-minute reference # SKIP the tz database (tzdata) is not installed\n1..1")
        return 0
    rng = random.Random(SEED)
    timelines = [random_timeline(rng, n) for n in range(CALENDARS)]
    pairs, tickets = arithmetic_cases(rng, timelines), ticket_cases(rng, timelines)
    # Due times reach beyond the reference's end, so the database knows its calendars four years further.
    sql, count = arithmetic_sql(pairs)
    beyond = ", ".join(f"({700000 + 10 * n + len(t.versions)}, {t.end})" for n, t in enumerate(timelines))
    extend = f"select fn.calendar_extend(v, pg_temp.at(b), pg_temp.at(b) + interval '4 years') from (values {beyond}) x (v, b) \\g /dev/null\n"
    rows = run_psql(calendars_sql(timelines) + sql + extend + tickets_sql(tickets, timelines))
    tap = Tap()
    print(f"# seed {SEED}")
    check_arithmetic(tap, [r for r in rows if r[0] == "pair"], pairs, count)
    check_clocks(tap, [r for r in rows if r[0] == "clock"], tickets)
    one = {r[0]: r[1:] for r in rows}
    tap.check("the auditor finds no difference", [] if one["audit"] == ["0"] else one["audit"])
    tap.check("the desk's trigger finds nothing to change after a rebuild", [] if one["refreshed"] == ["0"] else one["refreshed"])
    tap.check("and writes the same clocks from nothing", [] if one["begun"] == ["0"] else one["begun"])
    tap.check("the short way of opening a ticket gives the same clocks", [] if one["opened"] == ["0", "t"] else one["opened"])
    tap.check("the ticket carries the due time of its resolve clock", [] if one["due"] == ["0"] else one["due"])
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
