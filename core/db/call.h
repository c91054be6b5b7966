/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the only way to SQL: calls of functions by name.  Composes `select ...` around them.
 * Memory:  results hang on the arena of the call.
 * Must not know: tables, HTTP, routes.
 */
#ifndef EBB_DB_CALL_H
#define EBB_DB_CALL_H

#include "db/pg.h"

enum ebb_db_kind {
	EBB_DB_OBJECT, /* select api.fn($1::json)                  one json value, read */
	EBB_DB_WRITE,  /* select api.keep(api.fn($1::json), $2)    one json value, kept under the Idempotency-Key */
	EBB_DB_LIST,   /* select * from api.fn($1::json)           typed rows, last column _cursor */
};

/* Who calls; NULL members become SQL NULL. */
struct ebb_db_enter {
	const char *token_hash; /* hex sha256 */
	const char *request_id;
	const char *key;        /* Idempotency-Key */
	const char *key_hash;   /* hex sha256 of method, path, body */
};

struct ebb_db_call {
	enum ebb_db_kind kind;
	const char *fn;   /* name in schema api */
	const char *args; /* one JSON object; NULL: the function takes no argument */
	int status;       /* EBB_DB_WRITE: HTTP status of success */
	const struct ebb_db_enter *enter; /* NULL: an open call, without api.enter */
	bool is_read;
	int64_t deadline_us;
	const struct ebb_log_ctx *log;
	struct ebb_arena *arena;
	struct ebb_err *err;
	int64_t *waited_us;
};

/* Pipeline `enter, fn, Sync`: one round trip. */
EBB_MUST enum ebb_rc ebb_db_call(struct ebb_pg *pg, const struct ebb_db_call *call, struct ebb_rows **rows_r);
/* The same for one json value; NULL in *json_r when the function returned SQL NULL. */
EBB_MUST enum ebb_rc ebb_db_json(struct ebb_pg *pg, const struct ebb_db_call *call, const char **json_r,
				 size_t *length_r);

/* For ticks, courier, ebbctl: plain calls with text parameters (types follow the function's).
 * fn is qualified: "ctl.outbox_take".  deadline_ms 0: none. */
struct ebb_db_plain {
	const char *fn;
	const char *const *params;
	int param_count;
	int deadline_ms;
	struct ebb_arena *arena;
	struct ebb_err *err;
};
/* select fn($1, ...): the first value as text, NULL for SQL NULL. */
EBB_MUST enum ebb_rc ebb_db_value(struct ebb_pg *pg, const struct ebb_db_plain *call, const char **text_r);
/* select * from fn($1, ...) */
EBB_MUST enum ebb_rc ebb_db_rows(struct ebb_pg *pg, const struct ebb_db_plain *call, struct ebb_rows **rows_r);

/* ---- used by pg.c: what a refusal of the server means (sqlstate.c) ---- */
struct ebb_db_refusal {
	const char *sqlstate, *message, *detail, *hint, *constraint, *context;
};
/* Fills err and returns its code; logs with an id what must not be shown. */
enum ebb_rc ebb_db_refused(struct ebb_err *err, const struct ebb_log_ctx *log, const struct ebb_db_refusal *refusal);

#endif
