/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the connection, see pg.h.  The only file that includes libpq-fe.h.
 * Memory:  PGresults hang on the arena of the job; the connection belongs to struct ebb_pg (life.c).
 * Must not know: HTTP, function names, what the SQL means.
 *
 * The connection stays in pipeline mode all its life.  Statements up to Sync are one implicit transaction,
 * and deferred constraints fail only at Sync: so nothing is believed before Sync was read.
 */
#include "base/time.h"
#include "db/call.h"
#include "db/pg_priv.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct ebb_rows {
	PGresult *res;
};

/* ---- connection ---- */

void
ebb_pg_disconnect(struct ebb_pg *pg)
{
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->is_stale = false;
	ebb_pg_forget_prepared(pg);
}

void
ebb_pg_abandon(struct ebb_pg **pg_pp)
{
	EBB_CHECK(*pg_pp, EBB_PG_MAGIC);
	/* PQfinish would send Terminate on the socket that the parent still uses; the PGconn is left to exec or exit. */
	if ((*pg_pp)->conn != NULL)
		close(PQsocket((*pg_pp)->conn));
	(*pg_pp)->conn = NULL;
	ebb_pg_free(pg_pp);
}

/* Only warnings matter: one of another class than 01 (plain RAISE WARNING) comes with a COMMIT whose wait for
 * the standby was cut short, and then "success" is not an acknowledgement. */
static void
on_notice(void *ctx, const PGresult *res)
{
	struct ebb_pg *pg = ctx;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (severity == NULL || strcmp(severity, "WARNING") != 0)
		return;
	if (sqlstate == NULL || strncmp(sqlstate, "01", 2) != 0)
		pg->is_unsure = true;
	ebb_log(EBB_WARNING, NULL, "the database warns (%s): %s", sqlstate == NULL ? "" : sqlstate,
		PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
}

static bool
ask(struct ebb_pg *pg, const char *sql)
{
	PGresult *res = PQexec(pg->conn, sql);
	bool is_good = PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK;

	PQclear(res);
	return is_good;
}

/* Once per connection: what the encoder relies on, the time limit, the channels. */
static bool
settle(struct ebb_pg *pg)
{
	char sql[256], timeout[64] = "";

	if (pg->statement_timeout_ms > 0)
		snprintf(timeout, sizeof timeout, ", set_config('statement_timeout', '%d', false)",
			 pg->statement_timeout_ms);
	snprintf(sql, sizeof sql,
		 "select set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false)%s", timeout);
	if (!ask(pg, sql))
		return false;
	for (unsigned i = 0; i < pg->channel_count; i++) {
		snprintf(sql, sizeof sql, "LISTEN %s", pg->channels[i]);
		if (!ask(pg, sql))
			return false;
	}
	return true;
}

bool
ebb_pg_connect(struct ebb_pg *pg)
{
	char timeout[16];
	const char *const keywords[] = { "dbname", "user", "application_name", "connect_timeout", "keepalives_idle",
					 "keepalives_interval", "keepalives_count", "client_encoding", NULL };
	const char *const values[] = { pg->conninfo, pg->user, pg->application_name, timeout, "30", "5", "3", "UTF8",
				       NULL };

	snprintf(timeout, sizeof timeout, "%d", pg->connect_timeout_s > 0 ? pg->connect_timeout_s : 2);
	pg->conn = PQconnectdbParams(keywords, values, 1);
	EBB_ASSERT(pg->conn != NULL);
	PQsetNoticeReceiver(pg->conn, on_notice, pg);
	return PQstatus(pg->conn) == CONNECTION_OK && settle(pg) && PQsetnonblocking(pg->conn, 1) == 0 &&
	       PQenterPipelineMode(pg->conn) == 1;
}

const char *
ebb_pg_why(const struct ebb_pg *pg)
{
	return pg->conn == NULL ? "" : PQerrorMessage(pg->conn);
}

bool
ebb_pg_is_idle(const struct ebb_pg *pg)
{
	return PQtransactionStatus(pg->conn) == PQTRANS_IDLE;
}

static void
hand_out_notifies(struct ebb_pg *pg)
{
	PGnotify *notify;

	while (pg->conn != NULL && (notify = PQnotifies(pg->conn)) != NULL) {
		if (pg->on_notify != NULL)
			pg->on_notify(pg->on_notify_ctx, notify->relname, notify->extra);
		PQfreemem(notify);
	}
}

/* One PQconsumeInput is not enough: after a restart of the server it reads the farewell, and only the next one
 * the end of file. */
bool
ebb_pg_drain(struct ebb_pg *pg)
{
	struct pollfd pfd = { .fd = PQsocket(pg->conn), .events = POLLIN };

	while (PQstatus(pg->conn) == CONNECTION_OK && poll(&pfd, 1, 0) > 0)
		if (PQconsumeInput(pg->conn) == 0)
			return false;
	hand_out_notifies(pg);
	return PQstatus(pg->conn) == CONNECTION_OK;
}

int
ebb_pg_fd(const struct ebb_pg *pg)
{
	return pg->conn == NULL ? -1 : PQsocket(pg->conn);
}

/* ---- one pipeline ---- */

struct run {
	struct ebb_pg *pg;
	const struct ebb_pg_job *job;
	const char *preparing[8];
	int prepare_count;
	int at; /* element of the pipeline whose results come now: prepares first */
	PGresult *rows, *refusal;
};

static bool
send_all(struct run *run)
{
	PGconn *conn = run->pg->conn;
	const struct ebb_pg_job *job = run->job;

	/* Prepares go first: a refusal of the first statement must not skip them. */
	EBB_ASSERT((size_t)job->count <= EBB_COUNT(run->preparing));
	for (int i = 0; i < job->count; i++) {
		if (ebb_pg_is_prepared(run->pg, job->stmts[i].name))
			continue;
		run->preparing[run->prepare_count++] = job->stmts[i].name;
		if (!PQsendPrepare(conn, job->stmts[i].name, job->stmts[i].sql, 0, NULL))
			return false;
	}
	for (int i = 0; i < job->count; i++)
		if (!PQsendQueryPrepared(conn, job->stmts[i].name, job->stmts[i].param_count, job->stmts[i].params, NULL,
					 NULL, 0))
			return false;
	return PQpipelineSync(conn) == 1;
}

/* Waits until the server has something to say (and takes what we still have to send). */
static enum ebb_pg_outcome
wait_for_server(struct run *run, bool *must_flush)
{
	struct pollfd pfd = { .fd = PQsocket(run->pg->conn) };
	int64_t left_ms = -1;
	int n;

	pfd.events = (short)(POLLIN | (*must_flush ? POLLOUT : 0));
	if (run->job->deadline_us > 0) {
		left_ms = (run->job->deadline_us - ebb_mono_us() + 999) / 1000;
		if (left_ms <= 0)
			return LATE;
	}
	n = poll(&pfd, 1, (int)left_ms);
	if (n < 0 && errno != EINTR)
		return LOST;
	if (n > 0 && (pfd.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(run->pg->conn) == 0)
		return LOST;
	if (n > 0 && *must_flush) {
		int flushed = PQflush(run->pg->conn);

		if (flushed < 0)
			return LOST;
		*must_flush = flushed == 1;
	}
	return DONE;
}

static bool
is_state(const PGresult *res, const char *sqlstate)
{
	const char *got = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	return got != NULL && strncmp(got, sqlstate, strlen(sqlstate)) == 0;
}

static void
take_result(struct run *run, PGresult *res)
{
	PGresult **keep = NULL;

	switch (PQresultStatus(res)) {
	case PGRES_TUPLES_OK:
		if (run->at == run->prepare_count + run->job->count - 1)
			keep = &run->rows;
		break;
	case PGRES_COMMAND_OK:
		if (run->at < run->prepare_count)
			ebb_pg_note_prepared(run->pg, run->preparing[run->at]);
		break;
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		keep = &run->refusal;
	}
	if (keep != NULL && *keep == NULL)
		*keep = res;
	else
		PQclear(res);
}

static enum ebb_pg_outcome
read_until_sync(struct run *run)
{
	PGconn *conn = run->pg->conn;
	int flushed = PQflush(conn);
	bool must_flush = flushed == 1;
	enum ebb_pg_outcome outcome = flushed < 0 ? LOST : DONE;
	PGresult *res;

	for (;;) {
		while (outcome == DONE && (must_flush || PQisBusy(conn)))
			outcome = wait_for_server(run, &must_flush);
		if (outcome == LATE)
			return LATE;
		/* When the connection broke, what was received before still counts: it may say why. */
		if (outcome == LOST && PQisBusy(conn))
			return LOST;
		res = PQgetResult(conn);
		if (res == NULL) {
			if (PQstatus(conn) != CONNECTION_OK || outcome == LOST)
				return LOST;
			run->at++;
			continue;
		}
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			break;
		}
		take_result(run, res);
		if (PQstatus(conn) != CONNECTION_OK)
			return LOST;
	}
	if (run->refusal == NULL)
		return DONE;
	/* A changed result type, or a name that somebody discarded: nothing happened, prepare anew. */
	if (is_state(run->refusal, "26000") ||
	    (is_state(run->refusal, "0A000") &&
	     strstr(PQresultErrorMessage(run->refusal), "cached plan") != NULL))
		return OUTDATED;
	return is_state(run->refusal, "57P0") || is_state(run->refusal, "08") ? LOST : REFUSED;
}

static enum ebb_pg_outcome
run_once(struct run *run)
{
	enum ebb_pg_outcome outcome;

	run->pg->is_unsure = false;
	outcome = send_all(run) ? read_until_sync(run) : LOST;
	if (outcome == LATE) {
		PGcancel *cancel = PQgetCancel(run->pg->conn);
		char why[128];

		/* Frees the locks of a statement, and of a COMMIT that waits for its standby. */
		PQcancel(cancel, why, sizeof why);
		PQfreeCancel(cancel);
	}
	if (outcome == LATE || outcome == LOST || outcome == OUTDATED)
		run->pg->is_stale = true;
	return outcome;
}

static enum ebb_rc
refuse(const struct run *run)
{
	const PGresult *res = run->refusal;
	const struct ebb_db_refusal refusal = {
		.sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE),
		.message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
		.detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL),
		.hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT),
		.constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
		.context = PQresultErrorField(res, PG_DIAG_CONTEXT),
	};

	return ebb_db_refused(run->job->err, run->job->log, &refusal);
}

static void
clear_rows(void *res)
{
	PQclear(res);
}

enum ebb_rc
ebb_pg_run(struct ebb_pg *pg, const struct ebb_pg_job *job, struct ebb_rows **rows_r)
{
	struct run run;
	enum ebb_pg_outcome outcome;
	enum ebb_rc rc = EBB_OK;
	int64_t began = ebb_mono_us();

	*rows_r = NULL;
	pg->stats.calls++;
	for (int try = 0;; try++) {
		EBB_TRY(ebb_pg_ready(pg, job->err));
		run = (struct run){ .pg = pg, .job = job };
		outcome = run_once(&run);
		if (try > 0 || !(outcome == OUTDATED || (outcome == LOST && job->is_read)))
			break;
		pg->stats.retries++;
		PQclear(run.rows);
		PQclear(run.refusal);
	}
	if (outcome == DONE && pg->is_unsure && !job->is_read)
		outcome = UNSURE;
	if (outcome == DONE) {
		EBB_ASSERT(run.rows != NULL);
		*rows_r = EBB_NEW(job->arena, struct ebb_rows);
		(*rows_r)->res = run.rows;
		ebb_arena_defer(job->arena, clear_rows, run.rows);
	} else {
		rc = outcome == REFUSED || outcome == OUTDATED ? refuse(&run) : ebb_pg_no_answer(pg, job, outcome, run.refusal != NULL);
		pg->stats.errors += rc != EBB_E_REPLAY;
		PQclear(run.rows);
	}
	PQclear(run.refusal);
	hand_out_notifies(pg);
	if (job->waited_us != NULL)
		*job->waited_us += ebb_mono_us() - began;
	return rc;
}

/* ---- rows ---- */

int
ebb_rows_count(const struct ebb_rows *rows)
{
	return PQntuples(rows->res);
}

int
ebb_rows_columns(const struct ebb_rows *rows)
{
	return PQnfields(rows->res);
}

const char *
ebb_rows_name(const struct ebb_rows *rows, int column)
{
	return PQfname(rows->res, column);
}

uint32_t
ebb_rows_oid(const struct ebb_rows *rows, int column)
{
	return PQftype(rows->res, column);
}

const char *
ebb_rows_text(const struct ebb_rows *rows, int row, int column, size_t *length_r)
{
	if (PQgetisnull(rows->res, row, column)) {
		if (length_r != NULL)
			*length_r = 0;
		return NULL;
	}
	if (length_r != NULL)
		*length_r = (size_t)PQgetlength(rows->res, row, column);
	return PQgetvalue(rows->res, row, column);
}
