/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to address zero, in every kind of work. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	*(volatile int *)0 = 1;
	return EBB_PLUGIN_OK;
}

HOSTILE("crash");
