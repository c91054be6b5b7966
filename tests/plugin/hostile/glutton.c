/* SPDX-License-Identifier: Apache-2.0 */
/* Takes memory without end and does not look at what it gets. */
#include "hostile.h"

#include <stdlib.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	for (volatile long i = 1; i != 0; i++) {
		volatile char *more = malloc(1 << 20);

		for (size_t at = 0; at < 1 << 20; at += 4096)
			more[at] = 1;
	}
	return EBB_PLUGIN_OK;
}

HOSTILE("glutton");
