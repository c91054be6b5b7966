/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what automate.c (lanes, turns) and automate_door.c (the database's doors) share.
 * Memory:  one struct, malloc'ed by automate.c.
 * Must not know: other modules; nobody else includes it.
 */
#ifndef EBB_CHANNEL_AUTOMATE_PRIV_H
#define EBB_CHANNEL_AUTOMATE_PRIV_H

#include "channel/automate.h"
#include "channel/automate_lane.h"
#include "plugin/elf.h"
#include "plugin/hooks.h"

#define EBB_AUTOMATE_HELD 8 /* reports that wait until their lane is free */

/* A scheduled report as it was taken. */
struct ebb_automate_report {
	struct ebb_automate_report *next;
	struct ebb_automate_lane *lane;
	int64_t document_id;
	size_t length;
	char body[];
};

struct ebb_automate {
	uint32_t magic;
	struct ebb_automate_opts opts;
	struct ebb_automate_dial dial;
	struct ebb_arena *arena; /* of one statement */
	struct ebb_err err;      /* in it */
	struct ebb_hooks *hooks; /* who wants what */
	struct ebb_arena *note_arena;
	struct ebb_str noted; /* messages to be offered, "1,2,3" */
	struct ebb_automate_lane **lanes;
	size_t lane_count, lane_room;
	struct ebb_automate_report *held; /* in their order */
	unsigned held_count;
	int64_t look_us; /* when to ask for new work */
	bool is_called;  /* there may well be some */
	bool is_cut;     /* the last take used up its time, and there may be lanes it did not come to */
	unsigned kinds_before; /* what was wanted when it was last asked for */
	struct pollfd *fds;
	size_t fd_room;
};

/* ---- automate.c ---- */
struct ebb_automate_lane *ebb_automate_lane_for(struct ebb_automate *automate, const char *plugin, int plugin_id,
						int department_id);

bool ebb_automate_configure(void *ctx, const struct ebb_automate_lane *lane, struct ebb_line *line);

/* ---- automate_door.c ---- */
/* Asks the database when the hooks are not known; false when it could not. */
bool ebb_automate_know(struct ebb_automate *automate);
bool ebb_automate_is_due(struct ebb_automate *automate);
/* Starts lanes with what the database gives; the number of them. */
unsigned ebb_automate_take(struct ebb_automate *automate, unsigned per_lane, int64_t now_us);
void ebb_automate_take_reports(struct ebb_automate *automate);
/* Hands in the results that a lane has. */
void ebb_automate_hand_in(struct ebb_automate *automate, struct ebb_automate_lane *lane);

#endif
