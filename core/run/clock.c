/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the clock: runs the ticks of ticks.def when they are due, on one host at a time. Who leads is decided
 * by a lock in the database that ends with the connection, so a dead leader is replaced by itself. Memory:  one
 * arena, reset after every call; one connection. Must not know: what a tick does, and nothing that waits on
 * anybody but the database.
 */
#include "base/arena.h"
#include "base/time.h"
#include "conf/conf.h"
#include "db/call.h"
#include "db/pg.h"
#include "run/process.h"

#include <string.h>

struct tick {
	const char *name, *fn;
	int64_t every_ms, due_ms;
};

static struct tick ticks[] = {
#define TICK(name, every_ms, text) { #name, "ctl.tick_" #name, every_ms, 0 },
#include "run/ticks.def"
#undef TICK
};

struct clock {
	struct ebb_process *process;
	struct ebb_arena *arena;
	struct ebb_err err;
	struct ebb_pg *pg;
	struct ebb_log_ctx log;
	bool is_leader;
	bool is_quiet;        /* it was said already that there is no database */
	uint64_t connections; /* made so far when we became leader */
};

/* Calls a function without arguments; NULL when that failed, which was logged then. */
static const char *
call(struct clock *clock, const char *fn)
{
	const char *text = NULL;
	struct ebb_db_plain plain = { .fn = fn, .arena = clock->arena, .err = &clock->err };
	enum ebb_rc rc;

	ebb_arena_reset(clock->arena);
	ebb_err_init(&clock->err, clock->arena);
	ebb_slot_busy(clock->process->slot, "");
	ebb_slot_route(clock->process->slot, "tick", fn);
	rc = ebb_db_value(clock->pg, &plain, &text);
	ebb_slot_idle(clock->process->slot);
	if (rc != EBB_OK) {
		if (rc != EBB_E_DB_LOST || !clock->is_quiet)
			ebb_process_complain(clock->process, fn, &clock->err);
		clock->is_quiet = rc == EBB_E_DB_LOST;
		clock->is_leader = clock->is_leader && rc != EBB_E_DB_LOST;
		return NULL;
	}
	clock->is_quiet = false;
	return text != NULL ? text : "";
}

static void
stand_for_election(struct clock *clock)
{
	const char *answer = call(clock, "ctl.clock_lead");

	clock->is_leader = answer != NULL && answer[0] == 't';
	clock->connections = ebb_pg_stats(clock->pg)->reconnects;
	if (clock->is_leader)
		ebb_log(EBB_INFO, &clock->log, "leads: the ticks of this desk run here");
	else
		atomic_store(&clock->process->board->sla_due_ms, 0);
}

static void
run_due(struct clock *clock)
{
	struct ebb_metrics *m = &clock->process->board->metrics;

	for (size_t i = 0; i < EBB_COUNT(ticks) && !clock->process->is_leaving; i++) {
		int64_t now_ms = ebb_mono_us() / 1000;
		if (now_ms < ticks[i].due_ms)
			continue;
		ticks[i].due_ms = now_ms + ticks[i].every_ms;
		const char *rows = call(clock, ticks[i].fn);
		if (rows != NULL && strcmp(ticks[i].name, "sla") == 0)
			atomic_store(&clock->process->board->sla_due_ms, ticks[i].due_ms);
		ebb_metrics_add(m, rows != NULL ? EBB_C_CLOCK_TICKS : EBB_C_CLOCK_FAILED, 1);
		if (rows != NULL && strcmp(rows, "0") != 0)
			ebb_log(EBB_DEBUG, &clock->log, "tick %s: %s", ticks[i].name, rows);
		/* A new connection has no lock: the tick did no harm, but the next one waits for an election. */
		if (!clock->is_leader || clock->connections != ebb_pg_stats(clock->pg)->reconnects) {
			clock->is_leader = false;
			return;
		}
		ebb_process_signals(clock->process);
	}
}

int
ebb_clock_live(struct ebb_process *process)
{
	struct clock clock = { .process = process, .log = EBB_LOG_CTX_NONE };
	int64_t pause_ms = process->conf->clock_interval_ms;

	ebb_process_begin(process, &clock.log);
	clock.arena = ebb_arena_new("clock", EBB_ARENA_PLAIN);
	clock.pg = ebb_process_pg(process, "ebb_clock");
	ebb_slot_idle(process->slot);
	while (!process->is_leaving) {
		int64_t began_ms = ebb_mono_us() / 1000;
		if (!clock.is_leader)
			stand_for_election(&clock);
		if (clock.is_leader)
			run_due(&clock);
		int64_t used_ms = ebb_mono_us() / 1000 - began_ms;
		if (!process->is_leaving && ebb_process_wait(process, ebb_pg_fd(clock.pg), pause_ms - used_ms) &&
		    !ebb_pg_pump(clock.pg))
			clock.is_leader = false;
	}
	ebb_pg_free(&clock.pg);
	ebb_arena_free(&clock.arena);
	return 0;
}
