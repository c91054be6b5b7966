/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one PostgreSQL connection: connect, reconnect, prepared pipelines with a deadline of our
 *          own, notifications.  pg.c is the only file that includes libpq-fe.h.
 * Memory:  a connection is malloc'ed and lives until ebb_pg_free(); rows hang on the caller's arena.
 * Must not know: HTTP, function names, what the SQL means.
 */
#ifndef EBB_DB_PG_H
#define EBB_DB_PG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_pg;
struct ebb_rows;

struct ebb_pg_opts {
	const char *conninfo; /* copied; NULL: libpq's environment */
	const char *user;     /* copied; NULL: as conninfo or the environment says */
	const char *application_name;
	int connect_timeout_s;
	int statement_timeout_ms; /* 0: the role's */
	int reconnect_ms;         /* how long a call may wait for a lost server; 0: 2000 */
};

typedef void ebb_pg_notify_fn(void *ctx, const char *channel, const char *payload);

/* No connection is made before it is needed. */
struct ebb_pg *ebb_pg_new(const struct ebb_pg_opts *opts);
void ebb_pg_free(struct ebb_pg **pg);

/* In a child after fork: drops the inherited connection without saying goodbye on the parent's socket. */
void ebb_pg_abandon(struct ebb_pg **pg);

/* Makes sure of a live connection: reads what is pending, reconnects in 100 ms steps up to reconnect_ms.
 * EBB_E_DB_LOST with Retry-After when there is none.  Every call below does this by itself. */
EBB_MUST enum ebb_rc ebb_pg_ready(struct ebb_pg *pg, struct ebb_err *err);
/* The socket, or -1: for poll() of a process that waits for notifications. */
int ebb_pg_fd(const struct ebb_pg *pg);
/* Reads what is pending without waiting and hands notifications out.  False: connection lost. */
bool ebb_pg_pump(struct ebb_pg *pg);
void ebb_pg_on_notify(struct ebb_pg *pg, ebb_pg_notify_fn *fn, void *ctx);
/* LISTEN now and after every reconnect, when fn also gets (channel, "") as "you may have missed something". */
EBB_MUST enum ebb_rc ebb_pg_listen(struct ebb_pg *pg, const char *channel, struct ebb_err *err);
void ebb_pg_statement_timeout(struct ebb_pg *pg, int timeout_ms); /* from the next connection or call on */

/* One statement of a pipeline.  name identifies sql for ever (prepared once per connection). */
struct ebb_pg_stmt {
	const char *name;
	const char *sql;
	const char *const *params; /* text; NULL is SQL NULL */
	int param_count;
};

struct ebb_pg_job {
	const struct ebb_pg_stmt *stmts; /* the last one's rows are kept */
	int count;
	int64_t deadline_us;  /* monotonic; 0: none */
	bool is_read;         /* may be sent again once when the connection breaks */
	const struct ebb_log_ctx *log;
	struct ebb_arena *arena;
	struct ebb_err *err;
	int64_t *waited_us;   /* added up when not NULL */
};

/* One flush, one Sync; returns after Sync was read, so after COMMIT. */
EBB_MUST enum ebb_rc ebb_pg_run(struct ebb_pg *pg, const struct ebb_pg_job *job, struct ebb_rows **rows_r);

/* Text-format rows; they live as long as the arena of the job. */
int ebb_rows_count(const struct ebb_rows *rows);
int ebb_rows_columns(const struct ebb_rows *rows);
const char *ebb_rows_name(const struct ebb_rows *rows, int column);
uint32_t ebb_rows_oid(const struct ebb_rows *rows, int column);
/* NULL for SQL NULL. */
const char *ebb_rows_text(const struct ebb_rows *rows, int row, int column, size_t *length_r);

/* Counters for metrics, since the process began. */
struct ebb_pg_stats {
	uint64_t calls, errors, reconnects, retries, timeouts, unknown_commits;
};
const struct ebb_pg_stats *ebb_pg_stats(const struct ebb_pg *pg);

#endif
