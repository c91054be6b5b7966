#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# What the clocks of one ticket must say, minute by minute (kit.py), from what people did: JSON on stdin, JSON on stdout.
#   {"now", "calendar": [{"from", "made", "zone", "weekly"}], "targets": [{"code", "starts_on", "stops_on", "pauses_in", "seconds"}],
#    "steps": [[instant, action]]}  ->  [[code, cycle, started, stopped, due, seconds used, status]]; instants in microseconds since 1970
# It knows no database and no span: what an action means for the life of a ticket is said here once more.

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import kit  # noqa: E402

DAY = 1440 * kit.MINUTE
HELD = ["untriaged", "queued", "worked", "waiting_requester", "waiting_supplier", "waiting_approval", "waiting_scheduled", "transfer"]
# State and class of time that begin with an action; None: as before.
BEGINS = {"open": (1, "queued"), "take": (2, "worked"), "wait_requester": (3, "waiting_requester"), "wait_supplier": (3, "waiting_supplier"), "resume": (2, "worked"), "offer": (None, "transfer"),
          "accept": (None, "queued"), "resolve": (4, "resolved"), "reopen": (2, "worked"), "close": (5, "closed"), "cancel": (6, "closed")}


def life_of(steps):
    spans, messages, stay = [], [], 1
    for at, action in steps:
        # Whoever was waited for has spoken: the work goes on.
        heard = action == "question" and spans[-1].name == "waiting_requester"
        if action in BEGINS or heard:
            state, name = BEGINS["resume" if heard else action]
            stay += action == "accept"
            if spans:
                spans[-1].end = at
            spans.append(kit.Span(at, None, spans[-1].state if state is None else state, name, stay, action == "take"))
        if action in ("answer", "question"):
            messages.append((at, action == "answer"))
    return kit.Life(spans, messages, next((at for at, is_answer in messages if is_answer), None))


def main():
    case = json.load(sys.stdin)
    steps = [(kit.instant(at.rstrip("Z")), action) for at, action in case["steps"]]
    now = kit.instant(case["now"].rstrip("Z"))
    rules = [(kit.instant(v["from"].rstrip("Z")), kit.instant(v["made"].rstrip("Z")), kit.Rules(v["zone"], v["weekly"], [])) for v in case["calendar"]]
    start = steps[0][0] // DAY * DAY - DAY

    def timeline(known):
        return kit.Timeline([(begin, rule) for begin, made, rule in rules[:1]] + [(begin, rule) for begin, made, rule in rules[1:] if made < known], start, now + 20 * DAY)

    targets = [kit.Target(t["code"], t["starts_on"], t["stops_on"], [h for h in HELD if h not in t["pauses_in"]], [6, 7], [t["seconds"]], [None]) for t in case["targets"]]
    life, lines, out = life_of(steps), {}, []
    latest = timeline(now + 1)
    for (code, cycle), clock in kit.clocks(latest, life, targets, 1).items():
        line = latest
        if clock.stopped is not None:
            # What has stopped is measured by what was known when it stopped.
            line = lines.setdefault(clock.stopped, timeline(clock.stopped))
            clock = kit.clocks(line, life, targets, 1)[(code, cycle)]
        out.append([code, cycle, clock.start, clock.stopped, clock.due, kit.elapsed_now(clock, line, now) / kit.US, clock.status(now)])
    json.dump(sorted(out), sys.stdout)


if __name__ == "__main__":
    main()
