#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# sql/apply --plugin and --unplug: what a plugin's SQL may make, what its statements may be, what is refused with which
# words, and that a refusal leaves nothing. Its SQL is taken for hostile. Speaks TAP.

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402
from kit import tap  # noqa: E402

WORD = "create table word (word_id int generated always as identity primary key, department_id int not null, word text not null);"
HASH = "0" * 64


def register(database, name, statements=(), reads=()):
    """What ctl.plugin_install would have written."""
    database.rows(f"""
        insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
        values ('{name}', '1.0.0', 1, 0, '{HASH}', '{{}}', 2, now()) on conflict do nothing;
        update ebb.plugin set description = $j${json.dumps({"reads": list(reads)})}$j$ where plugin_name = '{name}';
        delete from ebb.plugin_statement where plugin_id = (select plugin_id from ebb.plugin where plugin_name = '{name}');""")
    for statement, text in dict(statements).items():
        database.rows(f"insert into ebb.plugin_statement select plugin_id, '{statement}', $stmt${text}$stmt$, null, 2 from ebb.plugin where plugin_name = '{name}'")


def folder(database, name, files):
    path = database.path(name, ".")
    for file, text in files.items():
        database.file(f"{name}/{file}", text)
    return os.path.dirname(path)


def called(database, name, statement, department, data="{}"):
    """Rows of a statement as the desk runs it, in one department."""
    done = database.run(f"""
        begin; set local role ebb_owner;
        select set_config('ebb.plugin_pass', '{name} {department} ' || fn.plugin_pass_seal('{name}', {department}), true) \\g /dev/null
        select coalesce(json_agg(s), '[]') from x_{name}.statement_{statement}($j${data}$j$) s; commit;""")
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def life(database):
    register(database, "plug_a", {"words": "select word, $1 ->> 'x' as x from word order by word_id", "add": "insert into word (department_id, word) values (($1 ->> 'department_id')::int, $1 ->> 'word') returning word",
                                  "teams": "select team_id, department_id from reporting_v1.dim_teams", "shout": "select loud(word) from word order by 1"}, ["dim_teams"])
    sql = folder(database, "a", {"0001_word.sql": WORD, "0002_view.sql": "create view lower_word with (security_invoker = true) as select department_id, lower(word) as word from word;",
                                 "code/loud.sql": "create or replace function loud(p_word text) returns text language plpgsql as $$ begin return upper(p_word); end $$;"})
    done = database.apply("--plugin", "plug_a", "--sql", sql, "--dry-run")
    tap.ok(done.returncode == 0 and "pending: 0001_word.sql" in done.stdout and database.value("select to_regnamespace('x_plug_a') is null") == "t", "--dry-run names what would run and makes nothing", done.stdout, done.stderr)
    done = database.apply("--plugin", "plug_a", "--sql", sql)
    tap.ok(done.returncode == 0 and "migrated: 0001_word.sql" in done.stdout, "a plugin's schema is made", done.stdout, done.stderr)
    tap.same(database.rows("select no, name from ebb.plugin_migration where plugin_name = 'plug_a' order by 1"), [["1", "0001_word.sql"], ["2", "0002_view.sql"]], "its migrations are noted")
    tap.same(database.rows("select relname, relowner::regrole::text, relrowsecurity from pg_class where relnamespace = 'x_plug_a'::regnamespace and relkind = 'r'"), [["word", "ebb_x_plug_a", "t"]],
             "a table belongs to the plugin's role and is under row-level security")
    tap.same(database.value("select count(*) from pg_auth_members where 'ebb_x_plug_a'::regrole in (member, roleid) or 'ebb_x_plug_a_call'::regrole in (member, roleid)"), "0", "the roles stand alone")
    tap.same(called(database, "plug_a", "add", 1, '{"department_id": 1, "word": "printer"}'), [{"word": "printer"}], "a statement writes in its department")
    tap.ok("row-level security" in called(database, "plug_a", "add", 1, '{"department_id": 2, "word": "x"}'), "and in no other")
    called(database, "plug_a", "add", 2, '{"department_id": 2, "word": "payroll"}')
    tap.same(called(database, "plug_a", "words", 1, '{"x": "7"}'), [{"word": "printer", "x": "7"}], "it reads its department only, with the input of the call")
    tap.same(called(database, "plug_a", "shout", 2), [{"loud": "PAYROLL"}], "it calls the plugin's functions")
    teams = called(database, "plug_a", "teams", 2)
    tap.ok(teams and all(row["department_id"] == 2 for row in teams), "it reads declared views of the reporting contract, for its department", teams)
    tap.same(database.value("begin; set local role ebb_owner; select count(*) from x_plug_a.statement_words('{}')"), "0", "without a pass there is no row")
    tap.ok("permission denied" in database.run("select * from x_plug_a.statement_words('{}')", "ebb_app").stderr, "the web's role does not execute statements")
    again = database.apply("--plugin", "plug_a", "--sql", sql)
    tap.ok(again.returncode == 0 and "migrated" not in again.stdout and called(database, "plug_a", "words", 1, "{}")[0]["word"] == "printer", "again it changes nothing", again.stdout, again.stderr)
    database.file("a/code/loud.sql", "create or replace function loud(p_word text) returns text language plpgsql as $$ begin return upper(p_word) || '!'; end $$;")
    tap.same([database.apply("--plugin", "plug_a", "--sql", sql).returncode, called(database, "plug_a", "shout", 2)], [0, [{"loud": "PAYROLL!"}]], "code is applied anew")


def upgrade(database):
    sql = database.path("a", "x")[:-2]
    database.file("a/0003_more.sql", "alter table word add column weight int not null default 1;\nselect no_such_function();")
    done = database.apply("--plugin", "plug_a", "--sql", sql)
    tap.ok(done.returncode == 65 and "0003_more.sql" in done.stderr and "Nothing of it remains" in done.stderr, "a migration that fails is named", done.stderr)
    tap.same(database.value("select count(*) from pg_attribute where attrelid = 'x_plug_a.word'::regclass and attname = 'weight'"), "0", "and nothing of it remains")
    tap.same(called(database, "plug_a", "words", 1)[0]["word"], "printer", "the old statements still answer")
    os.remove(database.path("a", "0003_more.sql"))
    database.file("a/0002_view.sql", "select 1;")
    done = database.apply("--plugin", "plug_a", "--sql", sql)
    tap.ok(done.returncode == 65 and "has changed since it ran" in done.stderr, "an edited migration is refused", done.stderr)
    os.remove(database.path("a", "0002_view.sql"))
    done = database.apply("--plugin", "plug_a", "--sql", sql)
    tap.ok(done.returncode == 65 and "older version" in done.stderr, "so is a folder that lacks one that ran", done.stderr)
    register(database, "plug_a", {"words": "select word, word_id from word"}, [])
    tap.same([database.apply("--plugin", "plug_a").returncode, database.value("select string_agg(proname, ' ') from pg_proc where pronamespace = 'x_plug_a'::regnamespace and proname like 'statement%'")], [0, "statement_words"],
             "statements that are no longer declared go")
    tap.ok("permission denied" in database.run("set role ebb_x_plug_a_call; select * from reporting_v1.dim_teams").stderr, "so do views that are no longer read")


def removal(database):
    done = database.apply("--unplug", "plug_a")
    tap.same(done.returncode, 0, "a plugin is unplugged", done.stderr)
    tap.same(database.value("select count(*) from pg_proc where pronamespace = 'x_plug_a'::regnamespace and proname like 'statement%'"), "0", "its statements are gone")
    tap.ok("permission denied" in database.run("set role ebb_x_plug_a_call; select * from x_plug_a.word").stderr, "the role that ran them has no right left")
    tap.same([database.rows("select word from x_plug_a.word", role) for role in ("bi_it", "bi_hr")], [[["printer"]], [["payroll"]]], "its tables stay readable, each department's by its BI role")
    tap.same(database.value("select count(*) from x_plug_a.word"), "2", "and wholly by the administrator")
    tap.same(database.apply("--unplug", "plug_a").returncode, 0, "again it is no fault")
    tap.same(database.apply("--unplug", "plug_never").returncode, 0, "nor is one that never was")
    tap.same([database.apply("--plugin", "plug_a").returncode, called(database, "plug_a", "words", 2)], [0, [{"word": "payroll", "word_id": 3}]], "plugged again it goes on where it was")


REFUSED_SQL = {
    "a table without a department": ("create table t (a int);", 'no column "department_id int not null"'),
    "a department that may be empty": ("create table t (department_id int);", 'no column "department_id int not null"'),
    "a SECURITY DEFINER function": (WORD + "create function f() returns int language sql security definer as 'select 1';", "SECURITY DEFINER"),
    "a function called like a statement": ("create function statement_x(p jsonb) returns setof json language sql as 'select null::json';", "begin with statement_"),
    "a function that sets": ("create function f() returns int language sql set statement_timeout = 0 as 'select 1';", "changes settings"),
    "dynamic SQL": ("create function f() returns int language plpgsql as $$ begin execute 'select 1'; return 1; end $$;", "uses EXECUTE"),
    "set_config": ("create function f() returns text language sql as $$ select set_config('statement_timeout', '0', false) $$;", "uses set_config"),
    "set_config in a default": (WORD + "alter table word add column t text default set_config('a.b', 'c', false);", "uses set_config"),
    "advisory locks": ("create function f() returns void language sql as $$ select pg_advisory_lock(7304) $$;", "advisory_lock"),
    "a view that shows all": (WORD + "create view v as select * from word;", "security_invoker"),
    "a materialized view": (WORD + "create materialized view v as select * from word;", "materialized view"),
    "a rule": (WORD + "create rule r as on insert to word do also select 1;", "Use a trigger"),
    "a deferrable constraint": (WORD + "alter table word add constraint u unique (word) deferrable initially deferred;", "deferrable"),
    "a prepared statement": ("create function f() returns int language sql as 'prepare enter as select 1; select 1';", "uses PREPARE"),
    "an end of prepared statements": ("create function f() returns int language plpgsql as $$ begin deallocate all; return 1; end $$;", "uses DEALLOCATE"),
    "a cursor that outlives the transaction": ("create function f() returns int language sql as 'declare c cursor with hold for select 1; select 1';", "uses a cursor WITH HOLD"),
    "a notification": ("create function f() returns int language plpgsql as $$ begin if true then NOTIFY ebb_cache; end if; return 1; end $$;", "uses NOTIFY"),
    "a channel": ("create function f() returns int language plpgsql as $$ begin /* x */listen ebb_cache; return 1; end $$;", "uses LISTEN"),
    "a policy of its own": (WORD + "alter table word enable row level security; create policy p on word using (true);", "is not for a plugin to make"),
    "a grant": (WORD + "grant select on word to ebb_app;", "leave GRANT out"),
    "a grant of a column": (WORD + "grant select (word) on word to ebb_app;", "leave GRANT out"),
    "another schema": ("create schema x_other;", "permission denied"),
    "the desk's tables": ("select * from ebb.ticket;", "permission denied"),
    "the reporting views": ("create table t as select 1 as department_id from reporting_v1.tickets;", "permission denied"),
    "an event trigger": ("create function e() returns event_trigger language plpgsql as $$ begin end $$; create event trigger e on ddl_command_end execute function e();", "permission denied"),
    "a large object": ("select lo_create(0);", "permission denied"),
    "an operator": ("create operator === (leftarg = int, rightarg = int, function = int4eq);", "It may make tables"),
    "default rights": ("alter default privileges grant select on tables to public;", "keeps to its own schema"),
    "a role": ("create role x_evil;", "permission denied"),
    "becoming somebody else": ("reset role; create role x_evil;", "security-definer"),
    "becoming the administrator": ("set role postgres;", "security-definer"),
    "another session's user": ("reset session authorization;", "security-definer"),
    "the end of the transaction": ("commit;", "transaction commands"),
    "a program": ("copy (select 1) to program 'id';", "must be superuser"),
    "a file": ("copy (select 1) to '/tmp/ebb-plugin-file';", "must be superuser"),
    "a command of psql": ("\\! touch /tmp/ebb-plugin-psql", "syntax error"),
}


def refused(database):
    for what, (text, words) in REFUSED_SQL.items():
        sql = folder(database, "bad", {"0001_bad.sql": text})
        done = database.apply("--plugin", "plug_bad", "--sql", sql)
        tap.ok(done.returncode == 65 and words in done.stderr, f"refused: {what}", done.stdout, done.stderr)
    tap.same(database.value("select coalesce(to_regnamespace('x_plug_bad')::text, to_regrole('ebb_x_plug_bad')::text, 'nothing') || (select count(*) from ebb.plugin_migration where plugin_name = 'plug_bad')"),
             "nothing0", "nothing of all these remains")
    tap.ok(not os.path.exists("/tmp/ebb-plugin-psql") and database.value("select count(*) from pg_roles where rolname = 'x_evil'") == "0", "and nothing of them was done")


def disguised(database):
    """Texts that would act later, or on what the administrator's session runs next."""
    trigger = """create function t() returns trigger language plpgsql as $$ begin reset role; create role x_evil superuser; return null; end $$;
                 create constraint trigger t after insert on word deferrable initially deferred for each row execute function t(); insert into word (department_id, word) values (1, 'x');"""
    shadow = "create function lower(text) returns text language sql as $$ select 'x' $$; set search_path = x_plug_bad, pg_catalog; set standard_conforming_strings = off; set row_security = off;"
    for what, text, words in (("a trigger for the commit", WORD + trigger, "deferrable"), ("a dropped one", WORD + trigger + "drop trigger t on word;", "pending trigger events"),
                              ("settings before a fault", shadow + "create table t (a int);", "department_id")):
        done = database.apply("--plugin", "plug_bad", "--sql", folder(database, "bad", {"0001_bad.sql": text}))
        tap.ok(done.returncode == 65 and words in done.stderr, f"refused: {what}", done.stdout, done.stderr)
    # What a cursor WITH HOLD has not delivered is run at the commit, as whoever installs.
    late = "create function late() returns int language plpgsql as $$ begin create role x_evil superuser; return 1; end $$; declare c cursor with hold for select late();"
    done = database.apply("--plugin", "plug_bad", "--sql", folder(database, "bad", {"0001_bad.sql": late}))
    tap.same([done.returncode, database.value("select count(*) from pg_roles where rolname = 'x_evil'")], [0, "0"], "a cursor of a migration ends with it", done.stderr)
    database.apply("--unplug", "plug_bad")
    database.run("drop schema x_plug_bad cascade; delete from ebb.plugin_migration where plugin_name = 'plug_bad'")
    register(database, "plug_bad", {"set": "select f()"})
    sql = folder(database, "bad", {"0001_bad.sql": "create function f() returns int language plpgsql as $$ begin set statement_timeout = '7s'; return 1; end $$;"})
    tap.same(database.apply("--plugin", "plug_bad", "--sql", sql).returncode, 0, "SET within a function cannot be seen beforehand")
    tap.ok("changes settings of the connection" in called(database, "plug_bad", "set", 1), "but is refused when it happens")
    database.file("bad/code/f.sql", """create or replace function f() returns int language plpgsql stable as $$ begin set statement_timeout = 0; return 1; end $$;
        create or replace function h() returns int language plpgsql as $$ begin set statement_timeout = 77; return 1; end $$;
        create or replace function g() returns int language plpgsql stable as $$ begin return (select H()); end $$;""")
    register(database, "plug_bad", {"set": "select f()", "far": "select g()"})
    done = database.apply("--plugin", "plug_bad", "--sql", sql)
    tap.same(done.returncode, 0, "nor behind a function that promises to change nothing", done.stderr)
    tap.ok("not allowed in a non-volatile function" in called(database, "plug_bad", "set", 1), "which PostgreSQL holds to its promise")
    far = called(database, "plug_bad", "far", 1)
    tap.ok("changes settings of the connection" in far, "and a function that it leads to is watched", far)


# A function may do what is seen only when it is done; in sessions of the desk nothing of it may stay.
TRACES = {
    "a setting of the desk's": "set ebb.plugin_run = '7'",
    "another's token": "set local ebb.token = 'x'",
    "an open cursor": "open v_cursor for select 1",
}


def traces(database):
    body = "create or replace function f() returns int language plpgsql as $$ declare v_cursor refcursor; begin %s; return 1; end $$;"
    sql = folder(database, "t", {"code/f.sql": body % "null"})
    ask = """begin; select fn.plugin_rows((select plugin_id from ebb.plugin where plugin_name = 'plug_t'), 1, 2, null, '{}'); commit;
             select concat_ws('|', current_setting('ebb.plugin_run', true), current_setting('ebb.token', true), (select count(*) from pg_cursors));"""
    register(database, "plug_t", {"one": "select f()"})
    done = database.apply("--plugin", "plug_t", "--sql", sql)
    tap.ok(done.returncode == 0 and '"f" : "1"' in database.run(ask).stdout, "a function that leaves nothing", done.stderr, database.run(ask))
    for what, command in TRACES.items():
        database.file("t/code/f.sql", body % command)
        done = database.apply("--plugin", "plug_t", "--sql", sql)
        tap.same(done.returncode, 0, f"{what}: seen only when it happens", done.stderr)
        said = database.run(ask).stderr
        tap.ok("Statement one of plugin plug_t leaves something behind" in said, f"{what}: refused then", said)
    database.file("t/code/f.sql", body % "assert false")
    database.apply("--plugin", "plug_t", "--sql", sql)
    tap.ok("A statement of the plugin failed: assertion failed" in database.run(
        "update ebb.plugin_statement set run_when = 1; select fault from fn.plugin_told((select plugin_id from ebb.plugin where plugin_name = 'plug_t'), 1, '{}')").stdout, "a failed assertion is a fault like others")


REFUSED_STATEMENTS = {
    "two": "select 1; drop table x_plug_s.word",
    "two, the second in a comment's shadow": "select 1 --\n; drop table word",
    "an end of the wrapping": "select 1) s; drop table word; select (1",
    "an end of the loop": "select 1 loop return next '{}'::json; end loop; for v_row in select 2",
    "a loop's word": "select 1 as one loop",
    "an open comment": "select 1 /* and so on",
    "an open quote": "select 'and so on",
    "an open dollar quote": "select $a$ and so on",
    "an end of the body": "select 1 $body$; drop table word; $body$",
    "a final semicolon": "select 1;",
    "one hidden behind a comment": "select 1; -- fine",
    "nothing": "",
    "a comment": "-- nothing",
    "no rows": "update word set word = 'x'",
    "no query": "drop table word",
    "a copy": "copy word to stdout",
    "a call": "call something()",
    "a prepared one": "execute something",
    "a plan": "explain analyze delete from word",
    "a setting": "set role postgres",
    "another parameter": "select $2::text",
    "a table that is not there": "select * from nowhere",
    "the desk's tables": "select * from ebb.ticket",
    "an undeclared view": "select * from reporting_v1.tickets",
    "set_config": "select set_config('row_security', 'off', false)",
    "set_config, quoted": "select pg_catalog.\"set_config\"('row_security', 'off', false)",
    "set_config, written by code points": "select u&\"set\\005fconfig\"('a.b', 'c', false)",
    "text that is run": "select query_to_xml('select 1', true, true, '')",
    "a lock": "select pg_advisory_lock(1)",
    "sleep": "select pg_sleep(10)",
    "select into": "select 1 as a into other",
}


def statements(database):
    sql = folder(database, "s", {"0001_word.sql": WORD})
    tap.same(database.apply("--plugin", "plug_s", "--sql", sql).returncode, 0, "a plugin without statements")
    for what, text in REFUSED_STATEMENTS.items():
        register(database, "plug_s", {"bad": text})
        done = database.apply("--plugin", "plug_s", "--sql", sql)
        tap.ok(done.returncode == 65 and "Statement bad of plugin plug_s" in done.stderr and database.value("select count(*) from x_plug_s.word") == "0", f"no statement: {what}", done.stdout, done.stderr)
    fine = {"plain": "select 1 as a", "cte": "with x as (insert into word (department_id, word) values (1, 'w') returning word) select * from x", "values": "values (1, 'a;b')", "quoted": "select $q$ ; $q$ as a, '--;' as b",
            "comment": "select 1 as a -- ; drop table word", "union": "(select 1 as a) union all select 2 order by 1", "own_names": "select 1 as p_input, 2 as v_row, 3 as loop_count"}
    register(database, "plug_s", fine)
    done = database.apply("--plugin", "plug_s", "--sql", sql)
    tap.same(done.returncode, 0, "one query may be written in many ways", done.stderr)
    got = {name: called(database, "plug_s", name, 1) for name in fine}
    tap.same(got, {"plain": [{"a": 1}], "cte": [{"word": "w"}], "values": [{"column1": 1, "column2": "a;b"}], "quoted": [{"a": " ; ", "b": "--;"}], "comment": [{"a": 1}], "union": [{"a": 1}, {"a": 2}],
                   "own_names": [{"p_input": 1, "v_row": 2, "loop_count": 3}]}, "and all of them answer")


def usage(database):
    tap.same([database.apply("--plugin", name).returncode for name in ("Bad", "x;y", "", "foo_call", "1x")], [65] * 5, "a name that is none is refused")
    tap.same(database.apply("--plugin").returncode, 64, "no name is wrong use")
    tap.same(database.apply("--plugin", "plug_s", "--sql", "/nowhere").returncode, 66, "a folder that is not there")
    done = database.apply("--plugin", "plug_s", user="ebb_ctl")
    tap.ok(done.returncode == 77 and "superuser" in done.stderr, "who is no superuser is told so", done.stderr)
    register(database, "plug_s", {}, ["no_such_view"])
    tap.ok('no such view' in database.apply("--plugin", "plug_s").stderr, "a view that is not there is named")
    tap.same(database.value("select count(*) from ebb.plugin_migration where plugin_name = 'plug_s'"), "1", "what was there before is still there")
    tap.same(database.apply("--check").returncode, 0, "the desk's own migrations do not care")


def main():
    database = kit.Database("apply", ["plug_a", "plug_s", "plug_bad", "plug_t"])
    life(database)
    upgrade(database)
    removal(database)
    refused(database)
    disguised(database)
    traces(database)
    statements(database)
    usage(database)
    tap.done()


if __name__ == "__main__":
    main()
