/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one request from route to reply: the order of the steps, and what becomes of their errors.
 * Memory:  the request's arena.
 * Must not know: FastCGI, what the routes mean.
 */
#include "api/api.h"

#include "auth/session.h"
#include "auth/vouch.h"
#include "http/args.h"
#include "http/encode.h"
#include "http/rq.h"
#include "plugin/dispatch.h"

/* The second use of routes.def: its handlers, in the order of ebb_routes. */
#define ebb_api_session_open  ebb_session_open
#define ebb_api_session_close ebb_session_close
#define ebb_api_session_password ebb_session_password
#define ebb_api_session_totp ebb_session_totp
#define ebb_api_session_totp_confirm ebb_session_totp_confirm
#define ebb_api_session_totp_remove ebb_session_totp_remove
#define ebb_api_session_reset ebb_session_reset
#define ebb_api_session_redeem ebb_session_redeem
#define ebb_api_session_providers ebb_session_providers
#define ebb_api_session_proxy ebb_session_proxy
#define ebb_api_session_oidc_begin ebb_session_oidc_begin
#define ebb_api_session_oidc_callback ebb_session_oidc_callback
static ebb_handler *const handlers[] = {
#define ROUTE(fn, method, path, kind, status, access, handler, schema, flags, fields, text) ebb_api_##handler,
#include "http/routes.def"
#undef ROUTE
};

_Static_assert(EBB_COUNT(handlers) <= EBB_DISPATCH_OPERATIONS, "every route has its place among the hooks");

void (*ebb_api_routed_hook)(struct ebb_rq *rq);

/* The place of the plugins before a change; costs one compare when none wants it. */
static enum ebb_rc
ask_plugins(struct ebb_rq *rq)
{
	unsigned operation = ebb_route_index(rq->route);
	struct ebb_hook_call call;

	if (rq->route->kind != EBB_ROUTE_WRITE || !ebb_dispatch_wants(EBB_HOOK_BEFORE, operation))
		return EBB_OK;
	call = (struct ebb_hook_call){
		.hook = EBB_HOOK_BEFORE,
		.operation = operation,
		.name = rq->route->fn,
		.args = rq->args,
		.ticket_id = strstr(rq->route->pattern, "{ticket_id}") != NULL ? rq->path_ids[0] : 0,
		.deadline_us = rq->deadline_us,
		.arena = rq->arena,
		.err = &rq->err,
	};
	EBB_TRY(ebb_dispatch_call(&call));
	if (call.args_out != NULL)
		rq->args = call.args_out;
	return EBB_OK;
}

static enum ebb_rc
serve(struct ebb_rq *rq)
{
	EBB_TRY(ebb_route_find(rq));
	if (ebb_api_routed_hook != NULL)
		ebb_api_routed_hook(rq);
	EBB_TRY(ebb_identity_read(rq));
	EBB_TRY(ebb_args_collect(rq));
	EBB_TRY(ask_plugins(rq));
	return handlers[ebb_route_index(rq->route)](rq);
}

/* The database has answered this request before: the same status and body again. */
static void
replay(struct ebb_rq *rq)
{
	const char *body = rq->err.replay_body == NULL ? "" : rq->err.replay_body;
	size_t length = strlen(body);

	ebb_reply_clear(&rq->reply);
	ebb_reply_header(rq, "Idempotent-Replayed", "true");
	ebb_reply_header(rq, "Cache-Control", "no-store");
	ebb_etag_from_json(rq, body, length);
	body = ebb_encode_object(rq->arena, body, &length);
	(void)ebb_reply_json(rq, rq->err.replay_status, body, length);
}

void
ebb_api_serve(struct ebb_rq *rq)
{
	enum ebb_rc rc = serve(rq);

	if (rc == EBB_OK)
		rc = ebb_note_export(rq);
	else
		ebb_note_refusal(rq);
	EBB_ASSERT(rc == EBB_OK || rc == rq->err.rc);
	if (rc == EBB_E_REPLAY)
		replay(rq);
	else if (rc != EBB_OK)
		ebb_problem(rq);
	EBB_ASSERT(rq->reply.status != 0);
}
