/* SPDX-License-Identifier: Apache-2.0
 * Purpose: reads and checks a mapping file as a whole; one value's place is read by mapping_pick.c. See mapping.h.
 * Memory: the arena's; the JSON hangs on it.
 * Must not know: files, rows, the database.
 */
#include "ctl/mapping.h"

#include "ctl/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct ebb_field_row ebb_fields[EBB_FIELDS] = {
#define FIELD(name, kind, longest, pointer) { #name, EBB_KIND_##kind, longest, pointer },
#include "ctl/fields.def"
#undef FIELD
};

const char *const ebb_moment_names[EBB_MOMENTS] = { "opened", "assigned", "waiting", "resolved", "reopened", "closed", "cancelled", "updated" };

static const char *text_member(struct ebb_mapping *m, const char *member, const char *pointer, size_t most)
{
    const json_t *json = json_object_get(m->json, member);
    if (json == NULL)
        return NULL;
    const char *text = json_string_value(json);
    if (text == NULL || *text == '\0' || strlen(text) > most) {
        ebb_err_item(m->err, pointer, "must be a string of 1 to %zu bytes", most);
        return NULL;
    }
    return text;
}

static int choice_member(struct ebb_mapping *m, const char *member, const char *pointer, const char *const *names, const char *sentence)
{
    const json_t *json = json_object_get(m->json, member);
    if (json == NULL)
        return 0;
    const char *text = json_string_value(json);
    for (int i = 0; text != NULL && names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    ebb_err_item(m->err, pointer, "%s", sentence);
    return 0;
}

static void read_csv_opts(struct ebb_mapping *m)
{
    const json_t *csv = json_object_get(m->json, "csv");
    if (csv == NULL)
        return;
    if (!json_is_object(csv)) {
        ebb_err_item(m->err, "/csv", "must be an object: {\"delimiter\": \";\"}");
        return;
    }
    ebb_mapping_members(m, csv, "/csv", "delimiter skip_lines");
    const json_t *delimiter = json_object_get(csv, "delimiter"), *skip = json_object_get(csv, "skip_lines");
    const char *text = json_string_value(delimiter);
    if (delimiter != NULL && (text == NULL || strlen(text) != 1 || !ebb_reader_is_delimiter(*text)))
        ebb_err_item(m->err, "/csv/delimiter", "must be one ASCII character, such as \";\" or \"\\t\"");
    else if (delimiter != NULL)
        m->opts.delimiter = *text;
    if (skip != NULL && (!json_is_integer(skip) || json_integer_value(skip) < 0 || json_integer_value(skip) > 10000))
        ebb_err_item(m->err, "/csv/skip_lines", "must be a number from 0 to 10000");
    else if (skip != NULL)
        m->opts.skip_lines = (int)json_integer_value(skip);
}

static void read_opts(struct ebb_mapping *m)
{
    static const char *const formats[] = { "any", "csv", "xes", "json", NULL };
    static const char *const encodings[] = { "utf-8", "windows-1252", "iso-8859-1", NULL };
    m->opts.format = (enum ebb_format)choice_member(m, "format", "/format", formats, "must be any (by the file's first bytes), csv, xes or json");
    m->opts.encoding = (enum ebb_encoding)choice_member(m, "encoding", "/encoding", encodings,
        "must be utf-8, windows-1252 or iso-8859-1; make anything else UTF-8 by iconv first");
    read_csv_opts(m);
    const json_t *json = json_object_get(m->json, "json");
    if (json == NULL)
        return;
    m->opts.json_rows = json_string_value(json_object_get(json, "rows"));
    if (m->opts.json_rows == NULL)
        ebb_err_item(m->err, "/json", "must be an object: {\"rows\": \"the member that holds the array\"}");
    else
        ebb_mapping_members(m, json, "/json", "rows");
}

static void read_forms(struct ebb_mapping *m, const json_t *at)
{
    const json_t *format = json_object_get(at, "format"), *zone = json_object_get(at, "zone");
    static const char *iso[] = { "iso" };
    m->at.form = iso;
    m->at.form_count = 1;
    if (format != NULL)
        ebb_mapping_texts(m, format, "/at/format", &m->at.form, &m->at.form_count);
    for (int i = 0; i < m->at.form_count; i++) {
        const char *fault = ebb_date_form_fault(m->at.form[i]);
        if (fault != NULL)
            ebb_err_item(m->err, "/at/format", "\"%s\": %s", m->at.form[i], fault);
    }
    m->at.zone = json_string_value(zone);
    if (zone != NULL && (m->at.zone == NULL || *m->at.zone == '\0'))
        ebb_err_item(m->err, "/at/zone", "must be a time zone's name, such as Europe/Berlin or UTC");
}

static void read_moments(struct ebb_mapping *m, json_t *columns)
{
    const char *key;
    json_t *value;
    if (!json_is_object(columns)) {
        ebb_err_item(m->err, "/at/columns", "with the shape ticket it names a column per moment: {\"opened\": \"...\", \"resolved\": \"...\"}");
        return;
    }
    json_object_foreach(columns, key, value) {
        int moment = 0;
        while (moment < EBB_MOMENTS && strcmp(ebb_moment_names[moment], key) != 0)
            moment++;
        const char *pointer = ebb_arena_printf(m->arena, "/at/columns/%s", key);
        if (moment == EBB_MOMENTS)
            ebb_err_item(m->err, pointer, "there is no such moment; known are opened, assigned, waiting, resolved, reopened, closed, cancelled, updated");
        else
            ebb_mapping_names(m, value, pointer, &m->at.from[moment]);
    }
    if (m->at.from[EBB_OPENED].count == 0)
        ebb_err_item(m->err, "/at/columns", "must name the column of the moment \"opened\"");
}

static void read_at(struct ebb_mapping *m)
{
    const json_t *at = json_object_get(m->json, "at");
    m->at.separator = " ";
    if (at == NULL) {
        ebb_err_item(m->err, "/at", "is missing: it names the column with the time of an event");
        return;
    }
    read_forms(m, at);
    if (json_is_string(at) && !m->is_ticket_shape) {
        ebb_mapping_names(m, at, "/at", &m->at.from[0]);
        return;
    }
    if (!json_is_object(at)) {
        ebb_err_item(m->err, "/at", "must be an object: {\"columns\": [\"...\"], \"format\": \"...\", \"zone\": \"...\"}");
        return;
    }
    ebb_mapping_members(m, at, "/at", "columns format zone separator");
    const json_t *separator = json_object_get(at, "separator");
    if (separator != NULL && !json_is_string(separator))
        ebb_err_item(m->err, "/at/separator", "must be a string: what to put between a date and its time");
    else if (separator != NULL)
        m->at.separator = json_string_value(separator);
    json_t *columns = json_object_get(at, "columns");
    if (columns == NULL)
        ebb_err_item(m->err, "/at/columns", "is missing");
    else if (m->is_ticket_shape)
        read_moments(m, columns);
    else
        ebb_mapping_names(m, columns, "/at/columns", &m->at.from[0]);
}

static void read_fields(struct ebb_mapping *m)
{
    for (int i = 0; i < EBB_FIELDS; i++) {
        const struct ebb_field_row *row = &ebb_fields[i];
        const json_t *holder = row->kind == EBB_KIND_COUNT ? json_object_get(m->json, "counters") : m->json;
        const json_t *json = json_object_get(holder, row->name);
        m->field[i].kind = row->kind;
        m->field[i].longest = row->longest;
        if (json != NULL)
            ebb_mapping_pick(m, json, row->pointer, &m->field[i]);
    }
    const json_t *counters = json_object_get(m->json, "counters");
    if (counters != NULL && !json_is_object(counters))
        ebb_err_item(m->err, "/counters", "must be an object: {\"reassignment_count\": \"a column\", \"reopen_count\": \"a column\"}");
    else if (counters != NULL)
        ebb_mapping_members(m, counters, "/counters", "reassignment_count reopen_count");
    if (!m->field[EBB_FIELD_state].is_set && !m->is_ticket_shape)
        ebb_err_item(m->err, "/state", "is missing: it says in which state an event leaves the ticket");
    const json_t *id = json_object_get(m->json, "id");
    m->id.kind = EBB_KIND_TEXT;
    m->id.longest = 200;
    m->id.separator = "-";
    if (id == NULL)
        ebb_err_item(m->err, "/id", "is missing: it names the column with the ticket's reference");
    else
        ebb_mapping_pick(m, id, "/id", &m->id);
}

static void read_lists(struct ebb_mapping *m)
{
    json_t *missing = json_object_get(m->json, "missing"), *carry = json_object_get(m->json, "carry");
    json_t *keep = json_object_get(m->json, "keep"), *order = json_object_get(m->json, "order");
    if (missing != NULL)
        ebb_mapping_texts(m, missing, "/missing", &m->missing, &m->missing_count);
    if (order != NULL)
        ebb_mapping_names(m, order, "/order", &m->order);
    m->is_all_kept = json_array_size(keep) == 1 && json_is_string(json_array_get(keep, 0)) && strcmp(json_string_value(json_array_get(keep, 0)), "*") == 0;
    if (keep != NULL && !m->is_all_kept)
        ebb_mapping_names(m, keep, "/keep", &m->keep);
    const char **names = NULL;
    int count = 0;
    if (carry != NULL)
        ebb_mapping_texts(m, carry, "/carry", &names, &count);
    for (int i = 0; i < count; i++) {
        int field = 0;
        while (field < EBB_FIELDS && strcmp(ebb_fields[field].name, names[i]) != 0)
            field++;
        if (field < EBB_FIELDS)
            m->is_carried[field] = true;
        else
            ebb_err_item(m->err, "/carry", "\"%s\" is no field; known are state, team, assignee, requester, service, kind, subject, priority, impact, urgency", names[i]);
    }
}

static enum ebb_rc read_all(struct ebb_mapping *m)
{
    static const char *const shapes[] = { "event", "ticket", NULL };
    if (!json_is_object(m->json))
        return ebb_fail(m->err, EBB_E_CONFIG, "The mapping must be a JSON object, { ... }.");
    ebb_mapping_members(m, m->json, "",
        "$schema description source_name shape format encoding csv json missing id at state team assignee requester service "
        "default_service kind subject priority impact urgency counters order carry keep");
    if (json_object_get(m->json, "shape") == NULL)
        ebb_err_item(m->err, "/shape", "is missing: \"event\" when the log has one row per event, \"ticket\" when it has one per ticket");
    m->is_ticket_shape = choice_member(m, "shape", "/shape", shapes, "must be event (one row per event) or ticket (one row per ticket)") == 1;
    m->source_name = text_member(m, "source_name", "/source_name", 120);
    m->default_service = text_member(m, "default_service", "/default_service", 120);
    (void)text_member(m, "description", "/description", 20000);
    read_opts(m);
    read_lists(m);
    read_fields(m);
    read_at(m);
    return ebb_fail_items(m->err, EBB_E_CONFIG, "The mapping is not acceptable.");
}

static void drop_json(void *json)
{
    json_decref(json);
}

static void drop_text(void *text)
{
    free(text);
}

static enum ebb_rc make(struct ebb_mapping **mapping_r, json_t *json, const json_error_t *error, struct ebb_arena *arena, struct ebb_err *err)
{
    if (json == NULL)
        return ebb_fail(err, EBB_E_CONFIG, "The mapping is no JSON: line %d, column %d: %s.", error->line, error->column, error->text);
    ebb_arena_defer(arena, drop_json, json);
    char *text = json_dumps(json, JSON_COMPACT);
    if (text == NULL)
        return ebb_fail(err, EBB_E_CONFIG, "The mapping is not UTF-8.");
    ebb_arena_defer(arena, drop_text, text);
    struct ebb_mapping *m = EBB_NEW(arena, struct ebb_mapping);
    m->arena = arena;
    m->err = err;
    m->json = json;
    m->text = text;
    *mapping_r = m;
    return read_all(m);
}

enum ebb_rc ebb_mapping_load(struct ebb_mapping **mapping_r, const char *path, struct ebb_arena *arena, struct ebb_err *err)
{
    json_error_t error;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ebb_fail(err, EBB_E_CONFIG, "The mapping %s cannot be opened: %m.", path);
    json_t *json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    return make(mapping_r, json, &error, arena, err);
}

enum ebb_rc ebb_mapping_parse(struct ebb_mapping **mapping_r, const char *text, size_t len, struct ebb_arena *arena, struct ebb_err *err)
{
    json_error_t error;
    json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    return make(mapping_r, json, &error, arena, err);
}

/* The columns of the file, for somebody who has mistyped one. */
static const char *list_columns(struct ebb_mapping *m, const struct ebb_columns *columns)
{
    struct ebb_str text;
    ebb_str_init(&text, m->arena, 512);
    for (int i = 0; i < columns->count && text.length < 4000; i++)
        ebb_str_printf(&text, "%s%s", i == 0 ? "" : ", ", columns->name[i]);
    return ebb_str_done(&text);
}

enum ebb_rc ebb_mapping_bind(struct ebb_mapping *m, struct ebb_columns *columns, bool is_complete, int *missing_r)
{
    *missing_r = 0;
    for (int i = 0; i < m->column_count; i++) {
        size_t len = strlen(m->column[i]);
        m->bound[i] = ebb_columns_find(columns, m->column[i], len);
        if (m->bound[i] >= 0)
            continue;
        (*missing_r)++;
        if (is_complete)
            ebb_err_item(m->err, m->column_pointer[i], "the file has no column \"%s\"", m->column[i]);
    }
    if (*missing_r == 0 || !is_complete)
        return EBB_OK;
    return ebb_fail_items(m->err, EBB_E_CONFIG, ebb_arena_printf(m->arena, "The mapping does not fit the file, whose columns are: %s.",
                                                    list_columns(m, columns)));
}
