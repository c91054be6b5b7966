/* SPDX-License-Identifier: Apache-2.0 */
/* Versions as entity tags: read from the head of a reply, asked for before a change, compared on a read. */
#include "request.h"

static int64_t id;

static int64_t
head(const char *json)
{
	return ebb_etag_head(json, strlen(json), &id);
}

static void
the_version_stands_at_the_head(void **state)
{
	(void)state;
	assert_int_equal(head("{\"version\":7,\"ticket_id\":12,\"x\":1}"), 7);
	assert_int_equal(id, 12);
	assert_int_equal(head(" {\"version\" : 7, \"ticket_id\" : 12}"), 7);
	assert_int_equal(id, 12);
	assert_int_equal(head("{\"version\":7,\"subject\":\"x\"}"), 7);
	assert_int_equal(id, -1);
}

static void
another_head_has_no_version(void **state)
{
	static const char *const others[] = { "", "{", "{}", "[]", "{\"a\":1}", "{\"version\"", "{\"version\":", "{\"version\":\"7\"}",
					      "{\"versions\":7}", "null", "{\"ticket_id\":1,\"version\":7}" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(others); i++)
		assert_int_equal(head(others[i]), -1);
	/* A head that is cut in the middle must not be read beyond its end. */
	for (size_t length = 0; length <= 28; length++)
		(void)ebb_etag_head("{\"version\":7,\"ticket_id\":12}", length, &id);
}

static enum ebb_rc
if_match(const char *value, int64_t *version)
{
	rq_make("PATCH", "/api/v1/tickets/1", "", "");
	assert_int_equal(ebb_route_find(&rq_one), EBB_OK);
	rq_one.head.if_match = value;
	return ebb_etag_if_match(&rq_one, version);
}

static void
a_change_names_one_strong_tag_of_ours(void **state)
{
	int64_t version;

	(void)state;
	assert_int_equal(if_match(NULL, &version), EBB_E_NO_IF_MATCH);
	assert_int_equal(if_match("\"3\"", &version), EBB_OK);
	assert_int_equal(version, 3);
	assert_int_equal(if_match("W/\"3\"", &version), EBB_E_STALE);
	assert_int_equal(if_match("\"abc\"", &version), EBB_E_STALE);
	assert_int_equal(if_match("\"03\"", &version), EBB_E_STALE);
	assert_int_equal(if_match("", &version), EBB_E_BAD_REQUEST);
	assert_int_equal(if_match("3", &version), EBB_E_BAD_REQUEST);
	assert_int_equal(if_match("*", &version), EBB_E_BAD_REQUEST);
	assert_int_equal(if_match("\"3\", \"4\"", &version), EBB_E_BAD_REQUEST);
	assert_int_equal(if_match("\"3", &version), EBB_E_BAD_REQUEST);
}

static void
an_action_takes_a_version_but_needs_none(void **state)
{
	int64_t version;

	(void)state;
	rq_make("POST", "/api/v1/tickets/1/take", "", "");
	assert_int_equal(ebb_route_find(&rq_one), EBB_OK);
	assert_int_equal(ebb_etag_if_match(&rq_one, &version), EBB_OK);
	assert_int_equal(version, -1);
	rq_one.head.if_match = "\"5\"";
	assert_int_equal(ebb_etag_if_match(&rq_one, &version), EBB_OK);
	assert_int_equal(version, 5);
}

static bool
is_fresh(const char *value, int64_t version)
{
	rq_make("GET", "/api/v1/tickets/1", "", "");
	rq_one.head.if_none_match = value;
	return ebb_etag_is_fresh(&rq_one, version);
}

static void
a_copy_is_fresh_when_any_tag_is_the_version(void **state)
{
	(void)state;
	assert_false(is_fresh(NULL, 3));
	assert_true(is_fresh("\"3\"", 3));
	assert_true(is_fresh("W/\"3\"", 3));
	assert_true(is_fresh("\"1\" , W/\"2\",\"3\"", 3));
	assert_true(is_fresh("*", 3));
	assert_false(is_fresh("\"4\"", 3));
	assert_false(is_fresh("3", 3));
	assert_false(is_fresh("*", -1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_stands_at_the_head),
		cmocka_unit_test(another_head_has_no_version),
		cmocka_unit_test(a_change_names_one_strong_tag_of_ours),
		cmocka_unit_test(an_action_takes_a_version_but_needs_none),
		cmocka_unit_test(a_copy_is_fresh_when_any_tag_is_the_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
