/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: signing in because somebody else vouches for a person: the handlers of /api/v1/session/providers,
 *          /session/oidc/... and /session/proxy, and the directory's part of POST /session.
 * Memory:  the request's arena.
 * Must not know: what a person may do; the database says who it is.
 */
#ifndef EBB_AUTH_VOUCH_H
#define EBB_AUTH_VOUCH_H

#include "auth/provider.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

struct ebb_rq;

/* ---- handlers ---- */

enum ebb_rc ebb_session_providers(struct ebb_rq *rq);     /* proxy.c */
enum ebb_rc ebb_session_proxy(struct ebb_rq *rq);         /* proxy.c */
enum ebb_rc ebb_session_oidc_begin(struct ebb_rq *rq);    /* oidc_sign_in.c */
enum ebb_rc ebb_session_oidc_callback(struct ebb_rq *rq); /* oidc_sign_in.c */

/* ---- shared ---- */

/* The active provider of that kind, by number or (code not NULL) by code; 404 when there is none. */
EBB_MUST enum ebb_rc ebb_vouch_provider(struct ebb_rq *rq, const char *kind, int64_t provider_id, const char *code,
					struct ebb_provider *provider);
/* `"facts":{...}` without braces around. */
void ebb_vouch_facts(struct ebb_str *args, const char *subject, const char *name, const char *email, bool is_email_verified,
		     const char *groups_json);
/* Opens the session, sets its cookie and sends the browser to the page; or says there why not. facts is what ebb_vouch_facts made. */
EBB_MUST enum ebb_rc ebb_vouch_open(struct ebb_rq *rq, const struct ebb_provider *provider, const char *facts);
/* 303 to the page, which says what reason means: refused, unknown, expired, unavailable. */
EBB_MUST enum ebb_rc ebb_vouch_back(struct ebb_rq *rq, const char *reason);

/* ---- directory.c ---- */

struct ebb_directory {
	bool is_proved;   /* the directory has accepted the pass-phrase, and its word counts */
	const char *args; /* then: `"provider_id":N,"facts":{...}` */
};
/* Asks the directory that is responsible for an address, if there is one. When it is away nothing is proved, and nothing is
 * refused either: accounts of the desk's own go on. */
EBB_MUST enum ebb_rc ebb_directory_ask(struct ebb_rq *rq, const char *email, const char *password, const char *provider,
				       struct ebb_directory *directory);

#endif
