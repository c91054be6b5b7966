/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps from its second call back into the first, over the desk's frames. */
#include "hostile.h"

#include <setjmp.h>

static jmp_buf place;
static int calls;

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	if (++calls == 1) {
		if (setjmp(place) == 0)
			return EBB_PLUGIN_OK;
		return EBB_PLUGIN_SKIP;
	}
	longjmp(place, 1);
}

HOSTILE("jumper");
