/* SPDX-License-Identifier: Apache-2.0 */
/* Problems: RFC 9457 documents with the right headers, and never somebody's raw bytes. */
#include "request.h"

#include <jansson.h>

static json_t *doc;

static int
begin(void **state)
{
	(void)state;
	rq_make("GET", "/api/v1/tickets/1", "", "");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	json_decref(doc);
	doc = NULL;
	return 0;
}

static void
make(void)
{
	ebb_problem(&rq_one);
	doc = json_loadb(rq_one.reply.body, rq_one.reply.body_bytes, 0, NULL);
	assert_non_null(doc);
}

static const char *
text(const char *name)
{
	return json_string_value(json_object_get(doc, name));
}

static bool
has_header(const char *line)
{
	return strstr(ebb_str_done(&rq_one.reply.headers), line) != NULL;
}

static void
every_code_makes_a_whole_document(void **state)
{
	(void)state;
	for (enum ebb_rc rc = EBB_OK + 1; rc < EBB_RC_COUNT; rc++) {
		begin(state);
		assert_int_equal(ebb_fail(&rq_one.err, rc, "What happened."), rc);
		make();
		assert_int_equal(rq_one.reply.status, ebb_code(rc)->status);
		assert_int_equal(json_integer_value(json_object_get(doc, "status")), ebb_code(rc)->status);
		assert_string_equal(rq_one.reply.content_type, "application/problem+json");
		assert_string_equal(text("detail"), "What happened.");
		assert_string_equal(text("instance"), "test");
		assert_string_equal(text("title"), ebb_code(rc)->title);
		assert_int_equal(has_header("Retry-After: "), ebb_code(rc)->status == 503);
		assert_int_equal(has_header("WWW-Authenticate: Bearer"), ebb_code(rc)->status == 401);
		end(state);
	}
}

static void
field_errors_have_their_pointers(void **state)
{
	json_t *first;

	(void)state;
	ebb_err_item(&rq_one.err, "/subject", "It is \"%s\".", "empty");
	ebb_err_item(&rq_one.err, "/impact", "No.");
	assert_int_equal(ebb_fail_items(&rq_one.err, EBB_E_INVALID, "Some."), EBB_E_INVALID);
	make();
	assert_int_equal(json_array_size(json_object_get(doc, "errors")), 2);
	first = json_array_get(json_object_get(doc, "errors"), 0);
	assert_string_equal(json_string_value(json_object_get(first, "pointer")), "/subject");
	assert_string_equal(json_string_value(json_object_get(first, "detail")), "It is \"empty\".");
}

static void
a_list_of_the_database_goes_out_as_it_came(void **state)
{
	(void)state;
	rq_one.err.items_json = "[{\"pointer\" : \"/x\", \"detail\" : \"y\"}]";
	assert_int_equal(ebb_fail(&rq_one.err, EBB_E_CONFLICT, "No."), EBB_E_CONFLICT);
	rq_one.err.hint = "Do it so.";
	make();
	assert_int_equal(json_array_size(json_object_get(doc, "errors")), 1);
	assert_string_equal(text("detail"), "No. Do it so.");
}

static void
what_is_not_utf8_does_not_go_out(void **state)
{
	(void)state;
	assert_int_equal(ebb_fail(&rq_one.err, EBB_E_BAD_REQUEST, "There is no \xff here."), EBB_E_BAD_REQUEST);
	make();
	assert_string_equal(text("detail"), "");
}

static void
a_problem_takes_the_place_of_a_half_built_answer(void **state)
{
	(void)state;
	ebb_reply_header(&rq_one, "ETag", "\"1\"");
	(void)ebb_reply_json(&rq_one, 200, "{}", 2);
	assert_int_equal(ebb_fail(&rq_one.err, EBB_E_METHOD, "No."), EBB_E_METHOD);
	rq_one.allow = "GET";
	make();
	assert_int_equal(rq_one.reply.status, 405);
	assert_false(has_header("ETag"));
	assert_true(has_header("Allow: GET\r\n"));
}

static void
no_value_splits_the_head(void **state)
{
	(void)state;
	ebb_reply_header(&rq_one, "X-Test", "a\r\nSet-Cookie: b");
	ebb_reply_header(&rq_one, "X-Good", "c");
	assert_string_equal(ebb_str_done(&rq_one.reply.headers), "X-Good: c\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_makes_a_whole_document),
		cmocka_unit_test_setup_teardown(field_errors_have_their_pointers, begin, end),
		cmocka_unit_test_setup_teardown(a_list_of_the_database_goes_out_as_it_came, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_utf8_does_not_go_out, begin, end),
		cmocka_unit_test_setup_teardown(a_problem_takes_the_place_of_a_half_built_answer, begin, end),
		cmocka_unit_test_setup_teardown(no_value_splits_the_head, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
