/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin that does as the test says: what the subject of a ticket names, or the department's configuration. What is
 *          built with another PLAY_VERSION is another version of it, and says so in what it suggests.
 * Memory:  none of its own.
 * Must not know: Ebb beyond ebb/plugin.h.
 */
#include <ebb/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PLAY_VERSION
#define PLAY_VERSION "1.0.0"
#endif

static int
is_wanted(const char *text, const char *word)
{
	return text != NULL && strstr(text, word) != NULL;
}

/* What must never happen, each under its name. */
static void
misbehave(const char *text)
{
	if (is_wanted(text, "crash now"))
		*(volatile int *)8 = 1;
	while (is_wanted(text, "hang now"))
		__asm__ volatile("");
	if (is_wanted(text, "leave now"))
		_exit(0);
	if (is_wanted(text, "eat now"))
		for (;;) {
			char *piece = malloc(1 << 20);
			memset(piece, 1, 1 << 20);
		}
	if (is_wanted(text, "babble now"))
		for (int fd = 0; fd < 64; fd++)
			(void)!write(fd, "HTTP/1.1 200 OK\r\n\r\nwhat is this", 31);
}

static int
start(const struct ebb_plugin_host *host, void **state_r)
{
	const char *when = host->config(host, "on_start");

	(void)state_r;
	misbehave(when);
	return is_wanted(when, "refuse") ? host->fail(host, "/on_start", "It was told to refuse.") : EBB_PLUGIN_OK;
}

static int
check(const struct ebb_plugin_host *host)
{
	const char *when = host->config(host, "on_start");

	misbehave(host->config(host, "on_check"));
	if (is_wanted(when, "bad"))
		return host->fail(host, "/on_start", "This is no good beginning.");
	return EBB_PLUGIN_OK;
}

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	char said[200];

	(void)state;
	misbehave(ticket->subject);
	misbehave(host->config(host, "on_call"));
	if (is_wanted(ticket->subject, "fail now"))
		return host->fail(host, NULL, "It was told to fail.");
	if (is_wanted(ticket->subject, "tell now")) {
		snprintf(said, sizeof said, "The secret is %s.", host->config(host, "secret"));
		host->log(host, EBB_PLUGIN_WARNING, said);
		return host->fail(host, NULL, said);
	}
	if (is_wanted(ticket->subject, "skip now"))
		return EBB_PLUGIN_SKIP;
	snprintf(said, sizeof said, "version " PLAY_VERSION " of department %lld, secret %s", (long long)ticket->department_id,
		 host->config(host, "secret"));
	return host->suggest(host, &(struct ebb_plugin_suggestion){ .size = sizeof(struct ebb_plugin_suggestion),
								   .field = "urgency",
								   .value = host->config(host, "urgency"),
								   .confidence = 0.9,
								   .explanation = said });
}

static int
report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	char text[2000];
	int length;

	(void)state;
	misbehave(request->params);
	if (is_wanted(request->params, "fail now"))
		return host->fail(host, NULL, "There is nothing to report.");
	length = snprintf(text, sizeof text,
			  is_wanted(request->format, "html") ? "<!doctype html><script>alert(1)</script><p>%s %s" :
			  is_wanted(request->format, "json") ? "{\"format\":\"%s\",\"params\":%s}" :
							       "%s,%s\r\n",
			  request->format, request->params);
	return host->write(host, text, (size_t)length);
}

static const struct ebb_plugin_param params[] = {
	{ .key = "urgency", .help = "What it suggests.", .initial = "1", .least = 1, .most = 3, .type = EBB_PLUGIN_INTEGER },
	{ .key = "on_start", .help = "How it starts.", .initial = "fine", .type = EBB_PLUGIN_TEXT },
	{ .key = "on_call", .help = "How it categorises.", .initial = "fine", .type = EBB_PLUGIN_TEXT },
	{ .key = "on_check", .help = "How it checks.", .initial = "fine", .type = EBB_PLUGIN_TEXT },
	{ .key = "secret", .help = "What nobody sees.", .type = EBB_PLUGIN_SECRET },
	{ .key = NULL },
};

static const struct ebb_plugin_report reports[] = {
	{ .name = "letter", .title = "A letter", .formats = "json|csv|html", .params = "team_id|days" },
	{ .name = NULL },
};

#ifdef PLAY_NAP
static const struct ebb_plugin_statement statements[] = {
	{ .name = "nap", .sql = "select count(*) as nap from generate_series(1, " PLAY_NAP ") n", .when = EBB_PLUGIN_WHEN_CATEGORISE },
	{ .name = NULL },
};
#endif

EBB_PLUGIN = {
	.size = sizeof(struct ebb_plugin),
	.major = EBB_PLUGIN_MAJOR,
	.minor = EBB_PLUGIN_MINOR,
	.name = "play",
	.version = PLAY_VERSION,
	.licence = "Apache-2.0",
	.summary = "Does as it is told, for tests.",
	.params = params,
	.reports = reports,
#ifdef PLAY_NAP
	.statements = statements,
#endif
	.start = start,
	.check = check,
	.categorise = categorise,
	.report = report,
};
