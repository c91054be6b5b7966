/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the desk that plugin_desk.h promises. Its calls run in the test's process, without limits of time.
 * Memory:  what alloc() gives hangs on two lists: one for the callback that runs, one for the time until stop().
 * Must not know: any plugin.
 */
#include "plugin_desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct desk_kept {
	struct desk_kept *next;
	max_align_t bytes[];
};

struct desk_value {
	struct desk_value *next;
	const char *key, *value;
};

struct desk_table {
	struct desk_table *next;
	const char *statement;
	struct ebb_plugin_rows rows;
};

/* A test that is wrong, or a plugin that breaks the contract, ends here. */
static void
claim(int is_so, const char *what)
{
	if (!is_so) {
		fprintf(stderr, "the desk that is played: %s\n", what);
		abort();
	}
}

static void *
keep(struct desk_kept **list, size_t size)
{
	struct desk_kept *kept = calloc(1, sizeof *kept + size);

	claim(kept != NULL, "out of memory");
	kept->next = *list;
	*list = kept;
	return kept->bytes;
}

static void
let_go(struct desk_kept **list)
{
	while (*list != NULL) {
		struct desk_kept *kept = *list;

		*list = kept->next;
		free(kept);
	}
}

static struct desk *
desk_of(const struct ebb_plugin_host *host)
{
	return (struct desk *)(uintptr_t)host;
}

static char *
copy(struct desk *desk, const char *text)
{
	char *mine;

	if (text == NULL)
		return NULL;
	mine = keep(&desk->kept, strlen(text) + 1);
	memcpy(mine, text, strlen(text));
	return mine;
}

static const struct ebb_plugin_param *
param_of(const struct ebb_plugin *plugin, const char *key)
{
	for (const struct ebb_plugin_param *param = plugin->params; param != NULL && param->key != NULL; param++)
		if (strcmp(param->key, key) == 0)
			return param;
	return NULL;
}

/* ---- the host's calls ---- */

static void
host_log(const struct ebb_plugin_host *host, enum ebb_plugin_level level, const char *text)
{
	claim(level <= EBB_PLUGIN_ERROR && text != NULL, "log() wants a level and a text");
	desk_of(host)->log_count++;
}

static int
host_fail(const struct ebb_plugin_host *host, const char *pointer, const char *sentence)
{
	struct desk *desk = desk_of(host);

	claim(sentence != NULL && sentence[0] != '\0', "fail() wants a sentence");
	claim(pointer == NULL || pointer[0] == '/', "a JSON pointer begins with /");
	desk->pointer = copy(desk, pointer);
	desk->sentence = copy(desk, sentence);
	return EBB_PLUGIN_FAIL;
}

static void *
host_alloc(const struct ebb_plugin_host *host, size_t size)
{
	struct desk *desk = desk_of(host);

	if (desk->allocs_left == 0)
		return NULL;
	if (desk->allocs_left > 0)
		desk->allocs_left--;
	return keep(&desk->call_memory, size);
}

static const char *
host_config(const struct ebb_plugin_host *host, const char *key)
{
	const struct desk *desk = desk_of(host);
	const struct ebb_plugin_param *param = param_of(desk->plugin, key);

	if (param == NULL)
		return NULL;
	for (const struct desk_value *value = desk->values; value != NULL; value = value->next)
		if (strcmp(value->key, key) == 0)
			return value->value;
	return param->initial;
}

static const struct ebb_plugin_rows *
host_rows(const struct ebb_plugin_host *host, const char *statement)
{
	for (const struct desk_table *table = desk_of(host)->tables; table != NULL; table = table->next)
		if (strcmp(table->statement, statement) == 0)
			return &table->rows;
	return NULL;
}

static int64_t
host_now(const struct ebb_plugin_host *host)
{
	return desk_of(host)->now;
}

static int
host_suggest(const struct ebb_plugin_host *host, const struct ebb_plugin_suggestion *suggestion)
{
	static const char *const fields[] = { "service_id", "request_type_id", "impact", "urgency", "team_id", "category" };
	struct desk *desk = desk_of(host);
	size_t known = 0;

	while (known < sizeof fields / sizeof fields[0] && (suggestion->field == NULL || strcmp(fields[known], suggestion->field) != 0))
		known++;
	if (known == sizeof fields / sizeof fields[0] || suggestion->value == NULL || !(suggestion->confidence >= 0) ||
	    !(suggestion->confidence <= 1) || suggestion->explanation == NULL || desk->suggestion_count == DESK_SUGGESTIONS)
		return EBB_PLUGIN_FAIL;
	desk->suggestions[desk->suggestion_count++] = (struct desk_suggestion){
		.field = copy(desk, suggestion->field),
		.value = copy(desk, suggestion->value),
		.explanation = copy(desk, suggestion->explanation),
		.confidence = suggestion->confidence,
	};
	return EBB_PLUGIN_OK;
}

static int
host_act(const struct ebb_plugin_host *host, const struct ebb_plugin_action *action)
{
	struct desk *desk = desk_of(host);

	if (action->action == NULL || action->args == NULL || action->args[0] != '{' || desk->action_count == DESK_ACTIONS)
		return EBB_PLUGIN_FAIL;
	desk->actions[desk->action_count++] = (struct desk_action){
		.action = copy(desk, action->action),
		.args = copy(desk, action->args),
		.explanation = copy(desk, action->explanation),
		.rule = copy(desk, action->rule),
		.inputs = copy(desk, action->inputs),
		.rule_version = action->rule_version,
	};
	return EBB_PLUGIN_OK;
}

static int
host_write(const struct ebb_plugin_host *host, const void *bytes, size_t length)
{
	struct desk *desk = desk_of(host);
	char *grown = realloc(desk->document, desk->document_length + length + 1);

	claim(grown != NULL, "out of memory");
	memcpy(grown + desk->document_length, bytes, length);
	desk->document = grown;
	desk->document_length += length;
	desk->document[desk->document_length] = '\0';
	return EBB_PLUGIN_OK;
}

/* ---- the test's calls ---- */

struct desk *
desk_new(void)
{
	struct desk *desk = calloc(1, sizeof *desk);

	claim(desk != NULL, "out of memory");
	claim(ebb_plugin_v1.major == EBB_PLUGIN_MAJOR && ebb_plugin_v1.size == sizeof(struct ebb_plugin), "a plugin of this contract is wanted");
	desk->plugin = &ebb_plugin_v1;
	desk->allocs_left = -1;
	desk->now = INT64_C(1790000000000000);
	desk->host = (struct ebb_plugin_host){
		.size = sizeof desk->host,
		.log = host_log,
		.fail = host_fail,
		.alloc = host_alloc,
		.config = host_config,
		.rows = host_rows,
		.now = host_now,
		.suggest = host_suggest,
		.act = host_act,
		.write = host_write,
	};
	return desk;
}

/* What start() had from alloc() waits for stop(): while it runs, only what calls had is let go. */
static void
forget(struct desk *desk)
{
	let_go(&desk->kept);
	free(desk->document);
	desk->document = NULL;
	desk->document_length = desk->suggestion_count = desk->action_count = 0;
	desk->pointer = desk->sentence = NULL;
}

void
desk_restart(struct desk *desk)
{
	if (desk->is_started && desk->plugin->stop != NULL)
		desk->plugin->stop(&desk->host, desk->state);
	let_go(&desk->start_memory);
	desk->state = NULL;
	desk->is_started = 0;
}

void
desk_free(struct desk *desk)
{
	desk_restart(desk);
	forget(desk);
	while (desk->values != NULL) {
		struct desk_value *value = desk->values;

		desk->values = value->next;
		free(value);
	}
	while (desk->tables != NULL) {
		struct desk_table *table = desk->tables;

		desk->tables = table->next;
		free(table);
	}
	free(desk);
}

void
desk_config(struct desk *desk, const char *key, const char *value)
{
	struct desk_value *set = calloc(1, sizeof *set);

	claim(set != NULL, "out of memory");
	claim(param_of(desk->plugin, key) != NULL, "a parameter is configured that the plugin does not declare");
	*set = (struct desk_value){ .next = desk->values, .key = key, .value = value };
	desk->values = set;
}

void
desk_rows(struct desk *desk, const char *statement, size_t column_count, const char *const *columns, size_t row_count,
          const char *const *cells)
{
	const struct ebb_plugin_statement *declared = desk->plugin->statements;
	struct desk_table *table = calloc(1, sizeof *table);

	claim(table != NULL, "out of memory");
	while (declared != NULL && declared->name != NULL && strcmp(declared->name, statement) != 0)
		declared++;
	claim(declared != NULL && declared->name != NULL, "rows of a statement that the plugin does not declare");
	*table = (struct desk_table){
		.next = desk->tables,
		.statement = statement,
		.rows = { .size = sizeof table->rows, .column_count = column_count, .row_count = row_count, .columns = columns, .cells = cells },
	};
	desk->tables = table;
}

/* What a callback says is what it says: FAIL has a sentence, and SKIP and FAIL drop what was handed over. */
static int
heard(struct desk *desk, int result, int is_later_allowed)
{
	claim(result == EBB_PLUGIN_OK || result == EBB_PLUGIN_SKIP || result == EBB_PLUGIN_FAIL ||
	          (result == EBB_PLUGIN_LATER && is_later_allowed), "a callback returned what is no result");
	if (result != EBB_PLUGIN_OK)
		desk->suggestion_count = desk->action_count = desk->document_length = 0;
	let_go(&desk->call_memory);
	return result;
}

int
desk_check(struct desk *desk)
{
	forget(desk);
	claim(desk->plugin->check != NULL, "the plugin has no check()");
	return heard(desk, desk->plugin->check(&desk->host), 0);
}

int
desk_start(struct desk *desk)
{
	int result = EBB_PLUGIN_OK;

	forget(desk);
	if (desk->is_started)
		return EBB_PLUGIN_OK;
	if (desk->plugin->start != NULL)
		result = desk->plugin->start(&desk->host, &desk->state);
	desk->start_memory = desk->call_memory;
	desk->call_memory = NULL;
	desk->is_started = result == EBB_PLUGIN_OK;
	if (!desk->is_started)
		let_go(&desk->start_memory);
	return heard(desk, result, 0);
}

static void
must_start(struct desk *desk)
{
	claim(desk_start(desk) == EBB_PLUGIN_OK, "the plugin does not start");
}

int
desk_ticket(struct desk *desk, const struct ebb_plugin_ticket *ticket)
{
	must_start(desk);
	claim(desk->plugin->categorise != NULL, "the plugin does not categorise");
	return heard(desk, desk->plugin->categorise(&desk->host, desk->state, ticket), 0);
}

int
desk_categorise(struct desk *desk, const char *subject, const char *description)
{
	return desk_ticket(desk, &(struct ebb_plugin_ticket){
	    .size = sizeof(struct ebb_plugin_ticket), .department_id = 1, .subject = subject, .description = description,
	    .channel = "api", .form = "{}", .facts = "{}" });
}

int
desk_event(struct desk *desk, const struct ebb_plugin_event *event)
{
	must_start(desk);
	claim(desk->plugin->automate != NULL, "the plugin does not automate");
	return heard(desk, desk->plugin->automate(&desk->host, desk->state, event), 1);
}

int
desk_automate(struct desk *desk, const char *event, const char *changes, const char *facts)
{
	return desk_event(desk, &(struct ebb_plugin_event){
	    .size = sizeof(struct ebb_plugin_event), .event_id = 1, .department_id = 1, .ticket_id = strcmp(event, "tick") != 0, .seq = 1,
	    .occurred_at = desk->now, .name = event, .changes = changes, .facts = facts });
}

int
desk_report(struct desk *desk, const char *report, const char *format, const char *params)
{
	must_start(desk);
	claim(desk->plugin->report != NULL, "the plugin does not report");
	return heard(desk, desk->plugin->report(&desk->host, desk->state, &(struct ebb_plugin_request){
	    .size = sizeof(struct ebb_plugin_request), .department_id = 1, .report = report, .format = format, .params = params }), 0);
}

const char *
desk_suggested(const struct desk *desk, const char *field)
{
	for (size_t i = 0; i < desk->suggestion_count; i++)
		if (strcmp(desk->suggestions[i].field, field) == 0)
			return desk->suggestions[i].value;
	return NULL;
}
