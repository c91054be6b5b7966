/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what goes back, see reply.h.
 * Memory:  headers in the request's arena; bodies are only pointed to.
 * Must not know: FastCGI, SQL.
 */
#include "http/rq.h"

#include "base/obj.h"

void
ebb_reply_init(struct ebb_reply *reply, struct ebb_arena *arena)
{
	*reply = (struct ebb_reply){ .content_type = "application/json", .body = "" };
	ebb_str_init(&reply->headers, arena, 256);
}

void
ebb_reply_clear(struct ebb_reply *reply)
{
	struct ebb_arena *arena = reply->headers.arena;

	ebb_reply_init(reply, arena);
}

void
ebb_reply_header(struct ebb_rq *rq, const char *name, const char *value)
{
	for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++)
		if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
			return;
	ebb_str_add(&rq->reply.headers, name);
	ebb_str_addn(&rq->reply.headers, ": ", 2);
	ebb_str_add(&rq->reply.headers, value);
	ebb_str_addn(&rq->reply.headers, "\r\n", 2);
}

enum ebb_rc
ebb_reply_body(struct ebb_rq *rq, int status, const char *content_type, const char *body, size_t length)
{
	EBB_CHECK(rq, EBB_RQ_MAGIC);
	EBB_ASSERT(status >= 200 && status <= 599 && body != NULL);
	rq->reply.status = status;
	rq->reply.content_type = content_type;
	rq->reply.body = body;
	rq->reply.body_bytes = length;
	return EBB_OK;
}

enum ebb_rc
ebb_reply_json(struct ebb_rq *rq, int status, const char *json, size_t length)
{
	return ebb_reply_body(rq, status, "application/json", json, length);
}

enum ebb_rc
ebb_reply_empty(struct ebb_rq *rq, int status)
{
	return ebb_reply_body(rq, status, "application/json", "", 0);
}
