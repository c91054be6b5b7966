/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see ask.h.
 * Memory:  the request's arena.
 * Must not know: what a suggestion is worth.
 */
#include "plugin/ask.h"

#include "base/log.h"
#include "base/time.h"
#include "db/call.h"
#include "http/rq.h"
#include "plugin/dispatch.h"
#include "plugin/elf.h"
#include "plugin/task.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define OPERATION "ticket_open"
#define PAUSE_US ((int64_t)10000000)
#define TRIP_MS 500 /* for facts and declared statements; a ticket does not wait longer for advice */

static bool
is_ours(unsigned operation)
{
	return operation < ebb_route_count && strcmp(ebb_routes[operation].fn, OPERATION) == 0;
}

static uint8_t
wanted(void *ctx, unsigned operation)
{
	const struct ebb_ask *ask = ctx;
	struct ebb_err err;

	if (!is_ours(operation))
		return 0;
	ebb_err_init(&err, ask->rq->arena);
	if (ebb_hooks_load(ask->hooks, ask->rq->pg, &err) != EBB_OK) {
		/* Without a database the request will say so itself; asked again at the next one. */
		if (err.rc != EBB_E_DB_LOST)
			ebb_log(EBB_ERROR, &ask->rq->log, "plugins are not asked: %s", err.sentence);
		return EBB_DISPATCH_UNKNOWN;
	}
	return (ebb_hooks_kinds(ask->hooks) & EBB_KIND_CATEGORISE) != 0 ? 1u << EBB_HOOK_BEFORE : 0;
}

/* ---- what they are told ---- */

static void
free_json(void *json)
{
	json_decref(json);
}

/* The service of a ticket, or who opens it. An escaped quote in a text has its backslash before the closing quote, so the name
 * is found as a name only. */
static uint64_t
whose(const struct ebb_ask *ask, const char *args)
{
	static const char name[] = "\"service_id\":";
	const char *at = strstr(args, name);
	uint64_t hash = 14695981039346656037u;

	if (at != NULL)
		return strtoull(at + sizeof name - 1, NULL, 10);
	for (at = ask->rq->token_hash; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 1099511628211u;
	return hash;
}

/* One slow statement of one department's plugin shall not hold a worker again and again: everybody's requests wait for it. */
static void
pause_for(struct ebb_ask *ask, uint64_t key)
{
	struct ebb_ask_pause *oldest = &ask->pauses[0];

	for (int i = 1; i < EBB_ASK_PAUSES; i++)
		if (ask->pauses[i].until_us < oldest->until_us)
			oldest = &ask->pauses[i];
	*oldest = (struct ebb_ask_pause){ key, ebb_mono_us() + PAUSE_US };
}

static bool
is_paused(const struct ebb_ask *ask, uint64_t key)
{
	for (int i = 0; i < EBB_ASK_PAUSES; i++)
		if (ask->pauses[i].whose == key && ebb_mono_us() < ask->pauses[i].until_us)
			return true;
	return false;
}

static json_t *
read_facts(struct ebb_ask *ask, const struct ebb_hook_call *call)
{
	struct ebb_rq *rq = ask->rq;
	const struct ebb_db_enter enter = {
		.token_hash = rq->token_hash[0] == '\0' ? NULL : rq->token_hash,
		.request_id = rq->request_id,
	};
	int64_t until_us = ebb_mono_us() + TRIP_MS * 1000;
	struct ebb_err err;
	const struct ebb_db_call trip = {
		.kind = EBB_DB_OBJECT,
		.fn = "plugin_ask",
		.args = call->args,
		.enter = &enter,
		.is_read = true,
		.deadline_us = until_us < call->deadline_us ? until_us : call->deadline_us,
		.log = &rq->log,
		.arena = call->arena,
		.err = &err,
		.waited_us = &rq->db_us,
	};
	const char *text;
	size_t length;
	json_t *facts;

	ebb_err_init(&err, call->arena);
	/* Who may not ask may not open either, and is told so by the call that follows: as it would be without plugins. */
	if (is_paused(ask, whose(ask, call->args)))
		return NULL;
	if (ebb_db_json(rq->pg, &trip, &text, &length) != EBB_OK) {
		if (err.rc == EBB_E_TIMEOUT)
			pause_for(ask, whose(ask, call->args));
		if (ebb_code(err.rc)->status >= 500)
			ebb_log(EBB_WARNING, &rq->log, "plugins are not asked: %s", err.sentence);
		return NULL;
	}
	facts = text == NULL ? NULL : json_loadb(text, length, 0, NULL);
	if (facts != NULL)
		ebb_arena_defer(call->arena, free_json, facts);
	return facts;
}

static void
put_json(struct ebb_str *to, const json_t *value)
{
	char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	ebb_str_add(to, text == NULL ? "{}" : text);
	free(text);
}

static const char *
body_of(const json_t *facts, const json_t *plugin, struct ebb_arena *arena, size_t *length_r)
{
	struct ebb_str body;

	ebb_str_init(&body, arena, 2048);
	ebb_str_printf(&body,
		       "{\"kind\":\"categorise\",\"now\":%" JSON_INTEGER_FORMAT
		       ",\"department_id\":%" JSON_INTEGER_FORMAT ",\"ticket\":",
		       json_integer_value(json_object_get(facts, "now")),
		       json_integer_value(json_object_get(facts, "department_id")));
	put_json(&body, json_object_get(facts, "ticket"));
	ebb_str_add(&body, ",\"rows\":");
	put_json(&body, json_object_get(plugin, "rows"));
	ebb_str_char(&body, '}');
	*length_r = body.length;
	return ebb_str_done(&body);
}

/* Those of the department that we know a configuration of; who came or went this very moment is asked next time. */
static size_t
make_tasks(struct ebb_ask *ask, const struct ebb_hook_call *call, const json_t *facts, struct ebb_task **tasks_r)
{
	int department_id = (int)json_integer_value(json_object_get(facts, "department_id"));
	const json_t *plugins = json_object_get(facts, "plugins"), *plugin;
	struct ebb_task *tasks = ebb_arena_zalloc(call->arena, (json_array_size(plugins) + 1) * sizeof *tasks);
	size_t i, count = 0;

	json_array_foreach(plugins, i, plugin)
	{
		int plugin_id = (int)json_integer_value(json_object_get(plugin, "plugin_id"));
		struct ebb_task *task = &tasks[count];
		task->row = ebb_hooks_find(ask->hooks, plugin_id, department_id);
		if (task->row == NULL)
			continue;
		task->kind = EBB_TASK_CATEGORISE;
		task->fault = json_string_value(json_object_get(plugin, "fault"));
		task->body = body_of(facts, plugin, call->arena, &task->length);
		count += task->body != NULL;
	}
	*tasks_r = tasks;
	return count;
}

/* ---- what they said ---- */

static void
put_answer(struct ebb_str *out, const struct ebb_task *task)
{
	ebb_str_printf(out, "{\"plugin_id\":%d,\"result\":", task->row->plugin_id);
	ebb_str_json(out, task->result);
	ebb_str_add(out, ",\"sentence\":");
	ebb_str_json(out, task->sentence);
	ebb_str_printf(out, ",\"duration_us\":%" PRId64 ",\"suggestions\":", task->duration_us);
	ebb_str_add(out, task->suggestions);
	ebb_str_char(out, '}');
}

/* The arguments with one member more. No request can bring that member itself: routes.def does not know it. */
static const char *
with_answers(const struct ebb_hook_call *call, const struct ebb_task *tasks, size_t count)
{
	size_t length = strlen(call->args);
	struct ebb_str out;

	EBB_ASSERT(length >= 2 && call->args[0] == '{' && call->args[length - 1] == '}');
	ebb_str_init(&out, call->arena, length + 1024);
	ebb_str_addn(&out, call->args, length - 1);
	ebb_str_printf(&out, "%s\"suggestions\":[", length > 2 ? "," : "");
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			ebb_str_char(&out, ',');
		put_answer(&out, &tasks[i]);
	}
	ebb_str_add(&out, "]}");
	return ebb_str_done(&out);
}

static enum ebb_rc
ask_them(void *ctx, struct ebb_hook_call *call)
{
	struct ebb_ask *ask = ctx;
	struct ebb_task *tasks;
	json_t *facts;
	size_t count;

	if (call->hook != EBB_HOOK_BEFORE || !is_ours(call->operation) || (facts = read_facts(ask, call)) == NULL)
		return EBB_OK;
	/* News of this moment came with the facts. */
	if (!ebb_hooks_is_known(ask->hooks)) {
		struct ebb_err err;
		ebb_err_init(&err, call->arena);
		if (ebb_hooks_load(ask->hooks, ask->rq->pg, &err) != EBB_OK)
			return EBB_OK;
	}
	count = make_tasks(ask, call, facts, &tasks);
	if (count == 0)
		return EBB_OK;
	ebb_task_run(ask->hooks, tasks, count, (int64_t)ask->limit_ms * 1000, ask->rq->request_id, call->arena);
	call->args_out = with_answers(call, tasks, count);
	return EBB_OK;
}

void
ebb_ask_begin(struct ebb_ask *ask)
{
	const struct ebb_dispatch_host host = { wanted, ask_them, ask };

	ebb_dispatch_host(&host);
}
