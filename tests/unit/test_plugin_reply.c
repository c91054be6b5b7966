/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which answers of a host are data and which are nonsense.
 * Memory:  one arena a test.
 * Must not know: hosts.
 */
#include "plugin/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static struct ebb_arena *arena;
static const char *why;

static int
begin(void **state)
{
	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ebb_arena_free(&arena);
	return 0;
}

static struct ebb_reply *
read_as(enum ebb_call_kind kind, const char *body)
{
	static const int64_t event_ids[] = { 11, 12 };
	const struct ebb_reply_want want = { .kind = kind, .event_ids = event_ids, .event_count = 2 };

	return ebb_reply_read(body, strlen(body), &want, arena, &why);
}

static void
expect_nonsense(enum ebb_call_kind kind, const char *body, const char *reason)
{
	assert_null(read_as(kind, body));
	assert_string_equal(why, reason);
}

#define SUGGESTION "{\"field\":\"category\",\"value\":\"x\",\"confidence\":0.5,\"explanation\":\"why\"}"
#define ACTION     "{\"action\":\"note\",\"args\":{\"text\":\"x\"},\"explanation\":\"e\",\"rule\":\"r\",\"rule_version\":2,\"inputs\":null}"
#define RESULTS(first, second) "{\"result\":\"ok\",\"duration_us\":1,\"logs\":[],\"results\":[" first "," second "]}"
#define RESULT(id, word, actions) "{\"event_id\":" id ",\"result\":\"" word "\",\"sentence\":null,\"duration_us\":1,\"actions\":[" actions "]}"

static void
suggestions(void **state)
{
	struct ebb_reply *reply = read_as(EBB_CALL_CATEGORISE, "{\"result\":\"ok\",\"pointer\":null,\"sentence\":null,\"duration_us\":3,"
							       "\"logs\":[{\"level\":\"info\",\"text\":\"t\"}],\"suggestions\":[" SUGGESTION "]}");
	struct ebb_str json;

	(void)state;
	assert_non_null(reply);
	assert_int_equal(reply->duration_us, 3);
	assert_string_equal(reply->logs[0].text, "t");
	assert_int_equal(reply->suggestion_count, 1);
	ebb_str_init(&json, arena, 0);
	ebb_reply_suggestions_json(&json, reply);
	assert_string_equal(ebb_str_done(&json), "[{\"field\":\"category\",\"value\":\"x\",\"confidence\":0.500000,\"explanation\":\"why\"}]");
	assert_non_null(read_as(EBB_CALL_CATEGORISE, "{\"result\":\"skip\",\"duration_us\":1}"));
}

static void
results(void **state)
{
	struct ebb_reply *reply = read_as(EBB_CALL_AUTOMATE, RESULTS(RESULT("11", "ok", ACTION), RESULT("12", "later", "")));
	struct ebb_str json;

	(void)state;
	assert_non_null(reply);
	assert_int_equal(reply->result_count, 2);
	ebb_str_init(&json, arena, 0);
	ebb_reply_results_json(&json, reply);
	assert_string_equal(ebb_str_done(&json), "[{\"event_id\":11,\"result\":\"ok\",\"sentence\":null,\"duration_us\":1,\"actions\":["
						 "{\"action\":\"note\",\"args\":{\"text\":\"x\"},\"explanation\":\"e\",\"rule\":\"r\",\"rule_version\":2,\"inputs\":null}]},"
						 "{\"event_id\":12,\"result\":\"later\",\"sentence\":null,\"duration_us\":1,\"actions\":[]}]");
	/* start() failed: one sentence for all. */
	assert_non_null(read_as(EBB_CALL_AUTOMATE, "{\"result\":\"fail\",\"sentence\":\"no\",\"duration_us\":1}"));
}

static void
documents(void **state)
{
	struct ebb_reply *reply = read_as(EBB_CALL_REPORT, "{\"result\":\"ok\",\"duration_us\":3,\"document\":\"e30=\"}");

	(void)state;
	assert_non_null(reply);
	assert_int_equal(reply->document_length, 2);
	assert_memory_equal(reply->document, "{}", 2);
	expect_nonsense(EBB_CALL_REPORT, "{\"result\":\"ok\",\"duration_us\":3,\"document\":\"e30\"}", "the document is no base64, or too long");
	expect_nonsense(EBB_CALL_REPORT, "{\"result\":\"ok\",\"duration_us\":3,\"document\":7}", "the document is no text");
	expect_nonsense(EBB_CALL_REPORT, "{\"result\":\"fail\",\"duration_us\":3,\"document\":\"e30=\"}", "it says something and says that it does not");
}

static void
nonsense_of_any_kind(void **state)
{
	struct ebb_str deep;

	(void)state;
	expect_nonsense(EBB_CALL_CHECK, "", "it is no JSON");
	expect_nonsense(EBB_CALL_CHECK, "[]", "it is no JSON object");
	expect_nonsense(EBB_CALL_CHECK, "{}", "a text is missing");
	expect_nonsense(EBB_CALL_CHECK, "{\"result\":\"later\"}", "a word is none of ours");
	expect_nonsense(EBB_CALL_CHECK, "{\"result\":\"ok\",\"result\":\"ok\"}", "it is no JSON");
	expect_nonsense(EBB_CALL_CHECK, "{\"result\":\"ok\",\"duration_us\":-1}", "a duration cannot be");
	expect_nonsense(EBB_CALL_CHECK, "{\"result\":\"ok\",\"sentence\":\"\xff\"}", "it is no JSON");
	expect_nonsense(EBB_CALL_CHECK, "{\"result\":\"ok\",\"suggestions\":[]}", "it answers what was not asked");
	expect_nonsense(EBB_CALL_CATEGORISE, "{\"result\":\"ok\",\"suggestions\":[7]}", "a list holds what does not belong there");
	expect_nonsense(EBB_CALL_CATEGORISE, "{\"result\":\"skip\",\"suggestions\":[" SUGGESTION "]}", "it says something and says that it does not");
	expect_nonsense(EBB_CALL_CATEGORISE, "{\"result\":\"ok\",\"suggestions\":[{\"field\":\"state\",\"value\":\"5\",\"confidence\":1,\"explanation\":\"\"}]}",
			"a word is none of ours");
	expect_nonsense(EBB_CALL_CATEGORISE, "{\"result\":\"ok\",\"suggestions\":[{\"field\":\"impact\",\"value\":\"5\",\"confidence\":1.1,\"explanation\":\"\"}]}",
			"a confidence is not from 0 to 1");
	expect_nonsense(EBB_CALL_AUTOMATE, "{\"result\":\"ok\"}", "it does not answer for each event");
	expect_nonsense(EBB_CALL_AUTOMATE, RESULTS(RESULT("11", "ok", ""), RESULT("4711", "ok", "")), "it answers for an event that was not asked");
	expect_nonsense(EBB_CALL_AUTOMATE, RESULTS(RESULT("12", "ok", ""), RESULT("11", "ok", "")), "it answers for an event that was not asked");
	expect_nonsense(EBB_CALL_AUTOMATE, RESULTS(RESULT("11", "skip", ACTION), RESULT("12", "ok", "")), "it acts and says that it does not");
	expect_nonsense(EBB_CALL_AUTOMATE, RESULTS(RESULT("11", "ok", "{\"action\":\"DROP\",\"args\":{},\"explanation\":\"\"}"), RESULT("12", "ok", "")),
			"an action has no name that can be");
	expect_nonsense(EBB_CALL_AUTOMATE, RESULTS(RESULT("11", "ok", "{\"action\":\"note\",\"args\":[],\"explanation\":\"\"}"), RESULT("12", "ok", "")),
			"arguments are no JSON object, or too long");
	ebb_str_init(&deep, arena, 0);
	for (int i = 0; i < 10000; i++)
		ebb_str_char(&deep, '[');
	expect_nonsense(EBB_CALL_CHECK, ebb_str_done(&deep), "it nests too deep");
}

static void
too_many_and_too_long(void **state)
{
	struct ebb_str body;
	char *text = ebb_arena_alloc(arena, EBB_REPLY_TEXT_MAX + 2);

	(void)state;
	ebb_str_init(&body, arena, 0);
	ebb_str_add(&body, "{\"result\":\"ok\",\"suggestions\":[");
	for (int i = 0; i <= EBB_REPLY_SUGGESTIONS; i++)
		ebb_str_add(&body, i == 0 ? SUGGESTION : "," SUGGESTION);
	ebb_str_add(&body, "]}");
	expect_nonsense(EBB_CALL_CATEGORISE, ebb_str_done(&body), "a list is none, or too long");
	memset(text, 'x', EBB_REPLY_TEXT_MAX + 1);
	text[EBB_REPLY_TEXT_MAX + 1] = '\0';
	expect_nonsense(EBB_CALL_CHECK, ebb_arena_printf(arena, "{\"result\":\"fail\",\"sentence\":\"%s\"}", text), "a text is none, or too long");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(suggestions, begin, end),
		cmocka_unit_test_setup_teardown(results, begin, end),
		cmocka_unit_test_setup_teardown(documents, begin, end),
		cmocka_unit_test_setup_teardown(nonsense_of_any_kind, begin, end),
		cmocka_unit_test_setup_teardown(too_many_and_too_long, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
