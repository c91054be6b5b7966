/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the courier's doors in the database that automation goes through: who wants what, offer, take, done, reports.
 * Memory:  one arena, reset before each statement; what lanes need longer they copy.
 * Must not know: hosts and lines.
 */
#include "channel/automate_priv.h"

#include "base/log.h"
#include "db/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ebb_db_plain
begin(struct ebb_automate *automate, const char *fn, const char *const *params, int count)
{
	ebb_err_init(&automate->err, automate->arena);
	automate->opts.busy(automate->opts.ctx, fn);
	return (struct ebb_db_plain){
		.fn = fn, .params = params, .param_count = count, .arena = automate->arena, .err = &automate->err
	};
}

static bool
end(struct ebb_automate *automate, const char *fn, enum ebb_rc rc)
{
	automate->opts.busy(automate->opts.ctx, NULL);
	if (rc != EBB_OK)
		automate->opts.complain(automate->opts.ctx, fn, &automate->err);
	return rc == EBB_OK;
}

static bool
rows_of(struct ebb_automate *automate, struct ebb_pg *pg, const char *fn, const char *param, struct ebb_rows **rows_r)
{
	struct ebb_db_plain plain;

	ebb_arena_reset(automate->arena);
	plain = begin(automate, fn, &param, param != NULL ? 1 : 0);
	return end(automate, fn, ebb_db_rows(pg, &plain, rows_r));
}

static const char *
text_at(const struct ebb_rows *rows, int row, int column)
{
	const char *text = ebb_rows_text(rows, row, column, NULL);

	return text != NULL ? text : "";
}

static int
int_at(const struct ebb_rows *rows, int row, int column)
{
	return (int)strtol(text_at(rows, row, column), NULL, 10);
}

/* ---- who wants what ---- */

bool
ebb_automate_know(struct ebb_automate *automate)
{
	enum ebb_rc rc;

	if (ebb_hooks_is_known(automate->hooks))
		return true;
	ebb_arena_reset(automate->arena);
	ebb_err_init(&automate->err, automate->arena);
	automate->opts.busy(automate->opts.ctx, "ctl.plugin_hooks");
	rc = ebb_hooks_load(automate->hooks, automate->opts.pg, &automate->err);
	return end(automate, "ctl.plugin_hooks", rc);
}

enum ebb_rc
ebb_automate_offer(struct ebb_automate *automate, struct ebb_err *err)
{
	const char *ids, *ignored;
	struct ebb_db_plain plain;
	enum ebb_rc rc;

	if (automate->noted.length == 0)
		return EBB_OK;
	ebb_arena_reset(automate->arena);
	ids = ebb_arena_printf(automate->arena, "{%s}", ebb_str_done(&automate->noted));
	plain = begin(automate, "ctl.plugin_offer", &ids, 1);
	plain.err = err;
	rc = ebb_db_value(automate->opts.pg, &plain, &ignored);
	automate->opts.busy(automate->opts.ctx, NULL);
	ebb_arena_reset(automate->note_arena);
	ebb_str_init(&automate->noted, automate->note_arena, 256);
	automate->is_called = true;
	return rc;
}

/* ---- taking ---- */

bool
ebb_automate_is_due(struct ebb_automate *automate)
{
	struct ebb_db_plain plain;
	const char *answer = NULL;

	ebb_arena_reset(automate->arena);
	plain = begin(automate, "ctl.plugin_is_due", NULL, 0);
	return end(automate, plain.fn, ebb_db_value(automate->opts.pg, &plain, &answer)) && answer != NULL &&
	       answer[0] == 't';
}

/* "{1,2,3}" as PostgreSQL writes a bigint[]. */
static int64_t *
ids_of(struct ebb_arena *arena, const char *text, size_t *count_r)
{
	size_t most = strlen(text) / 2 + 1;
	int64_t *ids = ebb_arena_alloc(arena, most * sizeof *ids);
	char *at;

	*count_r = 0;
	for (const char *from = text; *from != '\0' && *count_r < most; from = at) {
		from += strspn(from, "{,}");
		ids[*count_r] = strtoll(from, &at, 10);
		if (at == from)
			break;
		++*count_r;
	}
	return ids;
}

static struct ebb_automate_lane *
lane_of(struct ebb_automate *automate, const struct ebb_rows *rows, int row)
{
	/* take: plugin_id, plugin_name, department_id; report_take: the same one column later. */
	int first = ebb_rows_columns(rows) > 0 && strcmp(ebb_rows_name(rows, 0), "plugin_id") == 0 ? 0 : 1;

	return ebb_automate_lane_for(automate, text_at(rows, row, first + 1), int_at(rows, row, first),
				     int_at(rows, row, first + 2));
}

unsigned
ebb_automate_take(struct ebb_automate *automate, unsigned most, int64_t now_us)
{
	struct ebb_rows *rows;
	unsigned started = 0;
	char text[16];

	snprintf(text, sizeof text, "%u", most);
	/* Without a plugin there is no statement of one, and no second connection is made for it. */
	if (!rows_of(automate, ebb_hooks_kinds(automate->hooks) != 0 ? automate->opts.take_pg : automate->opts.pg,
		     "ctl.plugin_take", text, &rows))
		return 0;
	for (int row = 0; row < ebb_rows_count(rows); row++) {
		struct ebb_automate_lane *lane = lane_of(automate, rows, row);
		struct ebb_automate_work work = { .kind = EBB_CALL_AUTOMATE,
						  .limit_us = (int64_t)automate->opts.act_ms * 1000 };
		work.body = ebb_rows_text(rows, row, 4, &work.length);
		work.event_ids = ids_of(automate->arena, text_at(rows, row, 5), &work.event_count);
		if (work.body == NULL || work.event_count == 0)
			continue;
		/* The connection was made anew, and with it the old lease was gone: what the lane has is not its own any more. */
		ebb_automate_lane_give_back(lane, "");
		ebb_automate_lane_next(lane, now_us);
		ebb_automate_lane_start(lane, &work, now_us);
		started++;
	}
	return started;
}

void
ebb_automate_take_reports(struct ebb_automate *automate)
{
	struct ebb_automate_report **end_of = &automate->held, *report;
	struct ebb_rows *rows;

	/* One at a time: its statements may take seconds. */
	if (!rows_of(automate, automate->opts.pg, "ctl.report_take", "1", &rows))
		return;
	if (ebb_rows_count(rows) > 0)
		automate->is_called = true;
	while (*end_of != NULL)
		end_of = &(*end_of)->next;
	for (int row = 0; row < ebb_rows_count(rows); row++) {
		size_t length;
		const char *body = ebb_rows_text(rows, row, 5, &length);
		if (body == NULL)
			continue;
		report = malloc(sizeof *report + length + 1);
		EBB_ASSERT(report != NULL);
		*report = (struct ebb_automate_report){ .lane = lane_of(automate, rows, row), .length = length };
		report->document_id = strtoll(text_at(rows, row, 0), NULL, 10);
		memcpy(report->body, body, length + 1);
		*end_of = report;
		end_of = &report->next;
		automate->held_count++;
	}
}

/* ---- handing in ---- */

static enum ebb_rc
done(struct ebb_automate *automate, const struct ebb_automate_lane *lane, struct ebb_reply_result *results, size_t count)
{
	const struct ebb_reply reply = { .results = results, .result_count = count };
	struct ebb_db_plain plain;
	struct ebb_str args;
	const char *text, *answer = NULL;
	unsigned applied = 0, refused = 0;
	enum ebb_rc rc;

	ebb_arena_reset(automate->arena);
	ebb_str_init(&args, automate->arena, 4096);
	ebb_str_printf(&args, "{\"plugin_id\":%d,\"department_id\":%d,\"results\":", lane->plugin_id, lane->department_id);
	ebb_reply_results_json(&args, &reply);
	ebb_str_char(&args, '}');
	text = ebb_str_done(&args);
	plain = begin(automate, "ctl.plugin_done", &text, 1);
	if (text == NULL)
		rc = ebb_fail(&automate->err, EBB_E_INVALID, "It asks for more than one answer may hold.");
	else
		rc = ebb_db_value(automate->opts.pg, &plain, &answer);
	if (end(automate, plain.fn, rc) && answer != NULL &&
	    sscanf(answer, "{\"applied\" : %u, \"refused\" : %u}", &applied, &refused) == 2)
		automate->opts.acted(automate->opts.ctx, applied, refused);
	return rc;
}

/* One event by itself, after the batch was refused: whatever it is, the others have nothing to do with it. */
static void
done_alone(struct ebb_automate *automate, const struct ebb_automate_lane *lane, struct ebb_reply_result *result)
{
	struct ebb_reply_result instead = { .event_id = result->event_id, .duration_us = result->duration_us };
	enum ebb_rc rc = done(automate, lane, result, 1);
	char *sentence;

	if (rc == EBB_OK || rc == EBB_E_DB_LOST)
		return; /* not handed in: the lease brings it again */
	instead.result = rc == EBB_E_BUSY || rc == EBB_E_TIMEOUT || rc == EBB_E_UNAVAILABLE ? "busy" : "fail";
	/* The slot's arena is reset by the next statement. */
	sentence = strdup(automate->err.sentence != NULL ? automate->err.sentence : "The database refused it.");
	instead.sentence = sentence;
	(void)!done(automate, lane, &instead, 1);
	free(sentence);
}

static void
report_done(struct ebb_automate *automate, const struct ebb_automate_lane *lane)
{
	const struct ebb_reply_result *result = &lane->results[0];
	const struct ebb_reply *report = lane->report;
	struct ebb_db_plain plain;
	struct ebb_str args;
	const char *text, *ignored;

	ebb_arena_reset(automate->arena);
	ebb_str_init(&args, automate->arena, 4096);
	ebb_str_printf(&args, "{\"report_document_id\":%" PRId64 ",\"duration_us\":%" PRId64 ",\"result\":",
		       result->event_id, result->duration_us);
	ebb_str_json(&args, result->result);
	ebb_str_add(&args, ",\"sentence\":");
	ebb_str_json(&args, result->sentence);
	if (report != NULL) {
		ebb_str_add(&args, ",\"document\":");
		ebb_reply_document_json(&args, report);
	}
	ebb_str_char(&args, '}');
	text = ebb_str_done(&args);
	plain = begin(automate, "ctl.report_done", &text, 1);
	(void)end(automate, plain.fn, ebb_db_value(automate->opts.pg, &plain, &ignored));
}

void
ebb_automate_hand_in(struct ebb_automate *automate, struct ebb_automate_lane *lane)
{
	bool is_report = lane->work.kind == EBB_CALL_REPORT;
	enum ebb_rc rc;

	if (lane->result_count == 0)
		return;
	for (size_t i = 0; i < lane->result_count; i++)
		ebb_plugin_count(lane->plugin, is_report ? "report" : "automate", lane->results[i].result,
				 lane->results[i].duration_us > 0 ? lane->results[i].duration_us : -1);
	if (is_report) {
		report_done(automate, lane);
		return;
	}
	rc = done(automate, lane, lane->results, lane->result_count);
	if (rc == EBB_OK || rc == EBB_E_DB_LOST)
		return;
	for (size_t i = 0; i < lane->result_count; i++)
		done_alone(automate, lane, &lane->results[i]);
}
