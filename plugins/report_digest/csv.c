/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the digest as CSV (RFC 4180): one table, so that every line has the same fields; what a section does not have stays empty.
 * Memory:  none.
 * Must not know: the other forms.
 */
#include "digest.h"

#include <string.h>

/* A text that a spreadsheet would compute gets an apostrophe in front; figures of our own are no texts. */
static void
text_field(struct sheet *sheet, const char *text)
{
	static const char *const instead[] = { "\"\"" };

	sheet_add(sheet, "\"");
	if (text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL)
		sheet_add(sheet, "'");
	sheet_escape(sheet, text, "\"", instead);
	sheet_add(sheet, "\"");
}

static void
line_start(struct sheet *sheet, const struct digest *digest, const char *section, const char *item)
{
	text_field(sheet, digest_cell(digest->week, 0, TEAM_NAME));
	sheet_add(sheet, ",");
	text_field(sheet, digest_cell(digest->week, 0, WEEK));
	sheet_print(sheet, ",%s,", section);
	text_field(sheet, item);
}

void
digest_csv(struct sheet *sheet, const struct digest *digest)
{
	static const enum oldest_column shown[] = { SERVICE_NAME, REQUEST_TYPE_NAME, PRIORITY_NAME, STATE, ASSIGNEE_NAME };

	sheet_add(sheet, "team,week,section,item,this_week,week_before,service,request_type,priority,state,assignee,is_overdue,age_hours\r\n");
	for (size_t row = 0; row < digest->figures->row_count; row++) {
		line_start(sheet, digest, "figure", digest_cell(digest->figures, row, MEASURE));
		sheet_print(sheet, ",%lld,%lld,,,,,,,\r\n", digest_number(digest->figures, row, THIS_WEEK), digest_number(digest->figures, row, WEEK_BEFORE));
	}
	for (size_t row = 0; row < digest->ages->row_count; row++) {
		line_start(sheet, digest, "open_by_age", digest_cell(digest->ages, row, AGE_BAND));
		sheet_print(sheet, ",%lld,%lld,,,,,,,\r\n", digest_number(digest->ages, row, AGE_THIS_WEEK),
		            digest_number(digest->ages, row, AGE_WEEK_BEFORE));
	}
	for (size_t row = 0; row < digest->oldest->row_count; row++) {
		line_start(sheet, digest, "oldest", digest_cell(digest->oldest, row, TICKET_REF));
		sheet_add(sheet, ",,");
		for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
			sheet_add(sheet, ",");
			text_field(sheet, digest_cell(digest->oldest, row, shown[i]));
		}
		sheet_print(sheet, ",%s,%s\r\n", digest_is_true(digest->oldest, row, IS_OVERDUE) ? "true" : "false",
		            digest_cell(digest->oldest, row, AGE_HOURS));
	}
}
