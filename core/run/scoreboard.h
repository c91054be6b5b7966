/* SPDX-License-Identifier: Apache-2.0
 * The scoreboard: one shared page set, mapped by the master before it forks, in which each process says what it
 * is doing. The master reads it to find the hung and to name the request a dead process was serving.
 *
 * Memory: mapped once, lives as long as the master; a slot belongs to one process at a time and keeps its last
 * words after that process died. Written without locks: each field has one writer, the reader tolerates a torn
 * text. It must not know: requests, database, configuration.
 */
#ifndef EBB_RUN_SCOREBOARD_H
#define EBB_RUN_SCOREBOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "run/metrics.h"

#define EBB_SLOTS 1160 /* twice all processes params.def allows: a reload has two sets */

enum ebb_proc { EBB_PROC_WORKER, EBB_PROC_SESSION, EBB_PROC_CLOCK, EBB_PROC_COURIER, EBB_PROC_KEEPER, EBB_PROC_KINDS };

enum ebb_slot_state { EBB_SLOT_FREE, EBB_SLOT_STARTING, EBB_SLOT_IDLE, EBB_SLOT_BUSY };

struct ebb_slot {
	_Atomic int32_t pid;
	_Atomic int32_t state;         /* enum ebb_slot_state */
	_Atomic int64_t busy_since_ms; /* monotonic */
	int32_t kind;                  /* enum ebb_proc */
	char request_id[40];
	char route[72]; /* "GET /tickets/{ticket_id}", or the tick's name */
} __attribute__((aligned(64)));

struct ebb_board {
	uint32_t magic;
	_Atomic int32_t stopping;   /* the whole desk goes down: drain the queue, then leave */
	_Atomic int64_t sla_due_ms; /* monotonic: when this host's clock wants to look at the SLA again; 0: never did */
	int64_t started_ms;         /* monotonic */
	struct ebb_slot slot[EBB_SLOTS];
	struct ebb_metrics metrics;
};

/* NULL when the kernel refuses the memory. */
struct ebb_board *ebb_board_create(void);
const char *ebb_proc_name(enum ebb_proc kind);

/* By the master, before fork and after waitpid. claim returns NULL when all slots are taken. */
struct ebb_slot *ebb_slot_claim(struct ebb_board *board, enum ebb_proc kind);
void ebb_slot_free(struct ebb_slot *slot);

/* By the process itself. route may be called again as more becomes known. */
void ebb_slot_idle(struct ebb_slot *slot);
void ebb_slot_busy(struct ebb_slot *slot, const char *request_id);
void ebb_slot_route(struct ebb_slot *slot, const char *method, const char *path);

/* How long the process has been at its present request; 0 when it is not. */
int64_t ebb_slot_busy_ms(const struct ebb_slot *slot, int64_t now_ms);
unsigned ebb_board_count(const struct ebb_board *board, enum ebb_proc kind, enum ebb_slot_state state);

int64_t ebb_clock_ms(void); /* monotonic */

#endif
