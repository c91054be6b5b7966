/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: application/problem+json (RFC 9457) of the request's error slot.
 * Memory:  the request's arena.
 * Must not know: where the error came from.
 */
#include "http/rq.h"

#include "base/utf8.h"

#include <stdio.h>

/* Words of foreign origin may quote what somebody sent; a reply must be UTF-8 whatever it was. */
static void
text(struct ebb_str *out, const char *value)
{
	if (value == NULL || !ebb_utf8_is_valid(value, strlen(value)))
		value = "";
	ebb_str_json(out, value);
}

static void
detail(struct ebb_str *out, const struct ebb_err *err)
{
	const char *sentence = err->sentence == NULL ? "" : err->sentence;

	if (err->hint != NULL && err->hint[0] != '\0')
		sentence = ebb_arena_printf(err->arena, "%s %s", sentence, err->hint);
	text(out, sentence);
}

static void
errors(struct ebb_str *out, const struct ebb_err *err)
{
	if (err->items_json != NULL && strcmp(err->items_json, "[]") != 0) {
		ebb_str_add(out, ",\"errors\":");
		ebb_str_add(out, err->items_json);
		return;
	}
	if (err->items == NULL)
		return;
	ebb_str_add(out, ",\"errors\":[");
	for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next) {
		ebb_str_add(out, item == err->items ? "{\"pointer\":" : ",{\"pointer\":");
		text(out, item->pointer);
		ebb_str_add(out, ",\"detail\":");
		text(out, item->detail);
		ebb_str_char(out, '}');
	}
	ebb_str_char(out, ']');
}

static void
headers(struct ebb_rq *rq, const struct ebb_code *code)
{
	char seconds[16];

	ebb_reply_header(rq, "Cache-Control", "no-store");
	if (code->status == 401)
		ebb_reply_header(rq, "WWW-Authenticate", "Bearer realm=\"ebb\"");
	if (code->status == 405 && rq->allow != NULL)
		ebb_reply_header(rq, "Allow", rq->allow);
	if (rq->err.retry_after_s > 0 || code->status == 503) {
		snprintf(seconds, sizeof seconds, "%d", rq->err.retry_after_s > 0 ? rq->err.retry_after_s : 2);
		ebb_reply_header(rq, "Retry-After", seconds);
	}
}

void
ebb_problem(struct ebb_rq *rq)
{
	const struct ebb_code *code = ebb_code(rq->err.rc);
	struct ebb_str out;
	const char *body;

	ebb_reply_clear(&rq->reply);
	ebb_str_init(&out, rq->arena, 512);
	ebb_str_printf(&out, "{\"type\":\"/docs/errors#%s\",\"title\":", code->slug);
	ebb_str_json(&out, code->title);
	ebb_str_printf(&out, ",\"status\":%d,\"detail\":", code->status);
	detail(&out, &rq->err);
	ebb_str_add(&out, ",\"instance\":");
	ebb_str_json(&out, rq->request_id);
	if (rq->err.log_id[0] != '\0')
		ebb_str_printf(&out, ",\"log_id\":\"%s\"", rq->err.log_id);
	errors(&out, &rq->err);
	ebb_str_char(&out, '}');
	headers(rq, code);
	body = ebb_str_done(&out);
	EBB_ASSERT(body != NULL);
	(void)ebb_reply_body(rq, code->status, "application/problem+json", body, out.length);
}
