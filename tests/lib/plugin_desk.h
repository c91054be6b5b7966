/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a desk that is played, for a plugin's own tests in C: it configures, hands over tickets, events and rows, and keeps
 *          what the plugin gave back. Rules that the real desk enforces on a plugin's answers are claims here.
 * Memory:  desk_new() gives all of it, desk_free() takes it back, with what the plugin had from alloc(). Texts that are handed
 *          in are borrowed; what the plugin handed over is copied.
 * Must not know: any plugin; database, process or wire.
 */
#ifndef EBB_PLUGIN_DESK_H
#define EBB_PLUGIN_DESK_H

#include <ebb/plugin.h>

#define DESK_SUGGESTIONS 50
#define DESK_ACTIONS 100

struct desk_suggestion {
	char *field, *value, *explanation;
	double confidence;
};

struct desk_action {
	char *action, *args, *explanation, *rule, *inputs;
	int64_t rule_version;
};

struct desk {
	struct ebb_plugin_host host; /* first: what a callback gets is the desk */
	const struct ebb_plugin *plugin;
	void *state;
	int is_started;
	int64_t now;
	size_t suggestion_count, action_count, document_length;
	struct desk_suggestion suggestions[DESK_SUGGESTIONS];
	struct desk_action actions[DESK_ACTIONS];
	char *document;           /* ends in NUL, too; NULL: nothing was written */
	char *pointer, *sentence; /* of fail(); NULL: not called */
	unsigned log_count;
	long allocs_left; /* alloc() gives NULL when it is 0; -1: never */
	struct desk_kept *kept;         /* what the last call gave back */
	struct desk_kept *call_memory;  /* alloc(): freed when the callback has returned */
	struct desk_kept *start_memory; /* alloc() in start(): freed after stop() */
	struct desk_value *values;
	struct desk_table *tables;
};

/* Of the plugin that the test is linked with. */
struct desk *desk_new(void);
void desk_free(struct desk *desk);

/* The value of a parameter; before the first call, or with desk_restart() after it. */
void desk_config(struct desk *desk, const char *key, const char *value);
void desk_restart(struct desk *desk);

/* Rows of a statement, for all calls that follow: columns and cells end with their number, row_count * column_count. */
void desk_rows(struct desk *desk, const char *statement, size_t column_count, const char *const *columns, size_t row_count,
               const char *const *cells);

/* Each forgets what the call before has given back, and starts the plugin when it does not run yet. */
int desk_check(struct desk *desk);
int desk_start(struct desk *desk);
int desk_categorise(struct desk *desk, const char *subject, const char *description);
int desk_ticket(struct desk *desk, const struct ebb_plugin_ticket *ticket);
int desk_automate(struct desk *desk, const char *event, const char *changes, const char *facts);
int desk_event(struct desk *desk, const struct ebb_plugin_event *event);
int desk_report(struct desk *desk, const char *report, const char *format, const char *params);

/* Value that was suggested for a field first; NULL: none was. */
const char *desk_suggested(const struct desk *desk, const char *field);

#endif
