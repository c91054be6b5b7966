/* SPDX-License-Identifier: Apache-2.0 */
/* Exports more than the one symbol. */
#include "hostile.h"

__attribute__((visibility("default"))) int strike;

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return strike++;
}

HOSTILE("two_symbols");
