/* SPDX-License-Identifier: Apache-2.0 */
/* What an OpenID provider says of itself and of a person: only what is wanted is taken over, and no address that must not be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "auth/fetch.h"
#include "auth/oidc_doc.h"
#include "base/str.h"

static struct ebb_arena *arena;
static struct ebb_err err;

static int
set_up(void **state)
{
	(void)state;
	arena = ebb_arena_new("oidc", EBB_ARENA_PLAIN);
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
only_addresses_over_tls_or_of_this_machine_are_asked(void **state)
{
	static const char *const good[] = { "https://id.example/", "https://id.example:8443/a/b?c=d", "http://127.0.0.1:9/x",
					    "http://localhost/", "http://[::1]:80/", "https://id.example/@me" };
	static const char *const bad[] = { "",
					   "http://id.example/",
					   "http://127.0.0.1.evil.example/",
					   "http://localhost.evil.example/",
					   "http://localhost",
					   "http://127.0.0.1:80@evil.example/",
					   "https://user:word@id.example/",
					   "https://id.example@evil.example",
					   "https:///x",
					   "https://?x",
					   "file:///etc/passwd",
					   "gopher://127.0.0.1/",
					   "//id.example/",
					   "https://id.example/\r\nX: y",
					   "https://id.example/a b",
					   "https://id.example/#part",
					   "https://id.example\\@evil.example/",
					   "HTTPS://id.example/" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(good); i++)
		assert_true(ebb_fetch_is_url(good[i]));
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		assert_false(ebb_fetch_is_url(bad[i]));
}

static enum ebb_rc
read_doc(const char *text, struct ebb_oidc_doc *doc)
{
	ebb_err_init(&err, arena);
	return ebb_oidc_doc_read(doc, text, strlen(text), "https://id.example", arena, &err);
}

#define REST "\"authorization_endpoint\":\"https://id.example/a\",\"token_endpoint\":\"https://id.example/t\",\"jwks_uri\":\"https://id.example/k\""

static void
a_document_is_the_configured_issuers_own(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{}", "{\"issuer\":\"https://id.example/\"," REST "}", "{\"issuer\":[\"https://id.example\"]," REST "}",
		"{\"issuer\":\"https://id.example\",\"issuer\":\"https://id.example\"," REST "}",
		"{\"issuer\":\"https://id.example\",\"authorization_endpoint\":\"http://id.example/a\",\"token_endpoint\":\"https://id.example/t\",\"jwks_uri\":\"https://id.example/k\"}",
		"{\"issuer\":\"https://id.example\",\"response_types_supported\":[\"token\"]," REST "}",
		"{\"issuer\":\"https://id.example\",\"id_token_signing_alg_values_supported\":[\"HS256\",\"none\"]," REST "}",
	};
	struct ebb_oidc_doc doc;

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++)
		assert_int_equal(read_doc(bad[i], &doc), EBB_E_UNAVAILABLE);
	assert_int_equal(read_doc("{\"issuer\":\"https://id.example\",\"userinfo_endpoint\":\"ftp://x/\"," REST "}", &doc), EBB_OK);
	assert_string_equal(doc.token_endpoint, "https://id.example/t");
	assert_null(doc.userinfo_endpoint);
	assert_false(doc.has_issuer_in_answer);
}

static void
facts(struct ebb_oidc_facts *facts_r, const char *claims, const char *info)
{
	json_t *c = json_loads(claims, 0, NULL), *i = info == NULL ? NULL : json_loads(info, 0, NULL);

	ebb_oidc_facts_read(facts_r, c, i, "groups", arena);
	json_decref(c);
	json_decref(i);
}

static void
an_address_counts_as_verified_only_where_it_stands(void **state)
{
	struct ebb_oidc_facts f;

	(void)state;
	facts(&f, "{\"email\":\"a@b.example\",\"email_verified\":true,\"name\":\"A\"}", NULL);
	assert_string_equal(f.email, "a@b.example");
	assert_true(f.is_email_verified);
	facts(&f, "{\"email\":\"a@b.example\"}", "{\"email\":\"c@d.example\",\"email_verified\":true}");
	assert_string_equal(f.email, "a@b.example");
	assert_false(f.is_email_verified);
	facts(&f, "{\"email_verified\":true}", "{\"email\":\"c@d.example\"}");
	assert_false(f.is_email_verified);
	facts(&f, "{\"email\":\"a@b.example\",\"email_verified\":\"true\"}", NULL);
	assert_false(f.is_email_verified);
	facts(&f, "{\"email\":\"no address\",\"name\":\"two\\nlines\"}", NULL);
	assert_null(f.email);
	assert_null(f.name);
}

static void
groups_are_texts_and_not_said_is_not_none(void **state)
{
	struct ebb_oidc_facts f;

	(void)state;
	facts(&f, "{}", "{\"groups\":[\"b\",1,\"\",{},\"c \\\"d\\\"\"]}");
	assert_string_equal(f.groups_json, "[\"b\",\"c \\\"d\\\"\"]");
	facts(&f, "{\"groups\":\"one\"}", NULL);
	assert_string_equal(f.groups_json, "[\"one\"]");
	facts(&f, "{\"groups\":[]}", NULL);
	assert_string_equal(f.groups_json, "[]");
	facts(&f, "{\"groups\":7}", NULL);
	assert_null(f.groups_json);
	facts(&f, "{}", NULL);
	assert_null(f.groups_json);
}

static void
an_answer_without_identity_token_is_refused(void **state)
{
	static const char *const bad[] = { "", "{}", "{\"id_token\":7}", "{\"id_token\":\"a b\"}", "{\"error\":\"invalid_grant\"}" };
	static const char good[] = "{\"id_token\":\"a.b.c\",\"access_token\":\"x\\r\\ny\",\"token_type\":\"Bearer\"}";
	struct ebb_oidc_tokens tokens;

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++) {
		ebb_err_init(&err, arena);
		assert_int_equal(ebb_oidc_tokens_read(&tokens, bad[i], strlen(bad[i]), arena, &err), EBB_E_UNAUTHENTICATED);
	}
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_oidc_tokens_read(&tokens, good, strlen(good), arena, &err), EBB_OK);
	assert_null(tokens.access_token);
}

static void
pairs_are_encoded(void **state)
{
	struct ebb_str out;

	(void)state;
	ebb_str_init(&out, arena, 16);
	ebb_fetch_pair(&out, "a", "x y&z=\xc3\xa4/~");
	ebb_fetch_pair(&out, "b", "");
	assert_string_equal(ebb_str_done(&out), "a=x%20y%26z%3D%C3%A4%2F~&b=");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_addresses_over_tls_or_of_this_machine_are_asked),
		cmocka_unit_test(a_document_is_the_configured_issuers_own),
		cmocka_unit_test(an_address_counts_as_verified_only_where_it_stands),
		cmocka_unit_test(groups_are_texts_and_not_said_is_not_none),
		cmocka_unit_test(an_answer_without_identity_token_is_refused),
		cmocka_unit_test(pairs_are_encoded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
