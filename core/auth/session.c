/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see session.h: what does not depend on how somebody signs in.
 * Memory:  the request's arena.
 * Must not know: pass-phrases, providers.
 */
#include "auth/session.h"

#include "auth/network.h"
#include "auth/password.h"
#include "conf/conf.h"
#include "http/reply.h"
#include "http/rq.h"

struct ebb_db_call
ebb_session_call(struct ebb_rq *rq, enum ebb_db_kind kind, const char *fn, const char *args)
{
	return (struct ebb_db_call){
		.kind = kind,
		.fn = fn,
		.args = args,
		.deadline_us = rq->deadline_us,
		.log = &rq->log,
		.arena = rq->arena,
		.err = &rq->err,
		.waited_us = &rq->db_us,
	};
}

struct ebb_db_enter
ebb_session_enter(const struct ebb_rq *rq)
{
	return (struct ebb_db_enter){
		.token_hash = rq->token_hash[0] == '\0' ? NULL : rq->token_hash,
		.request_id = rq->request_id,
	};
}

enum ebb_rc
ebb_session_new(struct ebb_rq *rq, struct ebb_session *session)
{
	return ebb_token_new(session->token, session->hash, &rq->err);
}

void
ebb_session_args(struct ebb_rq *rq, const struct ebb_session *session, struct ebb_str *args)
{
	char network[EBB_NETWORK_TEXT], previous[EBB_HASH_HEX];

	ebb_network_of(network, rq->head.remote_addr);
	ebb_str_printf(args, "\"token\":\"%s\",\"hours\":%d,\"idle_s\":%d,\"network\":", session->hash,
		       rq->conf->session_hours, rq->conf->session_idle_minutes * 60);
	ebb_str_json(args, network);
	ebb_str_add(args, ",\"request_id\":");
	ebb_str_json(args, rq->request_id);
	ebb_str_add(args, ",\"user_agent\":");
	ebb_str_json(args, rq->head.user_agent);
	if (ebb_identity_cookie_hash(rq, previous))
		ebb_str_printf(args, ",\"previous\":\"%s\"", previous);
}

void
ebb_session_cookie(struct ebb_rq *rq, struct ebb_session *session)
{
	ebb_identity_cookie(rq, session->token, (int64_t)rq->conf->session_hours * 3600);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	ebb_secret_wipe(session->token, sizeof session->token);
}

enum ebb_rc
ebb_session_reply(struct ebb_rq *rq, struct ebb_session *session, const char *json, size_t length)
{
	ebb_session_cookie(rq, session);
	return ebb_reply_json(rq, rq->route->status, json, length);
}

enum ebb_rc
ebb_session_close(struct ebb_rq *rq)
{
	const struct ebb_db_enter enter = ebb_session_enter(rq);
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_close", "{}");
	const char *json;
	size_t length;

	call.enter = &enter;
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_identity_cookie(rq, NULL, 0);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_empty(rq, rq->route->status);
}
