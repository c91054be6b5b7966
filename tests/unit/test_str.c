/* SPDX-License-Identifier: Apache-2.0 */
/* Growing text: escapes of JSON, CSV and JSON pointers, and the error that stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <jansson.h>

#include "base/str.h"
#include "base/utf8.h"

static struct ebb_arena *arena;
static struct ebb_str out;

static int
begin(void **state)
{
	(void)state;
	if (arena == NULL)
		arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	ebb_str_init(&out, arena, 0);
	return 0;
}

static void
every_byte_survives_json(void **state)
{
	char text[256];
	size_t length = 0;
	json_t *back;

	(void)state;
	for (int c = 1; c < 128; c++)
		text[length++] = (char)c;
	memcpy(text + length, "\xc3\xa4\xf0\x9f\x8c\x8a", 6);
	length += 6;
	ebb_str_json_n(&out, text, length);
	back = json_loads(ebb_str_done(&out), JSON_DECODE_ANY, NULL);
	assert_non_null(back);
	assert_int_equal(json_string_length(back), length);
	assert_memory_equal(json_string_value(back), text, length);
	json_decref(back);
}

static void
json_escapes_are_the_short_ones(void **state)
{
	(void)state;
	ebb_str_json(&out, "a\"b\\c\n\t\x01");
	assert_string_equal(ebb_str_done(&out), "\"a\\\"b\\\\c\\n\\t\\u0001\"");
	ebb_str_json(&out, NULL);
	assert_non_null(strstr(ebb_str_done(&out), "null"));
}

static void
csv_quotes_what_needs_it_and_disarms_formulas(void **state)
{
	(void)state;
	ebb_str_csv(&out, "plain", 5, true);
	ebb_str_char(&out, '|');
	ebb_str_csv(&out, "a,\"b\"\n", 6, true);
	ebb_str_char(&out, '|');
	ebb_str_csv(&out, "=1+1", 4, true);
	ebb_str_char(&out, '|');
	ebb_str_csv(&out, "-5", 2, false);
	ebb_str_char(&out, '|');
	ebb_str_csv(&out, "@x", 2, true);
	ebb_str_csv(&out, "", 0, true);
	assert_string_equal(ebb_str_done(&out), "plain|\"a,\"\"b\"\"\n\"|\"'=1+1\"|-5|\"'@x\"");
}

static void
pointers_escape_tilde_and_slash(void **state)
{
	(void)state;
	ebb_str_pointer(&out, "a/b~c", 5);
	assert_string_equal(ebb_str_done(&out), "/a~1b~0c");
}

static void
the_cap_is_an_error_that_stays(void **state)
{
	(void)state;
	ebb_str_limit(&out, 10);
	ebb_str_add(&out, "12345678");
	assert_string_equal(ebb_str_done(&out), "12345678");
	ebb_str_add(&out, "901");
	assert_null(ebb_str_done(&out));
	ebb_str_add(&out, "");
	ebb_str_char(&out, 'x');
	assert_null(ebb_str_done(&out));
}

static void
numbers_have_their_sign_and_all_digits(void **state)
{
	(void)state;
	ebb_str_int(&out, INT64_MIN);
	ebb_str_char(&out, ' ');
	ebb_str_int(&out, 0);
	ebb_str_char(&out, ' ');
	ebb_str_int(&out, INT64_MAX);
	assert_string_equal(ebb_str_done(&out), "-9223372036854775808 0 9223372036854775807");
}

static void
an_empty_builder_is_an_empty_text(void **state)
{
	(void)state;
	assert_string_equal(ebb_str_done(&out), "");
}

static void
utf8_refuses_what_rfc_3629_refuses(void **state)
{
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
					   "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "\xe2\x82",
					   "12345678\xff", "\xff" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ebb_utf8_is_valid(bad[i], strlen(bad[i])));
	assert_true(ebb_utf8_is_valid("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xe2\x82\xac" "12345678", 18));
	assert_int_equal(ebb_utf8_count("a\xe2\x82\xac" "b", 5), 3);
	assert_int_equal(ebb_utf8_cut("a\xe2\x82\xac", 4, 3), 1);
	assert_int_equal(ebb_utf8_cut("abc", 3, 9), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_byte_survives_json, begin),
		cmocka_unit_test_setup(json_escapes_are_the_short_ones, begin),
		cmocka_unit_test_setup(csv_quotes_what_needs_it_and_disarms_formulas, begin),
		cmocka_unit_test_setup(pointers_escape_tilde_and_slash, begin),
		cmocka_unit_test_setup(the_cap_is_an_error_that_stays, begin),
		cmocka_unit_test_setup(numbers_have_their_sign_and_all_digits, begin),
		cmocka_unit_test_setup(an_empty_builder_is_an_empty_text, begin),
		cmocka_unit_test_setup(utf8_refuses_what_rfc_3629_refuses, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
