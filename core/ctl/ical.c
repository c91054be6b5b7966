/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see ical.h. Parsing and recurrences are libical's.
 * Memory: libical's component is freed here; the days hang on the arena.
 * Must not know: calendars of the desk, the database, files.
 */
#include "ctl/ical.h"

#include <libical/ical.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400

struct reading {
    struct ebb_ical *to;
    struct ebb_arena *arena;
    const char *name;
    int length_days; /* of the event at hand */
    time_t first, last;
    size_t room;
    bool is_full;
};

static bool instant_of(const char *date, time_t *at)
{
    struct tm tm = { 0 };
    char end = 0;
    if (strlen(date) != 10 || sscanf(date, "%4d-%2d-%2d%c", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &end) != 3)
        return false;
    int month = tm.tm_mon, day = tm.tm_mday;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *at = timegm(&tm);
    return tm.tm_mon == month - 1 && tm.tm_mday == day;
}

static void keep(struct reading *r, time_t at)
{
    struct ebb_ical *to = r->to;
    struct tm tm;
    if (at < r->first || at > r->last || r->is_full)
        return;
    if (to->count == EBB_ICAL_MOST_DAYS) {
        r->is_full = true;
        return;
    }
    if (to->count == r->room) {
        size_t room = r->room == 0 ? 64 : 2 * r->room;
        struct ebb_ical_day *grown = ebb_arena_alloc(r->arena, room * sizeof *grown);
        if (to->count > 0)
            memcpy(grown, to->days, to->count * sizeof *grown);
        to->days = grown;
        r->room = room;
    }
    gmtime_r(&at, &tm);
    struct ebb_ical_day *day = &to->days[to->count++];
    strftime(day->date, sizeof day->date, "%Y-%m-%d", &tm);
    day->name = r->name;
}

static void on_recurrence(icalcomponent *event, struct icaltime_span *span, void *data)
{
    struct reading *r = data;
    (void)event;
    /* An all-day event has no zone: libical counts its midnight as UTC, and so do we. */
    for (int i = 0; i < r->length_days; i++)
        keep(r, span->start + (time_t)i * DAY_S);
}

static void read_event(struct reading *r, icalcomponent *event)
{
    struct icaltimetype begin = icalcomponent_get_dtstart(event), end = icalcomponent_get_dtend(event);
    const char *name = icalcomponent_get_summary(event);
    name = name == NULL ? "" : ebb_arena_strdup(r->arena, name);
    if (icaltime_is_null_time(begin) || !icaltime_is_valid_time(begin))
        return;
    if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED) {
        r->to->cancelled++;
        return;
    }
    if (!icaltime_is_date(begin)) {
        r->to->timed++;
        r->to->timed_name = name;
        return;
    }
    time_t length = icaltime_is_null_time(end) ? 0 : icaltime_as_timet(end) - icaltime_as_timet(begin);
    r->length_days = length <= DAY_S ? 1 : length > 366 * (time_t)DAY_S ? 366 : (int)(length / DAY_S);
    r->name = name;
    /* A span that began before the first day may still reach into it. */
    struct icaltimetype from = icaltime_from_timet_with_zone(r->first - (time_t)r->length_days * DAY_S, 1, NULL);
    struct icaltimetype until = icaltime_from_timet_with_zone(r->last + DAY_S, 1, NULL);
    icalcomponent_foreach_recurrence(event, from, until, on_recurrence, r);
}

static int by_date(const void *a, const void *b)
{
    return strcmp(((const struct ebb_ical_day *)a)->date, ((const struct ebb_ical_day *)b)->date);
}

static void make_unique(struct ebb_ical *to)
{
    size_t kept = 0;
    if (to->count == 0)
        return;
    qsort(to->days, to->count, sizeof *to->days, by_date);
    for (size_t i = 1; i < to->count; i++)
        if (strcmp(to->days[kept].date, to->days[i].date) != 0)
            to->days[++kept] = to->days[i];
    to->count = kept + 1;
}

enum ebb_rc ebb_ical_read(struct ebb_ical *to, const char *text, const char *first, const char *last, struct ebb_arena *arena, struct ebb_err *err)
{
    struct reading r = { .to = to, .arena = arena };
    *to = (struct ebb_ical){ 0 };
    if (!instant_of(first, &r.first) || !instant_of(last, &r.last) || r.first > r.last)
        return ebb_fail(err, EBB_E_INVALID, "The span is two dates YYYY-MM-DD, the earlier one first; %s to %s is none.", first, last);
    icalcomponent *file = icalparser_parse_string(text);
    if (file == NULL || icalcomponent_isa(file) == ICAL_NO_COMPONENT || strstr(text, "BEGIN:VCALENDAR") == NULL) {
        if (file != NULL)
            icalcomponent_free(file);
        return ebb_fail(err, EBB_E_INVALID, "This is no iCalendar file: it does not begin with BEGIN:VCALENDAR and end with END:VCALENDAR.");
    }
    /* Several calendars in one file come wrapped in an XROOT component. */
    if (icalcomponent_isa(file) == ICAL_VCALENDAR_COMPONENT) {
        for (icalcomponent *e = icalcomponent_get_first_component(file, ICAL_VEVENT_COMPONENT); e != NULL;
             e = icalcomponent_get_next_component(file, ICAL_VEVENT_COMPONENT))
            read_event(&r, e);
    } else {
        for (icalcomponent *c = icalcomponent_get_first_component(file, ICAL_VCALENDAR_COMPONENT); c != NULL;
             c = icalcomponent_get_next_component(file, ICAL_VCALENDAR_COMPONENT))
            for (icalcomponent *e = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT); e != NULL;
                 e = icalcomponent_get_next_component(c, ICAL_VEVENT_COMPONENT))
                read_event(&r, e);
    }
    icalcomponent_free(file);
    make_unique(to);
    if (r.is_full)
        return ebb_fail(err, EBB_E_INVALID, "The file names more than %d days off between %s and %s; choose a shorter span.", EBB_ICAL_MOST_DAYS, first, last);
    return EBB_OK;
}
