/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see automate.h: the lanes and their turns.
 * Memory:  see automate.h; what one statement returns lives until the next.
 * Must not know: what the database's doors look like (automate_door.c).
 */
#include "channel/automate_priv.h"

#include "base/obj.h"
#include "base/time.h"
#include "plugin/dispatch.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define AUTOMATE_MAGIC EBB_MAGIC('a', 'u', 't', 'o')
#define LOOK_US 500000   /* one question by index each half second while somebody automates; see docs/decisions/0015 */
#define KINDS (EBB_KIND_AUTOMATE | EBB_KIND_REPORT)
#define PER_LANE 25      /* a lane with much to do keeps the others waiting for as long as its batch is gathered */
#define TAKE_LONG_US 900000 /* ctl.plugin_take() comes to an end after a second */
#define PER_TAKE 2000    /* events at a time over all lanes: bounds memory */

static uint8_t
wanted(void *ctx, unsigned operation)
{
	struct ebb_automate *automate = ctx;

	if (operation != EBB_DISPATCH_EVENTS)
		return 0;
	/* Who cannot ask offers: the database knows best who wants it. */
	if (!ebb_automate_know(automate))
		return 1u << EBB_HOOK_EVENT | EBB_DISPATCH_UNKNOWN;
	return (uint8_t)(((ebb_hooks_kinds(automate->hooks) & EBB_KIND_AUTOMATE) != 0 ? 1u << EBB_HOOK_EVENT : 0) |
			 (ebb_hooks_is_known(automate->hooks) ? 0 : EBB_DISPATCH_UNKNOWN));
}

static enum ebb_rc
note(void *ctx, struct ebb_hook_call *call)
{
	struct ebb_automate *automate = ctx;

	ebb_str_printf(&automate->noted, "%s%" PRId64, automate->noted.length > 0 ? "," : "", call->outbox_id);
	return EBB_OK;
}

struct ebb_automate *
ebb_automate_new(const struct ebb_automate_opts *opts)
{
	struct ebb_automate *automate = calloc(1, sizeof *automate);

	EBB_ASSERT(automate != NULL);
	automate->magic = AUTOMATE_MAGIC;
	automate->opts = *opts;
	automate->dial = (struct ebb_automate_dial){ opts->door_fd, ebb_automate_configure, automate };
	automate->arena = ebb_arena_new("automate", EBB_ARENA_PLAIN);
	automate->hooks = ebb_hooks_new(&(struct ebb_hooks_opts){ .door = EBB_HOOKS_CTL,
								  .door_fd = opts->door_fd,
								  .lane = EBB_LANE_ACT,
								  .key_file = opts->secret_key_file });
	automate->note_arena = ebb_arena_new("offer", EBB_ARENA_PLAIN);
	ebb_str_init(&automate->noted, automate->note_arena, 256);
	automate->kinds_before = KINDS;
	automate->is_called = true;
	ebb_dispatch_host(&(struct ebb_dispatch_host){ wanted, note, automate });
	return automate;
}

void
ebb_automate_free(struct ebb_automate **automate_pp)
{
	struct ebb_automate *automate;
	struct ebb_automate_report *next;

	EBB_TAKE(automate, automate_pp, AUTOMATE_MAGIC);
	ebb_dispatch_host(NULL);
	for (size_t i = 0; i < automate->lane_count; i++)
		ebb_automate_lane_free(&automate->lanes[i]);
	for (; automate->held != NULL; automate->held = next) {
		next = automate->held->next;
		free(automate->held);
	}
	ebb_hooks_free(&automate->hooks);
	ebb_arena_free(&automate->arena);
	ebb_arena_free(&automate->note_arena);
	free(automate->lanes);
	free(automate->fds);
	free(automate);
}

/* ---- who wants what ---- */

void
ebb_automate_forget(struct ebb_automate *automate)
{
	EBB_CHECK(automate, AUTOMATE_MAGIC);
	ebb_hooks_forget(automate->hooks);
	automate->is_called = true; /* a plugin that was enabled just now may have a tick or a report to do */
	ebb_dispatch_forget();
}

bool
ebb_automate_is_wanted(struct ebb_automate *automate)
{
	EBB_CHECK(automate, AUTOMATE_MAGIC);
	return ebb_automate_know(automate) &&
	       (ebb_hooks_kinds(automate->hooks) & KINDS) != 0;
}

bool
ebb_automate_configure(void *ctx, const struct ebb_automate_lane *lane, struct ebb_line *line)
{
	struct ebb_automate *automate = ctx;
	const struct ebb_hook_row *hook = ebb_hooks_find(automate->hooks, lane->plugin_id, lane->department_id);

	return hook != NULL && hook->config != NULL && ebb_line_config(line, hook->config_version, hook->config);
}

/* ---- lanes ---- */

struct ebb_automate_lane *
ebb_automate_lane_for(struct ebb_automate *automate, const char *plugin, int plugin_id, int department_id)
{
	for (size_t i = 0; i < automate->lane_count; i++)
		if (automate->lanes[i]->plugin_id == plugin_id && automate->lanes[i]->department_id == department_id)
			return automate->lanes[i];
	if (automate->lane_count == automate->lane_room) {
		automate->lane_room = automate->lane_room * 2 + 16;
		automate->lanes = realloc(automate->lanes, automate->lane_room * sizeof(struct ebb_automate_lane *));
		EBB_ASSERT(automate->lanes != NULL);
	}
	automate->lanes[automate->lane_count] =
	    ebb_automate_lane_new(plugin, plugin_id, department_id, &automate->dial);
	return automate->lanes[automate->lane_count++];
}

/* Lanes of departments that use their plugin no more; what is under way in them ends first, and the database ignores it. */
static void
drop_unused(struct ebb_automate *automate)
{
	for (size_t i = 0; i < automate->lane_count;) {
		struct ebb_automate_lane *lane = automate->lanes[i];
		if (lane->state != EBB_AUTOMATE_IDLE ||
		    ebb_hooks_find(automate->hooks, lane->plugin_id, lane->department_id) != NULL) {
			i++;
			continue;
		}
		ebb_automate_lane_free(&automate->lanes[i]);
		automate->lanes[i] = automate->lanes[--automate->lane_count];
	}
}

/* Takes what came from the plugins and hands it on; true while any is at work. */
static bool
pump(struct ebb_automate *automate, bool is_leaving, int64_t now_us)
{
	bool is_any = false;

	for (size_t i = 0; i < automate->lane_count; i++) {
		struct ebb_automate_lane *lane = automate->lanes[i];
		if (lane->state == EBB_AUTOMATE_IDLE)
			continue;
		ebb_automate_lane_pump(lane, now_us);
		while (lane->state == EBB_AUTOMATE_SOME || lane->state == EBB_AUTOMATE_OVER) {
			ebb_automate_hand_in(automate, lane);
			if (is_leaving && lane->state == EBB_AUTOMATE_SOME)
				break;
			ebb_automate_lane_next(lane, now_us);
		}
		if (lane->state == EBB_AUTOMATE_IDLE)
			automate->is_called = true; /* there may be more for it */
		is_any = is_any || lane->state == EBB_AUTOMATE_AT_WORK;
	}
	return is_any;
}

static void
start_reports(struct ebb_automate *automate, int64_t now_us)
{
	struct ebb_automate_report **at = &automate->held, *report;

	while ((report = *at) != NULL) {
		if (report->lane->state != EBB_AUTOMATE_IDLE) {
			at = &report->next;
			continue;
		}
		const struct ebb_automate_work work = {
			.kind = EBB_CALL_REPORT,
			.body = report->body,
			.length = report->length,
			.event_ids = &report->document_id,
			.event_count = 1,
			.limit_us = (int64_t)automate->opts.act_ms * 1000,
		};
		ebb_automate_lane_start(report->lane, &work, now_us);
		*at = report->next;
		automate->held_count--;
		free(report);
	}
}

static unsigned
per_lane(const struct ebb_automate *automate)
{
	size_t share = PER_TAKE / (automate->lane_count + 1);

	return share < 5 ? 5 : share < PER_LANE ? (unsigned)share : PER_LANE;
}

int64_t
ebb_automate_turn(struct ebb_automate *automate, int64_t now_us)
{
	int64_t next_us;
	unsigned kinds, uses;

	EBB_CHECK(automate, AUTOMATE_MAGIC);
	/* Whoever hands in may take again. So first those have a turn that the last take did not come to: it begins with the
	 * same lanes each time, and leaves out who has a batch. */
	if (!automate->is_cut)
		pump(automate, false, now_us);
	automate->is_cut = false;
	kinds = ebb_automate_know(automate) ? ebb_hooks_kinds(automate->hooks) & KINDS : 0;
	/* Once more after the last was disabled: what waited for it shall not come on the day it is used again. */
	uses = kinds | (automate->is_called ? automate->kinds_before : 0);
	if (uses == 0)
		automate->is_called = false;
	else if (automate->is_called || now_us >= automate->look_us) {
		bool is_due = automate->is_called || ebb_automate_is_due(automate);
		automate->is_called = false;
		automate->kinds_before = kinds;
		automate->look_us = now_us + LOOK_US;
		if (is_due && (uses & EBB_KIND_REPORT) != 0 && automate->held_count < EBB_AUTOMATE_HELD)
			ebb_automate_take_reports(automate);
		start_reports(automate, now_us);
		drop_unused(automate);
		if (is_due && (uses & EBB_KIND_AUTOMATE) != 0) {
			int64_t began_us = ebb_mono_us();
			bool is_any = ebb_automate_take(automate, per_lane(automate), began_us) > 0;
			if (ebb_mono_us() - began_us >= TAKE_LONG_US) {
				automate->is_called = true;
				automate->is_cut = is_any; /* nothing at all is no turn: a statement that was cancelled, no database */
			}
		}
	}
	next_us = kinds != 0 ? automate->look_us : INT64_MAX;
	for (size_t i = 0; i < automate->lane_count; i++) {
		const struct ebb_automate_lane *lane = automate->lanes[i];
		if (lane->state == EBB_AUTOMATE_SOME || lane->state == EBB_AUTOMATE_OVER)
			return 0; /* it could not even be reached */
		if (lane->state == EBB_AUTOMATE_AT_WORK && lane->deadline_us < next_us)
			next_us = lane->deadline_us;
	}
	return automate->is_called ? 0 : next_us;
}

struct pollfd *
ebb_automate_poll(struct ebb_automate *automate, unsigned before, unsigned *count_r)
{
	size_t count = before;

	EBB_CHECK(automate, AUTOMATE_MAGIC);
	if (automate->fd_room < before + automate->lane_count) {
		automate->fd_room = before + automate->lane_count + 16;
		automate->fds = realloc(automate->fds, automate->fd_room * sizeof *automate->fds);
		EBB_ASSERT(automate->fds != NULL);
	}
	for (size_t i = 0; i < automate->lane_count; i++)
		if (automate->lanes[i]->state == EBB_AUTOMATE_AT_WORK)
			automate->fds[count++] = (struct pollfd){ .fd = ebb_line_fd(automate->lanes[i]->line),
								  .events = ebb_line_events(automate->lanes[i]->line) };
	*count_r = (unsigned)count;
	return automate->fds;
}

bool
ebb_automate_finish(struct ebb_automate *automate, int64_t now_us)
{
	EBB_CHECK(automate, AUTOMATE_MAGIC);
	return pump(automate, true, now_us);
}

void
ebb_automate_abandon(struct ebb_automate *automate)
{
	EBB_CHECK(automate, AUTOMATE_MAGIC);
	for (size_t i = 0; i < automate->lane_count; i++) {
		struct ebb_automate_lane *lane = automate->lanes[i];
		if (lane->state != EBB_AUTOMATE_AT_WORK && lane->state != EBB_AUTOMATE_SOME)
			continue;
		ebb_automate_lane_give_back(lane, "The desk is being stopped or reloaded.");
		ebb_automate_hand_in(automate, lane);
	}
}
