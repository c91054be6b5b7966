/* SPDX-License-Identifier: Apache-2.0
 * Purpose: tables out of the assessment's document, with cells as people read them. A unit comes from the document, or from
 * the end of a member's name.
 * Memory: ctl->arena. Must not know: any figure by name.
 */
#include "ctl/assess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ebb_questions[4] = { "Do tickets age without clear ownership?", "Do the same issues return every month?",
    "Does prioritisation change daily?", "Does backlog reporting feel disconnected from reality?" };

const char *ebb_answer_words(const json_t *question)
{
    const char *answer = json_string_value(json_object_get(question, "answer"));
    if (answer == NULL || strcmp(answer, "cannot_tell") == 0)
        return "cannot tell";
    return answer;
}

/* "2012-05-31T21:49:06.5+00:00" to "2012-05-31 21:49". */
static const char *instant_words(struct ebb_ctl *ctl, const char *text)
{
    size_t len = strlen(text);
    bool is_instant = len >= 19 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
    return is_instant ? ebb_arena_printf(ctl->arena, "%.10s %.5s", text, text + 11) : text;
}

const char *ebb_scope_words(struct ebb_ctl *ctl, const json_t *document)
{
    const json_t *scope = json_object_get(document, "scope");
    const char *source = json_string_value(json_object_get(scope, "source_name"));
    const char *department = json_string_value(json_object_get(scope, "department_name"));
    const char *as_of = json_string_value(json_object_get(document, "as_of"));
    const char *of = source != NULL ? source : department != NULL ? department : "the whole desk";
    return ebb_arena_printf(ctl->arena, "%s, %s tickets, as of %s UTC", of, ebb_ctl_count(ctl, json_integer_value(json_object_get(scope, "ticket_count"))),
        as_of == NULL ? "now" : instant_words(ctl, as_of));
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* Names of figures tell what they measure: open_count, past_grace_unowned_share, first_owner_p85_hours. */
static const char *unit_of_name(const char *name)
{
    if (ends_with(name, "count"))
        return "";
    if (strstr(name, "share") != NULL)
        return "share";
    return strstr(name, "hours") != NULL ? "hours" : "";
}

static const char *words_of_name(struct ebb_ctl *ctl, const char *name)
{
    char *words = ebb_arena_strdup(ctl->arena, name);
    for (char *c = words; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    return words;
}

static const char *hours_words(struct ebb_ctl *ctl, double hours)
{
    if (fabs(hours) < 48)
        return ebb_arena_printf(ctl->arena, "%.1f h", hours);
    long long tenths = llround(hours / 2.4);
    return ebb_arena_printf(ctl->arena, "%s.%lld d", ebb_ctl_count(ctl, tenths / 10), llabs(tenths % 10));
}

/* "more than 2081.87" is a number too, and reads as one. */
static const char *text_words(struct ebb_ctl *ctl, const char *text, const char *unit)
{
    size_t before = strcspn(text, "0123456789");
    char *rest = NULL;
    double number = strtod(text + before, &rest);
    if (strcmp(unit, "hours") == 0 && text[before] != '\0' && *rest == '\0')
        return ebb_arena_printf(ctl->arena, "%.*s%s", (int)before, text, hours_words(ctl, number));
    return instant_words(ctl, text);
}

static const char *number_words(struct ebb_ctl *ctl, const json_t *value, const char *unit)
{
    double number = json_number_value(value);
    if (strcmp(unit, "share") == 0)
        return ebb_arena_printf(ctl->arena, "%.1f %%", number * 100);
    if (strcmp(unit, "hours") == 0)
        return hours_words(ctl, number);
    if (json_is_integer(value))
        return ebb_ctl_count(ctl, json_integer_value(value));
    if (fabs(number) >= 1000)
        return ebb_ctl_count(ctl, llround(number));
    return ebb_arena_printf(ctl->arena, "%.*f", fabs(number) < 1 ? 3 : 2, number);
}

static const char *cell_words(struct ebb_ctl *ctl, const json_t *value, const char *unit)
{
    if (value == NULL || json_is_null(value))
        return "-";
    if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    if (json_is_number(value))
        return number_words(ctl, value, unit);
    if (json_is_string(value))
        return text_words(ctl, json_string_value(value), unit);
    char *dump = json_dumps(value, JSON_COMPACT);
    const char *text = dump == NULL ? "" : ebb_arena_strdup(ctl->arena, dump);
    free(dump);
    return text;
}

static struct ebb_table *make(struct ebb_ctl *ctl, size_t columns, size_t rows)
{
    struct ebb_table *t = EBB_NEW(ctl->arena, struct ebb_table);
    t->columns = (int)columns;
    t->rows = (int)rows;
    t->bar = -1;
    t->name = ebb_arena_zalloc(ctl->arena, (columns + 1) * sizeof *t->name);
    t->unit = ebb_arena_zalloc(ctl->arena, (columns + 1) * sizeof *t->unit);
    t->is_number = ebb_arena_zalloc(ctl->arena, columns + 1);
    t->cell = ebb_arena_zalloc(ctl->arena, (columns * rows + 1) * sizeof *t->cell);
    t->share = ebb_arena_zalloc(ctl->arena, (rows + 1) * sizeof *t->share);
    return t;
}

/* Bars are drawn of the first column of tickets, else of shares, when there is something to compare. */
static void choose_bar(struct ebb_table *t)
{
    for (int i = 0; i < t->columns && t->bar < 0; i++)
        if (t->is_number[i] && strcmp(t->unit[i], "tickets") == 0)
            t->bar = i;
    for (int i = 0; i < t->columns && t->bar < 0; i++)
        if (t->is_number[i] && strcmp(t->unit[i], "share") == 0)
            t->bar = i;
    if (t->rows < 2)
        t->bar = -1;
}

static void set_bars(struct ebb_table *t, const json_t *rows)
{
    double most = 0;
    choose_bar(t);
    for (int pass = 0; pass < 2 && t->bar >= 0; pass++)
        for (int r = 0; r < t->rows; r++) {
            double value = json_number_value(json_array_get(json_array_get(rows, (size_t)r), (size_t)t->bar));
            if (pass == 0)
                most = value > most ? value : most;
            else
                t->share[r] = most > 0 && value > 0 ? value / most : 0;
        }
}

struct ebb_table *ebb_table_of_section(struct ebb_ctl *ctl, const json_t *section)
{
    const json_t *columns = json_object_get(section, "columns"), *rows = json_object_get(section, "rows");
    struct ebb_table *t = make(ctl, json_array_size(columns), json_array_size(rows));
    t->title = json_string_value(json_object_get(section, "title"));
    t->note = json_string_value(json_object_get(section, "note"));
    for (int i = 0; i < t->columns; i++) {
        const json_t *column = json_array_get(columns, (size_t)i);
        const char *name = json_string_value(json_is_object(column) ? json_object_get(column, "name") : column);
        const char *unit = json_string_value(json_object_get(column, "unit"));
        t->name[i] = name == NULL ? "" : name;
        t->unit[i] = unit == NULL ? "" : unit;
        for (int r = 0; r < t->rows; r++) {
            const json_t *value = json_array_get(json_array_get(rows, (size_t)r), (size_t)i);
            const char *own = i == 1 && strcmp(t->name[0], "figure") == 0 ? unit_of_name(t->cell[r * t->columns]) : t->unit[i];
            t->cell[r * t->columns + i] = cell_words(ctl, value, own);
            t->is_number[i] = t->is_number[i] || json_is_number(value);
        }
    }
    set_bars(t, rows);
    return t;
}

struct ebb_table *ebb_table_of_objects(struct ebb_ctl *ctl, const json_t *list)
{
    const char *key;
    json_t *value, *first = json_array_get(list, 0);
    struct ebb_table *t = make(ctl, json_object_size(first), json_array_size(list));
    int i = 0;
    json_object_foreach(first, key, value) {
        t->name[i] = words_of_name(ctl, key);
        t->unit[i] = unit_of_name(key);
        for (int r = 0; r < t->rows; r++) {
            const json_t *cell = json_object_get(json_array_get(list, (size_t)r), key);
            bool is_id = ends_with(key, "_id");
            t->cell[r * t->columns + i] = is_id && json_is_integer(cell) ? ebb_arena_printf(ctl->arena, "%lld", (long long)json_integer_value(cell))
                                                                           : cell_words(ctl, cell, t->unit[i]);
            t->is_number[i] = t->is_number[i] || json_is_number(cell);
        }
        i++;
    }
    return t;
}

struct ebb_table *ebb_table_of_figures(struct ebb_ctl *ctl, const json_t *object)
{
    const char *key;
    json_t *value, *from = (json_t *)(uintptr_t)object; /* only iterated */
    struct ebb_table *t = make(ctl, 2, json_object_size(object));
    t->name[0] = "figure";
    t->name[1] = "value";
    t->unit[0] = t->unit[1] = "";
    t->is_number[1] = true;
    int r = 0;
    json_object_foreach(from, key, value) {
        t->cell[2 * r] = words_of_name(ctl, key);
        t->cell[2 * r++ + 1] = cell_words(ctl, value, unit_of_name(key));
    }
    return t;
}
