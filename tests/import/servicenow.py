#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The audit log of a ServiceNow desk (UCI 498, in a folder ../shared beside the checkout): counts, hand-overs case for case by
# a reading of its own, and the source's counters beside ours with every difference explained. Speaks TAP.

import collections
import datetime
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402

LOG = "servicenow-log/incident_event_log.part.csv.xz"
SOURCE = "ServiceNow incident log (UCI 498)"
STATES = {"New": "new", "Active": "active", "Awaiting User Info": "waiting", "Awaiting Vendor": "waiting", "Awaiting Problem": "waiting",
          "Awaiting Evidence": "waiting", "Resolved": "resolved", "Closed": "closed", "-100": None}


def by_hand(path):
    incidents, counted = collections.OrderedDict(), 0
    for row in kit.read_csv(path):
        counted += 1
        at = datetime.datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M")
        team = None if row["assignment_group"] == "?" else row["assignment_group"]
        incidents.setdefault(row["number"], []).append((int(row["sys_mod_count"]), at, counted, team, STATES[row["incident_state"]],
                                                        int(row["reassignment_count"]), int(row["reopen_count"])))
    out = {}
    for ref, rows in incidents.items():
        rows.sort()
        m = kit.measures(list(zip([r[3] for r in rows], kit.carry([r[4] for r in rows]))))
        m["source"] = (rows[-1][5], rows[-1][6])
        # The source counts a group that is taken away as well: every change of the column but the first filling-in.
        column = kit.runs([r[3] for r in rows])
        m["column_changes"] = max(len(column) - 1 - (column[0] is None), 0)
        out[ref] = m
    return out, counted


def why(m):
    theirs, ours = m["source"][0], m["handoffs"]
    if theirs == ours:
        return "equal"
    if theirs == m["column_changes"]:
        return "the source counts a group taken away, too"
    return "source higher: hops between two rows of the log" if theirs > ours else "source lower"


def explain(cases):
    """The source's counters against what its own rows show; nothing is bent to agree."""
    reassigned = collections.Counter(why(m) for m in cases.values())
    reopened = collections.Counter("equal" if m["source"][1] == m["reopened"] else "source higher" if m["source"][1] > m["reopened"] else "source lower" for m in cases.values())
    for what, counter in (("reassignment_count", reassigned), ("reopen_count", reopened)):
        tap.note(f"{what} of the source against what its rows show: " + ", ".join(f"{n} {k}" for k, n in counter.most_common()))
    tap.same(reassigned["equal"] + reassigned["the source counts a group taken away, too"], 20157, "all but 611 reassignment counters follow from the log's own rows")
    tap.same(reopened["equal"], 20767, "and all but one reopening counter")


def main():
    path = kit.shared(LOG)
    if path is None:
        tap.skip("the ServiceNow log", "no folder ../shared with it beside the checkout")
        tap.done()
    database = kit.Database("servicenow")
    done = database.ebbctl("import", path, "--map", os.path.join(kit.EXAMPLES, "servicenow-log.json"), "--department", "it")
    tap.same(done.returncode, 0, "the log is imported, no row refused")
    if done.returncode != 0:
        tap.note(done.stderr)
        tap.done()
    cases, counted = by_hand(path)
    tap.same((len(cases), counted), (20768, 119997), "the log has the published size")
    row = database.rows("select ticket_count, row_count, accepted_count, refused_count from reporting_v1.imports")[0]
    tap.same([int(x) for x in row], [20768, 119997, 119997, 0], "reporting_v1.imports shows it")
    tap.same(database.value("select count(*) || ' ' || count(distinct ticket_id) from reporting_v1.imported_rows"), "119997 20768", "reporting_v1.imported_rows has a row for each")
    got = kit.tickets_of(database, SOURCE)
    kit.compare({ref: (m["handoffs"], m["returns"]) for ref, m in cases.items()}, {ref: row[:2] for ref, row in got.items()}, "hand-offs and returns agree case for case")
    kit.compare({ref: m["reopened"] for ref, m in cases.items()}, {ref: row[2] for ref, row in got.items()}, "reopenings agree case for case")
    kit.compare({ref: m["source"] for ref, m in cases.items()}, {ref: row[3:] for ref, row in got.items()}, "the source's own counters are kept as it ended")
    bounced = [m["returns"] for m in cases.values() if m["returns"] > 0]
    tap.same((len(bounced), sum(bounced)), (2236, 4261), "incidents that came back, and how often: as published for this log")
    explain(cases)
    kit.check_life(database)
    tap.done()


if __name__ == "__main__":
    main()
