#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ebbctl plugin as an operator meets it: what is refused, with which exit code and sentence; install, enable, configure, test,
# upgrade, remove and back, without a server; that secrets are nowhere in the clear, and that a failure leaves things as they were. Speaks TAP.

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402

PROBE = os.path.join(kit.SRC, "tests/plugin/probe.c")
WORD = "create table word (word_id int generated always as identity primary key, department_id int not null, word text not null);"
SECRET = "correct-horse-7391"


class Site:
    """A database, an ebb.conf, a plugin_dir; built plugins in folders of their own."""

    def __init__(self):
        self.database = kit.Database("command", ["probe", "other"])
        self.root = self.database.folder.name
        self.plugins = os.path.join(self.root, "plugins")
        os.makedirs(os.path.join(self.root, "run"))
        os.chmod(os.path.join(self.root, "run"), 0o755)
        self.database.file("ebb.conf", f"""database = "host={self.database.env['PGHOST']} dbname={self.database.name}"
plugin_dir = "{self.plugins}"
plugin_owner = "{subprocess.check_output(['id', '-un'], text=True).strip()}"
secret_key_file = "run/secret.key"
pid_file = "run/ebbd.pid"
""")
        self.database.file("sql/0001_word.sql", WORD)
        self.sql = os.path.join(self.root, "sql")

    def ctl(self, *args, stdin=None, **env):
        return self.database.ebbctl("plugin", *args, stdin=stdin, EBB_CONF=os.path.join(self.root, "ebb.conf"), **env)

    def build(self, folder, *flags, name="probe"):
        return kit.compile_plugin(PROBE, os.path.join(self.root, folder, f"{name}.so"), *flags)

    def state(self):
        """All that an installation changes, for comparison."""
        files = {}
        if os.path.isdir(self.plugins):
            for file in sorted(os.listdir(self.plugins)):
                with open(os.path.join(self.plugins, file), "rb") as content:
                    files[file] = hashlib.sha256(content.read()).hexdigest()
        rows = self.database.rows("select plugin_name, plugin_version, sha256, removed_at is null, description::text from ebb.plugin order by 1")
        functions = self.database.rows("select p.oid::regprocedure::text, p.prosrc from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname like 'x\\_%' order by 1")
        return files, rows, functions, self.database.rows("select plugin_name, no from ebb.plugin_migration order by 1, 2")


def refused(site, done, code, words, name):
    tap.ok(done.returncode == code and all(word in done.stderr for word in words) and done.stderr.startswith("ebbctl: "), name, f"exit {done.returncode}, wanted {code} and {words}", done.stdout, done.stderr)


def bad_places(site):
    good = site.build("good")
    done = site.ctl("verify", good)
    tap.ok(done.returncode == 0 and "probe 1.0.0 (Apache-2.0), ABI 1.0" in done.stdout and "started and stopped" in done.stdout, "a good plugin is described and tried", done.stdout, done.stderr)
    about = json.loads(site.ctl("verify", good, "--json").stdout)
    tap.same((about["kinds"], about["params"][2]["type"], about["events"]), (["categorise", "automate"], "secret", ["ticket.opened", "ticket.assigned"]), "as JSON, too")
    os.chmod(good, 0o775)
    refused(site, site.ctl("verify", good), 77, ["write", "chmod go-w"], "refused: a file that its group may write")
    os.chmod(good, 0o755)
    os.chmod(os.path.dirname(good), 0o777)
    refused(site, site.ctl("verify", good), 77, ["folder", "chmod go-w"], "refused: a folder in which everybody may write")
    os.chmod(os.path.dirname(good), 0o755)
    if os.geteuid() == 0:
        os.chown(good, 12345, 0)
        refused(site, site.ctl("verify", good), 77, ["12345"], "refused: a file of somebody else")
        os.chown(good, 0, 0)
        os.chown(os.path.dirname(good), 12345, 0)
        refused(site, site.ctl("install", good), 77, ["12345"], "refused: a folder of somebody else")
        os.chown(os.path.dirname(good), 0, 0)
    else:
        tap.skip("refused: a file of somebody else", "only root gives files away")
    os.makedirs(os.path.join(site.root, "link"))
    os.symlink(good, os.path.join(site.root, "link/probe.so"))
    refused(site, site.ctl("verify", os.path.join(site.root, "link/probe.so")), 77, ["symbolic link"], "refused: a symbolic link")
    shutil.copy(good, site.database.path("good", "other.so"))
    refused(site, site.ctl("verify", site.database.path("good", "other.so")), 65, ["It calls itself probe", "name it probe.so"], "refused: a file of another name")
    refused(site, site.ctl("verify", site.database.path("good", "nothing.so")), 65, ["There is no"], "refused: no file")
    refused(site, site.ctl("verify", site.database.file("good/text.so", "not a plugin")), 65, ["ELF"], "refused: a text")
    refused(site, site.ctl("verify", "probe"), 65, ["No plugin \"probe\" is installed"], "refused: a name that is not installed")


def bad_plugins(site):
    for name, flags, code, words in (
            ("another symbol", ["-DPROBE_SYMBOL=my_plugin"], 65, ["ebb_plugin_v1"]), ("another major version", ["-DPROBE_MAJOR=2"], 65, ["2", "1"]),
            ("an undefined symbol", ["-DPROBE_UNDEFINED"], 65, ["nowhere_defined"]), ("a crash in the trial", ["-DPROBE_CRASH"], 65, ["It was tried", "SIGSEGV"]),
            ("one that never starts", ["-DPROBE_FAIL"], 65, ["This one never starts."]), ("a version that is none", ['-DPROBE_VERSION="one"'], 65, ["version"])):
        path = site.build("bad", *flags)
        refused(site, site.ctl("verify", path), code, words, f"refused: {name}")
        refused(site, site.ctl("install", path, "--sql", site.sql), code, words, f"not installed: {name}")
    path = site.build("bad", '-DPROBE_NAME="probe_call"', name="probe_call")
    refused(site, site.ctl("install", path), 65, ["must not end in _call"], "refused: a name that would be another's role")
    refused(site, site.ctl("install", site.build("bad"), "--network"), 65, ["does not ask for the network"], "refused: network for one that asks for none")
    problem = json.loads(site.ctl("verify", site.build("bad", '-DPROBE_VERSION="one"'), "--json").stderr)
    tap.ok(problem["status"] == 422 and problem["errors"][0]["pointer"] == "/version", "faults of the description come as a problem document with pointers", problem)
    tap.same(site.state(), ({}, [], [], []), "nothing of all these is anywhere")


def install(site):
    good = os.path.join(site.root, "good/probe.so")
    refused(site, site.ctl("install", good), 65, ["words", "relation \"word\" does not exist"], "a plugin whose tables are missing is not installed")
    tap.same(site.state(), ({}, [], [], []), "and leaves nothing")
    done = site.ctl("install", good, "--sql", site.sql, "--dry-run")
    tap.ok(done.returncode == 0 and "would install probe 1.0.0" in done.stdout and "pending: 0001_word.sql" in done.stdout and site.state() == ({}, [], [], []), "--dry-run says what it would do", done.stdout, done.stderr)
    refused(site, site.ctl("install", good, "--sql", site.sql, PGUSER="ebb_ctl"), 77, ["superuser"], "a database administrator is needed")
    done = site.ctl("install", good, "--sql", site.sql, "--processes", "2", "--memory", "64", "--quarantine", "everywhere")
    tap.ok(done.returncode == 0 and "probe 1.0.0 is installed" in done.stdout and "Next  ebbctl plugin enable probe" in done.stdout, "a plugin is installed", done.stdout, done.stderr)
    entry = json.load(open(os.path.join(site.plugins, "installed.json"), encoding="utf-8"))["plugins"]["probe"]
    tap.same((entry["version"], entry["processes"], entry["memory_mib"], entry["quarantine"], entry["network"]), ("1.0.0", 2, 64, "everywhere", False), "it is noted as it was wanted")
    mode = os.stat(os.path.join(site.plugins, "probe.so"))
    tap.same((stat.S_IMODE(mode.st_mode), mode.st_nlink, sorted(os.listdir(site.plugins))), (0o644, 1, ["installed.json", "probe.so"]), "its file is plain, and nothing else lies there")
    shown = json.loads(site.ctl("list", "--json").stdout)["plugins"]
    tap.same([(p["plugin_name"], p["plugin_version"], p["abi"], p["state"], p["kinds"], p["call_count"]) for p in shown], [("probe", "1.0.0", "1.0", "installed", ["categorise", "automate"], 0)], "it is in the list")
    tap.same(site.database.value("select count(*) from ebb.audit where action = 'plugin.install' and object_ref = 'probe'"), "1", "and in the audit")
    with open(os.path.join(site.plugins, "probe.so"), "ab") as file:
        file.write(b"x")
    refused(site, site.ctl("verify", "probe"), 77, ["is not the file that was installed"], "a file that was changed afterwards is refused")
    shutil.copyfile(good, os.path.join(site.plugins, "probe.so"))


def use(site):
    refused(site, site.ctl("enable", "prob", "--department", "it"), 65, ["Did you mean probe?"], "a plugin that is not there")
    refused(site, site.ctl("enable", "probe", "--department", "itt"), 65, ["There is no department itt", "it, hr"], "a department that is not there")
    tap.same(site.ctl("enable", "probe").returncode, 64, "enable without a department is wrong use")
    refused(site, site.ctl("enable", "probe", "--department", "it"), 65, ["password must be set"], "what has no initial value must be set first")
    tap.same(site.database.value("select count(*) from ebb.plugin_department"), "0", "a refused one leaves no row")
    done = site.ctl("configure", "probe", "--department", "it", "--secret", "password", stdin="first-secret\n")
    tap.ok(done.returncode == 0 and "off" in done.stdout, "it may be configured before it is enabled", done.stdout, done.stderr)
    tap.ok("would enable" in site.ctl("enable", "probe", "-d", "it", "--dry-run").stdout and site.database.value("select count(*) from ebb.plugin_department where is_enabled") == "0", "enable --dry-run changes nothing")
    done = site.ctl("enable", "probe", "--department", "it")
    tap.ok(done.returncode == 0 and "in shadow" in done.stdout, "enabled, it begins in shadow", done.stdout, done.stderr)
    row = "select is_enabled, mode, position from ebb.plugin_department join ebb.department using (department_id) where department_code = 'it'"
    tap.same((site.ctl("enable", "probe", "--department", "it", "--mode", "act", "--position", "7").returncode, site.database.rows(row)), (0, [["t", "act", "7"]]), "then it acts, in its place")
    for share in ("nan", "abc", "", "2", "-1", "0.5x"):
        done = site.ctl("configure", "probe", "--department", "it", f"--min-confidence={share}")
        tap.ok(done.returncode == 64 and "must be a number from 0 to 1" in done.stderr, f'no confidence: "{share}"', done.stderr)
    tap.same((site.ctl("disable", "probe", "--department", "it").returncode, site.database.rows(row)), (0, [["f", "act", "7"]]), "disabled, the rest stays")
    refused(site, site.ctl("quarantine", "probe", "-d", "hr", "-r", "x"), 65, ["does not use"], "no quarantine for a department that does not use it")
    site.ctl("enable", "probe", "--department", "it")
    tap.same(site.ctl("quarantine", "probe").returncode, 64, "a quarantine needs a reason")
    tap.same(site.ctl("quarantine", "probe", "--department", "it", "--reason", "it talks too much").returncode, 0, "a department's quarantine")
    tap.ok("it talks too much" in site.ctl("list").stdout, "is in the list with its reason")
    tap.same(site.ctl("quarantine", "probe", "--reason", "all of it").returncode, 0, "a quarantine everywhere")
    tap.same([json.loads(site.ctl("lift", "probe", "--json").stdout)["state"], site.ctl("lift", "probe", "--department", "it").returncode, site.ctl("lift", "probe").returncode], ["installed", 0, 65], "both are lifted, once")


def configure(site):
    def change(*args, stdin=None, **env):
        return site.ctl("configure", "probe", "--department", "it", *args, stdin=stdin, **env)
    refused(site, change("--set", "limit=10"), 65, ["limit must be 1 to 9"], "a value out of range is refused")
    refused(site, change("--set", "wrod=x", "--set", "limit=ten"), 65, ["whole number", "/config/wrod", "Did you mean word?"], "all faults are said at once, with the key that was meant")
    refused(site, change("--set", "word=forbidden"), 65, ["is taken; choose another"], "the plugin's own check refuses")
    problem = json.loads(change("--set", "word=forbidden", "--json").stderr)
    tap.same(problem["errors"][0]["pointer"], "/config/word", "and its pointer comes along")
    refused(site, change("--set", f"password={SECRET}"), 64, ["--secret password"], "a secret is not taken from the command line")
    refused(site, change("--secret", "word", stdin="x\n"), 64, ["is no secret"], "nor is something else taken for one")
    refused(site, change("--secret", "password"), 65, ["No value for the secret"], "no value came")
    refused(site, change("--secret", "password", stdin="bad-one\n"), 65, ["does not take this password"], "the plugin sees the secret itself")
    tap.ok(not os.path.exists(os.path.join(site.root, "ebb.log")), "no log file appears")
    site.database.rows("alter system set log_statement = 'all'; select pg_reload_conf()")
    done = change("--set", "word=printer", "--secret", "password", "--json", stdin=SECRET + "\n")
    site.database.rows("alter system reset log_statement; select pg_reload_conf()")
    tap.ok(done.returncode == 0 and json.loads(done.stdout)["config"] == {"word": "printer", "password": {"is_set": True}}, "values and a secret are kept; the secret is not shown", done.stdout, done.stderr)
    with open(os.path.join(os.path.dirname(site.database.env["PGHOST"]), "pg/server.log"), encoding="utf-8", errors="replace") as log:
        seen = log.read()
    tap.ok(SECRET not in seen and "plugin_configure" in seen, "the server's log of all statements does not have it")
    key = os.stat(os.path.join(site.root, "run/secret.key"))
    tap.same(stat.S_IMODE(key.st_mode), 0o600, "the key is made, private")
    dump = subprocess.run(["pg_dump", "-U", "postgres", "-a", site.database.name], env=site.database.env, capture_output=True, text=True).stdout
    tap.ok("$secret" in dump and SECRET not in dump, "a dump of the database has it sealed only")
    shown = change()
    tap.ok("printer" in shown.stdout and "(secret, set)" in shown.stdout and SECRET not in shown.stdout + change("--show", "--json").stdout, "shown again it is not", shown.stdout)
    sealed = "select config -> 'password' ->> '$secret' from ebb.plugin_department where department_id = 1"
    before = site.database.value(sealed)
    done = change("--values", site.database.file("values.json", {"limit": 5}))
    tap.same((done.returncode, site.database.value(sealed) == before, site.database.value("select config ->> 'limit' from ebb.plugin_department where department_id = 1")),
             (0, True, "5"), "what is not named stays, sealed as it was", done.stderr)
    tap.same((change("--unset", "limit").returncode, site.database.value("select config ? 'limit' from ebb.plugin_department where department_id = 1")), (0, "f"), "a value is taken away")
    os.chmod(os.path.join(site.root, "run/secret.key"), 0o644)
    refused(site, change("--set", "limit=4"), 78, ["chmod 600"], "a key that others may read is refused")
    os.chmod(os.path.join(site.root, "run/secret.key"), 0o600)
    os.rename(os.path.join(site.root, "run/secret.key"), os.path.join(site.root, "run/kept"))
    refused(site, change("--set", "limit=4"), 78, ["does not open", "secret_key_file"], "with another key the sentence says what to do")
    os.rename(os.path.join(site.root, "run/kept"), os.path.join(site.root, "run/secret.key"))
    tap.same(site.database.value(f"select count(*) from ebb.audit where before_values::text || after_values::text ~ '{SECRET}|secret.*={{5}}'"), "0", "the audit has no secret")


CALLS = {"calls": [{"kind": "categorise", "now": 1, "department_id": 1, "ticket": {"department_id": 1, "subject": "urgent: the printer", "description": ""}, "rows": {}},
                   {"kind": "automate", "now": 1, "department_id": 1, "events": [
                       {"event_id": 1, "name": "ticket.opened", "ticket_id": 5, "seq": 1, "occurred_at": 1, "changes": {}, "facts": {}, "rows": {}},
                       {"event_id": 2, "name": "ticket.waiting", "ticket_id": 5, "seq": 2, "occurred_at": 1, "changes": {}, "facts": {}, "rows": {}}]}]}


def play(site):
    calls = site.database.file("calls.json", CALLS)
    good = os.path.join(site.root, "good/probe.so")
    done = site.ctl("test", good, "--events", calls, PGHOST="/nowhere")
    tap.ok(done.returncode == 0 and "urgency = 1  (0.75)  The word stands in the subject." in done.stdout and "note {\"text\":" in done.stdout and "[seen, version 3]" in done.stdout and " ms" in done.stdout,
           "recorded calls are played without a server", done.stdout, done.stderr)
    replies = json.loads(site.ctl("test", "probe", "--events", calls, "--json").stdout)["replies"]
    tap.same((replies[0]["suggestions"][0]["value"], [r["event_id"] for r in replies[1]["results"]], replies[1]["results"][0]["actions"][0]["rule"]), ("1", [1], "seen"), "as JSON; only events that the plugin wants are played")
    done = site.ctl("test", good, "--events", calls, "--values", site.database.file("values.json", {"word": "scanner"}), "--json")
    tap.same(json.loads(done.stdout)["replies"][0]["result"], "skip", "with other values it answers otherwise", done.stderr)
    refused(site, site.ctl("test", site.build("crash", "-DPROBE_CRASH_LATER"), "--events", calls), 70, ["SIGABRT"], "a crash is told with its signal")
    refused(site, site.ctl("test", good, "--events", site.database.file("broken.json", "{")), 65, ["line 1"], "a file that is no JSON")
    tap.same([site.ctl("test", good).returncode, site.ctl("test", good, "--events", calls, "--ticket", "1").returncode], [64, 64], "one source, not none and not two")
    site.database.rows("select set_config('ebb.token', encode(sha256(convert_to('ebb_' || rpad('dana', 43, '0'), 'UTF8')), 'hex'), false) \\g /dev/null\n"
                       "select api.ticket_open('{\"service_id\": 51, \"subject\": \"urgent: no paper\", \"impact\": 2, \"urgency\": 2}')")
    ticket = site.database.value("select max(ticket_id) from ebb.ticket")
    recorded = site.ctl("record", "--ticket", ticket)
    tap.same([call["kind"] for call in json.loads(recorded.stdout)["calls"]], ["categorise", "automate"], "a ticket is recorded", recorded.stderr)
    done = site.ctl("test", "probe", "--ticket", ticket)
    tap.ok(done.returncode == 0 and "urgency = 1" in done.stdout and "automate ticket.opened" in done.stdout, "and played from the database", done.stdout, done.stderr)
    refused(site, site.ctl("test", good, "--ticket", "999999999"), 65, ["no such ticket"], "a ticket that is not there")


def upgrade(site):
    row = "select is_enabled, mode, position, config::text from ebb.plugin_department where department_id = 1"
    before, was = site.database.rows(row), site.state()
    for name, flags, words in (("a statement that is none", ['-DPROBE_SQL="select 1; drop table word"'], "cannot insert multiple|not one query"), ("a crash", ["-DPROBE_CRASH"], "tried")):
        done = site.ctl("install", site.build("next", '-DPROBE_VERSION="2.0.0"', *flags), "--sql", site.sql)
        tap.ok(done.returncode == 65 and any(word in done.stderr for word in words.split("|")) and site.state() == was, f"an upgrade with {name} leaves all as it was", done.stderr)
    site.database.file("sql/0002_more.sql", "alter table word add column note text;")
    done = site.ctl("install", site.build("next", '-DPROBE_VERSION="2.0.0"', '-DPROBE_SQL="select note from word"'), "--sql", site.sql)
    tap.ok(done.returncode == 0 and "2.0.0 is installed in place of 1.0.0" in done.stdout, "an upgrade", done.stdout, done.stderr)
    tap.same((site.database.rows(row), site.database.value("select plugin_version from ebb.plugin")), (before, "2.0.0"), "keeps what departments decided and configured")
    entry = json.load(open(os.path.join(site.plugins, "installed.json"), encoding="utf-8"))["plugins"]["probe"]
    tap.same((entry["version"], entry["processes"], entry["quarantine"]), ("2.0.0", 2, "everywhere"), "and what the operator decided")
    refused(site, site.ctl("install", os.path.join(site.root, "good/probe.so"), "--sql", site.database.path("none", ".")[:-2]), 65, ["older version"], "an older version with an older folder is refused")
    tap.same(sorted(os.listdir(site.plugins)), ["installed.json", "probe.so"], "no second names are left")
    done = site.ctl("list")
    tap.ok("probe 2.0.0" in done.stdout and "it (act, position 7)" in done.stdout, "the list says so", done.stdout)


NO_RENAME = """#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <fcntl.h>
static int bad(const char *to) { size_t n = strlen(to); return n >= 14 && strcmp(to + n - 14, "installed.json") == 0; }
int rename(const char *from, const char *to) { if (bad(to)) { errno = ENOSPC; return -1; } return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { if (bad(to)) { errno = ENOSPC; return -1; } return (int)syscall(SYS_renameat2, a, from, b, to, 0); }
"""


def half(site):
    """The database is ready and the file in place, and then it cannot be noted."""
    shim = kit.compile_plugin(site.database.file("shim.c", NO_RENAME), os.path.join(site.root, "shim.so"), "-fvisibility=default")
    was = site.state()
    done = site.ctl("install", site.build("third", '-DPROBE_VERSION="3.0.0"'), "--sql", site.sql, LD_PRELOAD=shim)
    tap.ok(done.returncode != 0 and "installed.json" in done.stderr and "No space left" in done.stderr, "a disk that is full at the very end is told", done.returncode, done.stdout, done.stderr)
    now = site.state()
    tap.same((now[0], [row[:4] for row in now[1]], now[2]), (was[0], [row[:4] for row in was[1]], was[2]), "file, version and statements are those of before")
    other = site.build("other", '-DPROBE_NAME="other"', "-DPROBE_WITHOUT_SQL", name="other")
    done = site.ctl("install", other, LD_PRELOAD=shim)
    tap.ok(done.returncode != 0 and site.state()[0] == was[0] and json.loads(site.ctl("list", "--json").stdout)["plugins"][0]["plugin_name"] == "probe" and "other" not in site.ctl("list").stdout,
           "a first installation that ends so is taken back wholly", done.stderr)
    two = [subprocess.Popen([kit.EBBCTL, "plugin", "install", path], env=dict(site.database.env, EBB_CONF=os.path.join(site.root, "ebb.conf")), stdout=subprocess.DEVNULL)
           for path in (other, os.path.join(site.root, "next/probe.so"))]
    tap.same([process.wait() for process in two], [0, 0], "two installations at a time")
    tap.same(sorted(json.load(open(os.path.join(site.plugins, "installed.json"), encoding="utf-8"))["plugins"]), ["other", "probe"], "are both noted")
    site.ctl("remove", "other")
    was = site.state()
    os.rename(os.path.join(site.plugins, "installed.json"), os.path.join(site.root, "kept.json"))
    shutil.copyfile(os.path.join(site.root, "kept.json"), os.path.join(site.plugins, "installed.json"))
    os.chmod(os.path.join(site.plugins, "installed.json"), 0o666)
    done = site.ctl("install", os.path.join(site.root, "next/probe.so"), "--sql", site.sql)
    tap.ok(done.returncode == 77 and "installed.json" in done.stderr, "a list that others may write is not trusted", done.stderr)
    os.chmod(os.path.join(site.plugins, "installed.json"), 0o644)
    tap.same(site.state(), was, "and nothing has changed")


def removal(site):
    site.database.rows("insert into x_probe.word (department_id, word) values (1, 'kept'), (2, 'theirs')")
    tap.ok("would remove" in site.ctl("remove", "probe", "--dry-run").stdout, "remove --dry-run")
    done = site.ctl("remove", "probe")
    tap.ok(done.returncode == 0 and "its tables stay in schema x_probe" in done.stdout, "removed", done.stdout, done.stderr)
    tap.same((os.listdir(site.plugins), json.load(open(os.path.join(site.plugins, "installed.json"), encoding="utf-8"))), (["installed.json"], {"plugins": {}}), "its file is gone")
    tap.same(site.database.rows("select is_enabled from ebb.plugin_department"), [["f"]], "no department uses it")
    tap.same((site.database.rows("select word from x_probe.word", "bi_it"), site.database.rows("select word from x_probe.word", "bi_hr")), ([["kept"]], [["theirs"]]), "its tables stay readable for BI, department by department")
    tap.same(site.database.value("select count(*) from pg_proc where pronamespace = 'x_probe'::regnamespace"), "0", "its statements are gone")
    refused(site, site.ctl("remove", "probe"), 65, ["no plugin \"probe\" to remove"], "once is enough")
    refused(site, site.ctl("enable", "probe", "-d", "it"), 65, ["has been removed"], "nobody enables it")
    tap.ok("No plugin is installed" in site.ctl("list").stdout and "removed" in site.ctl("list", "--all").stdout, "the list shows it only when asked")
    done = site.ctl("install", os.path.join(site.root, "next/probe.so"), "--sql", site.sql)
    config = site.ctl("configure", "probe", "--department", "it")
    tap.ok(done.returncode == 0 and "(secret, set)" in config.stdout and site.database.value("select count(*) from x_probe.word") == "2", "installed again, configuration and tables are there", config.stdout, done.stderr)


def main():
    site = Site()
    for step in (bad_places, bad_plugins, install, use, configure, play, upgrade, half, removal):
        step(site)
    tap.done()


if __name__ == "__main__":
    main()
