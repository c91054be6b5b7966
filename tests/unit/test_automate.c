/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lane of automation against a process that is played: a batch goes whole, whoever spoils it is found, each event has its
 * own time, and what nobody began is asked again.
 */
#include "channel/automate_lane.h"
#include "plugin/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT 10000000
#define T0 1000000000

static struct {
	int door[2];
	struct ebb_wire wire;
	int fd;
	uint32_t call_no;
	char body[4096];
	int dials;
	struct ebb_automate_lane *lane;
	bool may_configure;
} play;

static bool
configure(void *ctx, const struct ebb_automate_lane *lane, struct ebb_line *line)
{
	(void)ctx;
	(void)lane;
	return play.may_configure && ebb_line_config(line, 1, "{}");
}

static const struct ebb_automate_dial *
dial(void)
{
	static struct ebb_automate_dial made;

	made = (struct ebb_automate_dial){ play.door[0], configure, NULL };
	return &made;
}

static int
begin(void **state)
{
	(void)state;
	memset(&play, 0, sizeof play);
	assert_int_equal(ebb_door_open(play.door), 0);
	play.fd = -1;
	play.may_configure = true;
	play.lane = ebb_automate_lane_new("played", 7, 1, dial());
	return 0;
}

static void
hang_up(void)
{
	if (play.fd < 0)
		return;
	ebb_wire_drop(&play.wire);
	close(play.fd);
	play.fd = -1;
}

static int
finish(void **state)
{
	(void)state;
	hang_up();
	ebb_automate_lane_free(&play.lane);
	close(play.door[0]);
	close(play.door[1]);
	return 0;
}

/* Takes the next dial, if one waits there. */
static bool
pick_up(void)
{
	struct ebb_door_msg msg;
	int fd;

	while (ebb_door_receive(play.door[1], &msg, &fd) == EBB_DOOR_MSG) {
		if (msg.kind != EBB_DOOR_DIAL)
			continue;
		assert_string_equal(msg.plugin, "played");
		assert_int_equal(msg.lane, EBB_LANE_ACT);
		play.dials++;
		play.fd = fd;
		ebb_wire_init(&play.wire, fd, EBB_WIRE_HOST);
		assert_int_equal(ebb_wire_send(&play.wire, EBB_WIRE_HELLO, 0, "{\"pid\":1}", 9), EBB_WIRE_DONE);
		return true;
	}
	return false;
}

/* The call as the process gets it. */
static const char *
called(void)
{
	struct ebb_wire_frame frame;

	if (play.fd < 0)
		assert_true(pick_up());
	do
		assert_int_equal(ebb_wire_read(&play.wire, &frame), EBB_WIRE_DONE);
	while (frame.type != EBB_WIRE_CALL);
	play.call_no = frame.call_no;
	snprintf(play.body, sizeof play.body, "%s", frame.body);
	return play.body;
}

static void
says(enum ebb_wire_type type, const char *body)
{
	assert_int_equal(ebb_wire_send(&play.wire, type, play.call_no, body, strlen(body)), EBB_WIRE_DONE);
}

static void
has_begun(int64_t event_id)
{
	char body[64];

	snprintf(body, sizeof body, "{\"event_id\":%" PRId64 "}", event_id);
	says(EBB_WIRE_BEGUN, body);
}

static void
answers(const char *results)
{
	char body[2048];

	snprintf(body, sizeof body, "{\"result\":\"ok\",\"duration_us\":5,\"logs\":[],\"results\":[%s]}", results);
	says(EBB_WIRE_REPLY, body);
}

#define ONE(id) "{\"event_id\":" #id ",\"result\":\"ok\",\"duration_us\":5,\"actions\":[]}"
#define BATCH "{\"kind\":\"automate\",\"events\":[{\"event_id\":1},{\"event_id\":2},{\"event_id\":3}],\"now\":1}"

static void
start_batch(void)
{
	static const int64_t ids[] = { 1, 2, 3 };
	const struct ebb_automate_work work = {
		.kind = EBB_CALL_AUTOMATE,
		.body = BATCH,
		.length = strlen(BATCH),
		.event_ids = ids,
		.event_count = 3,
		.limit_us = LIMIT,
	};

	ebb_automate_lane_start(play.lane, &work, T0);
}

static enum ebb_automate_state
pump(int64_t after_us)
{
	return ebb_automate_lane_pump(play.lane, T0 + after_us);
}

static void
settled(size_t at, int64_t event_id, const char *result)
{
	assert_true(at < play.lane->result_count);
	assert_int_equal(play.lane->results[at].event_id, event_id);
	assert_string_equal(play.lane->results[at].result, result);
}

/* ---- cutting ---- */

static void
one_event_is_cut_out_byte_for_byte(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	static const char body[] = "{\"kind\":\"automate\", \"x\":{\"events\":[9]}, \"events\" : [ {\"a\":\"]},\\\"\",\"n\":1.10}, "
				   "{\"b\":[[1],{\"c\":2}]} ,3], \"now\":5}";
	size_t length;

	(void)state;
	assert_string_equal(ebb_automate_pick(arena, body, strlen(body), 0, &length),
			    "{\"kind\":\"automate\", \"x\":{\"events\":[9]}, \"events\" : [{\"a\":\"]},\\\"\",\"n\":1.10}], \"now\":5}");
	assert_string_equal(ebb_automate_pick(arena, body, strlen(body), 1, &length),
			    "{\"kind\":\"automate\", \"x\":{\"events\":[9]}, \"events\" : [ {\"b\":[[1],{\"c\":2}]} ], \"now\":5}");
	assert_non_null(ebb_automate_pick(arena, body, strlen(body), 2, &length));
	assert_null(ebb_automate_pick(arena, body, strlen(body), 3, &length));
	ebb_arena_free(&arena);
}

static void
a_body_that_ends_early_is_none(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	size_t length;

	(void)state;
	for (size_t n = 0; n < strlen("{\"events\":[{\"event_id\":1},{\"event_id\":2}]"); n++) {
		char *copy = ebb_arena_dup(arena, "{\"events\":[{\"event_id\":1},{\"event_id\":2}]", n);
		assert_null(ebb_automate_pick(arena, copy, n, 1, &length));
	}
	assert_null(ebb_automate_pick(arena, "{}", 2, 0, &length));
	assert_null(ebb_automate_pick(arena, "{\"events\":[]}", 13, 0, &length));
	assert_null(ebb_automate_pick(arena, "{\"events\":7}", 12, 0, &length));
	ebb_arena_free(&arena);
}

/* ---- a batch ---- */

static void
a_batch_goes_whole(void **state)
{
	(void)state;
	start_batch();
	assert_string_equal(called(), BATCH);
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	has_begun(1);
	has_begun(2);
	has_begun(3);
	answers(ONE(1) "," ONE(2) "," ONE(3));
	assert_int_equal(pump(2), EBB_AUTOMATE_OVER);
	assert_int_equal(play.lane->result_count, 3);
	settled(0, 1, "ok");
	settled(2, 3, "ok");
	ebb_automate_lane_next(play.lane, T0 + 3);
	assert_int_equal(play.lane->state, EBB_AUTOMATE_IDLE);
	/* The process stays for the next batch. */
	start_batch();
	called();
	assert_int_equal(play.dials, 1);
}

static void
who_dies_is_known_by_what_it_began(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(1);
	has_begun(2);
	hang_up();
	assert_int_equal(pump(1), EBB_AUTOMATE_SOME);
	assert_int_equal(play.lane->result_count, 1);
	settled(0, 2, "gone");
	/* What the others did is lost with it: they are asked again, one by one. */
	ebb_automate_lane_next(play.lane, T0 + 2);
	assert_non_null(strstr(called(), "\"events\":[{\"event_id\":1}]"));
	has_begun(1);
	answers(ONE(1));
	assert_int_equal(pump(3), EBB_AUTOMATE_SOME);
	settled(0, 1, "ok");
	ebb_automate_lane_next(play.lane, T0 + 4);
	assert_non_null(strstr(called(), "\"events\":[{\"event_id\":3}]"));
	answers(ONE(3));
	assert_int_equal(pump(5), EBB_AUTOMATE_OVER);
	settled(0, 3, "ok");
}

static void
nonsense_in_a_batch_is_looked_for_one_by_one(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(1);
	says(EBB_WIRE_REPLY, "{\"result\":\"ok\",\"results\":[" ONE(1) "," ONE(9) "," ONE(3) "]}");
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	hang_up();
	assert_non_null(strstr(called(), "\"events\":[{\"event_id\":1}]"));
	has_begun(1);
	says(EBB_WIRE_REPLY, "what?");
	assert_int_equal(pump(2), EBB_AUTOMATE_SOME);
	settled(0, 1, "nonsense");
	hang_up();
	ebb_automate_lane_next(play.lane, T0 + 3);
	assert_non_null(strstr(called(), "\"events\":[{\"event_id\":2}]"));
}

static void
each_event_has_its_own_time(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(1);
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	has_begun(2);
	assert_int_equal(pump(LIMIT - 1), EBB_AUTOMATE_AT_WORK);
	assert_int_equal(pump(2 * LIMIT - 2), EBB_AUTOMATE_AT_WORK);
	assert_int_equal(pump(2 * LIMIT), EBB_AUTOMATE_SOME);
	settled(0, 2, "late");
}

static void
an_event_that_began_while_we_were_elsewhere_is_not_late(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(1);
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	has_begun(2);
	assert_int_equal(pump(LIMIT + 5), EBB_AUTOMATE_AT_WORK);
	answers(ONE(1) "," ONE(2) "," ONE(3));
	assert_int_equal(pump(3 * LIMIT), EBB_AUTOMATE_OVER);
}

static void
saying_begun_without_end_gains_no_time(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(3);
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	for (int i = 1; i <= 2; i++) {
		has_begun(i);
		assert_int_equal(pump(LIMIT - 10), EBB_AUTOMATE_AT_WORK);
	}
	has_begun(3);
	assert_int_equal(pump(LIMIT + 2), EBB_AUTOMATE_SOME);
	settled(0, 3, "late");
}

static void
who_left_before_it_began_is_dialled_once_more(void **state)
{
	(void)state;
	start_batch();
	called();
	hang_up();
	assert_int_equal(pump(1), EBB_AUTOMATE_AT_WORK);
	assert_string_equal(called(), BATCH);
	assert_int_equal(play.dials, 2);
	hang_up();
	assert_int_equal(pump(2), EBB_AUTOMATE_OVER);
	assert_int_equal(play.lane->result_count, 3);
	settled(0, 1, "busy");
	settled(2, 3, "busy");
}

static void
who_never_comes_to_it_is_busy(void **state)
{
	(void)state;
	start_batch();
	assert_int_equal(pump(LIMIT - 1), EBB_AUTOMATE_AT_WORK);
	assert_int_equal(pump(LIMIT + 1), EBB_AUTOMATE_OVER);
	settled(0, 1, "busy");
}

static void
without_configuration_nothing_is_asked(void **state)
{
	(void)state;
	play.may_configure = false;
	start_batch();
	assert_int_equal(play.lane->state, EBB_AUTOMATE_OVER);
	settled(2, 3, "busy");
}

static void
start_that_fails_stands_for_all(void **state)
{
	(void)state;
	start_batch();
	called();
	says(EBB_WIRE_REPLY, "{\"result\":\"fail\",\"sentence\":\"no rules\",\"duration_us\":0,\"logs\":[],\"results\":[]}");
	assert_int_equal(pump(1), EBB_AUTOMATE_OVER);
	assert_int_equal(play.lane->result_count, 3);
	settled(1, 2, "fail");
	assert_string_equal(play.lane->results[1].sentence, "no rules");
}

static void
what_is_given_back_was_not_answered(void **state)
{
	(void)state;
	start_batch();
	called();
	has_begun(2);
	hang_up();
	assert_int_equal(pump(1), EBB_AUTOMATE_SOME);
	ebb_automate_lane_give_back(play.lane, "leaving");
	assert_int_equal(play.lane->state, EBB_AUTOMATE_OVER);
	assert_int_equal(play.lane->result_count, 2);
	settled(0, 1, "busy");
	settled(1, 3, "busy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_event_is_cut_out_byte_for_byte),
		cmocka_unit_test(a_body_that_ends_early_is_none),
		cmocka_unit_test_setup_teardown(a_batch_goes_whole, begin, finish),
		cmocka_unit_test_setup_teardown(who_dies_is_known_by_what_it_began, begin, finish),
		cmocka_unit_test_setup_teardown(nonsense_in_a_batch_is_looked_for_one_by_one, begin, finish),
		cmocka_unit_test_setup_teardown(each_event_has_its_own_time, begin, finish),
		cmocka_unit_test_setup_teardown(an_event_that_began_while_we_were_elsewhere_is_not_late, begin, finish),
		cmocka_unit_test_setup_teardown(saying_begun_without_end_gains_no_time, begin, finish),
		cmocka_unit_test_setup_teardown(who_left_before_it_began_is_dialled_once_more, begin, finish),
		cmocka_unit_test_setup_teardown(who_never_comes_to_it_is_busy, begin, finish),
		cmocka_unit_test_setup_teardown(without_configuration_nothing_is_asked, begin, finish),
		cmocka_unit_test_setup_teardown(start_that_fails_stands_for_all, begin, finish),
		cmocka_unit_test_setup_teardown(what_is_given_back_was_not_answered, begin, finish),
	};

	return cmocka_run_group_tests_name("automate", tests, NULL, NULL);
}
