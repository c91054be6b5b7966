/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what a row means by a mapping: one event, or several when the row tells of a ticket's whole life.
 * Memory: texts belong to the row or to the scratch arena; both must last until the facts have been used.
 * Must not know: file formats, the database.
 */
#ifndef EBB_CTL_APPLY_H
#define EBB_CTL_APPLY_H

#include "ctl/date.h"
#include "ctl/mapping.h"

struct ebb_slice {
    const char *text; /* NULL: missing */
    size_t len;
};

struct ebb_value {
    struct ebb_slice slice;
    const char *waiting_reason;
};

struct ebb_event {
    char at[EBB_DATE_TEXT];
    const char *zone; /* NULL: `at` has its offset */
    struct ebb_value value[EBB_FIELDS];
};

struct ebb_facts {
    struct ebb_slice ref;
    struct ebb_event event[EBB_MOMENTS + 2];
    int count;
    char reason[EBB_ROW_REASON]; /* why the row is refused */
};

/* False: the row is refused, facts_r->reason says why. */
bool ebb_apply(const struct ebb_mapping *mapping, const struct ebb_row *row, struct ebb_arena *scratch, struct ebb_facts *facts_r);

/* A column's value by its place in the mapping, trimmed; text NULL when it is missing or one of the missing tokens. */
struct ebb_slice ebb_apply_cell(const struct ebb_mapping *mapping, const struct ebb_row *row, int place);

/* ---- between apply.c and apply_ticket.c ---- */
bool ebb_apply_refuse(struct ebb_facts *facts, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* True with date_r->year == 0 when the columns have no value. */
bool ebb_apply_date(const struct ebb_mapping *mapping, const struct ebb_row *row, const struct ebb_names *names, const char *what,
    struct ebb_arena *scratch, struct ebb_facts *facts, struct ebb_date *date_r);
/* values: what the row says of every field. */
bool ebb_apply_ticket(const struct ebb_mapping *mapping, const struct ebb_row *row, const struct ebb_value *values,
    struct ebb_arena *scratch, struct ebb_facts *facts);

#endif
