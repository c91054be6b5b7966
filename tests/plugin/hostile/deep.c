/* SPDX-License-Identifier: Apache-2.0 */
/* Overflows its stack. */
#include "hostile.h"

#pragma GCC diagnostic ignored "-Winfinite-recursion"

static int
deeper(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	return deeper(here) + here[1];
}

static int
misbehave(const struct ebb_plugin_host *host)
{
	volatile char first[16] = { 0 };

	(void)host;
	return deeper(first) & 1;
}

HOSTILE("deep");
