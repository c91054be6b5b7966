/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see oidc_doc.h.
 * Memory:  the caller's arena; jansson's trees are freed before returning.
 * Must not know: how it was fetched, persons, the database.
 */
#include "auth/oidc_doc.h"

#include "auth/fetch.h"
#include "base/str.h"
#include "base/utf8.h"

#include <string.h>
#include <strings.h>

#define TOKEN_MOST 16384
#define NAME_MOST 200
#define EMAIL_MOST 254
#define GROUP_MOST 255

/* The member's text, when it is an address that may be asked. */
static const char *
address(const json_t *doc, const char *name, struct ebb_arena *arena)
{
	const char *text = json_string_value(json_object_get(doc, name));

	return text != NULL && ebb_fetch_is_url(text) ? ebb_arena_strdup(arena, text) : NULL;
}

/* True when it does not say which it can, or names the one we use. */
static bool
can(const json_t *doc, const char *name, const char *word)
{
	const json_t *list = json_object_get(doc, name), *one;
	size_t i;

	if (list == NULL)
		return true;
	json_array_foreach((json_t *)(uintptr_t)list, i, one)
		if (json_is_string(one) && strcmp(json_string_value(one), word) == 0)
			return true;
	return false;
}

static enum ebb_rc
read_doc(struct ebb_oidc_doc *doc, const json_t *json, const char *issuer, struct ebb_arena *arena, struct ebb_err *err)
{
	const char *says = json_string_value(json_object_get(json, "issuer"));

	if (says == NULL || strcmp(says, issuer) != 0)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "The discovery document is of issuer %.200s, and %.200s was configured.",
				says == NULL ? "(none)" : says, issuer);
	*doc = (struct ebb_oidc_doc){
		.issuer = ebb_arena_strdup(arena, issuer),
		.authorization_endpoint = address(json, "authorization_endpoint", arena),
		.token_endpoint = address(json, "token_endpoint", arena),
		.jwks_uri = address(json, "jwks_uri", arena),
		.userinfo_endpoint = address(json, "userinfo_endpoint", arena),
		.has_issuer_in_answer = json_is_true(json_object_get(json, "authorization_response_iss_parameter_supported")),
	};
	if (doc->authorization_endpoint == NULL || doc->token_endpoint == NULL || doc->jwks_uri == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE,
				"The discovery document of %.200s lacks authorization_endpoint, token_endpoint or jwks_uri, or one of "
				"them is no https address.",
				issuer);
	if (!can(json, "response_types_supported", "code"))
		return ebb_fail(err, EBB_E_UNAVAILABLE, "%.200s does not offer the authorisation code flow.", issuer);
	if (!can(json, "id_token_signing_alg_values_supported", "RS256") &&
	    !can(json, "id_token_signing_alg_values_supported", "ES256"))
		return ebb_fail(err, EBB_E_UNAVAILABLE, "%.200s signs its tokens neither by RS256 nor by ES256.", issuer);
	return EBB_OK;
}

enum ebb_rc
ebb_oidc_doc_read(struct ebb_oidc_doc *doc, const char *text, size_t length, const char *issuer, struct ebb_arena *arena,
		  struct ebb_err *err)
{
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	enum ebb_rc rc;

	if (!json_is_object(json))
		rc = ebb_fail(err, EBB_E_UNAVAILABLE, "The discovery document of %.200s is no JSON object.", issuer);
	else
		rc = read_doc(doc, json, issuer, arena, err);
	json_decref(json);
	return rc;
}

static const char *
token(const json_t *json, const char *name, struct ebb_arena *arena)
{
	const json_t *text = json_object_get(json, name);

	if (!json_is_string(text) || json_string_length(text) == 0 || json_string_length(text) > TOKEN_MOST)
		return NULL;
	/* It goes into a header of ours. */
	for (const char *at = json_string_value(text); *at != '\0'; at++)
		if (*at <= ' ' || *at >= 0x7f)
			return NULL;
	return ebb_arena_strdup(arena, json_string_value(text));
}

enum ebb_rc
ebb_oidc_tokens_read(struct ebb_oidc_tokens *tokens, const char *text, size_t length, struct ebb_arena *arena,
		     struct ebb_err *err)
{
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	const char *type = json_string_value(json_object_get(json, "token_type"));

	*tokens = (struct ebb_oidc_tokens){
		.id_token = token(json, "id_token", arena),
		.access_token = type != NULL && strcasecmp(type, "bearer") == 0 ? token(json, "access_token", arena) : NULL,
	};
	json_decref(json);
	if (tokens->id_token == NULL)
		return ebb_fail(err, EBB_E_UNAUTHENTICATED, "The provider's answer to the code holds no identity token.");
	return EBB_OK;
}

/* ---- what is said of a person ---- */

static const json_t *
claim(const json_t *claims, const json_t *info, const char *name)
{
	const json_t *value = json_object_get(claims, name);

	return value == NULL ? json_object_get(info, name) : value;
}

static bool
is_line(const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
		if (*at < 0x20 || *at == 0x7f)
			return false;
	return *text != '\0';
}

static const char *
line(const json_t *value, size_t most, struct ebb_arena *arena)
{
	const char *text = json_string_value(value);

	return text != NULL && is_line(text) && ebb_utf8_count(text, strlen(text)) <= most ? ebb_arena_strdup(arena, text) : NULL;
}

/* A single group may come as a text. */
static const char *
groups(const json_t *value, struct ebb_arena *arena)
{
	struct ebb_str out;
	unsigned count = 0;
	size_t i;
	const json_t *one;

	if (!json_is_array(value) && !json_is_string(value))
		return NULL;
	ebb_str_init(&out, arena, 256);
	ebb_str_char(&out, '[');
	if (json_is_string(value) && line(value, GROUP_MOST, arena) != NULL)
		ebb_str_json(&out, json_string_value(value));
	json_array_foreach((json_t *)(uintptr_t)value, i, one) {
		if (line(one, GROUP_MOST, arena) == NULL || count == EBB_GROUPS_MOST)
			continue;
		if (count++ > 0)
			ebb_str_char(&out, ',');
		ebb_str_json(&out, json_string_value(one));
	}
	ebb_str_char(&out, ']');
	return ebb_str_done(&out);
}

void
ebb_oidc_facts_read(struct ebb_oidc_facts *facts, const json_t *claims, const json_t *info, const char *groups_claim,
		    struct ebb_arena *arena)
{
	const json_t *source = json_object_get(claims, "email") != NULL ? claims : info;
	const char *email = line(json_object_get(source, "email"), EMAIL_MOST, arena);

	*facts = (struct ebb_oidc_facts){
		.name = line(claim(claims, info, "name"), NAME_MOST, arena),
		.email = email != NULL && strchr(email, '@') != NULL && strchr(email, ' ') == NULL ? email : NULL,
		/* Said of this very address, by whoever said the address. */
		.is_email_verified = json_is_true(json_object_get(source, "email_verified")),
		.groups_json = groups(claim(claims, info, groups_claim), arena),
	};
}
