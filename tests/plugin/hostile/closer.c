/* SPDX-License-Identifier: Apache-2.0 */
/* Closes every descriptor it may have. */
#include "hostile.h"

#include <unistd.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	for (int fd = 0; fd < 256; fd++)
		close(fd);
	return EBB_PLUGIN_OK;
}

HOSTILE("closer");
