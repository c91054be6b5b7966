/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: errors are return values; what people and callers are told stands in one slot, filled once,
 *          where the fault is seen:  return ebb_fail(&rq->err, EBB_E_CONFLICT, "...");
 * Memory:  the slot belongs to its user; its texts to the arena named at init.
 * Must not know: HTTP beyond a status number, SQL beyond a state.
 */
#ifndef EBB_BASE_ERR_H
#define EBB_BASE_ERR_H

#include "base/arena.h"
#include "base/check.h"

#include <stdbool.h>

enum ebb_rc {
	EBB_OK = 0,
#define CODE(name, status, sqlstate, slug, title) EBB_E_##name,
#include "base/codes.def"
#undef CODE
	EBB_RC_COUNT
};

struct ebb_code {
	const char *name;
	int status;
	const char *sqlstate;
	const char *slug;
	const char *title;
};

struct ebb_err_item {
	const char *pointer; /* JSON pointer into the body, a parameter's name, "line 12" ... */
	const char *detail;
	struct ebb_err_item *next;
};

struct ebb_err {
	struct ebb_arena *arena;
	enum ebb_rc rc;
	const char *sentence; /* for people */
	const char *hint;     /* the cure; follows the sentence */
	const char *items_json; /* the list as the database wrote it: a JSON array, or NULL */
	struct ebb_err_item *items;
	struct ebb_err_item *last;
	unsigned item_count;
	int retry_after_s;        /* 0: none */
	int replay_status;        /* EBB_E_REPLAY: the stored answer */
	const char *replay_body;
	char sqlstate[6];
	char log_id[20]; /* "" unless the log holds more than is shown */
};

/* The row of an error, the never-failing way (EBB_OK has none: asserted). */
const struct ebb_code *ebb_code(enum ebb_rc rc);
/* The error of one of our SQLSTATEs (ZExxx); EBB_OK when it is none of ours. */
enum ebb_rc ebb_code_of_sqlstate(const char *sqlstate);

void ebb_err_init(struct ebb_err *err, struct ebb_arena *arena);

/* Fills the slot and returns rc.  A second call replaces the first only when the first was field errors. */
enum ebb_rc ebb_fail(struct ebb_err *err, enum ebb_rc rc, const char *format, ...) EBB_PRINTF(3, 4);
/* Adds one item to the list; the slot becomes rc at the end by ebb_fail_items(). */
void ebb_err_item(struct ebb_err *err, const char *pointer, const char *format, ...) EBB_PRINTF(3, 4);
/* EBB_OK without items; otherwise fills the slot with rc and the sentence. */
enum ebb_rc ebb_fail_items(struct ebb_err *err, enum ebb_rc rc, const char *sentence);
/* Gives the slot an id under which the log holds the whole story; returns it. */
const char *ebb_err_log_id(struct ebb_err *err);

#endif
