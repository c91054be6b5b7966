/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the assessment for a terminal of about 100 columns. Memory: ctl->arena.
 * Must not know: the database, any figure by name.
 */
#include "ctl/assess.h"

#include "base/utf8.h"

#include <string.h>

enum {
    WIDTH = 100,
    BAR = 20,
    SHOWN_TICKETS = 10,
};

static int width_of(const char *text)
{
    return (int)ebb_utf8_count(text, strlen(text));
}

/* Words in lines of WIDTH, each after the indent. */
static void wrap(FILE *out, const char *text, const char *indent)
{
    int at = 0;
    while (*text != '\0') {
        size_t word = strcspn(text, " \n");
        int width = (int)ebb_utf8_count(text, word);
        if (at > 0 && at + 1 + width > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        at += fprintf(out, "%s%.*s", at == 0 ? indent : " ", (int)word, text) > 0 ? width + (at == 0 ? (int)strlen(indent) : 1) : 0;
        text += word;
        while (*text == ' ' || *text == '\n')
            text++;
    }
    fputc('\n', out);
}

/* As much of the text as fits, up to a blank if there is one; moves on behind it. */
static void put_cell(FILE *out, const char **text, int width, bool is_right, bool is_last)
{
    size_t len = strlen(*text), skip = len;
    if ((int)ebb_utf8_count(*text, len) > width) {
        len = 0;
        for (size_t at = 0; (*text)[at] != '\0' && (int)ebb_utf8_count(*text, at) <= width; at++)
            if ((*text)[at] == ' ')
                len = at;
        skip = len + 1;
        if (len == 0) {
            for (skip = 1; (int)ebb_utf8_count(*text, ebb_utf8_cut(*text, strlen(*text), skip)) < width; skip++)
                ;
            len = skip = ebb_utf8_cut(*text, strlen(*text), skip);
        }
    }
    int pad = width - (int)ebb_utf8_count(*text, len);
    fprintf(out, "%*s%.*s%*s", is_right ? pad : 0, "", (int)len, *text, is_right || is_last ? 0 : pad, "");
    *text += skip;
}

static void rule(FILE *out, int width, char c)
{
    while (width-- > 0)
        fputc(c, out);
    fputc('\n', out);
}

/* Widths by content; when all together are too wide, the widest gives way. */
static int *widths(struct ebb_ctl *ctl, const struct ebb_table *t)
{
    int *width = ebb_arena_zalloc(ctl->arena, ((size_t)t->columns + 1) * sizeof *width), whole = 2 * (t->columns - 1);
    for (int i = 0; i < t->columns; i++) {
        width[i] = width_of(t->name[i]);
        for (int r = 0; r < t->rows; r++) {
            int own = width_of(t->cell[r * t->columns + i]);
            width[i] = own > width[i] ? own : width[i];
        }
        whole += width[i];
    }
    while (whole > WIDTH) {
        int widest = 0;
        for (int i = 1; i < t->columns; i++)
            if (width[i] > width[widest])
                widest = i;
        if (width[widest] <= 8)
            break;
        width[widest]--;
        whole--;
    }
    width[t->columns] = whole; /* the last place tells how wide all are */
    return width;
}

/* A row, in as many lines as its longest cell needs. */
static void put_row(struct ebb_ctl *ctl, const struct ebb_table *t, const char *const *cells, const int *width, int bar, FILE *out)
{
    const char **rest = ebb_arena_alloc(ctl->arena, (size_t)(t->columns + 1) * sizeof *rest);
    bool has_more = true;
    memcpy(rest, cells, (size_t)t->columns * sizeof *rest);
    while (has_more) {
        has_more = false;
        for (int i = 0; i < t->columns; i++) {
            put_cell(out, &rest[i], width[i], t->is_number[i], i + 1 == t->columns && bar == 0);
            has_more = has_more || *rest[i] != '\0';
            if (i + 1 < t->columns)
                fputs("  ", out);
        }
        if (bar > 0)
            fputs("  ", out);
        for (; bar > 0; bar--)
            fputc('#', out);
        fputc('\n', out);
    }
}

static void put_table(struct ebb_ctl *ctl, const struct ebb_table *t, int rows, FILE *out)
{
    const int *width = widths(ctl, t);
    bool has_bar = t->bar >= 0 && width[t->columns] + 2 + BAR <= WIDTH;
    put_row(ctl, t, t->name, width, 0, out);
    rule(out, width[t->columns] + (has_bar ? 2 + BAR : 0), '-');
    for (int r = 0; r < rows && r < t->rows; r++)
        put_row(ctl, t, &t->cell[r * t->columns], width, has_bar ? (int)(t->share[r] * BAR + 0.5) : 0, out);
}

static void put_question(struct ebb_ctl *ctl, const json_t *question, int number, FILE *out)
{
    const char *sentence = json_string_value(json_object_get(question, "sentence"));
    const json_t *tickets = json_object_get(question, "tickets");
    fprintf(out, "\n%d  %s\n", number, ebb_questions[number - 1]);
    rule(out, WIDTH, '=');
    wrap(out, sentence == NULL ? ebb_answer_words(question) : sentence, "   ");
    fputc('\n', out);
    struct ebb_table *figures = ebb_table_of_figures(ctl, json_object_get(question, "figures"));
    struct ebb_table *limits = ebb_table_of_figures(ctl, json_object_get(question, "limits"));
    figures->name[0] = "figures";
    limits->name[0] = "limits they are judged by";
    put_table(ctl, figures, figures->rows, out);
    fputc('\n', out);
    put_table(ctl, limits, limits->rows, out);
    struct ebb_table *list = ebb_table_of_objects(ctl, tickets);
    if (list->rows == 0)
        return;
    fprintf(out, "\nThe tickets behind it, worst first");
    fprintf(out, list->rows > SHOWN_TICKETS ? " (%d of %d; --format json has all):\n" : ":\n", SHOWN_TICKETS, list->rows);
    put_table(ctl, list, SHOWN_TICKETS, out);
}

static void put_summary(struct ebb_ctl *ctl, const json_t *document, FILE *out)
{
    fprintf(out, "Backlog Reduction Assessment\n");
    rule(out, WIDTH, '=');
    wrap(out, ebb_scope_words(ctl, document), "");
    fputc('\n', out);
    for (int i = 1; i <= 4; i++) {
        const json_t *question = json_object_get(document, ebb_arena_printf(ctl->arena, "question_%d", i));
        const char *sentence = json_string_value(json_object_get(question, "sentence"));
        fprintf(out, "%d  %-55s %s\n", i, ebb_questions[i - 1], ebb_answer_words(question));
        wrap(out, sentence == NULL ? "" : sentence, "   ");
        fputc('\n', out);
    }
}

static void put_method(const json_t *document, FILE *out)
{
    const json_t *method = json_object_get(document, "method");
    json_t *note;
    size_t i;
    fprintf(out, "\nMethod\n");
    rule(out, WIDTH, '=');
    json_array_foreach(json_object_get(method, "notes"), i, note)
        if (json_is_string(note))
            wrap(out, json_string_value(note), "   ");
    fprintf(out, "\n");
    wrap(out, "Every figure is a query over schema reporting_v1 that can be repeated in psql: ebbctl assess --format json has them under method.queries, "
              "by the name of the question or section.", "   ");
}

void ebb_assess_text(struct ebb_ctl *ctl, const json_t *document, FILE *out)
{
    json_t *section;
    const char *name;
    put_summary(ctl, document, out);
    for (int i = 1; i <= 4; i++)
        put_question(ctl, json_object_get(document, ebb_arena_printf(ctl->arena, "question_%d", i)), i, out);
    json_object_foreach(json_object_get(document, "sections"), name, section) {
        const struct ebb_table *t = ebb_table_of_section(ctl, section);
        fprintf(out, "\n%s\n", t->title != NULL ? t->title : name);
        rule(out, WIDTH, '=');
        if (t->note != NULL)
            wrap(out, t->note, "   ");
        fputc('\n', out);
        if (t->rows == 0)
            fprintf(out, "   nothing\n");
        else
            put_table(ctl, t, t->rows, out);
    }
    put_method(document, out);
}
