/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin to be built against headers of other minors than the desk's: kept ones, and with NEWER against one in which
 *          each struct that begins with size has a member `later` more. It says what it sees of the desk's.
 * Memory:  what it hands over is constant or on the stack.
 * Must not know: which minor the desk has.
 */
#include <ebb/plugin.h>

#include <stdio.h>

#ifdef NEWER
#define SEES(s) (EBB_PLUGIN_HAS(s, later) ? "yes" : "no")
#else
#define SEES(s) ((s)->size >= sizeof *(s) ? "whole" : "cut")
#endif

static int
start(const struct ebb_plugin_host *host, void **state)
{
	*state = host->alloc(host, 16);
	return *state == NULL ? host->fail(host, NULL, "There is no memory.") : EBB_PLUGIN_OK;
}

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	char explanation[100];
	struct ebb_plugin_suggestion suggestion = {
		.size = sizeof suggestion, .field = "impact", .value = "1", .confidence = 0.9, .explanation = explanation,
#ifdef NEWER
		.later = "of a minor to come",
#endif
	};

	if (state == NULL || ticket->subject == NULL || !EBB_PLUGIN_HAS(host, suggest))
		return host->fail(host, NULL, "Members of minor 0 are missing.");
	snprintf(explanation, sizeof explanation, "host %s, ticket %s", SEES(host), SEES(ticket));
	return host->suggest(host, &suggestion);
}

EBB_PLUGIN = {
	.size = sizeof ebb_plugin_v1,
	.major = EBB_PLUGIN_MAJOR,
	.minor = EBB_PLUGIN_MINOR,
	.name = "guest",
	.version = "1.0.0",
	.licence = "Apache-2.0",
	.summary = "Comes from another minor.",
	.start = start,
	.categorise = categorise,
#ifdef NEWER
	.later = "of a minor to come",
#endif
};
