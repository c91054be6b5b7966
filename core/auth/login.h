/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: steps of proving a pass-phrase, for signing in and for changes of how somebody signs in.
 * Memory:  the request's arena; the caller wipes what it was given.
 * Must not know: what the proof is for.
 */
#ifndef EBB_AUTH_LOGIN_H
#define EBB_AUTH_LOGIN_H

#include "auth/password.h"
#include "auth/vouch.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_rq;

struct ebb_login {
	const char *email, *password;
	const char *code, *new_password; /* NULL: not given */
	const char *provider; /* code of a directory; NULL: not given */
	bool must_tell; /* a change by who is signed in: what is wrong is said of /password, as 422 */
	/* filled by ebb_login_prove() */
	struct ebb_directory directory; /* whether a directory has accepted it */
	struct ebb_password_cost cost;
	char proof[EBB_PROOF_HEX];
	int64_t person_id;
	const char *person_name;
	bool must_change;
	const char *totp; /* sealed secret; NULL: no codes */
};

/* Counts the attempt, derives, asks.  429 with Retry-After; 401 (or 422) for whatever is not right, known or not. */
EBB_MUST enum ebb_rc ebb_login_prove(struct ebb_rq *rq, struct ebb_login *login);
/* `"email":...,"proof":...`, without braces. */
void ebb_login_args(const struct ebb_login *login, struct ebb_str *args);
/* `,"network":...,"request_id":...`: where the request comes from, and how logs name it. */
void ebb_login_network(const struct ebb_rq *rq, struct ebb_str *args);
/* `,"step":N` or `,"recovery":"..."` for what was typed; nothing when it is no code of this person's. */
EBB_MUST enum ebb_rc ebb_login_code(struct ebb_rq *rq, const struct ebb_login *login, struct ebb_str *args);
/* Refuses a new pass-phrase that is too weak (422 /new_password). name may be NULL. */
EBB_MUST enum ebb_rc ebb_login_judge(struct ebb_rq *rq, const char *phrase, const char *email, const char *name);
/* `,"<member>":{salt, opslimit, memlimit, verifier}` at today's cost: what fn.password_set() takes. */
EBB_MUST enum ebb_rc ebb_login_derive_new(struct ebb_rq *rq, const char *phrase, const char *member, struct ebb_str *args);
void ebb_login_wipe(struct ebb_rq *rq, struct ebb_login *login);

#endif
