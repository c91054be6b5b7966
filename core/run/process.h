/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what every process below the master has in common: its signals, its name in the log, its slot on the
 *          scoreboard, and how it waits.
 * Memory:  the struct lives on the stack of the new process until that ends; all it points to is the master's,
 *          copied by fork.
 * Must not know: what the process does with its time.
 */
#ifndef EBB_RUN_PROCESS_H
#define EBB_RUN_PROCESS_H

#include "base/log.h"
#include "run/scoreboard.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_conf;
struct ebb_pg;
struct ebb_err;

struct ebb_process {
	enum ebb_proc kind;
	const struct ebb_conf *conf;
	struct ebb_board *board;
	struct ebb_slot *slot;
	int listen_fd; /* -1: it serves nobody */
	int door_fd;   /* the callers' end for workers and courier, the other for the keeper, -1 for the rest */
	unsigned generation;
	int signal_fd;
	bool is_leaving; /* TERM came: finish what is at hand, then go */
	const struct ebb_log_ctx *log;
};

/* Each runs until told to go and returns the exit code. */
int ebb_worker_live(struct ebb_process *process);
int ebb_clock_live(struct ebb_process *process);
int ebb_courier_live(struct ebb_process *process);
int ebb_keeper_live(struct ebb_process *process);

/* Signals, log, last words. log is what last words and panics tell; only pointed to. */
void ebb_process_begin(struct ebb_process *process, const struct ebb_log_ctx *log);
/* Reads the signals that came; sets is_leaving, opens the log anew. */
void ebb_process_signals(struct ebb_process *process);
/* Waits for a signal, for something to read on fd (-1: none), or for ms. True when fd is readable. */
bool ebb_process_wait(struct ebb_process *process, int fd, int64_t ms);
/* A connection as the given role with the configuration's limits; made when first needed. */
struct ebb_pg *ebb_process_pg(const struct ebb_process *process, const char *role);
/* Logs what an error slot says; for processes that have nobody else to tell. */
void ebb_process_complain(const struct ebb_process *process, const char *doing, const struct ebb_err *err);

#endif
