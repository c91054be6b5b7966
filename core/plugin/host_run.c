/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what stands around each callback: its name for last words, its time by our own clock, and the check that it
 *          came back to where it was called.
 * Memory:  static.
 * Must not know: what the callback is given.
 */
#include "plugin/host.h"

#include <sys/time.h>

/* Callers have their own, shorter ones; this is for a call whose caller is gone. */
#define CALL_LIMIT_S 11

const char *
ebb_host_callback_name(enum host_callback callback)
{
	static const char *const names[] = { "none", "load", "start", "stop", "check", "categorise", "automate", "report" };

	return callback < EBB_COUNT(names) ? names[callback] : "none";
}

static void
set_timer(int limit_ms)
{
	const struct itimerval timer = { .it_value = { limit_ms / 1000, limit_ms % 1000 * 1000L } };

	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

void
ebb_host_enter(enum host_callback callback)
{
	EBB_ASSERT(ebb_host.callback == HOST_IDLE);
	ebb_host.callback = callback;
	ebb_host.serial++;
	set_timer(callback <= HOST_CHECK ? EBB_HOST_START_LIMIT_MS : CALL_LIMIT_S * 1000);
}

void
ebb_host_leave(unsigned serial)
{
	/* A plugin that jumps over our frames comes back to one that has ended. */
	EBB_ASSERT(ebb_host.callback != HOST_IDLE && ebb_host.serial == serial);
	ebb_host.callback = HOST_IDLE;
	set_timer(0);
}
