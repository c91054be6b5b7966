/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which ways to sign in there are, and the way by a trusted proxy: nginx says who it is in the FastCGI parameter
 *          EBB_USER, whose name no header can have. Off unless proxy_provider names a provider.
 * Memory:  the request's arena.
 * Must not know: how the proxy came to know.
 */
#include "auth/vouch.h"

#include "auth/session.h"
#include "conf/conf.h"
#include "http/reply.h"
#include "http/rq.h"

#include <string.h>

#define USER_MOST 255

/* NULL: nobody, or no proxy is trusted. */
static const char *
user_of(const struct ebb_rq *rq)
{
	const char *user = rq->head.proxy_user;

	if (rq->conf->proxy_provider[0] == '\0' || user == NULL || user[0] == '\0' || strlen(user) > USER_MOST)
		return NULL;
	return user;
}

enum ebb_rc
ebb_session_providers(struct ebb_rq *rq)
{
	const char *json, *args = user_of(rq) == NULL ? "{}" : "{\"has_proxy\":true}";
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_providers", args);
	size_t length;

	call.is_read = true;
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, rq->route->status, json, length);
}

enum ebb_rc
ebb_session_proxy(struct ebb_rq *rq)
{
	const char *user = user_of(rq);
	struct ebb_provider provider;
	struct ebb_str facts;

	if (user == NULL)
		return ebb_fail(&rq->err, EBB_E_NOT_FOUND, "There is no such way to sign in.");
	EBB_TRY(ebb_vouch_provider(rq, "proxy", 0, rq->conf->proxy_provider, &provider));
	ebb_str_init(&facts, rq->arena, 256);
	ebb_vouch_facts(&facts, user, NULL, strcmp(ebb_provider_setting(&provider, "subject_is_email"), "true") == 0 ? user : NULL, true,
			NULL);
	return ebb_vouch_open(rq, &provider, ebb_str_done(&facts));
}
