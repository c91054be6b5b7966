#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Names in classification rules: what they become when rules are saved, in the plugin's role and for one department, with the
# statement as the plugin declares it. Speaks TAP.

import json
import os
import re
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../tests/plugin"))
import kit  # noqa: E402
from kit import tap  # noqa: E402


def declared(name):
    """The text of a statement: the C string literals of the array with its name."""
    with open(os.path.join(here, "../classify_rules.c"), encoding="utf-8") as source:
        text = source.read()
    body = text[text.index(f"static const char {name}[] ="):]
    return "".join(json.loads(f'"{part}"') for part in re.findall(r'"((?:[^"\\]|\\.)*)"', body[:body.index(";\n")]))


def install(database):
    statements = {"names": "select kind, name, id from x_classify_rules.name", "faults": declared("faults")}
    database.rows("""insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
                     values ('classify_rules', '1.0.0', 1, 0, repeat('0', 64), '{"reads": ["dim_services", "dim_request_types"]}', 1, now())""")
    for name, sql in statements.items():
        database.rows(f"insert into ebb.plugin_statement select plugin_id, '{name}', $stmt${sql}$stmt$, null, {1 if name == 'names' else 8} from ebb.plugin where plugin_name = 'classify_rules'")
    done = database.apply("--plugin", "classify_rules", "--sql", os.path.join(here, "../sql"))
    tap.ok(done.returncode == 0, "the plugin's SQL and statements are installed", done.stdout, done.stderr)


def asked(database, when, department, sets=(), keep=True):
    """Rows of the statements of a moment, as the desk runs them."""
    rules = json.dumps([{"name": f"r{n}", "words": ["x"], "set": s} for n, s in enumerate(sets)])
    data = json.dumps({"department_id": department, "config": {"rules": rules}})
    done = database.run(f"""begin; set local role ebb_owner;
        select fn.plugin_rows(plugin_id, {department}, {when}, null, $j${data}$j$) from ebb.plugin where plugin_name = 'classify_rules'; {'commit' if keep else 'rollback'};""")
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def main():
    database = kit.Database("classify_rules", ["classify_rules"])
    install(database)
    sets = [{"service": "Remote access", "request_type": "Fault"}, {"service": 53, "impact": 1}, {"service": "Remote access"}]
    tap.same(asked(database, 8, 1, sets), {"faults": []}, "names and ids of the department are taken")
    names = lambda department: sorted((r["kind"], r["name"], r["id"]) for r in asked(database, 1, department)["names"])
    tap.same(names(1), [("request_type", "Fault", "71"), ("service", "Remote access", "52")], "names become ids")
    tap.same(names(2), [], "another department does not see them")
    tap.same(asked(database, 8, 2, [{"service": "Payroll"}]), {"faults": []}, "it has its own")
    tap.same([names(1)[1][1], names(2)], ["Remote access", [("service", "Payroll", "54")]], "each keeps its own")
    database.rows("update ebb.service set service_name = 'VPN' where service_id = 52")
    tap.same(names(1)[1], ("service", "Remote access", "52"), "a service that is renamed is still the one that was meant")
    tap.same(asked(database, 8, 1, [{"service": "VPN"}]), {"faults": []}, "saved again, the name is the new one")
    tap.same(names(1), [("service", "VPN", "52")], "names that no rule uses any more go")
    got = asked(database, 8, 1, [{"impact": 1}, {"service": "Payroll"}, {"request_type": 74}, {"service": "Old intranet"}, {"service": "Warp \"drive\""}], keep=False)["faults"]
    tap.same([f["pointer"] for f in got], ["/rules/1/set/service", "/rules/2/set/request_type", "/rules/3/set/service", "/rules/4/set/service"],
             "another department's, an inactive one and what never was are refused at their places", got)
    tap.ok(got[3]["detail"].startswith('There is no active service "Warp \\"drive\\"" in this department; there are: E-mail (51)'), "with what there is", got)
    database.rows("insert into ebb.service overriding system value select (json_populate_record(s, '{\"service_id\": 5, \"source_name\": \"old\"}')).* from ebb.service s where s.service_id = 52")
    asked(database, 8, 1, [{"service": "VPN"}])
    tap.same(names(1), [("service", "VPN", "52")], "the desk's own service is meant, not one of an imported log with its name")
    tap.same(asked(database, 8, 1, []), {"faults": []}, "no rules, no names")
    tap.same([names(1), names(2)], [[], [("service", "Payroll", "54")]], "the others' stay")
    tap.done()


if __name__ == "__main__":
    main()
