#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Logs that nobody has seen before, made here: other columns, encodings, date forms, one row per ticket, rows that tell only
# what changed, bad rows, damaged files; run again, grown, cut short and resumed. Speaks TAP.

import gzip
import json
import lzma
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402

GERMAN = {
    "source_name": "Altes System", "shape": "event", "encoding": "windows-1252", "missing": ["-", "NULL"], "id": "Vorgang",
    "at": {"columns": ["Datum", "Zeit"], "format": ["%d.%m.%Y %H:%M", "%d.%m.%y %H:%M:%S"], "zone": "Europe/Berlin"},
    "state": {"column": "Status", "ignore_case": True, "map": {"Offen": "active", "Wartet*": {"state": "waiting", "waiting_reason": "supplier"}, "Erledigt": "resolved", "Zu": "closed"}},
    "team": {"column": "Gruppe", "map": {"1st": "Erste Linie"}}, "assignee": "Bearbeiter", "requester": "Melder", "subject": "Kurztext",
    "priority": {"column": "Prio", "map": {"hoch": 1, "mittel": 3}, "default": 4}, "service": "Dienst", "default_service": "Sonstiges",
    "kind": {"value": "incident"}, "keep": ["Prio"]}
HEADER = "Vorgang;Datum;Zeit;Status;Gruppe;Bearbeiter;Melder;Kurztext;Prio;Dienst\r\n"
ROWS = [
    "V1;30.03.2024;23:30;Offen;1st;-;Jörg Groß;\"Drucker; geht nicht\r\nseit heute\";hoch;Druck\r\n",
    "V1;31.03.2024;03:30;offen;1st;Änne;Jörg Groß;Drucker;hoch;Druck\r\n",
    "V1;01.04.24;08:00:00;WARTET auf Firma;2nd;Änne;Jörg Groß;Drucker;hoch;Druck\r\n",
    "V1;02.04.2024;08:00;Erledigt;1st;Änne;Jörg Groß;Drucker;hoch;Druck\r\n",
    "V2;02.04.2024;09:00;Offen;NULL;NULL;Mia;Frage;egal;-\r\n",
]
BAD = [
    "V3;31.02.2024;09:00;Offen;1st;-;Mia;Frage;hoch;Druck\r\n",
    "V3;01.03.2024;09:00;Kaputt;1st;-;Mia;Frage;hoch;Druck\r\n",
    "V3;01.03.2024;09:00;Offen;1st\r\n",
    "-;01.03.2024;09:00;Offen;1st;-;Mia;Frage;hoch;Druck\r\n",
]
MORE = "V2;03.04.2024;09:00;Zu;1st;Änne;Mia;Frage;egal;-\r\n"


def text(rows):
    return (HEADER + "".join(rows)).encode("cp1252")


def counts(database, source):
    return [int(x) for x in database.rows(f"select ticket_count, row_count, accepted_count, refused_count from reporting_v1.imports where source_name = $q${source}$q$")[0]]


def events(database, source):
    """Everything a reader sees of the journal, to compare imports with."""
    return database.rows("select t.source_ref, e.seq, e.occurred_at, e.event_kind, s.state_code from ebb.ticket_event e join ebb.ticket t using (ticket_id) join ebb.import i on i.import_id = t.import_id"
                         f" join ebb.state s on s.state = t.state where i.source_name = $q${source}$q$ order by 1, 2")


def a_strange_csv(database):
    mapping = database.file("german.json", GERMAN)
    refused = os.path.join(database.folder.name, "refused.csv")
    path = database.file("german.csv", text(ROWS + BAD))
    dry = database.ebbctl("import", path, "--map", mapping, "--dry-run")
    tap.same((dry.returncode, database.value("select count(*) from ebb.import")), (65, "0"), "a dry run tells of refused rows and writes nothing")
    done = database.ebbctl("import", path, "--map", mapping, "--department", "it", "--refused", refused)
    tap.same(done.returncode, 65, "an import with refused rows exits 65")
    tap.ok("4 of 9 rows were refused" in done.stderr, "and says how many", done.stderr)
    tap.same(counts(database, "Altes System"), [2, 9, 5, 4], "all rows are counted")
    with open(refused, encoding="utf-8") as lines:
        listed = lines.read()
    tap.ok(all(f"\n{line}," in listed for line in (8, 9, 10, 11)), "refused rows are listed by line (a row of two lines counts two)", listed)
    tap.ok("that month has no such day" in listed and "Kaputt" in listed and "10 fields" not in listed and "the header has 10" in listed, "with the reason", listed)
    tap.same(database.value("select count(*) from reporting_v1.import_refusals"), "4", "and stand in Ebb")
    row = database.rows("select t.subject, r.person_name, a.person_name, t.priority, s.service_name, to_char(t.opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), t.handoff_count, t.return_count"
                        " from ebb.ticket t join ebb.person r on r.person_id = t.requester_id left join ebb.person a on a.person_id = t.assignee_id join ebb.service s using (service_id) where t.source_ref = 'V1'")[0]
    tap.same(row, ["Drucker", "Jörg Groß", "Änne", "1", "Druck", "2024-03-30 22:30", "2", "1"], "encoding, names, priority, zone and hand-overs are right")
    tap.same(database.value("select extract(epoch from s.ended_at - s.started_at) / 3600 from ebb.ticket_span s join ebb.ticket t using (ticket_id) where source_ref = 'V1' and s.seq = 1")[:4],
             "3.00", "the night in which clocks go forward has an hour less")
    tap.same(database.value("select s.service_name from ebb.ticket t join ebb.service s using (service_id) where t.source_ref = 'V2'"), "Sonstiges", "what has no service falls to the default one")
    before = events(database, "Altes System")
    again = database.ebbctl("import", path, "--map", mapping, "--department", "it")
    tap.same((again.returncode, events(database, "Altes System"), counts(database, "Altes System")), (65, before, [2, 9, 5, 4]), "a second run doubles nothing")
    grown = database.file("grown.csv", text(ROWS + [MORE]))
    more = database.ebbctl("import", grown, "--map", mapping, "--department", "it", "--json")
    tap.ok(more.returncode == 0 and json.loads(more.stdout)["unchanged_count"] == 5, "a grown file adds what is new", more.stdout, more.stderr)
    tap.same(counts(database, "Altes System"), [2, 6, 6, 0], "and forgets the refusals of the run before")
    tap.same(database.rows("select s.state_code, t.version from ebb.ticket t join ebb.state s using (state) where source_ref in ('V1', 'V2') order by source_ref"),
             [["resolved", "4"], ["closed", "2"]], "to the tickets it belongs to")


def mistakes(database):
    mapping = database.file("mistake.json", dict(GERMAN, team="Grupe", source_name="Mistake"))
    path = database.file("german.csv", text(ROWS))
    done = database.ebbctl("import", path, "--map", mapping, "--department", "it")
    tap.ok(done.returncode == 78 and "Grupe" in done.stderr and "Bearbeiter" in done.stderr, "a column that is not there is named, with those that are", done.stderr)
    done = database.ebbctl("import", path, "--map", database.file("wrong.json", dict(GERMAN, teams="x", state={"column": "Status", "map": {"Offen": "opne"}})))
    tap.ok(done.returncode == 78 and "/teams:" in done.stderr and "/state/map/Offen:" in done.stderr, "faults of a mapping are told by JSON pointer", done.stderr)
    done = database.ebbctl("import", path, "--map", database.file("german.json", GERMAN), "--department", "nowhere")
    tap.ok(done.returncode == 65 and "nowhere" in done.stderr, "a department that is not there is refused", str(done.returncode), done.stderr)
    done = database.ebbctl("import", path, "--map", database.file("zone.json", dict(GERMAN, source_name="Mistake", at=dict(GERMAN["at"], zone="Mars/Olympus"))), "--department", "it")
    tap.ok(done.returncode not in (0, 70) and "Mars/Olympus" in done.stderr, "so is a time zone", str(done.returncode), done.stderr)
    cut = database.file("cut.csv.gz", gzip.compress(text(ROWS * 200))[:-40])
    done = database.ebbctl("import", cut, "--map", database.file("cut.json", dict(GERMAN, source_name="Cut")), "--department", "it")
    tap.ok(done.returncode == 65 and "not complete" in done.stderr, "a file that was cut is refused", str(done.returncode), done.stderr)
    tap.same(database.value("select count(*) from ebb.ticket t join ebb.import i using (import_id) where i.source_name in ('Cut', 'Mistake')"), "0", "none of these made a ticket")


def schema(database):
    """The published schema and the program know the same members."""
    with open(os.path.join(kit.SRC, "docs/mapping.schema.json"), encoding="utf-8") as file:
        published = json.load(file)
    done = database.ebbctl("import", os.path.join(kit.SRC, "docs/import.md"), "--map", database.file("odd.json", {"nonsense": 1}))
    known = done.stderr.split("known are: ")[1].splitlines()[0].split()
    tap.same(sorted(published["properties"]), sorted(known), "docs/mapping.schema.json has the members that ebbctl knows")
    odd = dict(GERMAN, state={"column": "Status", "nonsense": 1})
    done = database.ebbctl("import", os.path.join(kit.SRC, "docs/import.md"), "--map", database.file("odd.json", odd))
    known = done.stderr.split("known are: ")[1].splitlines()[0].split()
    pick = set(published["$defs"]["pick"]["properties"]) | set(published["$defs"]["text_pick"]["anyOf"][1]["properties"])
    tap.same(sorted(pick), sorted(known), "and those of where a value comes from")


def guessed(database):
    """The mapping that --columns prints can be used as it is."""
    path = database.file("guess.csv", "Number;Opened;State;Group;Resolved;Priority\n" + "".join(
        f"N{i};{1 + i % 28}/3/2021 10:00;{'Closed' if i % 2 else 'Pending vendor'};G{i % 3};{1 + i % 28}/3/2021 12:0{i % 10};{1 + i % 4} - x\n" for i in range(60)))
    shown = database.ebbctl("import", "--columns", path)
    mapping = json.loads(shown.stdout)
    tap.same((mapping["shape"], mapping["id"], mapping["at"]["format"], mapping["state"]["map"]["Pending vendor"]),
             ("ticket", "Number", "%d/%m/%Y %H:%M", {"state": "waiting", "waiting_reason": "supplier"}), "--columns guesses a mapping")
    tap.ok("Pending vendor (30)" in shown.stderr, "and shows what stands in the columns", shown.stderr)
    mapping["at"]["columns"]["updated"] = mapping["at"]["columns"]["resolved"]
    done = database.ebbctl("import", path, "--map", database.file("guess.json", mapping), "--dry-run")
    tap.ok(done.returncode == 0 and "60 rows read, 60 accepted" in done.stdout, "which reads the file", done.stdout, done.stderr)


def whole_tickets(database):
    mapping = {"source_name": "Export", "shape": "ticket", "id": "key", "state": {"column": "status", "map": {"Done": "closed", "Open": "active"}}, "team": "group", "assignee": "who",
               "at": {"columns": {"opened": "created", "assigned": "taken", "resolved": "resolved", "reopened": "reopened", "closed": "closed", "updated": "changed"}, "format": "epoch_seconds"},
               "counters": {"reopen_count": "reopens"}, "priority": "priority"}
    first = [{"key": "A-1", "status": "Open", "created": 1700000000, "group": "Desk", "who": None, "changed": 1700000000, "reopens": 0, "priority": "2 - High"},
             {"key": "A-2", "status": "Done", "created": 1700000000, "taken": 1700003600, "resolved": 1700100000, "reopened": 1700050000, "closed": 1700100000, "group": "Net",
              "who": {"name": "Kim"}, "changed": 1700100000, "reopens": 1, "priority": 3}]
    mapping["assignee"] = "who.name"
    for row in first:
        row.setdefault("taken", None)
    path = database.file("export.json", json.dumps(first))
    done = database.ebbctl("import", path, "--map", database.file("export.map.json", mapping), "--department", "it")
    tap.same((done.returncode, counts(database, "Export")), (0, [2, 2, 2, 0]), "one row per ticket: rows are counted, not their events")
    tap.same(database.rows("select e.seq, e.event_kind, extract(epoch from e.occurred_at)::int from ebb.ticket_event e join ebb.ticket using (ticket_id) where source_ref = 'A-2' order by 1"),
             [["1", "opened", "1700000000"], ["2", "activated", "1700003600"], ["3", "resolved", "1700050000"], ["4", "reopened", "1700050000"], ["5", "resolved", "1700100000"], ["6", "closed", "1700100000"]],
             "its moments are the journal; what was reopened had been resolved")
    tap.same(database.value("select reopen_count || ' ' || source_reopen_count from ebb.ticket where source_ref = 'A-2'"), "1 1", "and its counters agree")
    first[0].update(status="Done", resolved=1700009000, closed=1700009000, changed=1700009000, taken=1700001000, who={"name": "Kim"})
    lines = "\n".join(json.dumps(row) for row in first)
    path = database.file("export2.jsonl.xz", lzma.compress(lines.encode()))
    done = database.ebbctl("import", path, "--map", database.file("export.map.json", mapping), "--department", "it")
    tap.same((done.returncode, database.value("select string_agg(s.state_code, ' ' order by source_ref) from ebb.ticket t join ebb.import i using (import_id) join ebb.state s using (state) where source_name = 'Export'")),
             (0, "closed closed"), "a later export brings the tickets up to date")
    tap.same(counts(database, "Export"), [2, 2, 2, 0], "and makes no new ones")
    tap.same(database.value("select count(*) from reporting_v1.imported_rows join reporting_v1.imports using (import_id) where source_name = 'Export'"), "2", "a row per row of the source")


def only_what_changed(database):
    mapping = {"source_name": "Audit", "shape": "event", "id": "ticket", "at": {"columns": "when", "zone": "UTC"}, "carry": ["team", "assignee", "service", "subject"],
               "state": {"column": "new", "when": {"field": "status"}, "map": {"open": "active", "done": "resolved"}},
               "team": {"column": "new", "when": {"field": "group"}}, "assignee": {"column": "new", "when": {"field": "owner"}}, "subject": {"column": "new", "when": {"field": "title"}}}
    rows = ["T1\tstatus\topen\t2024-01-01 10:00", "T1\ttitle\tNo mail\t2024-01-01 10:00", "T1\tgroup\tDesk\t2024-01-01 10:00", "T1\towner\tAnn\t2024-01-01 11:00",
            "T1\tgroup\tMail\t2024-01-01 12:00", "T1\tgroup\tDesk\t2024-01-01 13:00", "T1\tstatus\tdone\t2024-01-01 14:00"]
    path = database.file("audit.tsv", "\n".join(["ticket\tfield\tnew\twhen"] + rows) + "\n")
    with open(path, encoding="utf-8") as log:
        done = database.ebbctl("import", "-", "--map", database.file("audit.json", mapping), "--department", "it", stdin=log.read())
    tap.same(done.returncode, 0, "a log that tells only what changed, from standard input")
    tap.same(database.rows("select s.state_code, t.subject, w.team_name, a.person_name, t.handoff_count, t.return_count from ebb.ticket t join ebb.state s using (state) join ebb.team w using (team_id)"
                           " left join ebb.person a on a.person_id = t.assignee_id where t.source_ref = 'T1'"), [["resolved", "No mail", "Desk", "Ann", "2", "1"]],
             "what a row leaves out stays as it was")


def cut_short(database):
    rng = random.Random(7)
    rows = [f"K{i // 4},2024-01-{1 + i % 4:02d}T00:00:{i % 60:02d}Z,{'active' if i % 4 < 3 else 'closed'},G{rng.randrange(5)},{i}" for i in range(24000)]
    path = database.file("long.csv", "\n".join(["id,at,state,team,n"] + rows) + "\n")
    mapping = database.file("long.json", {"shape": "event", "id": "id", "at": "at", "state": "state", "team": "team", "keep": ["n"]})
    whole = database.ebbctl("import", path, "--map", mapping, "--department", "it", "--source", "Whole")
    tap.same(whole.returncode, 0, "a longer log in one go")
    for phase, enough in (("rows", "select count(*) >= 4000 from ebb.import_row r join ebb.import i using (import_id) where source_name = 'Cut short'"),
                          ("tickets", "select count(*) >= 1 from ebb.ticket t join ebb.import i using (import_id) where source_name = 'Cut short'")):
        process = database.start("import", path, "--map", mapping, "--department", "it", "--source", "Cut short")
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline and database.value(enough) != "t":
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        tap.same(process.returncode, -signal.SIGKILL, f"killed while it sent {phase}")
    # The statement that ran when its client died may still hold the import.
    while database.value("select count(*) from pg_stat_activity where usename = 'ebb_ctl' and datname = current_database() and state <> 'idle'") != "0":
        time.sleep(0.05)
    done = database.ebbctl("import", path, "--map", mapping, "--department", "it", "--source", "Cut short")
    tap.same(done.returncode, 0, "run again, it goes on")
    tap.same(counts(database, "Cut short"), counts(database, "Whole"), "to the same numbers")
    wanted = [row[:2] + row[2:] for row in events(database, "Whole")]
    tap.ok(events(database, "Cut short") == wanted, "and the same journal")


def main():
    database = kit.Database("foreign")
    a_strange_csv(database)
    mistakes(database)
    schema(database)
    guessed(database)
    whole_tickets(database)
    only_what_changed(database)
    cut_short(database)
    kit.check_life(database)
    tap.done()


if __name__ == "__main__":
    main()
