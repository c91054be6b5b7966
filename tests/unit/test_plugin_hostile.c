/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: plugins that break their promises, and what it costs: their own process and that one call. An honest one
 *          beside them answers before and after.
 * Memory:  the guests'.
 * Must not know: callers, the database.
 */
#include "guest.h"

static struct guest *honest;

static int
begin(void **state)
{
	(void)state;
	honest = guest_start("honest");
	return guest_call(honest, CATEGORISE) == SAW_REPLY ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	assert_int_equal(guest_call(honest, CATEGORISE), SAW_REPLY);
	assert_has(honest->reply, "\"result\":\"ok\"");
	assert_has(honest->reply, "\"calls: 2\"");
	return guest_finish(honest) == EBB_HOST_LEFT ? 0 : -1;
}

/* It is gone by itself: how, in which words, and as which incident. */
static void
expect_end(struct guest *guest, const char *name, enum ebb_host_end end_wanted, const char *sentence)
{
	guest_await(guest);
	assert_has(guest_sentence(guest, name), sentence);
	assert_int_equal(guest->end, end_wanted);
	guest_forget(guest);
}

static void
crash(void **state)
{
	struct guest *guest = guest_start("crash");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	assert_true(guest->has_begun);
	assert_has(guest->hello, "\"name\":\"crash\"");
	guest_await(guest);
	/* The backtrace names the plugin's own frames. */
	assert_has(guest->words, "/proc/self/fd/4(");
	assert_true(WIFSIGNALED(guest->status) && WTERMSIG(guest->status) == SIGSEGV);
	assert_has(guest_sentence(guest, "crash"), "crash: died of SIGSEGV in categorise()");
	assert_int_equal(guest->end, EBB_HOST_CRASH);
	assert_string_equal(ebb_host_incident(guest->end), "crash");
	guest_forget(guest);
}

static void
crash_in_start(void **state)
{
	struct guest *guest = guest_start("crash_start");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	assert_false(guest->has_begun);
	expect_end(guest, "crash_start", EBB_HOST_START, " in start()");
}

static void
crash_in_a_constructor(void **state)
{
	struct guest *guest = guest_start("crash_load");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	assert_false(guest->has_begun);
	expect_end(guest, "crash_load", EBB_HOST_START, "died of SIGSEGV while it was loaded");
}

static void
hang_is_ended_from_outside_at_any_time(void **state)
{
	struct guest *guest = guest_start("hang");

	(void)state;
	guest_send(guest, CATEGORISE);
	while (!guest->has_begun)
		assert_int_equal(guest_wait(guest, 50), SAW_NOTHING);
	kill(guest->child.pid, SIGKILL);
	assert_int_equal(guest_wait(guest, GUEST_LIMIT_MS), SAW_GONE);
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_KILLED);
	assert_null(ebb_host_incident(guest->end));
	guest_forget(guest);
}

static void
hang_in_start_ends_by_its_own_clock(void **state)
{
	struct guest *guest = guest_start("hang_start");
	int64_t at_us = ebb_mono_us();

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	assert_false(guest->has_begun);
	assert_true(ebb_mono_us() - at_us >= (int64_t)EBB_HOST_START_LIMIT_MS * 1000);
	expect_end(guest, "hang_start", EBB_HOST_START, "ran out of time in start()");
}

static void
leak_leaves_before_it_is_used_up(void **state)
{
	struct guest *guest = guest_start_with("leak", PLUGIN("leak"), (struct ebb_host_opts){ .department_id = 3, .memory_mib = 96 });
	enum guest_saw saw = SAW_REPLY;
	int calls = 0;

	(void)state;
	for (; calls < 200 && saw == SAW_REPLY; calls++) {
		saw = guest_call(guest, CATEGORISE);
		/* Between two calls: nobody's call is lost. */
		assert_true(saw == SAW_REPLY || !guest->has_begun);
	}
	assert_int_equal(saw, SAW_GONE);
	assert_true(calls > 40);
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_LEFT);
	guest_forget(guest);
}

static void
memory_without_end_ends_at_the_limit(void **state)
{
	struct guest *guest = guest_start_with("glutton", PLUGIN("glutton"), (struct ebb_host_opts){ .department_id = 3, .memory_mib = 64 });

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	guest_await(guest);
	assert_has(guest_sentence(guest, "glutton"), " in categorise(), memory used up");
	assert_int_equal(guest->end, EBB_HOST_MEMORY);
	assert_string_equal(ebb_host_incident(guest->end), "memory");
	guest_forget(guest);
}

static void
alloc_gives_a_quarter_and_no_more(void **state)
{
	struct guest *guest = guest_start_with("greedy", PLUGIN("greedy"), (struct ebb_host_opts){ .department_id = 3, .memory_mib = 64 });

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
		assert_has(guest->reply, "\"mebibytes: 16\"");
		assert_null(strstr(guest->reply, "absurd"));
	}
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
scribbling_on_all_descriptors_is_nonsense_to_its_callers_only(void **state)
{
	struct guest *guest = guest_start("scribbler");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_BAD);
	assert_int_equal(ebb_control_receive(guest->child.control_fd, NULL), EBB_CONTROL_BAD);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
closing_all_descriptors_ends_it(void **state)
{
	struct guest *guest = guest_start("closer");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_LEFT);
	guest_forget(guest);
}

static void
a_gigabyte_is_no_frame(void **state)
{
	struct guest *guest = guest_start("gigabyte");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_BAD);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
a_jump_over_our_frames_ends_it(void **state)
{
	struct guest *guest = guest_start("jumper");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_CRASH);
	guest_forget(guest);
}

static void
an_overflown_stack_still_speaks(void **state)
{
	struct guest *guest = guest_start("deep");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	expect_end(guest, "deep", EBB_HOST_CRASH, "died of SIGSEGV in categorise()");
}

static void
what_is_no_text_becomes_one(void **state)
{
	struct guest *guest = guest_start("talker");
	const char *at;
	int refused = 0;

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"result\":\"fail\",\"pointer\":\"?\",\"sentence\":\"fails ? with %s%n\"");
	assert_has(guest->reply, "%s%n%s%x%999999999d");
	assert_has(guest->reply, "broken ?( ");
	assert_null(strstr(guest->reply, "suggestions"));
	for (at = guest->reply; (at = strstr(at, "suggest: 2")) != NULL; at++)
		refused++;
	assert_int_equal(refused, 7);
	/* Twenty lines a reply, and no more. */
	assert_has(guest->reply, "act: 2");
	assert_null(strstr(guest->reply, "write: 2"));
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
a_million_suggestions_are_fifty(void **state)
{
	struct guest *guest = guest_start("suggester");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"taken: 50\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
exit_is_no_orderly_leave(void **state)
{
	struct guest *guest = guest_start("leaver");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	expect_end(guest, "leaver", EBB_HOST_CRASH, "called exit() in categorise()");
}

static void
a_result_that_there_is_not_is_a_failure(void **state)
{
	struct guest *guest = guest_start("liar");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"result\":\"fail\"");
	assert_has(guest->reply, "categorise() returned 99");
	assert_null(strstr(guest->reply, "printer"));
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
what_cannot_be_loaded_says_why(void **state)
{
	struct guest *guest = guest_start("undefined");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	expect_end(guest, "undefined", EBB_HOST_START, "cannot start: It cannot be loaded: ");
	guest = guest_start("liar_size");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	expect_end(guest, "liar_size", EBB_HOST_START, "cannot start: It says .size = 1048576");
	guest = guest_start("wrong_name");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_GONE);
	expect_end(guest, "wrong_name", EBB_HOST_START, "cannot start: It calls itself right_name, not wrong_name.");
}

int
main(void)
{
#define BESIDE_AN_HONEST_ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		BESIDE_AN_HONEST_ONE(crash),
		BESIDE_AN_HONEST_ONE(crash_in_start),
		BESIDE_AN_HONEST_ONE(crash_in_a_constructor),
		BESIDE_AN_HONEST_ONE(hang_is_ended_from_outside_at_any_time),
		BESIDE_AN_HONEST_ONE(hang_in_start_ends_by_its_own_clock),
		BESIDE_AN_HONEST_ONE(leak_leaves_before_it_is_used_up),
		BESIDE_AN_HONEST_ONE(memory_without_end_ends_at_the_limit),
		BESIDE_AN_HONEST_ONE(alloc_gives_a_quarter_and_no_more),
		BESIDE_AN_HONEST_ONE(scribbling_on_all_descriptors_is_nonsense_to_its_callers_only),
		BESIDE_AN_HONEST_ONE(closing_all_descriptors_ends_it),
		BESIDE_AN_HONEST_ONE(a_gigabyte_is_no_frame),
		BESIDE_AN_HONEST_ONE(a_jump_over_our_frames_ends_it),
		BESIDE_AN_HONEST_ONE(an_overflown_stack_still_speaks),
		BESIDE_AN_HONEST_ONE(what_is_no_text_becomes_one),
		BESIDE_AN_HONEST_ONE(a_million_suggestions_are_fifty),
		BESIDE_AN_HONEST_ONE(exit_is_no_orderly_leave),
		BESIDE_AN_HONEST_ONE(a_result_that_there_is_not_is_a_failure),
		BESIDE_AN_HONEST_ONE(what_cannot_be_loaded_says_why),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
