/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What PostgreSQL keeps of a password: the values of RFC 7677's example, and that no two are alike.
 */
#include "auth/scram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static struct ebb_err err;

/* Salt and pass-phrase of the RFC's exchange; its server signature follows from this server key. */
static void
test_example(void **state)
{
	static const unsigned char salt[EBB_SCRAM_SALT] = { 0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81 };
	char verifier[EBB_SCRAM_VERIFIER];

	(void)state;
	assert_int_equal(ebb_scram_verifier(verifier, "pencil", salt, &err), EBB_OK);
	assert_string_equal(verifier, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

static void
test_random(void **state)
{
	char password[2][EBB_SCRAM_PASSWORD], verifier[2][EBB_SCRAM_VERIFIER];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ebb_scram_password(password[i], &err), EBB_OK);
		assert_int_equal(strlen(password[i]), EBB_SCRAM_PASSWORD - 1);
		assert_int_equal(strspn(password[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), EBB_SCRAM_PASSWORD - 1);
		assert_int_equal(ebb_scram_verifier(verifier[i], "the same pass-phrase", NULL, &err), EBB_OK);
	}
	assert_string_not_equal(password[0], password[1]);
	/* Another salt each time. */
	assert_string_not_equal(verifier[0], verifier[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_example), cmocka_unit_test(test_random) };

	return cmocka_run_group_tests_name("scram", tests, NULL, NULL);
}
