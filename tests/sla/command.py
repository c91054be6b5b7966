#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ebbctl sla, rehearse, calendar and policy as an administrator meets them: what they print, what is refused with which exit code and
# pointer, what --dry-run leaves behind (nothing), what stands in the audit, and that what is interrupted goes on. Speaks TAP.

import json
import os
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.abspath(os.environ.get("EBB_SRC", os.path.join(HERE, "../..")))
EBBCTL = os.environ.get("EBB_CTL", os.path.join(os.environ.get("EBB_BUILD", os.path.join(SRC, "build")), "core/ebbctl"))
ENV = {k: v for k, v in os.environ.items() if k not in ("PGUSER", "EBB_CONF")}
FOLDER = tempfile.TemporaryDirectory(prefix="ebb-sla-")
count = failed = 0


def ok(is_true, name, *why):
    global count, failed
    count += 1
    failed += not is_true
    print(f"{'ok' if is_true else 'not ok'} {count} - {name}", flush=True)
    for line in [] if is_true else "\n".join(str(w) for w in why).splitlines():
        print(f"# {line}", flush=True)


def same(got, wanted, name, *why):
    ok(got == wanted, name, f"got {got!r}", f"wanted {wanted!r}", *why)


def psql(sql):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "|", "-v", "ON_ERROR_STOP=1", "-f", "-"], env=dict(ENV, PGUSER="postgres"), input=sql, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout.strip()


def ctl(*args, stdin=""):
    return subprocess.run([EBBCTL, *args], env=ENV, capture_output=True, text=True, input=stdin, check=False)


def asked(*args):
    done = ctl(*args, "--json")
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def says(done, code, words, name):
    out = done.stdout if code == 0 else done.stderr
    ok(done.returncode == code and all(word in out for word in words), name, f"exit {done.returncode}, wanted {code} and {words}", done.stdout, done.stderr)


def file(name, content):
    path = os.path.join(FOLDER.name, name)
    with open(path, "w", encoding="utf-8") as to:
        to.write(content if isinstance(content, str) else json.dumps(content))
    return path


def at(instant, *calls):
    return psql(f"set t.clock = '{instant}';" + "".join(f"select t.call_as('{who}', '{fn}', '{json.dumps(args)}') ->> 'ticket_id';" for who, fn, args in calls))


def until(check, what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if check():
            return
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not come true")


def story():
    """A week of tickets: the server room works around the clock, e-mail in office hours of Berlin."""
    with open(os.path.join(SRC, "tests/lib/act.sql"), encoding="utf-8") as act:
        psql(act.read())
    # The desk's clock follows the story, for ebbctl's own connections as well.
    psql("create or replace function fn.now() returns timestamptz language sql as $$ select coalesce(nullif(current_setting('t.clock', true), '')::timestamptz, clock_timestamp()) $$;"
         f"alter database \"{ENV['PGDATABASE']}\" set t.clock = '2026-03-10 12:00Z';")
    server = int(at("2026-03-02 08:00Z", ("rae", "ticket_open", {"subject": "Too warm", "service_id": 53})))
    at("2026-03-02 09:00Z", ("ned", "ticket_take", {"ticket_id": server}))
    at("2026-03-02 10:00Z", ("ned", "ticket_wait", {"ticket_id": server, "waiting_reason": "requester", "waiting_until": "2026-03-09T00:00:00Z"}))
    at("2026-03-02 13:00Z", ("ned", "ticket_resume", {"ticket_id": server}))
    at("2026-03-02 14:00Z", ("ned", "ticket_resolve", {"ticket_id": server, "resolution": "Aired."}))
    mail = int(at("2026-03-06 15:00Z", ("rae", "ticket_open", {"subject": "No mail", "service_id": 51})))
    other = int(at("2026-03-07 15:00Z", ("rae", "ticket_open", {"subject": "Too cold", "service_id": 53})))
    return server, mail, other


def explain(server, mail):
    done = ctl("sla", "explain", f"EBB-{server}", "--at", "2026-03-10T12:00:00Z")
    says(done, 0, ['Policy "Fast", version 1', 'the policy of the service "Server room"', 'calendar "Around the clock", version 1', "resolve: met", "3:00:00 used", "3:00:00 stood still",
                   "2026-03-02 10:00:00 to 2026-03-02 13:00:00           -  It stands: ", "2026-03-02 13:00:00 to 2026-03-02 14:00:00     1:00:00  It runs: "],
         "explain: the policy and what chose it, the calendar, each stretch and each pause with its cause")
    done = ctl("sla", "explain", str(mail), "--at", "2026-03-10T12:00:00Z", "--intervals")
    says(done, 0, ["worked 2026-03-06 15:00:00 to 2026-03-06 16:00:00", "worked 2026-03-09 08:00:00 to 2026-03-09 16:00:00", "13:00:00"], "the working intervals of a stretch, without night and week-end")
    same(ctl("sla", "explain", str(mail), "--at", "2026-03-07T12:00:00Z").stdout.count("1:00:00 used up to 2026-03-07 12:00:00 UTC"), 2, "as it stood on Saturday")
    clocks = {c["target_code"]: c for c in asked("sla", "explain", str(server))["clocks"]}
    pieces = sum(p["working_seconds"] for p in clocks["resolve"]["pieces"] if p["is_running"])
    same((clocks["resolve"]["used_seconds"], pieces, clocks["resolve"]["clock_status"]), (10800, 10800, "met"), "--json has the derivation, and its pieces add up")
    says(ctl("sla", "explain", "999999"), 65, ["There is no such ticket."], "no such ticket")
    says(ctl("sla", "explain", "soon"), 64, ["such as 4711"], "a word is no ticket")
    says(ctl("sla", "explain", str(mail), "--at", "yesterdayish"), 65, [], "nor is every word an instant")


def hold(sql):
    """A session that holds a lock until it is told to let go."""
    session = subprocess.Popen(["psql", "-X", "-q", "-A", "-t"], env=dict(ENV, PGUSER="postgres"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session.stdin.write(f"begin;\n{sql};\n\\echo held\n")
    session.stdin.flush()
    while "held" not in session.stdout.readline():
        pass
    return session


def let_go(session):
    session.communicate("commit;\n", timeout=20)


def recompute(server):
    psql(f"set session_replication_role = replica; update ebb.sla_clock set due_at = due_at + interval '1 hour' where ticket_id = {server}")
    same(psql(f"select count(*) > 0 from ctl.sla_audit(array[{server}])"), "t", "a clock that somebody has bent")
    says(ctl("sla", "recompute", "--ticket", str(server), "--dry-run"), 0, ["would recompute the clocks of 1 ticket\n"], "recompute --dry-run says how many")
    same(psql("select count(*) from ebb.sla_recompute"), "0", "and leaves nothing")
    says(ctl("sla", "recompute", "--ticket", f"EBB-{server}"), 0, ["of 1 ticket; 1 changed"], "recompute mends it")
    same(psql(f"select count(*) from ctl.sla_audit(array[{server}])"), "0", "so that it is what its journal says")
    same(asked("sla", "recompute", "--all")["changed_count"], 0, "all again: nothing more changes")
    same(psql("select count(*) from ebb.outbox where topic = 'escalation'"), "0", "and nobody is told again")
    says(ctl("sla", "recompute"), 64, ["in one way"], "which ones must be said")
    says(ctl("sla", "recompute", "--all", "--department", "it"), 64, ["in one way"], "once")
    says(ctl("sla", "recompute", "--department", "itt"), 65, ['"itt"', "it, hr"], "a department that is not there")
    # Stopped between two steps, it goes on.
    psql("select ctl.sla_recompute_begin('{\"department_code\": \"it\"}')")
    session = hold("select from ebb.sla_recompute r where r.finished_at is null for update")
    running = subprocess.Popen([EBBCTL, "sla", "recompute", "--department", "it", "--batch", "1"], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: psql("select count(*) from pg_stat_activity where application_name = 'ebbctl' and wait_event_type = 'Lock' and datname = current_database()") == "1", "ebbctl waits")
    running.send_signal(signal.SIGINT)
    let_go(session)
    _, told = running.communicate(timeout=30)
    ok(running.returncode == 75 and "Stopped after 1 of 3 tickets" in told and "ebbctl sla recompute --department it" in told, "Ctrl-C stops after a step and says the command that goes on", running.returncode, told)
    done = ctl("sla", "recompute", "--department", "it", "--batch", "1")
    ok(done.returncode == 0 and "Going on after 1 of 3" in done.stderr and "of 3 tickets" in done.stdout, "which goes on there", done.stdout, done.stderr)


def rehearse(server):
    draft = file("draft.json", {"policy": {"sla_policy_id": 92, "targets": [{"target_kind": "response", "target_s": 3600}, {"target_kind": "resolve", "target_s": 7200}]}})
    before = psql("select md5(string_agg(c::text, ',' order by c.ticket_id, c.target_code)) from ebb.sla_clock c") + psql("select count(*) from ebb.sla_policy_version")
    done = ctl("rehearse", "sla", "--department", "it", "--draft", draft, "--months", "1", "--batch", "1")
    says(done, 0, ["3 tickets opened", "Nothing on the desk has changed", "Server room", "Network", "was met", f"EBB-{server}   resolve  met  breached"], "rehearse: figures by service, team and priority, and the tickets")
    got = asked("rehearse", "sla", "-d", "it", "-f", draft, "--months", "1")
    groups = [(g["service_name"], g["team_name"], g["priority"], g["was_met_count"], g["met_count"], g["was_breached_count"], g["breached_count"]) for g in got["groups"] if g["target_code"] == "resolve" and g["service_id"] == 53]
    same(groups, [("Server room", "Network", 3, 1, 0, 1, 2)], "--json has the same in figures")
    same((ctl("rehearse", "sla", "-d", "it", "-f", draft, "--tickets", "0").stdout.count("EBB-"), "--tickets N lists them" in ctl("rehearse", "sla", "-d", "it", "-f", draft, "--tickets", "0").stdout), (0, True), "--tickets 0 lists none, and says so")
    same(psql("select md5(string_agg(c::text, ',' order by c.ticket_id, c.target_code)) from ebb.sla_clock c") + psql("select count(*) from ebb.sla_policy_version"), before, "no clock and no version has changed")
    says(ctl("rehearse", "sla", "-d", "it", "-f", file("bad.json", {"policy": {"sla_policy_id": 92, "targets": [{"target_kind": "resolve", "target_s": 0}]}})), 65, ["whole number"], "a draft that could not be written is refused")
    problem = json.loads(ctl("rehearse", "sla", "-d", "it", "-f", file("bad.json", {"calendar": {"calendar_id": 82, "weekly": []}}), "--json").stderr)
    same(problem["errors"][0]["pointer"], "/weekly", "with its pointer")
    says(ctl("rehearse", "sla", "-d", "it", "-f", file("bad.json", '{"policy": }')), 65, ["no JSON: line 1, column"], "a file that is no JSON: where")
    says(ctl("rehearse", "sla", "--draft", draft), 64, ["--department"], "whose tickets must be said")
    says(ctl("rehearse", "sla", "--continue", "4711"), 65, ["no such rehearsal"], "a rehearsal that is not there")
    number = json.loads(psql(f"select ctl.rehearsal_begin('{json.dumps(dict(json.load(open(draft, encoding='utf-8')), department_code='it', months=1))}')"))["sla_rehearsal_id"]
    session = hold("select from ebb.sla_rehearsal r where r.finished_at is null for update")
    running = subprocess.Popen([EBBCTL, "rehearse", "sla", "--continue", str(number)], env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: psql("select count(*) from pg_stat_activity where application_name = 'ebbctl' and datname = current_database()") == "1", "ebbctl is at it")
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=30)
    # Before it has begun to watch, the signal ends it as it would any program; what was done is kept all the same.
    ok(running.returncode == 75 and f"ebbctl rehearse sla --continue {number}" in told or running.returncode == -signal.SIGINT, "Ctrl-C stops it and says the command that goes on", running.returncode, told)
    let_go(session)
    got = asked("rehearse", "sla", "--continue", str(number))
    same((got["status"], got["done_count"], got["totals"]["breached_count"] > 0), ("done", 3, True), "which goes on to the end")


ICS = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN",
                   "BEGIN:VEVENT", "UID:1@x", "DTSTAMP:20250101T000000Z", "DTSTART;VALUE=DATE:20260501", "RRULE:FREQ=YEARLY", "SUMMARY:Labour Day", "END:VEVENT",
                   "BEGIN:VEVENT", "UID:2@x", "DTSTAMP:20250101T000000Z", "DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227", "SUMMARY:Christmas", "END:VEVENT",
                   "BEGIN:VEVENT", "UID:3@x", "DTSTAMP:20250101T000000Z", "DTSTART:20260611T150000Z", "DTEND:20260611T170000Z", "SUMMARY:Summer party", "END:VEVENT", "END:VCALENDAR", ""])


def calendars():
    week = [{"day": d, "from": "08:00", "to": "16:00"} for d in range(1, 6)]
    new = file("new.json", {"calendar_name": "Office Lisbon", "time_zone_name": "Europe/Lisbon", "weekly": week, "holidays": ["2026-06-10"]})
    versions = "select count(*) from ebb.calendar_version"
    before = psql(versions)
    says(ctl("calendar", "create", new, "-d", "it", "--dry-run"), 0, ['would make calendar', '"Office Lisbon" of it, version 1'], "calendar create --dry-run")
    same(psql(versions), before, "leaves nothing")
    made = asked("calendar", "create", new, "--department", "it", "--note", "The new office")
    same((made["version"], made["department_code"], made["holidays"], made["note"]), (1, "it", [{"date": "2026-06-10"}], "The new office"), "a calendar is made")
    same(psql("select action, actor_kind, object_ref, department_id from ebb.audit order by audit_id desc limit 1"), "calendar.create|operator|Office Lisbon|1", "and stands in the audit, the operator with it")
    says(ctl("calendar", "create", new, "-d", "it"), 65, ['already has a calendar "Office Lisbon"'], "twice is once too often")
    says(ctl("calendar", "create", file("bad.json", {"calendar_name": "Never", "time_zone_name": "Mars/Olympus", "weekly": week}), "-d", "it"), 65, ["Mars/Olympus"], "a zone that does not exist")
    says(ctl("calendar", "change", "Office Lisbon", file("bad.json", {"week": []})), 65, ["week is not something that is set here", "weekly"], "a slip of the pen in the file")
    says(ctl("calendar", "change", "Office Lisbon", file("change.json", {"weekly": week[:4]}), "--if-version", "7"), 65, ["it is at version 1"], "not on another version than was looked at")
    same(asked("calendar", "change", "Office Lisbon", file("change.json", {"weekly": week[:4]}), "--if-version", "1")["version"], 2, "on that one")
    says(ctl("calendar", "show", "Office Lisbon"), 0, ["version 2", "Thursday   08:00-16:00", "Friday     no work", "2026-06-10", "Europe/Lisbon"], "show: the week, the days off")
    says(ctl("calendar", "list", "-d", "it"), 0, ["Office Berlin", "Office Lisbon", "Europe/Lisbon"], "list")
    same([c["department_code"] for c in asked("calendar", "list")["calendars"]].count("hr"), 1, "of all departments")
    says(ctl("calendar", "show", "Office"), 65, ['no calendar "Office"', 'Office Lisbon'], "a name that is none: which there are")
    ics = file("days.ics", ICS)
    done = ctl("calendar", "holidays", "Office Lisbon", ics, "--from", "2026-01-01", "--to", "2027-12-31", "--dry-run")
    says(done, 0, ["5 days off", "5 of them new", "2026-05-01  Labour Day", "2027-05-01", "2026-12-26  Christmas", "would change"], "holidays --dry-run lists the days")
    ok('1 event with a time of day, such as "Summer party"' in done.stderr, "and says what it left out", done.stderr)
    same(psql(versions), str(int(before) + 2), "and leaves nothing")
    got = asked("calendar", "holidays", "Office Lisbon", ics, "--from", "2026-01-01", "--to", "2027-12-31")
    same(([h["date"] for h in got["holidays"]], len(got["added"]), got["version"], got["left_out"]["timed_count"]),
         (["2026-05-01", "2026-06-10", "2026-12-24", "2026-12-25", "2026-12-26", "2027-05-01"], 5, 3, 1), "they are merged with those that were there")
    same(asked("calendar", "holidays", "Office Lisbon", ics, "--from", "2026-01-01", "--to", "2027-12-31")["version"], 3, "the same file again makes no version")
    says(ctl("calendar", "holidays", "Office Lisbon", new), 65, ["no iCalendar file"], "a file of another kind")
    says(ctl("calendar", "holidays", "Office Lisbon", ics, "--from", "2026-13-01"), 65, ["YYYY-MM-DD"], "a day that is none")
    same(psql("select count(*) from ebb.audit where object_ref = 'Office Lisbon'"), "3", "the audit has what was done, and no trial")


def policies():
    new = {"sla_policy_name": "Vendors", "condition": '$.service_id == 52', "position": 10,
           "targets": [{"target_kind": "resolve", "target_s": {"1": 14400, "3": 28800}, "pauses_in": ["waiting_requester"]}],
           "escalations": [{"target_code": "resolve", "offset_s": -3600, "recipient": "lead"}, {"target_code": "resolve", "offset_s": 0, "recipient": "role", "role_code": "admin"}]}
    says(ctl("policy", "create", file("new.json", new), "-d", "it", "--dry-run"), 0, ['would make policy', '"Vendors" of it'], "policy create --dry-run")
    same(psql("select count(*) from ebb.sla_policy where sla_policy_name = 'Vendors'"), "0", "leaves nothing")
    made = asked("policy", "create", file("new.json", new), "-d", "it")
    same((made["position"], made["targets"][0]["target_s"], len(made["escalations"])), (10, {"1": 14400, "3": 28800}, 2), "a policy is made")
    says(ctl("policy", "show", "Vendors"), 0, ["place 10", "$.service_id == 52", "4 h", "8 h", "resolve, 1 h before it is due: told is lead", "when it is due: told is role admin"], "show: condition, targets by priority, steps")
    says(ctl("policy", "list", "-d", "it"), 0, ["Standard", "Vendors", "$.service_id == 52"], "list")
    problem = json.loads(ctl("policy", "change", "Vendors", file("bad.json", {"condition": "$.service_id = = 52"}), "--json").stderr)
    ok(problem["errors"][0]["pointer"] == "/condition" and "character" in problem["detail"], "a bad condition: the character at which it goes wrong", problem)
    changed = asked("policy", "change", "Vendors", file("change.json", {"targets": [{"target_kind": "resolve", "target_s": 7200}]}), "-d", "it", "--note", "Faster")
    same((changed["version"], changed["targets"][0]["target_s"]["4"], changed["note"], len(changed["escalations"])), (2, 7200, "Faster", 2), "a version more; its steps stay")
    kept = {k: changed[k] for k in ("targets", "escalations", "condition", "position")}
    again = asked("policy", "change", "Vendors", file("change.json", kept))
    same({k: again[k] for k in kept}, kept, "what show prints can be written back")
    says(ctl("policy", "show", "Standard"), 65, ["There are 3 policies", "91, 93, 94"], "a name that several departments use")
    says(ctl("policy", "change", "Vendors"), 64, ["argument is missing"], "a change needs a file")
    same(psql("select string_agg(action, ' ' order by audit_id) from ebb.audit where object_ref = 'Vendors'"), "sla_policy.create sla_policy.change sla_policy.change", "the audit has it all")


server_id, mail_id, other_id = story()
explain(server_id, mail_id)
recompute(server_id)
rehearse(server_id)
calendars()
policies()
for noun, verb in (("sla", "explain"), ("sla", "recompute"), ("rehearse", "sla"), ("calendar", "holidays"), ("policy", "change")):
    ok(ctl(noun, verb, "--help").stdout.startswith("Example:\n  ebbctl " + noun), f"{noun} {verb} --help begins with an example")
print(f"1..{count}")
raise SystemExit(failed > 0)
