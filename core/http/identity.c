/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: who presents what: the token of the Authorization header or of the session cookie, as its hash;
 *          and whether a browser sends this on behalf of another site.
 * Memory:  the hash in the request; the token itself is copied nowhere.
 * Must not know: whose token it is (the database does), how tokens are made (core/auth).
 */
#include "http/rq.h"

#include <inttypes.h>
#include <strings.h>

#define TOKEN_LENGTH 47 /* ebb_ and 43 characters of base64url */
#define CSRF_CONTEXT "ebb csrf " /* as fn.csrf_token() has it */
#define BASE64URL    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* The prefix binds the cookie to this very host over TLS; plain HTTP (a trial on loopback) cannot have it. */
static const char *
cookie_name(const struct ebb_rq *rq)
{
	return rq->opts->is_cookie_secure ? "__Host-ebb" : "ebb_session";
}

static bool
is_token(const char *text, size_t length)
{
	return length == TOKEN_LENGTH && memcmp(text, "ebb_", 4) == 0 && strspn(text + 4, BASE64URL) >= 43;
}

static void
hash_token(char hash[EBB_HASH_HEX], const char *token)
{
	const struct ebb_hash_part part = { token, TOKEN_LENGTH };

	ebb_hash_hex(hash, &part, 1);
}

/* The value of our cookie, wherever it stands in the header. */
static const char *
find_cookie(const struct ebb_rq *rq, size_t *length_r)
{
	const char *at = rq->head.cookie, *name = cookie_name(rq);
	size_t length = strlen(name);

	while (at != NULL && *at != '\0') {
		at += strspn(at, " ;\t");
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			*length_r = strcspn(at + length + 1, "; \t");
			return at + length + 1;
		}
		at = strchr(at, ';');
	}
	return NULL;
}

/* "https://desk.example:8443" against our public address, or against the host that was asked for. */
static bool
is_own_origin(const struct ebb_rq *rq)
{
	const char *origin = rq->head.origin, *host, *own = rq->opts->public_url;
	size_t length = strlen(origin);

	if (own != NULL && strncasecmp(own, origin, length) == 0 && (own[length] == '\0' || own[length] == '/'))
		return true;
	host = strstr(origin, "://");
	return host != NULL && rq->head.host != NULL && strcasecmp(host + 3, rq->head.host) == 0;
}

/* True when the browser says that the call comes from our own page; *is_silent_r when it says nothing. */
static bool
is_same_site(const struct ebb_rq *rq, bool *is_silent_r)
{
	const char *site = rq->head.sec_fetch_site;

	*is_silent_r = site == NULL && rq->head.origin == NULL;
	if (site != NULL)
		return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
	return rq->head.origin != NULL && is_own_origin(rq);
}

static enum ebb_rc
check_site(struct ebb_rq *rq)
{
	bool is_silent;

	if (rq->method == EBB_GET || is_same_site(rq, &is_silent))
		return EBB_OK;
	/* Signing in needs no cookie, so a script may; but no foreign page may sign people in. */
	if (is_silent && !rq->is_by_cookie)
		return EBB_OK;
	return ebb_fail(&rq->err, EBB_E_FORBIDDEN,
			"A change by session cookie must come from the desk's own page; scripts use a token.");
}

/* A browser adds the cookie to whatever is sent; only our own page has read what belongs into this header. */
static enum ebb_rc
check_csrf(struct ebb_rq *rq)
{
	const struct ebb_hash_part parts[] = { { CSRF_CONTEXT, sizeof CSRF_CONTEXT - 1 },
					       { rq->token_hash, EBB_HASH_HEX - 1 } };
	char wanted[EBB_HASH_HEX];

	if (rq->method == EBB_GET)
		return EBB_OK;
	ebb_hash_hex(wanted, parts, EBB_COUNT(parts));
	if (ebb_hash_is_equal(wanted, rq->head.csrf))
		return EBB_OK;
	ebb_err_item(&rq->err, "X-Ebb-Csrf", "A change by session cookie sends the session's csrf_token in this header.");
	return ebb_fail_items(&rq->err, EBB_E_FORBIDDEN,
			      "A change by session cookie needs the header X-Ebb-Csrf: GET /api/v1/session tells its value.");
}

bool
ebb_identity_cookie_hash(const struct ebb_rq *rq, char hash[EBB_HASH_HEX])
{
	size_t length = 0;
	const char *token = find_cookie(rq, &length);

	if (token == NULL || !is_token(token, length))
		return false;
	hash_token(hash, token);
	return true;
}

enum ebb_rc
ebb_identity_read(struct ebb_rq *rq)
{
	const char *given = rq->head.authorization;

	/* What is open to anyone asks for no credentials, so foreign ones (a proxy's) cannot be wrong there. */
	if (rq->route->access == EBB_ANYONE)
		return check_site(rq);
	if (given != NULL) {
		if (strncasecmp(given, "Bearer ", 7) != 0)
			return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "Authorization takes a bearer token.");
		given += 7 + strspn(given + 7, " ");
		if (!is_token(given, strlen(given)))
			return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "This is not a token of this desk.");
		hash_token(rq->token_hash, given);
		return EBB_OK;
	}
	rq->is_by_cookie = ebb_identity_cookie_hash(rq, rq->token_hash);
	if (!rq->is_by_cookie)
		return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "Sign in, or send a token.");
	EBB_TRY(check_site(rq));
	return check_csrf(rq);
}

void
ebb_identity_cookie(struct ebb_rq *rq, const char *token, int64_t max_age_s)
{
	ebb_reply_header(rq, "Set-Cookie",
			 ebb_arena_printf(rq->arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s; Max-Age=%" PRId64,
					  cookie_name(rq), token == NULL ? "" : token,
					  rq->opts->is_cookie_secure ? "; Secure" : "", token == NULL ? 0 : max_age_s));
}
