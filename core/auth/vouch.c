/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see vouch.h: what OpenID providers, proxies and directories share.
 * Memory:  the request's arena.
 * Must not know: how somebody else came to vouch.
 */
#include "auth/vouch.h"

#include "auth/session.h"
#include "base/log.h"
#include "http/reply.h"
#include "http/rq.h"

#include <inttypes.h>
#include <string.h>

#define SEE_OTHER 303

enum ebb_rc
ebb_vouch_provider(struct ebb_rq *rq, const char *kind, int64_t provider_id, const char *code, struct ebb_provider *provider)
{
	struct ebb_str args;
	const char *json;
	size_t length;

	ebb_str_init(&args, rq->arena, 128);
	ebb_str_printf(&args, "{\"provider_kind\":\"%s\"", kind);
	if (code != NULL) {
		ebb_str_add(&args, ",\"provider_code\":");
		ebb_str_json(&args, code);
	} else {
		ebb_str_printf(&args, ",\"provider_id\":%" PRId64, provider_id);
	}
	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_provider", ebb_str_done(&args));
	call.is_read = true;
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	return ebb_provider_read(provider, json, length, rq->arena, &rq->err);
}

void
ebb_vouch_facts(struct ebb_str *args, const char *subject, const char *name, const char *email, bool is_email_verified,
		const char *groups_json)
{
	ebb_str_add(args, "\"facts\":{\"subject\":");
	ebb_str_json(args, subject);
	ebb_str_add(args, ",\"name\":");
	ebb_str_json(args, name);
	ebb_str_add(args, ",\"email\":");
	ebb_str_json(args, email);
	ebb_str_printf(args, ",\"is_email_verified\":%s,\"groups\":", is_email_verified ? "true" : "false");
	ebb_str_add(args, groups_json == NULL ? "null" : groups_json);
	ebb_str_char(args, '}');
}

enum ebb_rc
ebb_vouch_back(struct ebb_rq *rq, const char *reason)
{
	const char *page = ebb_arena_printf(rq->arena, "%s/?session=%s%s", rq->opts->public_url,
					    reason == NULL ? "opened" : "refused&reason=", reason == NULL ? "" : reason);

	ebb_reply_header(rq, "Location", page);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_body(rq, SEE_OTHER, "text/plain; charset=utf-8", "", 0);
}

enum ebb_rc
ebb_vouch_open(struct ebb_rq *rq, const struct ebb_provider *provider, const char *facts)
{
	struct ebb_session session;
	const char *refused;
	struct ebb_rows *rows;
	struct ebb_str args;

	EBB_TRY(ebb_session_new(rq, &session));
	ebb_str_init(&args, rq->arena, 1024);
	ebb_str_printf(&args, "{\"provider_id\":%" PRId64 ",\"method\":\"%s\",", provider->provider_id, provider->kind);
	ebb_str_add(&args, facts);
	ebb_str_char(&args, ',');
	ebb_session_args(rq, &session, &args);
	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, "session_vouched", ebb_str_done(&args));
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	refused = ebb_rows_count(rows) == 1 ? ebb_rows_text(rows, 0, 0, NULL) : "nothing";
	if (refused != NULL) {
		ebb_log(EBB_NOTICE, &rq->log, "sign-in by %s refused: %s", provider->code, refused);
		return ebb_vouch_back(rq, "unknown");
	}
	ebb_session_cookie(rq, &session);
	return ebb_vouch_back(rq, NULL);
}
