/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: composes the statement around a function's name and sends it, see call.h.
 * Memory:  statement texts go to the arena of the call; the server keeps them prepared by name.
 * Must not know: tables, HTTP, routes.
 */
#include "db/call.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>

/* Function names come from .def files, never from a request; this keeps it so. */
static bool
is_name(const char *name)
{
	return name[0] != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz_0123456789.") == strlen(name);
}

static const struct ebb_pg_stmt *
enter_stmt(const struct ebb_db_call *call, struct ebb_pg_stmt *stmt, const char *params[5])
{
	params[0] = call->enter->token_hash;
	params[1] = call->enter->request_id;
	params[2] = call->is_read ? "t" : "f";
	params[3] = call->enter->key;
	params[4] = call->enter->key_hash;
	*stmt = (struct ebb_pg_stmt){
		.name = "enter",
		.sql = "select api.enter($1, $2, $3, $4, $5)",
		.params = params,
		.param_count = 5,
	};
	return stmt;
}

enum ebb_rc
ebb_db_call(struct ebb_pg *pg, const struct ebb_db_call *call, struct ebb_rows **rows_r)
{
	static const char *const before[] = {
		[EBB_DB_OBJECT] = "select api.",
		[EBB_DB_WRITE] = "select api.keep(api.",
		[EBB_DB_LIST] = "select * from api.",
	};
	struct ebb_pg_stmt stmts[2];
	const char *enter_params[5], *params[2];
	char name[80], sql[160], status[12];
	struct ebb_pg_job job = {
		.stmts = stmts,
		.deadline_us = call->deadline_us,
		.is_read = call->is_read,
		.log = call->log,
		.arena = call->arena,
		.err = call->err,
		.waited_us = call->waited_us,
	};

	EBB_ASSERT(is_name(call->fn) && strlen(call->fn) < 64);
	EBB_ASSERT(call->kind != EBB_DB_WRITE || call->args != NULL);
	if (call->enter != NULL)
		enter_stmt(call, &stmts[job.count++], enter_params);
	snprintf(name, sizeof name, "%c%c:%s", "owl"[call->kind], call->args != NULL ? '1' : '0', call->fn);
	snprintf(sql, sizeof sql, "%s%s(%s)%s", before[call->kind], call->fn, call->args == NULL ? "" : "$1::json",
		 call->kind == EBB_DB_WRITE ? ", $2::int)" : "");
	snprintf(status, sizeof status, "%d", call->status);
	params[0] = call->args;
	params[1] = status;
	stmts[job.count++] = (struct ebb_pg_stmt){
		.name = name,
		.sql = sql,
		.params = params,
		.param_count = call->args == NULL           ? 0 :
			       call->kind == EBB_DB_WRITE ? 2 :
							    1,
	};
	return ebb_pg_run(pg, &job, rows_r);
}

enum ebb_rc
ebb_db_json(struct ebb_pg *pg, const struct ebb_db_call *call, const char **json_r, size_t *length_r)
{
	struct ebb_rows *rows;

	EBB_ASSERT(call->kind != EBB_DB_LIST);
	EBB_TRY(ebb_db_call(pg, call, &rows));
	*json_r = NULL;
	*length_r = 0;
	if (ebb_rows_count(rows) > 0)
		*json_r = ebb_rows_text(rows, 0, 0, length_r);
	return EBB_OK;
}

/* A plain call is always a change as far as retries go: it is sent once. */
static enum ebb_rc
plain(struct ebb_pg *pg, const struct ebb_db_plain *call, const char *shape, struct ebb_rows **rows_r)
{
	char list[128] = "", name[96], sql[256];
	struct ebb_pg_stmt stmt = { .name = name, .sql = sql, .params = call->params, .param_count = call->param_count };
	struct ebb_pg_job job = {
		.stmts = &stmt,
		.count = 1,
		.deadline_us = call->deadline_ms > 0 ? ebb_mono_us() + (int64_t)call->deadline_ms * 1000 : 0,
		.arena = call->arena,
		.err = call->err,
	};

	EBB_ASSERT(is_name(call->fn) && strlen(call->fn) < 64 && call->param_count <= 16);
	for (int i = 1; i <= call->param_count; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s$%d", i > 1 ? ", " : "", i);
	snprintf(name, sizeof name, "%c%d:%s", shape == NULL ? 'v' : 'r', call->param_count, call->fn);
	snprintf(sql, sizeof sql, "select %s%s(%s)", shape == NULL ? "" : shape, call->fn, list);
	return ebb_pg_run(pg, &job, rows_r);
}

enum ebb_rc
ebb_db_value(struct ebb_pg *pg, const struct ebb_db_plain *call, const char **text_r)
{
	struct ebb_rows *rows;

	EBB_TRY(plain(pg, call, NULL, &rows));
	*text_r = ebb_rows_count(rows) > 0 ? ebb_rows_text(rows, 0, 0, NULL) : NULL;
	return EBB_OK;
}

enum ebb_rc
ebb_db_rows(struct ebb_pg *pg, const struct ebb_db_plain *call, struct ebb_rows **rows_r)
{
	return plain(pg, call, "* from ", rows_r);
}
