/* SPDX-License-Identifier: Apache-2.0 */
/* What people type stands in a filter or a DN as nothing but a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "auth/ldap.h"

static struct ebb_arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = ebb_arena_new("ldap", EBB_ARENA_PLAIN);
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
a_login_stays_a_value_in_a_filter(void **state)
{
	(void)state;
	assert_string_equal(ebb_ldap_filter("(mail={login})", "dana@test.example", NULL, arena), "(mail=dana@test.example)");
	assert_string_equal(ebb_ldap_filter("(mail={login})", "*)(uid=*))(|(uid=*", NULL, arena),
			    "(mail=\\2a\\29\\28uid\\3d\\2a\\29\\29\\28\\7c\\28uid\\3d\\2a)");
	assert_string_equal(ebb_ldap_filter("(|(mail={login})(uid={login}))", "a\\b", NULL, arena), "(|(mail=a\\5cb)(uid=a\\5cb))");
	assert_string_equal(ebb_ldap_filter("(cn={login})", "J\xc3\xbcrgen \x01", NULL, arena), "(cn=J\\c3\\bcrgen\\20\\01)");
	/* What was put in is not read again. */
	assert_string_equal(ebb_ldap_filter("(cn={login})", "{login}{dn}", "cn=x", arena), "(cn=\\7blogin\\7d\\7bdn\\7d)");
	assert_string_equal(ebb_ldap_filter("(member={dn})", "", "cn=a\\,b,dc=x", arena), "(member=cn\\3da\\5c\\2cb\\2cdc\\3dx)");
	assert_string_equal(ebb_ldap_filter("(member={dn})", "", NULL, arena), "(member={dn})");
}

static void
a_login_stays_one_value_in_a_dn(void **state)
{
	(void)state;
	assert_string_equal(ebb_ldap_dn("uid={login},ou=people", "dana", arena), "uid=dana,ou=people");
	assert_string_equal(ebb_ldap_dn("uid={login},ou=people", "admin,ou=it", arena), "uid=admin\\2cou\\3dit,ou=people");
	assert_string_equal(ebb_ldap_dn("uid={login},ou=people", " #+<>;\"", arena), "uid=\\20\\23\\2b\\3c\\3e\\3b\\22,ou=people");
}

static void
what_is_no_text_is_shown_in_digits(void **state)
{
	(void)state;
	assert_string_equal(ebb_ldap_value("Dana \xc3\xa4", 7, arena), "Dana \xc3\xa4");
	assert_string_equal(ebb_ldap_value("\x00\x01\xff", 3, arena), "0001ff");
	assert_string_equal(ebb_ldap_value("a\nb", 3, arena), "610a62");
	assert_string_equal(ebb_ldap_value("", 0, arena), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_login_stays_a_value_in_a_filter),
		cmocka_unit_test(a_login_stays_one_value_in_a_dn),
		cmocka_unit_test(what_is_no_text_is_shown_in_digits),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
