/* SPDX-License-Identifier: Apache-2.0 */
/* Calls exit(0), as if all were well. */
#include "hostile.h"

#include <stdlib.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	exit(0);
}

HOSTILE("leaver");
