/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the common part of plugins that break the contract, one promise each. Each file says what it does in
 *          misbehave(), which is called for every kind of work, and names itself by HOSTILE(name).
 * Memory:  none of its own.
 * Must not know: what the desk does about it: that is tests/unit/test_plugin_*.c and tests/plugin.
 */
#ifndef EBB_TEST_HOSTILE_H
#define EBB_TEST_HOSTILE_H

#include <ebb/plugin.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNUSED __attribute__((unused))

/* What a system call said, as a line of the reply's log: "fork: EPERM" or "fork: 0". */
static void UNUSED
tell(const struct ebb_plugin_host *host, const char *what, long rc)
{
	char text[200];
	const char *name = rc < 0 ? strerrorname_np(errno) : NULL;

	if (rc < 0)
		snprintf(text, sizeof text, "%s: %s", what, name ? name : "?");
	else
		snprintf(text, sizeof text, "%s: %ld", what, rc);
	host->log(host, EBB_PLUGIN_INFO, text);
}

static int misbehave(const struct ebb_plugin_host *host);

static int UNUSED
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	(void)state;
	(void)ticket;
	return misbehave(host);
}

static int UNUSED
automate(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	(void)state;
	(void)event;
	return misbehave(host);
}

static int UNUSED
report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	(void)state;
	(void)request;
	return misbehave(host);
}

static const struct ebb_plugin_report hostile_reports[] = { { "any", "Anything", "json", NULL }, { NULL, NULL, NULL, NULL } };
static const char *const hostile_events[] = { "ticket.*", NULL };

#define HOSTILE_SAYS(plugin_name) \
	.major = EBB_PLUGIN_MAJOR, .minor = EBB_PLUGIN_MINOR, .name = plugin_name, .version = "1.0", .licence = "Apache-2.0", \
	.summary = "Breaks a promise on purpose.", .reports = hostile_reports, .events = hostile_events, \
	.categorise = categorise, .automate = automate, .report = report
#define HOSTILE(plugin_name, ...) \
	EBB_PLUGIN = { .size = sizeof ebb_plugin_v1, HOSTILE_SAYS(plugin_name), __VA_ARGS__ }

#endif
