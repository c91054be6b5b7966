/* SPDX-License-Identifier: Apache-2.0 */
/* Says that its description is longer than it is. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

EBB_PLUGIN = { .size = 1 << 20, HOSTILE_SAYS("liar_size") };
