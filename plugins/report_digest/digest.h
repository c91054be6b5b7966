/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the digest between its rows and its three forms: columns by name, and a sheet that is written on.
 * Memory:  cells are the desk's, for the call; a sheet holds nothing.
 * Must not know: how a figure comes about (sql/code/digest.sql).
 */
#ifndef REPORT_DIGEST_DIGEST_H
#define REPORT_DIGEST_DIGEST_H

#include <ebb/plugin.h>

/* Columns in the order of the functions that give them. */
enum week_column { TEAM_ID, TEAM_NAME, DEPARTMENT_NAME, WEEK, ZONE, FIRST_DAY, LAST_DAY, BEGINS_AT, ENDS_AT, BEFORE_ENDS_AT, IS_COMPLETE,
	           POINTER, DETAIL, WEEK_COLUMNS };
enum figure_column { MEASURE, TITLE, THIS_WEEK, WEEK_BEFORE, FIGURE_COLUMNS };
enum age_column { AGE_BAND, AGE_THIS_WEEK, AGE_WEEK_BEFORE, AGE_COLUMNS };
enum oldest_column { TICKET_ID, TICKET_REF, SERVICE_NAME, REQUEST_TYPE_NAME, PRIORITY_NAME, STATE, ASSIGNEE_NAME, IS_OVERDUE, AGE_HOURS,
	             OLDEST_COLUMNS };

struct digest {
	const struct ebb_plugin_rows *week, *figures, *ages, *oldest;
	const char *ticket_link; /* with {ticket_id} */
};

/* What was written fits as long as is_full is 0; then nothing more is. */
struct sheet {
	const struct ebb_plugin_host *host;
	int is_full;
};

/* "" for SQL NULL. */
const char *digest_cell(const struct ebb_plugin_rows *rows, size_t row, size_t column);
int digest_is_true(const struct ebb_plugin_rows *rows, size_t row, size_t column);
long long digest_number(const struct ebb_plugin_rows *rows, size_t row, size_t column);

void sheet_add(struct sheet *sheet, const char *text);
void sheet_print(struct sheet *sheet, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Each byte as it is, but for those of `special`, which become the text at the same place of `instead`. */
void sheet_escape(struct sheet *sheet, const char *text, const char *special, const char *const *instead);
/* The address of a ticket, not yet escaped for anything. */
void digest_link(const struct digest *digest, size_t row, char *link, size_t size);

void digest_json(struct sheet *sheet, const struct digest *digest);
void digest_csv(struct sheet *sheet, const struct digest *digest);
void digest_html(struct sheet *sheet, const struct digest *digest);
/* The picture of the ages in a page. */
void digest_svg(struct sheet *sheet, const struct digest *digest);
void html_text(struct sheet *sheet, const char *text);

#endif
