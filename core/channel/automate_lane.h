/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one lane of automation: one plugin at work for one department, one batch of events (or one report) at a time.
 *          It dials the plugin's process, gives each event its own time, and when a batch goes wrong it finds the event that
 *          did it: by what the process said it began with, else by asking event by event.  Nothing here waits.
 * Memory:  a lane is malloc'ed; what it works on is copied into its arena until the next start, results live until
 *          ebb_automate_lane_next() or _start().
 * Must not know: the database, other lanes, what an action means.
 */
#ifndef EBB_CHANNEL_AUTOMATE_LANE_H
#define EBB_CHANNEL_AUTOMATE_LANE_H

#include "plugin/line.h"
#include "plugin/reply.h"

struct ebb_automate_lane;

/* What lanes need of their owner. */
struct ebb_automate_dial {
	int door_fd;
	/* Hands the department's configuration to a line; false: it cannot be had, and the lane gives its work back. */
	bool (*configure)(void *ctx, const struct ebb_automate_lane *lane, struct ebb_line *line);
	void *ctx;
};

struct ebb_automate_work {
	enum ebb_call_kind kind; /* EBB_CALL_AUTOMATE or EBB_CALL_REPORT */
	const char *body;
	size_t length;
	const int64_t *event_ids; /* AUTOMATE, in the order of the body; REPORT: the document's number alone */
	size_t event_count;
	int64_t limit_us; /* each event's */
};

enum ebb_automate_state {
	EBB_AUTOMATE_IDLE,
	EBB_AUTOMATE_AT_WORK, /* poll and pump */
	EBB_AUTOMATE_SOME,    /* results are there, and the rest is still to be asked: ebb_automate_lane_next() */
	EBB_AUTOMATE_OVER,    /* results are there, the last of this work */
};

struct ebb_automate_lane {
	uint32_t magic;
	char plugin[EBB_PLUGIN_NAME_ROOM];
	int plugin_id, department_id;
	const struct ebb_automate_dial *dial;
	struct ebb_line *line; /* NULL: not dialled */
	enum ebb_automate_state state;
	struct ebb_arena *work_arena, *result_arena;
	struct ebb_automate_work work;
	bool *is_settled; /* by index of event */
	size_t settled_count;
	bool is_single, is_redialled; /* event by event; dialled a second time for the same call */
	size_t asked_at;              /* is_single: the event under way */
	size_t begun_count;           /* events of the call that the process began with, so far */
	int64_t deadline_us;
	/* Since the last next(): results; a REPORT's reply, or NULL and results[0] says why. */
	struct ebb_reply_result *results;
	size_t result_count;
	const struct ebb_reply *report;
};

struct ebb_automate_lane *ebb_automate_lane_new(const char *plugin, int plugin_id, int department_id,
						const struct ebb_automate_dial *dial);
void ebb_automate_lane_free(struct ebb_automate_lane **lane);

/* The lane must be idle.  It may be over at once, with results, when there is nobody to dial. */
void ebb_automate_lane_start(struct ebb_automate_lane *lane, const struct ebb_automate_work *work, int64_t now_us);
enum ebb_automate_state ebb_automate_lane_pump(struct ebb_automate_lane *lane, int64_t now_us);
/* Drops the results; SOME: asks the next event, OVER: the lane is idle. */
void ebb_automate_lane_next(struct ebb_automate_lane *lane, int64_t now_us);
/* Gives up what is not settled: it gets result "busy", as if the process had never come to it. */
void ebb_automate_lane_give_back(struct ebb_automate_lane *lane, const char *sentence);
/* Ends the connection of an idle lane: the process may leave. */
void ebb_automate_lane_hang_up(struct ebb_automate_lane *lane);

/* One event of a batch as a CALL of its own; NULL when the body has no such array or element. */
const char *ebb_automate_pick(struct ebb_arena *arena, const char *body, size_t length, size_t index,
			      size_t *length_r);

#endif
