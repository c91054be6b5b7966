/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: an identity token of an OpenID provider (a JWT, RFC 7519, signed as RFC 7515 says), from text to claims that may
 *          be believed. Three steps, in this order: read, verify, claims. Each refuses with a sentence for the log.
 * Memory:  the caller's arena; jansson's trees hang on it.
 * Must not know: where token and keys come from, persons, the database.
 */
#ifndef EBB_AUTH_JWT_H
#define EBB_AUTH_JWT_H

#include "base/err.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define EBB_JWT_BYTES_MOST 16384
#define EBB_JWT_LEEWAY_S 60 /* how far two clocks may differ */
#define EBB_JWT_AGE_MOST_S 600 /* it has just been fetched: an older one is somebody's copy */

struct ebb_jwt {
	const char *header64, *claims64, *signature64; /* as sent */
	const char *alg, *kid;                         /* kid: NULL without one */
	const json_t *claims;
};

/* Shape and header only: nothing in it may be believed yet. RS256 and ES256; whatever says where a key lies is refused. */
EBB_MUST enum ebb_rc ebb_jwt_read(struct ebb_jwt *jwt, const char *text, size_t length, struct ebb_arena *arena,
				  struct ebb_err *err);

enum ebb_jwt_key {
	EBB_JWT_GOOD,   /* signed by a key of the set */
	EBB_JWT_NO_KEY, /* the set has none of this name and kind: it may be older than the token */
	EBB_JWT_FORGED, /* there is a key, and the signature is not its */
};
enum ebb_jwt_key ebb_jwt_verify(const struct ebb_jwt *jwt, const json_t *key_set);
/* A key set (RFC 7517) as it was fetched: an object with an array of keys. NULL in *set_r on failure. */
EBB_MUST enum ebb_rc ebb_jwt_key_set(json_t **set_r, const char *text, size_t length, struct ebb_err *err);

struct ebb_jwt_want {
	const char *issuer, *client_id, *nonce;
	int64_t now_s;
};
/* iss, aud, azp, exp, nbf, iat, nonce, sub. *subject_r is at most 255 bytes without control characters. */
EBB_MUST enum ebb_rc ebb_jwt_claims(const struct ebb_jwt *jwt, const struct ebb_jwt_want *want, const char **subject_r,
				    struct ebb_err *err);

#endif
