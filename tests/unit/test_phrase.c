/* SPDX-License-Identifier: Apache-2.0 */
/* What a new pass-phrase must not be, and to which network an address belongs. */
#include "auth/network.h"
#include "auth/phrase.h"
#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static const char *
fault(const char *phrase)
{
	return ebb_phrase_fault(phrase, strlen(phrase), "dana.agent@test.example", "Dana Agent");
}

static void
words_that_do_not_belong_together_are_good(void **state)
{
	static const char *const good[] = { "fixture pass-phrase",
					    "wren-copper-lantern-birch",
					    "correct horse battery staple",
					    "gr\xc3\xbc\xc3\x9f" "e aus dem regen",
					    "\xe6\xad\xa3\xe7\xa2\xba\xe9\xa6\xac\xe9\x9b\xbb\xe6\xb1\xa0\xe9\x87\x98\xe9\x9b\xa8"
					    "\xe5\x82\x98\xe6\xa3\xae\xe5\xb1\xb1\xe6\xb5\xb7\xe9\xa2\xa8",
					    "dana likes apricot jam",
					    "x7$kPq!92mZ#",
					    "aaaa bbbb cccc dddd xyz 13 fence" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(good); i++)
		if (fault(good[i]) != NULL)
			fail_msg("%s: %s", good[i], fault(good[i]));
}

static void
short_and_endless_ones_are_refused(void **state)
{
	char text[2000];

	(void)state;
	assert_non_null(strstr(fault("elevensigns"), "at least 12"));
	/* Eleven characters, more bytes. */
	assert_non_null(strstr(fault("gr\xc3\xbc\xc3\x9f" "e rgn \xc3\xa4"), "at least 12"));
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + (i * 7 + i / 5) % 26);
	text[256] = '\0';
	assert_null(fault(text));
	text[256] = 'q';
	text[257] = '\0';
	assert_non_null(strstr(fault(text), "at most 256"));
	text[1999] = '\0';
	text[257] = 'w';
	assert_non_null(strstr(fault(text), "at most 256"));
}

static void
repetitions_and_runs_are_refused(void **state)
{
	static const char *const bad[] = { "aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "123456789012", "abcabcabcabc",
					   "AaAaAaAaAaAa", "pass12pass12pass12", "987654321098", "            ",
					   "zzzzzzzzzzzz1" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		if (fault(bad[i]) == NULL || strstr(fault(bad[i]), "repeats") == NULL)
			fail_msg("%s", bad[i]);
}

static void
what_everybody_knows_is_refused(void **state)
{
	static const char *const bad[] = { "dana.agent@test.example", "Dana Agent 2026", "DANA.AGENT@TEST", "dana.agent@test.example!",
					   "agent-dana-agent" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		if (fault(bad[i]) == NULL || strstr(fault(bad[i]), "everybody knows") == NULL)
			fail_msg("%s", bad[i]);
	/* A command at the host may not know the name. */
	assert_null(ebb_phrase_fault("Dana Agent 2026", 15, NULL, NULL));
}

static void
what_is_no_text_is_refused(void **state)
{
	(void)state;
	assert_non_null(strstr(fault("twelve signs \xff"), "UTF-8"));
	assert_non_null(strstr(ebb_phrase_fault("twelve\0signs", 12, NULL, NULL), "UTF-8"));
}

static void
an_address_belongs_to_a_network(void **state)
{
	static const char *const pairs[][2] = { { "192.0.2.77", "192.0.2.0/24" },
						{ "127.0.0.1", "127.0.0.0/24" },
						{ "2001:db8:1:2:3::4", "2001:db8:1::/48" },
						{ "::1", "::/48" },
						{ "::ffff:192.0.2.77", "192.0.2.0/24" },
						{ "fe80::1", "fe80::/48" },
						{ "unix:", "unknown" },
						{ "", "unknown" },
						{ "192.0.2.256", "unknown" },
						{ "2001:0db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:ffff::/48" } };
	char network[EBB_NETWORK_TEXT];

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(pairs); i++) {
		ebb_network_of(network, pairs[i][0]);
		assert_string_equal(network, pairs[i][1]);
	}
	ebb_network_of(network, NULL);
	assert_string_equal(network, "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_do_not_belong_together_are_good),
		cmocka_unit_test(short_and_endless_ones_are_refused),
		cmocka_unit_test(repetitions_and_runs_are_refused),
		cmocka_unit_test(what_everybody_knows_is_refused),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(an_address_belongs_to_a_network),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
