/* SPDX-License-Identifier: Apache-2.0 */
/* Never comes back from start(). */
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
	for (volatile unsigned long i = 0; i + 1 != 0; i++)
		;
	return EBB_PLUGIN_OK;
}

HOSTILE("hang_start", .start = start);
