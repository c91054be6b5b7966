/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the two ends of a sign-in at an OpenID provider: the browser is sent away with a state, and comes back with it and
 *          a code. A cookie binds both to one browser, so that nobody is signed in as somebody else by a link.
 * Memory:  the request's arena.
 * Must not know: tokens and keys (oidc.h), whose account it is (the database says).
 */
#include "auth/vouch.h"

#include "auth/oidc.h"
#include "auth/session.h"
#include "base/log.h"
#include "conf/conf.h"
#include "http/args.h"
#include "http/reply.h"
#include "http/rq.h"

#include <inttypes.h>
#include <string.h>

#define TRIP_S 600
#define BASE64URL "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* ---- the cookie that binds ---- */

static const char *
cookie_name(const struct ebb_rq *rq)
{
	return rq->opts->is_cookie_secure ? "__Host-ebb-trip" : "ebb_trip";
}

static void
set_binding(struct ebb_rq *rq, const char *binding)
{
	ebb_reply_header(rq, "Set-Cookie",
			 ebb_arena_printf(rq->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%d", cookie_name(rq), binding,
					  rq->opts->is_cookie_secure ? "; Secure" : "", binding[0] == '\0' ? 0 : TRIP_S));
}

/* NULL when this browser has begun nothing. */
static const char *
binding_of(const struct ebb_rq *rq)
{
	const char *at = rq->head.cookie, *name = cookie_name(rq);
	size_t length = strlen(name);

	while (at != NULL && *at != '\0') {
		at += strspn(at, " ;\t");
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			at += length + 1;
			return strspn(at, BASE64URL) == EBB_OIDC_SECRET - 1 ? ebb_arena_dup(rq->arena, at, EBB_OIDC_SECRET - 1) : NULL;
		}
		at += strcspn(at, ";");
	}
	return NULL;
}

static void
hash(char hex[EBB_HASH_HEX], const char *text)
{
	const struct ebb_hash_part part = { text, strlen(text) };

	ebb_hash_hex(hex, &part, 1);
}

static const char *
redirect_uri(struct ebb_rq *rq, const struct ebb_provider *provider)
{
	return ebb_arena_printf(rq->arena, "%s/api/v1/session/oidc/%" PRId64 "/callback", rq->opts->public_url, provider->provider_id);
}

/* The sentence is for the operator's log; a browser gets a word that the page explains. */
static enum ebb_rc
give_up(struct ebb_rq *rq, const struct ebb_provider *provider, const char *reason)
{
	ebb_log(EBB_WARNING, &rq->log, "sign-in by %s: %s", provider->code, rq->err.sentence == NULL ? reason : rq->err.sentence);
	ebb_err_init(&rq->err, rq->arena);
	return ebb_vouch_back(rq, reason);
}

static enum ebb_rc
look_up(struct ebb_rq *rq, struct ebb_provider *provider, struct ebb_oidc_ask *ask)
{
	EBB_TRY(ebb_vouch_provider(rq, "oidc", rq->path_ids[0], NULL, provider));
	EBB_TRY(ebb_provider_open(provider, rq->conf->secret_key_file, rq->arena, &rq->err));
	*ask = (struct ebb_oidc_ask){ .provider = provider, .deadline_us = rq->deadline_us, .arena = rq->arena, .err = &rq->err };
	return EBB_OK;
}

/* ---- away ---- */

static enum ebb_rc
keep(struct ebb_rq *rq, const struct ebb_provider *provider, const struct ebb_oidc_trip *trip, const char *binding)
{
	char state_hash[EBB_HASH_HEX], binding_hash[EBB_HASH_HEX];
	const char *json;
	size_t length;

	hash(state_hash, trip->state);
	hash(binding_hash, binding);
	const char *args = ebb_arena_printf(rq->arena,
					    "{\"provider_id\":%" PRId64 ",\"state_hash\":\"%s\",\"nonce\":\"%s\",\"verifier\":\"%s\","
					    "\"binding_hash\":\"%s\"}",
					    provider->provider_id, state_hash, trip->nonce, trip->verifier, binding_hash);
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_oidc_keep", args);
	return ebb_db_json(rq->pg, &call, &json, &length);
}

enum ebb_rc
ebb_session_oidc_begin(struct ebb_rq *rq)
{
	const char *binding = binding_of(rq);
	const struct ebb_oidc_doc *doc = NULL;
	struct ebb_provider provider;
	struct ebb_oidc_trip trip;
	struct ebb_oidc_ask ask;
	char fresh[EBB_OIDC_SECRET];

	EBB_TRY(look_up(rq, &provider, &ask));
	EBB_TRY(ebb_oidc_secret(trip.state, &rq->err));
	EBB_TRY(ebb_oidc_secret(trip.nonce, &rq->err));
	EBB_TRY(ebb_oidc_secret(trip.verifier, &rq->err));
	EBB_TRY(ebb_oidc_secret(fresh, &rq->err));
	/* Two tabs of one browser may be under way. */
	if (binding == NULL)
		binding = fresh;
	if (ebb_oidc_discover(&ask, &doc) != EBB_OK)
		return give_up(rq, &provider, "unavailable");
	EBB_TRY(keep(rq, &provider, &trip, binding));
	set_binding(rq, binding);
	ebb_reply_header(rq, "Location", ebb_oidc_url(&ask, doc, &trip, redirect_uri(rq, &provider)));
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_body(rq, rq->route->status, "text/plain; charset=utf-8", "", 0);
}

/* ---- and back ---- */

struct answer {
	const char *code, *state, *issuer, *error;
};

/* The route has checked names and lengths; here they are read once more, decoded. */
static void
read_answer(struct ebb_rq *rq, struct answer *answer)
{
	const char *at = rq->query;
	char *name, *value;
	bool is_bad;

	*answer = (struct answer){ 0 };
	while (ebb_query_next(rq->arena, &at, &name, &value, &is_bad)) {
		if (is_bad)
			continue;
		if (strcmp(name, "code") == 0)
			answer->code = value;
		else if (strcmp(name, "state") == 0)
			answer->state = value;
		else if (strcmp(name, "iss") == 0)
			answer->issuer = value;
		else if (strcmp(name, "error") == 0)
			answer->error = value;
	}
}

/* What was kept for this state and this browser; NULL in *nonce_r when there is nothing. */
static enum ebb_rc
take(struct ebb_rq *rq, const struct ebb_provider *provider, const char *state, const char **nonce_r, const char **verifier_r)
{
	const char *binding = binding_of(rq), *json = NULL;
	char state_hash[EBB_HASH_HEX], binding_hash[EBB_HASH_HEX];
	size_t length;
	json_t *kept;

	*nonce_r = *verifier_r = NULL;
	if (binding == NULL || state == NULL)
		return EBB_OK;
	hash(state_hash, state);
	hash(binding_hash, binding);
	const char *args =
	    ebb_arena_printf(rq->arena, "{\"provider_id\":%" PRId64 ",\"state_hash\":\"%s\",\"binding_hash\":\"%s\"}",
			     provider->provider_id, state_hash, binding_hash);
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_oidc_take", args);
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	kept = json == NULL ? NULL : json_loadb(json, length, 0, NULL);
	if (json_object_get(kept, "nonce") != NULL) {
		*nonce_r = ebb_arena_strdup(rq->arena, json_string_value(json_object_get(kept, "nonce")));
		*verifier_r = ebb_arena_strdup(rq->arena, json_string_value(json_object_get(kept, "verifier")));
	}
	json_decref(kept);
	return EBB_OK;
}

/* RFC 9207: whose answer it is, where the provider says so. */
static bool
is_own_answer(const struct ebb_oidc_doc *doc, const struct answer *answer)
{
	return answer->issuer == NULL ? !doc->has_issuer_in_answer : strcmp(answer->issuer, doc->issuer) == 0;
}

static enum ebb_rc
redeem(struct ebb_rq *rq, const struct ebb_oidc_ask *ask, const struct answer *answer, const char *nonce, const char *verifier,
       struct ebb_oidc_person *person)
{
	const struct ebb_oidc_doc *doc = NULL;

	EBB_TRY(ebb_oidc_discover(ask, &doc));
	if (!is_own_answer(doc, answer))
		return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "The answer is of another issuer (iss).");
	if (answer->code == NULL)
		return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "The provider says %.60s.",
				answer->error == NULL ? "nothing" : answer->error);
	return ebb_oidc_redeem(ask, answer->code, nonce, verifier, redirect_uri(rq, ask->provider), person);
}

enum ebb_rc
ebb_session_oidc_callback(struct ebb_rq *rq)
{
	const char *nonce, *verifier;
	struct ebb_oidc_person person;
	struct ebb_provider provider;
	struct ebb_oidc_ask ask;
	struct answer answer;
	struct ebb_str facts;
	enum ebb_rc rc;

	EBB_TRY(look_up(rq, &provider, &ask));
	read_answer(rq, &answer);
	EBB_TRY(take(rq, &provider, answer.state, &nonce, &verifier));
	if (nonce == NULL)
		return give_up(rq, &provider, "expired");
	rc = redeem(rq, &ask, &answer, nonce, verifier, &person);
	if (rc != EBB_OK)
		return give_up(rq, &provider, rc == EBB_E_UNAVAILABLE ? "unavailable" : "refused");
	ebb_str_init(&facts, rq->arena, 512);
	ebb_vouch_facts(&facts, person.subject, person.facts.name, person.facts.email, person.facts.is_email_verified,
			person.facts.groups_json);
	set_binding(rq, "");
	return ebb_vouch_open(rq, &provider, ebb_str_done(&facts));
}
