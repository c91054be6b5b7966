/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see host_args.h.
 * Memory:  the caller's.
 * Must not know: what the options are for.
 */
#include "plugin/host_args.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
ebb_host_args_write(struct ebb_host_args *args, const struct ebb_host_opts *opts)
{
	int n = 0;

	memset(args, 0, sizeof *args);
	snprintf(args->title, sizeof args->title, "ebbd plugin %s", opts->name);
	args->argv[0] = args->title;
	snprintf(args->text[n++], sizeof args->text[0], "plugin-host");
	snprintf(args->text[n++], sizeof args->text[0], "name=%s", opts->name);
	snprintf(args->text[n++], sizeof args->text[0], "department=%d", opts->department_id);
	snprintf(args->text[n++], sizeof args->text[0], "lane=%s", opts->lane == EBB_LANE_ACT ? "act" : "ask");
	snprintf(args->text[n++], sizeof args->text[0], "index=%u", opts->index);
	snprintf(args->text[n++], sizeof args->text[0], "memory_mib=%u",
		 opts->memory_mib > 0 ? opts->memory_mib : EBB_HOST_MEMORY_MIB);
	snprintf(args->text[n++], sizeof args->text[0], "idle_ms=%d", opts->idle_ms > 0 ? opts->idle_ms : EBB_HOST_IDLE_MS);
	snprintf(args->text[n++], sizeof args->text[0], "network=%d", opts->has_network ? 1 : 0);
	for (int i = 0; i < n; i++)
		args->argv[i + 1] = args->text[i];
}

static bool
number(const char *text, int *value_r)
{
	char *end;
	long value = strtol(text, &end, 10);

	*value_r = (int)value;
	return *text != '\0' && *end == '\0' && value >= 0 && value <= INT_MAX;
}

static bool
read_word(const char *word, struct ebb_host_opts *opts)
{
	const char *value = strchr(word, '=');
	size_t length = value != NULL ? (size_t)(value - word) : 0;
	int n = 0;
	bool is_number = value != NULL && number(value + 1, &n);

#define IS(name) (length == sizeof name - 1 && memcmp(word, name, length) == 0)
	if (IS("name")) {
		opts->name = value + 1;
		return true;
	}
	if (IS("lane")) {
		opts->lane = strcmp(value + 1, "act") == 0 ? EBB_LANE_ACT : EBB_LANE_ASK;
		return true;
	}
	if (!is_number)
		return false;
	if (IS("department"))
		opts->department_id = n;
	else if (IS("index"))
		opts->index = (unsigned)n;
	else if (IS("memory_mib"))
		opts->memory_mib = (unsigned)n;
	else if (IS("idle_ms"))
		opts->idle_ms = n;
	else if (IS("network"))
		opts->has_network = n != 0;
	else
		return false;
#undef IS
	return true;
}

bool
ebb_host_args_read(int argc, char **argv, struct ebb_host_opts *opts_r)
{
	*opts_r = (struct ebb_host_opts){ .plugin_fd = EBB_HOST_PLUGIN_FD };
	if (argc < 2 || strcmp(argv[1], "plugin-host") != 0)
		return false;
	for (int i = 2; i < argc; i++)
		if (!read_word(argv[i], opts_r))
			return false;
	return opts_r->name != NULL && opts_r->memory_mib > 0 && opts_r->idle_ms > 0;
}
