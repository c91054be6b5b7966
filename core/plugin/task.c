/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see task.h.
 * Memory:  the caller's arena.
 * Must not know: what is asked.
 */
#include "plugin/task.h"

#include "base/log.h"
#include "base/time.h"
#include "plugin/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

static const struct {
	const char *word;
	enum ebb_call_kind kind;
} kinds[] = {
	[EBB_TASK_CATEGORISE] = { "categorise", EBB_CALL_CATEGORISE },
	[EBB_TASK_REPORT] = { "report", EBB_CALL_REPORT },
	[EBB_TASK_CHECK] = { "check", EBB_CALL_CHECK },
};

struct round {
	struct ebb_hooks *hooks;
	struct ebb_arena *arena;
	const char *request_id;
	int64_t began_us, deadline_us;
};

static void
let_go(const struct round *round, struct ebb_task *task)
{
	if (task->line == NULL)
		return;
	if (task->is_apart)
		ebb_line_free(&task->line);
	else
		ebb_hooks_drop(round->hooks, task->line);
	task->line = NULL;
}

static void
finish(const struct round *round, struct ebb_task *task, const char *result, const char *sentence)
{
	task->is_over = true;
	task->result = result;
	task->sentence = sentence;
	if (task->duration_us < 0)
		task->duration_us = ebb_mono_us() - round->began_us;
}

/* False: nobody can be reached. */
static bool
send_call(const struct round *round, struct ebb_task *task)
{
	task->line = task->is_apart ? ebb_hooks_dial(round->hooks, task->row->plugin_name, task->row->department_id, 0)
				    : ebb_hooks_line(round->hooks, task->row);
	if (task->line == NULL)
		return false;
	ebb_line_request(task->line, round->request_id);
	if (ebb_line_call(task->line, task->body, task->length, round->deadline_us))
		return true;
	let_go(round, task);
	return false;
}

static void
begin(const struct round *round, struct ebb_task *task)
{
	task->duration_us = -1;
	task->is_over = task->is_again = false;
	task->is_answered = false;
	task->suggestions = "[]";
	task->document = NULL;
	task->document_length = 0;
	task->pointer = NULL;
	if (task->fault != NULL)
		finish(round, task, "fail", task->fault);
	else if (task->row->config == NULL && !task->is_apart)
		finish(round, task, "fail", task->row->trouble);
	else if (!send_call(round, task))
		finish(round, task, "gone", "Its process could not be reached.");
}

/* What plugins say goes to the log under their name; how much of it there may be, reply.c has seen to. */
static void
log_words(const struct round *round, const struct ebb_task *task, const struct ebb_reply *reply)
{
	struct ebb_log_ctx ctx = EBB_LOG_CTX_NONE;

	ctx.plugin = task->row->plugin_name;
	ctx.request_id = round->request_id;
	for (size_t i = 0; i < reply->log_count; i++) {
		const struct ebb_reply_log *line = &reply->logs[i];
		enum ebb_level level = strcmp(line->level, "error") == 0     ? EBB_ERROR
				       : strcmp(line->level, "warning") == 0 ? EBB_WARNING
				       : strcmp(line->level, "debug") == 0   ? EBB_DEBUG
									     : EBB_INFO;
		ebb_log(level, &ctx, "plugin %s of department %d: %s", task->row->plugin_name, task->row->department_id,
			line->text);
	}
}

static void
take_reply(const struct round *round, struct ebb_task *task)
{
	const struct ebb_reply_want want = { .kind = kinds[task->kind].kind };
	const char *body, *why = NULL;
	struct ebb_reply *reply;
	struct ebb_str suggestions;
	size_t length;

	body = ebb_line_reply(task->line, &length);
	reply = ebb_reply_read(body, length, &want, round->arena, &why);
	if (reply == NULL) {
		ebb_line_blame(task->line, why != NULL ? why : "its answer cannot be understood");
		let_go(round, task);
		finish(round, task, "nonsense", why);
		return;
	}
	task->is_answered = true;
	task->duration_us = reply->duration_us;
	task->pointer = reply->pointer;
	task->document = reply->document;
	task->document_length = reply->document_length;
	ebb_str_init(&suggestions, round->arena, 256);
	ebb_reply_suggestions_json(&suggestions, reply);
	task->suggestions = ebb_str_done(&suggestions);
	finish(round, task, reply->result, reply->sentence);
	log_words(round, task, reply);
	if (task->is_apart)
		let_go(round, task);
}

static void
advance(const struct round *round, struct ebb_task *task, int64_t now_us)
{
	enum ebb_line_state state = ebb_line_pump(task->line, now_us);

	switch (state) {
	case EBB_LINE_WAITING:
	case EBB_LINE_BEGUN:
		return;
	case EBB_LINE_REPLIED:
		take_reply(round, task);
		return;
	case EBB_LINE_LATE:
		finish(round, task, "late",
		       ebb_arena_printf(round->arena, "It did not answer within %" PRId64 " ms.",
					(round->deadline_us - round->began_us) / 1000));
		break;
	case EBB_LINE_BUSY:
		finish(round, task, "busy", "It was busy with other calls.");
		break;
	case EBB_LINE_NONSENSE:
		finish(round, task, "nonsense", "What it answered cannot be understood.");
		break;
	case EBB_LINE_GONE:
		/* A host that left between two calls, or made room: no plugin saw this call yet. */
		if (!ebb_line_has_begun(task->line) && !task->is_again) {
			task->is_again = true;
			let_go(round, task);
			if (send_call(round, task))
				return;
		}
		finish(round, task, "gone", "Its process ended before it answered.");
		break;
	}
	let_go(round, task);
}

static void
wait_for_any(const struct round *round, const struct ebb_task *tasks, size_t count, struct pollfd *fds)
{
	int64_t left_us = round->deadline_us - ebb_mono_us();
	struct timespec left = { .tv_sec = left_us > 0 ? left_us / 1000000 : 0,
				 .tv_nsec = left_us > 0 ? (left_us % 1000000) * 1000 : 0 };
	nfds_t open = 0;

	for (size_t i = 0; i < count; i++)
		if (!tasks[i].is_over)
			fds[open++] = (struct pollfd){ .fd = ebb_line_fd(tasks[i].line),
						       .events = ebb_line_events(tasks[i].line) };
	(void)ppoll(fds, open, &left, NULL);
}

void
ebb_task_run(struct ebb_hooks *hooks, struct ebb_task *tasks, size_t count, int64_t limit_us, const char *request_id,
	     struct ebb_arena *arena)
{
	struct round round = { .hooks = hooks, .arena = arena, .request_id = request_id, .began_us = ebb_mono_us() };
	struct pollfd *fds = ebb_arena_alloc(arena, (count + 1) * sizeof *fds);
	size_t open = 0;

	round.deadline_us = round.began_us + limit_us;
	for (size_t i = 0; i < count; i++) {
		begin(&round, &tasks[i]);
		open += !tasks[i].is_over;
	}
	while (open > 0) {
		int64_t now_us;

		wait_for_any(&round, tasks, count, fds);
		now_us = ebb_mono_us();
		open = 0;
		for (size_t i = 0; i < count; i++) {
			if (!tasks[i].is_over)
				advance(&round, &tasks[i], now_us);
			open += !tasks[i].is_over;
		}
	}
	for (size_t i = 0; i < count; i++)
		ebb_plugin_count(tasks[i].row->plugin_name, kinds[tasks[i].kind].word, tasks[i].result,
				 tasks[i].is_answered ? tasks[i].duration_us : -1);
}
