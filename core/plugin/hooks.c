/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see hooks.h.
 * Memory:  one struct, one arena for the rows (wiped, it holds opened secrets), a growing list of lines.
 * Must not know: what is asked.
 */
#include "plugin/hooks.h"

#include "base/log.h"
#include "base/obj.h"
#include "base/time.h"
#include "conf/secret.h"
#include "db/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOOKS_MAGIC EBB_MAGIC('h', 'o', 'o', 'k')
#define LOAD_MS 2000

struct kept_line {
	char plugin[EBB_PLUGIN_NAME_ROOM];
	int department_id;
	struct ebb_line *line;
};

struct ebb_hooks {
	uint32_t magic;
	struct ebb_hooks_opts opts;
	struct ebb_arena *arena;
	bool is_known;
	struct ebb_hook_row *rows;
	int count;
	struct kept_line *lines;
	size_t line_count, line_room;
};

void (*ebb_plugin_counted_hook)(const char *plugin, const char *kind, const char *result, int64_t duration_us);

struct ebb_hooks *
ebb_hooks_new(const struct ebb_hooks_opts *opts)
{
	struct ebb_hooks *hooks = calloc(1, sizeof *hooks);

	EBB_ASSERT(hooks != NULL);
	hooks->magic = HOOKS_MAGIC;
	hooks->opts = *opts;
	hooks->arena = ebb_arena_new("hooks", EBB_ARENA_SECRET);
	return hooks;
}

void
ebb_hooks_free(struct ebb_hooks **hooks_pp)
{
	struct ebb_hooks *hooks;

	if (*hooks_pp == NULL)
		return;
	EBB_TAKE(hooks, hooks_pp, HOOKS_MAGIC);
	for (size_t i = 0; i < hooks->line_count; i++)
		ebb_line_free(&hooks->lines[i].line);
	free(hooks->lines);
	ebb_arena_free(&hooks->arena);
	free(hooks);
}

void
ebb_hooks_forget(struct ebb_hooks *hooks)
{
	EBB_CHECK(hooks, HOOKS_MAGIC);
	hooks->is_known = false;
}

bool
ebb_hooks_is_known(const struct ebb_hooks *hooks)
{
	EBB_CHECK(hooks, HOOKS_MAGIC);
	return hooks->is_known;
}

unsigned
ebb_hooks_kinds(const struct ebb_hooks *hooks)
{
	unsigned kinds = 0;

	EBB_CHECK(hooks, HOOKS_MAGIC);
	for (int i = 0; i < hooks->count; i++)
		kinds |= hooks->rows[i].kinds;
	return kinds;
}

const struct ebb_hook_row *
ebb_hooks_find(const struct ebb_hooks *hooks, int plugin_id, int department_id)
{
	EBB_CHECK(hooks, HOOKS_MAGIC);
	for (int i = 0; i < hooks->count; i++)
		if (hooks->rows[i].plugin_id == plugin_id && hooks->rows[i].department_id == department_id)
			return &hooks->rows[i];
	return NULL;
}

/* ---- rows ---- */

enum ebb_rc
ebb_hooks_open(const struct ebb_hooks *hooks, const char *plugin, int department_id, const char *config,
	       struct ebb_arena *arena, const char **clear_r, struct ebb_err *err)
{
	const struct ebb_secret_place place = { plugin, department_id };
	struct ebb_secret_key key;
	enum ebb_rc rc;

	*clear_r = config;
	if (!ebb_secret_is_in(config))
		return EBB_OK;
	EBB_TRY(ebb_secret_key_load(&key, hooks->opts.key_file, false, err));
	rc = ebb_secret_open(&key, &place, config, arena, clear_r, err);
	ebb_secret_key_wipe(&key);
	return rc;
}

static int
number(const struct ebb_rows *rows, int row, int column)
{
	const char *text = ebb_rows_text(rows, row, column, NULL);

	return text == NULL ? 0 : (int)strtol(text, NULL, 10);
}

static const char *
text(const struct ebb_hooks *hooks, const struct ebb_rows *rows, int row, int column)
{
	const char *found = ebb_rows_text(rows, row, column, NULL);

	return ebb_arena_strdup(hooks->arena, found == NULL ? "" : found);
}

static void
take_row(struct ebb_hooks *hooks, const struct ebb_rows *rows, int at)
{
	struct ebb_hook_row *row = &hooks->rows[at];
	struct ebb_log_ctx ctx = EBB_LOG_CTX_NONE;
	struct ebb_err err;
	int processes = number(rows, at, 8);

	*row = (struct ebb_hook_row){
		.plugin_id = number(rows, at, 0),
		.plugin_name = text(hooks, rows, at, 1),
		.department_id = number(rows, at, 2),
		.kinds = (unsigned)number(rows, at, 3),
		.position = number(rows, at, 4),
		.mode = text(hooks, rows, at, 5),
		.config_version = number(rows, at, 6),
		.processes = processes > 0 ? (unsigned)processes : 1,
	};
	ebb_err_init(&err, hooks->arena);
	if (ebb_hooks_open(hooks, row->plugin_name, row->department_id, text(hooks, rows, at, 7), hooks->arena,
			   &row->config, &err) == EBB_OK)
		return;
	row->config = NULL;
	row->trouble = err.sentence != NULL ? err.sentence : "its configuration cannot be opened";
	ctx.plugin = row->plugin_name;
	ebb_log(EBB_ERROR, &ctx, "plugin %s is not called for department %d: %s", row->plugin_name, row->department_id,
		row->trouble);
}

static bool
is_wanted(const struct ebb_hooks *hooks, const struct kept_line *kept)
{
	for (int i = 0; i < hooks->count; i++)
		if (hooks->rows[i].department_id == kept->department_id &&
		    strcmp(hooks->rows[i].plugin_name, kept->plugin) == 0)
			return true;
	return false;
}

static void
remove_line(struct ebb_hooks *hooks, size_t at)
{
	ebb_line_free(&hooks->lines[at].line);
	hooks->lines[at] = hooks->lines[--hooks->line_count];
}

enum ebb_rc
ebb_hooks_load(struct ebb_hooks *hooks, struct ebb_pg *pg, struct ebb_err *err)
{
	struct ebb_arena *arena;
	struct ebb_rows *rows;
	enum ebb_rc rc;

	EBB_CHECK(hooks, HOOKS_MAGIC);
	if (hooks->is_known)
		return EBB_OK;
	arena = ebb_arena_new("hooks read", EBB_ARENA_PLAIN);
	/* Before, not after: a notification that comes with the answer forgets again. */
	hooks->is_known = true;
	if (hooks->opts.door == EBB_HOOKS_API) {
		const struct ebb_db_call call = { .kind = EBB_DB_LIST,
						  .fn = "plugin_hooks",
						  .is_read = true,
						  .deadline_us = ebb_mono_us() + LOAD_MS * 1000,
						  .arena = arena,
						  .err = err };
		rc = ebb_db_call(pg, &call, &rows);
	} else {
		const struct ebb_db_plain call = {
			.fn = "ctl.plugin_hooks", .deadline_ms = LOAD_MS, .arena = arena, .err = err
		};
		rc = ebb_db_rows(pg, &call, &rows);
	}
	if (rc == EBB_OK) {
		ebb_arena_reset(hooks->arena);
		hooks->count = ebb_rows_count(rows);
		hooks->rows = ebb_arena_zalloc(hooks->arena, ((size_t)hooks->count + 1) * sizeof *hooks->rows);
		for (int at = 0; at < hooks->count; at++)
			take_row(hooks, rows, at);
		for (size_t at = hooks->line_count; at-- > 0;)
			if (!is_wanted(hooks, &hooks->lines[at]))
				remove_line(hooks, at);
	} else {
		hooks->is_known = false;
	}
	ebb_arena_free(&arena);
	return rc;
}

/* ---- lines ---- */

struct ebb_line *
ebb_hooks_dial(const struct ebb_hooks *hooks, const char *plugin, int department_id, unsigned index)
{
	const struct ebb_line_key key = { plugin, department_id, hooks->opts.lane, index };

	return ebb_line_dial(hooks->opts.door_fd, &key);
}

static struct ebb_line *
dial(struct ebb_hooks *hooks, const struct ebb_hook_row *row)
{
	unsigned index = hooks->opts.lane == EBB_LANE_ASK ? hooks->opts.caller_no % row->processes : 0;
	struct ebb_line *line = ebb_hooks_dial(hooks, row->plugin_name, row->department_id, index);
	struct kept_line *kept;

	if (line == NULL || !ebb_line_config(line, row->config_version, row->config)) {
		ebb_line_free(&line);
		return NULL;
	}
	if (hooks->line_count == hooks->line_room) {
		hooks->line_room = hooks->line_room > 0 ? 2 * hooks->line_room : 16;
		hooks->lines = realloc(hooks->lines, hooks->line_room * sizeof *hooks->lines);
		EBB_ASSERT(hooks->lines != NULL);
	}
	kept = &hooks->lines[hooks->line_count++];
	*kept = (struct kept_line){ .department_id = row->department_id, .line = line };
	snprintf(kept->plugin, sizeof kept->plugin, "%s", row->plugin_name);
	return line;
}

struct ebb_line *
ebb_hooks_line(struct ebb_hooks *hooks, const struct ebb_hook_row *row)
{
	EBB_CHECK(hooks, HOOKS_MAGIC);
	if (row->config == NULL)
		return NULL;
	for (size_t at = 0; at < hooks->line_count; at++) {
		struct kept_line *kept = &hooks->lines[at];
		if (kept->department_id != row->department_id || strcmp(kept->plugin, row->plugin_name) != 0)
			continue;
		if (ebb_line_is_ready(kept->line) && ebb_line_config(kept->line, row->config_version, row->config))
			return kept->line;
		remove_line(hooks, at);
		break;
	}
	return dial(hooks, row);
}

void
ebb_hooks_drop(struct ebb_hooks *hooks, const struct ebb_line *line)
{
	EBB_CHECK(hooks, HOOKS_MAGIC);
	for (size_t at = 0; at < hooks->line_count; at++)
		if (hooks->lines[at].line == line) {
			remove_line(hooks, at);
			return;
		}
}
