/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the two operations that ask a plugin while somebody waits: a configuration is checked before it is saved, and
 *          a report is made.
 * Memory:  the request's arena; what was sealed is wiped as far as it is ours.
 * Must not know: what a parameter or a report means.
 */
#include "api/api.h"

#include "base/log.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "http/encode.h"
#include "http/rq.h"
#include "plugin/task.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_AFTER_S 5

static void
free_json(void *json)
{
	json_decref(json);
}

static enum ebb_rc
parse(struct ebb_rq *rq, const char *text, size_t length, json_t **json_r)
{
	*json_r = text == NULL ? NULL : json_loadb(text, length, 0, NULL);
	if (*json_r == NULL)
		return ebb_fail(&rq->err, EBB_E_NOT_FOUND, "There is no such thing, or you may not see it.");
	ebb_arena_defer(rq->arena, free_json, *json_r);
	return EBB_OK;
}

static const char *
dump(struct ebb_rq *rq, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	const char *kept;

	EBB_ASSERT(text != NULL);
	kept = ebb_arena_strdup(rq->arena, text);
	explicit_bzero(text, strlen(text));
	free(text);
	return kept;
}

/* One call; what is no answer becomes an error with a sentence. */
static enum ebb_rc
call_plugin(struct ebb_rq *rq, struct ebb_task *task, const char *doing)
{
	if (rq->hooks == NULL)
		return ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "Plugins cannot be called here.");
	task->length = strlen(task->body);
	ebb_task_run(rq->hooks, task, 1, (int64_t)rq->conf->plugin_report_ms * 1000, rq->request_id, rq->arena);
	if (task->is_answered)
		return EBB_OK;
	rq->err.retry_after_s = RETRY_AFTER_S;
	return ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "Plugin %s did not %s: %s", task->row->plugin_name, doing,
			task->sentence != NULL ? task->sentence : task->result);
}

/* ---- a department's configuration ---- */

struct change {
	const char *plugin;
	int department_id;
	const json_t *config, *params;
	const char *sealed;
};

static enum ebb_rc
seal(struct ebb_rq *rq, struct change *change)
{
	const struct ebb_secret_place place = { change->plugin, change->department_id };
	const char **keys = ebb_arena_zalloc(rq->arena, (json_array_size(change->params) + 1) * sizeof *keys);
	const char *clear = dump(rq, change->config);
	struct ebb_secret_key key;
	size_t i, count = 0;
	json_t *param;
	enum ebb_rc rc;

	json_array_foreach(change->params, i, param)
	{
		const char *type = json_string_value(json_object_get(param, "type"));
		const char *name = json_string_value(json_object_get(param, "key"));
		if (type != NULL && name != NULL && strcmp(type, "secret") == 0 &&
		    json_is_string(json_object_get(change->config, name)))
			keys[count++] = name;
	}
	change->sealed = clear;
	if (count == 0)
		return EBB_OK;
	EBB_TRY(ebb_secret_key_load(&key, rq->conf->secret_key_file, true, &rq->err));
	rc = ebb_secret_seal(&key, &place, clear, keys, rq->arena, &change->sealed, &rq->err);
	ebb_secret_key_wipe(&key);
	return rc;
}

/* The plugin's own word on it, from its process for this department. */
static enum ebb_rc
check(struct ebb_rq *rq, const struct change *change)
{
	const struct ebb_hook_row row = { .plugin_name = change->plugin,
					  .department_id = change->department_id,
					  .processes = 1 };
	struct ebb_task task = { .row = &row, .kind = EBB_TASK_CHECK, .is_apart = true };
	struct ebb_arena *arena = ebb_arena_new("check", EBB_ARENA_SECRET);
	const char *clear, *pointer;
	enum ebb_rc rc = EBB_E_UNAVAILABLE;

	if (rq->hooks == NULL)
		rc = ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "Plugins cannot be called here.");
	else
		rc = ebb_hooks_open(rq->hooks, change->plugin, change->department_id, change->sealed, arena, &clear,
				    &rq->err);
	if (rc == EBB_OK) {
		task.body = ebb_arena_printf(arena, "{\"kind\":\"check\",\"config\":%s}", clear);
		rc = call_plugin(rq, &task, "check its configuration");
	}
	ebb_arena_free(&arena);
	if (rc != EBB_OK || strcmp(task.result, "fail") != 0)
		return rc;
	pointer = task.pointer != NULL ? task.pointer : "";
	ebb_err_item(
	    &rq->err,
	    ebb_arena_printf(rq->arena, "/config%s%s", pointer[0] == '/' || pointer[0] == '\0' ? "" : "/", pointer),
	    "%s", task.sentence != NULL ? task.sentence : "The plugin does not accept it.");
	return ebb_fail_items(&rq->err, EBB_E_INVALID, "The plugin does not accept this configuration.");
}

/* Switching off and ordering ask nobody: a plugin that is broken must be got rid of. */
static bool
must_check(const struct ebb_rq *rq)
{
	return json_is_object(json_object_get(rq->json, "config")) ||
	       json_is_true(json_object_get(rq->json, "is_enabled"));
}

static enum ebb_rc
prepare(struct ebb_rq *rq, struct change *change, json_t **args_r)
{
	json_t *prepared;
	const char *text;
	size_t length;

	EBB_TRY(ebb_api_call_read(rq, "plugin_prepare", rq->args, &text, &length));
	EBB_TRY(parse(rq, text, length, &prepared));
	EBB_TRY(parse(rq, rq->args, strlen(rq->args), args_r));
	change->plugin = json_string_value(json_object_get(prepared, "plugin_name"));
	change->department_id = (int)json_integer_value(json_object_get(*args_r, "department_id"));
	change->config = json_object_get(prepared, "config");
	change->params = json_object_get(prepared, "params");
	if (change->plugin == NULL || !json_is_object(change->config)) {
		ebb_log(EBB_ERROR, &rq->log, "api.plugin_prepare says neither plugin_name nor config");
		return ebb_fail(&rq->err, EBB_E_INTERNAL, "This configuration cannot be prepared.");
	}
	return EBB_OK;
}

/* What came, its configuration whole and sealed; a null takes a value away and must still say so. */
static const char *
sealed_args(struct ebb_rq *rq, const struct change *change, json_t *args)
{
	json_t *came = json_object_get(rq->json, "config"), *sealed, *value;
	const char *key;

	if (came == NULL)
		return rq->args;
	sealed = json_loads(change->sealed, 0, NULL);
	EBB_ASSERT(sealed != NULL);
	json_object_foreach(came, key, value) if (json_is_null(value)) json_object_set_new(sealed, key, json_null());
	json_object_set_new(args, "config", sealed);
	return dump(rq, args);
}

enum ebb_rc
ebb_api_configure(struct ebb_rq *rq)
{
	struct change change = { 0 };
	json_t *args;
	const char *json;
	size_t length;

	if (must_check(rq)) {
		EBB_TRY(prepare(rq, &change, &args));
		EBB_TRY(seal(rq, &change));
		EBB_TRY(check(rq, &change));
		rq->args = sealed_args(rq, &change, args);
	}
	EBB_TRY(ebb_api_call(rq, rq->route->fn, rq->args, &json, &length));
	ebb_reply_header(rq, "Cache-Control", "no-store");
	ebb_etag_from_json(rq, json, length);
	json = ebb_encode_object(rq->arena, json, &length);
	return ebb_reply_json(rq, rq->route->status, json, length);
}

/* ---- a report ---- */

static const struct {
	const char *format, *type;
} types[] = {
	{ "json", "application/json" },
	{ "csv", "text/csv; charset=utf-8; header=present" },
	{ "html", "text/html; charset=utf-8" },
	{ "pdf", "application/pdf" },
};

/* A document is a stranger's: a browser shows it without scripts, forms, or a look at anything of ours. */
static enum ebb_rc
send_document(struct ebb_rq *rq, const struct ebb_task *task, const char *report, const char *format)
{
	const char *type = "application/octet-stream";

	for (size_t i = 0; i < EBB_COUNT(types); i++)
		if (strcmp(types[i].format, format) == 0)
			type = types[i].type;
	ebb_reply_header(rq, "Cache-Control", "no-store");
	ebb_reply_header(rq, "X-Content-Type-Options", "nosniff");
	ebb_reply_header(rq, "Content-Security-Policy",
			 "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
			 "form-action 'none'; frame-ancestors 'none'");
	ebb_reply_header(
	    rq, "Content-Disposition",
	    ebb_arena_printf(rq->arena, "%s; filename=\"%s.%s\"",
			     strcmp(format, "html") == 0 || strcmp(format, "json") == 0 ? "inline" : "attachment",
			     report, format));
	return ebb_reply_body(rq, rq->route->status, type, task->document != NULL ? (const char *)task->document : "",
			      task->document_length);
}

static const struct ebb_hook_row *
row_of(struct ebb_rq *rq, int plugin_id, int department_id)
{
	struct ebb_err err;

	ebb_err_init(&err, rq->arena);
	if (rq->hooks == NULL || ebb_hooks_load(rq->hooks, rq->pg, &err) != EBB_OK)
		return NULL;
	return ebb_hooks_find(rq->hooks, plugin_id, department_id);
}

enum ebb_rc
ebb_api_report(struct ebb_rq *rq)
{
	struct ebb_task task = { .kind = EBB_TASK_REPORT };
	const char *text, *report, *format;
	size_t length;
	json_t *asked;

	EBB_TRY(ebb_api_call(rq, rq->route->fn, rq->args, &text, &length));
	EBB_TRY(parse(rq, text, length, &asked));
	report = json_string_value(json_object_get(asked, "report"));
	format = json_string_value(json_object_get(asked, "format"));
	EBB_ASSERT(report != NULL && format != NULL);
	task.row = row_of(rq, (int)json_integer_value(json_object_get(asked, "plugin_id")),
			  (int)json_integer_value(json_object_get(asked, "department_id")));
	if (task.row == NULL) {
		rq->err.retry_after_s = RETRY_AFTER_S;
		return ebb_fail(&rq->err, EBB_E_UNAVAILABLE,
				"The report's plugin was switched on or off this very moment.");
	}
	/* The answer of the database is the call, and a little more. */
	task.body = ebb_arena_dup(rq->arena, text, length);
	EBB_TRY(call_plugin(rq, &task, "make the report"));
	if (strcmp(task.result, "fail") == 0)
		return ebb_fail(&rq->err, EBB_E_INVALID, "%s",
				task.sentence != NULL ? task.sentence : "The plugin could not make this report.");
	return send_document(rq, &task, report, format);
}
