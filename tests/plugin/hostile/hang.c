/* SPDX-License-Identifier: Apache-2.0 */
/* Never comes back, in every kind of work. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	for (volatile unsigned long i = 0; i + 1 != 0; i++)
		;
	return EBB_PLUGIN_OK;
}

HOSTILE("hang");
