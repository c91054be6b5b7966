/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: sessions: the handlers of /api/v1/session and below, and what every way to sign in shares: a new token, what
 *          the database keeps of it, the cookie.
 * Memory:  the request's arena; pass-phrases, tokens and proofs are wiped as soon as they are used.
 * Must not know: who the person is and what they may do; the database says.
 */
#ifndef EBB_AUTH_SESSION_H
#define EBB_AUTH_SESSION_H

#include "auth/token.h"
#include "base/err.h"
#include "base/str.h"
#include "db/call.h"

struct ebb_rq;

/* ---- handlers ---- */

enum ebb_rc ebb_session_open(struct ebb_rq *rq);           /* login.c */
enum ebb_rc ebb_session_close(struct ebb_rq *rq);          /* session.c */
enum ebb_rc ebb_session_password(struct ebb_rq *rq);       /* account.c, and those below */
enum ebb_rc ebb_session_totp(struct ebb_rq *rq);
enum ebb_rc ebb_session_totp_confirm(struct ebb_rq *rq);
enum ebb_rc ebb_session_totp_remove(struct ebb_rq *rq);
enum ebb_rc ebb_session_reset(struct ebb_rq *rq);          /* invite.c */
enum ebb_rc ebb_session_redeem(struct ebb_rq *rq);

/* ---- shared by the ways to sign in ---- */

struct ebb_session {
	char token[EBB_TOKEN_TEXT];
	char hash[EBB_TOKEN_HASH];
};

EBB_MUST enum ebb_rc ebb_session_new(struct ebb_rq *rq, struct ebb_session *session);
/* `"token":...,"hours":...,"idle_s":...,"user_agent":...,"network":...,"previous":...`: what fn.session_begin() takes,
 * without braces. */
void ebb_session_args(struct ebb_rq *rq, const struct ebb_session *session, struct ebb_str *args);
/* Sets the cookie and wipes the token. */
void ebb_session_cookie(struct ebb_rq *rq, struct ebb_session *session);
/* The same, and answers with the session object the database gave. */
EBB_MUST enum ebb_rc ebb_session_reply(struct ebb_rq *rq, struct ebb_session *session, const char *json, size_t length);
/* A call of api.<fn> within the request's deadline; without api.enter. */
struct ebb_db_call ebb_session_call(struct ebb_rq *rq, enum ebb_db_kind kind, const char *fn, const char *args);
/* For calls with api.enter: who asks. No Idempotency-Key: these answers hold secrets and are not kept. */
struct ebb_db_enter ebb_session_enter(const struct ebb_rq *rq);

#endif
