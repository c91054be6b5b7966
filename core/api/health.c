/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: is the process alive (health), can the desk be used (ready), figures for Prometheus (metrics).
 * Memory:  the request's arena.
 * Must not know: what core/run counts; it adds its figures by a hook.
 */
#include "api/api.h"

#include "config.h"
#include "db/call.h"
#include "http/rq.h"
#include "schema.h"

#include <inttypes.h>
#include <jansson.h>

void (*ebb_api_metrics_hook)(struct ebb_str *out);

enum ebb_rc
ebb_api_health(struct ebb_rq *rq)
{
	static const char alive[] = "{\"status\":\"ok\",\"version\":\"" PACKAGE_VERSION "\"}";

	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, 200, alive, sizeof alive - 1);
}

static void
reason(struct ebb_str *reasons, const char *format, ...) EBB_PRINTF(2, 3);

static void
reason(struct ebb_str *reasons, const char *format, ...)
{
	va_list ap;
	const char *text;

	va_start(ap, format);
	text = ebb_arena_vprintf(reasons->arena, format, ap);
	va_end(ap);
	if (reasons->length > 0)
		ebb_str_char(reasons, ',');
	ebb_str_json(reasons, text);
}

/* What speaks against using the desk; the binary and the database must be of one schema. */
static void
judge(const char *json, size_t length, struct ebb_str *reasons)
{
	json_t *state = json_loadb(json, length, 0, NULL);
	json_int_t schema = json_integer_value(json_object_get(state, "schema"));

	if (!json_is_object(state))
		reason(reasons, "the database does not say how it is");
	else if (schema != EBB_SCHEMA)
		reason(reasons, "the database has schema %" JSON_INTEGER_FORMAT ", this program needs %d: run ebbctl migrate",
		       schema, EBB_SCHEMA);
	if (json_is_object(state) && !json_is_true(json_object_get(state, "writable")))
		reason(reasons, "the database takes no changes");
	json_decref(state);
}

enum ebb_rc
ebb_api_ready(struct ebb_rq *rq)
{
	const char *json = NULL, *why;
	size_t length = 0;
	struct ebb_str reasons, out;

	ebb_str_init(&reasons, rq->arena, 128);
	if (ebb_api_call_open(rq, "ready", NULL, &json, &length) != EBB_OK)
		reason(&reasons, "%s", rq->err.sentence);
	else if (json == NULL)
		reason(&reasons, "the database does not say how it is");
	else
		judge(json, length, &reasons);
	why = ebb_str_done(&reasons);
	ebb_str_init(&out, rq->arena, 256);
	ebb_str_printf(&out, "{\"ready\":%s,\"program_schema\":%d,\"reasons\":[%s],\"database\":",
		       why[0] == '\0' ? "true" : "false", EBB_SCHEMA, why);
	ebb_str_addn(&out, json == NULL ? "null" : json, json == NULL ? 4 : length);
	ebb_str_char(&out, '}');
	ebb_reply_header(rq, "Cache-Control", "no-store");
	if (why[0] != '\0')
		ebb_reply_header(rq, "Retry-After", "2");
	return ebb_reply_json(rq, why[0] == '\0' ? 200 : 503, ebb_str_done(&out), out.length);
}

/* Rows (name, labels, value) of the database, grouped by name as it sends them. */
static void
add_rows(const struct ebb_rows *rows, struct ebb_str *out)
{
	const char *last = "";

	for (int row = 0; row < ebb_rows_count(rows); row++) {
		const char *name = ebb_rows_text(rows, row, 0, NULL);
		const char *labels = ebb_rows_text(rows, row, 1, NULL);
		const char *value = ebb_rows_text(rows, row, 2, NULL);

		if (name == NULL || value == NULL)
			continue;
		if (strcmp(name, last) != 0)
			ebb_str_printf(out, "# TYPE %s %s\n", name,
				       strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0 ? "counter" :
													    "gauge");
		last = name;
		if (labels != NULL && labels[0] != '\0')
			ebb_str_printf(out, "%s{%s} %s\n", name, labels, value);
		else
			ebb_str_printf(out, "%s %s\n", name, value);
	}
}

enum ebb_rc
ebb_api_metrics(struct ebb_rq *rq)
{
	const struct ebb_db_call call = {
		.kind = EBB_DB_LIST,
		.fn = "metrics",
		.is_read = true,
		.deadline_us = rq->deadline_us,
		.log = &rq->log,
		.arena = rq->arena,
		.err = &rq->err,
		.waited_us = &rq->db_us,
	};
	struct ebb_rows *rows;
	struct ebb_str out;
	bool has_database = ebb_db_call(rq->pg, &call, &rows) == EBB_OK && ebb_rows_columns(rows) >= 3;

	/* Without a database the process still has something to say, above all that. */
	ebb_str_init(&out, rq->arena, 8192);
	ebb_str_printf(&out,
		       "# HELP ebb_database_up Whether the database answers.\n# TYPE ebb_database_up gauge\n"
		       "ebb_database_up %d\n# TYPE ebb_schema_wanted gauge\nebb_schema_wanted %d\n",
		       has_database, EBB_SCHEMA);
	if (has_database)
		add_rows(rows, &out);
	if (ebb_api_metrics_hook != NULL)
		ebb_api_metrics_hook(&out);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_body(rq, 200, "text/plain; version=0.0.4; charset=utf-8", ebb_str_done(&out), out.length);
}
