/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which department wants which plugin, as a process keeps it until a notification drops it, and the lines to
 *          their hosts, kept from call to call.
 * Memory:  malloc'ed; rows live until the next load, lines until drop() or free.
 * Must not know: what is asked, HTTP.
 */
#ifndef EBB_PLUGIN_HOOKS_H
#define EBB_PLUGIN_HOOKS_H

#include "plugin/line.h"

struct ebb_pg;
struct ebb_hooks;

/* A plugin that is enabled for a department, not quarantined, in the department's order. */
struct ebb_hook_row {
	int plugin_id;
	const char *plugin_name;
	int department_id;
	unsigned kinds; /* EBB_KIND_... of elf.h */
	int position;
	const char *mode;
	int config_version;
	const char *config; /* JSON {key: text}, secrets opened; NULL: they cannot be, and trouble says why */
	const char *trouble;
	unsigned processes;
};

/* Who asks: the worker's door is api, the courier's ctl. */
enum ebb_hooks_door { EBB_HOOKS_API, EBB_HOOKS_CTL };

struct ebb_hooks_opts {
	enum ebb_hooks_door door;
	int door_fd; /* the callers' end; -1: nobody can be dialled */
	enum ebb_lane lane;
	unsigned caller_no;   /* spreads callers over a plugin's processes */
	const char *key_file; /* conf secret_key_file; only pointed to */
};

struct ebb_hooks *ebb_hooks_new(const struct ebb_hooks_opts *opts);
void ebb_hooks_free(struct ebb_hooks **hooks);

/* Asks the database when nothing is known. Lines of plugins that are not wanted any more are closed. */
EBB_MUST enum ebb_rc ebb_hooks_load(struct ebb_hooks *hooks, struct ebb_pg *pg, struct ebb_err *err);
bool ebb_hooks_is_known(const struct ebb_hooks *hooks);
/* The next load asks again; until then the rows stay, for whoever is in the middle of a call. */
void ebb_hooks_forget(struct ebb_hooks *hooks);

/* Bits of all rows. */
unsigned ebb_hooks_kinds(const struct ebb_hooks *hooks);
const struct ebb_hook_row *ebb_hooks_find(const struct ebb_hooks *hooks, int plugin_id, int department_id);

/* A line that takes a call, with the row's configuration on its way; dialled when there was none. NULL: nobody can be
 * dialled. It stays the hooks' own. */
struct ebb_line *ebb_hooks_line(struct ebb_hooks *hooks, const struct ebb_hook_row *row);
/* For a plugin that a department has not enabled (check, reports): with a configuration that is none of a row's. The
 * caller frees it. */
struct ebb_line *ebb_hooks_dial(const struct ebb_hooks *hooks, const char *plugin, int department_id, unsigned index);
/* After a final state: the next call dials anew. */
void ebb_hooks_drop(struct ebb_hooks *hooks, const struct ebb_line *line);

/* Opens the secrets of a configuration as the database keeps it. */
EBB_MUST enum ebb_rc ebb_hooks_open(const struct ebb_hooks *hooks, const char *plugin, int department_id,
				    const char *config, struct ebb_arena *arena, const char **clear_r,
				    struct ebb_err *err);

/* core/run counts calls for /api/metrics: kind "categorise", "automate", "report", "check"; result as the database gets it;
 * duration_us of the plugin's own code, or -1. */
extern void (*ebb_plugin_counted_hook)(const char *plugin, const char *kind, const char *result, int64_t duration_us);
static inline void
ebb_plugin_count(const char *plugin, const char *kind, const char *result, int64_t duration_us)
{
	if (ebb_plugin_counted_hook != NULL)
		ebb_plugin_counted_hook(plugin, kind, result, duration_us);
}

#endif
