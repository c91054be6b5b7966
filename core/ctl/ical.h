/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the days off that an iCalendar file (RFC 5545) names: its all-day events, recurrences worked out between two dates.
 * Memory: the arena of the call. Must not know: calendars of the desk, the database, files.
 */
#ifndef EBB_CTL_ICAL_H
#define EBB_CTL_ICAL_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>

#define EBB_ICAL_MOST_DAYS 10000 /* a calendar of the desk has room for fewer; more is a mistake */

struct ebb_ical_day {
    char date[11]; /* YYYY-MM-DD */
    const char *name;
};

struct ebb_ical {
    struct ebb_ical_day *days; /* by date, each once */
    size_t count;
    size_t timed;      /* events with a time of day: no day off */
    size_t cancelled;  /* events with STATUS:CANCELLED */
    const char *timed_name; /* one of the timed, for the message; NULL: none */
};

/* text: the whole file, at most 16 MiB. first, last: "YYYY-MM-DD", both included. What is no iCalendar file is EBB_E_INVALID. */
EBB_MUST enum ebb_rc ebb_ical_read(struct ebb_ical *to, const char *text, const char *first, const char *last, struct ebb_arena *arena, struct ebb_err *err);

#endif
