/* SPDX-License-Identifier: Apache-2.0 */
/* Returns a result that there is not. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	const struct ebb_plugin_suggestion one = { sizeof one, "category", "printer", 0.5, "It says printer." };

	(void)host->suggest(host, &one);
	return 99;
}

HOSTILE("liar");
