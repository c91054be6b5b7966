/* SPDX-License-Identifier: Apache-2.0 */
/* Identity: a token by header or cookie becomes its hash; a cookie changes nothing for another site. */
#include "request.h"

#define TOKEN "ebb_dana000000000000000000000000000000000000000"

/* sha256 of TOKEN, by sha256sum. */
static const char *const token_hash = "f227c438bfbac7c89999264cbcedd2ebc74baf66230528ab59203e10d90f8853";

static enum ebb_rc
read_as(const char *method, const char *authorization, const char *cookie)
{
	rq_make(method, "/api/v1/tickets", "", "");
	assert_int_equal(ebb_route_find(&rq_one), EBB_OK);
	rq_one.head.authorization = authorization;
	rq_one.head.cookie = cookie;
	return ebb_identity_read(&rq_one);
}

static void
a_bearer_token_becomes_its_hash(void **state)
{
	(void)state;
	assert_int_equal(read_as("GET", "Bearer " TOKEN, NULL), EBB_OK);
	assert_string_equal(rq_one.token_hash, token_hash);
	assert_int_equal(read_as("POST", "bearer  " TOKEN, NULL), EBB_OK);
	assert_string_equal(rq_one.token_hash, token_hash);
	assert_false(rq_one.is_by_cookie);
}

static void
the_hash_is_sha256(void **state)
{
	const struct ebb_hash_part parts[] = { { "a", 1 }, { "bc", 2 } };
	char hex[EBB_HASH_HEX];

	(void)state;
	ebb_hash_hex(hex, parts, 2);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void
what_is_no_token_is_401_without_asking_the_database(void **state)
{
	static const char *const bad[] = { "",	       "Basic Zm9vOmJhcg==",	  "Bearer",  "Bearer ",
					   "Bearer x", "Bearer " TOKEN "0", "Bearer ebb_short", "Bearer " TOKEN " x",
					   TOKEN };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		assert_int_equal(read_as("GET", bad[i], NULL), EBB_E_UNAUTHENTICATED);
	assert_int_equal(read_as("GET", NULL, NULL), EBB_E_UNAUTHENTICATED);
	assert_int_equal(read_as("GET", NULL, "other=1; __Host-ebbx=" TOKEN), EBB_E_UNAUTHENTICATED);
	/* The name for plain HTTP does not count on a desk with TLS. */
	assert_int_equal(read_as("GET", NULL, "ebb_session=" TOKEN), EBB_E_UNAUTHENTICATED);
}

static void
a_cookie_is_found_wherever_it_stands(void **state)
{
	(void)state;
	assert_int_equal(read_as("GET", NULL, "__Host-ebb=" TOKEN), EBB_OK);
	assert_true(rq_one.is_by_cookie);
	assert_int_equal(read_as("GET", NULL, "a=b; __Host-ebb=" TOKEN "; c=d"), EBB_OK);
	assert_true(rq_one.is_by_cookie);
	/* A header beats it. */
	assert_int_equal(read_as("GET", "Bearer " TOKEN, "__Host-ebb=" TOKEN), EBB_OK);
	assert_false(rq_one.is_by_cookie);
}

/* sha256 of "ebb csrf " and token_hash, by sha256sum. */
static const char *const csrf = "0e7a50935b87976c91b01d29e45ce4911a0d4422a756481758dc14d55f828c3d";

static enum ebb_rc
change(const char *cookie, const char *site, const char *origin)
{
	rq_make("POST", "/api/v1/tickets", "", "");
	assert_int_equal(ebb_route_find(&rq_one), EBB_OK);
	rq_one.head.cookie = cookie;
	rq_one.head.sec_fetch_site = site;
	rq_one.head.origin = origin;
	rq_one.head.host = "desk.local:8080";
	rq_one.head.csrf = csrf;
	return ebb_identity_read(&rq_one);
}

static void
a_cookie_changes_nothing_for_another_site(void **state)
{
	static const char cookie[] = "__Host-ebb=" TOKEN;

	(void)state;
	assert_int_equal(change(cookie, "same-origin", NULL), EBB_OK);
	assert_int_equal(change(cookie, "none", NULL), EBB_OK);
	assert_int_equal(change(cookie, NULL, "https://desk.example"), EBB_OK);
	assert_int_equal(change(cookie, NULL, "http://desk.local:8080"), EBB_OK);
	assert_int_equal(change(cookie, "same-site", "https://desk.example"), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, "cross-site", NULL), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, NULL), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, "null"), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, ""), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, "https://desk.example.evil"), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, "https://desk.exampl"), EBB_E_FORBIDDEN);
	assert_int_equal(change(cookie, NULL, "http://evil/desk.local:8080"), EBB_E_FORBIDDEN);
}

static void
a_change_by_cookie_repeats_what_the_session_says(void **state)
{
	static const char *const wrong[] = { NULL, "", "0", NULL };
	char other[EBB_HASH_HEX];

	(void)state;
	memcpy(other, csrf, sizeof other);
	other[63] = other[63] == '0' ? '1' : '0';
	for (size_t i = 0; i < EBB_COUNT(wrong); i++) {
		assert_int_equal(change("__Host-ebb=" TOKEN, "same-origin", NULL), EBB_OK);
		ebb_err_init(&rq_one.err, rq_one.arena);
		rq_one.head.csrf = i == 3 ? other : wrong[i];
		assert_int_equal(ebb_identity_read(&rq_one), EBB_E_FORBIDDEN);
		assert_non_null(rq_fault(&rq_one, "X-Ebb-Csrf"));
	}
	/* Reading takes none, and neither does who sends the token itself. */
	assert_int_equal(read_as("GET", NULL, "__Host-ebb=" TOKEN), EBB_OK);
	assert_int_equal(read_as("POST", "Bearer " TOKEN, NULL), EBB_OK);
}

static void
a_cookie_is_hashed_where_nobody_has_to_be_signed_in(void **state)
{
	char hash[EBB_HASH_HEX];

	(void)state;
	rq_make("POST", "/api/v1/session", "", "");
	assert_false(ebb_identity_cookie_hash(&rq_one, hash));
	rq_one.head.cookie = "a=b; __Host-ebb=" TOKEN;
	assert_true(ebb_identity_cookie_hash(&rq_one, hash));
	assert_string_equal(hash, token_hash);
}

static void
nobody_signs_people_in_from_another_site(void **state)
{
	static const char *const sites[] = { "cross-site", "same-origin", NULL };
	static const enum ebb_rc wanted[] = { EBB_E_FORBIDDEN, EBB_OK, EBB_OK };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(sites); i++) {
		rq_make("POST", "/api/v1/session", "", "");
		assert_int_equal(ebb_route_find(&rq_one), EBB_OK);
		rq_one.head.sec_fetch_site = sites[i];
		assert_int_equal(ebb_identity_read(&rq_one), wanted[i]);
	}
}

static void
the_cookie_is_bound_to_host_and_tls(void **state)
{
	const char *headers;

	(void)state;
	rq_make("POST", "/api/v1/session", "", "");
	ebb_identity_cookie(&rq_one, TOKEN, 3600);
	headers = ebb_str_done(&rq_one.reply.headers);
	assert_string_equal(headers, "Set-Cookie: __Host-ebb=" TOKEN
				     "; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600\r\n");
	rq_make("DELETE", "/api/v1/session", "", "");
	rq_opts.is_cookie_secure = false;
	ebb_identity_cookie(&rq_one, NULL, 3600);
	assert_string_equal(ebb_str_done(&rq_one.reply.headers),
			    "Set-Cookie: ebb_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bearer_token_becomes_its_hash),
		cmocka_unit_test(the_hash_is_sha256),
		cmocka_unit_test(what_is_no_token_is_401_without_asking_the_database),
		cmocka_unit_test(a_cookie_is_found_wherever_it_stands),
		cmocka_unit_test(a_cookie_changes_nothing_for_another_site),
		cmocka_unit_test(a_change_by_cookie_repeats_what_the_session_says),
		cmocka_unit_test(a_cookie_is_hashed_where_nobody_has_to_be_signed_in),
		cmocka_unit_test(nobody_signs_people_in_from_another_site),
		cmocka_unit_test(the_cookie_is_bound_to_host_and_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
