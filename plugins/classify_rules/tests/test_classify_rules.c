/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the rules make of a ticket, and what is said against rules that cannot be, on a desk that is played. The
 *          matcher is compared with a slow one in words.py.
 * Memory:  each test has a desk of its own.
 * Must not know: how words are found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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
rules(struct desk *desk, const char *json)
{
	desk_config(desk, "rules", json);
	desk_restart(desk);
}

#define VPN "{\"name\": \"vpn\", \"words\": [\"vpn\", \"anyconnect\", \"remote access\"], \"not\": [\"wiki\"], \"set\": {\"impact\": 2, \"service\": 52}, \"confidence\": 0.9}"

static void
the_words_that_were_found_are_the_explanation(void **state)
{
	struct desk *desk = *state;

	rules(desk, "[" VPN "]");
	assert_int_equal(desk_categorise(desk, "VPN drops, AnyConnect says no", "My vpn again"), EBB_PLUGIN_OK);
	assert_string_equal(desk_suggested(desk, "service_id"), "52");
	assert_string_equal(desk_suggested(desk, "impact"), "2");
	assert_string_equal(desk->suggestions[0].explanation, "vpn, anyconnect in the subject (rule vpn)");
	assert_true(desk->suggestions[0].confidence > 0.89 && desk->suggestions[0].confidence < 0.91);
	assert_int_equal(desk_categorise(desk, "Help", "Remote  Access does not work"), EBB_PLUGIN_OK);
	assert_string_equal(desk->suggestions[0].explanation, "remote access in the description (rule vpn)");
	assert_int_equal(desk_categorise(desk, "vpn", "remote access"), EBB_PLUGIN_OK);
	assert_string_equal(desk->suggestions[0].explanation, "vpn in the subject; remote access in the description (rule vpn)");
}

static void
a_word_is_a_whole_word_and_an_exception_counts(void **state)
{
	struct desk *desk = *state;

	rules(desk, "[" VPN "]");
	assert_int_equal(desk_categorise(desk, "vpns", "the vpnclient, remote-ish access"), EBB_PLUGIN_SKIP);
	assert_int_equal(desk_categorise(desk, "vpn", "is there a page in the Wiki?"), EBB_PLUGIN_SKIP);
}

static void
case_and_accents_do_not_count_and_a_star_ends_a_beginning(void **state)
{
	struct desk *desk = *state;

	rules(desk, "[{\"name\": \"print\", \"words\": [\"drucker*\", \"CAF\\u00c9\"], \"set\": {\"urgency\": 3}}]");
	assert_int_equal(desk_categorise(desk, "DR\xC3\x9C" "CKERPATRONE leer", ""), EBB_PLUGIN_OK);
	assert_string_equal(desk->suggestions[0].explanation, "drucker* in the subject (rule print)");
	assert_int_equal(desk_categorise(desk, "cafe\xCC\x81", ""), EBB_PLUGIN_OK);
	assert_int_equal(desk_categorise(desk, "eindrucker", ""), EBB_PLUGIN_SKIP);
}

static void
a_rule_may_look_at_one_place_only(void **state)
{
	struct desk *desk = *state;

	rules(desk, "[{\"name\": \"a\", \"words\": \"outage\", \"in\": \"subject\", \"set\": {\"urgency\": 1}}]");
	assert_int_equal(desk_categorise(desk, "Outage", ""), EBB_PLUGIN_OK);
	assert_int_equal(desk_categorise(desk, "Help", "outage"), EBB_PLUGIN_SKIP);
}

static void
the_first_rule_that_sets_a_field_has_it(void **state)
{
	struct desk *desk = *state;
	const char *two = "[" VPN ", {\"name\": \"all of it\", \"words\": [\"drops\"], \"set\": {\"impact\": 1, \"urgency\": 1}}]";

	rules(desk, two);
	assert_int_equal(desk_categorise(desk, "vpn drops", ""), EBB_PLUGIN_OK);
	assert_int_equal(desk->suggestion_count, 3);
	assert_string_equal(desk_suggested(desk, "impact"), "2");
	assert_string_equal(desk_suggested(desk, "urgency"), "1");
	desk_config(desk, "stop_at_first", "true");
	desk_restart(desk);
	assert_int_equal(desk_categorise(desk, "vpn drops", ""), EBB_PLUGIN_OK);
	assert_null(desk_suggested(desk, "urgency"));
}

static void
sender_site_channel_and_form_are_asked_as_patterns(void **state)
{
	struct desk *desk = *state;
	struct ebb_plugin_ticket ticket = { .size = sizeof ticket, .department_id = 1, .subject = "x", .description = "", .channel = "mail",
		                            .requester_email = "Rae@Sales.Example", .requester_site = "Castle Venn", .form = "{\"asset\": \"L-17\", \"floor\": 3}" };

	rules(desk, "[{\"name\": \"a\", \"sender\": \"*@sales.example\", \"site\": \"castle*\", \"channel\": \"mail\", \"form\": {\"asset\": \"*\", \"floor\": \"3\"},"
	            " \"set\": {\"request_type\": 71}}]");
	assert_int_equal(desk_ticket(desk, &ticket), EBB_PLUGIN_OK);
	assert_string_equal(desk_suggested(desk, "request_type_id"), "71");
	assert_string_equal(desk->suggestions[0].explanation,
	                    "sender is *@sales.example; site is castle*; channel is mail; form field asset is filled in; form field floor is 3 (rule a)");
	ticket.requester_email = "rae@sales.example.org";
	assert_int_equal(desk_ticket(desk, &ticket), EBB_PLUGIN_SKIP);
	ticket.requester_email = NULL;
	assert_int_equal(desk_ticket(desk, &ticket), EBB_PLUGIN_SKIP);
	ticket.requester_email = "a@sales.example";
	ticket.form = "{\"asset\": \"\", \"floor\": 3}";
	assert_int_equal(desk_ticket(desk, &ticket), EBB_PLUGIN_SKIP);
	ticket.form = "no json";
	assert_int_equal(desk_ticket(desk, &ticket), EBB_PLUGIN_SKIP);
}

static void
names_become_ids_by_what_the_desk_kept(void **state)
{
	static const char *const columns[] = { "kind", "name", "id" };
	static const char *const cells[] = { "service", "Network", "7", "request_type", "Fault", "8" };
	struct desk *desk = *state;

	rules(desk, "[{\"name\": \"a\", \"words\": [\"lan\"], \"set\": {\"service\": \"Network\", \"request_type\": \"Fault\"}}]");
	assert_int_equal(desk_categorise(desk, "lan", ""), EBB_PLUGIN_SKIP);
	assert_int_equal(desk->log_count, 2);
	desk_rows(desk, "names", 3, columns, 2, cells);
	assert_int_equal(desk_categorise(desk, "lan", ""), EBB_PLUGIN_OK);
	assert_string_equal(desk_suggested(desk, "service_id"), "7");
	assert_string_equal(desk_suggested(desk, "request_type_id"), "8");
}

static void
each_fault_has_its_place(void **state)
{
	static const struct {
		const char *rules, *pointer, *words;
	} cases[] = {
		{ "[{\"name\": \"a\",}]", "/rules", "line 1, character 15" },
		{ "[\n {\"name\": \"\xC3\xA4\" \"x\"}]", "/rules", "line 2" },
		{ "{}", "/rules", "A list is wanted" },
		{ "[7]", "/rules/0", "An object is wanted" },
		{ "[{\"words\": [\"a\"], \"set\": {\"impact\": 1}}]", "/rules/0/name", "A text is wanted" },
		{ "[" VPN ", " VPN "]", "/rules/1/name", "Rule 1 has this name already" },
		{ "[{\"name\": \"a\", \"wrods\": []}]", "/rules/0/wrods", "known are name, words" },
		{ "[{\"name\": \"a\", \"words\": [\"ok\", \"vp*n\"]}]", "/rules/0/words/1", "at character 3, a star stands at the end only" },
		{ "[{\"name\": \"a\", \"words\": [\"\xC3\xA4 *\"]}]", "/rules/0/words/0", "at character 3, a star needs" },
		{ "[{\"name\": \"a\", \"words\": [\"...\"]}]", "/rules/0/words/0", "no letter and no digit" },
		{ "[{\"name\": \"a\", \"words\": []}]", "/rules/0/words", "is empty" },
		{ "[{\"name\": \"a\", \"words\": [5]}]", "/rules/0/words/0", "A text is wanted" },
		{ "[{\"name\": \"a\", \"words\": {\"x\": 1}}]", "/rules/0/words", "A list is wanted" },
		{ "[{\"name\": \"a\", \"set\": {\"impact\": 1}}]", "/rules/0", "asks nothing" },
		{ "[{\"name\": \"a\", \"not\": [\"x\"], \"set\": {\"impact\": 1}}]", "/rules/0", "asks nothing" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"in\": \"title\"}]", "/rules/0/in", "\"subject\"" },
		{ "[{\"name\": \"a\", \"sender\": \"\"}]", "/rules/0/sender", "empty" },
		{ "[{\"name\": \"a\", \"form\": {}}]", "/rules/0/form", "form fields" },
		{ "[{\"name\": \"a\", \"form\": {\"a/b\": 1}}]", "/rules/0/form/a~1b", "A text is wanted" },
		{ "[{\"name\": \"a\", \"words\": \"x\"}]", "/rules/0/set", "An object is wanted" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {}}]", "/rules/0/set", "at least one" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {\"team\": 1}}]", "/rules/0/set/team", "known are service" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {\"impact\": 4}}]", "/rules/0/set/impact", "from 1 to 3" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {\"service\": true}}]", "/rules/0/set/service", "A name or an id" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {\"service\": 0}}]", "/rules/0/set/service", "from 1 to" },
		{ "[{\"name\": \"a\", \"words\": \"x\", \"set\": {\"impact\": 1}, \"confidence\": 2}]", "/rules/0/confidence", "above 0" },
	};
	struct desk *desk = *state;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		desk_config(desk, "rules", cases[i].rules);
		assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
		if (strcmp(desk->pointer, cases[i].pointer) != 0 || strstr(desk->sentence, cases[i].words) == NULL)
			fail_msg("%s: %s: %s", cases[i].rules, desk->pointer, desk->sentence);
	}
	desk_config(desk, "rules", "[" VPN "]");
	assert_int_equal(desk_check(desk), EBB_PLUGIN_OK);
}

static void
without_memory_it_says_so(void **state)
{
	struct desk *desk = *state;

	rules(desk, "[" VPN ", {\"name\": \"b\", \"sender\": \"*\", \"form\": {\"x\": \"y\"}, \"set\": {\"service\": \"Name\"}}]");
	for (long left = 0; left < 14; left++) {
		desk->allocs_left = left;
		assert_int_equal(desk_check(desk), EBB_PLUGIN_FAIL);
		assert_non_null(strstr(desk->sentence, "no memory"));
	}
}

/* 200 rules of 5 words on 4 KB: the time is said, and must be far from what a person waits for even on a busy machine. */
static void
many_rules_on_a_long_text_cost_little(void **state)
{
	struct desk *desk = *state;
	char *json = malloc(64 * 1024), *text = malloc(4097), *at = json;
	struct timespec before, after;
	double best = 1;

	at += sprintf(at, "[");
	for (int i = 0; i < 200; i++)
		at += sprintf(at, "%s{\"name\": \"r%d\", \"words\": [\"vpn%d\", \"remote access %d\", \"print%d*\", \"mail %d\", \"w%d\"], \"set\": {\"impact\": 1}}",
		              i == 0 ? "" : ",", i, i, i, i, i, i);
	strcpy(at, "]");
	for (int i = 0; i < 4096; i++)
		text[i] = "remote access to mail vpn w print "[i % 34];
	text[4096] = '\0';
	rules(desk, json);
	for (int round = 0; round < 50; round++) {
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		assert_int_equal(desk_categorise(desk, "Help", text), EBB_PLUGIN_SKIP);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		if (round > 0 && (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec) < best)
			best = (double)(after.tv_sec - before.tv_sec) + 1e-9 * (double)(after.tv_nsec - before.tv_nsec);
	}
	printf("# 200 rules of 5 words on 4 KB: %.0f us\n", best * 1e6);
	assert_true(best < 0.01);
	free(json);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_words_that_were_found_are_the_explanation, begin, end),
		cmocka_unit_test_setup_teardown(a_word_is_a_whole_word_and_an_exception_counts, begin, end),
		cmocka_unit_test_setup_teardown(case_and_accents_do_not_count_and_a_star_ends_a_beginning, begin, end),
		cmocka_unit_test_setup_teardown(a_rule_may_look_at_one_place_only, begin, end),
		cmocka_unit_test_setup_teardown(the_first_rule_that_sets_a_field_has_it, begin, end),
		cmocka_unit_test_setup_teardown(sender_site_channel_and_form_are_asked_as_patterns, begin, end),
		cmocka_unit_test_setup_teardown(names_become_ids_by_what_the_desk_kept, begin, end),
		cmocka_unit_test_setup_teardown(each_fault_has_its_place, begin, end),
		cmocka_unit_test_setup_teardown(without_memory_it_says_so, begin, end),
		cmocka_unit_test_setup_teardown(many_rules_on_a_long_text_cost_little, begin, end),
	};

	return cmocka_run_group_tests_name("classify_rules", tests, NULL, NULL);
}
