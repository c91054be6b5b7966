#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Working time against a minute-by-minute reference (kit.py), over random cases from a fixed seed: lunch breaks, night shifts,
# holidays, exceptions, overlapping spans, several versions, eleven zones over their changes of offset.  EBB_SLA_CASES says how
# many (default: some 9,000); EBB_SEED chooses others.  Needs psql and PG* naming a database with the schema; leaves nothing in it.

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
CASES = int(os.environ.get("EBB_SLA_CASES", "9000"))
CALENDARS, PAIRS = max(33, min(CASES // 250, 220)), 250
DAY = 1440 * MINUTE
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
    exceptions = []
    if rng.random() < 0.4:
        for offset in rng.sample(range(-20, 20), 3):
            day = (kit.EPOCH + kit.datetime.timedelta(microseconds=middle + offset * DAY)).date()
            spans = [{key: s[key] for key in ("from", "to")} for s in random_weekly(rng)[:rng.randint(0, 3)]]
            exceptions.append({"date": day.isoformat(), "spans": spans})
    return kit.Rules(zone, random_weekly(rng), holidays, exceptions)


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
            weekly, holidays, exceptions = json.dumps(rules.weekly), json.dumps(rules.holidays), json.dumps(rules.exceptions)
            versions.append((700000 + 10 * n + version, 70000 + n, 1, version, f"{kit.EPOCH + kit.datetime.timedelta(microseconds=valid_from)}",
                             rules.zone, weekly, holidays, exceptions, "2000-01-01Z"))
    bounds = ", ".join(f"({700000 + 10 * n + len(t.versions)}, {t.start}, {t.end})" for n, t in enumerate(timelines))
    return (copy_block("ebb.calendar", "calendar_id, department_id, calendar_name", calendars)
            + copy_block("ebb.calendar_version", "calendar_version_id, calendar_id, department_id, version, valid_from, time_zone_name, weekly, holidays, exceptions, created_at", versions)
            # In two steps, as the clock extends them: the seam must not be felt.
            + f"select fn.calendar_extend(v, pg_temp.at(a), pg_temp.at((a + b) / 2)), fn.calendar_extend(v, pg_temp.at(a), pg_temp.at(b)) from (values {bounds}) x (v, a, b) \\g /dev/null\n")


def arithmetic_cases(rng, timelines, pairs):
    cases = []
    for n, timeline in enumerate(timelines):
        version = 700000 + 10 * n + len(timeline.versions)
        for _ in range(pairs):
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


def main():
    if not kit.zones_known(zone for zone, _ in PLACES):
        print("ok 1 - working time against a minute-by-minute reference # SKIP the tz database (tzdata) is not installed\n1..1")
        return 0
    rng = random.Random(SEED)
    timelines = [random_timeline(rng, n) for n in range(CALENDARS)]
    pairs = arithmetic_cases(rng, timelines, max(PAIRS, CASES // CALENDARS))
    sql, count = arithmetic_sql(pairs)
    rows = run_psql(calendars_sql(timelines) + sql)
    tap = Tap()
    print(f"# seed {SEED}, {count} cases over {CALENDARS} calendars")
    check_arithmetic(tap, rows, pairs, count)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
