/* SPDX-License-Identifier: Apache-2.0 */
/* Calls itself otherwise than its file. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

HOSTILE("right_name");
