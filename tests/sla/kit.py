# SPDX-License-Identifier: Apache-2.0
# A second opinion on working time and clocks: minute by minute, by the tz database of Python, in whole microseconds.  It
# asks of every minute what the clock on the wall shows and whether that lies in a span; it knows nothing of how the database
# compiles a calendar, and must not learn it.  Instants are microseconds since 1970.

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

    def __init__(self, zone, weekly, holidays):
        self.zone, self.weekly, self.holidays = zone, weekly, holidays
        self.info = zoneinfo.ZoneInfo(zone)
        self.free = {datetime.date.fromisoformat(day) for day in holidays}
        # today[day][minute]: a span that began today; after[day][minute]: one that began on that day, seen on the next.
        self.today = {day: bytearray(1440) for day in range(1, 8)}
        self.after = {day: bytearray(1440) for day in range(1, 8)}
        for span in weekly:
            start, end = minutes_of(span["from"]), minutes_of(span["to"])
            if end > start:
                self.today[span["day"]][start:end] = b"\1" * (end - start)
            else:
                self.today[span["day"]][start:1440] = b"\1" * (1440 - start)
                self.after[span["day"]][0:end] = b"\1" * end

    def works(self, minute):
        """Whether the minute that begins at this moment (an aware datetime in UTC) is working time."""
        local = minute.astimezone(self.info)
        of_day = local.hour * 60 + local.minute
        date = local.date()
        if self.today[date.isoweekday()][of_day] and date not in self.free:
            return 1
        before = date - datetime.timedelta(days=1)
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
        self.before = list(itertools.accumulate(self.minutes, initial=0))

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


RUNNING = {"untriaged", "queued", "worked", "waiting_supplier", "waiting_approval", "waiting_scheduled", "transfer"}


class Clock:
    """What a clock must say; spans are (start, end or None, state, clock class), in order."""

    def __init__(self, timeline, kind, target, spans, first_response):
        end, end_state = None, None
        for start, _, state, _ in reversed(spans):
            if state < 4:
                break
            end, end_state = start, state
        answers = [] if kind == "resolve" or first_response is None else [first_response]
        self.stopped = min(answers + ([] if end is None else [end]), default=None)
        self.cancelled = end_state in (6, 7) and not (answers and answers[0] <= end)
        self.due, self.elapsed, self.running = None, 0, False
        # Where the last stretch of running began, and where it ended: None while it goes on.
        began, ended, ran = spans[0][0], spans[0][0], 0
        for start, until, state, name in spans:
            runs = state < 4 and name in RUNNING and (self.stopped is None or start < self.stopped)
            if not runs:
                continue
            ends = [x for x in (until, self.stopped) if x is not None]
            if start != ended:
                began, ran = start, self.elapsed
            ended = min(ends, default=None)
            if not ends:
                self.running = True
                if self.due is None:
                    self.due = timeline.add(start, target - self.elapsed)
                self.elapsed = ran
                continue
            used = timeline.between(start, min(ends))
            if self.due is None and self.elapsed + used >= target:
                self.due = timeline.add(start, target - self.elapsed)
            self.elapsed += used
        self.at = self.stopped if self.stopped is not None else began if self.running else ended

    def status(self, now):
        if self.cancelled:
            return "cancelled"
        if self.due is not None and self.due < (now if self.stopped is None else self.stopped):
            return "breached"
        if self.stopped is not None:
            return "met"
        return "running" if self.running else "paused"


def elapsed_now(clock, timeline, now):
    return clock.elapsed + (timeline.between(clock.at, now) if clock.running else 0)
