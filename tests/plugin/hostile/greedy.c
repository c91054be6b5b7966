/* SPDX-License-Identifier: Apache-2.0 */
/* Asks alloc() without end, and looks. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	long got = 0;

	if (host->alloc(host, (size_t)-1) != NULL || host->alloc(host, (size_t)-1 / 2) != NULL)
		tell(host, "absurd", 1);
	while (host->alloc(host, 1 << 20) != NULL)
		got++;
	tell(host, "mebibytes", got);
	return EBB_PLUGIN_OK;
}

HOSTILE("greedy");
