/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see jwt.h. José does the arithmetic and nothing else: which algorithm, which key and which header are acceptable
 *          is decided here, because that is where others were deceived.
 * Memory:  the caller's arena; jansson's trees hang on it.
 * Must not know: where token and keys come from, persons, the database.
 */
#include "auth/jwt.h"

#include <jose/jws.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#define KEYS_MOST 64
#define KID_MOST 256
#define SUBJECT_MOST 255
#define RSA_LEAST 256 /* bytes of the modulus: 2048 bits */
#define RSA_MOST 1024
#define EXPONENT_MOST 8

#define REFUSED(err, ...) ebb_fail(err, EBB_E_UNAUTHENTICATED, __VA_ARGS__)

static void
free_json(void *json)
{
	json_decref(json);
}

/* ---- shape ---- */

/* The JSON object in one part, hung on the arena; NULL when it holds none. */
static const json_t *
part_json(const char *text64, struct ebb_arena *arena)
{
	size_t room = strlen(text64), length = 0;
	char *text = ebb_arena_alloc(arena, room + 1);
	json_t *json;

	if (sodium_base642bin((unsigned char *)text, room, text64, room, NULL, &length, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return NULL;
	json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		return NULL;
	ebb_arena_defer(arena, free_json, json);
	return json_is_object(json) ? json : NULL;
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* A key that the token brings along proves nothing, and what we do not understand we must not pass over. */
static enum ebb_rc
check_header(struct ebb_jwt *jwt, const json_t *header, struct ebb_err *err)
{
	static const char *const refused[] = { "jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc" };
	const json_t *kid = json_object_get(header, "kid"), *type = json_object_get(header, "typ");

	for (size_t i = 0; i < EBB_COUNT(refused); i++)
		if (json_object_get(header, refused[i]) != NULL)
			return REFUSED(err, "The token's header has the member %s, which is not accepted.", refused[i]);
	jwt->alg = member(header, "alg");
	if (jwt->alg == NULL || (strcmp(jwt->alg, "RS256") != 0 && strcmp(jwt->alg, "ES256") != 0))
		return REFUSED(err, "The token is not signed by RS256 or ES256.");
	if (type != NULL && (!json_is_string(type) || strcasecmp(json_string_value(type), "JWT") != 0))
		return REFUSED(err, "The token is of another type than JWT.");
	jwt->kid = json_string_value(kid);
	if (kid != NULL && (jwt->kid == NULL || json_string_length(kid) == 0 || json_string_length(kid) > KID_MOST))
		return REFUSED(err, "The token's key has no acceptable name.");
	return EBB_OK;
}

enum ebb_rc
ebb_jwt_read(struct ebb_jwt *jwt, const char *text, size_t length, struct ebb_arena *arena, struct ebb_err *err)
{
	const char *first = memchr(text, '.', length);
	const char *second = first == NULL ? NULL : memchr(first + 1, '.', length - (size_t)(first + 1 - text));
	const json_t *header;

	*jwt = (struct ebb_jwt){ 0 };
	if (length > EBB_JWT_BYTES_MOST)
		return REFUSED(err, "The token is longer than %d bytes.", EBB_JWT_BYTES_MOST);
	if (second == NULL || memchr(text, '\0', length) != NULL ||
	    memchr(second + 1, '.', length - (size_t)(second + 1 - text)) != NULL)
		return REFUSED(err, "The token does not have three parts.");
	jwt->header64 = ebb_arena_dup(arena, text, (size_t)(first - text));
	jwt->claims64 = ebb_arena_dup(arena, first + 1, (size_t)(second - first - 1));
	jwt->signature64 = ebb_arena_dup(arena, second + 1, length - (size_t)(second + 1 - text));
	header = part_json(jwt->header64, arena);
	jwt->claims = part_json(jwt->claims64, arena);
	if (header == NULL || jwt->claims == NULL)
		return REFUSED(err, "The token's header or claims cannot be read.");
	return check_header(jwt, header, err);
}

/* ---- signature ---- */

enum ebb_rc
ebb_jwt_key_set(json_t **set_r, const char *text, size_t length, struct ebb_err *err)
{
	json_t *set = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	const json_t *keys = json_object_get(set, "keys");

	*set_r = NULL;
	if (!json_is_array(keys) || json_array_size(keys) > KEYS_MOST) {
		json_decref(set);
		return REFUSED(err, "The provider's key set cannot be read, or has more than %d keys.", KEYS_MOST);
	}
	*set_r = set;
	return EBB_OK;
}

/* Bytes of a number in base64url, without leading zeros; 0 when it is none. */
static size_t
number_bytes(const json_t *number)
{
	unsigned char bytes[2 * RSA_MOST];
	size_t length = 0, zeros = 0;

	if (!json_is_string(number) ||
	    sodium_base642bin(bytes, sizeof bytes, json_string_value(number), json_string_length(number), NULL, &length, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
		return 0;
	while (zeros < length && bytes[zeros] == 0)
		zeros++;
	return length - zeros;
}

/* Only what the arithmetic needs, and the algorithm that we chose: nothing else of a foreign key is handed on. */
static json_t *
bare_key(const json_t *key, const char *alg)
{
	size_t n = number_bytes(json_object_get(key, "n")), e = number_bytes(json_object_get(key, "e"));

	if (strcmp(alg, "ES256") == 0)
		return number_bytes(json_object_get(key, "x")) > 32 || number_bytes(json_object_get(key, "y")) > 32
			   ? NULL
			   : json_pack("{s:s, s:s, s:O, s:O, s:s}", "kty", "EC", "crv", "P-256", "x",
				       json_object_get(key, "x"), "y", json_object_get(key, "y"), "alg", alg);
	if (n < RSA_LEAST || n > RSA_MOST || e == 0 || e > EXPONENT_MOST)
		return NULL;
	return json_pack("{s:s, s:O, s:O, s:s}", "kty", "RSA", "n", json_object_get(key, "n"), "e",
			 json_object_get(key, "e"), "alg", alg);
}

static bool
is_or_absent(const json_t *key, const char *name, const char *value)
{
	const json_t *has = json_object_get(key, name);

	return has == NULL || (json_is_string(has) && strcmp(json_string_value(has), value) == 0);
}

static bool
may_verify(const json_t *key)
{
	const json_t *operations = json_object_get(key, "key_ops"), *operation;
	size_t i;

	if (operations == NULL)
		return true;
	json_array_foreach((json_t *)(uintptr_t)operations, i, operation)
		if (json_is_string(operation) && strcmp(json_string_value(operation), "verify") == 0)
			return true;
	return false;
}

static bool
is_candidate(const struct ebb_jwt *jwt, const json_t *key)
{
	bool is_rsa = strcmp(jwt->alg, "RS256") == 0;
	const char *type = member(key, "kty"), *curve = member(key, "crv"), *kid = member(key, "kid");

	if (type == NULL || strcmp(type, is_rsa ? "RSA" : "EC") != 0)
		return false;
	if (!is_rsa && (curve == NULL || strcmp(curve, "P-256") != 0))
		return false;
	if (!is_or_absent(key, "use", "sig") || !is_or_absent(key, "alg", jwt->alg) || !may_verify(key))
		return false;
	return jwt->kid == NULL || (kid != NULL && strcmp(kid, jwt->kid) == 0);
}

static bool
is_signed_by(const struct ebb_jwt *jwt, const json_t *key)
{
	json_t *bare = bare_key(key, jwt->alg);
	json_t *jws = json_pack("{s:s, s:s, s:s}", "protected", jwt->header64, "payload", jwt->claims64, "signature",
				jwt->signature64);
	bool is_good = bare != NULL && jws != NULL && jose_jws_ver(NULL, jws, NULL, bare, false);

	json_decref(bare);
	json_decref(jws);
	return is_good;
}

enum ebb_jwt_key
ebb_jwt_verify(const struct ebb_jwt *jwt, const json_t *key_set)
{
	const json_t *keys = json_object_get(key_set, "keys"), *key, *only = NULL;
	size_t i, count = 0;

	json_array_foreach((json_t *)(uintptr_t)keys, i, key)
		if (is_candidate(jwt, key)) {
			only = key;
			count++;
		}
	/* A token that names no key is good only where there is no choice. */
	if (count == 0 || (jwt->kid == NULL && count > 1))
		return EBB_JWT_NO_KEY;
	if (count == 1)
		return is_signed_by(jwt, only) ? EBB_JWT_GOOD : EBB_JWT_FORGED;
	json_array_foreach((json_t *)(uintptr_t)keys, i, key)
		if (is_candidate(jwt, key) && is_signed_by(jwt, key))
			return EBB_JWT_GOOD;
	return EBB_JWT_FORGED;
}

/* ---- claims ---- */

static bool
is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && strcmp(json_string_value(value), text) == 0;
}

static enum ebb_rc
check_audience(const json_t *claims, const char *client_id, struct ebb_err *err)
{
	const json_t *audience = json_object_get(claims, "aud"), *party = json_object_get(claims, "azp"), *one;
	bool is_ours = is_text(audience, client_id);
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)audience, i, one)
		is_ours = is_ours || is_text(one, client_id);
	if (!is_ours)
		return REFUSED(err, "The token is meant for another client (aud).");
	if ((party != NULL || json_array_size(audience) > 1) && !is_text(party, client_id))
		return REFUSED(err, "The token was issued to another client (azp).");
	return EBB_OK;
}

static enum ebb_rc
check_time(const json_t *claims, int64_t now_s, struct ebb_err *err)
{
	const json_t *expires = json_object_get(claims, "exp"), *issued = json_object_get(claims, "iat"),
		     *begins = json_object_get(claims, "nbf");
	double now = (double)now_s;

	if (!json_is_number(expires) || !(json_number_value(expires) + EBB_JWT_LEEWAY_S > now))
		return REFUSED(err, "The token has expired (exp).");
	if (!json_is_number(issued) || !(json_number_value(issued) - EBB_JWT_LEEWAY_S <= now))
		return REFUSED(err, "The token is from the future (iat): compare the clocks of both hosts.");
	if (json_number_value(issued) + EBB_JWT_AGE_MOST_S < now)
		return REFUSED(err, "The token was not issued just now (iat): compare the clocks of both hosts.");
	if (begins != NULL && (!json_is_number(begins) || !(json_number_value(begins) - EBB_JWT_LEEWAY_S <= now)))
		return REFUSED(err, "The token is not good yet (nbf): compare the clocks of both hosts.");
	return EBB_OK;
}

static bool
is_plain(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
		if (*at < 0x20 || *at == 0x7f)
			return false;
	return true;
}

enum ebb_rc
ebb_jwt_claims(const struct ebb_jwt *jwt, const struct ebb_jwt_want *want, const char **subject_r, struct ebb_err *err)
{
	const json_t *subject = json_object_get(jwt->claims, "sub");

	if (!is_text(json_object_get(jwt->claims, "iss"), want->issuer))
		return REFUSED(err, "The token is of another issuer (iss).");
	EBB_TRY(check_audience(jwt->claims, want->client_id, err));
	EBB_TRY(check_time(jwt->claims, want->now_s, err));
	if (!is_text(json_object_get(jwt->claims, "nonce"), want->nonce))
		return REFUSED(err, "The token answers another request (nonce).");
	if (!json_is_string(subject) || json_string_length(subject) == 0 || json_string_length(subject) > SUBJECT_MOST ||
	    !is_plain(json_string_value(subject)))
		return REFUSED(err, "The token names nobody (sub).");
	*subject_r = json_string_value(subject);
	return EBB_OK;
}
