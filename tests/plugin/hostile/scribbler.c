/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to every descriptor it may have. */
#include "hostile.h"

#include <unistd.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	static const char text[] = "this does not belong here, {\"result\":\"ok\"} and more of it\n";

	(void)host;
	for (int fd = 0; fd < 256; fd++)
		(void)!write(fd, text, sizeof text - 1);
	return EBB_PLUGIN_OK;
}

HOSTILE("scribbler");
