/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the life of a connection: what is remembered over a reconnect, when to reconnect, what callers
 *          are told when there is no answer.
 * Memory:  struct ebb_pg and its copies are malloc'ed here and freed in ebb_pg_free().
 * Must not know: libpq (pg.c), HTTP, what the SQL means.
 */
#include "base/time.h"
#include "db/pg_priv.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STEP_MS       100
#define RECONNECT_MS  2000
#define RETRY_AFTER_S 2

/* ---- set of prepared names ---- */

static char **
slot_of(struct ebb_pg *pg, const char *name)
{
	uint32_t hash = 2166136261u;

	for (const char *at = name; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 16777619u;
	for (;; hash++) {
		char **slot = &pg->prepared[hash & (EBB_PG_STMTS - 1)];

		if (*slot == NULL || strcmp(*slot, name) == 0)
			return slot;
	}
}

bool
ebb_pg_is_prepared(struct ebb_pg *pg, const char *name)
{
	return *slot_of(pg, name) != NULL;
}

void
ebb_pg_forget_prepared(struct ebb_pg *pg)
{
	for (size_t i = 0; pg->prepared_count > 0 && i < EBB_PG_STMTS; i++) {
		free(pg->prepared[i]);
		pg->prepared[i] = NULL;
	}
	pg->prepared_count = 0;
}

void
ebb_pg_note_prepared(struct ebb_pg *pg, const char *name)
{
	char **slot = slot_of(pg, name);

	EBB_ASSERT(pg->prepared_count < EBB_PG_STMTS / 2);
	if (*slot != NULL)
		return;
	*slot = strdup(name);
	EBB_ASSERT(*slot != NULL);
	pg->prepared_count++;
}

static char *
copy(const char *text)
{
	char *dup = text == NULL ? NULL : strdup(text);

	EBB_ASSERT(text == NULL || dup != NULL);
	return dup;
}

struct ebb_pg *
ebb_pg_new(const struct ebb_pg_opts *opts)
{
	struct ebb_pg *pg = calloc(1, sizeof *pg);

	EBB_ASSERT(pg != NULL);
	pg->magic = EBB_PG_MAGIC;
	pg->conninfo = copy(opts->conninfo);
	pg->user = copy(opts->user);
	pg->application_name = copy(opts->application_name);
	pg->connect_timeout_s = opts->connect_timeout_s;
	pg->statement_timeout_ms = opts->statement_timeout_ms;
	pg->reconnect_ms = opts->reconnect_ms > 0 ? opts->reconnect_ms : RECONNECT_MS;
	return pg;
}

void
ebb_pg_free(struct ebb_pg **pg_pp)
{
	struct ebb_pg *pg;

	if (*pg_pp == NULL)
		return;
	EBB_TAKE(pg, pg_pp, EBB_PG_MAGIC);
	ebb_pg_disconnect(pg);
	for (unsigned i = 0; i < pg->channel_count; i++)
		free(pg->channels[i]);
	free(pg->conninfo);
	free(pg->user);
	free(pg->application_name);
	free(pg);
}

bool
ebb_pg_pump(struct ebb_pg *pg)
{
	EBB_CHECK(pg, EBB_PG_MAGIC);
	if (pg->conn == NULL)
		return false;
	if (ebb_pg_drain(pg))
		return true;
	ebb_pg_disconnect(pg);
	return false;
}

static void
sleep_ms(int ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

static enum ebb_rc
reconnect(struct ebb_pg *pg, struct ebb_err *err)
{
	int64_t now = ebb_mono_us(), until = now + (int64_t)pg->reconnect_ms * 1000;

	if (pg->conn != NULL)
		ebb_pg_disconnect(pg);
	while (!ebb_pg_connect(pg)) {
		/* Who has waited in vain once does not make everybody wait as long: one attempt, then the 503. */
		if (ebb_mono_us() + STEP_MS * 1000 > until ||
		    (pg->down_since_us != 0 && now - pg->down_since_us > (int64_t)pg->reconnect_ms * 1000)) {
			if (pg->down_since_us == 0)
				pg->down_since_us = now;
			ebb_log(EBB_ERROR, NULL, "no connection to the database: %.200s", ebb_pg_why(pg));
			ebb_pg_disconnect(pg);
			err->retry_after_s = RETRY_AFTER_S;
			return ebb_fail(err, EBB_E_DB_LOST, "The database cannot be reached just now.");
		}
		ebb_pg_disconnect(pg);
		sleep_ms(STEP_MS);
	}
	pg->down_since_us = 0;
	pg->is_stale = false;
	pg->stats.reconnects += pg->was_up;
	pg->was_up = true;
	for (unsigned i = 0; pg->on_notify != NULL && i < pg->channel_count; i++)
		pg->on_notify(pg->on_notify_ctx, pg->channels[i], "");
	return EBB_OK;
}

enum ebb_rc
ebb_pg_ready(struct ebb_pg *pg, struct ebb_err *err)
{
	EBB_CHECK(pg, EBB_PG_MAGIC);
	if (pg->conn != NULL && !pg->is_stale && ebb_pg_drain(pg) && ebb_pg_is_idle(pg))
		return EBB_OK;
	return reconnect(pg, err);
}

void
ebb_pg_on_notify(struct ebb_pg *pg, ebb_pg_notify_fn *fn, void *ctx)
{
	pg->on_notify = fn;
	pg->on_notify_ctx = ctx;
}

enum ebb_rc
ebb_pg_listen(struct ebb_pg *pg, const char *channel, struct ebb_err *err)
{
	EBB_ASSERT(pg->channel_count < EBB_PG_CHANNELS);
	EBB_ASSERT(strlen(channel) < 64 && strspn(channel, "abcdefghijklmnopqrstuvwxyz_") == strlen(channel));
	pg->channels[pg->channel_count++] = copy(channel);
	pg->is_stale = true; /* connecting anew listens to all of them */
	return ebb_pg_ready(pg, err);
}

void
ebb_pg_statement_timeout(struct ebb_pg *pg, int timeout_ms)
{
	pg->is_stale = pg->is_stale || pg->statement_timeout_ms != timeout_ms;
	pg->statement_timeout_ms = timeout_ms;
}

const struct ebb_pg_stats *
ebb_pg_stats(const struct ebb_pg *pg)
{
	return &pg->stats;
}

enum ebb_rc
ebb_pg_no_answer(struct ebb_pg *pg, const struct ebb_pg_job *job, enum ebb_pg_outcome outcome, bool is_refused)
{
	struct ebb_err *err = job->err;

	err->retry_after_s = RETRY_AFTER_S;
	pg->stats.timeouts += outcome == LATE;
	/* With a farewell of the server the transaction is known to be rolled back. */
	if (outcome == LOST && (job->is_read || is_refused))
		return ebb_fail(err, EBB_E_DB_LOST, "The connection to the database broke; nothing was changed.");
	if (outcome == LATE && job->is_read)
		return ebb_fail(err, EBB_E_TIMEOUT, "This took longer than a request may.");
	pg->stats.unknown_commits++;
	ebb_log(EBB_ERROR, job->log, "unknown outcome: %s",
		outcome == LATE   ? "deadline passed" :
		outcome == LOST   ? "connection lost" :
				    "the server warned at commit");
	return ebb_fail(err, EBB_E_UNKNOWN_OUTCOME,
			"The database did not confirm the change. Send it again with the same Idempotency-Key.");
}
