/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see automate_lane.h.
 * Memory:  see automate_lane.h.
 * Must not know: the database, other lanes.
 */
#include "channel/automate_lane.h"

#include "base/log.h"
#include "base/obj.h"
#include "plugin/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LANE_MAGIC EBB_MAGIC('l', 'a', 'n', 'a')

struct ebb_automate_lane *
ebb_automate_lane_new(const char *plugin, int plugin_id, int department_id, const struct ebb_automate_dial *dial)
{
	struct ebb_automate_lane *lane = calloc(1, sizeof *lane);

	EBB_ASSERT(lane != NULL);
	lane->magic = LANE_MAGIC;
	snprintf(lane->plugin, sizeof lane->plugin, "%s", plugin);
	lane->plugin_id = plugin_id;
	lane->department_id = department_id;
	lane->dial = dial;
	lane->work_arena = ebb_arena_new("lane", EBB_ARENA_PLAIN);
	lane->result_arena = ebb_arena_new("lane results", EBB_ARENA_PLAIN);
	return lane;
}

void
ebb_automate_lane_free(struct ebb_automate_lane **lane_pp)
{
	struct ebb_automate_lane *lane;

	EBB_TAKE(lane, lane_pp, LANE_MAGIC);
	ebb_line_free(&lane->line);
	ebb_arena_free(&lane->work_arena);
	ebb_arena_free(&lane->result_arena);
	free(lane);
}

void
ebb_automate_lane_hang_up(struct ebb_automate_lane *lane)
{
	EBB_CHECK(lane, LANE_MAGIC);
	EBB_ASSERT(lane->state == EBB_AUTOMATE_IDLE);
	ebb_line_free(&lane->line);
}

/* ---- results ---- */

static void
forget_results(struct ebb_automate_lane *lane)
{
	ebb_arena_reset(lane->result_arena);
	lane->results = ebb_arena_zalloc(lane->result_arena, sizeof *lane->results * (lane->work.event_count + 1));
	lane->result_count = 0;
	lane->report = NULL;
}

static void
settle(struct ebb_automate_lane *lane, size_t index, const struct ebb_reply_result *result)
{
	EBB_ASSERT(index < lane->work.event_count && !lane->is_settled[index]);
	lane->is_settled[index] = true;
	lane->settled_count++;
	lane->results[lane->result_count] = *result;
	lane->results[lane->result_count++].event_id = lane->work.event_ids[index];
}

/* Is this event part of the call under way? */
static bool
is_asked(const struct ebb_automate_lane *lane, size_t index)
{
	return !lane->is_settled[index] && (!lane->is_single || index == lane->asked_at);
}

static void
settle_asked(struct ebb_automate_lane *lane, const char *result, const char *sentence)
{
	for (size_t i = 0; i < lane->work.event_count; i++)
		if (is_asked(lane, i))
			settle(lane, i, &(struct ebb_reply_result){ .result = result, .sentence = sentence });
}

static enum ebb_automate_state
stand(struct ebb_automate_lane *lane)
{
	bool is_all = lane->settled_count == lane->work.event_count;

	lane->state = is_all ? EBB_AUTOMATE_OVER : EBB_AUTOMATE_SOME;
	return lane->state;
}

/* All that is not settled comes again later: who cannot be reached for one event cannot be for the next. */
static enum ebb_automate_state
give_up(struct ebb_automate_lane *lane, const char *sentence)
{
	ebb_line_free(&lane->line);
	lane->is_single = false;
	settle_asked(lane, "busy", sentence);
	return stand(lane);
}

void
ebb_automate_lane_give_back(struct ebb_automate_lane *lane, const char *sentence)
{
	EBB_CHECK(lane, LANE_MAGIC);
	if (lane->state == EBB_AUTOMATE_IDLE || lane->state == EBB_AUTOMATE_OVER)
		return;
	if (lane->state == EBB_AUTOMATE_SOME)
		forget_results(lane);
	give_up(lane, sentence);
}

/* ---- asking ---- */

/* Dials when there is no line, configures, sends.  A line whose process left since the last call is dialled anew. */
static bool
send_call(struct ebb_automate_lane *lane, const char *body, size_t length)
{
	const struct ebb_line_key key = { .plugin = lane->plugin, .department_id = lane->department_id, .lane = EBB_LANE_ACT };
	bool was_dialled = lane->line != NULL;

	for (;;) {
		if (lane->line == NULL)
			lane->line = ebb_line_dial(lane->dial->door_fd, &key);
		if (lane->line == NULL)
			return false;
		if (lane->dial->configure(lane->dial->ctx, lane, lane->line) &&
		    ebb_line_call(lane->line, body, length, lane->deadline_us))
			return true;
		ebb_line_free(&lane->line);
		if (!was_dialled)
			return false;
		was_dialled = false;
	}
}

static enum ebb_automate_state
ask(struct ebb_automate_lane *lane, int64_t now_us)
{
	const char *body = lane->work.body;
	size_t length = lane->work.length;

	if (lane->is_single)
		body = ebb_automate_pick(lane->work_arena, body, length, lane->asked_at, &length);
	if (body == NULL || length > EBB_WIRE_TO_HOST_MAX) {
		settle_asked(lane, "fail", "What it would have been called with is too long for one call.");
		return stand(lane);
	}
	lane->deadline_us = now_us + lane->work.limit_us;
	lane->begun_count = 0;
	if (!send_call(lane, body, length))
		return give_up(lane, "Its process could not be reached.");
	lane->state = EBB_AUTOMATE_AT_WORK;
	return lane->state;
}

/* Event by event from here: asks the first that is not settled. */
static enum ebb_automate_state
ask_single(struct ebb_automate_lane *lane, int64_t now_us)
{
	lane->is_single = true;
	lane->is_redialled = false;
	for (lane->asked_at = 0; lane->is_settled[lane->asked_at];)
		lane->asked_at++;
	return ask(lane, now_us);
}

void
ebb_automate_lane_start(struct ebb_automate_lane *lane, const struct ebb_automate_work *work, int64_t now_us)
{
	EBB_CHECK(lane, LANE_MAGIC);
	EBB_ASSERT(lane->state == EBB_AUTOMATE_IDLE && work->event_count > 0);
	ebb_arena_reset(lane->work_arena);
	lane->work = *work;
	lane->work.body = ebb_arena_dup(lane->work_arena, work->body, work->length);
	lane->work.event_ids = (const int64_t *)(const void *)ebb_arena_dup(
	    lane->work_arena, (const char *)work->event_ids, work->event_count * sizeof *work->event_ids);
	lane->is_settled = ebb_arena_zalloc(lane->work_arena, work->event_count * sizeof *lane->is_settled);
	lane->settled_count = 0;
	lane->is_single = lane->is_redialled = false;
	forget_results(lane);
	if (work->length > EBB_WIRE_TO_HOST_MAX && work->event_count > 1)
		ask_single(lane, now_us);
	else
		ask(lane, now_us);
}

void
ebb_automate_lane_next(struct ebb_automate_lane *lane, int64_t now_us)
{
	EBB_CHECK(lane, LANE_MAGIC);
	forget_results(lane);
	if (lane->state == EBB_AUTOMATE_SOME)
		ask_single(lane, now_us);
	else if (lane->state == EBB_AUTOMATE_OVER)
		lane->state = EBB_AUTOMATE_IDLE;
}

/* ---- answers ---- */

static void
tell_logs(const struct ebb_automate_lane *lane, const struct ebb_reply *reply)
{
	struct ebb_log_ctx ctx = EBB_LOG_CTX_NONE;

	ctx.plugin = lane->plugin;
	for (size_t i = 0; i < reply->log_count; i++) {
		const char *level = reply->logs[i].level;
		ebb_log(strcmp(level, "debug") == 0   ? EBB_DEBUG :
			strcmp(level, "info") == 0    ? EBB_INFO :
			strcmp(level, "warning") == 0 ? EBB_WARNING :
							EBB_ERROR,
			&ctx, "says for department %d: %s", lane->department_id, reply->logs[i].text);
	}
}

/* The index of the event that the process began with last, or the number of events when that is none of this call. */
static size_t
culprit(const struct ebb_automate_lane *lane, int64_t event_id)
{
	for (size_t i = 0; i < lane->work.event_count; i++)
		if (is_asked(lane, i) &&
		    (lane->is_single || lane->work.event_count == 1 || lane->work.event_ids[i] == event_id))
			return i;
	return lane->work.event_count;
}

static const char *
failure_name(enum ebb_line_state how)
{
	return how == EBB_LINE_LATE ? "late" : how == EBB_LINE_GONE ? "gone" : "nonsense";
}

static enum ebb_automate_state
fail(struct ebb_automate_lane *lane, enum ebb_line_state how, const char *sentence, int64_t now_us)
{
	bool has_begun = ebb_line_has_begun(lane->line);
	size_t index = culprit(lane, ebb_line_event(lane->line));
	struct ebb_log_ctx ctx = EBB_LOG_CTX_NONE;

	ebb_line_free(&lane->line);
	if (how == EBB_LINE_GONE && !has_begun && !lane->is_redialled) {
		lane->is_redialled = true; /* it left while our call was on its way: no code of the plugin saw it */
		return ask(lane, now_us);
	}
	if (how == EBB_LINE_BUSY || (how == EBB_LINE_GONE && !has_begun))
		return give_up(lane, "Its process did not come to it.");
	/* Whose fault nonsense is, a whole batch does not say; nor a process that lies about what it began with. */
	if (index == lane->work.event_count || (how == EBB_LINE_NONSENSE && !lane->is_single && lane->work.event_count > 1))
		return ask_single(lane, now_us);
	ctx.plugin = lane->plugin;
	ebb_log(EBB_WARNING, &ctx, "%s %" PRId64 " of department %d: %s. %s",
		lane->work.kind == EBB_CALL_REPORT ? "report" : "event", lane->work.event_ids[index],
		lane->department_id, failure_name(how), sentence);
	settle(lane, index,
	       &(struct ebb_reply_result){ .result = failure_name(how),
					   .sentence = sentence,
					   .duration_us = how == EBB_LINE_LATE ? lane->work.limit_us : 0 });
	return stand(lane);
}

static enum ebb_automate_state
take_reply(struct ebb_automate_lane *lane, int64_t now_us)
{
	size_t length, asked = 0;
	const char *why, *body = ebb_line_reply(lane->line, &length);
	int64_t *ids = ebb_arena_alloc(lane->result_arena, lane->work.event_count * sizeof *ids);
	struct ebb_reply_want want = { .kind = lane->work.kind, .event_ids = ids };
	struct ebb_reply *reply;

	for (size_t i = 0; i < lane->work.event_count; i++)
		if (is_asked(lane, i))
			ids[asked++] = lane->work.event_ids[i];
	want.event_count = lane->work.kind == EBB_CALL_AUTOMATE ? asked : 0;
	reply = ebb_reply_read(body, length, &want, lane->result_arena, &why);
	if (reply == NULL) {
		ebb_line_blame(lane->line, why);
		return fail(lane, EBB_LINE_NONSENSE, why, now_us);
	}
	tell_logs(lane, reply);
	if (lane->work.kind == EBB_CALL_REPORT) {
		lane->report = reply;
		settle_asked(lane, reply->result, reply->sentence);
		lane->results[0].duration_us = reply->duration_us;
		return stand(lane);
	}
	/* start() failed: nothing was begun, one sentence stands for all. */
	if (reply->result_count == 0)
		settle_asked(lane, "fail", reply->sentence != NULL ? reply->sentence : "It gave no result.");
	for (size_t i = 0, at = 0; i < lane->work.event_count && at < reply->result_count; i++)
		if (is_asked(lane, i))
			settle(lane, i, &reply->results[at++]);
	return stand(lane);
}

/* Has the process begun with a later event than before?  Only onwards: who says "begun" without end gains no time. */
static bool
is_further(struct ebb_automate_lane *lane)
{
	int64_t event_id = ebb_line_event(lane->line);

	for (size_t i = lane->begun_count; i < lane->work.event_count; i++) {
		if (event_id != 0 && lane->work.event_ids[i] != event_id)
			continue;
		lane->begun_count = event_id != 0 ? i + 1 : lane->work.event_count;
		return true;
	}
	return false;
}

enum ebb_automate_state
ebb_automate_lane_pump(struct ebb_automate_lane *lane, int64_t now_us)
{
	enum ebb_line_state how;

	EBB_CHECK(lane, LANE_MAGIC);
	if (lane->state != EBB_AUTOMATE_AT_WORK)
		return lane->state;
	/* First what came, then the time: an event that began while we were elsewhere has its own. */
	how = ebb_line_pump(lane->line, 0);
	if (how == EBB_LINE_BEGUN && is_further(lane)) {
		lane->deadline_us = now_us + lane->work.limit_us;
		ebb_line_extend(lane->line, lane->deadline_us);
	}
	if ((how == EBB_LINE_WAITING || how == EBB_LINE_BEGUN) && now_us >= lane->deadline_us)
		how = ebb_line_pump(lane->line, now_us);
	switch (how) {
	case EBB_LINE_WAITING:
	case EBB_LINE_BEGUN:
		return lane->state;
	case EBB_LINE_REPLIED:
		return take_reply(lane, now_us);
	case EBB_LINE_LATE:
		return fail(lane, how, "It took longer than an event may take.", now_us);
	case EBB_LINE_GONE:
		return fail(lane, how, "Its process ended while it was at work.", now_us);
	case EBB_LINE_NONSENSE:
		return fail(lane, how, "It answered with bytes that are no answer.", now_us);
	case EBB_LINE_BUSY:
		break;
	}
	return fail(lane, EBB_LINE_BUSY, "", now_us);
}
