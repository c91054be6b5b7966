/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the assessment as one HTML file that needs nothing else: to be read on a screen, printed, or sent by mail. Bars are
 * inline SVG; colours follow the reader's setting; headings, captions and scopes are there for screen readers.
 * Memory: ctl->arena. Must not know: the database, any figure by name.
 */
#include "ctl/assess.h"

#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1a1f26;--soft:#5a6470;--line:#d5dae0;--paper:#fff;--bar:#2f6fab;--bad:#a8201a;--mid:#8a5a00;--good:#1d6b3a}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#a5afba;--line:#3a424c;--paper:#14181d;--bar:#6aa5dc;--bad:#ff8a80;--mid:#f0b84a;--good:#7fd19b}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:70rem;margin:0 auto;padding:1.5rem}\n"
    "h1{margin:0 0 .2rem}h2{margin:2.5rem 0 .5rem;border-bottom:2px solid var(--line);padding-bottom:.2rem}.scope,.note,caption{color:var(--soft)}\n"
    "table{border-collapse:collapse;margin:.8rem 0;font-size:.92rem}caption{text-align:left;padding:.2rem 0}\n"
    "th,td{padding:.25rem .7rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}th{border-bottom-width:2px}\n"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.wide{overflow-x:auto}\n"
    ".answers{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));padding:0;list-style:none}\n"
    ".answers li{border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem}.answer{font-weight:700;font-size:1.3rem;display:block}\n"
    ".yes{color:var(--bad)}.partly{color:var(--mid)}.no{color:var(--good)}rect{fill:var(--bar)}\n"
    "summary{cursor:pointer}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem}a{color:inherit}\n"
    "@media print{body{max-width:none;padding:0;font-size:11pt}h2{break-after:avoid}tr{break-inside:avoid}nav{display:none}}\n";

static void put(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
}

static void put_in(FILE *out, const char *tag, const char *text)
{
    fprintf(out, "<%s>", tag);
    put(out, text == NULL ? "" : text);
    fprintf(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

static void put_row(const struct ebb_table *t, int row, FILE *out)
{
    fputs("<tr>", out);
    for (int i = 0; i < t->columns; i++) {
        fprintf(out, i == 0 ? "<th scope=\"row\"%s>" : "<td%s>", t->is_number[i] ? " class=\"n\"" : "");
        put(out, t->cell[row * t->columns + i]);
        fputs(i == 0 ? "</th>" : "</td>", out);
    }
    if (t->bar >= 0)
        fprintf(out, "<td aria-hidden=\"true\"><svg width=\"120\" height=\"12\" role=\"presentation\"><rect width=\"%.1f\" height=\"12\"/></svg></td>",
            t->share[row] * 120);
    fputs("</tr>\n", out);
}

static void put_table(const struct ebb_table *t, const char *caption, FILE *out)
{
    if (t->rows == 0) {
        fputs("<p>Nothing.</p>\n", out);
        return;
    }
    fputs("<div class=\"wide\" tabindex=\"0\"><table>\n", out);
    if (caption != NULL)
        put_in(out, "caption", caption);
    fputs("<thead><tr>", out);
    for (int i = 0; i < t->columns; i++) {
        fprintf(out, "<th scope=\"col\"%s>", t->is_number[i] ? " class=\"n\"" : "");
        put(out, t->name[i]);
        fputs("</th>", out);
    }
    fputs(t->bar >= 0 ? "<td></td></tr></thead>\n<tbody>\n" : "</tr></thead>\n<tbody>\n", out);
    for (int r = 0; r < t->rows; r++)
        put_row(t, r, out);
    fputs("</tbody></table></div>\n", out);
}

static const char *class_of(const json_t *question)
{
    const char *answer = ebb_answer_words(question);
    return strchr(answer, ' ') == NULL ? answer : "cannot";
}

static void put_answer(const json_t *question, FILE *out)
{
    fprintf(out, "<span class=\"answer %s\">", class_of(question));
    put(out, ebb_answer_words(question));
    fputs("</span>\n", out);
}

static void put_summary(struct ebb_ctl *ctl, const json_t *document, FILE *out)
{
    fputs("<h1>Backlog Reduction Assessment</h1>\n", out);
    put_in(out, "p class=\"scope\"", ebb_scope_words(ctl, document));
    fputs("<ul class=\"answers\">\n", out);
    for (int i = 1; i <= 4; i++) {
        const json_t *question = json_object_get(document, ebb_arena_printf(ctl->arena, "question_%d", i));
        fprintf(out, "<li><a href=\"#question_%d\">", i);
        put(out, ebb_questions[i - 1]);
        fputs("</a>", out);
        put_answer(question, out);
        put(out, json_string_value(json_object_get(question, "sentence")) != NULL ? json_string_value(json_object_get(question, "sentence")) : "");
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

static void put_question(struct ebb_ctl *ctl, const json_t *question, int number, FILE *out)
{
    fprintf(out, "<section aria-labelledby=\"question_%d\"><h2 id=\"question_%d\">%d. ", number, number, number);
    put(out, ebb_questions[number - 1]);
    fputs("</h2>\n", out);
    put_answer(question, out);
    put_in(out, "p", json_string_value(json_object_get(question, "sentence")));
    put_table(ebb_table_of_figures(ctl, json_object_get(question, "figures")), "Figures", out);
    fputs("<details><summary>The limits they are judged by</summary>\n", out);
    put_table(ebb_table_of_figures(ctl, json_object_get(question, "limits")), NULL, out);
    fputs("</details>\n", out);
    const struct ebb_table *tickets = ebb_table_of_objects(ctl, json_object_get(question, "tickets"));
    if (tickets->rows > 0)
        put_table(tickets, "The tickets behind it, worst first", out);
    fputs("</section>\n", out);
}

static void put_method(const json_t *document, FILE *out)
{
    const json_t *method = json_object_get(document, "method");
    json_t *value;
    size_t i;
    const char *name;
    fputs("<section aria-labelledby=\"method\"><h2 id=\"method\">Method</h2>\n<ul>\n", out);
    json_array_foreach(json_object_get(method, "notes"), i, value)
        if (json_is_string(value))
            put_in(out, "li", json_string_value(value));
    fputs("</ul>\n<p>Every figure is a query over schema reporting_v1 that can be repeated in psql:</p>\n", out);
    json_object_foreach(json_object_get(method, "queries"), name, value) {
        fputs("<details>", out);
        put_in(out, "summary", name);
        put_in(out, "pre", json_string_value(value));
        fputs("</details>\n", out);
    }
    fputs("</section>\n", out);
}

static void put_contents(const json_t *sections, FILE *out)
{
    const char *name;
    json_t *section;
    fputs("<nav aria-label=\"Contents\"><p>", out);
    json_object_foreach((json_t *)(uintptr_t)sections, name, section) {
        fprintf(out, "<a href=\"#section_");
        put(out, name);
        fputs("\">", out);
        const char *title = json_string_value(json_object_get(section, "title"));
        put(out, title != NULL ? title : name);
        fputs("</a> &middot; ", out);
    }
    fputs("<a href=\"#method\">Method</a></p></nav>\n", out);
}

void ebb_assess_html(struct ebb_ctl *ctl, const json_t *document, FILE *out)
{
    const json_t *sections = json_object_get(document, "sections");
    const char *name;
    json_t *section;
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
          "<title>Backlog Reduction Assessment</title>\n<style>", out);
    fputs(style, out);
    fputs("</style></head>\n<body><main>\n", out);
    put_summary(ctl, document, out);
    put_contents(sections, out);
    for (int i = 1; i <= 4; i++)
        put_question(ctl, json_object_get(document, ebb_arena_printf(ctl->arena, "question_%d", i)), i, out);
    json_object_foreach((json_t *)(uintptr_t)sections, name, section) {
        const struct ebb_table *t = ebb_table_of_section(ctl, section);
        fputs("<section><h2 id=\"section_", out);
        put(out, name);
        fputs("\">", out);
        put(out, t->title != NULL ? t->title : name);
        fputs("</h2>\n", out);
        if (t->note != NULL)
            put_in(out, "p class=\"note\"", t->note);
        put_table(t, NULL, out);
        fputs("</section>\n", out);
    }
    put_method(document, out);
    fputs("</main></body></html>\n", out);
}
