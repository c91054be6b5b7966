/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to JSON and CSV: each type as its readers expect it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <jansson.h>

#include "http/encode.h"

static struct ebb_arena *arena;

static const char *
value(enum ebb_encode_as as, uint32_t oid, const char *text)
{
	struct ebb_str out;

	if (arena == NULL)
		arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_str_init(&out, arena, 0);
	ebb_encode_value(&out, as, oid, text, text == NULL ? 0 : strlen(text));
	return ebb_str_done(&out);
}

#define json(oid, text, wanted) assert_string_equal(value(EBB_AS_JSON, oid, text), wanted)
#define csv(oid, text, wanted)  assert_string_equal(value(EBB_AS_CSV, oid, text), wanted)

static void
types_become_their_json(void **state)
{
	(void)state;
	json(16, "t", "true");
	json(16, "f", "false");
	json(20, "-9223372036854775808", "-9223372036854775808");
	json(1700, "0.50", "0.50");
	json(701, "1e+20", "1e+20");
	json(25, "a\"b", "\"a\\\"b\"");
	json(3802, "{\"a\": [1]}", "{\"a\": [1]}");
	json(1082, "2026-11-22", "\"2026-11-22\"");
	json(2950, "0190163d-8694-739b-aea5-966c26f8ad91", "\"0190163d-8694-739b-aea5-966c26f8ad91\"");
	json(25, NULL, "null");
	json(25, "", "\"\"");
}

static void
what_json_cannot_say_is_null(void **state)
{
	(void)state;
	json(1700, "NaN", "null");
	json(701, "-Infinity", "null");
	json(1184, "infinity", "null");
	json(1184, "0044-03-15 12:00:00+00 BC", "null");
	json(1082, "-infinity", "null");
}

static void
instants_are_rfc_3339_in_utc(void **state)
{
	(void)state;
	json(1184, "2026-11-22 03:34:48+00", "\"2026-11-22T03:34:48Z\"");
	json(1184, "2026-11-22 03:34:48.123456+00", "\"2026-11-22T03:34:48.123456Z\"");
	json(1184, "12026-11-22 03:34:48+00", "\"12026-11-22T03:34:48Z\"");
	json(1114, "2026-11-22 03:34:48.5", "\"2026-11-22T03:34:48.5\"");
	csv(1184, "2026-11-22 03:34:48+00", "2026-11-22T03:34:48Z");
	csv(1184, "infinity", "");
}

static void
arrays_of_one_dimension_become_arrays(void **state)
{
	(void)state;
	json(1007, "{}", "[]");
	json(1007, "{1,-2,NULL}", "[1,-2,null]");
	json(1009, "{}", "[]");
	json(1009, "{plain,\"with, comma\",\"q\\\"uote\",\"back\\\\slash\",NULL,\"NULL\",\"\"}",
	     "[\"plain\",\"with, comma\",\"q\\\"uote\",\"back\\\\slash\",null,\"NULL\",\"\"]");
}

static void
csv_keeps_numbers_and_disarms_texts(void **state)
{
	(void)state;
	csv(23, "-5", "-5");
	csv(16, "t", "true");
	csv(25, "-5", "\"'-5\"");
	csv(25, "say \"hi\"", "\"say \"\"hi\"\"\"");
	csv(3802, "{\"a\": 1}", "\"{\"\"a\"\": 1}\"");
	csv(25, NULL, "");
}

static void
a_list_has_items_and_an_explicit_end(void **state)
{
	static const char *const names[] = { "ticket_id", "sub\"ject" };
	static const uint32_t oids[] = { 20, 25 };
	const struct ebb_cell rows[2][2] = { { { "1", 1 }, { "x", 1 } }, { { "2", 1 }, { NULL, 0 } } };
	struct ebb_encoder *enc;
	struct ebb_str out;
	json_t *back;

	(void)state;
	ebb_str_init(&out, arena, 0);
	enc = ebb_encoder_new(arena, &out, EBB_AS_JSON, 2, names, oids);
	ebb_encoder_begin(enc);
	ebb_encoder_row(enc, rows[0]);
	ebb_encoder_row(enc, rows[1]);
	ebb_encoder_end(enc, NULL);
	back = json_loads(ebb_str_done(&out), 0, NULL);
	assert_int_equal(json_array_size(json_object_get(back, "items")), 2);
	assert_true(json_is_null(json_object_get(back, "next_cursor")));
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(back, "items"), 1), "sub\"ject")));
	json_decref(back);

	ebb_str_init(&out, arena, 0);
	enc = ebb_encoder_new(arena, &out, EBB_AS_JSON, 2, names, oids);
	ebb_encoder_begin(enc);
	ebb_encoder_end(enc, "c\"1");
	assert_string_equal(ebb_str_done(&out), "{\"items\":[],\"next_cursor\":\"c\\\"1\"}");

	ebb_str_init(&out, arena, 0);
	enc = ebb_encoder_new(arena, &out, EBB_AS_CSV, 2, names, oids);
	ebb_encoder_begin(enc);
	ebb_encoder_row(enc, rows[1]);
	ebb_encoder_end(enc, "more");
	assert_string_equal(ebb_str_done(&out), "ticket_id,\"sub\"\"ject\"\r\n2,\r\n");
}

static void
times_of_an_object_are_those_of_a_list(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "{\"opened_at\":\"2026-01-02T03:04:05.678901+00:00\",\"n\":1}", "{\"opened_at\":\"2026-01-02T03:04:05.678901Z\",\"n\":1}" },
		{ "{\"waiting_until\" : \"2026-01-02T03:04:05+00:00\"}", "{\"waiting_until\" : \"2026-01-02T03:04:05Z\"}" },
		{ "{\"subject\":\"2026-01-02T03:04:05+00:00\"}", "{\"subject\":\"2026-01-02T03:04:05+00:00\"}" },
		{ "{\"subject\":\"x_at\\\":\\\"2026-01-02T03:04:05+00:00\"}", "{\"subject\":\"x_at\\\":\\\"2026-01-02T03:04:05+00:00\"}" },
		{ "{\"meet_at\":\"at 10:00+00:00\"}", "{\"meet_at\":\"at 10:00+00:00\"}" },
		{ "+00:00\"", "+00:00\"" },
		{ "{}", "{}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t length = strlen(cases[i].in);
		const char *out = ebb_encode_object(arena, cases[i].in, &length);

		assert_string_equal(out, cases[i].out);
		assert_int_equal(length, strlen(cases[i].out));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_become_their_json),
		cmocka_unit_test(what_json_cannot_say_is_null),
		cmocka_unit_test(instants_are_rfc_3339_in_utc),
		cmocka_unit_test(arrays_of_one_dimension_become_arrays),
		cmocka_unit_test(csv_keeps_numbers_and_disarms_texts),
		cmocka_unit_test(a_list_has_items_and_an_explicit_end),
		cmocka_unit_test(times_of_an_object_are_those_of_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
