/* SPDX-License-Identifier: Apache-2.0 */
/* Crashes in a constructor, while it is loaded. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

static void __attribute__((constructor))
loaded(void)
{
	*(volatile int *)8 = 1;
}

HOSTILE("crash_load");
