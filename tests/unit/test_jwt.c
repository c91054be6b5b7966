/* SPDX-License-Identifier: Apache-2.0 */
/* Identity tokens: the good are believed, the hostile are not, each for its reason. The cases were signed by OpenSSL (jwt/make.mjs). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "auth/jwt.h"

static json_t *file;

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static enum ebb_rc
set_of(const char *name, json_t **set_r, struct ebb_err *err)
{
	char *text = json_dumps(json_object_get(json_object_get(file, "sets"), name), 0);
	enum ebb_rc rc = ebb_jwt_key_set(set_r, text, strlen(text), err);

	free(text);
	return rc;
}

/* How far a token gets: the word that cases.json has for it. */
static const char *
outcome(const json_t *one, struct ebb_arena *arena, struct ebb_err *err)
{
	const char *token = text_of(one, "token"), *subject = NULL;
	const struct ebb_jwt_want want = {
		.issuer = "https://id.example",
		.client_id = "desk",
		.nonce = "n-1",
		.now_s = json_integer_value(json_object_get(file, "now")),
	};
	struct ebb_jwt jwt;
	json_t *set;
	enum ebb_jwt_key key;

	if (ebb_jwt_read(&jwt, token, strlen(token), arena, err) != EBB_OK)
		return "unread";
	assert_int_equal(set_of(text_of(one, "set"), &set, err), EBB_OK);
	key = ebb_jwt_verify(&jwt, set);
	json_decref(set);
	if (key != EBB_JWT_GOOD)
		return key == EBB_JWT_NO_KEY ? "no_key" : "forged";
	if (ebb_jwt_claims(&jwt, &want, &subject, err) != EBB_OK)
		return "claims";
	assert_string_equal(subject, "u-1");
	return "good";
}

static void
every_token_is_treated_as_it_deserves(void **state)
{
	const json_t *cases = json_object_get(file, "cases"), *one;
	unsigned wrong = 0;
	size_t i;

	(void)state;
	assert_true(json_array_size(cases) > 80);
	json_array_foreach((json_t *)(uintptr_t)cases, i, one) {
		struct ebb_arena *arena = ebb_arena_new("jwt", EBB_ARENA_PLAIN);
		struct ebb_err err;

		ebb_err_init(&err, arena);
		const char *got = outcome(one, arena, &err);
		if (strcmp(got, text_of(one, "expect")) != 0) {
			print_message("# %s: %s instead of %s (%s)\n", text_of(one, "name"), got, text_of(one, "expect"),
				      err.sentence == NULL ? "" : err.sentence);
			wrong++;
		}
		/* Whoever says no says why. */
		if (strcmp(got, "unread") == 0 || strcmp(got, "claims") == 0) {
			assert_int_equal(err.rc, EBB_E_UNAUTHENTICATED);
			assert_true(strlen(err.sentence) > 20);
		}
		ebb_arena_free(&arena);
	}
	assert_int_equal(wrong, 0);
}

static void
a_key_set_is_an_object_with_a_few_keys(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]", "{\"keys\":[],\"keys\":[]}", "null", "{\"keys\":null}" };
	struct ebb_arena *arena = ebb_arena_new("jwt", EBB_ARENA_PLAIN);
	struct ebb_err err;
	json_t *set;

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bad); i++) {
		ebb_err_init(&err, arena);
		assert_int_equal(ebb_jwt_key_set(&set, bad[i], strlen(bad[i]), &err), EBB_E_UNAUTHENTICATED);
		assert_null(set);
	}
	json_t *many = json_pack("{s:[]}", "keys");
	for (int i = 0; i < 65; i++)
		json_array_append_new(json_object_get(many, "keys"), json_object());
	char *text = json_dumps(many, 0);
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_jwt_key_set(&set, text, strlen(text), &err), EBB_E_UNAUTHENTICATED);
	free(text);
	json_decref(many);
	ebb_arena_free(&arena);
}

/* Whatever bit of a good token is turned, it is good no longer. */
static void
no_changed_bit_passes(void **state)
{
	const json_t *one = json_array_get(json_object_get(file, "cases"), 0);
	size_t length = strlen(text_of(one, "token"));

	(void)state;
	for (size_t at = 0; at < length; at += 7)
		for (int bit = 0; bit < 8; bit += 3) {
			struct ebb_arena *arena = ebb_arena_new("jwt", EBB_ARENA_PLAIN);
			struct ebb_err err;
			json_t *copy = json_deep_copy(one);
			char *token = ebb_arena_strdup(arena, text_of(one, "token"));

			ebb_err_init(&err, arena);
			token[at] = (char)(token[at] ^ (1 << bit));
			/* What is no UTF-8 cannot be put in the case; such a token is refused by its alphabet anyway. */
			if (json_object_set_new(copy, "token", json_string(token)) == 0)
				assert_string_not_equal(outcome(copy, arena, &err), "good");
			json_decref(copy);
			ebb_arena_free(&arena);
		}
}

static int
load(void **state)
{
	(void)state;
	file = json_load_file(EBB_TEST_DATA "/jwt/cases.json", 0, NULL);
	return file == NULL;
}

static int
unload(void **state)
{
	(void)state;
	json_decref(file);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_token_is_treated_as_it_deserves),
		cmocka_unit_test(a_key_set_is_an_object_with_a_few_keys),
		cmocka_unit_test(no_changed_bit_passes),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
