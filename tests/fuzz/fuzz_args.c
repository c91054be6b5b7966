/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: query, If-Match, Idempotency-Key, cookie and body of a request, as a hostile client sends them, through
 *          route, identity and arguments.  Whatever comes, the result is one JSON object or a problem document.
 * Input:   path, query, If-Match, cookie, accept, one a line; the rest is the body.
 * Memory:  one request, re-used.
 * Must not know: a database.
 */
#include "http/args.h"
#include "http/rq.h"

#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
line(struct ebb_arena *arena, const uint8_t **at, const uint8_t *end)
{
	const uint8_t *from = *at, *stop = memchr(from, '\n', (size_t)(end - from));

	if (stop == NULL)
		stop = end;
	*at = stop < end ? stop + 1 : end;
	return ebb_arena_dup(arena, (const char *)from, (size_t)(stop - from));
}

static void
must_be_json(const char *text, size_t length)
{
	json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

	EBB_ASSERT(json_is_object(json));
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ebb_http_opts opts = { 1 << 20, 10000, true, "https://desk.example" };
	static const char *const methods[] = { "GET", "POST", "PATCH", "DELETE", "PUT" };
	static struct ebb_rq rq;
	const uint8_t *at = data, *end = data + size;
	enum ebb_rc rc;

	if (rq.magic == 0) {
		ebb_rq_init(&rq);
		rq.opts = &opts;
	}
	ebb_rq_begin(&rq);
	rq.method_text = methods[size == 0 ? 0 : data[size - 1] % 5];
	rq.method = ebb_method_of(rq.method_text);
	rq.path = line(rq.arena, &at, end);
	rq.query = line(rq.arena, &at, end);
	rq.head.if_match = rq.head.if_none_match = line(rq.arena, &at, end);
	rq.head.cookie = rq.head.authorization = rq.head.idempotency_key = line(rq.arena, &at, end);
	rq.head.accept = rq.head.origin = line(rq.arena, &at, end);
	rq.head.content_type = "application/json";
	if (size % 2 == 0)
		rq.head.authorization = NULL;
	rq.body = ebb_arena_dup(rq.arena, (const char *)at, (size_t)(end - at));
	rq.body_bytes = (size_t)(end - at);
	rc = ebb_route_find(&rq);
	if (rc == EBB_OK) {
		/* The identity is refused nearly always; the arguments shall be seen all the same. */
		(void)!ebb_identity_read(&rq);
		ebb_err_init(&rq.err, rq.arena);
		rc = ebb_args_collect(&rq);
		(void)ebb_etag_is_fresh(&rq, 3);
	}
	if (rc == EBB_OK) {
		must_be_json(rq.args, strlen(rq.args));
	} else {
		ebb_problem(&rq);
		must_be_json(rq.reply.body, rq.reply.body_bytes);
	}
	return 0;
}
