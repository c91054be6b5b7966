#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The problem management logs of the BPI Challenge 2013 (a folder ../shared beside the checkout): counts, and hand-overs case
# for case against a reading of the raw log that shares no code with Ebb. Speaks TAP.

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402

STATES = {"Awaiting Assignment": "active", "In Progress": "active", "Assigned": "active", "Wait": "waiting", "Closed": "closed",
          "Cancelled": "cancelled", "Unmatched": None}


def by_hand(path, team):
    cases, counted = {}, 0
    for ref, event in kit.read_xes(path):
        cases.setdefault(ref, []).append((event["time:timestamp"], event[team], STATES[event["lifecycle:transition"]]))
        counted += 1
    out = {}
    for ref, events in cases.items():
        out[ref] = kit.measures(list(zip([e[1] for e in events], kit.carry([e[2] for e in events]))))
    return out, counted


def check(database, log, mapping, source, team, wanted):
    path = kit.shared("bpic13-problems/" + log)
    if path is None:
        tap.skip(log, "no folder ../shared with it beside the checkout")
        return
    done = database.ebbctl("import", path, "--map", os.path.join(kit.EXAMPLES, mapping), "--department", "it")
    tap.same(done.returncode, 0, f"{log} is imported, no row refused")
    if done.returncode != 0:
        tap.note(done.stderr)
        return
    cases, counted = by_hand(path, team)
    tap.same((len(cases), counted), wanted["size"], "the log has the published size")
    row = database.rows(f"select ticket_count, row_count, accepted_count, refused_count from reporting_v1.imports where source_name = $q${source}$q$")[0]
    tap.same([int(x) for x in row], [len(cases), counted, counted, 0], "reporting_v1.imports shows it")
    tap.same(database.value("select count(*) || ' ' || count(distinct line_number) || ' ' || count(distinct ticket_id) from reporting_v1.imported_rows join reporting_v1.imports using (import_id)"
                            f" where source_name = $q${source}$q$"), f"{counted} {counted} {len(cases)}", "reporting_v1.imported_rows has a row for each, by line")
    got = kit.tickets_of(database, source)
    kit.compare({ref: (m["handoffs"], m["returns"], m["reopened"]) for ref, m in cases.items()}, {ref: row[:3] for ref, row in got.items()},
                "hand-offs, returns and reopenings agree case for case")
    back = [m["returns"] for m in cases.values() if m["returns"] > 0]
    tap.same((len(back), sum(back), sum(m["direct"] for m in cases.values())), wanted["returns"], "cases that came back, returns, direct ones: by the raw log")
    tap.same(database.value(f"select count(*) || ' ' || sum(return_count) from reporting_v1.tickets join reporting_v1.imports using (import_id) where source_name = $q${source}$q$ and return_count > 0"),
             f"{len(back)} {sum(back)}", "and in Ebb")
    again = database.ebbctl("import", path, "--map", os.path.join(kit.EXAMPLES, mapping), "--department", "it", "--json")
    tap.ok(again.returncode == 0 and f'"unchanged_count":{counted}' in again.stdout.replace(" ", ""), "a second run finds every row there", again.stdout, again.stderr)
    tap.same(kit.tickets_of(database, source), got, "and changes nothing")


def main():
    if kit.shared("bpic13-problems") is None:
        tap.skip("the logs of the BPI Challenge 2013", "no folder ../shared with them beside the checkout")
        tap.done()
    database = kit.Database("problems")
    check(database, "BPIC13_closed_problems.xes.gz", "bpic13-problems.json", "BPI Challenge 2013, closed problems", "organization involved",
          {"size": (1487, 6660), "returns": (118, 233, 186)})
    check(database, "BPIC13_open_problems.xes.gz", "bpic13-open-problems.json", "BPI Challenge 2013, open problems", "org:group",
          {"size": (819, 2351), "returns": (10, 17, 17)})
    kit.check_life(database)
    tap.done()


if __name__ == "__main__":
    main()
