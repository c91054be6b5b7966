/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a worker does before a ticket is opened: asks the plugins of its department and adds what they suggest to
 *          the arguments.  It registers itself as the host of dispatch.h; a ticket is opened with or without an answer.
 * Memory:  one struct per worker; per request the request's arena.
 * Must not know: what a suggestion is worth: the database decides.
 */
#ifndef EBB_PLUGIN_ASK_H
#define EBB_PLUGIN_ASK_H

#include <stdint.h>

struct ebb_hooks;
struct ebb_rq;

#define EBB_ASK_PAUSES 16

/* Whose tickets are opened without asking for a while: gathering what plugins want to know took too long. */
struct ebb_ask_pause {
	uint64_t whose;
	int64_t until_us;
};

struct ebb_ask {
	struct ebb_ask_pause pauses[EBB_ASK_PAUSES];
	struct ebb_hooks *hooks;
	struct ebb_rq *rq; /* the worker's one request */
	int limit_ms;      /* conf plugin_ask_ms */
};

/* The struct must stay. */
void ebb_ask_begin(struct ebb_ask *ask);

#endif
