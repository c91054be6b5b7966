/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a row that tells of a ticket's whole life: its moments become events, as far as the row knows them. What it does
 * not know is not made up, with two exceptions that follow from what it does know: a ticket that was reopened had been
 * resolved (at the latest then), and one that is closed and has a time of resolution only was closed then.
 * Memory: none beyond the facts. Must not know: file formats, the database.
 */
#include "ctl/apply.h"

#include <string.h>

struct life {
    const struct ebb_mapping *mapping;
    struct ebb_facts *facts;
    struct ebb_date date[EBB_MOMENTS + 2];
    enum ebb_moment moment[EBB_MOMENTS + 2];
    int count;
};

static const char *const state_of[EBB_MOMENTS] = { "active", "active", "waiting", "resolved", "active", "closed", "cancelled", NULL };

static bool is_end(const char *state)
{
    return strcmp(state, "resolved") == 0 || strcmp(state, "closed") == 0 || strcmp(state, "cancelled") == 0;
}

static struct ebb_slice slice_of(const char *text)
{
    return (struct ebb_slice) { text, strlen(text) };
}

/* By time; at one instant in the order in which such things happen. */
static void insert(struct life *life, enum ebb_moment moment, const struct ebb_date *date)
{
    int at = life->count++;
    while (at > 0) {
        int order = ebb_date_compare(&life->date[at - 1], date);
        if (order < 0 || (order == 0 && life->moment[at - 1] < moment))
            break;
        life->date[at] = life->date[at - 1];
        life->moment[at] = life->moment[at - 1];
        at--;
    }
    life->date[at] = *date;
    life->moment[at] = moment;
}

static bool read_moments(struct life *life, const struct ebb_row *row, struct ebb_arena *scratch, struct ebb_date *updated)
{
    const struct ebb_mapping *m = life->mapping;
    for (int i = 0; i < EBB_MOMENTS; i++) {
        struct ebb_date date;
        if (!ebb_apply_date(m, row, &m->at.from[i], ebb_moment_names[i], scratch, life->facts, &date))
            return false;
        if (i == EBB_UPDATED)
            *updated = date;
        else if (date.year != 0)
            insert(life, (enum ebb_moment)i, &date);
        else if (i == EBB_OPENED)
            return ebb_apply_refuse(life->facts, "opened: the time of opening is missing");
    }
    if (life->moment[0] != EBB_OPENED)
        return ebb_apply_refuse(life->facts, "%s: this moment lies before the ticket was opened", ebb_moment_names[life->moment[0]]);
    return true;
}

static void resolve_before_reopening(struct life *life)
{
    bool is_over = false;
    for (int i = 0; i < life->count; i++) {
        if (life->moment[i] == EBB_REOPENED && !is_over) {
            struct ebb_date date = life->date[i];
            insert(life, EBB_RESOLVED, &date);
            return;
        }
        is_over = life->moment[i] == EBB_RESOLVED || life->moment[i] == EBB_CLOSED || life->moment[i] == EBB_CANCELLED;
    }
}

static void add_event(struct life *life, const struct ebb_date *date, const struct ebb_value *values, const struct ebb_value *state)
{
    struct ebb_event *event = &life->facts->event[life->facts->count++];
    ebb_date_write(date, event->at);
    event->zone = date->has_offset ? NULL : life->mapping->at.zone;
    memcpy(event->value, values, sizeof event->value);
    event->value[EBB_FIELD_state] = *state;
}

static void add_moments(struct life *life, const struct ebb_value *values)
{
    bool knows_assigning = life->mapping->at.from[EBB_ASSIGNED].count > 0, is_assigned = !knows_assigning;
    for (int i = 0; i < life->count; i++) {
        enum ebb_moment moment = life->moment[i];
        struct ebb_value state = { slice_of(state_of[moment]), NULL };
        if (moment == EBB_OPENED && knows_assigning)
            state.slice = slice_of("new");
        if (moment == EBB_WAITING) {
            const char *reason = values[EBB_FIELD_state].waiting_reason;
            state.waiting_reason = reason != NULL ? reason : "requester";
        }
        is_assigned = is_assigned || moment == EBB_ASSIGNED;
        add_event(life, &life->date[i], values, &state);
        if (!is_assigned)
            life->facts->event[life->facts->count - 1].value[EBB_FIELD_assignee] = (struct ebb_value) { 0 };
    }
}

/* The row's present state against the last moment it tells of. */
static bool reach_state(struct life *life, const struct ebb_value *values, const struct ebb_date *updated)
{
    const struct ebb_value *now = &values[EBB_FIELD_state];
    struct ebb_facts *facts = life->facts;
    struct ebb_event *last = &facts->event[facts->count - 1];
    struct ebb_value *then = &last->value[EBB_FIELD_state];
    if (now->slice.text == NULL || strcmp(now->slice.text, then->slice.text) == 0)
        return true;
    const char *to = now->slice.text, *from = then->slice.text;
    const struct ebb_date *last_date = &life->date[life->count - 1];
    if (strcmp(to, "resolved") == 0 && strcmp(from, "closed") == 0)
        return true;
    if (strcmp(to, "cancelled") == 0 && is_end(from)) {
        *then = *now;
        return true;
    }
    if (updated->year != 0 && ebb_date_compare(updated, last_date) >= 0) {
        add_event(life, updated, values, now);
        return true;
    }
    if (strcmp(to, "closed") == 0 && strcmp(from, "resolved") == 0) {
        add_event(life, last_date, values, now);
        return true;
    }
    if (!is_end(to) && !is_end(from)) {
        *then = *now;
        return true;
    }
    return ebb_apply_refuse(facts, "state: the row says %s, but its last moment is %s; name the column with the time of the last change as at.columns.updated",
        to, ebb_moment_names[life->moment[life->count - 1]]);
}

bool ebb_apply_ticket(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_value *values, struct ebb_arena *scratch,
    struct ebb_facts *facts)
{
    struct life life = { .mapping = m, .facts = facts };
    struct ebb_date updated = { 0 };
    if (!read_moments(&life, row, scratch, &updated))
        return false;
    resolve_before_reopening(&life);
    add_moments(&life, values);
    return reach_state(&life, values, &updated);
}
