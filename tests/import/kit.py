# SPDX-License-Identifier: Apache-2.0
# What the import tests share: TAP, a database of their own, ebbctl, psql, and the measures of hand-over computed from rows of a
# log by their definition alone. It reads logs by Python's own readers and must not learn how ebbctl or the database do it.

import atexit
import csv
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.environ.get("EBB_SRC", os.path.join(HERE, "../.."))
BUILD = os.environ.get("EBB_BUILD", os.path.join(SRC, "build"))
EBBCTL = os.environ.get("EBB_CTL", os.path.join(BUILD, "core/ebbctl"))
EXAMPLES = os.path.join(SRC, "docs/examples")


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, is_true, name, *why):
        self.count += 1
        print(f"{'ok' if is_true else 'not ok'} {self.count} - {name}", flush=True)
        if not is_true:
            self.failed += 1
            for line in why:
                print(f"# {line}", flush=True)

    def same(self, got, wanted, name):
        self.ok(got == wanted, name, f"got {got!r}", f"wanted {wanted!r}")

    def note(self, text):
        print(f"# {text}", flush=True)

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


tap = Tap()


def shared(path):
    """A log beside the checkout, or None."""
    folder = os.environ.get("EBB_SHARED") or os.path.join(SRC, "../shared")
    whole = os.path.join(folder, "data", path)
    return whole if os.path.exists(whole) else None


class Database:
    """A clone of the tests' template, dropped at the end."""

    def __init__(self, name):
        self.name = f"t_import_{name}"
        self.cluster = os.path.join(SRC, "tests/lib/cluster.sh")
        subprocess.run([self.cluster, "drop", self.name], check=True, stderr=subprocess.DEVNULL)
        subprocess.run([self.cluster, "clone", self.name], check=True)
        atexit.register(lambda: subprocess.run([self.cluster, "drop", self.name], check=False, stderr=subprocess.DEVNULL))
        self.folder = tempfile.TemporaryDirectory(prefix="ebb-import-")
        self.env = {k: v for k, v in os.environ.items() if k not in ("PGUSER", "EBB_CONF")}
        self.env["PGDATABASE"] = self.name

    def rows(self, sql):
        env = dict(self.env, PGUSER="postgres")
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", sql], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def value(self, sql):
        return self.rows(sql)[0][0]

    def ebbctl(self, *args, stdin=None):
        return subprocess.run([EBBCTL, *args], env=self.env, capture_output=True, text=True, input=stdin)

    def start(self, *args):
        return subprocess.Popen([EBBCTL, *args], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def file(self, name, content):
        path = os.path.join(self.folder.name, name)
        data = json.dumps(content) if isinstance(content, dict) else content
        with open(path, "wb") as out:
            out.write(data if isinstance(data, bytes) else data.encode())
        return path


def open_text(path):
    opener = {".gz": gzip.open, ".xz": lzma.open}.get(os.path.splitext(path)[1], open)
    return io.TextIOWrapper(opener(path, "rb"), encoding="utf-8-sig", newline="")


def read_csv(path):
    with open_text(path) as text:
        yield from csv.DictReader(text)


def read_xes(path):
    """(reference of the trace, attributes of the event) in the order of the file."""
    with open_text(path) as text:
        root = xml.etree.ElementTree.fromstring(text.read())
    for trace in root:
        if trace.tag.rpartition("}")[2] != "trace":
            continue
        ref = next(a.get("value") for a in trace if a.get("key") == "concept:name" and len(list(a)) == 0)
        for event in trace:
            if event.tag.rpartition("}")[2] == "event":
                yield ref, {a.get("key"): a.get("value") for a in event}


def runs(values):
    """Maximal stretches of equal values."""
    return [v for i, v in enumerate(values) if i == 0 or values[i - 1] != v]


def measures(events):
    """events: (team or None, state) in order. Hand-offs, returns, direct returns and reopenings by definition. Time for which
    the log names no team is nobody's turn: A, none, A is one stay with A."""
    teams = runs([team for team, _ in events if team is not None])
    handoffs = max(len(teams) - 1, 0)
    returns = len(teams) - len(set(teams))
    direct = sum(1 for i in range(2, len(teams)) if teams[i] == teams[i - 2])
    states = runs([state for _, state in events])
    reopened = sum(1 for a, b in zip(states, states[1:]) if a in ("resolved", "closed") and b in ("new", "active", "waiting"))
    return {"handoffs": handoffs, "returns": returns, "direct": direct, "reopened": reopened}


def carry(states):
    """A row that says nothing leaves the state as it was; before the first word a ticket is new."""
    known = "new"
    for state in states:
        known = state if state is not None else known
        yield known


def tickets_of(database, source):
    """{reference: (hand-offs, returns, reopenings, reassignments by the source, reopenings by the source)}"""
    rows = database.rows("select source_ref, handoff_count, return_count, reopen_count, coalesce(source_reassignment_count, -1), coalesce(source_reopen_count, -1)"
                         f" from reporting_v1.tickets join reporting_v1.imports using (import_id) where source_name = $q${source}$q$")
    return {row[0]: tuple(int(x) for x in row[1:]) for row in rows}


def compare(ours, theirs, name):
    """Case for case; the first few that differ are shown."""
    wrong = [(ref, ours[ref], theirs.get(ref)) for ref in ours if ours[ref] != theirs.get(ref)]
    tap.ok(not wrong and len(ours) == len(theirs), name, f"{len(wrong)} of {len(ours)} differ (reference, by the log, in Ebb)", *[str(w) for w in wrong[:8]])


def check_life(database):
    """What must hold of every imported ticket, whatever the log."""
    tap.same(database.value("select count(*) from ebb.ticket t where import_id is not null and exists (select from ebb.ticket_span s where s.ticket_id = t.ticket_id"
                            " and s.started_at is distinct from (case when s.seq = 1 then t.opened_at else (select b.ended_at from ebb.ticket_span b where b.ticket_id = s.ticket_id and b.seq = s.seq - 1) end))"),
             "0", "spans follow each other without gap or overlap, from the opening on")
    tap.same(database.value("select count(*) from ebb.ticket where import_id is not null and (team_id is null or accountable_person_id is null)"),
             "0", "every ticket has an accountable team and person")
