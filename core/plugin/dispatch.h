/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the places where plugins are asked, at the price of one compare when nobody wants to be: before an
 *          operation (suggestions) and after an event (automation). Which hooks somebody wants is a mask per
 *          operation in each process, filled at the first question and dropped by a notification.
 * Memory:  static, per process. What a hook returns lives in the arena it is handed.
 * Must not know: HTTP, SQL, how a plugin's process is reached; its host registers itself here.
 */
#ifndef EBB_PLUGIN_DISPATCH_H
#define EBB_PLUGIN_DISPATCH_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define EBB_DISPATCH_OPERATIONS 256 /* more routes than this have no hooks: asserted where routes are known */

enum ebb_hook {
	EBB_HOOK_BEFORE, /* before an operation, with its arguments; may suggest or refuse */
	EBB_HOOK_EVENT,  /* after commit, with an outbox message; at least once */
	EBB_HOOK_COUNT
};

struct ebb_hook_call {
	enum ebb_hook hook;
	unsigned operation;  /* BEFORE: number of the route */
	const char *name;    /* its function, or the event's topic */
	const char *args;    /* one JSON object */
	int64_t outbox_id;   /* EVENT: the message; the same when it comes again */
	int64_t ticket_id;   /* 0: none */
	int64_t deadline_us; /* monotonic */
	struct ebb_arena *arena;
	struct ebb_err *err;
	const char *args_out; /* BEFORE: what the operation shall be called with instead; NULL: as it was */
};

/* Who reaches the plugins. wanted() says which hooks (1u << enum ebb_hook) somebody wants for an operation, or,
 * with operation EBB_DISPATCH_EVENTS, for events; it may ask the database and is asked again only after forget(),
 * or at once when it adds EBB_DISPATCH_UNKNOWN because it could not find out. */
#define EBB_DISPATCH_EVENTS EBB_DISPATCH_OPERATIONS
struct ebb_dispatch_host {
	uint8_t (*wanted)(void *ctx, unsigned operation);
	enum ebb_rc (*call)(void *ctx, struct ebb_hook_call *call);
	void *ctx;
};

/* One host per process; NULL takes it away. */
void ebb_dispatch_host(const struct ebb_dispatch_host *host);
void ebb_dispatch_forget(void);
EBB_MUST enum ebb_rc ebb_dispatch_call(struct ebb_hook_call *call);

/* Not for callers: bit 7 says "not asked yet"; without a host all masks are zero. */
#define EBB_DISPATCH_UNKNOWN 0x80u
extern uint8_t ebb_dispatch_mask[EBB_DISPATCH_OPERATIONS + 1];
bool ebb_dispatch_ask(enum ebb_hook hook, unsigned operation);

static inline bool
ebb_dispatch_wants(enum ebb_hook hook, unsigned operation)
{
	if (EBB_LIKELY(ebb_dispatch_mask[operation] == 0))
		return false;
	return ebb_dispatch_ask(hook, operation);
}

#endif
