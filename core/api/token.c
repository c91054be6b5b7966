/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: POST /tokens: the text of an API token is made here, shown in this one answer, and kept nowhere; the database gets
 *          its hash.
 * Memory:  the request's arena; the text is wiped but for the answer.
 * Must not know: what a token may hold; the database refuses.
 */
#include "api/api.h"

#include "auth/password.h"
#include "auth/token.h"
#include "http/encode.h"
#include "http/rq.h"

#include <string.h>

/* The arguments with one member more. */
static const char *
with_hash(struct ebb_rq *rq, const char *hash)
{
	size_t length = strlen(rq->args);

	EBB_ASSERT(length > 2 && rq->args[length - 1] == '}');
	return ebb_arena_printf(rq->arena, "%.*s,\"token\":\"%s\"}", (int)(length - 1), rq->args, hash);
}

enum ebb_rc
ebb_api_token_create(struct ebb_rq *rq)
{
	char text[EBB_TOKEN_TEXT], hash[EBB_TOKEN_HASH];
	const char *json;
	size_t length;

	EBB_TRY(ebb_token_new(text, hash, &rq->err));
	EBB_TRY(ebb_api_call(rq, rq->route->fn, with_hash(rq, hash), &json, &length));
	json = ebb_encode_object(rq->arena, json, &length);
	EBB_ASSERT(length > 2 && json[length - 1] == '}');
	json = ebb_arena_printf(rq->arena, "%.*s,\"token\":\"%s\"}", (int)(length - 1), json, text);
	ebb_secret_wipe(text, sizeof text);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, rq->route->status, json, strlen(json));
}
