/* SPDX-License-Identifier: Apache-2.0 */
/* Says that its description has no size. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

EBB_PLUGIN = { .size = 0, HOSTILE_SAYS("zero_size") };
