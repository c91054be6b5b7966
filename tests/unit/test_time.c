/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 3339: what passes is a day and an instant that exist, with an offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/time.h"

static void
real_instants_with_offset_pass(void **state)
{
	static const char *const good[] = { "2026-11-22T09:30:00Z",      "2024-02-29T00:00:00+01:00",
					    "2026-11-22t09:30:00.123456z", "2000-02-29T23:59:60-05:30",
					    "0001-01-01T00:00:00Z",      "2026-11-22T09:30:00.123456789+15:59" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(ebb_time_is_rfc3339(good[i], strlen(good[i])));
}

static void
everything_else_does_not(void **state)
{
	static const char *const bad[] = { "",
					   "2026-11-22",
					   "2026-11-22T09:30:00",
					   "2026-11-22 09:30:00Z",
					   "2026-02-29T00:00:00Z",
					   "1900-02-29T00:00:00Z",
					   "2026-04-31T00:00:00Z",
					   "2026-13-01T00:00:00Z",
					   "2026-00-01T00:00:00Z",
					   "0000-01-01T00:00:00Z",
					   "2026-11-22T24:00:00Z",
					   "2026-11-22T09:60:00Z",
					   "2026-11-22T09:30:61Z",
					   "2026-11-22T09:30:00.Z",
					   "2026-11-22T09:30:00.1234567890Z",
					   "2026-11-22T09:30:00+0100",
					   "2026-11-22T09:30:00+16:00",
					   "2026-11-22T09:30:00+01:60",
					   "2026-11-22T09:30:00Zx",
					   "2026-11-22T09:30Z",
					   "infinity",
					   "now" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ebb_time_is_rfc3339(bad[i], strlen(bad[i])));
	assert_true(ebb_time_is_date("2024-02-29", 10));
	assert_false(ebb_time_is_date("2023-02-29", 10));
}

static void
a_wall_time_is_written_as_utc(void **state)
{
	char text[EBB_TIME_ROOM];

	(void)state;
	assert_int_equal(ebb_time_rfc3339(text, 1709210096007), 24);
	assert_string_equal(text, "2024-02-29T12:34:56.007Z");
	assert_true(ebb_time_is_rfc3339(text, strlen(text)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_instants_with_offset_pass),
		cmocka_unit_test(everything_else_does_not),
		cmocka_unit_test(a_wall_time_is_written_as_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
