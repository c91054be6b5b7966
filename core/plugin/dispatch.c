/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see dispatch.h.
 * Memory:  static, per process.
 * Must not know: what a hook does.
 */
#include "plugin/dispatch.h"

#include <string.h>

uint8_t ebb_dispatch_mask[EBB_DISPATCH_OPERATIONS + 1];

static struct ebb_dispatch_host host;

void
ebb_dispatch_forget(void)
{
	memset(ebb_dispatch_mask, host.call != NULL ? (int)EBB_DISPATCH_UNKNOWN : 0, sizeof ebb_dispatch_mask);
}

void
ebb_dispatch_host(const struct ebb_dispatch_host *new_host)
{
	host = new_host != NULL ? *new_host : (struct ebb_dispatch_host){ 0 };
	EBB_ASSERT((host.call == NULL) == (host.wanted == NULL));
	ebb_dispatch_forget();
}

bool
ebb_dispatch_ask(enum ebb_hook hook, unsigned operation)
{
	EBB_ASSERT(operation <= EBB_DISPATCH_EVENTS);
	if (ebb_dispatch_mask[operation] & EBB_DISPATCH_UNKNOWN)
		ebb_dispatch_mask[operation] = host.wanted(host.ctx, operation);
	return (ebb_dispatch_mask[operation] & (1u << hook)) != 0;
}

enum ebb_rc
ebb_dispatch_call(struct ebb_hook_call *call)
{
	EBB_ASSERT(host.call != NULL && call->hook < EBB_HOOK_COUNT);
	call->args_out = NULL;
	return host.call(host.ctx, call);
}
