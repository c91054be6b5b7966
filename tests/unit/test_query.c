/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings decode strictly; CSV goes only to who asks for it. */
#include "request.h"

static struct ebb_arena *arena;

static void
pairs_are_decoded(void **state)
{
	const char *at = "&&a=1&b=x%2By+z&c&d=&=e";
	char *name, *value;
	bool is_bad;

	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
	assert_string_equal(name, "a");
	assert_string_equal(value, "1");
	assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
	assert_string_equal(value, "x+y z");
	assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
	assert_string_equal(name, "c");
	assert_string_equal(value, "");
	assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
	assert_string_equal(value, "");
	assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
	assert_string_equal(name, "");
	assert_false(is_bad);
	assert_false(ebb_query_next(arena, &at, &name, &value, &is_bad));
	ebb_arena_free(&arena);
}

static void
bad_encodings_are_told(void **state)
{
	static const char *const bad[] = { "a=%", "a=%4", "a=%4g", "a=%00", "%ff=1", "a=%c3", "a=1%" };

	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	for (size_t i = 0; i < EBB_COUNT(bad); i++) {
		const char *at = bad[i];
		char *name, *value;
		bool is_bad = false;

		assert_true(ebb_query_next(arena, &at, &name, &value, &is_bad));
		assert_true(is_bad);
	}
	ebb_arena_free(&arena);
}

static void
csv_goes_to_who_names_it(void **state)
{
	(void)state;
	assert_false(ebb_accept_csv(NULL));
	assert_false(ebb_accept_csv("*/*"));
	assert_false(ebb_accept_csv("text/*"));
	assert_false(ebb_accept_csv("text/csvx"));
	assert_true(ebb_accept_csv("text/csv"));
	assert_true(ebb_accept_csv("TEXT/CSV; charset=utf-8"));
	assert_true(ebb_accept_csv("application/json;q=0.5, text/csv"));
	assert_false(ebb_accept_csv("application/json, text/csv;q=0.9"));
	assert_false(ebb_accept_csv("text/csv;q=0"));
	assert_true(ebb_accept_csv("*/*;q=0.1,text/csv"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_decoded),
		cmocka_unit_test(bad_encodings_are_told),
		cmocka_unit_test(csv_goes_to_who_names_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
