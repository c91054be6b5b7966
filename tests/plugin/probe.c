/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for the tests of ebbctl plugin: a little of each kind, a secret, a check of its own; with -D it is one of those
 * that must be refused. Compiled by tests/plugin/command.py.
 */
#include "ebb/plugin.h"

#include <stdlib.h>
#include <string.h>

#ifndef PROBE_NAME
#define PROBE_NAME "probe"
#endif
#ifndef PROBE_VERSION
#define PROBE_VERSION "1.0.0"
#endif
#ifndef PROBE_MAJOR
#define PROBE_MAJOR EBB_PLUGIN_MAJOR
#endif
#ifndef PROBE_NEEDS
#define PROBE_NEEDS 0
#endif
#ifndef PROBE_SQL
#define PROBE_SQL "select word from word order by word_id"
#endif
#ifdef PROBE_SYMBOL
#define ebb_plugin_v1 PROBE_SYMBOL
#endif

#ifdef PROBE_UNDEFINED
extern int nowhere_defined(void);
#endif

static int
start(const struct ebb_plugin_host *host, void **state)
{
#ifdef PROBE_CRASH
	*(volatile int *)state = *(volatile int *)8;
#endif
#ifdef PROBE_UNDEFINED
	return nowhere_defined();
#endif
#ifdef PROBE_FAIL
	return host->fail(host, NULL, "This one never starts.");
#endif
	(void)host;
	*state = NULL;
	return EBB_PLUGIN_OK;
}

static int
check(const struct ebb_plugin_host *host)
{
	if (strcmp(host->config(host, "word"), "forbidden") == 0)
		return host->fail(host, "/word", "The word \"forbidden\" is taken; choose another.");
	if (host->config(host, "password") != NULL && strncmp(host->config(host, "password"), "bad", 3) == 0)
		return host->fail(host, "/password", "The other side does not take this password.");
	return EBB_PLUGIN_OK;
}

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	const struct ebb_plugin_suggestion suggestion = { .size = sizeof suggestion, .field = "urgency", .value = "1", .confidence = 0.75,
							  .explanation = "The word stands in the subject." };

	(void)state;
#ifdef PROBE_CRASH_LATER
	abort();
#endif
	if (strstr(ticket->subject, host->config(host, "word")) == NULL)
		return EBB_PLUGIN_SKIP;
	return host->suggest(host, &suggestion);
}

static int
automate(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	const struct ebb_plugin_action action = { .size = sizeof action, .action = "note", .args = "{\"text\": \"seen\"}", .explanation = "Because it happened.",
						  .rule = "seen", .rule_version = 3 };

	(void)state;
	return event->ticket_id == 0 ? EBB_PLUGIN_SKIP : host->act(host, &action);
}

static const struct ebb_plugin_param params[] = {
	{ .key = "word", .help = "Word that makes a ticket urgent.", .initial = "urgent", .least = 1, .most = 20, .type = EBB_PLUGIN_TEXT },
	{ .key = "limit", .help = "How many.", .unit = "tickets", .initial = "3", .least = 1, .most = 9, .type = EBB_PLUGIN_INTEGER },
#ifndef PROBE_FAIL
	{ .key = "password", .help = "For the other side.", .most = 100, .least = 1, .type = EBB_PLUGIN_SECRET },
#endif
	{ .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
	{ .name = "words", .sql = PROBE_SQL, .when = EBB_PLUGIN_WHEN_AUTOMATE },
	{ .name = NULL },
};
static const char *const events[] = { "ticket.opened", "ticket.assigned", NULL };

EBB_PLUGIN = {
	.size = sizeof(struct ebb_plugin),
	.major = PROBE_MAJOR,
	.minor = EBB_PLUGIN_MINOR,
	.name = PROBE_NAME,
	.version = PROBE_VERSION,
	.licence = "Apache-2.0",
	.summary = "For tests.",
	.needs = PROBE_NEEDS,
	.params = params,
#ifndef PROBE_WITHOUT_SQL
	.statements = statements,
#endif
	.events = events,
	.start = start,
	.check = check,
	.categorise = categorise,
	.automate = automate,
};
