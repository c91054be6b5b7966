/* SPDX-License-Identifier: Apache-2.0 */
/* One-time codes: the vectors of RFC 6238, the window, what is no code; recovery codes as people type them. */
#include "auth/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

/* "12345678901234567890" in base32, the secret of the RFC's appendix B. */
static const char rfc_secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

static struct ebb_arena *arena;
static struct ebb_err err;

static int
set_up(void **state)
{
	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_err_init(&err, arena);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	ebb_arena_free(&arena);
	return 0;
}

static void
codes_are_those_of_the_rfc(void **state)
{
	/* The last six digits of its eight. */
	static const struct {
		int64_t now_s;
		const char *code;
	} vectors[] = { { 59, "287082" },	  { 1111111109, "081804" }, { 1111111111, "050471" },
			{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" } };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(vectors); i++)
		assert_int_equal(ebb_totp_step(rfc_secret, vectors[i].code, vectors[i].now_s), vectors[i].now_s / 30);
}

static void
a_code_is_good_one_step_early_and_one_late(void **state)
{
	(void)state;
	for (int64_t now_s = 0; now_s < 150; now_s++) {
		int64_t step = ebb_totp_step(rfc_secret, "287082", now_s);
		assert_int_equal(step, now_s / 30 <= 2 ? 1 : -1);
	}
}

static void
what_is_no_code_belongs_to_no_step(void **state)
{
	static const char *const bad[] = { "", "28708", "2870822", "28708a", " 287082", "287082 ", "+87082", "000000" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		assert_int_equal(ebb_totp_step(rfc_secret, bad[i], 59), -1);
	assert_int_equal(ebb_totp_step("not base32!", "287082", 59), -1);
	assert_int_equal(ebb_totp_step("", "287082", 59), -1);
}

static void
secrets_differ_and_can_be_typed(void **state)
{
	char one[EBB_TOTP_SECRET], two[EBB_TOTP_SECRET];

	(void)state;
	assert_int_equal(ebb_totp_new(one, &err), EBB_OK);
	assert_int_equal(ebb_totp_new(two, &err), EBB_OK);
	assert_int_equal(strlen(one), 32);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
	assert_string_not_equal(one, two);
	assert_string_equal(ebb_totp_uri(arena, "d+a na@test.example", "ABC"),
			    "otpauth://totp/Ebb:d%2Ba%20na%40test.example?secret=ABC&issuer=Ebb&algorithm=SHA1&digits=6&"
			    "period=30");
}

static void
a_recovery_code_is_read_as_people_type_it(void **state)
{
	char text[EBB_RECOVERY_TEXT], one[EBB_RECOVERY_HASH], two[EBB_RECOVERY_HASH];

	(void)state;
	assert_int_equal(ebb_recovery_new(text, &err), EBB_OK);
	assert_int_equal(strlen(text), 19);
	assert_true(ebb_recovery_hash(one, 7, text));
	assert_true(ebb_recovery_hash(two, 8, text));
	assert_string_not_equal(one, two);
	assert_true(ebb_recovery_hash(one, 7, "0a1b-c2d3-e4f5-gh10"));
	assert_true(ebb_recovery_hash(two, 7, "OA1BC2D3 E4F5GHIO"));
	assert_string_equal(one, two);
}

static void
what_is_no_recovery_code_is_none(void **state)
{
	static const char *const bad[] = { "", "123456", "0a1b-c2d3-e4f5-gh1", "0a1b-c2d3-e4f5-gh10a", "0a1b-c2d3-e4f5-gh1!",
					   "0a1b-c2d3-e4f5-gh1u" };
	char hash[EBB_RECOVERY_HASH];

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		assert_false(ebb_recovery_hash(hash, 7, bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(a_code_is_good_one_step_early_and_one_late),
		cmocka_unit_test(what_is_no_code_belongs_to_no_step),
		cmocka_unit_test(secrets_differ_and_can_be_typed),
		cmocka_unit_test(a_recovery_code_is_read_as_people_type_it),
		cmocka_unit_test(what_is_no_recovery_code_is_none),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
