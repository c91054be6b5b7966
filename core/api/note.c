/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the audit must know of a request that changed nothing: that it was refused, or that it took data out.
 *          Either is noted in a transaction of its own, after the request's, and before the answer goes out.
 * Memory:  the request's arena.
 * Must not know: which operations there are; a row of routes.def says whether one is an export.
 */
#include "api/api.h"

#include "base/log.h"
#include "base/time.h"
#include "db/call.h"
#include "http/rq.h"

#include <jansson.h>
#include <stdlib.h>

/* A request may have used up its own time when it is refused. */
#define NOTE_MS 2000

static enum ebb_rc
note(struct ebb_rq *rq, const char *fn, json_t *args_take, struct ebb_err *err)
{
	char *args = json_dumps(args_take, JSON_COMPACT);
	struct ebb_db_call call = {
		.kind = EBB_DB_OBJECT,
		.fn = fn,
		.deadline_us = ebb_mono_us() + (int64_t)NOTE_MS * 1000,
		.log = &rq->log,
		.arena = rq->arena,
		.err = err,
		.waited_us = &rq->db_us,
	};
	const char *json;
	size_t length;

	json_decref(args_take);
	EBB_ASSERT(args != NULL);
	ebb_arena_defer(rq->arena, free, args);
	call.args = args;
	return ebb_db_json(rq->pg, &call, &json, &length);
}

/* The path holds numbers only; what was asked for stands in the arguments. */
static json_t *
facts(const struct ebb_rq *rq)
{
	json_t *args = json_pack("{s:s, s:s, s:s, s:s, s:s}", "token", rq->token_hash, "request_id", rq->request_id,
				 "operation", rq->route->fn, "method", ebb_method_name(rq->route->method), "path",
				 rq->path);

	EBB_ASSERT(args != NULL);
	return args;
}

void
ebb_note_refusal(struct ebb_rq *rq)
{
	struct ebb_err err;
	json_t *args;

	if (rq->err.rc != EBB_E_FORBIDDEN || rq->route == NULL || rq->token_hash[0] == '\0')
		return;
	ebb_err_init(&err, rq->arena);
	args = facts(rq);
	json_object_set_new(args, "sentence", json_string(rq->err.sentence == NULL ? "" : rq->err.sentence));
	/* Refused it is in any case; that nobody can read of it later must at least be read here. */
	if (note(rq, "denial_note", args, &err) != EBB_OK && err.rc != EBB_E_UNAUTHENTICATED)
		ebb_log(EBB_ERROR, &rq->log, "a refusal of %s could not be noted in the audit: %s", rq->route->fn,
			err.sentence == NULL ? "" : err.sentence);
}

static bool
is_export(const struct ebb_rq *rq)
{
	return rq->token_hash[0] != '\0' && rq->reply.status >= 200 && rq->reply.status < 300 &&
	       (rq->wants_csv || (rq->route->flags & (EBB_ROUTE_DOCUMENT | EBB_ROUTE_EXPORT)) != 0);
}

enum ebb_rc
ebb_note_export(struct ebb_rq *rq)
{
	struct ebb_err err;
	json_t *args, *filters;

	if (!is_export(rq))
		return EBB_OK;
	ebb_err_init(&err, rq->arena);
	args = facts(rq);
	filters = json_loads(rq->args, 0, NULL);
	if (filters != NULL)
		json_object_set_new(args, "filters", filters);
	if (rq->wants_csv)
		json_object_set_new(args, "row_count", json_integer(rq->row_count));
	json_object_set_new(args, "byte_count", json_integer((json_int_t)rq->reply.body_bytes));
	if (note(rq, "export_note", args, &err) == EBB_OK)
		return EBB_OK;
	ebb_reply_clear(&rq->reply);
	rq->err.retry_after_s = 2;
	return ebb_fail(&rq->err, EBB_E_UNAVAILABLE,
			"What is taken out must be noted in the audit, and that did not succeed.");
}
