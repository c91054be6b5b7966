/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places for plugins: without a host nobody is ever asked; with one it is asked once per operation until the cache is
 * dropped, and an event goes out by the courier's channel exactly when it is wanted.
 */
#include "channel/deliver.h"
#include "plugin/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static struct {
	int asked, called;
	uint8_t answer;
	enum ebb_rc rc;
	char last[64];
} host;

static uint8_t
wanted(void *ctx, unsigned operation)
{
	(void)ctx;
	(void)operation;
	host.asked++;
	return host.answer;
}

static enum ebb_rc
call(void *ctx, struct ebb_hook_call *hook_call)
{
	(void)ctx;
	host.called++;
	strncpy(host.last, hook_call->name, sizeof host.last - 1);
	return host.rc == EBB_OK ? EBB_OK : ebb_fail(hook_call->err, host.rc, "the plugin is away");
}

static const struct ebb_dispatch_host our_host = { wanted, call, NULL };

static int
begin(void **state)
{
	(void)state;
	memset(&host, 0, sizeof host);
	ebb_dispatch_host(NULL);
	return 0;
}

static void
nobody_is_asked_without_a_host(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= EBB_DISPATCH_EVENTS; i++)
		assert_false(ebb_dispatch_wants(EBB_HOOK_BEFORE, i));
	ebb_dispatch_forget();
	assert_false(ebb_dispatch_wants(EBB_HOOK_EVENT, EBB_DISPATCH_EVENTS));
	assert_int_equal(host.asked, 0);
}

static void
a_host_is_asked_once_until_the_cache_is_dropped(void **state)
{
	(void)state;
	host.answer = 1u << EBB_HOOK_BEFORE;
	ebb_dispatch_host(&our_host);
	for (int i = 0; i < 3; i++) {
		assert_true(ebb_dispatch_wants(EBB_HOOK_BEFORE, 7));
		assert_false(ebb_dispatch_wants(EBB_HOOK_EVENT, 7));
	}
	assert_int_equal(host.asked, 1);
	host.answer = 0;
	assert_true(ebb_dispatch_wants(EBB_HOOK_BEFORE, 7));
	ebb_dispatch_forget();
	assert_false(ebb_dispatch_wants(EBB_HOOK_BEFORE, 7));
	assert_false(ebb_dispatch_wants(EBB_HOOK_BEFORE, 7));
	assert_int_equal(host.asked, 2);
}

static void
an_event_reaches_who_wants_it(void **state)
{
	const struct ebb_message message = {
		.outbox_id = 1, .topic = "ticket.resolved", .ticket_id = 5, .payload = "{}"
	};
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	struct ebb_err err;

	(void)state;
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_channel_deliver(&message, arena, &err), EBB_OK);
	assert_int_equal(host.called, 0);
	host.answer = 1u << EBB_HOOK_EVENT;
	ebb_dispatch_host(&our_host);
	assert_int_equal(ebb_channel_deliver(&message, arena, &err), EBB_OK);
	assert_int_equal(host.called, 1);
	assert_string_equal(host.last, "ticket.resolved");
	host.rc = EBB_E_UNAVAILABLE;
	assert_int_equal(ebb_channel_deliver(&message, arena, &err), EBB_E_UNAVAILABLE);
	ebb_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nobody_is_asked_without_a_host, begin),
		cmocka_unit_test_setup(a_host_is_asked_once_until_the_cache_is_dropped, begin),
		cmocka_unit_test_setup(an_event_reaches_who_wants_it, begin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
