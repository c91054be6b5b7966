/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: automation by rules that stand as rows: the database decides (sql/code/decide.sql), next to the rules and with the
 *          very SQL/JSON path that checks them; here its rows become actions, in their order, or one sentence that nothing is done.
 * Memory:  none of its own: cells and the desk's memory.
 * Must not know: what a condition or an action means.
 */
#include <ebb/plugin.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the statement "decisions", in its order. */
enum column { RULE, VERSION, ACTION, ARGS, INPUTS, STEP, EXPLANATION, PROBLEM, COLUMN_COUNT };

static const char *
cell(const struct ebb_plugin_rows *rows, size_t row, enum column column)
{
	return rows->cells[row * rows->column_count + (size_t)column];
}

static int
is_problem(const struct ebb_plugin_rows *rows, size_t row, const char *problem)
{
	return cell(rows, row, PROBLEM) != NULL && strcmp(cell(rows, row, PROBLEM), problem) == 0;
}

static int
act(const struct ebb_plugin_host *host, const struct ebb_plugin_rows *rows, size_t row)
{
	return host->act(host, &(struct ebb_plugin_action){
	    .size = sizeof(struct ebb_plugin_action),
	    .action = cell(rows, row, ACTION),
	    .args = cell(rows, row, ARGS),
	    .explanation = cell(rows, row, EXPLANATION),
	    .rule = cell(rows, row, RULE),
	    .rule_version = cell(rows, row, VERSION) == NULL ? 0 : strtoll(cell(rows, row, VERSION), NULL, 10),
	    .inputs = cell(rows, row, INPUTS),
	});
}

static int
automate(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	const struct ebb_plugin_rows *rows = host->rows(host, "decisions");
	int result = EBB_PLUGIN_SKIP;

	(void)state;
	(void)event;
	if (rows == NULL || (rows->row_count > 0 && rows->column_count < COLUMN_COUNT))
		return host->fail(host, NULL, "The decisions of the rules are missing.");
	for (size_t row = 0; row < rows->row_count; row++)
		if (is_problem(rows, row, "overrun"))
			return host->fail(host, NULL, cell(rows, row, EXPLANATION));
	for (size_t row = 0; row < rows->row_count; row++) {
		if (is_problem(rows, row, "undecided")) {
			host->log(host, EBB_PLUGIN_WARNING, cell(rows, row, EXPLANATION));
			continue;
		}
		if (act(host, rows, row) != EBB_PLUGIN_OK)
			return host->fail(host, NULL, "The rules ask for more actions, or longer ones, than an event may have.");
		result = EBB_PLUGIN_OK;
	}
	return result;
}

/* Whether it is a list in JSON at all, with the place; all else is checked next to the rules, by the statement "faults". */
static int
check(const struct ebb_plugin_host *host)
{
	const char *text = host->config(host, "rules");
	char sentence[300];
	size_t character = 0;
	json_error_t error;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	int is_list = json_is_array(json);

	if (json == NULL) {
		for (int i = 0; i < error.position && text[i] != '\0'; i++)
			character += ((unsigned char)text[i] & 0xC0) != 0x80;
		snprintf(sentence, sizeof sentence, "This is no JSON at line %d, character %zu of all: %.160s.", error.line, character, error.text);
		return host->fail(host, "/rules", sentence);
	}
	json_decref(json);
	return is_list ? EBB_PLUGIN_OK : host->fail(host, "/rules", "A list is wanted here: [...].");
}

static const struct ebb_plugin_param params[] = {
    { .key = "rules", .help = "Ordered rules, a JSON list of {name, when, if, then}; docs/rules.md says how to write them.", .initial = "[]",
      .type = EBB_PLUGIN_JSON },
    { .key = "step_bound", .help = "How many rounds one event may lead from rule to rule before it is reported as a fault.", .unit = "rounds",
      .initial = "10", .least = 1, .most = 100, .type = EBB_PLUGIN_INTEGER },
    { .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
    { .name = "decisions", .sql = "select rule, version, action, args, inputs, step, explanation, problem from x_automate_rules.decide($1::jsonb)",
      .when = EBB_PLUGIN_WHEN_AUTOMATE },
    { .name = "faults", .sql = "select pointer, detail from x_automate_rules.configure($1::jsonb)", .when = EBB_PLUGIN_WHEN_CONFIGURE },
    { .name = NULL },
};
static const char *const events[] = { "ticket.*", "sla.breached", NULL };

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = "automate_rules",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "Does what ordered rules say: when an event comes, if a condition over the ticket's facts holds, then actions.",
    .params = params,
    .statements = statements,
    .events = events,
    .check = check,
    .automate = automate,
};
