/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see apply.h: values by their picks, and rows that are one event. Rows that are a whole ticket: apply_ticket.c.
 * Memory: the scratch arena's. Must not know: file formats, the database.
 */
#define _GNU_SOURCE
#include "ctl/apply.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool ebb_apply_refuse(struct ebb_facts *facts, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(facts->reason, sizeof facts->reason, format, ap);
    va_end(ap);
    facts->reason[ebb_utf8_cut(facts->reason, strlen(facts->reason), sizeof facts->reason)] = '\0';
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct ebb_slice trim(struct ebb_slice s)
{
    while (s.len > 0 && is_blank(*s.text)) {
        s.text++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.text[s.len - 1]))
        s.len--;
    return s;
}

static bool equals(struct ebb_slice s, const char *text)
{
    return strlen(text) == s.len && memcmp(text, s.text, s.len) == 0;
}

/* For sentences: a value that is too long to be read is cut at a character. */
static int shown(struct ebb_slice s)
{
    return (int)ebb_utf8_cut(s.text, s.len, 60);
}

struct ebb_slice ebb_apply_cell(const struct ebb_mapping *m, const struct ebb_row *row, int place)
{
    struct ebb_slice cell = { NULL, 0 };
    cell.text = ebb_row_text(row, m->bound[place], &cell.len);
    if (cell.text == NULL)
        return cell;
    cell = trim(cell);
    bool is_missing = cell.len == 0;
    for (int i = 0; i < m->missing_count && !is_missing; i++)
        is_missing = equals(cell, m->missing[i]);
    return is_missing ? (struct ebb_slice) { NULL, 0 } : cell;
}

/* All parts joined; missing when every part is. */
static struct ebb_slice join(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_names *names, const char *separator,
    struct ebb_arena *scratch)
{
    if (names->count == 1)
        return ebb_apply_cell(m, row, names->place[0]);
    size_t gap = strlen(separator), room = 1;
    for (int i = 0; i < names->count; i++)
        room += ebb_apply_cell(m, row, names->place[i]).len + gap;
    char *text = ebb_arena_alloc(scratch, room), *at = text;
    bool has_any = false;
    for (int i = 0; i < names->count; i++) {
        struct ebb_slice cell = ebb_apply_cell(m, row, names->place[i]);
        if (i > 0)
            at = mempcpy(at, separator, gap);
        if (cell.text != NULL)
            at = mempcpy(at, cell.text, cell.len);
        has_any = has_any || cell.text != NULL;
    }
    *at = '\0';
    return has_any ? (struct ebb_slice) { text, (size_t)(at - text) } : (struct ebb_slice) { NULL, 0 };
}

static struct ebb_slice source_value(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_pick *pick,
    struct ebb_arena *scratch)
{
    struct ebb_slice value = { NULL, 0 };
    if (!pick->is_first_of && pick->from.count > 0)
        return join(m, row, &pick->from, pick->separator, scratch);
    for (int i = 0; i < pick->from.count && value.text == NULL; i++)
        value = ebb_apply_cell(m, row, pick->from.place[i]);
    return value;
}

static bool conditions_hold(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_pick *pick)
{
    for (int i = 0; i < pick->condition_count; i++) {
        const struct ebb_condition *condition = &pick->condition[i];
        struct ebb_slice cell = ebb_apply_cell(m, row, condition->place);
        bool is_found = false;
        for (int k = 0; k < condition->count && !is_found; k++)
            is_found = cell.text != NULL ? equals(cell, condition->value[k]) : *condition->value[k] == '\0';
        if (is_found == condition->is_negated)
            return false;
    }
    return true;
}

static void set_word(struct ebb_value *value, const struct ebb_word *word)
{
    value->slice = (struct ebb_slice) { word->text, word->text == NULL ? 0 : strlen(word->text) };
    value->waiting_reason = word->waiting_reason;
}

static bool unmapped(const struct ebb_pick *pick, struct ebb_slice s, struct ebb_facts *facts)
{
    return ebb_apply_refuse(facts, "%s: the value \"%.*s\" is not in the map; add it, or give a \"default\"", pick->pointer + 1, shown(s), s.text);
}

/* "2", "2 - High", "2: high": the number stands first. */
static bool read_scale(const struct ebb_pick *pick, struct ebb_slice s, struct ebb_facts *facts, struct ebb_value *value)
{
    char most = pick->kind == EBB_KIND_SCALE3 ? '3' : '4';
    bool is_alone = s.len == 1 || !((s.text[1] >= '0' && s.text[1] <= '9') || s.text[1] == '.' || s.text[1] == ',');
    if (s.text[0] < '1' || s.text[0] > most || !is_alone)
        return ebb_apply_refuse(facts, "%s: \"%.*s\" is no number from 1 to %c; give a \"map\"", pick->pointer + 1, shown(s), s.text, most);
    value->slice = (struct ebb_slice) { s.text, 1 };
    return true;
}

static bool read_count(const struct ebb_pick *pick, struct ebb_slice s, struct ebb_facts *facts, struct ebb_value *value)
{
    size_t digits = strspn(s.text, "0123456789");
    digits = digits < s.len ? digits : s.len;
    size_t zeros = digits < s.len && s.text[digits] == '.' ? strspn(s.text + digits + 1, "0") + 1 : 0;
    if (digits == 0 || digits > 9 || digits + zeros != s.len)
        return ebb_apply_refuse(facts, "%s: \"%.*s\" is no whole number from 0", pick->pointer + 1, shown(s), s.text);
    while (digits > 1 && *s.text == '0') { /* JSON knows no leading zeros */
        s.text++;
        digits--;
    }
    value->slice = (struct ebb_slice) { s.text, digits };
    return true;
}

static bool read_code(const struct ebb_pick *pick, struct ebb_slice s, struct ebb_facts *facts, struct ebb_value *value)
{
    static const char *const codes[] = { "new", "active", "resolved", "closed", "cancelled", "incident", "request", "problem", "change", "task" };
    size_t first = pick->kind == EBB_KIND_STATE ? 0 : 5;
    for (size_t i = first; i < first + 5; i++)
        if (strlen(codes[i]) == s.len && strncasecmp(codes[i], s.text, s.len) == 0) {
            value->slice = (struct ebb_slice) { codes[i], s.len };
            return true;
        }
    return ebb_apply_refuse(facts, "%s: \"%.*s\" is not one of ours; give a \"map\"", pick->pointer + 1, shown(s), s.text);
}

/* Line ends become blanks; what is too long is cut in a subject and refused elsewhere, where it would make two names one. */
static bool read_text(const struct ebb_pick *pick, struct ebb_slice s, struct ebb_arena *scratch, struct ebb_facts *facts,
    struct ebb_value *value)
{
    bool is_subject = strcmp(pick->pointer, "/subject") == 0;
    size_t count = s.len <= (size_t)pick->longest ? s.len : ebb_utf8_count(s.text, s.len);
    if (count > (size_t)pick->longest && !is_subject)
        return ebb_apply_refuse(facts, "%s: \"%.*s...\" is longer than %d characters", pick->pointer + 1, shown(s), s.text, pick->longest);
    size_t len = s.len;
    while (count > (size_t)pick->longest) {
        len = ebb_utf8_cut(s.text, len, len - 1);
        count--;
    }
    s.len = len;
    if (memchr(s.text, '\n', s.len) != NULL || memchr(s.text, '\r', s.len) != NULL) {
        char *text = ebb_arena_dup(scratch, s.text, s.len);
        for (size_t i = 0; i < s.len; i++)
            if (text[i] == '\n' || text[i] == '\r')
                text[i] = ' ';
        s.text = text;
    }
    value->slice = trim(s);
    return true;
}

static bool read_value(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_pick *pick, struct ebb_arena *scratch,
    struct ebb_facts *facts, struct ebb_value *value)
{
    *value = (struct ebb_value) { 0 };
    if (!pick->is_set)
        return true;
    struct ebb_slice s = { NULL, 0 };
    bool holds = conditions_hold(m, row, pick);
    if (holds && pick->constant != NULL) {
        set_word(value, pick->constant);
        return true;
    }
    if (holds)
        s = source_value(m, row, pick, scratch);
    if (s.text == NULL) {
        if (pick->if_missing != NULL)
            set_word(value, pick->if_missing);
        return true;
    }
    const struct ebb_word *word = pick->map == NULL ? NULL : ebb_vocab_find(pick->map, s.text, s.len);
    if (word == NULL && pick->map != NULL)
        word = pick->otherwise;
    if (word != NULL) {
        set_word(value, word);
        return true;
    }
    bool is_text = pick->kind == EBB_KIND_TEXT;
    if (pick->map != NULL && (!is_text || pick->is_strict))
        return unmapped(pick, s, facts);
    if (is_text)
        return read_text(pick, s, scratch, facts, value);
    if (pick->kind == EBB_KIND_COUNT)
        return read_count(pick, s, facts, value);
    if (pick->kind == EBB_KIND_SCALE3 || pick->kind == EBB_KIND_SCALE4)
        return read_scale(pick, s, facts, value);
    return read_code(pick, s, facts, value);
}

bool ebb_apply_date(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_names *names, const char *what,
    struct ebb_arena *scratch, struct ebb_facts *facts, struct ebb_date *date_r)
{
    *date_r = (struct ebb_date) { 0 };
    struct ebb_slice s = names->count == 0 ? (struct ebb_slice) { NULL, 0 } : join(m, row, names, m->at.separator, scratch);
    if (s.text == NULL)
        return true;
    const char *fault = NULL, *likely = NULL;
    int meant = m->at.form_count == 1 ? 0 : -1;
    for (int i = 0; i < m->at.form_count; i++) {
        fault = ebb_date_read(m->at.form[i], s.text, s.len, date_r);
        if (fault == NULL)
            break;
        if (likely == NULL || ebb_date_fits_form(fault)) {
            meant = ebb_date_fits_form(fault) ? i : meant;
            likely = fault;
        }
    }
    if (fault != NULL && meant >= 0)
        return ebb_apply_refuse(facts, "%s: \"%.*s\" is no date of the form %s: %s", what, shown(s), s.text, m->at.form[meant], likely);
    if (fault != NULL)
        return ebb_apply_refuse(facts, "%s: \"%.*s\" is no date of any of the forms in at.format", what, shown(s), s.text);
    if (!date_r->has_offset && m->at.zone == NULL)
        return ebb_apply_refuse(facts, "%s: \"%.*s\" has no offset from UTC; name the log's time zone as at.zone", what, shown(s), s.text);
    return true;
}

static bool apply_event(const struct ebb_mapping *m, const struct ebb_row *row, const struct ebb_value *values, struct ebb_arena *scratch,
    struct ebb_facts *facts)
{
    struct ebb_date date;
    if (!ebb_apply_date(m, row, &m->at.from[0], "at", scratch, facts, &date))
        return false;
    if (date.year == 0)
        return ebb_apply_refuse(facts, "at: the time of the event is missing");
    struct ebb_event *event = &facts->event[0];
    ebb_date_write(&date, event->at);
    event->zone = date.has_offset ? NULL : m->at.zone;
    memcpy(event->value, values, sizeof event->value);
    facts->count = 1;
    return true;
}

bool ebb_apply(const struct ebb_mapping *m, const struct ebb_row *row, struct ebb_arena *scratch, struct ebb_facts *facts)
{
    struct ebb_value ref, values[EBB_FIELDS];
    facts->count = 0;
    facts->reason[0] = '\0';
    facts->ref = (struct ebb_slice) { NULL, 0 };
    if (!read_value(m, row, &m->id, scratch, facts, &ref))
        return false;
    facts->ref = ref.slice;
    if (facts->ref.text == NULL)
        return ebb_apply_refuse(facts, "id: the ticket's reference is missing");
    for (int i = 0; i < EBB_FIELDS; i++)
        if (!read_value(m, row, &m->field[i], scratch, facts, &values[i]))
            return false;
    if (m->is_ticket_shape)
        return ebb_apply_ticket(m, row, values, scratch, facts);
    return apply_event(m, row, values, scratch, facts);
}
