/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps all its promises: what the tests of hostile ones are compared with. */
#include "hostile.h"

struct state {
	long calls;
	char word[32];
};

static int
start(const struct ebb_plugin_host *host, void **state)
{
	struct state *mine = host->alloc(host, sizeof *mine);

	if (mine == NULL)
		return host->fail(host, NULL, "no memory");
	strncpy(mine->word, host->config(host, "word"), sizeof mine->word - 1);
	*state = mine;
	return EBB_PLUGIN_OK;
}

static void
stop(const struct ebb_plugin_host *host, void *state)
{
	(void)host;
	((struct state *)state)->calls = -1;
}

static int
check(const struct ebb_plugin_host *host)
{
	if (strcmp(host->config(host, "word"), "no") == 0)
		return host->fail(host, "/word", "The word must not be no.");
	return EBB_PLUGIN_OK;
}

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

static int
suggest_word(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	struct state *mine = state;
	const struct ebb_plugin_rows *rows = host->rows(host, "words");
	const struct ebb_plugin_suggestion one = { sizeof one, "category", mine->word, 0.75, ticket->subject };

	mine->calls++;
	tell(host, "calls", mine->calls);
	tell(host, "department", ticket->department_id);
	tell(host, "rows", rows != NULL ? (long)rows->row_count : -2);
	if (rows != NULL && rows->row_count > 1 && rows->cells[3] == NULL)
		host->log(host, EBB_PLUGIN_DEBUG, rows->cells[0]);
	host->log(host, EBB_PLUGIN_DEBUG, ticket->form);
	return host->suggest(host, &one);
}

static int
follow_event(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	const struct ebb_plugin_action note = { sizeof note, "note", "{\"text\": \"seen\"}", "Every event is noted.", "all", 3, event->changes };

	(void)state;
	if (strcmp(event->name, "ticket.later") == 0)
		return EBB_PLUGIN_LATER;
	if (strcmp(event->name, "ticket.skipped") == 0) {
		(void)host->act(host, &note);
		return EBB_PLUGIN_SKIP;
	}
	return host->act(host, &note);
}

static int
write_report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	(void)state;
	host->write(host, "{\"asked\":", 9);
	host->write(host, request->params, strlen(request->params));
	return host->write(host, "}", 1);
}

static const struct ebb_plugin_param params[] = {
	{ .key = "word", .help = "What it suggests.", .type = EBB_PLUGIN_TEXT, .initial = "printer", .least = 1, .most = 20 },
	{ .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
	{ .name = "words", .sql = "select 'a' as word, null as no", .when = EBB_PLUGIN_WHEN_CATEGORISE },
	{ .name = NULL },
};

EBB_PLUGIN = {
	.size = sizeof ebb_plugin_v1, .major = EBB_PLUGIN_MAJOR, .minor = EBB_PLUGIN_MINOR, .name = "honest", .version = "1.0",
	.licence = "Apache-2.0", .summary = "Keeps all its promises.", .params = params, .statements = statements,
	.reports = hostile_reports, .events = hostile_events, .start = start, .stop = stop, .check = check,
	.categorise = suggest_word, .automate = follow_event, .report = write_report,
};
