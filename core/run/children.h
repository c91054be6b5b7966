/* SPDX-License-Identifier: Apache-2.0
 * The master's processes: how many of each kind there should be, which there are, and what became of them. Stated
 * as wishes: the master says how many of which generation it wants, reconcile() forks what is missing.
 *
 * Memory: one struct inside the master's. It must not know: signals of the master, sockets, why a reload happens.
 */
#ifndef EBB_RUN_CHILDREN_H
#define EBB_RUN_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/scoreboard.h"

struct ebb_child {
	pid_t pid; /* 0: this place is free */
	enum ebb_proc kind;
	unsigned generation;
	int64_t born_ms;
	int64_t retired_ms; /* when it was first told to go; 0: it stays */
	int64_t told_ms;    /* ... and when last */
	int64_t aborted_ms; /* when it was found hung */
	struct ebb_slot *slot;
};

struct ebb_children {
	struct ebb_board *board;
	unsigned generation;
	unsigned wanted[EBB_PROC_KINDS];
	int64_t pause_ms[EBB_PROC_KINDS]; /* back-off after deaths at birth */
	int64_t not_before_ms[EBB_PROC_KINDS];
	int64_t stop_limit_ms; /* what a retired process gets */
	bool stillborn;        /* one of the present generation died before it was ready */
	/* Runs in the new process and returns its exit code. */
	int (*live)(void *ctx, enum ebb_proc kind, struct ebb_slot *slot);
	void *ctx;
	struct ebb_child child[EBB_SLOTS];
};

void ebb_children_reconcile(struct ebb_children *c, int64_t now_ms);
void ebb_children_reap(struct ebb_children *c, int64_t now_ms);

/* Ends those whose present request holds them longer than hang_ms: first SIGABRT, so that they say where. */
void ebb_children_watch(struct ebb_children *c, int64_t now_ms, int64_t hang_ms);

/* Tells all that are not of generation keep to finish; again every half second, and kills what stays. */
void ebb_children_retire(struct ebb_children *c, unsigned keep, int64_t now_ms);

void ebb_children_signal(const struct ebb_children *c, int signal);
unsigned ebb_children_alive(const struct ebb_children *c, unsigned generation, bool that_one);
bool ebb_children_ready(const struct ebb_children *c);

#endif
