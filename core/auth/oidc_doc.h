/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what an OpenID provider says of itself (OpenID Connect Discovery 1.0, RFC 8414) and what it hands out for a code
 *          (RFC 6749, 5.1), read and bounded.
 * Memory:  the caller's arena.
 * Must not know: how it was fetched, persons, the database.
 */
#ifndef EBB_AUTH_OIDC_DOC_H
#define EBB_AUTH_OIDC_DOC_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct ebb_oidc_doc {
	const char *issuer, *authorization_endpoint, *token_endpoint, *jwks_uri;
	const char *userinfo_endpoint; /* NULL: it has none */
	bool has_issuer_in_answer;     /* RFC 9207: the browser's answer says whose it is */
};

/* issuer is the one that was configured: another one's document is refused. */
EBB_MUST enum ebb_rc ebb_oidc_doc_read(struct ebb_oidc_doc *doc, const char *text, size_t length, const char *issuer,
				       struct ebb_arena *arena, struct ebb_err *err);

struct ebb_oidc_tokens {
	const char *id_token;
	const char *access_token; /* NULL: none that could be used */
};
EBB_MUST enum ebb_rc ebb_oidc_tokens_read(struct ebb_oidc_tokens *tokens, const char *text, size_t length,
					  struct ebb_arena *arena, struct ebb_err *err);

/* What claims (of the token, then of the userinfo answer; either may be NULL) say of a person. */
struct ebb_oidc_facts {
	const char *name, *email; /* NULL: not said, or nothing that could be one */
	bool is_email_verified;
	const char *groups_json; /* an array of texts, at most EBB_GROUPS_MOST; NULL: not said */
};
#define EBB_GROUPS_MOST 1000
void ebb_oidc_facts_read(struct ebb_oidc_facts *facts, const json_t *claims, const json_t *info, const char *groups_claim,
			 struct ebb_arena *arena);

#endif
