/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the authorisation code flow with PKCE at one OpenID provider (OpenID Connect Core 1.0, RFC 7636, RFC 9700): where to
 *          send the browser, what its code is worth, and whether the answer may be believed.
 * Memory:  what is asked hangs on the caller's arena; documents and key sets are kept per process, for a few providers.
 * Must not know: persons, the database, cookies.
 */
#ifndef EBB_AUTH_OIDC_H
#define EBB_AUTH_OIDC_H

#include "auth/oidc_doc.h"
#include "auth/provider.h"

#define EBB_OIDC_SECRET 44 /* 32 random bytes in base64url, NUL */

struct ebb_oidc_ask {
	const struct ebb_provider *provider; /* its secret opened */
	int64_t deadline_us;                 /* monotonic */
	struct ebb_arena *arena;
	struct ebb_err *err;
};

/* What is kept between sending the browser away and its coming back. */
struct ebb_oidc_trip {
	char state[EBB_OIDC_SECRET], nonce[EBB_OIDC_SECRET], verifier[EBB_OIDC_SECRET];
};
EBB_MUST enum ebb_rc ebb_oidc_secret(char text[EBB_OIDC_SECRET], struct ebb_err *err);

/* The provider's own words, at most an hour old. EBB_E_UNAVAILABLE: it cannot be asked, and is left alone for some seconds. */
EBB_MUST enum ebb_rc ebb_oidc_discover(const struct ebb_oidc_ask *ask, const struct ebb_oidc_doc **doc_r);
/* Its keys, fetched anew: how many (for a test). */
EBB_MUST enum ebb_rc ebb_oidc_keys(const struct ebb_oidc_ask *ask, size_t *count_r);

/* Address the browser is sent to. */
const char *ebb_oidc_url(const struct ebb_oidc_ask *ask, const struct ebb_oidc_doc *doc, const struct ebb_oidc_trip *trip,
			 const char *redirect_uri);

struct ebb_oidc_person {
	const char *subject;
	struct ebb_oidc_facts facts;
};
/* Code for tokens, tokens for claims. EBB_E_UNAUTHENTICATED: not to be believed; the sentence is for the log. */
EBB_MUST enum ebb_rc ebb_oidc_redeem(const struct ebb_oidc_ask *ask, const char *code, const char *nonce, const char *verifier,
				     const char *redirect_uri, struct ebb_oidc_person *person);

#endif
