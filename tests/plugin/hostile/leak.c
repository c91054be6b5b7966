/* SPDX-License-Identifier: Apache-2.0 */
/* Loses a mebibyte in each call. */
#include "hostile.h"

#include <stdlib.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	volatile char *lost = malloc(1 << 20);

	if (lost == NULL)
		return host->fail(host, NULL, "no memory");
	for (size_t i = 0; i < 1 << 20; i += 4096)
		lost[i] = 1;
	return EBB_PLUGIN_OK;
}

HOSTILE("leak");
