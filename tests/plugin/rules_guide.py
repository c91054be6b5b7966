#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# docs/rules.md says what is so: its rules are taken, and each line of its tries comes out as it says. Speaks TAP.

import ctypes
import json
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [here, os.path.join(here, "../../plugins/classify_rules/tests")]
import kit  # noqa: E402
import words  # noqa: E402
from kit import tap  # noqa: E402


def examples(plugin):
    """(rules, tries) of the page, for one plugin."""
    with open(os.path.join(kit.SRC, "docs/rules.md"), encoding="utf-8") as page:
        text = page.read()
    return [(json.loads(rules), tries.strip().splitlines())
            for rules, tries in re.findall(rf"```json {plugin}\n(.*?)```\n\n```tries\n(.*?)```", text, re.S)]


class Rows(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("column_count", ctypes.c_size_t), ("row_count", ctypes.c_size_t),
                ("columns", ctypes.POINTER(ctypes.c_char_p)), ("cells", ctypes.POINTER(ctypes.c_char_p))]


class NamedDesk(words.Desk):
    """Every name is known, and is its own id."""

    def know(self, rules):
        named = [(kind, rule["set"][kind]) for rule in rules for kind in ("service", "request_type") if kind in rule["set"]]
        cells = [cell.encode() for kind, name in named for cell in (kind, name, name)]
        self.cells = (ctypes.c_char_p * len(cells))(*cells)
        self.columns = (ctypes.c_char_p * 3)(b"kind", b"name", b"id")
        self.table = Rows(ctypes.sizeof(Rows), 3, len(named), self.columns, self.cells)
        self.host.rows = words.ROWS(lambda host, statement: ctypes.addressof(self.table))
        self.host.suggest = words.GIVE(self.take)

    def take(self, host, suggestion):
        given = ctypes.cast(suggestion, ctypes.POINTER(words.Suggestion)).contents
        self.given.append((given.field.decode().removesuffix("_id"), given.value.decode(), given.explanation.decode()))
        return 0

    def classify(self, subject, description, sender, form):
        self.given = []
        ticket = words.Ticket(ctypes.sizeof(words.Ticket), 1, 0, 0, 0, 0, subject.encode(), description.encode(), b"api", sender and sender.encode(), None, form.encode(), b"{}")
        self.plugin.categorise(ctypes.addressof(self.host), self.state, ctypes.byref(ticket))
        said = []
        for why in dict.fromkeys(g[2] for g in self.given):
            said.append(", ".join(f"{field} {value}" for field, value, reason in self.given if reason == why) + ": " + why)
        return ", ".join(said) or "nothing"


def classification():
    with tempfile.TemporaryDirectory() as folder:
        desk = NamedDesk(words.compiled(folder))
        for number, (rules, tries) in enumerate(examples("classify_rules"), 1):
            desk.know(rules)
            tap.ok(desk.rules(rules), f"classification rules {number} are taken", desk.failed)
            for line in tries:
                said = re.fullmatch(r'"(.*?)" "(.*?)"(?: from (\S+))?(?: with (\{.*?\}))? -> (.*)', line)
                tap.same(desk.classify(said[1], said[2], said[3], said[4] or "{}"), said[5], line)


def automation():
    database = kit.Database("rules_guide", ["automate_rules"])
    database.rows("""insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
                     values ('automate_rules', '1.0.0', 1, 0, repeat('0', 64), '{"reads": []}', 2, now())""")
    done = database.apply("--plugin", "automate_rules", "--sql", os.path.join(kit.SRC, "plugins/automate_rules/sql"))
    tap.ok(done.returncode == 0, "the plugin's SQL is installed", done.stderr)
    begin = """begin; select set_config('ebb.plugin_pass', 'automate_rules 1 ' || fn.plugin_pass_seal('automate_rules', 1), true) \\g /dev/null
               set local role ebb_x_automate_rules_call; """
    for number, (rules, tries) in enumerate(examples("automate_rules"), 1):
        config = json.dumps({"department_id": 1, "config": {"rules": json.dumps(rules)}})
        tap.same(database.rows(f"{begin} select * from x_automate_rules.configure($j${config}$j$); commit"), [], f"automation rules {number} are taken")
        for line in tries:
            event, facts, changes, wanted = re.fullmatch(r"(\S+) (\{.*?\})(?: (\{.*?\}))? -> (.*)", line).groups()
            data = json.dumps({"department_id": 1, "event": event, "facts": json.loads(facts), "changes": json.loads(changes or "{}")})
            got = database.rows(f"{begin} select rule || ': ' || coalesce(action, problem) from x_automate_rules.decide($j${data}$j$); commit")
            tap.same(", ".join(row[0] for row in got) or "nothing", wanted, line)


def main():
    classification()
    automation()
    tap.done()


if __name__ == "__main__":
    main()
