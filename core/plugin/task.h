/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: several plugins called at once under one deadline, and what became of each call, as the database gets it.
 * Memory:  the caller's arena; lines stay the hooks' (or are freed here, where they were dialled for this call only).
 * Must not know: what is asked, who asks, the database.
 */
#ifndef EBB_PLUGIN_TASK_H
#define EBB_PLUGIN_TASK_H

#include "plugin/hooks.h"

/* Automation goes event by event and is none of ours. */
enum ebb_task_kind { EBB_TASK_CATEGORISE, EBB_TASK_REPORT, EBB_TASK_CHECK };

struct ebb_task {
	const struct ebb_hook_row *row;
	enum ebb_task_kind kind;
	const char *body;
	size_t length;
	const char *fault; /* why it is not called at all: that is its answer; NULL: none */
	bool is_apart;     /* a line of its own without the row's configuration: check() */

	/* filled in: ok, skip, fail, late, busy, gone or nonsense */
	const char *result;
	const char *pointer, *sentence; /* NULL: none */
	int64_t duration_us;            /* of the plugin's own code, or of our waiting for it */
	bool is_answered;
	const char *suggestions;       /* CATEGORISE: a JSON array */
	const unsigned char *document; /* REPORT; NULL: none */
	size_t document_length;

	struct ebb_line *line;
	bool is_over, is_again;
};

/* Sends all, waits until each is answered or the time is over; logs what plugins log, counts, tells the keeper. */
void ebb_task_run(struct ebb_hooks *hooks, struct ebb_task *tasks, size_t count, int64_t limit_us,
		  const char *request_id, struct ebb_arena *arena);

#endif
