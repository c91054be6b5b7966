#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Whoever may type SQL as a role of a BI tool tries what they like: settings, other roles, leaky functions and casts, statistics, functions,
# objects, channels, plans. Nothing of another department and nothing confidential comes back, not even as a count. Each probe runs as each
# role, with its own log-in; a text of another department anywhere in an answer, an error included, is a leak. Speaks TAP.

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import Database, Session, tap  # noqa: E402

DB = Database("probe")
DB.file("canary.sql")
DB.run("select c.more(d, b) from generate_series(1, 3) d, (values (false), (true)) x (b)")
DEPARTMENTS = {"it": "IT", "hr": "HR", "facilities": "FACILITIES"}
ROLES = {}
for code, word in DEPARTMENTS.items():
    for kind, more in (("", ()), ("text", ("--text",))):
        name = f"{DB.prefix}{code}{kind}"
        made = DB.ebbctl("bi", "create", name, "--department", code, "--no-password", "--timeout", "20", "--connections", "5", *more, PGUSER="postgres")
        tap.same(made.returncode, 0, f"ebbctl makes {name}", made.stderr)
        ROLES[name] = (code, word, bool(kind))
TOKEN = DB.value("select t.hash('ada')")
VIEWS = [row[0] for row in DB.rows("select c.oid::regclass from pg_class c where c.relnamespace = 'reporting_v1'::regnamespace and c.relkind in ('v', 'r') order by 1")]
OWNED = [row[0] for row in DB.rows("select c.oid::regclass from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'department_id' where c.relnamespace = 'reporting_v1'::regnamespace and c.relkind = 'v' order by 1")]
TABLES = [row[0] for row in DB.rows("select c.oid::regclass from pg_class c where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') order by 1")]
RULES = [row[0] for row in DB.rows("select p.oid::regproc || '(' || array_to_string(array(select 'null::' || format_type(x, null) from unnest(p.proargtypes::oid[]) x), ', ') || ')' from pg_proc p"
                                   " where p.pronamespace in ('fn'::regnamespace, 'ctl'::regnamespace, 'api'::regnamespace) and p.prorettype <> 'trigger'::regtype order by 1")]
DB.run("analyze")


def own_count(code):
    return int(DB.value(f"select count(*) from ebb.ticket t join ebb.department d using (department_id) where department_code = '{code}' and not is_confidential"))


def leaks(text, word):
    """What of others, or what is confidential, stands in an answer."""
    foreign = [f"CANARY{w}" for w in DEPARTMENTS.values() if w != word] + ["SECRET"]
    return [f for f in foreign if f in text]


COUNT = "select count(*) from reporting_v1.tickets"
# What changes nothing of what is seen: the count afterwards is the own one, or the statement before was refused and it still is.
HARMLESS = {
    "as it is": "",
    "with the hash of an administrator's token": f"set ebb.token = '{TOKEN}';",
    "with a person and departments in settings": "set ebb.person = '106'; set ebb.person_id = '106'; set ebb.departments = '{1,2,3}'; set ebb.department_id = '2'; set app.user_id = '1';",
    "with a plugin's pass in a setting": "set ebb.plugging = 'x'; set ebb.pass = '1';",
    "with row security off": "set row_security = off;",
    "read and write": "set default_transaction_read_only = off; set session characteristics as transaction read write;",
    "with schemas of its own before": "set search_path = pg_temp, public, reporting_v1; ",
    "with generic plans": "set plan_cache_mode = force_generic_plan; prepare p as select count(*) from reporting_v1.tickets; execute p \\g /dev/null\n",
    "with all joins off": "set enable_hashjoin = off; set enable_mergejoin = off; set enable_nestloop = off; set enable_seqscan = off;",
    "in parallel": "set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set force_parallel_mode = on;",
    "as a replica": "set session_replication_role = replica;",
    "from the other end of a cursor": "begin; declare c cursor with hold for select count(*) from reporting_v1.tickets; commit; fetch c \\g /dev/null\n",
}
# Another role in the same session, after a plan was made: as a group nobody sees anything, and the other roles are not to be had.
OTHERS = ["ebb_bi", "ebb_bi_text", "ebb_report", "ebb_api", "ebb_owner", "ebb_ctl", "ebb_clock", "ebb_courier", "ebb_app", "ebb_session", "ebb_replay", "ebb_x", "postgres", "pg_read_all_data"]

# Whatever these answer: no text of others is in it, nor in an error. {} is a foreign word.
SEARCHES = [
    "select * from {view} v where v::text like '%CANARY%' or v::text like '%SECRET%'",
]
LEAKY = [  # over a view with texts: functions that tell what they were asked about
    "select count(*) from {t} where (subject || 'x')::int = 1",
    "select count(*) from {t} where subject::inet is not null",
    "select count(*) from {t} where subject::json is not null",
    "select count(*) from {t} where subject::xml is not null",
    "select count(*) from {t} where to_date(subject, 'YYYY') is not null",
    "select count(*) from {t} where to_tsquery('simple', subject || ' &') is not null",
    "select count(*) from {t} where pg_catalog.set_config('leak.all', current_setting('leak.all', true) || subject, false) is not null; select current_setting('leak.all', true)",
    "select count(*) from {t} where 1 / (case when subject like '%{word}%' then 0 else 1 end) = 1",
    "select count(*) from {t} where subject like '%{word}%'",
    "select count(*) from {t} where subject ~ '{word}'",
    "select count(*) from {t} where to_tsvector('simple', subject) @@ to_tsquery('simple', '{word}')",
    "select count(*) from {t} where position('{word}' in subject) > 0 and pg_sleep(0) is not null",
    "select min(subject), max(subject) from {t}",
    "select string_agg(subject, ' ') over (order by ticket_id rows between unbounded preceding and unbounded following) from {t}",
    "select * from {t} tablesample system (100)",
    "select query_to_xml('select * from {t}', true, true, '')",
    "select table_to_xml('{t}', true, true, '')",
    "copy (select * from {t}) to stdout",
    "do $$ declare r record; begin for r in select * from {t} loop raise notice '%', r; end loop; end $$",
    "select count(*) from {t} t1 full join {t} t2 on (t1.subject || 'x')::int = t2.ticket_id",
    "select (select count(*) from {t} x where (x.subject || 'x')::int > s.n) from generate_series(1, 2) s (n)",
]
CATALOGUE = [
    "select * from pg_stats where schemaname in ('ebb', 'reporting_v1')", "select * from pg_stats", "select * from pg_stats_ext", "select * from pg_stats_ext_exprs", "select * from pg_statistic",
    "select * from pg_stat_activity", "select * from pg_stat_get_activity(null)", "select pg_stat_get_backend_activity(n) from generate_series(1, 20) n", "select * from pg_prepared_statements",
    "select * from pg_cursors", "select * from pg_sequences", "select * from pg_locks", "select * from pg_show_all_settings()", "select * from pg_views", "select * from pg_policies", "select prosrc from pg_proc where proname not in ('life', 'past', 'more')",
    "select * from pg_description", "select * from pg_db_role_setting", "select * from information_schema.columns", "select * from pg_stat_user_tables", "select * from pg_stat_statements", "select * from pg_largeobject",
    "select * from pg_largeobject_metadata", "select * from pg_replication_slots", "select * from pg_publication_tables", "select * from pg_constraint", "select * from pg_attrdef",
]
REFUSED = [
    "select * from pg_authid", "select * from pg_shadow", "select * from pg_hba_file_rules", "select * from pg_statistic", "select * from pg_largeobject", "select * from pg_user_mapping",
    "select pg_read_file('PG_VERSION')", "select pg_ls_dir('.')", "select pg_stat_file('PG_VERSION')", "select pg_read_binary_file('global/pg_control')", "copy (select 1) to '/tmp/ebb-bi-probe'",
    "copy (select 1) to program 'true'", "create temp table f (x text); copy f from '/etc/passwd'", "select pg_reload_conf()", "select pg_rotate_logfile()", "select pg_switch_wal()", "select pg_stat_reset()",
    "select pg_create_restore_point('x')", "select pg_logical_emit_message(false, 'x', 'y')", "select pg_promote()", "checkpoint", "vacuum ebb.ticket", "analyze ebb.ticket", "cluster",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'", "select pg_cancel_backend(pid) from pg_stat_activity where usename = 'postgres'",
    "select pg_advisory_lock(7304, 2)", "select pg_try_advisory_lock(7304, 2)", "select pg_advisory_xact_lock(1)", "select pg_try_advisory_lock_shared(1)", "select pg_advisory_unlock_all()",
    "select lo_create(0)", "select lo_creat(-1)", "select lo_from_bytea(0, 'x')", "select lo_import('/etc/passwd')", "select lo_open(1, 131072)", "select lo_get(1)", "select lo_put(1, 0, 'x')", "select lo_export(1, '/tmp/x')",
    "select lo_unlink(1)", "select loread(0, 1)", "select lowrite(0, 'x')",
    "create table x (y int)", "create table public.x (y int)", "create table reporting_v1.x (y int)", "create temp table x (y int)", "select 1 into temp x", "create temp view x as select 1", "create view reporting_v1.x as select 1",
    "create function public.x() returns int language sql as 'select 1'", "create function pg_temp.x() returns int language sql as 'select 1'", "create schema x", "create extension dblink", "create type public.x as (y int)",
    "create domain public.x as int", "create operator public.=== (leftarg = int, rightarg = int, function = int4eq)", "create aggregate public.x (int) (sfunc = int4pl, stype = int)", "create cast (text as int) with inout",
    "create role x", "create database x", "create publication x", "create event trigger x on ddl_command_end execute function suppress_redundant_updates_trigger()", "create server x foreign data wrapper y",
    "create or replace view reporting_v1.tickets as select 1 as ticket_id", "alter view reporting_v1.tickets set schema public", "drop view reporting_v1.tickets", "comment on view reporting_v1.tickets is 'x'",
    "grant ebb_bi_text to current_user", "alter role current_user createrole", "alter role current_user bypassrls", "alter role current_user connection limit -1",
    "alter database current_database set x = 1", "alter system set jit = on", "security label on role ebb_bi is 'x'",
    "insert into reporting_v1.dim_date select * from reporting_v1.dim_date", "update reporting_v1.tickets set state = 'closed'", "delete from reporting_v1.tickets", "truncate reporting_v1.dim_date",
    "merge into reporting_v1.dim_date d using (select 1) s on true when matched then delete", "select * from reporting_v1.tickets for update", "select * from reporting_v1.dim_date for share",
    "lock table reporting_v1.dim_date in exclusive mode", "lock table ebb.ticket in access share mode", "refresh materialized view reporting_v1.tickets", "set session authorization postgres", "reset role; set role postgres",
    "set session_replication_role = replica", "set log_statement = 'none'", "set temp_file_limit = -1", "load 'auto_explain'", "select * from dblink('dbname=postgres', 'select 1') as x (y int)",
    "prepare transaction 'x'", "select nextval('ebb.ticket_ticket_id_seq')", "select last_value from ebb.ticket_ticket_id_seq", "select currval('ebb.ticket_ticket_id_seq')",
    "explain (analyze) select * from ebb.ticket", "select * from ebb.bi_role", "select * from fn.ticket_time", "select * from fn.person_label", "select * from api.ticket",
    "select set_config('role', 'ebb_owner', false)", "select set_config('session_authorization', 'postgres', false)",
]


def text_view(has_text):
    # Without the second role a table of words stands in: its functions are asked the same.
    return "reporting_v1_text.tickets" if has_text else "(select t.*, s.service_name as subject from reporting_v1.tickets t join reporting_v1.dim_services s using (service_id)) t"


def as_one(role, groups, name):
    """One session for many statements, each in a transaction of its own; TAP says which of them leaked."""
    word = ROLES[role][1]
    wrong = []
    session = Session(DB, role)
    for sql, answer in zip(groups, session.ask_all(groups)):
        found = leaks(answer, word)
        if found:
            wrong.append(f"{found}: {sql}\n{answer[:300]}")
    session.close()
    tap.ok(not wrong, f"{role}: {name} ({len(groups)} statements)", *wrong)


def refused(role, statements, name):
    wrong = []
    session = Session(DB, role)
    # The role's own read-only default is no wall: it takes that away first.
    for sql, answer in zip(statements, session.ask_all(statements, "begin read write;")):
        if "ERROR" not in answer:
            wrong.append(f"{sql} -> {answer[:200]}")
        elif leaks(answer, ROLES[role][1]):
            wrong.append(f"leaks {leaks(answer, ROLES[role][1])}: {sql} -> {answer[:200]}")
    session.close()
    tap.ok(not wrong, f"{role}: {name} ({len(statements)} statements)", *wrong)


def settings(role, code):
    count = own_count(code)
    for name, sql in HARMLESS.items():
        session = Session(DB, role)
        got = session.ask(f"{sql}\n{COUNT};")
        # One that is refused leaves the rest as it was; that the count comes is the last line either way.
        last = got.splitlines()[-1] if got else ""
        tap.ok(last == str(count) or (name == "with row security off" and "ERROR" in last), f"{role}: {name} it sees its {count} tickets and no more", got)
        session.close()
    session = Session(DB, role)
    wrong = []
    session.ask(f"set plan_cache_mode = force_generic_plan; prepare p as {COUNT}; execute p;")
    for other in OTHERS:
        for how in ("set role", "set session authorization"):
            got = session.ask(f"reset role;\n{how} {other};\nexecute p;").splitlines()
            seen = got[-1] if got else ""
            if seen not in ("0", str(count)) or (seen == str(count) and not any("permission denied" in line for line in got)):
                wrong.append(f"{how} {other}: {got}")
    tap.ok(not wrong, f"{role}: becomes no other role that sees more, with a plan that was made before", *wrong)
    session.close()


def noted(role):
    """What cannot be taken from whoever types SQL; said, so that nobody is surprised."""
    session = Session(DB, role)
    plan = session.ask("explain (analyze, timing off, summary off) select * from reporting_v1.tickets;")
    tap.ok(not leaks(plan, ROLES[role][1]), f"{role}: a plan shows no text of others", plan)
    if "Rows Removed by Filter" in plan:
        tap.note("EXPLAIN ANALYZE tells how many rows a policy has removed; docs/bi.md says so")
    session.ask("listen ebb_cache; listen ebb_outbox; listen ebb;")
    DB.run("select t.call_as('hal', 'ticket_open', json_build_object('subject', 'CANARYHR heard', 'service_id', 54)); select t.call_as('dana', 'ticket_open', json_build_object('subject', 'CANARYIT heard', 'service_id', 51));"
           " select t.call_as('finn', 'ticket_open', json_build_object('subject', 'CANARYFACILITIES heard', 'service_id', 55)); set role ebb_owner; select pg_notify('ebb_cache', 'plugin')")
    heard = session.ask("select 1;")
    tap.ok(not leaks(heard, ROLES[role][1]), f"{role}: who listens hears no text", heard)
    session.close()


watched = Session(DB, "postgres")
watched.ask("select 'CANARYIT CANARYHR CANARYFACILITIES SECRET in a statement of somebody else';")
for role, (code, word, has_text) in ROLES.items():
    foreign = [f"CANARY{w}" for w in DEPARTMENTS.values() if w != word] + ["SECRET"]
    department_id = list(DEPARTMENTS).index(code) + 1
    settings(role, code)
    as_one(role, [s.format(view=v) for v in VIEWS for s in SEARCHES], "every view of the contract, read whole")
    as_one(role, [f"select * from reporting_v1.{f}(now())" for f in ("tickets_at", "issues_at", "sla_clocks_at")] + [f"select * from reporting_v1.{f}('2025-01-08Z')" for f in ("tickets_at", "issues_at", "sla_clocks_at")],
           "the functions of the contract")
    hours = [DB.value("select coalesce(string_agg(reporting_v1.business_hours(service_id, '2025-01-06Z', '2025-01-10Z')::text, ' '), 'none')"
                      f" from (values ('it', 51), ('hr', 54), ('facilities', 55)) s (code, service_id) where code {op} '{code}'", role) for op in ("=", "<>")]
    tap.ok(hours[0] != "none" and hours[1] == "none", f"{role}: working hours of its own services only", hours)
    as_one(role, [s.format(t=text_view(has_text), word=f) for s in LEAKY for f in foreign], "functions and casts that tell what they are asked about")
    counts = DB.rows(" union all ".join(f"select count(*) from {text_view(has_text)} where subject like '%{f}%'" for f in foreign), role)
    tap.same(counts, [["0"]] * len(foreign), f"{role}: no row with a text of others can be counted")
    wrong = DB.rows(" union all ".join(f"select '{v}', count(*) from {v} x where department_id <> {department_id} having count(*) > 0" for v in OWNED), role)
    tap.same(wrong, [], f"{role}: no view has a row of another department")
    if not has_text:
        refused(role, ["select * from reporting_v1_text.tickets", "select subject from reporting_v1.tickets", "select description from reporting_v1.tickets"], "free text needs the second role")
    as_one(role, CATALOGUE, "statistics, activity, catalogue")
    refused(role, REFUSED, "what it must not do at all")
    if code == "it" and has_text:
        refused(role, [f"select count(*) from {t}" for t in TABLES], "no table of the desk")
        refused(role, [f"select {rule}" for rule in RULES], "no rule and no door of the desk")
    noted(role)
tap.done()
