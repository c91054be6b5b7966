#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The plugin's SQL, installed as the desk installs it, on a database of its own: rules.sql by pgTAP, and what 200 rules cost an
# event. Speaks TAP.

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../tests/plugin"))
import kit  # noqa: E402
from kit import tap  # noqa: E402

RULES = [{"name": f"rule {n}", "when": "ticket.*" if n % 4 else "ticket.resolved",
          "if": f'$.facts.priority == {n % 4 + 1} && $.facts.subject starts with "vpn {n}" && $.facts.team_id != {n}',
          "then": [{"action": "note", "args": {"text": "seen"}}]} for n in range(200)]


def install(database):
    """What ctl.plugin_install would have written, then roles, schema and rights."""
    database.rows("""insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
                     values ('automate_rules', '1.0.0', 1, 0, repeat('0', 64), '{"reads": []}', 2, now())""")
    done = database.apply("--plugin", "automate_rules", "--sql", os.path.join(here, "../sql"))
    tap.ok(done.returncode == 0, "the plugin's SQL is installed", done.stdout, done.stderr)
    done = database.apply("--plugin", "automate_rules", "--sql", os.path.join(here, "../sql"))
    tap.ok(done.returncode == 0 and "migrated" not in done.stdout, "again it changes nothing", done.stdout, done.stderr)


def pgtap(database):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-P", "pager=off", "-v", "ON_ERROR_STOP=1", "-f", os.path.join(here, "rules.sql")],
                          env=dict(database.env, PGUSER="postgres"), capture_output=True, text=True)
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith(("ok ", "not ok ")):
            said = line.split(" - ", 1)
            tap.ok(line.startswith("ok "), said[1] if len(said) > 1 else line, *(x for x in lines if x.startswith("#")))
    tap.ok(done.returncode == 0 and not any("planned" in line for line in lines), "rules.sql ran to its end", done.stderr)


def cost(database, events=1000):
    """10,000 events are measured by the benchmark; here only that one costs milliseconds at most, on whatever machine."""
    database.rows("update ebb.plugin set version = version + 1")
    ms = float(database.value(f"""
        begin;
        select set_config('ebb.plugin_pass', 'automate_rules 1 ' || fn.plugin_pass_seal('automate_rules', 1), true) \\g /dev/null
        set local role ebb_x_automate_rules_call;
        select * from x_automate_rules.configure(jsonb_build_object('department_id', 1, 'config', jsonb_build_object('rules', $j${json.dumps(RULES)}$j$))) \\g /dev/null
        select clock_timestamp() as before \\gset
        select count(*) from generate_series(1, {events}) i
         cross join lateral x_automate_rules.decide(jsonb_build_object('department_id', 1, 'event', 'ticket.opened', 'changes', '{{}}'::jsonb, 'facts',
             jsonb_build_object('priority', i % 4 + 1, 'subject', 'vpn ' || i % 300 || ' drops', 'team_id', i % 7, 'state', 'new', 'description', repeat('text ', 200)))) d \\g /dev/null
        select extract(epoch from clock_timestamp() - :'before') * 1000 / {events};
        rollback;"""))
    tap.ok(ms < 10, f"an event through 200 rules: {ms:.2f} ms")


def main():
    database = kit.Database("automate_rules", ["automate_rules"])
    install(database)
    pgtap(database)
    cost(database)
    tap.done()


if __name__ == "__main__":
    main()
