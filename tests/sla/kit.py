# SPDX-License-Identifier: Apache-2.0
# A second opinion on working time and clocks: minute by minute, by the tz database of Python, in whole microseconds.  It
# asks of every minute what the clock on the wall shows and whether that lies in a span; it knows nothing of how the database
# compiles a calendar, and must not learn it.  Instants are microseconds since 1970.

import array
import bisect
import datetime
import itertools
import zoneinfo

US = 1_000_000
MINUTE = 60 * US
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def instant(text):
    """Microseconds since 1970 of an ISO instant in UTC."""
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def zones_known(names):
    return set(names) <= zoneinfo.available_timezones()


def minutes_of(text):
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


class Rules:
    """What one version of a calendar says."""

    def __init__(self, zone, weekly, holidays, exceptions=()):
        self.zone, self.weekly, self.holidays, self.exceptions = zone, weekly, holidays, list(exceptions)
        self.info = zoneinfo.ZoneInfo(zone)
        self.free = {datetime.date.fromisoformat(day) for day in holidays}
        # today[day][minute]: a span that began today; after[day][minute]: one that began on that day, seen on the next.
        self.today = {day: bytearray(1440) for day in range(1, 8)}
        self.after = {day: bytearray(1440) for day in range(1, 8)}
        for span in weekly:
            self.paint(span, self.today[span["day"]], self.after[span["day"]])
        # A day with spans of its own: what the week and the holidays say of it does not count.
        self.own = {}
        for exception in self.exceptions:
            today, after = bytearray(1440), bytearray(1440)
            for span in exception["spans"]:
                self.paint(span, today, after)
            self.own[datetime.date.fromisoformat(exception["date"])] = (today, after)

    @staticmethod
    def paint(span, today, after):
        start, end = minutes_of(span["from"]), minutes_of(span["to"])
        if end > start:
            today[start:end] = b"\1" * (end - start)
        else:
            today[start:1440] = b"\1" * (1440 - start)
            after[0:end] = b"\1" * end

    def works(self, minute):
        """Whether the minute that begins at this moment (an aware datetime in UTC) is working time."""
        local = minute.astimezone(self.info)
        of_day = local.hour * 60 + local.minute
        date = local.date()
        if date in self.own:
            today = self.own[date][0][of_day]
        else:
            today = self.today[date.isoweekday()][of_day] and date not in self.free
        if today:
            return 1
        before = date - datetime.timedelta(days=1)
        if before in self.own:
            return self.own[before][1][of_day]
        return 1 if self.after[before.isoweekday()][of_day] and before not in self.free else 0


class Timeline:
    """Working minutes of a calendar between two instants; versions is a list of (valid_from, Rules), the first from ever."""

    def __init__(self, versions, start, end):
        self.versions, self.start, self.end = versions, start, end
        self.minutes = bytearray((end - start) // MINUTE)
        moment, step = EPOCH + datetime.timedelta(microseconds=start), datetime.timedelta(minutes=1)
        for n in range(len(self.minutes)):
            self.minutes[n] = self.rules_at(start + n * MINUTE).works(moment)
            moment += step
        self.before = array.array("i", itertools.accumulate(self.minutes, initial=0))

    def rules_at(self, at):
        # The latest version that holds by then; a later version that was dated back replaces the ones before it.
        for valid_from, rules in reversed(self.versions[1:]):
            if valid_from <= at:
                return rules
        return self.versions[0][1]

    def worked(self, at):
        """Working microseconds from the start of the timeline."""
        n, rest = divmod(at - self.start, MINUTE)
        return self.before[n] * MINUTE + (rest if n < len(self.minutes) and self.minutes[n] else 0)

    def between(self, a, b):
        return self.worked(b) - self.worked(a)

    def add(self, at, work):
        """First instant by which so much work time has passed; None when it lies after the end of the timeline."""
        if work == 0:
            return at
        goal = self.worked(at) + work
        # The minute in which the sum first reaches the goal.
        n = bisect.bisect_left(self.before, -(-goal // MINUTE))
        if n > len(self.minutes):
            return None
        return self.start + (n - 1) * MINUTE + (goal - self.before[n - 1] * MINUTE)


class Span:
    """A piece of a ticket's life: state, clock class, number of the stay with a team, and whether somebody is assigned."""

    def __init__(self, start, end, state, name, stay, assigned):
        self.start, self.end, self.state, self.name, self.stay, self.assigned = start, end, state, name, stay, assigned


class Target:
    """What a policy grants, with the conditions that start, pause, stop and cancel its clocks."""

    def __init__(self, code, starts_on, stops_on, runs_in, cancels_in, seconds, warnings):
        self.code, self.starts_on, self.stops_on, self.runs_in, self.cancels_in = code, starts_on, stops_on, runs_in, cancels_in
        self.seconds, self.warnings = seconds, warnings  # by priority; a warning may be None


class Life:
    """Spans of a ticket in order, and its public messages (instant, is it an answer of the desk); first_answer may be told without a text."""

    def __init__(self, spans, messages, first_answer):
        self.spans, self.messages, self.first_answer = spans, messages, first_answer

    def as_of(self, at):
        spans = [Span(s.start, s.end if s.end is not None and s.end <= at else None, s.state, s.name, s.stay, s.assigned) for s in self.spans if s.start <= at]
        return Life(spans, [m for m in self.messages if m[0] <= at], self.first_answer if self.first_answer is not None and self.first_answer <= at else None)

    def end(self):
        """Where the present resolved or closed stay begins, and the state that the ticket is in now; None while there is work."""
        at = None
        for span in reversed(self.spans):
            if span.state < 4:
                break
            at = span.start
        return at, self.spans[-1].state

    def talk(self):
        """All messages in order, the first answer among them."""
        told = [] if self.first_answer is None else [(self.first_answer, True)]
        return sorted(told + [m for m in self.messages if not (m[1] and self.first_answer is not None and m[0] <= self.first_answer)], key=lambda m: m[0])

    def openings(self, target):
        """Each clock of a target: its number, where it starts, and what would stop it of its own."""
        first_taken = next((s.start for s in self.spans if s.assigned), None)
        if target.starts_on in ("opened", "assigned"):
            start = self.spans[0].start if target.starts_on == "opened" else first_taken
            return [] if start is None else [(1, start, self.own_stops(target, start, None, first_taken))]
        found = []
        if target.starts_on == "team":
            for stay in sorted({s.stay for s in self.spans}):
                mine = [s for s in self.spans if s.stay == stay]
                taken = next((s.start for s in mine if s.assigned), None)
                found.append((stay, mine[0].start, self.own_stops(target, mine[0].start, mine[-1].end, taken)))
            return found
        talk = self.talk()
        for n, (at, is_answer) in enumerate(talk):
            answered = next((m[0] for m in talk[n + 1:] if m[1]), None)
            if is_answer if target.starts_on == "answer" else (not is_answer and n > 0 and talk[n - 1][1]):
                found.append((len(found) + 1, at, [] if answered is None else [answered]))
        return found

    def own_stops(self, target, start, stay_end, taken):
        stops = []
        if "answer" in target.stops_on:
            answers = [self.first_answer] if self.first_answer is not None else []
            if target.starts_on != "opened":
                answers = [a for a in answers + [m[0] for m in self.messages if m[1]] if a >= start]
            stops += answers and [min(answers)]
        if "team" in target.stops_on and stay_end is not None:
            stops.append(stay_end)
        if "assigned" in target.stops_on and taken is not None:
            stops.append(taken)
        return stops


class Clock:
    """What one clock must say, from the minutes of a timeline."""

    def __init__(self, timeline, life, target, priority, start, own_stops):
        end, end_state = life.end()
        own = min(own_stops, default=None)
        self.start = start
        self.stopped = min([x for x in (own, end) if x is not None], default=None)
        self.cancelled = end is not None and end_state in target.cancels_in and not (own is not None and own <= end)
        self.elapsed, self.running, self.at, self.due, self.warn = 0, False, start, None, None
        granted, warning = target.seconds[priority - 1] * US, target.warnings[priority - 1]
        for begin, until in self.stretches(life, target):
            used = None if until is None else timeline.between(begin, until)
            self.due = self.reached(timeline, begin, used, granted, self.due)
            if warning is not None:
                self.warn = self.reached(timeline, begin, used, granted - warning * US, self.warn)
            if until is None:
                self.running, self.at = True, begin
            else:
                self.elapsed, self.at = self.elapsed + used, until
        if self.stopped is not None:
            self.at = self.stopped

    def reached(self, timeline, begin, used, goal, before):
        """The instant at which use reaches the goal, if that is in this stretch."""
        if before is not None or self.elapsed >= goal or used == 0 or (used is not None and self.elapsed + used < goal):
            return before
        return timeline.add(begin, goal - self.elapsed)

    def stretches(self, life, target):
        found, last = [], None
        for n, span in enumerate(life.spans):
            runs = span.state < 4 and span.name in target.runs_in
            if not runs or (self.stopped is not None and span.start >= self.stopped) or (span.end is not None and span.end <= self.start):
                continue
            until = min([x for x in (span.end, self.stopped) if x is not None], default=None)
            if last is not None and last == n - 1:
                found[-1][1] = until
            else:
                found.append([max(span.start, self.start), until])
            last = n
        return found

    def status(self, now):
        if self.cancelled:
            return "cancelled"
        if self.due is not None and self.due < (now if self.stopped is None else self.stopped):
            return "breached"
        if self.stopped is not None:
            return "met"
        return "running" if self.running else "paused"

    def facts(self):
        return (self.start, self.stopped, self.due, self.warn, self.elapsed, self.at, self.running, self.cancelled)


def clocks(timeline, life, targets, priority):
    """All clocks of a life by (target, cycle)."""
    end, _ = life.end()
    return {(t.code, cycle): Clock(timeline, life, t, priority, start, stops)
            for t in targets for cycle, start, stops in life.openings(t) if end is None or start < end or t.starts_on == "opened"}


def elapsed_now(clock, timeline, now):
    return clock.elapsed + (timeline.between(clock.at, now) if clock.running else 0)
