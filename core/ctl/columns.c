/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see columns.h: counts what stands in the columns. Memory: ctl->arena. Must not know: the database.
 */
#include "ctl/columns.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum {
    ROWS_LOOKED_AT = 5000,
    VALUE_BYTES = 200,
};

static void count_value(struct ebb_ctl *ctl, struct ebb_profile *p, const char *text, size_t len, const char *before)
{
    p->filled++;
    len = ebb_utf8_cut(text, len, VALUE_BYTES);
    p->is_repeated = p->is_repeated || (before != NULL && strlen(before) == len && memcmp(before, text, len) == 0);
    for (int i = 0; i < p->distinct; i++)
        if (strlen(p->value[i].text) == len && memcmp(p->value[i].text, text, len) == 0) {
            p->value[i].count++;
            p->is_unique = false;
            return;
        }
    if (p->distinct == EBB_PROFILE_VALUES) {
        p->has_more = true;
        return;
    }
    p->value[p->distinct++] = (struct ebb_profile_value) { ebb_arena_dup(ctl->arena, text, len), 1 };
}

static const char *look(struct ebb_ctl *ctl, struct ebb_reader *reader, struct ebb_profiles *all)
{
    enum ebb_row_rc rc = EBB_ROW_END;
    char (*before)[VALUE_BYTES + 1] = ebb_arena_zalloc(ctl->arena, EBB_COLUMNS_MAX * sizeof *before);
    all->column = ebb_arena_zalloc(ctl->arena, EBB_COLUMNS_MAX * sizeof *all->column);
    while (all->rows < ROWS_LOOKED_AT && (rc = ebb_reader_next(reader)) != EBB_ROW_END && rc != EBB_ROW_BROKEN) {
        if (rc == EBB_ROW_REFUSED)
            continue;
        all->rows++;
        for (int i = 0; i < reader->columns.count; i++) {
            size_t len = 0;
            const char *text = ebb_row_text(&reader->row, i, &len);
            if (i >= all->count)
                all->column[all->count++] = (struct ebb_profile) { .name = reader->columns.name[i], .is_unique = true };
            if (text == NULL || len == 0)
                continue;
            count_value(ctl, &all->column[i], text, len, before[i]);
            len = ebb_utf8_cut(text, len, VALUE_BYTES);
            memcpy(before[i], text, len);
            before[i][len] = '\0';
        }
    }
    for (int i = all->count; i < reader->columns.count; i++)
        all->column[all->count++] = (struct ebb_profile) { .name = reader->columns.name[i] };
    return rc == EBB_ROW_BROKEN ? reader->fault : NULL;
}

static int more_first(const void *a, const void *b)
{
    const struct ebb_profile_value *x = a, *y = b;
    return (y->count > x->count) - (y->count < x->count);
}

static const char *samples(struct ebb_ctl *ctl, const struct ebb_profile *p)
{
    struct ebb_str text;
    ebb_str_init(&text, ctl->arena, 200);
    for (int i = 0; i < p->distinct && text.length < 70; i++) {
        size_t len = strlen(p->value[i].text), cut = ebb_utf8_cut(p->value[i].text, len, 30);
        ebb_str_printf(&text, "%s%.*s%s", i == 0 ? "" : " | ", (int)cut, p->value[i].text, cut < len ? "..." : "");
        if (p->value[i].count > 1)
            ebb_str_printf(&text, " (%ld)", p->value[i].count);
    }
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.text[i] < ' ')
            text.text[i] = ' ';
    return ebb_str_done(&text);
}

static void print_table(struct ebb_ctl *ctl, const struct ebb_profiles *all, const char *file, const char *format)
{
    int width = 6;
    for (int i = 0; i < all->count; i++) {
        int len = (int)ebb_utf8_count(all->column[i].name, strlen(all->column[i].name));
        width = len > width && len <= 40 ? len : width;
    }
    fprintf(stderr, "%s is %s; its first %s rows have %d columns:\n\n", file, format, ebb_ctl_count(ctl, all->rows), all->count);
    fprintf(stderr, "%-*s  filled  different  values, the most frequent first\n", width, "column");
    for (int i = 0; i < all->count; i++) {
        const struct ebb_profile *p = &all->column[i];
        int pad = width - (int)ebb_utf8_count(p->name, strlen(p->name));
        fprintf(stderr, "%s%*s  %5.0f%%  %8d%s  %s\n", p->name, pad > 0 ? pad : 0, "", all->rows == 0 ? 0 : 100.0 * (double)p->filled / (double)all->rows,
            p->distinct, p->has_more ? "+" : " ", samples(ctl, p));
    }
    fprintf(stderr, "\nA mapping to begin with follows on standard output. It is made of guesses: check shape, id, at (day or month first?)\n"
                    "and state, say what is missing, then try it: ebbctl import %s --map FILE --dry-run\n\n", file);
}

static json_t *as_json(const struct ebb_profiles *all)
{
    json_t *list = json_array();
    for (int i = 0; i < all->count; i++) {
        const struct ebb_profile *p = &all->column[i];
        json_t *values = json_array();
        for (int k = 0; k < p->distinct && k < 10; k++)
            json_array_append_new(values, json_pack("{s:s, s:I}", "value", p->value[k].text, "count", (json_int_t)p->value[k].count));
        json_array_append_new(list, json_pack("{s:s, s:I, s:i, s:b, s:o}", "column", p->name, "filled_count", (json_int_t)p->filled, "different_count",
            p->distinct, "has_more", p->has_more, "values", values));
    }
    return list;
}

int ebb_columns_show(struct ebb_ctl *ctl, struct ebb_reader *reader, const char *file)
{
    struct ebb_profiles all = { 0 };
    const char *fault = look(ctl, reader, &all);
    if (fault != NULL && all.rows == 0)
        return ebb_ctl_fail(ctl, EX_DATAERR, "%s cannot be read: %s.", file, fault);
    for (int i = 0; i < all.count; i++)
        qsort(all.column[i].value, (size_t)all.column[i].distinct, sizeof all.column[i].value[0], more_first);
    json_t *mapping = ebb_suggest(ctl, &all);
    if (ctl->is_json) {
        json_t *out = json_pack("{s:s, s:I, s:o, s:O}", "format", reader->class->name, "row_count", (json_int_t)all.rows, "columns", as_json(&all), "mapping", mapping);
        ebb_ctl_print(out);
        json_decref(out);
    } else {
        print_table(ctl, &all, file, reader->class->name);
        json_dumpf(mapping, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(mapping);
    return EX_OK;
}
