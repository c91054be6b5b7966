/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see feed.h. A row is known by the SHA-256 of its fields, so that a second run, or a run after one that was cut
 * short, finds what is there already. Rows that tell of a whole ticket are exported anew with every change; their events are
 * known by ticket, time and state, so that a later export adds what has happened since.
 * Memory: see feed.h. Must not know: file formats.
 */
#include "ctl/feed.h"

#include "ctl/progress.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_ROWS = 2000,
    BATCH_BYTES = 8 << 20,
    SHOWN_REFUSALS = 20,
    HASH_TEXT = 2 * crypto_hash_sha256_BYTES + 1,
};

static void finish_hash(crypto_hash_sha256_state *state, char text[HASH_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state, hash);
    sodium_bin2hex(text, HASH_TEXT, hash, sizeof hash);
}

static void add_part(crypto_hash_sha256_state *state, const char *text, size_t len, char end)
{
    crypto_hash_sha256_update(state, (const unsigned char *)text, len);
    crypto_hash_sha256_update(state, (const unsigned char *)&end, 1);
}

/* Over the fields that have a value, by name: a new, empty column changes no row. */
static void hash_fields(const struct ebb_reader *reader, char text[HASH_TEXT])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (int i = 0; i < reader->columns.count; i++) {
        size_t len = 0;
        const char *value = ebb_row_text(&reader->row, i, &len);
        if (value == NULL || len == 0)
            continue;
        add_part(&state, reader->columns.name[i], strlen(reader->columns.name[i]), '\x1f');
        add_part(&state, value, len, '\x1e');
    }
    finish_hash(&state, text);
}

static void hash_event(const struct ebb_facts *facts, const struct ebb_event *event, char text[HASH_TEXT])
{
    crypto_hash_sha256_state state;
    const struct ebb_value *to = &event->value[EBB_FIELD_state];
    crypto_hash_sha256_init(&state);
    add_part(&state, facts->ref.text, facts->ref.len, '\x1f');
    add_part(&state, event->at, strlen(event->at), '\x1f');
    add_part(&state, to->slice.text, to->slice.len, '\x1f');
    if (to->waiting_reason != NULL)
        add_part(&state, to->waiting_reason, strlen(to->waiting_reason), '\x1f');
    finish_hash(&state, text);
}

static void hash_refused(const struct ebb_reader *reader, char text[HASH_TEXT])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    add_part(&state, reader->row.bytes == NULL ? "" : reader->row.bytes, reader->row.used, '\x1d');
    finish_hash(&state, text);
}

static void put_text(struct ebb_str *out, const char *member, const char *text, size_t len)
{
    ebb_str_printf(out, ",\"%s\":", member);
    ebb_str_json_n(out, text, len);
}

static bool is_number(struct ebb_slice s)
{
    return s.len > 0 && s.len < 16 && strspn(s.text, "0123456789") >= s.len && (s.len == 1 || *s.text != '0');
}

/* Values that order the rows of one ticket: numbers as numbers, so that 10 comes after 9. */
static void put_sort(struct ebb_feed *feed, const struct ebb_row *row, int part)
{
    const struct ebb_names *order = &feed->mapping->order;
    if (feed->mapping->is_ticket_shape) {
        ebb_str_printf(&feed->rows, ",\"part\":%d,\"sort\":[%d]", part, part);
        return;
    }
    for (int i = 0; i < order->count; i++) {
        struct ebb_slice cell = ebb_apply_cell(feed->mapping, row, order->place[i]);
        ebb_str_add(&feed->rows, i == 0 ? ",\"sort\":[" : ",");
        if (cell.text == NULL)
            ebb_str_add(&feed->rows, "null");
        else if (is_number(cell))
            ebb_str_addn(&feed->rows, cell.text, cell.len);
        else
            ebb_str_json_n(&feed->rows, cell.text, cell.len);
    }
    if (order->count > 0)
        ebb_str_char(&feed->rows, ']');
}

static void put_kept(struct ebb_feed *feed, const char *name, const char *text, size_t len, bool *is_first)
{
    ebb_str_add(&feed->rows, *is_first ? ",\"keep\":{" : ",");
    ebb_str_json(&feed->rows, name);
    ebb_str_char(&feed->rows, ':');
    ebb_str_json_n(&feed->rows, text, len);
    *is_first = false;
}

static void put_keep(struct ebb_feed *feed, const struct ebb_reader *reader)
{
    const struct ebb_mapping *m = feed->mapping;
    bool is_first = true;
    for (int i = 0; i < m->keep.count; i++) {
        struct ebb_slice cell = ebb_apply_cell(m, &reader->row, m->keep.place[i]);
        if (cell.text != NULL)
            put_kept(feed, m->column[m->keep.place[i]], cell.text, cell.len, &is_first);
    }
    for (int i = 0; m->is_all_kept && i < reader->columns.count; i++) {
        size_t len = 0;
        const char *text = ebb_row_text(&reader->row, i, &len);
        if (text != NULL && len > 0)
            put_kept(feed, reader->columns.name[i], text, len, &is_first);
    }
    if (!is_first)
        ebb_str_char(&feed->rows, '}');
}

static void put_event(struct ebb_feed *feed, const struct ebb_reader *reader, const struct ebb_facts *facts, int part)
{
    const struct ebb_event *event = &facts->event[part];
    struct ebb_str *out = &feed->rows;
    char hash[HASH_TEXT];
    if (feed->mapping->is_ticket_shape)
        hash_event(facts, event, hash);
    else
        hash_fields(reader, hash);
    ebb_str_printf(out, "%c{\"n\":%llu,\"h\":\"%s\"", out->length == 0 ? '[' : ',', (unsigned long long)reader->row.line, hash);
    put_text(out, "ref", facts->ref.text, facts->ref.len);
    put_text(out, "at", event->at, strlen(event->at));
    if (event->zone != NULL)
        put_text(out, "zone", event->zone, strlen(event->zone));
    for (int i = 0; i < EBB_FIELDS; i++) {
        const struct ebb_value *value = &event->value[i];
        if (value->slice.text == NULL)
            continue;
        put_text(out, ebb_fields[i].name, value->slice.text, value->slice.len);
        if (value->waiting_reason != NULL)
            put_text(out, "waiting_reason", value->waiting_reason, strlen(value->waiting_reason));
    }
    put_sort(feed, &reader->row, part);
    put_keep(feed, reader);
    ebb_str_char(out, '}');
    feed->row_count++;
    feed->events++;
}

static void note_times(struct ebb_feed *feed, const struct ebb_facts *facts)
{
    for (int i = 0; i < facts->count; i++) {
        struct ebb_date date;
        if (ebb_date_read("iso", facts->event[i].at, strlen(facts->event[i].at), &date) != NULL)
            continue;
        if (feed->first.year == 0 || ebb_date_compare(&date, &feed->first) < 0) {
            feed->first = date;
            memcpy(feed->first_at, facts->event[i].at, sizeof feed->first_at);
        }
        if (feed->last.year == 0 || ebb_date_compare(&date, &feed->last) > 0) {
            feed->last = date;
            memcpy(feed->last_at, facts->event[i].at, sizeof feed->last_at);
        }
    }
}

static void tell_refusal(struct ebb_feed *feed, uint64_t line, struct ebb_slice ref, const char *reason)
{
    struct ebb_str text;
    if (feed->refused_file != NULL) {
        ebb_str_init(&text, feed->arena, 200);
        ebb_str_printf(&text, "%llu,", (unsigned long long)line);
        ebb_str_csv(&text, ref.text == NULL ? "" : ref.text, ref.len, true);
        ebb_str_char(&text, ',');
        ebb_str_csv(&text, reason, strlen(reason), true);
        fprintf(feed->refused_file, "%s\r\n", ebb_str_done(&text));
    }
    if (feed->refused > SHOWN_REFUSALS || feed->ctl->is_json)
        return;
    ebb_progress_clear();
    if (feed->refused == SHOWN_REFUSALS && feed->refused_file == NULL)
        fprintf(stderr, "line %llu: %s\n... further refused rows are not shown; --refused FILE writes them all\n", (unsigned long long)line, reason);
    else
        fprintf(stderr, "line %llu: %s\n", (unsigned long long)line, reason);
}

static void refuse(struct ebb_feed *feed, const struct ebb_reader *reader, struct ebb_slice ref, const char *reason, bool is_readable)
{
    char hash[HASH_TEXT];
    struct ebb_str *out = &feed->refusals;
    if (is_readable)
        hash_fields(reader, hash);
    else
        hash_refused(reader, hash);
    ebb_str_printf(out, "%c{\"n\":%llu,\"h\":\"%s\"", out->length == 0 ? '[' : ',', (unsigned long long)reader->row.line, hash);
    if (ref.text != NULL)
        put_text(out, "ref", ref.text, ref.len);
    put_text(out, "reason", reason, strlen(reason));
    ebb_str_char(out, '}');
    feed->refusal_count++;
    feed->refused++;
    tell_refusal(feed, reader->row.line, ref, reason);
}

void ebb_feed_begin(struct ebb_feed *feed, struct ebb_ctl *ctl, const struct ebb_mapping *mapping)
{
    *feed = (struct ebb_feed) { .ctl = ctl, .mapping = mapping, .arena = ebb_arena_new("batch", EBB_ARENA_PLAIN) };
    ebb_str_init(&feed->rows, ctl->arena, 1 << 20);
    ebb_str_init(&feed->refusals, ctl->arena, 4096);
}

enum ebb_rc ebb_feed_row(struct ebb_feed *feed, const struct ebb_reader *reader, bool is_readable)
{
    struct ebb_facts facts;
    feed->read++;
    if (!is_readable) {
        refuse(feed, reader, (struct ebb_slice) { NULL, 0 }, reader->row.reason, false);
    } else if (!ebb_apply(feed->mapping, &reader->row, feed->arena, &facts)) {
        refuse(feed, reader, facts.ref, facts.reason, true);
    } else {
        for (int i = 0; i < facts.count; i++)
            put_event(feed, reader, &facts, i);
        note_times(feed, &facts);
        feed->accepted++;
    }
    if (feed->row_count >= BATCH_ROWS || feed->refusal_count >= BATCH_ROWS || feed->rows.length + feed->refusals.length > BATCH_BYTES)
        return ebb_feed_flush(feed);
    return EBB_OK;
}

/* A batch, and the text begins anew in the same memory. */
static enum ebb_rc send(struct ebb_feed *feed, const char *fn, struct ebb_str *text, int *count, const char **answer_r)
{
    *answer_r = NULL;
    if (*count == 0)
        return EBB_OK;
    ebb_str_char(text, ']');
    const char *const params[] = { feed->import_id, ebb_str_done(text) };
    enum ebb_rc rc = EBB_OK;
    if (params[1] == NULL)
        rc = ebb_fail(&feed->ctl->err, EBB_E_INVALID, "A batch of rows is longer than 64 MiB; keep fewer columns.");
    else if (feed->import_id != NULL)
        rc = ebb_ctl_call(feed->ctl, fn, params, 2, answer_r);
    text->length = 0;
    *count = 0;
    return rc;
}

enum ebb_rc ebb_feed_flush(struct ebb_feed *feed)
{
    const char *answer;
    EBB_TRY(send(feed, "import_rows", &feed->rows, &feed->row_count, &answer));
    if (answer != NULL)
        feed->fresh += atoll(answer);
    EBB_TRY(send(feed, "import_refuse", &feed->refusals, &feed->refusal_count, &answer));
    ebb_arena_reset(feed->arena);
    return EBB_OK;
}

void ebb_feed_end(struct ebb_feed *feed)
{
    ebb_arena_free(&feed->arena);
}
