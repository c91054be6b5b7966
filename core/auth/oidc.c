/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see oidc.h. A key of an unknown name makes the key set be fetched again, at most once a minute: keys rotate, and
 *          nobody may make us ask by sending nonsense. A provider that is away is left alone for some seconds, so that
 *          waiting for it does not hold up those who sign in otherwise.
 * Memory:  what is asked hangs on the caller's arena; the cache has an arena per provider.
 * Must not know: persons, the database, cookies.
 */
#include "auth/oidc.h"

#include "auth/fetch.h"
#include "auth/jwt.h"
#include "base/str.h"
#include "base/time.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#define KEPT_MOST 8
#define FRESH_US ((int64_t)3600 * 1000000)
#define REFETCH_US ((int64_t)60 * 1000000)
#define AWAY_US ((int64_t)5 * 1000000)
#define MARGIN_US 500000 /* of the deadline, for the database */

struct kept {
	int64_t provider_id, version;
	struct ebb_arena *arena; /* the document's; NULL: none yet */
	struct ebb_oidc_doc doc;
	json_t *keys;
	int64_t doc_us, keys_us, again_us, away_until_us, used_us;
};

static struct kept cache[KEPT_MOST];

static void
forget(struct kept *k)
{
	if (k->arena != NULL)
		ebb_arena_free(&k->arena);
	json_decref(k->keys);
	*k = (struct kept){ 0 };
}

/* The provider's place; a changed provider, or the one used longest ago, gives way. */
static struct kept *
kept_of(const struct ebb_provider *provider)
{
	struct kept *place = &cache[0];

	for (size_t i = 0; i < KEPT_MOST; i++) {
		if (cache[i].provider_id == provider->provider_id) {
			place = &cache[i];
			break;
		}
		if (cache[i].used_us < place->used_us)
			place = &cache[i];
	}
	if (place->provider_id != provider->provider_id || place->version != provider->version) {
		forget(place);
		place->provider_id = provider->provider_id;
		place->version = provider->version;
	}
	place->used_us = ebb_mono_us();
	return place;
}

enum ebb_rc
ebb_oidc_secret(char text[EBB_OIDC_SECRET], struct ebb_err *err)
{
	unsigned char raw[32];

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "No random numbers can be had here.");
	randombytes_buf(raw, sizeof raw);
	sodium_bin2base64(text, EBB_OIDC_SECRET, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof raw);
	return EBB_OK;
}

/* ---- asking ---- */

static enum ebb_rc
fetch(const struct ebb_oidc_ask *ask, struct kept *k, struct ebb_fetch what, struct ebb_fetched *got)
{
	int64_t now_us = ebb_mono_us(), left_ms = (ask->deadline_us - MARGIN_US - now_us) / 1000;
	enum ebb_rc rc;

	if (now_us < k->away_until_us || left_ms <= 0)
		return ebb_fail(ask->err, EBB_E_UNAVAILABLE, "The provider %s did not answer a moment ago.", ask->provider->code);
	what.ca_file = ebb_provider_setting(ask->provider, "ca_file");
	what.through = ebb_provider_setting(ask->provider, "through");
	what.limit_ms = left_ms < EBB_FETCH_LIMIT_MS ? (int)left_ms : EBB_FETCH_LIMIT_MS;
	rc = ebb_fetch(&what, got, ask->arena, ask->err);
	k->away_until_us = rc == EBB_E_UNAVAILABLE ? ebb_mono_us() + AWAY_US : 0;
	return rc;
}

static enum ebb_rc
fetch_doc(const struct ebb_oidc_ask *ask, struct kept *k)
{
	const char *issuer = ebb_provider_setting(ask->provider, "issuer");
	size_t length = strlen(issuer);
	struct ebb_fetched got;
	struct ebb_arena *arena;
	enum ebb_rc rc;

	length -= length > 0 && issuer[length - 1] == '/';
	EBB_TRY(fetch(ask, k,
		      (struct ebb_fetch){ .url = ebb_arena_printf(ask->arena, "%.*s/.well-known/openid-configuration", (int)length, issuer) },
		      &got));
	if (got.status != 200)
		return ebb_fail(ask->err, EBB_E_UNAVAILABLE, "%.200s answers %d to its discovery document.", issuer, got.status);
	arena = ebb_arena_new("oidc provider", EBB_ARENA_PLAIN);
	rc = ebb_oidc_doc_read(&k->doc, got.body, got.length, issuer, arena, ask->err);
	if (rc != EBB_OK) {
		ebb_arena_free(&arena);
		return rc;
	}
	if (k->arena != NULL)
		ebb_arena_free(&k->arena);
	k->arena = arena;
	k->doc_us = ebb_mono_us();
	return EBB_OK;
}

static enum ebb_rc
document(const struct ebb_oidc_ask *ask, struct kept *k)
{
	return k->arena != NULL && ebb_mono_us() - k->doc_us < FRESH_US ? EBB_OK : fetch_doc(ask, k);
}

enum ebb_rc
ebb_oidc_discover(const struct ebb_oidc_ask *ask, const struct ebb_oidc_doc **doc_r)
{
	struct kept *k = kept_of(ask->provider);

	EBB_TRY(document(ask, k));
	*doc_r = &k->doc;
	return EBB_OK;
}

static enum ebb_rc
fetch_keys(const struct ebb_oidc_ask *ask, struct kept *k)
{
	struct ebb_fetched got;
	json_t *keys;

	EBB_TRY(fetch(ask, k, (struct ebb_fetch){ .url = k->doc.jwks_uri }, &got));
	if (got.status != 200)
		return ebb_fail(ask->err, EBB_E_UNAVAILABLE, "%.200s answers %d.", k->doc.jwks_uri, got.status);
	EBB_TRY(ebb_jwt_key_set(&keys, got.body, got.length, ask->err));
	json_decref(k->keys);
	k->keys = keys;
	k->keys_us = ebb_mono_us();
	return EBB_OK;
}

enum ebb_rc
ebb_oidc_keys(const struct ebb_oidc_ask *ask, size_t *count_r)
{
	struct kept *k = kept_of(ask->provider);

	EBB_TRY(document(ask, k));
	EBB_TRY(fetch_keys(ask, k));
	*count_r = json_array_size(json_object_get(k->keys, "keys"));
	return EBB_OK;
}

const char *
ebb_oidc_url(const struct ebb_oidc_ask *ask, const struct ebb_oidc_doc *doc, const struct ebb_oidc_trip *trip, const char *redirect_uri)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char challenge[EBB_OIDC_SECRET];
	struct ebb_str url;

	crypto_hash_sha256(digest, (const unsigned char *)trip->verifier, strlen(trip->verifier));
	sodium_bin2base64(challenge, sizeof challenge, digest, sizeof digest, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	ebb_str_init(&url, ask->arena, 512);
	ebb_str_add(&url, doc->authorization_endpoint);
	if (strchr(doc->authorization_endpoint, '?') == NULL)
		ebb_str_char(&url, '?');
	ebb_fetch_pair(&url, "response_type", "code");
	ebb_fetch_pair(&url, "client_id", ebb_provider_setting(ask->provider, "client_id"));
	ebb_fetch_pair(&url, "redirect_uri", redirect_uri);
	ebb_fetch_pair(&url, "scope", ebb_provider_setting(ask->provider, "scopes"));
	ebb_fetch_pair(&url, "state", trip->state);
	ebb_fetch_pair(&url, "nonce", trip->nonce);
	ebb_fetch_pair(&url, "code_challenge", challenge);
	ebb_fetch_pair(&url, "code_challenge_method", "S256");
	return ebb_str_done(&url);
}

/* ---- the code ---- */

/* RFC 6749, 2.3.1: name and secret are form-encoded before they are Basic. */
static const char *
encoded(const char *text, struct ebb_arena *arena)
{
	struct ebb_str out;

	ebb_str_init(&out, arena, 64);
	ebb_fetch_pair(&out, "", text);
	return ebb_str_done(&out) + 1;
}

static enum ebb_rc
exchange(const struct ebb_oidc_ask *ask, struct kept *k, const char *code, const char *verifier, const char *redirect_uri,
	 struct ebb_oidc_tokens *tokens)
{
	const char *client = ebb_provider_setting(ask->provider, "client_id"), *how = ebb_provider_setting(ask->provider, "token_auth");
	const char *secret = ask->provider->secret == NULL ? "" : ask->provider->secret;
	struct ebb_fetch what = { .url = k->doc.token_endpoint };
	struct ebb_fetched got;
	struct ebb_str form;

	ebb_str_init(&form, ask->arena, 512);
	ebb_fetch_pair(&form, "grant_type", "authorization_code");
	ebb_fetch_pair(&form, "code", code);
	ebb_fetch_pair(&form, "redirect_uri", redirect_uri);
	ebb_fetch_pair(&form, "code_verifier", verifier);
	if (strcmp(how, "basic") == 0) {
		what.user = encoded(client, ask->arena);
		what.password = encoded(secret, ask->arena);
	} else {
		ebb_fetch_pair(&form, "client_id", client);
		if (strcmp(how, "post") == 0)
			ebb_fetch_pair(&form, "client_secret", secret);
	}
	what.form = ebb_str_done(&form);
	EBB_TRY(fetch(ask, k, what, &got));
	if (got.status != 200)
		return ebb_fail(ask->err, got.status >= 500 ? EBB_E_UNAVAILABLE : EBB_E_UNAUTHENTICATED,
				"The provider %s answers %d to the code.", ask->provider->code, got.status);
	return ebb_oidc_tokens_read(tokens, got.body, got.length, ask->arena, ask->err);
}

static enum ebb_rc
believe(const struct ebb_oidc_ask *ask, struct kept *k, const struct ebb_jwt *jwt)
{
	enum ebb_jwt_key verdict;

	if (k->keys == NULL || ebb_mono_us() - k->keys_us > FRESH_US)
		EBB_TRY(fetch_keys(ask, k));
	verdict = ebb_jwt_verify(jwt, k->keys);
	if (verdict == EBB_JWT_NO_KEY && (k->again_us == 0 || ebb_mono_us() - k->again_us > REFETCH_US)) {
		k->again_us = ebb_mono_us();
		EBB_TRY(fetch_keys(ask, k));
		verdict = ebb_jwt_verify(jwt, k->keys);
	}
	if (verdict == EBB_JWT_GOOD)
		return EBB_OK;
	return ebb_fail(ask->err, EBB_E_UNAUTHENTICATED,
			verdict == EBB_JWT_NO_KEY ? "The identity token is signed by a key that the provider does not publish." :
						    "The identity token is not signed by the provider's key.");
}

/* What the token does not say, the userinfo endpoint may; and only of the same person. */
static enum ebb_rc
ask_more(const struct ebb_oidc_ask *ask, struct kept *k, const struct ebb_oidc_tokens *tokens, const char *subject, json_t **info_r)
{
	struct ebb_fetched got;
	const char *says;

	*info_r = NULL;
	if (k->doc.userinfo_endpoint == NULL || tokens->access_token == NULL)
		return EBB_OK;
	EBB_TRY(fetch(ask, k, (struct ebb_fetch){ .url = k->doc.userinfo_endpoint, .bearer = tokens->access_token }, &got));
	if (got.status != 200)
		return ebb_fail(ask->err, EBB_E_UNAVAILABLE, "%.200s answers %d.", k->doc.userinfo_endpoint, got.status);
	*info_r = json_loadb(got.body, got.length, JSON_REJECT_DUPLICATES, NULL);
	says = json_string_value(json_object_get(*info_r, "sub"));
	if (says != NULL && strcmp(says, subject) == 0)
		return EBB_OK;
	json_decref(*info_r);
	*info_r = NULL;
	return ebb_fail(ask->err, EBB_E_UNAUTHENTICATED, "The userinfo answer is of somebody else than the identity token.");
}

enum ebb_rc
ebb_oidc_redeem(const struct ebb_oidc_ask *ask, const char *code, const char *nonce, const char *verifier, const char *redirect_uri,
		struct ebb_oidc_person *person)
{
	struct kept *k = kept_of(ask->provider);
	const char *groups = ebb_provider_setting(ask->provider, "groups_claim");
	struct ebb_jwt_want want = { .client_id = ebb_provider_setting(ask->provider, "client_id"), .nonce = nonce };
	struct ebb_oidc_tokens tokens;
	struct ebb_jwt jwt;
	json_t *info = NULL;

	EBB_TRY(document(ask, k));
	EBB_TRY(exchange(ask, k, code, verifier, redirect_uri, &tokens));
	EBB_TRY(ebb_jwt_read(&jwt, tokens.id_token, strlen(tokens.id_token), ask->arena, ask->err));
	EBB_TRY(believe(ask, k, &jwt));
	want.issuer = k->doc.issuer;
	want.now_s = time(NULL);
	EBB_TRY(ebb_jwt_claims(&jwt, &want, &person->subject, ask->err));
	if (json_object_get(jwt.claims, "email") == NULL || json_object_get(jwt.claims, "name") == NULL ||
	    json_object_get(jwt.claims, groups) == NULL)
		EBB_TRY(ask_more(ask, k, &tokens, person->subject, &info));
	ebb_oidc_facts_read(&person->facts, jwt.claims, info, groups, ask->arena);
	json_decref(info);
	return EBB_OK;
}
