/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the plugin decides, case by case, on a desk that is played: tests/lib/plugin_desk.h.
 * Memory:  each test has a desk of its own.
 * Must not know: how the plugin decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <plugin_desk.h>

static int
begin(void **state)
{
	*state = desk_new();
	return 0;
}

static int
end(void **state)
{
	desk_free(*state);
	return 0;
}

static void
a_configured_word_makes_a_ticket_urgent(void **state)
{
	struct desk *desk = *state;

	desk_config(desk, "words", "fire  flood");
	assert_int_equal(desk_categorise(desk, "A flood in room 4", ""), EBB_PLUGIN_OK);
	assert_string_equal(desk_suggested(desk, "urgency"), "1");
	assert_string_equal(desk->suggestions[0].explanation, "The text says \"flood\".");
	assert_int_equal(desk_categorise(desk, "Printer", "It hums."), EBB_PLUGIN_SKIP);
	assert_int_equal(desk->suggestion_count, 0);
}

static void
a_word_of_the_table_gives_the_impact(void **state)
{
	static const char *const columns[] = { "word", "impact" };
	static const char *const cells[] = { "everybody", "1", "my", "3" };
	struct desk *desk = *state;

	desk_rows(desk, "impact_words", 2, columns, 2, cells);
	assert_int_equal(desk_categorise(desk, "Mail", "down for everybody"), EBB_PLUGIN_OK);
	assert_string_equal(desk_suggested(desk, "impact"), "1");
}

static void
a_new_ticket_is_welcomed_when_the_department_wants_it(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_SKIP);
	desk_config(desk, "tone", "plain");
	desk_restart(desk);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_OK);
	assert_string_equal(desk->actions[0].action, "note");
	assert_string_equal(desk->actions[0].rule, "welcome");
	assert_int_equal(desk_automate(desk, "ticket.resolved", "{}", "{}"), EBB_PLUGIN_SKIP);
}

static void
the_report_counts_by_team(void **state)
{
	static const char *const columns[] = { "csv", "json", "count" };
	static const char *const cells[] = { "\"Front, desk\"", "\"Front, desk\"", "7", "\"Network\"", "\"Network\"", "2" };
	struct desk *desk = *state;

	desk_rows(desk, "open_by_team", 3, columns, 2, cells);
	assert_int_equal(desk_report(desk, "open_by_team", "csv", "{}"), EBB_PLUGIN_OK);
	assert_string_equal(desk->document, "team,open_tickets\r\n\"Front, desk\",7\r\n\"Network\",2\r\n");
	assert_int_equal(desk_report(desk, "open_by_team", "json", "{}"), EBB_PLUGIN_OK);
	assert_string_equal(desk->document, "[{\"team\":\"Front, desk\",\"open_tickets\":7},{\"team\":\"Network\",\"open_tickets\":2}]");
}

static void
a_configuration_without_words_is_refused(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(desk_check(desk), EBB_PLUGIN_OK);
	desk_config(desk, "words", "  ");
	assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
	assert_string_equal(desk->pointer, "/words");
	assert_string_equal(desk->sentence, "At least one word is needed.");
}

static void
without_memory_it_says_so(void **state)
{
	struct desk *desk = *state;

	for (long left = 0; left < 2; left++) {
		desk->allocs_left = left;
		assert_int_equal(desk_start(desk), EBB_PLUGIN_FAIL);
		assert_non_null(desk->sentence);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_configured_word_makes_a_ticket_urgent, begin, end),
		cmocka_unit_test_setup_teardown(a_word_of_the_table_gives_the_impact, begin, end),
		cmocka_unit_test_setup_teardown(a_new_ticket_is_welcomed_when_the_department_wants_it, begin, end),
		cmocka_unit_test_setup_teardown(the_report_counts_by_team, begin, end),
		cmocka_unit_test_setup_teardown(a_configuration_without_words_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(without_memory_it_says_so, begin, end),
	};

	return cmocka_run_group_tests_name("skeleton", tests, NULL, NULL);
}
