/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a call's JSON as the structs of the contract. Texts are borrowed from the parsed body; objects become text
 *          again, as the plugin was promised JSON.
 * Memory:  the parsed body and the call's arena.
 * Must not know: what the facts mean.
 */
#include "plugin/host.h"

#include <stdlib.h>
#include <string.h>

int64_t
ebb_host_int(json_t *from, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(from, key));
}

/* Any value as JSON. */
static const char *
dump(struct host_call *call, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_PRESERVE_ORDER);

	EBB_ASSERT(text != NULL);
	ebb_arena_defer(call->arena, free, text);
	return text;
}

const char *
ebb_host_text(struct host_call *call, json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value == NULL || json_is_null(value))
		return NULL;
	return json_is_string(value) ? json_string_value(value) : dump(call, value);
}

static const char *
text_or(struct host_call *call, json_t *from, const char *key, const char *otherwise)
{
	const char *text = ebb_host_text(call, from, key);

	return text != NULL ? text : otherwise;
}

static const char *
object(struct host_call *call, json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	return json_is_object(value) ? dump(call, value) : "{}";
}

void
ebb_host_ticket(struct host_call *call, json_t *from, struct ebb_plugin_ticket *to)
{
	*to = (struct ebb_plugin_ticket){
		.size = sizeof *to,
		.department_id = ebb_host_int(from, "department_id"),
		.service_id = ebb_host_int(from, "service_id"),
		.request_type_id = ebb_host_int(from, "request_type_id"),
		.impact = ebb_host_int(from, "impact"),
		.urgency = ebb_host_int(from, "urgency"),
		.subject = text_or(call, from, "subject", ""),
		.description = text_or(call, from, "description", ""),
		.channel = text_or(call, from, "channel", ""),
		.requester_email = ebb_host_text(call, from, "requester_email"),
		.requester_site = ebb_host_text(call, from, "requester_site"),
		.form = object(call, from, "form"),
		.facts = json_is_object(from) ? dump(call, from) : "{}",
	};
	if (to->department_id == 0)
		to->department_id = ebb_host.opts.department_id;
}

void
ebb_host_event(struct host_call *call, json_t *from, struct ebb_plugin_event *to)
{
	*to = (struct ebb_plugin_event){
		.size = sizeof *to,
		.event_id = ebb_host_int(from, "event_id"),
		.department_id = ebb_host.opts.department_id,
		.ticket_id = ebb_host_int(from, "ticket_id"),
		.seq = ebb_host_int(from, "seq"),
		.occurred_at = ebb_host_int(from, "occurred_at"),
		.name = text_or(call, from, "name", ""),
		.changes = object(call, from, "changes"),
		.facts = object(call, from, "facts"),
	};
}

void
ebb_host_request(struct host_call *call, json_t *from, struct ebb_plugin_request *to)
{
	*to = (struct ebb_plugin_request){
		.size = sizeof *to,
		.department_id = ebb_host.opts.department_id,
		.report = text_or(call, from, "report", ""),
		.format = text_or(call, from, "format", ""),
		.params = object(call, from, "params"),
	};
}

/* The first row's members are the columns; a row that lacks one has NULL there. */
static struct host_rows *
read_rows(struct host_call *call, const char *statement, json_t *from)
{
	struct host_rows *rows = EBB_NEW(call->arena, struct host_rows);
	json_t *first = json_array_get(from, 0), *row, *value;
	size_t columns = json_object_size(first), count = json_array_size(from), i = 0;
	const char **names = ebb_arena_zalloc(call->arena, (columns + 1) * sizeof *names);
	const char **cells = ebb_arena_zalloc(call->arena, (columns * count + 1) * sizeof *cells);
	const char *key;

	json_object_foreach(first, key, value)
		names[i++] = key;
	json_array_foreach(from, i, row)
		for (size_t c = 0; c < columns; c++)
			cells[i * columns + c] = ebb_host_text(call, row, names[c]);
	rows->statement = statement;
	rows->rows = (struct ebb_plugin_rows){ .size = sizeof rows->rows,
					       .column_count = columns,
					       .row_count = count,
					       .columns = names,
					       .cells = cells };
	return rows;
}

const struct ebb_plugin_rows *
ebb_host_find_rows(struct host_call *call, const char *statement)
{
	json_t *from = json_object_get(call->rows_json, statement);
	struct host_rows *rows;

	for (rows = call->rows; rows != NULL; rows = rows->older)
		if (strcmp(rows->statement, statement) == 0)
			return &rows->rows;
	if (!json_is_array(from))
		return NULL;
	rows = read_rows(call, ebb_arena_strdup(call->arena, statement), from);
	rows->older = call->rows;
	call->rows = rows;
	return &rows->rows;
}
