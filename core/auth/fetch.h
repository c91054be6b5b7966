/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one bounded request to an OpenID provider: over TLS with verification, no redirect, a few seconds, a few
 *          hundred kilobytes. Plain HTTP is for this very machine only.
 * Memory:  the caller's arena.
 * Must not know: what is asked and what the answer means.
 */
#ifndef EBB_AUTH_FETCH_H
#define EBB_AUTH_FETCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EBB_FETCH_BYTES_MOST ((size_t)256 << 10)
#define EBB_FETCH_LIMIT_MS 4000

struct ebb_fetch {
	const char *url;
	const char *form;           /* application/x-www-form-urlencoded: a POST; NULL: a GET */
	const char *user, *password; /* Basic; NULL: none */
	const char *bearer;         /* NULL: none */
	const char *ca_file;        /* whom to believe instead of the system's authorities; NULL or "": those */
	const char *through;        /* a forward proxy's address; NULL or "": none, whatever the environment says */
	int limit_ms;               /* 0: EBB_FETCH_LIMIT_MS */
};

struct ebb_fetched {
	int status;
	const char *body;
	size_t length;
};

/* https with a host, or http to this machine; no user, no fragment, nothing a header could be split with. */
bool ebb_fetch_is_url(const char *url);
/* Any HTTP status is an answer; EBB_E_UNAVAILABLE with a sentence when there was none. */
EBB_MUST enum ebb_rc ebb_fetch(const struct ebb_fetch *fetch, struct ebb_fetched *fetched, struct ebb_arena *arena,
			       struct ebb_err *err);
/* Adds &name=value (or name=value to an empty text), percent-encoded. */
struct ebb_str;
void ebb_fetch_pair(struct ebb_str *out, const char *name, const char *value);

#endif
