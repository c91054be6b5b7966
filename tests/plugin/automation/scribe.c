/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin for tests: notes each event on its ticket, so that what was delivered, how often and in which order can
 *          be read there. Words in a ticket's subject make it misbehave on that ticket when it is opened:
 *            [later]   wants the event again the first time     [slow]    takes 400 ms
 *            [refuse]  asks for what no rule allows             [hang]    never ends
 *            [crash]   writes to address 0                      [fail]    says that it cannot
 * Memory:  a list of events it put off, in start()'s memory.
 * Must not know: the desk.
 */
#include <ebb/plugin.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PUT_OFF_MOST 64

struct state {
	int count;
	int64_t put_off[PUT_OFF_MOST];
};

static int
start(const struct ebb_plugin_host *host, void **state_r)
{
	*state_r = host->alloc(host, sizeof(struct state));
	return *state_r == NULL ? host->fail(host, NULL, "There is no memory.") : EBB_PLUGIN_OK;
}

static int
act(const struct ebb_plugin_host *host, const char *action, const char *args, const char *rule)
{
	return host->act(host, &(struct ebb_plugin_action){
	    .size = sizeof(struct ebb_plugin_action),
	    .action = action,
	    .args = args,
	    .explanation = "What happened is noted.",
	    .rule = rule,
	    .rule_version = 3,
	    .inputs = "{\"is_test\": true}",
	});
}

static int
was_put_off(struct state *state, int64_t event_id)
{
	for (int i = 0; i < state->count; i++)
		if (state->put_off[i] == event_id)
			return 1;
	if (state->count < PUT_OFF_MOST)
		state->put_off[state->count++] = event_id;
	return 0;
}

static void
spin(double seconds)
{
	struct timespec now;
	double began;

	clock_gettime(CLOCK_MONOTONIC, &now);
	began = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((double)now.tv_sec + (double)now.tv_nsec / 1e9 < began + seconds);
}

static int
automate(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_event *event)
{
	char args[200];

	if (strcmp(event->name, "tick") == 0)
		return EBB_PLUGIN_SKIP;
	if (strcmp(event->name, "ticket.opened") == 0) {
		if (strstr(event->facts, "[later]") != NULL && !was_put_off(state, event->event_id))
			return EBB_PLUGIN_LATER;
		if (strstr(event->facts, "[hang]") != NULL)
			spin(1e9);
		if (strstr(event->facts, "[slow]") != NULL)
			spin(0.4);
		if (strstr(event->facts, "[crash]") != NULL)
			*(volatile int *)0 = 1;
		if (strstr(event->facts, "[fail]") != NULL)
			return host->fail(host, NULL, "This ticket cannot be noted.");
		if (strstr(event->facts, "[refuse]") != NULL)
			(void)!act(host, "assign", "{\"assignee_id\": 999999}", "refused");
	}
	snprintf(args, sizeof args, "{\"text\": \"%" PRId64 " %" PRId64 " %s\"}", event->event_id, event->seq, event->name);
	return act(host, "note", args, "note");
}

/* "echo" says what was asked for; "never" cannot. */
static int
report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	(void)state;
	if (strcmp(request->report, "never") == 0)
		return host->fail(host, NULL, "There is nothing to report.");
	return host->write(host, request->params, strlen(request->params));
}

static const struct ebb_plugin_report reports[] = {
    { .name = "echo", .title = "What was asked for", .formats = "json" },
    { .name = "never", .title = "Nothing", .formats = "json|csv" },
    { .name = NULL },
};
static const char *const events[] = { "ticket.*", NULL };

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = "scribe",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "Notes what happened.",
    .tick_s = 60,
    .reports = reports,
    .events = events,
    .start = start,
    .automate = automate,
    .report = report,
};
