/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses to start, with a sentence. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

static int
start(const struct ebb_plugin_host *host, void **state)
{
	const char *good = host->config(host, "is_good");

	(void)state;
	if (good != NULL && strcmp(good, "true") == 0)
		return EBB_PLUGIN_OK;
	return host->fail(host, "/is_good", "The department is not good yet.");
}

static const struct ebb_plugin_param params[] = {
	{ .key = "is_good", .help = "Whether it may start.", .type = EBB_PLUGIN_BOOLEAN, .initial = "false" },
	{ .key = NULL },
};

HOSTILE("fail_start", .start = start, .params = params);
