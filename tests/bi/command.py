#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ebbctl bi as an administrator meets it: what it makes, and with which limits; what is refused, by which exit code and sentence, and that
# nothing of it stays; the password, of which the server gets a proof only; the list; the clock's watch. Speaks TAP.

import base64
import hashlib
import hmac
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Database, Session, tap  # noqa: E402

DB = Database("command")
ROLE = DB.prefix + "reader"


def ctl(*args, user="postgres"):
    return DB.ebbctl("bi", *args, PGUSER=user)


def state():
    return DB.rows("select rolname, rolconnlimit, rolpassword from pg_authid where starts_with(rolname, 'bi_tcommand') order by 1"), DB.rows("select * from ebb.bi_role order by 1, 2"), \
        DB.value("select count(*) from ebb.audit")


def refused(done, code, words, name):
    tap.ok(done.returncode == code and words in done.stderr and done.stdout == "", name, done.returncode, done.stdout, done.stderr)


def is_password(role, password):
    """By the proof that the server keeps (RFC 5803)."""
    kept = DB.value(f"select rolpassword from pg_authid where rolname = '{role}'")
    method, rounds, keys = kept.split("$")
    iterations, salt = rounds.split(":")
    stored, server = (base64.b64decode(k) for k in keys.split(":"))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client = hmac.new(salted, b"Client Key", "sha256").digest()
    return method == "SCRAM-SHA-256" and hashlib.sha256(client).digest() == stored and hmac.new(salted, b"Server Key", "sha256").digest() == server


# What is refused leaves nothing.
empty = state()
refused(ctl("create", ROLE), 64, "--department CODE", "a role reads some department")
refused(ctl("create", ROLE, "--department", "nowhere"), 65, "no department with the code", "a department that there is not")
refused(ctl("create", ROLE, "--department", "it", "--person", "nobody@test.example"), 65, "no active person", "a person who is not there")
refused(ctl("create", ROLE, "--department", "it", "--person", "ian@test.example"), 65, "no active person", "or is disabled")
refused(ctl("create", ROLE + "-x", "--department", "it"), 65, "cannot be called", "a name that is none")
refused(ctl("create", ROLE + "';drop table ebb.ticket;--", "--department", "it"), 65, "cannot be called", "nor one that is SQL")
refused(ctl("create", ROLE, "--department", "it", user="ebb_ctl"), 77, "superuser", "the desk's own role makes none")
refused(ctl("create", ROLE, "--department", "it", user="ebb_owner_not"), 69, "", "nor one that does not exist")
refused(ctl("drop", ROLE), 65, "no role of a BI tool", "what is not there is not dropped")
refused(ctl("password", ROLE), 65, "no role of a BI tool", "nor given a password")
refused(ctl("drop", "postgres"), 65, "no role of a BI tool", "and no other role is, whatever its name")
DB.run(f"create role {ROLE} login")
refused(ctl("create", ROLE, "--department", "it"), 65, "has a role", "a role of the same name is not taken over")
DB.run(f"drop role {ROLE}")
tap.same(state(), empty, "nothing of all that stays")

# Made.
rehearsed = ctl("create", ROLE, "--department", "it", "--dry-run")
tap.ok(rehearsed.returncode == 0 and "would make" in rehearsed.stdout and state() == empty, "a rehearsal makes nothing", rehearsed.stdout, rehearsed.stderr)
made = ctl("create", ROLE, "--department", "it", "--department", "hr", "--department", "it", "--person", "dana@test.example", "--connections", "2", "--timeout", "3")
password = made.stdout.strip()
tap.ok(made.returncode == 0 and len(password) == 32 and "not shown again" in made.stderr, "its password is shown once", made.stdout, made.stderr)
tap.ok(is_password(ROLE, password), "and the server has the proof of it")
tap.ok(password not in DB.run("select * from pg_authid; select * from ebb.audit; select * from pg_db_role_setting").stdout, "and not itself, anywhere")
tap.same(DB.rows(f"select rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit from pg_roles where rolname = '{ROLE}'"), [["t", "f", "f", "f", "f", "f", "2"]], "it may nothing but log in, twice at a time")
tap.same(DB.rows("select m.roleid::regrole from pg_auth_members m where m.member = '{}'::regrole".format(ROLE)), [["ebb_bi"]], "and is a reader without free text")
tap.same(DB.rows("show statement_timeout; show default_transaction_read_only; show temp_file_limit; show idle_in_transaction_session_timeout; show search_path", ROLE),
         [["3s"], ["on"], ["2GB"], ["3s"], ["reporting_v1, reporting_v1_text"]], "its sessions begin with its limits")
tap.same(DB.rows("select department_id from dim_departments order by 1", ROLE), [["1"], ["2"]], "it reads its departments")
refused(ctl("create", ROLE, "--department", "it"), 65, "There is a role", "it is made once")
tap.same(DB.rows("select department_id, action, object_ref, (after_values ->> 'person_id')::int from ebb.audit where object_kind = 'bi_role' order by audit_id"),
         [["2", "bi_role.created", ROLE, "101"], ["1", "bi_role.created", ROLE, "101"]], "the audit of each department knows of it")
text = ctl("create", ROLE + "_text", "--department", "it", "--text", "--no-password", "--json")
tap.same((text.returncode, json.loads(text.stdout)), (0, {"role_name": ROLE + "_text"}), "one without password, in JSON", text.stderr)
tap.same(DB.value("select count(*) from reporting_v1_text.tickets", ROLE + "_text"), "0", "with the second role it reads free text")
tap.same(DB.value(f"select rolpassword is null from pg_authid where rolname = '{ROLE}_text'"), "t", "and has no password")

# Limits.
first, second = Session(DB, ROLE), Session(DB, ROLE)
tap.ok(first.ask("select 1;") == "1" and second.ask("select 1;") == "1" and "too many connections" in DB.run("select 1", ROLE).stderr, "a connection beyond its limit is refused")
second.close()
tap.ok("statement timeout" in first.ask("select pg_sleep(20);"), "a statement beyond its limit ends")
first.ask("set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;")
tap.ok("ALTER" not in DB.run(f"begin read write; alter role {ROLE} set statement_timeout = 0; commit", ROLE).stderr, "it may change its own default")
first.say("select pg_sleep(60);")
until, ended = time.monotonic() + 20, "0"
while ended == "0" and time.monotonic() < until:
    ended = DB.value("select ctl.tick_bi() from (select pg_sleep(0.2)) s", "ebb_clock")
tap.ok(ended == "1" and time.monotonic() < until, "and the clock ends what it computes beyond the limit that was given", ended)
tap.ok("terminating connection" in first.hear(), "the session is gone")
tap.same(DB.value("select ctl.tick_bi()", "ebb_clock"), "0", "nothing else is ended")
DB.run("select pg_terminate_backend(pid) from pg_stat_activity where usename like 'bi_tcommand%'")

# The list.
listed = {row["role_name"]: row for row in json.loads(ctl("list", "--json", user="ebb_ctl").stdout)}
tap.same([listed[ROLE][k] for k in ("departments", "reads_now", "has_text", "email", "connection_limit", "statement_limit_s", "last_used_at", "faults")],
         [["hr", "it"], ["hr", "it"], False, "dana@test.example", 2, 3, None, []], "the list has all of a role, and does not make up when it was used last")
tap.ok("any number of connections" in " ".join(listed["bi_it"]["faults"]), "and what one made by hand lacks")
DB.run(f"create role {DB.prefix}stray login bypassrls in role ebb_bi; grant pg_read_all_data to {DB.prefix}stray")
faults = " ".join({row["role_name"]: row for row in json.loads(ctl("list", "--json", user="ebb_ctl").stdout)}[DB.prefix + "stray"]["faults"])
tap.ok("held by no policy" in faults and "beyond ebb_bi" in faults and "No department" in faults, "a reader that somebody made past the desk is in the list, with what is wrong", faults)
shown = ctl("list", user="ebb_ctl")
tap.ok(shown.returncode == 0 and "unknown" in shown.stdout and "a tool's own" in shown.stdout, "for people", shown.stdout)

# Another password, and the end.
again = ctl("password", ROLE[3:])
tap.ok(again.returncode == 0 and again.stdout.strip() != password and is_password(ROLE, again.stdout.strip()) and not is_password(ROLE, password), "another password ends the one before", again.stderr)
kept = state()
tap.ok(ctl("drop", ROLE, "--dry-run").stdout.startswith("would drop") and ctl("password", ROLE, "--dry-run").returncode == 0 and state() == kept, "rehearsals change nothing")
third = Session(DB, ROLE)
third.ask("select 1;")
DB.run(f"grant select on reporting_v1.dim_date to {ROLE}")
gone = ctl("drop", ROLE)
tap.ok(gone.returncode == 0 and gone.stdout.strip() == f"dropped {ROLE}.", "it is dropped with what was granted to it by hand", gone.stdout, gone.stderr)
tap.ok("terminating connection" in third.ask("select 1;"), "and its connections end")
tap.same(DB.value(f"select count(*) from ebb.bi_role where role_name = '{ROLE}'"), "0", "nothing of it stays")
tap.same(DB.value("select count(*) from ebb.audit where object_kind = 'bi_role' and action = 'bi_role.dropped'"), "2", "but the note of it")
tap.ok(ctl("drop", DB.prefix + "stray").returncode == 0, "a stray reader can be dropped, too")
DB.run(f"create role {DB.prefix}half nologin; insert into ebb.bi_role (role_name, department_id) values ('{DB.prefix}half', 1); drop role {DB.prefix}half")
tap.ok("no such role" in " ".join({row["role_name"]: row for row in json.loads(ctl("list", "--json", user="ebb_ctl").stdout)}[DB.prefix + "half"]["faults"]), "a role that somebody dropped past the desk is in the list")
tap.same(ctl("drop", DB.prefix + "half").returncode, 0, "and goes out of it")
tap.done()
