#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Nothing of others is in any figure: every view and function of the reporting contract, read whole by each role within one transaction,
# is the same to the letter before and after other departments, and teams with confidential tickets, have worked; of today and of last
# year. And a role whose person is disabled sees nothing from the next statement on. Speaks TAP.

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Database, Session, tap  # noqa: E402

DB = Database("differential")
DB.file("canary.sql")
for code, person in (("it", "gil"), ("hr", "rob")):
    made = DB.ebbctl("bi", "create", f"{DB.prefix}{code}", "--department", code, "--text", "--no-password", "--person", f"{person}@test.example", PGUSER="postgres")
    tap.same(made.returncode, 0, f"ebbctl makes {DB.prefix}{code}, which is {person}'s", made.stderr)
VIEWS = [row[0] for row in DB.rows("select c.oid::regclass from pg_class c where c.relnamespace in ('reporting_v1'::regnamespace, 'reporting_v1_text'::regnamespace) and c.relkind in ('v', 'r') order by 1")]
VIEWS += [f"reporting_v1.{f}({at})" for f in ("tickets_at", "issues_at", "sla_clocks_at") for at in ("now()", "'2025-01-08T12:00Z'")]
DIGEST = " union all ".join(f"select $q${v}$q$ || ' ' || count(*) || ' ' || coalesce(md5(string_agg(v::text, '|' order by v::text)), '-') from {v} v" for v in VIEWS)


def digests(session):
    return dict((line.split(" ")[0], line) for line in session.ask(DIGEST + ";", 120).splitlines())


def compare(before, after, name):
    wrong = [f"{before[v]} became {after.get(v)}" for v in before if before[v] != after.get(v)]
    tap.ok(len(before) == len(VIEWS) and not wrong, name, len(before), *wrong)


DB.rows("select c.more(1, false); select c.more(2, false)")
it, hr = Session(DB, DB.prefix + "it"), Session(DB, DB.prefix + "hr")
for session in (it, hr):
    session.ask("begin;")
before = {s: digests(s) for s in (it, hr)}
tap.ok(int(before[it]["reporting_v1.tickets"].split(" ")[1]) == 5, "there is something to see", before[it].get("reporting_v1.tickets"))
DB.rows("select c.more(1, true)")
compare(before[it], digests(it), "confidential tickets of its department change nothing that a role reads")
compare(before[hr], digests(hr), "nor anything for another department")
DB.rows("select c.more(3, false); select c.more(3, true); select c.more(2, true)")
compare(before[it], digests(it), "nor does what other departments do")
compare(before[hr], digests(hr), "whichever of them looks")
DB.rows("update ebb.request_type set is_confidential = is_confidential; select ctl.tick_sla(), ctl.tick_escalation()")
compare(before[it], digests(it), "nor what the clock does to that")
DB.rows("select c.life(1, 'CANARYIT plain', null, false)")
tap.ok(digests(it)["reporting_v1.tickets"] != before[it]["reporting_v1.tickets"], "what its own department does is seen")

# What was open becomes confidential by its request type: it goes out of every figure, its past included.
it.ask("commit;")
it.ask("begin;")
known = digests(it)
ticket = DB.value("select c.life(1, 'CANARYIT turns', null, false)")
seen = digests(it)
DB.rows("begin; select t.call_as('dana', 'ticket_change', json_build_object('ticket_id', {}, 'request_type_id', (select request_type_id from ebb.request_type where department_id = 1 and is_confidential))); commit".format(ticket))
tap.ok(seen["reporting_v1.tickets"] != known["reporting_v1.tickets"], "a new ticket is seen")
compare(known, digests(it), "and nothing is left of it once it is confidential")

# A person is disabled.
for session in (it, hr):
    session.ask("commit;")
    session.ask("set plan_cache_mode = force_generic_plan; prepare p as select count(*) from reporting_v1.tickets; prepare q as select count(*) from reporting_v1_text.tickets;")
tap.ok(int(it.ask("execute p;")) > 0, "before, the role sees its tickets")
it.ask("begin;")
it.ask("execute q;")
started = time.monotonic()
DB.rows("update ebb.person set is_active = false where email = 'gil@test.example'")
got = it.ask("execute p; execute q;").splitlines()
took = time.monotonic() - started
tap.ok(got == ["0", "0"] and took < 1, "its person disabled, it sees nothing, in the same transaction, with plans that were made before", got, took)
it.ask("rollback;")
tap.same(DB.value("select count(*) from reporting_v1.tickets", DB.prefix + "it"), "0", "nor after logging in anew")
tap.ok(int(hr.ask("execute p;")) > 0, "others go on")
tap.ok("gil@test.example (disabled)" in DB.ebbctl("bi", "list", PGUSER="ebb_ctl").stdout, "the list says whose role it was")
it.ask("begin; declare c cursor for select * from reporting_v1.dim_date;")
tap.same(DB.value("select ctl.tick_bi()", "ebb_clock"), "1", "the clock ends what is still open of it")
tap.ok("terminating connection" in it.ask("fetch c;") or it.process.wait(5) is not None, "and it is gone")
DB.rows("update ebb.person set is_active = true where email = 'gil@test.example'")
tap.ok(int(DB.value("select count(*) from reporting_v1.tickets", DB.prefix + "it")) > 0, "the person is there again, and so is the role")
tap.done()
