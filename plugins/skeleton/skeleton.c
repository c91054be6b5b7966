/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin that does a little of each kind of work. Words that a department configures make a ticket urgent, words
 *          of its table give the impact; a new ticket may get a note; a report counts.
 * Memory:  start() splits the words once and leaves them as state; the desk gives that memory and takes it back.
 * Must not know: Ebb beyond ebb/plugin.h; another plugin; which department it works for.
 */
#include <ebb/plugin.h>

#include <stdio.h>
#include <string.h>

#define WORDS_MOST 50

struct state {
	size_t count;
	const char *words[WORDS_MOST];
};

/* ---- life: once per process and configuration ---- */

static int
start(const struct ebb_plugin_host *host, void **state_r)
{
	const char *text = host->config(host, "words");
	struct state *state = host->alloc(host, sizeof *state);
	char *copy = host->alloc(host, strlen(text) + 1), *rest = NULL;

	if (state == NULL || copy == NULL)
		return host->fail(host, NULL, "There is no memory for the words.");
	memcpy(copy, text, strlen(text) + 1); /* what config() gives is borrowed */
	for (char *word = strtok_r(copy, " ", &rest); word != NULL && state->count < WORDS_MOST; word = strtok_r(NULL, " ", &rest))
		state->words[state->count++] = word;
	*state_r = state;
	return EBB_PLUGIN_OK;
}

/* What the declarations below cannot say of a value. The sentence is for the administrator who typed it. */
static int
check(const struct ebb_plugin_host *host)
{
	const char *text = host->config(host, "words");

	if (text[strspn(text, " ")] == '\0')
		return host->fail(host, "/words", "At least one word is needed.");
	return EBB_PLUGIN_OK;
}

/* ---- categorisation: before a ticket is opened ---- */

static int
suggest(const struct ebb_plugin_host *host, const char *field, const char *value, double confidence, const char *word)
{
	char explanation[200];

	snprintf(explanation, sizeof explanation, "The text says \"%.100s\".", word);
	return host->suggest(host, &(struct ebb_plugin_suggestion){
	    .size = sizeof(struct ebb_plugin_suggestion),
	    .field = field,
	    .value = value,
	    .confidence = confidence,
	    .explanation = explanation,
	});
}

static int
says(const struct ebb_plugin_ticket *ticket, const char *word)
{
	return strstr(ticket->subject, word) != NULL || strstr(ticket->description, word) != NULL;
}

static int
categorise(const struct ebb_plugin_host *host, void *state_p, const struct ebb_plugin_ticket *ticket)
{
	const struct state *state = state_p;
	const struct ebb_plugin_rows *rows = host->rows(host, "impact_words");
	int said = 0;

	for (size_t i = 0; i < state->count && !said; i++)
		if (says(ticket, state->words[i])) {
			if (suggest(host, "urgency", host->config(host, "urgency"), 0.9, state->words[i]) != EBB_PLUGIN_OK)
				return EBB_PLUGIN_FAIL;
			said = 1;
		}
	for (size_t row = 0; rows != NULL && row < rows->row_count; row++) {
		const char *const *cells = rows->cells + row * rows->column_count;

		if (says(ticket, cells[0]))
			return suggest(host, "impact", cells[1], 0.7, cells[0]);
	}
	return said ? EBB_PLUGIN_OK : EBB_PLUGIN_SKIP;
}

/* ---- automation: after something happened ---- */

static int
automate(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	const char *tone = host->config(host, "tone");

	(void)state;
	if (strcmp(event->name, "ticket.opened") != 0 || strcmp(tone, "silent") == 0)
		return EBB_PLUGIN_SKIP;
	return host->act(host, &(struct ebb_plugin_action){
	    .size = sizeof(struct ebb_plugin_action),
	    .action = "note",
	    .args = strcmp(tone, "friendly") == 0 ? "{\"text\": \"Somebody needs us. Thank you for looking into it.\"}"
						  : "{\"text\": \"Look into it.\"}",
	    .explanation = "Each new ticket gets a note.",
	    .rule = "welcome",
	    .rule_version = 1,
	    .inputs = "{\"event\": \"ticket.opened\"}",
	});
}

/* ---- reporting: when somebody asks ---- */

static int
report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	const struct ebb_plugin_rows *rows = host->rows(host, "open_by_team");
	const int is_json = strcmp(request->format, "json") == 0;
	char line[512];

	(void)state;
	if (rows == NULL)
		return host->fail(host, NULL, "The rows of open_by_team are missing.");
	host->write(host, is_json ? "[" : "team,open_tickets\r\n", is_json ? 1 : strlen("team,open_tickets\r\n"));
	for (size_t row = 0; row < rows->row_count; row++) {
		const char *const *cells = rows->cells + row * rows->column_count;

		/* The statement has quoted the name for either format. */
		if (is_json)
			snprintf(line, sizeof line, "%s{\"team\":%s,\"open_tickets\":%s}", row == 0 ? "" : ",", cells[1], cells[2]);
		else
			snprintf(line, sizeof line, "%s,%s\r\n", cells[0], cells[2]);
		if (host->write(host, line, strlen(line)) != EBB_PLUGIN_OK)
			return EBB_PLUGIN_FAIL;
	}
	return is_json ? host->write(host, "]", 1) : EBB_PLUGIN_OK;
}

/* ---- what the plugin says of itself ---- */

static const struct ebb_plugin_param params[] = {
    { .key = "words", .help = "Words that make a ticket urgent, separated by spaces.", .initial = "urgent outage", .most = 1000,
      .type = EBB_PLUGIN_TEXT },
    { .key = "urgency", .help = "Urgency of such a ticket, 1 is the highest.", .initial = "1", .least = 1, .most = 3,
      .type = EBB_PLUGIN_INTEGER },
    { .key = "tone", .help = "How a new ticket is welcomed.", .unit = "silent|plain|friendly", .initial = "silent",
      .type = EBB_PLUGIN_CHOICE },
    { .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
    { .name = "impact_words", .sql = "select word, impact from x_skeleton.impact_word order by word",
      .when = EBB_PLUGIN_WHEN_CATEGORISE },
    { .name = "open_by_team",
      .sql = "select '\"' || replace(team_name, '\"', '\"\"') || '\"' as csv, to_json(team_name) as json, count(*)"
	     " from reporting_v1.backlog_now group by team_name order by count(*) desc, team_name",
      .report = "open_by_team", .when = EBB_PLUGIN_WHEN_REPORT },
    { .name = NULL },
};
static const struct ebb_plugin_report reports[] = {
    { .name = "open_by_team", .title = "Open tickets by team", .formats = "csv|json" },
    { .name = NULL },
};
static const char *const events[] = { "ticket.opened", NULL };
static const char *const reads[] = { "backlog_now", NULL };

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = "skeleton",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "A little of each kind of work.",
    .params = params,
    .statements = statements,
    .reports = reports,
    .events = events,
    .reads = reads,
    .start = start,
    .check = check,
    .categorise = categorise,
    .automate = automate,
    .report = report,
};
