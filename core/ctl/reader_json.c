/* SPDX-License-Identifier: Apache-2.0
 * Purpose: rows that are JSON objects: one per line, or in an array, at the top or in a named member of the outermost
 * object. A small scanner finds where an object ends, jansson reads that object alone: so memory is that of one row, and
 * a broken row costs that row. Objects within become columns "a.b", arrays their JSON text.
 * Memory: the reader's, one text buffer. Must not know: mappings, tickets, the database.
 */
#include "ctl/reader.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 100,
    FLATTEN_MAX = 4,
    KEY_MAX = 500,
};

struct json {
    bool is_array, is_ended;
    struct ebb_row text; /* only its bytes: the object being collected */
};

static int take(struct ebb_reader *reader)
{
    int c = ebb_reader_peek(reader);
    if (c < 0)
        return c;
    reader->window->at++;
    reader->line += c == '\n';
    return c;
}

static int skip_blanks(struct ebb_reader *reader, bool and_commas)
{
    int c;
    while ((c = ebb_reader_peek(reader)) == ' ' || c == '\t' || c == '\n' || c == '\r' || (and_commas && c == ','))
        take(reader);
    return c;
}

enum scan { SCAN_DONE, SCAN_ENDED, SCAN_BROKEN_STRING, SCAN_DEEP };

/* Takes one value (an object, an array, a string, a bare word) and collects its text. */
static enum scan collect(struct ebb_reader *reader, struct ebb_row *text)
{
    int depth = 0;
    bool in_string = false;
    for (;;) {
        int c = ebb_reader_peek(reader);
        if (c < 0)
            return depth > 0 || in_string ? SCAN_ENDED : SCAN_DONE;
        if (depth == 0 && !in_string && text->used > 0 && (c == ',' || c == ']' || c == '}' || c == '\n' || c == '{'))
            return SCAN_DONE;
        take(reader);
        char byte = (char)c;
        ebb_row_put(text, &byte, 1);
        if (in_string) {
            if (c == '\n')
                return SCAN_BROKEN_STRING;
            if (c == '\\') {
                byte = (char)take(reader);
                ebb_row_put(text, &byte, 1);
            }
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return SCAN_DEEP;
        } else if (c == '}' || c == ']') {
            depth--;
        }
        if (depth <= 0 && !in_string && (c == '}' || c == ']' || c == '"'))
            return SCAN_DONE;
    }
}

static bool put_cell(struct ebb_reader *reader, const char *name, const char *text, size_t len)
{
    int column = ebb_columns_add(&reader->columns, name, strlen(name));
    if (column < 0)
        return false;
    size_t at = reader->row.used;
    ebb_row_put(&reader->row, text, len);
    ebb_row_end_cell(&reader->row, column, at);
    return true;
}

static bool put_value(struct ebb_reader *reader, const char *name, const json_t *value)
{
    if (json_is_string(value))
        return put_cell(reader, name, json_string_value(value), json_string_length(value));
    if (json_is_null(value))
        return true;
    if (json_is_boolean(value))
        return put_cell(reader, name, json_is_true(value) ? "true" : "false", json_is_true(value) ? 4 : 5);
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    bool is_put = dump != NULL && put_cell(reader, name, dump, strlen(dump));
    free(dump);
    return is_put;
}

static bool flatten(struct ebb_reader *reader, const char *prefix, const json_t *object, int depth)
{
    void *at;
    json_t *o = (json_t *)(uintptr_t)object; /* jansson's iterators ask for a pointer to change */
    for (at = json_object_iter(o); at != NULL; at = json_object_iter_next(o, at)) {
        const json_t *value = json_object_iter_value(at);
        char name[KEY_MAX + 2];
        int len = snprintf(name, sizeof name, "%s%s%s", prefix, *prefix == '\0' ? "" : ".", json_object_iter_key(at));
        if (len > KEY_MAX)
            continue;
        bool is_inner = json_is_object(value) && depth < FLATTEN_MAX;
        if (is_inner ? !flatten(reader, name, value, depth + 1) : !put_value(reader, name, value))
            return false;
    }
    return true;
}

static enum ebb_row_rc read_object(struct ebb_reader *reader, const struct ebb_row *text)
{
    json_error_t error;
    json_t *object = json_loadb(text->bytes, text->used, 0, &error);
    if (object == NULL) {
        ebb_row_put(&reader->row, text->bytes, text->used);
        return ebb_reader_refuse(reader, "this is no JSON object: %.180s", error.text);
    }
    bool is_fit = json_is_object(object);
    if (!is_fit)
        ebb_reader_refuse(reader, "a row must be a JSON object, { ... }");
    else if (!flatten(reader, "", object, 1))
        is_fit = (ebb_reader_refuse(reader, "the rows have more than %d different members", EBB_COLUMNS_MAX), false);
    json_decref(object);
    if (!is_fit)
        return EBB_ROW_REFUSED;
    if (reader->row.is_overlong)
        return ebb_reader_refuse(reader, "the row is longer than 8 MiB");
    return EBB_ROW_READ;
}

static enum ebb_row_rc unfinished(struct ebb_reader *reader, enum scan scan)
{
    struct json *json = reader->state;
    ebb_row_put(&reader->row, json->text.bytes, json->text.used < 4096 ? json->text.used : 4096);
    if (scan == SCAN_BROKEN_STRING)
        return ebb_reader_refuse(reader, "a string is not closed at the end of its line");
    if (scan == SCAN_DEEP)
        return ebb_reader_refuse(reader, "the row is nested more than 100 deep");
    json->is_ended = true;
    return ebb_reader_refuse(reader, "the file ends in the middle of this row");
}

static enum ebb_row_rc json_next(struct ebb_reader *reader)
{
    struct json *json = reader->state;
    int c = json->is_ended ? -1 : skip_blanks(reader, json->is_array);
    if (json->is_array && c == ']') {
        json->is_ended = true;
        return EBB_ROW_END;
    }
    if (c < 0) {
        if (json->is_array && !json->is_ended && ebb_input_fault(reader->input) == NULL) {
            ebb_reader_fail(reader, "after line %llu: the array of rows is never closed; the file is not complete",
                (unsigned long long)reader->line);
            return EBB_ROW_BROKEN;
        }
        return ebb_reader_at_end(reader);
    }
    ebb_row_clear(&reader->row, reader->line);
    ebb_row_clear(&json->text, 0);
    enum scan scan = collect(reader, &json->text);
    if (ebb_input_fault(reader->input) != NULL && scan == SCAN_ENDED)
        return ebb_reader_at_end(reader);
    if (json->text.is_overlong)
        return ebb_reader_refuse(reader, "the row is longer than 8 MiB; if the rows stand in a member of this object, name it as \"json\": "
                                         "{\"rows\": ...} in the mapping");
    if (scan != SCAN_DONE)
        return unfinished(reader, scan);
    return read_object(reader, &json->text);
}

static void json_end(struct ebb_reader *reader)
{
    struct json *json = reader->state;
    if (json != NULL)
        ebb_row_free(&json->text);
    free(json);
    reader->state = NULL;
}

/* Goes into {"...": ..., "<rows>": [ */
static bool find_rows(struct ebb_reader *reader, struct json *json)
{
    const char *rows = reader->opts.json_rows;
    bool is_object = skip_blanks(reader, false) == '{';
    if (is_object)
        take(reader);
    while (is_object && skip_blanks(reader, true) == '"') {
        ebb_row_clear(&json->text, 0);
        if (collect(reader, &json->text) != SCAN_DONE || json->text.used < 2)
            break;
        bool is_it = strlen(rows) == json->text.used - 2 && memcmp(json->text.bytes + 1, rows, json->text.used - 2) == 0;
        if (skip_blanks(reader, false) == ':')
            take(reader);
        int c = skip_blanks(reader, false);
        if (is_it && c == '[') {
            take(reader);
            json->is_array = true;
            return true;
        }
        ebb_row_clear(&json->text, 0);
        if (is_it || collect(reader, &json->text) != SCAN_DONE)
            break;
    }
    return ebb_reader_fail(reader, "the mapping's json.rows says that the rows stand in \"%.100s\", but the outermost object has no such array",
        rows);
}

static bool json_begin(struct ebb_reader *reader)
{
    struct json *json = reader->state = calloc(1, sizeof *json);
    if (json == NULL)
        return ebb_reader_fail(reader, "there is not enough memory");
    if (reader->opts.json_rows != NULL)
        return find_rows(reader, json);
    if (skip_blanks(reader, false) == '[') {
        take(reader);
        json->is_array = true;
    }
    return true;
}

const struct ebb_reader_class ebb_reader_json = { "JSON", false, json_begin, json_next, json_end };
