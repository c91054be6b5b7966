#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ebbctl as an administrator meets it: help, wrong use, exit codes, errors as JSON, persons' pass-phrases and tokens, the
# doctor, the migrator, the assessment in its three forms. Speaks TAP.

import hashlib
import html.parser
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402


def commands():
    with open(os.path.join(kit.SRC, "core/ctl/commands.def"), encoding="utf-8") as file:
        return re.findall(r'^COMMAND\("(\w+)", "(\w*)", \w+, (\w+),', file.read(), re.M)


def helps(database):
    for noun, verb, is_writing in commands():
        words = [noun, verb] if verb else [noun]
        done = database.ebbctl(*words, "--help")
        tap.ok(done.returncode == 0 and done.stdout.startswith("Example:\n  ") and "ebbctl " + " ".join(words) in done.stdout.splitlines()[1]
               and ("--dry-run" in done.stdout) == (is_writing == "true"), f"{' '.join(words)} --help begins with an example", done.stdout, done.stderr)
        tap.same(database.ebbctl(*words, "--nonsense").returncode, 64, f"{' '.join(words)} with an option that is not known exits 64")
    tap.same([database.ebbctl(*words).returncode for words in ([], ["nonsense"], ["token"], ["token", "nonsense"], ["import"], ["import", "a", "b"])], [64] * 6, "wrong use exits 64")
    tap.same([database.ebbctl(*words).returncode for words in (["--help"], ["token", "--help"], ["version"], ["--version"])], [0] * 4, "help and version exit 0")


def manual(database):
    with open(os.path.join(kit.SRC, "docs/man/ebbctl.1"), encoding="utf-8") as file:
        page = file.read()
    absent = [f"{noun} {verb}" for noun, verb, _ in commands() if not re.search(rf"^\.BI? \"?ebbctl {noun}{' ' + verb if verb else ''}\b", page, re.M)]
    tap.ok(not absent, "the manual page has every command", *absent)


def persons(database):
    done = database.ebbctl("user", "password", "dana@test.example", stdin="four plain words here\n")
    tap.same(done.returncode, 0, "a pass-phrase is set")
    row = database.rows("select octet_length(salt), opslimit, memlimit, octet_length(verifier) from ebb.password join ebb.person using (person_id) where email = 'dana@test.example'")[0]
    tap.same(row, ["16", "2", str(64 << 20), "32"], "as salt, cost and verifier")
    tap.same(database.ebbctl("user", "password", "dana@test.example", stdin="short\n").returncode, 65, "one that is too short is refused")
    tap.same(database.ebbctl("user", "password", "nobody@test.example", stdin="four plain words here\n").returncode, 65, "so is an address nobody has")
    done = database.ebbctl("token", "create", "--person", "dana@test.example", "--name", "trial", "--days", "7", "--json")
    token = json.loads(done.stdout)["token"]
    tap.ok(re.fullmatch(r"ebb_[A-Za-z0-9_-]{43}", token) is not None, "a token is ebb_ and 43 characters", done.stdout)
    known = f"select count(*) from ebb.token where token_hash = '{hashlib.sha256(token.encode()).hexdigest()}' and revoked_at is null and expires_at between now() + interval '6 days' and now() + interval '8 days'"
    tap.same(database.value(known), "1", "of which the database has the hash")
    tap.same(database.value(f"select count(*) from ebb.token t where t::text like '%{token[4:20]}%'"), "0", "and nothing else")
    tap.same((database.ebbctl("token", "revoke", stdin=token + "\n").returncode, database.value(known)), (0, "0"), "revoked by its text")
    tap.same(database.ebbctl("token", "revoke", "--person", "dana@test.example", "--name", "trial").returncode, 65, "revoking what is not there exits 65")
    tap.same(database.ebbctl("token", "create", "--person", "dana@test.example").returncode, 64, "a token without a name is wrong use")


def errors(database):
    done = database.ebbctl("token", "create", "--person", "nobody@test.example", "--name", "x", "--json")
    problem = json.loads(done.stderr)
    tap.ok(problem["status"] == 422 and "nobody@test.example" in problem["detail"] and problem["errors"][0]["pointer"] == "/email" and done.stdout == "", "errors are problem documents with --json", done.stderr)
    database.env["PGHOST"], kept = "/nowhere", database.env["PGHOST"]
    tap.same([database.ebbctl(*words).returncode for words in (["assess"], ["doctor"])], [69, 69], "no database: 69")
    database.env["PGHOST"] = kept
    tap.same(database.ebbctl("assess", "--config", database.file("bad.conf", "databse = x\n")).returncode, 78, "a bad configuration: 78")
    tap.same(database.ebbctl("assess", "--format", "pdf").returncode, 69, "no PDF: 69, and the sentence names the way")


def upkeep(database):
    report = json.loads(database.ebbctl("doctor", "--json").stdout)
    levels = {finding["check"]: finding["level"] for finding in report["findings"]}
    tap.ok(levels["connection"] == "ok" and levels["schema"] == "ok" and levels["roles"] == "ok" and levels["clock"] == "warn", "the doctor finds what there is, and no clock", str(levels))
    database.env["PGUSER"] = "postgres"
    tap.same([database.ebbctl("migrate", option).returncode for option in ("--check", "--dry-run")], [0, 0], "the schema is current")
    del database.env["PGUSER"]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.faults, self.ids, self.links, self.tags = [], [], set(), set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self.ids.add(attrs.get("id"))
        if attrs.get("href", "").startswith("#"):
            self.links.add(attrs["href"][1:])
        if attrs.get("src") or attrs.get("href", "").startswith("http"):
            self.faults.append(f"{tag} loads or leads elsewhere")
        if tag not in ("meta", "rect", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def assessment(database):
    rows = "".join(f"T{i},2024-0{1 + i % 6}-{1 + i % 28:02d}T08:00Z,{'open' if k == 0 else 'done' if i % 5 else 'open'},{'AB'[(i + k) % 2]},{'' if i % 3 else 'Kim <&>'}\n" for i in range(120) for k in range(2))
    path = database.file("some.csv", "id,at,state,team,who\n" + rows)
    mapping = database.file("some.json", {"source_name": "Some <desk>", "shape": "event", "id": "id", "at": "at", "state": {"column": "state", "map": {"open": "active", "done": "resolved"}},
                                          "team": "team", "assignee": "who", "order": ["state"]})
    tap.same(database.ebbctl("import", path, "--map", mapping, "--department", "it").returncode, 0, "a log to assess")
    as_json = database.ebbctl("assess", "--source", "Some <desk>", "--format", "json")
    document = json.loads(as_json.stdout)
    tap.ok(all(set(document[f"question_{i}"]) >= {"answer", "sentence", "figures", "limits", "tickets"} and document[f"question_{i}"]["answer"] in ("yes", "partly", "no", "cannot_tell") for i in range(1, 5)),
           "four questions, answered", str(list(document)))
    text = database.ebbctl("assess", "--source", "Some <desk>")
    tap.ok(text.returncode == 0 and all(document[f"question_{i}"]["sentence"].split()[0] in text.stdout for i in range(1, 5)) and max(map(len, text.stdout.splitlines())) <= 110,
           "as text, no wider than a terminal", text.stderr, str(max(map(len, text.stdout.splitlines()))))
    tap.ok(all(section["title"] in text.stdout for section in document["sections"].values()), "with every section")
    shown = database.ebbctl("assess", "--source", "Some <desk>", "--format", "html").stdout
    page = Page()
    page.feed(shown)
    tap.ok(not page.faults and not page.open and page.links <= page.ids and "script" not in page.tags, "as one HTML file that needs nothing else", *page.faults[:5], str(page.links - page.ids))
    tap.ok("Some &lt;desk&gt;" in shown and "<desk>" not in shown, "in which names are text")
    tap.same(database.ebbctl("assess", "--source", "No such").returncode, 65, "a source that is not there: 65")


def main():
    database = kit.Database("command")
    helps(database)
    manual(database)
    persons(database)
    errors(database)
    upkeep(database)
    assessment(database)
    tap.done()


if __name__ == "__main__":
    main()
