/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the digest as one page that needs nothing else: tables with captions and scopes for those who hear them, one picture
 *          that is said in words as well, no script. Everything that comes from the desk is escaped.
 * Memory:  none.
 * Must not know: the other forms.
 */
#include "digest.h"

#include <stdio.h>

void
html_text(struct sheet *sheet, const char *text)
{
	static const char *const instead[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	sheet_escape(sheet, text, "&<>\"'", instead);
}

static void
cell(struct sheet *sheet, const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	sheet_add(sheet, "<td>");
	html_text(sheet, digest_cell(rows, row, column));
	sheet_add(sheet, "</td>");
}

static void
head(struct sheet *sheet, const struct digest *digest)
{
	sheet_add(sheet, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html_text(sheet, digest_cell(digest->week, 0, TEAM_NAME));
	sheet_add(sheet, ", week ");
	html_text(sheet, digest_cell(digest->week, 0, WEEK));
	sheet_add(sheet, "</title>\n<style>\n:root { color-scheme: light dark; }\nbody { font: 1rem/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }\n"
			 "table { border-collapse: collapse; margin: 2rem 0; }\ncaption { text-align: left; font-weight: 600; padding-bottom: .5rem; }\n"
			 "th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid; }\n.n { text-align: right; }\nsvg { max-width: 100%; height: auto; }\n"
			 "</style>\n</head>\n<body>\n<main>\n<h1>");
	html_text(sheet, digest_cell(digest->week, 0, TEAM_NAME));
	sheet_add(sheet, ": week ");
	html_text(sheet, digest_cell(digest->week, 0, WEEK));
	sheet_add(sheet, "</h1>\n<p>");
	html_text(sheet, digest_cell(digest->week, 0, DEPARTMENT_NAME));
	sheet_print(sheet, ", %s to %s (", digest_cell(digest->week, 0, FIRST_DAY), digest_cell(digest->week, 0, LAST_DAY));
	html_text(sheet, digest_cell(digest->week, 0, ZONE));
	sheet_print(sheet, ")%s.</p>\n", digest_is_true(digest->week, 0, IS_COMPLETE) ? "" : "; the week is not over, figures are as of now");
}

/* A table of what was counted in two weeks; the first column names it. */
static void
two_weeks(struct sheet *sheet, const char *caption, const char *what, const struct ebb_plugin_rows *rows, size_t name, size_t figure)
{
	sheet_print(sheet, "<table>\n<caption>%s</caption>\n<thead><tr><th scope=\"col\">%s</th><th scope=\"col\" class=\"n\">This week</th>"
			   "<th scope=\"col\" class=\"n\">Week before</th><th scope=\"col\" class=\"n\">Change</th></tr></thead>\n<tbody>\n", caption, what);
	for (size_t row = 0; row < rows->row_count; row++) {
		long long now = digest_number(rows, row, figure), before = digest_number(rows, row, figure + 1);

		sheet_add(sheet, "<tr><th scope=\"row\">");
		html_text(sheet, digest_cell(rows, row, name));
		sheet_print(sheet, "</th><td class=\"n\">%lld</td><td class=\"n\">%lld</td><td class=\"n\">%+lld</td></tr>\n", now, before, now - before);
	}
	sheet_add(sheet, "</tbody>\n</table>\n");
}

static void
oldest(struct sheet *sheet, const struct digest *digest)
{
	const struct ebb_plugin_rows *rows = digest->oldest;
	char link[600];

	if (rows->row_count == 0) {
		sheet_add(sheet, "<p>Nothing was open at the end of the week.</p>\n");
		return;
	}
	sheet_add(sheet, "<table>\n<caption>Oldest open tickets at the end of the week</caption>\n<thead><tr><th scope=\"col\">Ticket</th><th scope=\"col\">Service</th>"
			 "<th scope=\"col\">Type</th><th scope=\"col\">Priority</th><th scope=\"col\">State</th><th scope=\"col\">Assignee</th>"
			 "<th scope=\"col\">Overdue</th><th scope=\"col\" class=\"n\">Age in days</th></tr></thead>\n<tbody>\n");
	for (size_t row = 0; row < rows->row_count; row++) {
		digest_link(digest, row, link, sizeof link);
		sheet_add(sheet, "<tr><th scope=\"row\"><a href=\"");
		html_text(sheet, link);
		sheet_add(sheet, "\">");
		html_text(sheet, digest_cell(rows, row, TICKET_REF));
		sheet_add(sheet, "</a></th>");
		for (size_t column = SERVICE_NAME; column <= STATE; column++)
			cell(sheet, rows, row, column);
		if (digest_cell(rows, row, ASSIGNEE_NAME)[0] != '\0')
			cell(sheet, rows, row, ASSIGNEE_NAME);
		else
			sheet_add(sheet, "<td>nobody</td>");
		sheet_print(sheet, "<td>%s</td><td class=\"n\">%lld</td></tr>\n", digest_is_true(rows, row, IS_OVERDUE) ? "yes" : "no",
		            digest_number(rows, row, AGE_HOURS) / 24);
	}
	sheet_add(sheet, "</tbody>\n</table>\n");
}

void
digest_html(struct sheet *sheet, const struct digest *digest)
{
	head(sheet, digest);
	two_weeks(sheet, "What came, what went, what is left", "Measure", digest->figures, TITLE, THIS_WEEK);
	digest_svg(sheet, digest);
	two_weeks(sheet, "Open at the end of the week, by age", "Age", digest->ages, AGE_BAND, AGE_THIS_WEEK);
	oldest(sheet, digest);
	sheet_add(sheet, "</main>\n</body>\n</html>\n");
}
