#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# The digest's figures against the reporting contract, asked directly by a BI role in other words: random lives of tickets, several
# weeks, two teams; the running week against what is open now. Speaks TAP.

import datetime
import json
import os
import random
import sys

sys.dont_write_bytecode = True
here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../tests/plugin"))
import kit  # noqa: E402
from kit import tap  # noqa: E402

TICKETS = 160
READS = ["contract_info", "dim_teams", "dim_agents", "dim_age_bands", "dim_statuses", "dim_priorities", "flow_daily", "handovers_daily", "ticket_spans", "sla_clocks", "tickets"]
STATEMENTS = {"week": "asked", "figures": "figures", "ages": "ages", "oldest": "oldest"}


def install(database):
    database.rows(f"""insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
                      values ('report_digest', '1.0.0', 1, 0, repeat('0', 64), '{json.dumps({"reads": READS})}', 4, now())""")
    for name, function in STATEMENTS.items():
        database.rows(f"insert into ebb.plugin_statement select plugin_id, '{name}', 'select * from x_report_digest.{function}($1::jsonb)', 'weekly', 4 from ebb.plugin where plugin_name = 'report_digest'")
    done = database.apply("--plugin", "report_digest", "--sql", os.path.join(here, "../sql"))
    tap.ok(done.returncode == 0, "the plugin's SQL and statements are installed", done.stdout, done.stderr)


def life(chance, hours):
    """Steps of a ticket that began so many hours ago; teams 11 and 12, people of both."""
    at, steps, team, state = 0.0, ["0 new 11 -"], 11, "new"
    while True:
        at += chance.expovariate(1 / 60)
        if at >= hours:
            return steps
        if state in ("resolved",):
            state = chance.choice(("closed", "active", "active"))
        else:
            state = chance.choice(("active", "active", "waiting:requester", "waiting:supplier", "resolved", "resolved", "cancelled"))
        if state != "resolved" and chance.random() < 0.3:
            team = 23 - team
        who = chance.choice(("-", "101", "103" if team == 12 else "102"))
        steps.append(f"{at:.3f} {state} {team} {who}")
        if state in ("closed", "cancelled"):
            return steps


def live(database):
    chance = random.Random(int(os.environ.get("EBB_SEED", "5")))
    calls = []
    for n in range(TICKETS):
        hours = chance.uniform(0, 24 * 45) if n % 4 else chance.uniform(24 * 45, 24 * 200)
        opened = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
        steps = "{" + ",".join(f'"{s}"' for s in life(chance, hours)) + "}"
        calls.append(f"select t.story({900000 + n}, '{opened.isoformat()}', '{steps}', {chance.choice((51, 52, 53))}) \\g /dev/null")
    with open(os.path.join(kit.SRC, "tests/lib/story.sql"), encoding="utf-8") as story:
        database.rows(story.read() + "\n".join(calls))
    # A story names no targets: they are those of the services.
    database.rows("""begin; set local session_replication_role = replica;
        update ebb.ticket t set sla_policy_version_id = s.sla_policy_id * 10 + 1 from ebb.service s where s.service_id = t.service_id and t.ticket_id >= 900000;
        set local session_replication_role = origin;
        select ctl.sla_rebuild(array_agg(ticket_id)) from ebb.ticket where ticket_id >= 900000 \\g /dev/null
        commit""")
    tap.ok(int(database.value("select count(*) from reporting_v1.sla_clocks where is_breached", "bi_it")) > TICKETS // 4, "tickets have lived, and some broke their targets")


def digest(database, team, week=None, department=1):
    params = {"team_id": str(team), **({"week": week} if week else {})}
    data = json.dumps({"department_id": department, "report": "weekly", "format": "json", "params": params})
    return json.loads(database.value(f"begin; set local role ebb_owner; select fn.plugin_rows(plugin_id, {department}, 4, 'weekly', $j${data}$j$) from ebb.plugin where plugin_name = 'report_digest'; commit"))


def direct(database, team, first, last, at):
    """One week by the contract, as an analyst would ask: {measure: figure}."""
    one = lambda sql: int(database.value(sql, "bi_it") or 0)
    steps = lambda kinds: one(f"select count(*) from reporting_v1.flow_steps where team_id = {team} and happened_date between '{first}' and '{last}' and flow_kind in ({kinds})")
    still = f"started_at <= '{at}' and (ended_at is null or ended_at > '{at}')"
    return {"opened": steps("'opened'"), "handed_in": steps("'handed_in'"), "reopened": steps("'reopened'"), "resolved": steps("'resolved', 'ended'"),
            "cancelled": steps("'cancelled', 'merged'"), "handed_out": steps("'handed_out'"),
            "came_back": one(f"select count(*) from reporting_v1.handovers where to_team_id = {team} and is_return and handed_date between '{first}' and '{last}'"),
            "open_at_end": one(f"select sum(net_change_count) from reporting_v1.flow_daily where team_id = {team} and date <= '{last}'"),
            "unowned": one(f"select count(*) from reporting_v1.ticket_spans where team_id = {team} and is_unowned and {still}"),
            "overdue": one(f"""select count(distinct s.ticket_id) from reporting_v1.ticket_spans s join reporting_v1.sla_clocks c on c.ticket_id = s.ticket_id
                               where s.team_id = {team} and s.is_open and s.started_at <= '{at}' and (s.ended_at is null or s.ended_at > '{at}')
                                 and c.target_kind = 'resolve' and c.is_breached and c.due_at < '{at}'""")}


def ages(database, team, at):
    rows = database.rows(f"""select case when h < 24 then 1 when h < 72 then 2 when h < 168 then 3 when h < 720 then 4 when h < 2160 then 5 else 6 end, count(*)
                               from (select round(extract(epoch from '{at}' - s.opened_at) / 3600, 2) as h from reporting_v1.ticket_spans s
                                      where s.team_id = {team} and s.is_open and s.started_at <= '{at}' and (s.ended_at is null or s.ended_at > '{at}')) x group by 1 order by 1""", "bi_it")
    found = {int(band): int(count) for band, count in rows}
    return [found.get(band, 0) for band in range(1, 7)]


def weeks(database):
    monday = datetime.date.fromisoformat(database.value("select date_trunc('week', now() at time zone reporting_time_zone_name)::date from reporting_v1.contract_info", "bi_it"))
    seen = 0
    for back in range(1, 4):
        for team in (11, 12):
            first = monday - datetime.timedelta(days=7 * back)
            week = f"{first.isocalendar()[0]}-W{first.isocalendar()[1]:02d}"
            got = digest(database, team, None if back == 1 else week)
            head = got["week"][0]
            tap.same([head["week"], head["first_day"], head["is_complete"]], [week, str(first), "true"], f"team {team}: week {week}")
            end = lambda day: database.value(f"select (date '{day}' + 7)::timestamp at time zone reporting_time_zone_name from reporting_v1.contract_info", "bi_it")
            figures = {row["measure"]: (int(row["this_week"]), int(row["week_before"])) for row in got["figures"]}
            before = first - datetime.timedelta(days=7)
            now = direct(database, team, first, first + datetime.timedelta(days=6), end(first))
            then = direct(database, team, before, before + datetime.timedelta(days=6), end(before))
            tap.same(figures, {measure: (now[measure], then[measure]) for measure in now}, f"team {team}, {week}: figures are those of the views")
            tap.same([int(r["this_week"]) for r in got["ages"]], ages(database, team, end(first)), f"team {team}, {week}: ages are those of the spans")
            f = {measure: pair[0] for measure, pair in figures.items()}
            tap.same(figures["open_at_end"][1] + f["opened"] + f["handed_in"] + f["reopened"] - f["resolved"] - f["cancelled"] - f["handed_out"], f["open_at_end"],
                     f"team {team}, {week}: what came less what went is the change")
            seen += sum(f.values())
    tap.ok(seen > 100, f"{seen} counted in all: the comparison is of something")


def running(database):
    week = datetime.date.fromisoformat(database.value("select (now() at time zone reporting_time_zone_name)::date from reporting_v1.contract_info", "bi_it")).isocalendar()
    got = digest(database, 11, f"{week[0]}-W{week[1]:02d}")
    tap.same(got["week"][0]["is_complete"], "false", "a week that runs is not complete")
    figures = {row["measure"]: int(row["this_week"]) for row in got["figures"]}
    now = database.rows("select count(*), count(*) filter (where is_unowned), count(*) filter (where is_overdue) from reporting_v1.backlog_now where team_id = 11", "bi_it")[0]
    tap.same([str(figures[m]) for m in ("open_at_end", "unowned", "overdue")], now, "what is open in it is the backlog of now")
    bands = dict(database.rows("select age_band, count(*) from reporting_v1.backlog_now where team_id = 11 group by 1", "bi_it"))
    tap.same({r["age_band"]: r["this_week"] for r in got["ages"] if r["this_week"] != "0"}, bands, "by the same bands")
    oldest = database.rows("select ticket_ref, service_name, state from reporting_v1.backlog_now where team_id = 11 order by opened_at, ticket_id limit 10", "bi_it")
    tap.same([[r["ticket_ref"], r["service_name"], r["state"]] for r in got["oldest"]], oldest, "the oldest are the oldest")


def bands(database):
    tap.same(database.value("""select count(*) from generate_series(0, 30000) n (h) join reporting_v1.dim_age_bands b on n.h / 10.0 >= b.from_hours and (n.h / 10.0 < b.to_hours or b.to_hours is null)
                                where b.age_band <> fn.age_band(n.h / 10.0)"""), "0", "dim_age_bands has the limits of the bands")
    tap.same(database.value("select count(*) from generate_series(0, 30000) n (h) join reporting_v1.dim_age_bands b on n.h / 10.0 >= b.from_hours and (n.h / 10.0 < b.to_hours or b.to_hours is null)", "bi_it"),
             "30001", "and each age has one")


def refusals(database):
    for params, pointer in (({}, "/team_id"), ({"team_id": "21"}, "/team_id"), ({"team_id": "x"}, "/team_id"), ({"team_id": "11", "week": "2026-W60"}, "/week"),
                            ({"team_id": "11", "week": "2025-W53"}, "/week"), ({"team_id": "11", "week": "46"}, "/week"), ({"team_id": "11", "week": "2999-W01"}, "/week")):
        data = json.dumps({"department_id": 1, "params": params})
        rows = json.loads(database.value(f"begin; set local role ebb_owner; select fn.plugin_rows(plugin_id, 1, 4, 'weekly', $j${data}$j$) from ebb.plugin where plugin_name = 'report_digest'; commit"))
        tap.ok(rows["week"][0]["pointer"] == pointer and rows["figures"] == rows["ages"] == rows["oldest"] == [], f"refused: {params}", rows["week"])
    tap.same(digest(database, 21, department=2)["week"][0]["team_name"], "People Team", "another department has its own teams")


def main():
    database = kit.Database("report_digest", ["report_digest"])
    install(database)
    live(database)
    bands(database)
    weeks(database)
    running(database)
    refusals(database)
    tap.done()


if __name__ == "__main__":
    main()
