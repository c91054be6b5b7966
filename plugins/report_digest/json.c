/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the digest as JSON, for programs: names as in the reporting contract.
 * Memory:  none.
 * Must not know: the other forms.
 */
#include "digest.h"

#include <string.h>

static void
json_text(struct sheet *sheet, const char *text)
{
	static const char special[] = "\"\\\b\f\n\r\t\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";
	static const char *const instead[] = { "\\\"", "\\\\", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0001", "\\u0002", "\\u0003", "\\u0004",
		                               "\\u0005", "\\u0006", "\\u0007", "\\u000b", "\\u000e", "\\u000f", "\\u0010", "\\u0011", "\\u0012",
		                               "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b",
		                               "\\u001c", "\\u001d", "\\u001e", "\\u001f" };

	sheet_add(sheet, "\"");
	sheet_escape(sheet, text, special, instead);
	sheet_add(sheet, "\"");
}

static void
member(struct sheet *sheet, const char *before, const char *key, const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	sheet_print(sheet, "%s\"%s\":", before, key);
	if (rows->cells[row * rows->column_count + column] == NULL)
		sheet_add(sheet, "null");
	else
		json_text(sheet, digest_cell(rows, row, column));
}

static void
two_weeks(struct sheet *sheet, const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	sheet_print(sheet, ",\"this_week\":%lld,\"week_before\":%lld}", digest_number(rows, row, column), digest_number(rows, row, column + 1));
}

static void
oldest(struct sheet *sheet, const struct digest *digest, size_t row)
{
	const struct ebb_plugin_rows *rows = digest->oldest;
	char link[600];

	digest_link(digest, row, link, sizeof link);
	sheet_print(sheet, "%s{\"ticket_id\":%lld", row == 0 ? "" : ",", digest_number(rows, row, TICKET_ID));
	member(sheet, ",", "ticket_ref", rows, row, TICKET_REF);
	sheet_add(sheet, ",\"href\":");
	json_text(sheet, link);
	member(sheet, ",", "service_name", rows, row, SERVICE_NAME);
	member(sheet, ",", "request_type_name", rows, row, REQUEST_TYPE_NAME);
	member(sheet, ",", "priority_name", rows, row, PRIORITY_NAME);
	member(sheet, ",", "state", rows, row, STATE);
	member(sheet, ",", "assignee_name", rows, row, ASSIGNEE_NAME);
	sheet_print(sheet, ",\"is_overdue\":%s,\"age_hours\":%s}", digest_is_true(rows, row, IS_OVERDUE) ? "true" : "false",
	            digest_cell(rows, row, AGE_HOURS));
}

void
digest_json(struct sheet *sheet, const struct digest *digest)
{
	sheet_print(sheet, "{\"report\":\"weekly\",\"team_id\":%lld", digest_number(digest->week, 0, TEAM_ID));
	member(sheet, ",", "team_name", digest->week, 0, TEAM_NAME);
	member(sheet, ",", "department_name", digest->week, 0, DEPARTMENT_NAME);
	member(sheet, ",", "week", digest->week, 0, WEEK);
	member(sheet, ",", "first_day", digest->week, 0, FIRST_DAY);
	member(sheet, ",", "last_day", digest->week, 0, LAST_DAY);
	member(sheet, ",", "time_zone_name", digest->week, 0, ZONE);
	member(sheet, ",", "as_of", digest->week, 0, ENDS_AT);
	sheet_print(sheet, ",\"is_complete\":%s,\"figures\":[", digest_is_true(digest->week, 0, IS_COMPLETE) ? "true" : "false");
	for (size_t row = 0; row < digest->figures->row_count; row++) {
		member(sheet, row == 0 ? "{" : ",{", "measure", digest->figures, row, MEASURE);
		member(sheet, ",", "title", digest->figures, row, TITLE);
		two_weeks(sheet, digest->figures, row, THIS_WEEK);
	}
	sheet_add(sheet, "],\"open_by_age\":[");
	for (size_t row = 0; row < digest->ages->row_count; row++) {
		member(sheet, row == 0 ? "{" : ",{", "age_band", digest->ages, row, AGE_BAND);
		two_weeks(sheet, digest->ages, row, AGE_THIS_WEEK);
	}
	sheet_add(sheet, "],\"oldest\":[");
	for (size_t row = 0; row < digest->oldest->row_count; row++)
		oldest(sheet, digest, row);
	sheet_add(sheet, "]}\n");
}
