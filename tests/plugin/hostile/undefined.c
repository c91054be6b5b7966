/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for a function that nobody has. */
#include "hostile.h"

int ebb_nobody_has_this(void);

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return ebb_nobody_has_this();
}

HOSTILE("undefined");
