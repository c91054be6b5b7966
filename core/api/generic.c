/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the handler of nearly all routes: arguments in, one call, the result out as it came.
 * Memory:  the request's arena.
 * Must not know: what any function does.  No reply is parsed here.
 */
#include "api/api.h"

#include "base/log.h"
#include "db/call.h"
#include "http/args.h"
#include "http/encode.h"
#include "http/rq.h"

#define CURSOR_COLUMN "_cursor"

/* fresh: a client's copy is good as long as the ETag is; nobody else may keep one. */
static void
cache_control(struct ebb_rq *rq, bool has_version)
{
	ebb_reply_header(rq, "Cache-Control", has_version ? "private, no-cache" : "no-store");
}

static struct ebb_db_call
call_of(struct ebb_rq *rq, enum ebb_db_kind kind, const char *fn, const char *args)
{
	return (struct ebb_db_call){
		.kind = kind,
		.fn = fn,
		.args = args,
		.status = rq->route->status,
		.is_read = kind != EBB_DB_WRITE,
		.deadline_us = rq->deadline_us,
		.log = &rq->log,
		.arena = rq->arena,
		.err = &rq->err,
		.waited_us = &rq->db_us,
	};
}

static struct ebb_db_enter
enter_of(const struct ebb_rq *rq)
{
	return (struct ebb_db_enter){
		.token_hash = rq->token_hash[0] == '\0' ? NULL : rq->token_hash,
		.request_id = rq->request_id,
		.key = rq->key,
		.key_hash = rq->key == NULL ? NULL : rq->key_hash,
	};
}

enum ebb_rc
ebb_api_call(struct ebb_rq *rq, const char *fn, const char *args, const char **json_r, size_t *length_r)
{
	bool is_write = rq->route->kind == EBB_ROUTE_WRITE;
	struct ebb_db_call call = call_of(rq, is_write ? EBB_DB_WRITE : EBB_DB_OBJECT, fn, args);
	struct ebb_db_enter enter = enter_of(rq);

	call.enter = &enter;
	return ebb_db_json(rq->pg, &call, json_r, length_r);
}

enum ebb_rc
ebb_api_call_read(struct ebb_rq *rq, const char *fn, const char *args, const char **json_r, size_t *length_r)
{
	struct ebb_db_call call = call_of(rq, EBB_DB_OBJECT, fn, args);
	struct ebb_db_enter enter = enter_of(rq);

	enter.key = enter.key_hash = NULL;
	call.enter = &enter;
	return ebb_db_json(rq->pg, &call, json_r, length_r);
}

enum ebb_rc
ebb_api_call_open(struct ebb_rq *rq, const char *fn, const char *args, const char **json_r, size_t *length_r)
{
	struct ebb_db_call call = call_of(rq, EBB_DB_OBJECT, fn, args);

	return ebb_db_json(rq->pg, &call, json_r, length_r);
}

static enum ebb_rc
serve_object(struct ebb_rq *rq)
{
	const char *json;
	size_t length;
	int64_t version, id;

	EBB_TRY(ebb_api_call(rq, rq->route->fn, rq->args, &json, &length));
	if (json == NULL)
		return ebb_fail(&rq->err, EBB_E_NOT_FOUND, "There is no such thing, or you may not see it.");
	version = ebb_etag_head(json, length, &id);
	cache_control(rq, version >= 0);
	ebb_etag_from_json(rq, json, length);
	if (ebb_etag_is_fresh(rq, version))
		return ebb_reply_empty(rq, 304);
	json = ebb_encode_object(rq->arena, json, &length);
	return ebb_reply_json(rq, rq->route->status, json, length);
}

static enum ebb_rc
serve_write(struct ebb_rq *rq)
{
	const char *json;
	size_t length;

	EBB_TRY(ebb_api_call(rq, rq->route->fn, rq->args, &json, &length));
	cache_control(rq, false);
	if (json == NULL || rq->route->status == 204)
		return ebb_reply_empty(rq, 204);
	ebb_etag_from_json(rq, json, length);
	json = ebb_encode_object(rq->arena, json, &length);
	return ebb_reply_json(rq, rq->route->status, json, length);
}

static void
percent(struct ebb_str *out, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') ||
		    strchr("-._~", *at) != NULL) {
			ebb_str_char(out, (char)*at);
		} else {
			ebb_str_char(out, '%');
			ebb_str_char(out, hex[*at >> 4]);
			ebb_str_char(out, hex[*at & 15]);
		}
	}
}

/* RFC 8288: the same query with the next cursor.  What a client sent goes in only where a URI may hold it. */
static void
link_next(struct ebb_rq *rq, const char *cursor)
{
	const char *at = rq->query;
	struct ebb_str out;
	size_t length;

	ebb_str_init(&out, rq->arena, 256);
	ebb_str_char(&out, '<');
	ebb_str_add(&out, rq->path);
	ebb_str_char(&out, '?');
	for (; *at != '\0'; at += length + (at[length] == '&')) {
		length = strcspn(at, "&");
		if (length == 0 || (length >= 7 && memcmp(at, "cursor=", 7) == 0))
			continue;
		for (size_t i = 0; i < length; i++)
			if (at[i] > ' ' && at[i] < 0x7f && strchr("<>\"\\^`{|}", at[i]) == NULL)
				ebb_str_char(&out, at[i]);
			else
				ebb_str_printf(&out, "%%%02X", (unsigned char)at[i]);
		ebb_str_char(&out, '&');
	}
	ebb_str_add(&out, "cursor=");
	percent(&out, cursor);
	ebb_str_add(&out, ">; rel=\"next\"");
	ebb_reply_header(rq, "Link", ebb_str_done(&out));
}

/* One row more than asked for tells that there is more; it is not shown. */
static enum ebb_rc
encode_rows(struct ebb_rq *rq, const struct ebb_rows *rows, struct ebb_str *out)
{
	int columns = ebb_rows_columns(rows) - 1, count = ebb_rows_count(rows);
	bool has_more = count > rq->limit;
	const char **names = ebb_arena_alloc(rq->arena, (size_t)(columns + 1) * sizeof *names);
	uint32_t *oids = ebb_arena_alloc(rq->arena, (size_t)(columns + 1) * sizeof *oids);
	struct ebb_cell *cells = ebb_arena_alloc(rq->arena, (size_t)(columns + 1) * sizeof *cells);
	struct ebb_encoder *enc;
	const char *cursor = NULL;

	if (columns < 0 || strcmp(ebb_rows_name(rows, columns), CURSOR_COLUMN) != 0) {
		ebb_log(EBB_ERROR, &rq->log, "api.%s returns no column %s", rq->route->fn, CURSOR_COLUMN);
		return ebb_fail(&rq->err, EBB_E_INTERNAL, "This list cannot be shown.");
	}
	for (int i = 0; i < columns; i++) {
		names[i] = ebb_rows_name(rows, i);
		oids[i] = ebb_rows_oid(rows, i);
	}
	if (has_more) {
		count = rq->limit;
		cursor = ebb_rows_text(rows, count - 1, columns, NULL);
	}
	rq->row_count = count;
	enc = ebb_encoder_new(rq->arena, out, rq->wants_csv ? EBB_AS_CSV : EBB_AS_JSON, columns, names, oids);
	ebb_encoder_begin(enc);
	for (int row = 0; row < count; row++) {
		for (int i = 0; i < columns; i++)
			cells[i].text = ebb_rows_text(rows, row, i, &cells[i].length);
		ebb_encoder_row(enc, cells);
	}
	ebb_encoder_end(enc, cursor);
	if (cursor != NULL)
		link_next(rq, cursor);
	return EBB_OK;
}

static enum ebb_rc
serve_list(struct ebb_rq *rq)
{
	struct ebb_db_call call = call_of(rq, EBB_DB_LIST, rq->route->fn, rq->args);
	struct ebb_db_enter enter = enter_of(rq);
	struct ebb_rows *rows;
	struct ebb_str out;
	const char *body;

	call.enter = &enter;
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	cache_control(rq, false);
	ebb_reply_header(rq, "Vary", "Accept");
	ebb_str_init(&out, rq->arena, (size_t)32 << 10);
	EBB_TRY(encode_rows(rq, rows, &out));
	body = ebb_str_done(&out);
	if (body == NULL)
		return ebb_fail(&rq->err, EBB_E_TOO_LARGE, "This list is too long for one answer; ask for fewer rows.");
	return ebb_reply_body(rq, rq->route->status,
			      rq->wants_csv ? "text/csv; charset=utf-8; header=present" : "application/json", body,
			      out.length);
}

enum ebb_rc
ebb_api_generic(struct ebb_rq *rq)
{
	switch (rq->route->kind) {
	case EBB_ROUTE_OBJECT:
		return serve_object(rq);
	case EBB_ROUTE_LIST:
		return serve_list(rq);
	case EBB_ROUTE_WRITE:
		return serve_write(rq);
	case EBB_ROUTE_OWN:
		break;
	}
	EBB_ASSERT(!"a route of kind OWN has a handler of its own");
	return EBB_E_INTERNAL;
}
