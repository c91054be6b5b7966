/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: from rows to actions: their order, what is told about them, and when nothing is done. What the rows are is tested
 *          in rules.sql.
 * Memory:  each test has a desk of its own.
 * Must not know: rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <plugin_desk.h>

static const char *const columns[] = { "rule", "version", "action", "args", "inputs", "step", "explanation", "problem" };

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
rows_become_actions_in_their_order(void **state)
{
	static const char *const cells[] = {
		"a", "3", "set", "{\"impact\": 1}", "{\"event\": \"ticket.opened\"}", "1", "Why.", NULL,
		"b", "1", NULL, NULL, "{}", "1", "Cannot be told.", "undecided",
		"c", "1", "note", "{\"text\": \"x\"}", "{}", "2", "Why not.", NULL,
	};
	struct desk *desk = *state;

	desk_rows(desk, "decisions", 8, columns, 3, cells);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_OK);
	assert_int_equal(desk->action_count, 2);
	assert_string_equal(desk->actions[0].action, "set");
	assert_string_equal(desk->actions[0].args, "{\"impact\": 1}");
	assert_string_equal(desk->actions[0].explanation, "Why.");
	assert_string_equal(desk->actions[0].rule, "a");
	assert_int_equal(desk->actions[0].rule_version, 3);
	assert_string_equal(desk->actions[0].inputs, "{\"event\": \"ticket.opened\"}");
	assert_string_equal(desk->actions[1].rule, "c");
	assert_int_equal(desk->log_count, 1);
}

static void
an_overrun_does_nothing_and_says_so(void **state)
{
	static const char *const cells[] = {
		"a", "3", "set", "{\"impact\": 1}", "{}", "1", "Why.", NULL,
		NULL, NULL, NULL, NULL, NULL, "11", "Rules lead to rules.", "overrun",
	};
	struct desk *desk = *state;

	desk_rows(desk, "decisions", 8, columns, 2, cells);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_FAIL);
	assert_string_equal(desk->sentence, "Rules lead to rules.");
	assert_int_equal(desk->action_count, 0);
}

static void
no_row_is_nothing_to_say_and_no_rows_a_fault(void **state)
{
	static const char *const none[] = { NULL };
	struct desk *desk = *state;

	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_FAIL);
	desk_rows(desk, "decisions", 8, columns, 0, none);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_SKIP);
	desk_rows(desk, "decisions", 0, none, 0, none);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_SKIP);
}

static void
what_is_no_list_in_json_is_refused_at_its_place(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(desk_check(desk), EBB_PLUGIN_OK);
	desk_config(desk, "rules", "[{\"name\": \"\xC3\xA4\" \"when\"}]");
	assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
	assert_string_equal(desk->pointer, "/rules");
	assert_non_null(strstr(desk->sentence, "line 1, character 20 of all"));
	desk_config(desk, "rules", "{}");
	assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
	assert_string_equal(desk->sentence, "A list is wanted here: [...].");
}

static void
more_actions_than_an_event_may_have_are_a_fault(void **state)
{
	static const char *cells[101 * 8];
	struct desk *desk = *state;

	for (size_t i = 0; i < 101; i++) {
		cells[i * 8] = "a";
		cells[i * 8 + 2] = "resume";
		cells[i * 8 + 3] = "{}";
	}
	desk_rows(desk, "decisions", 8, columns, 101, cells);
	assert_int_equal(desk_automate(desk, "ticket.opened", "{}", "{}"), EBB_PLUGIN_FAIL);
	assert_non_null(strstr(desk->sentence, "more actions"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_become_actions_in_their_order, begin, end),
		cmocka_unit_test_setup_teardown(an_overrun_does_nothing_and_says_so, begin, end),
		cmocka_unit_test_setup_teardown(no_row_is_nothing_to_say_and_no_rows_a_fault, begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_list_in_json_is_refused_at_its_place, begin, end),
		cmocka_unit_test_setup_teardown(more_actions_than_an_event_may_have_are_a_fault, begin, end),
	};

	return cmocka_run_group_tests_name("automate_rules", tests, NULL, NULL);
}
