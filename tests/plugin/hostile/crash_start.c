/* SPDX-License-Identifier: Apache-2.0 */
/* Crashes in start(). */
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
	(void)host;
	(void)state;
	__builtin_trap();
}

HOSTILE("crash_start", .start = start);
