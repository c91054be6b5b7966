/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to hosts, against a host that is played here: what it may do, what it must not, and that nobody waits for it.
 */
#include "base/time.h"
#include "plugin/line.h"
#include "plugin/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAR_US ((int64_t)60000000)

struct play {
	int door[2];
	struct ebb_line *line;
	struct ebb_door_msg dial;
	struct ebb_wire host;
	int host_fd;
};

static void
dial(struct play *play)
{
	const struct ebb_line_key key = { "classify", 7, EBB_LANE_ASK, 2 };

	assert_int_equal(ebb_door_open(play->door), 0);
	play->line = ebb_line_dial(play->door[0], &key);
	assert_non_null(play->line);
	assert_int_equal(ebb_door_receive(play->door[1], &play->dial, &play->host_fd), EBB_DOOR_MSG);
	assert_true(play->host_fd >= 0);
	ebb_wire_init(&play->host, play->host_fd, EBB_WIRE_HOST);
}

static void
over(struct play *play)
{
	ebb_line_free(&play->line);
	ebb_wire_drop(&play->host);
	if (play->host_fd >= 0)
		close(play->host_fd);
	close(play->door[0]);
	close(play->door[1]);
}

static void
hear(struct play *play, enum ebb_wire_type type, struct ebb_wire_frame *frame)
{
	struct pollfd want = { .fd = play->host_fd, .events = POLLIN };
	enum ebb_wire_rc rc;

	while ((rc = ebb_wire_read(&play->host, frame)) == EBB_WIRE_AGAIN)
		assert_int_equal(poll(&want, 1, 5000), 1);
	assert_int_equal(rc, EBB_WIRE_DONE);
	assert_int_equal(frame->type, type);
}

static void
say(struct play *play, enum ebb_wire_type type, uint32_t call_no, const char *body)
{
	assert_int_equal(ebb_wire_send(&play->host, type, call_no, body, strlen(body)), EBB_WIRE_DONE);
}

static void
call(struct play *play, int64_t deadline_us)
{
	struct ebb_wire_frame frame;

	assert_true(ebb_line_call(play->line, "{\"kind\":\"x\"}", 12, deadline_us));
	hear(play, EBB_WIRE_CALL, &frame);
	assert_string_equal(frame.body, "{\"kind\":\"x\"}");
}

static void
expect_told(struct play *play, enum ebb_door_kind kind)
{
	struct ebb_door_msg msg;
	int fd;

	assert_int_equal(ebb_door_receive(play->door[1], &msg, &fd), EBB_DOOR_MSG);
	assert_int_equal(fd, -1);
	assert_int_equal(msg.kind, kind);
	assert_string_equal(msg.plugin, "classify");
	assert_int_equal(msg.department_id, 7);
	assert_int_equal(msg.index, 2);
	assert_true(msg.dialled_us == play->dial.dialled_us);
	assert_true(kind != EBB_DOOR_NONSENSE || msg.sentence[0] != '\0');
}

static void
expect_untold(struct play *play)
{
	struct ebb_door_msg msg;
	int fd;

	assert_int_equal(ebb_door_receive(play->door[1], &msg, &fd), EBB_DOOR_EMPTY);
}

static void
a_line_carries_one_call_after_the_other(void **state)
{
	struct play play;
	size_t length;

	(void)state;
	dial(&play);
	assert_string_equal(play.dial.plugin, "classify");
	assert_int_equal(play.dial.lane, EBB_LANE_ASK);
	for (uint32_t no = 1; no <= 3; no++) {
		call(&play, ebb_mono_us() + FAR_US);
		assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_WAITING);
		if (no == 1)
			say(&play, EBB_WIRE_HELLO, 0, "{\"pid\":1}");
		say(&play, EBB_WIRE_BEGUN, no, "{\"event_id\": 4711}");
		assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_BEGUN);
		assert_int_equal(ebb_line_event(play.line), 4711);
		assert_false(ebb_line_is_ready(play.line));
		say(&play, EBB_WIRE_REPLY, no, "{\"result\":\"ok\"}");
		assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_REPLIED);
		assert_string_equal(ebb_line_reply(play.line, &length), "{\"result\":\"ok\"}");
		assert_int_equal(length, 15);
		assert_true(ebb_line_is_ready(play.line));
	}
	expect_untold(&play);
	over(&play);
}

static void
a_configuration_goes_once_for_each_version(void **state)
{
	struct ebb_wire_frame frame;
	struct play play;

	(void)state;
	dial(&play);
	assert_true(ebb_line_config(play.line, 3, "{\"a\":\"1\"}"));
	assert_true(ebb_line_config(play.line, 3, "{\"a\":\"1\"}"));
	hear(&play, EBB_WIRE_CONFIG, &frame);
	assert_string_equal(frame.body, "{\"department_id\":7,\"config_version\":3,\"config\":{\"a\":\"1\"}}");
	assert_int_equal(ebb_wire_read(&play.host, &frame), EBB_WIRE_AGAIN);
	assert_true(ebb_line_config(play.line, 4, "{}"));
	hear(&play, EBB_WIRE_CONFIG, &frame);
	over(&play);
}

static void
late_when_it_had_begun_busy_when_not(void **state)
{
	struct play play;

	(void)state;
	dial(&play);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	call(&play, ebb_mono_us() + 1);
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us() + 2), EBB_LINE_BUSY);
	expect_told(&play, EBB_DOOR_BUSY);
	assert_false(ebb_line_is_ready(play.line));
	assert_false(ebb_line_call(play.line, "{}", 2, FAR_US));
	over(&play);
	dial(&play);
	call(&play, ebb_mono_us() + 1000);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	say(&play, EBB_WIRE_BEGUN, 1, "{}");
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us() + 2000), EBB_LINE_LATE);
	expect_told(&play, EBB_DOOR_OVERDUE);
	expect_untold(&play);
	over(&play);
}

static void
an_answer_that_lies_there_at_the_deadline_counts(void **state)
{
	struct play play;

	(void)state;
	dial(&play);
	call(&play, ebb_mono_us());
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	say(&play, EBB_WIRE_BEGUN, 1, "{}");
	say(&play, EBB_WIRE_REPLY, 1, "{}");
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us() + FAR_US), EBB_LINE_REPLIED);
	over(&play);
}

static void
who_hangs_up_is_gone_and_told_of_when_it_had_begun(void **state)
{
	struct play play;

	(void)state;
	dial(&play);
	call(&play, ebb_mono_us() + FAR_US);
	close(play.host_fd);
	play.host_fd = -1;
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_GONE);
	assert_false(ebb_line_has_begun(play.line));
	expect_untold(&play);
	over(&play);
	dial(&play);
	call(&play, ebb_mono_us() + FAR_US);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	say(&play, EBB_WIRE_BEGUN, 1, "{}");
	close(play.host_fd);
	play.host_fd = -1;
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_GONE);
	expect_told(&play, EBB_DOOR_GONE);
	over(&play);
	dial(&play);
	close(play.host_fd);
	play.host_fd = -1;
	assert_false(ebb_line_call(play.line, "{}", 2, ebb_mono_us() + FAR_US));
	over(&play);
}

static void
nonsense_is_found_out(void **state)
{
	static const struct {
		enum ebb_wire_type first, second;
		uint32_t call_no;
	} cases[] = {
		{ EBB_WIRE_HELLO, EBB_WIRE_HELLO, 0 }, /* greets twice */
		{ EBB_WIRE_BEGUN, EBB_WIRE_BEGUN, 1 }, /* does not greet */
		{ EBB_WIRE_REPLY, EBB_WIRE_REPLY, 1 },
		{ EBB_WIRE_HELLO, EBB_WIRE_REPLY, 2 }, /* answers what nobody asked */
		{ EBB_WIRE_HELLO, EBB_WIRE_BEGUN, 0 },
	};
	struct play play;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		dial(&play);
		call(&play, ebb_mono_us() + FAR_US);
		say(&play, cases[i].first, cases[i].first == EBB_WIRE_HELLO ? 0 : 1, "{}");
		say(&play, cases[i].second, cases[i].call_no, "{}");
		assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_NONSENSE);
		expect_told(&play, EBB_DOOR_NONSENSE);
		over(&play);
	}
	dial(&play);
	call(&play, ebb_mono_us() + FAR_US);
	assert_int_equal(send(play.host_fd, "HTTP/1.1 200 OK\r\n\r\n", 19, 0), 19);
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_NONSENSE);
	over(&play);
}

/* The head of a frame alone says 4 GiB: nothing of it is waited for, and no memory taken. */
static void
an_announced_gigabyte_is_not_waited_for(void **state)
{
	const uint32_t head[4] = { 0x45424250u, 1u | (uint32_t)EBB_WIRE_REPLY << 16, 1, 0xffffffffu };
	struct play play;

	(void)state;
	dial(&play);
	call(&play, ebb_mono_us() + FAR_US);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	assert_int_equal(send(play.host_fd, head, sizeof head, 0), sizeof head);
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_NONSENSE);
	expect_told(&play, EBB_DOOR_NONSENSE);
	over(&play);
}

static void
a_host_that_does_not_read_blocks_nobody(void **state)
{
	char *body = calloc(1, EBB_WIRE_TO_HOST_MAX);
	struct play play;
	int64_t began_us = ebb_mono_us();

	(void)state;
	assert_non_null(body);
	memset(body, 'x', EBB_WIRE_TO_HOST_MAX);
	dial(&play);
	assert_true(ebb_line_call(play.line, body, EBB_WIRE_TO_HOST_MAX, began_us + 50000));
	assert_int_equal(ebb_line_events(play.line), POLLIN | POLLOUT);
	assert_int_equal(ebb_line_pump(play.line, began_us), EBB_LINE_WAITING);
	assert_int_equal(ebb_line_pump(play.line, began_us + 50000), EBB_LINE_BUSY);
	over(&play);
	dial(&play);
	assert_false(ebb_line_call(play.line, body, EBB_WIRE_TO_HOST_MAX + 1, began_us + FAR_US));
	over(&play);
	free(body);
}

/* A host that writes without end holds nobody in one pump: the deadline is always looked at. */
static void
a_host_that_writes_without_end_is_late_all_the_same(void **state)
{
	struct play play;
	enum ebb_line_state is = EBB_LINE_WAITING;

	(void)state;
	dial(&play);
	call(&play, ebb_mono_us() + FAR_US);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	for (int i = 0; i < 1000; i++)
		if (ebb_wire_send(&play.host, EBB_WIRE_BEGUN, 1, "{}", 2) != EBB_WIRE_DONE)
			break;
	is = ebb_line_pump(play.line, ebb_mono_us() + 2 * FAR_US);
	assert_int_equal(is, EBB_LINE_LATE);
	over(&play);
}

static void
blame_ends_a_line(void **state)
{
	struct play play;

	(void)state;
	dial(&play);
	ebb_line_request(play.line, "req-1");
	call(&play, ebb_mono_us() + FAR_US);
	say(&play, EBB_WIRE_HELLO, 0, "{}");
	say(&play, EBB_WIRE_REPLY, 1, "[]");
	assert_int_equal(ebb_line_pump(play.line, ebb_mono_us()), EBB_LINE_REPLIED);
	ebb_line_blame(play.line, "a reply is an object");
	expect_told(&play, EBB_DOOR_NONSENSE);
	assert_false(ebb_line_is_ready(play.line));
	over(&play);
}

static void
a_door_that_nobody_reads_refuses_at_last(void **state)
{
	const struct ebb_line_key key = { "classify", 1, EBB_LANE_ACT, 0 };
	struct ebb_line *lines[4096], *none;
	size_t count = 0;
	int door[2];

	(void)state;
	assert_null(ebb_line_dial(-1, &key));
	assert_int_equal(ebb_door_open(door), 0);
	while (count < 4096 && (lines[count] = ebb_line_dial(door[0], &key)) != NULL)
		count++;
	assert_in_range(count, 100, 4095);
	while (count > 0)
		ebb_line_free(&lines[--count]);
	close(door[1]);
	none = ebb_line_dial(door[0], &key);
	assert_null(none);
	close(door[0]);
}

static void
what_is_no_message_is_skipped_and_its_descriptor_closed(void **state)
{
	struct ebb_door_msg msg = { .kind = EBB_DOOR_KINDS, .plugin = "classify" };
	int door[2], fd, ends[2];
	char byte;

	(void)state;
	assert_int_equal(ebb_door_open(door), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(send(door[0], "hello", 5, 0), 5);
	assert_true(ebb_door_send(door[0], &msg, ends[1]));
	close(ends[1]);
	assert_int_equal(ebb_door_receive(door[1], &msg, &fd), EBB_DOOR_EMPTY);
	assert_int_equal(recv(ends[0], &byte, 1, 0), 0);
	close(ends[0]);
	close(door[0]);
	assert_int_equal(ebb_door_receive(door[1], &msg, &fd), EBB_DOOR_CLOSED);
	close(door[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_carries_one_call_after_the_other),
		cmocka_unit_test(a_configuration_goes_once_for_each_version),
		cmocka_unit_test(late_when_it_had_begun_busy_when_not),
		cmocka_unit_test(an_answer_that_lies_there_at_the_deadline_counts),
		cmocka_unit_test(who_hangs_up_is_gone_and_told_of_when_it_had_begun),
		cmocka_unit_test(nonsense_is_found_out),
		cmocka_unit_test(an_announced_gigabyte_is_not_waited_for),
		cmocka_unit_test(a_host_that_does_not_read_blocks_nobody),
		cmocka_unit_test(a_host_that_writes_without_end_is_late_all_the_same),
		cmocka_unit_test(blame_ends_a_line),
		cmocka_unit_test(a_door_that_nobody_reads_refuses_at_last),
		cmocka_unit_test(what_is_no_message_is_skipped_and_its_descriptor_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
