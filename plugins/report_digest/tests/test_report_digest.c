/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the three forms of a digest, on a desk that is played: what is escaped how, and that each says what the rows say. That
 *          the rows are right is tested in report_digest.py.
 * Memory:  each test has a desk of its own.
 * Must not know: how a figure comes about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <plugin_desk.h>

#define EVIL "=1+1,\"<b>&'\n"

static const char *const week_columns[] = { "team_id", "team_name", "department_name", "week", "zone", "first_day", "last_day", "begins_at", "ends_at",
	                                    "before_ends_at", "is_complete", "pointer", "detail" };
static const char *const week[] = { "1", EVIL, "IT", "2026-W46", "UTC", "2026-11-09", "2026-11-15", "2026-11-09T00:00:00+00:00", "2026-11-16T00:00:00+00:00",
	                            "2026-11-09T00:00:00+00:00", "true", NULL, NULL };
static const char *const figure_columns[] = { "measure", "title", "this_week", "week_before" };
static const char *const figures[] = { "opened", "Opened", "74", "81", "open_at_end", "Open at the end", "189", "173" };
static const char *const age_columns[] = { "age_band", "this_week", "week_before" };
static const char *const ages[] = { "1: under 1 day", "4", "0", "2: 1 to 3 days", "2", "8" };
static const char *const oldest_columns[] = { "ticket_id", "ticket_ref", "service_name", "request_type_name", "priority_name", "state", "assignee_name",
	                                      "is_overdue", "age_hours" };
static const char *const oldest[] = { "7", "EBB-7", "@cmd", "Fault", "High", "active", NULL, "true", "1154.86",
	                              "8", "EBB-8", "Mail", "Fault", "Low", "waiting", "-Dana", "false", "54.00" };

static int
begin(void **state)
{
	struct desk *desk = desk_new();

	desk_rows(desk, "week", 13, week_columns, 1, week);
	desk_rows(desk, "figures", 4, figure_columns, 2, figures);
	desk_rows(desk, "ages", 3, age_columns, 2, ages);
	desk_rows(desk, "oldest", 9, oldest_columns, 2, oldest);
	*state = desk;
	return 0;
}

static int
end(void **state)
{
	desk_free(*state);
	return 0;
}

static void
json_says_all_of_it(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(desk_report(desk, "weekly", "json", "{}"), EBB_PLUGIN_OK);
	assert_string_equal(desk->document,
	    "{\"report\":\"weekly\",\"team_id\":1,\"team_name\":\"=1+1,\\\"<b>&'\\n\",\"department_name\":\"IT\",\"week\":\"2026-W46\",\"first_day\":\"2026-11-09\","
	    "\"last_day\":\"2026-11-15\",\"time_zone_name\":\"UTC\",\"as_of\":\"2026-11-16T00:00:00+00:00\",\"is_complete\":true,"
	    "\"figures\":[{\"measure\":\"opened\",\"title\":\"Opened\",\"this_week\":74,\"week_before\":81},"
	    "{\"measure\":\"open_at_end\",\"title\":\"Open at the end\",\"this_week\":189,\"week_before\":173}],"
	    "\"open_by_age\":[{\"age_band\":\"1: under 1 day\",\"this_week\":4,\"week_before\":0},{\"age_band\":\"2: 1 to 3 days\",\"this_week\":2,\"week_before\":8}],"
	    "\"oldest\":[{\"ticket_id\":7,\"ticket_ref\":\"EBB-7\",\"href\":\"/api/v1/tickets/7\",\"service_name\":\"@cmd\",\"request_type_name\":\"Fault\","
	    "\"priority_name\":\"High\",\"state\":\"active\",\"assignee_name\":null,\"is_overdue\":true,\"age_hours\":1154.86},"
	    "{\"ticket_id\":8,\"ticket_ref\":\"EBB-8\",\"href\":\"/api/v1/tickets/8\",\"service_name\":\"Mail\",\"request_type_name\":\"Fault\","
	    "\"priority_name\":\"Low\",\"state\":\"waiting\",\"assignee_name\":\"-Dana\",\"is_overdue\":false,\"age_hours\":54.00}]}\n");
}

static void
csv_has_equal_lines_and_no_formula(void **state)
{
	struct desk *desk = *state;
	int fields = 1, quoted = 0;

	assert_int_equal(desk_report(desk, "weekly", "csv", "{}"), EBB_PLUGIN_OK);
	assert_non_null(strstr(desk->document, "\"'=1+1,\"\"<b>&'\n\",\"2026-W46\",figure,\"opened\",74,81,,,,,,,\r\n"));
	assert_non_null(strstr(desk->document, ",oldest,\"EBB-7\",,,\"'@cmd\",\"Fault\",\"High\",\"active\",\"\",true,1154.86\r\n"));
	assert_non_null(strstr(desk->document, "\"'-Dana\",false,54.00\r\n"));
	for (const char *s = desk->document; *s != '\0'; s++) {
		quoted ^= *s == '"';
		fields += !quoted && *s == ',';
		if (!quoted && *s == '\n') {
			assert_int_equal(s[-1], '\r');
			assert_int_equal(fields, 13);
			fields = 1;
		}
	}
}

static void
html_is_escaped_and_said_in_words(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(desk_report(desk, "weekly", "html", "{}"), EBB_PLUGIN_OK);
	assert_non_null(strstr(desk->document, "<h1>=1+1,&quot;&lt;b&gt;&amp;&#39;\n: week 2026-W46</h1>"));
	assert_null(strstr(desk->document, "<b>"));
	assert_null(strstr(desk->document, "<script"));
	assert_non_null(strstr(desk->document, "<tr><th scope=\"row\">Open at the end</th><td class=\"n\">189</td><td class=\"n\">173</td><td class=\"n\">+16</td></tr>"));
	assert_non_null(strstr(desk->document, "<desc id=\"ages-text\">1: under 1 day: 4, a week before 0; 2: 1 to 3 days: 2, a week before 8.</desc>"));
	assert_non_null(strstr(desk->document, "<a href=\"/api/v1/tickets/7\">EBB-7</a>"));
	assert_non_null(strstr(desk->document, "<td>nobody</td><td>yes</td><td class=\"n\">48</td>"));
	assert_null(strstr(desk->document, "not over"));
}

static void
what_cannot_be_told_is_said_with_its_place(void **state)
{
	static const char *const fault[] = { NULL, NULL, NULL, "2026-W46", "UTC", "2026-11-09", "2026-11-15", "", "", "", "true", "/team_id", "There is no team 9." };
	struct desk *desk = *state;

	desk_rows(desk, "week", 13, week_columns, 1, fault);
	assert_int_equal(desk_report(desk, "weekly", "json", "{}"), EBB_PLUGIN_FAIL);
	assert_string_equal(desk->pointer, "/team_id");
	assert_string_equal(desk->sentence, "There is no team 9.");
}

static void
without_rows_it_fails_and_without_tickets_it_does_not(void **state)
{
	static const char *const none[] = { NULL };
	struct desk *desk = *state;
	struct desk *bare = desk_new();

	assert_int_equal(desk_report(bare, "weekly", "json", "{}"), EBB_PLUGIN_FAIL);
	desk_free(bare);
	desk_rows(desk, "oldest", 0, none, 0, none);
	assert_int_equal(desk_report(desk, "weekly", "html", "{}"), EBB_PLUGIN_OK);
	assert_non_null(strstr(desk->document, "Nothing was open"));
	assert_int_equal(desk_report(desk, "weekly", "json", "{}"), EBB_PLUGIN_OK);
	assert_non_null(strstr(desk->document, "\"oldest\":[]}"));
}

static void
an_address_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "/tickets", "javascript:alert({ticket_id})", "//evil.example/{ticket_id}", "/t/{ticket_id}\" onclick=\"x", "x/{ticket_id}" };
	struct desk *desk = *state;

	assert_int_equal(desk_check(desk), EBB_PLUGIN_OK);
	desk_config(desk, "ticket_link", "https://desk.example/#/tickets/{ticket_id}/");
	assert_int_equal(desk_check(desk), EBB_PLUGIN_OK);
	assert_int_equal(desk_report(desk, "weekly", "html", "{}"), EBB_PLUGIN_OK);
	assert_non_null(strstr(desk->document, "href=\"https://desk.example/#/tickets/8/\""));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		desk_config(desk, "ticket_link", bad[i]);
		assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
		assert_string_equal(desk->pointer, "/ticket_link");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(json_says_all_of_it, begin, end),
		cmocka_unit_test_setup_teardown(csv_has_equal_lines_and_no_formula, begin, end),
		cmocka_unit_test_setup_teardown(html_is_escaped_and_said_in_words, begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_told_is_said_with_its_place, begin, end),
		cmocka_unit_test_setup_teardown(without_rows_it_fails_and_without_tickets_it_does_not, begin, end),
		cmocka_unit_test_setup_teardown(an_address_that_is_none_is_refused, begin, end),
	};

	return cmocka_run_group_tests_name("report_digest", tests, NULL, NULL);
}
