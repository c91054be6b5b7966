/* SPDX-License-Identifier: Apache-2.0 */
/* Suggests a million times. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	const struct ebb_plugin_suggestion one = { sizeof one, "category", "printer", 0.5, "It says printer." };
	long taken = 0;

	for (long i = 0; i < 1000000; i++)
		taken += host->suggest(host, &one) == EBB_PLUGIN_OK;
	tell(host, "taken", taken);
	return EBB_PLUGIN_OK;
}

HOSTILE("suggester");
