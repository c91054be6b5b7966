/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: frames in pieces, too long, of the wrong side, to somebody who does not read; messages of the control socket with
 *          and without descriptors.
 * Memory:  the wires'.
 * Must not know: hosts.
 */
#include "plugin/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct ebb_wire core, host;
static int ends[2];

static int
begin(void **state)
{
	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return -1;
	ebb_wire_init(&core, ends[0], EBB_WIRE_CORE);
	ebb_wire_init(&host, ends[1], EBB_WIRE_HOST);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ebb_wire_drop(&core);
	ebb_wire_drop(&host);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void
frames_go_both_ways(void **state)
{
	struct ebb_wire_frame frame;

	(void)state;
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_AGAIN);
	assert_int_equal(ebb_wire_send(&core, EBB_WIRE_CONFIG, 0, "{}", 2), EBB_WIRE_DONE);
	assert_int_equal(ebb_wire_send(&core, EBB_WIRE_CALL, 7, "{\"a\":1}", 7), EBB_WIRE_DONE);
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_DONE);
	assert_int_equal(frame.type, EBB_WIRE_CONFIG);
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_DONE);
	assert_int_equal(frame.type, EBB_WIRE_CALL);
	assert_int_equal(frame.call_no, 7);
	assert_string_equal(frame.body, "{\"a\":1}");
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_AGAIN);
	assert_int_equal(ebb_wire_send(&host, EBB_WIRE_REPLY, 7, "", 0), EBB_WIRE_DONE);
	assert_int_equal(ebb_wire_read(&core, &frame), EBB_WIRE_DONE);
	assert_int_equal(frame.length, 0);
	assert_string_equal(frame.body, "");
}

static void
a_frame_comes_byte_by_byte(void **state)
{
	unsigned char bytes[EBB_WIRE_HEAD + 3];
	struct ebb_wire_frame frame;
	struct ebb_wire probe;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ebb_wire_init(&probe, pair[0], EBB_WIRE_CORE);
	assert_int_equal(ebb_wire_send(&probe, EBB_WIRE_CALL, 9, "abc", 3), EBB_WIRE_DONE);
	assert_int_equal(read(pair[1], bytes, sizeof bytes), sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++) {
		assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_AGAIN);
		assert_int_equal(write(ends[0], bytes + i, 1), 1);
	}
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_DONE);
	assert_string_equal(frame.body, "abc");
	ebb_wire_drop(&probe);
	close(pair[0]);
	close(pair[1]);
}

static void
who_does_not_read_gets_the_rest_later(void **state)
{
	size_t length = EBB_WIRE_TO_HOST_MAX;
	char *body = malloc(length);
	struct ebb_wire_frame frame;
	enum ebb_wire_rc rc = EBB_WIRE_AGAIN;

	(void)state;
	memset(body, 'x', length);
	assert_int_equal(ebb_wire_send(&core, EBB_WIRE_CALL, 1, body, length), EBB_WIRE_AGAIN);
	assert_true(ebb_wire_events(&core) & POLLOUT);
	while (rc == EBB_WIRE_AGAIN) {
		assert_int_not_equal(ebb_wire_flush(&core), EBB_WIRE_END);
		rc = ebb_wire_read(&host, &frame);
	}
	assert_int_equal(rc, EBB_WIRE_DONE);
	assert_int_equal(frame.length, length);
	assert_memory_equal(frame.body, body, length);
	assert_false(ebb_wire_events(&core) & POLLOUT);
	/* The large room is given back. */
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_AGAIN);
	assert_true(host.in_room < length);
	free(body);
}

static void
expect_bad(uint32_t magic, uint16_t version, uint16_t type, uint32_t length)
{
	const struct {
		uint32_t magic;
		uint16_t version, type;
		uint32_t call_no, length;
	} head = { magic, version, type, 1, length };
	struct ebb_wire_frame frame;
	void *none = NULL;

	begin(&none);
	assert_int_equal(write(ends[1], &head, sizeof head), sizeof head);
	assert_int_equal(ebb_wire_read(&core, &frame), EBB_WIRE_BAD);
	/* And stays so: there is no way back into step. */
	assert_int_equal(ebb_wire_read(&core, &frame), EBB_WIRE_BAD);
	end(&none);
}

static void
what_is_no_frame_is_bad(void **state)
{
	(void)state;
	expect_bad(0x45424251, 1, EBB_WIRE_REPLY, 0);
	expect_bad(0x45424250, 2, EBB_WIRE_REPLY, 0);
	expect_bad(0x45424250, 1, EBB_WIRE_CALL, 0); /* of the other side */
	expect_bad(0x45424250, 1, 0, 0);
	expect_bad(0x45424250, 1, EBB_WIRE_REPLY, EBB_WIRE_TO_CORE_MAX + 1);
	expect_bad(0x45424250, 1, EBB_WIRE_REPLY, UINT32_MAX);
}

static void
the_other_side_goes(void **state)
{
	struct ebb_wire_frame frame;
	void *none = NULL;

	(void)state;
	begin(&none);
	assert_int_equal(ebb_wire_send(&core, EBB_WIRE_CALL, 1, "{}", 2), EBB_WIRE_DONE);
	shutdown(ends[0], SHUT_RDWR);
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_DONE);
	assert_int_equal(ebb_wire_read(&host, &frame), EBB_WIRE_END);
	assert_int_equal(ebb_wire_send(&core, EBB_WIRE_CALL, 1, "{}", 2), EBB_WIRE_END);
	end(&none);
}

static void
control_messages(void **state)
{
	int pair[2], fd = 77, pipe_ends[2];
	char byte = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(ebb_control_receive(pair[1], &fd), EBB_CONTROL_NONE);
	assert_int_equal(fd, -1);
	assert_true(ebb_control_send(pair[0], EBB_CONTROL_PING, -1));
	assert_true(ebb_control_send(pair[0], EBB_CONTROL_TAKE, pipe_ends[1]));
	assert_true(ebb_control_send(pair[0], EBB_CONTROL_LEAVE, -1));
	assert_int_equal(ebb_control_receive(pair[1], &fd), EBB_CONTROL_PING);
	assert_int_equal(ebb_control_receive(pair[1], &fd), EBB_CONTROL_TAKE);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	close(fd);
	assert_int_equal(ebb_control_receive(pair[1], &fd), EBB_CONTROL_LEAVE);
	assert_int_equal(fd, -1);
	/* A descriptor for somebody who wants none is thrown away. */
	close(pipe_ends[0]);
	assert_true(ebb_control_send(pair[1], EBB_CONTROL_TAKE, pipe_ends[1]));
	assert_int_equal(ebb_control_receive(pair[0], NULL), EBB_CONTROL_BAD);
	assert_int_equal(send(pair[1], "hello", 5, 0), 5);
	assert_int_equal(ebb_control_receive(pair[0], NULL), EBB_CONTROL_BAD);
	close(pair[1]);
	assert_int_equal(ebb_control_receive(pair[0], NULL), EBB_CONTROL_END);
	close(pair[0]);
	close(pipe_ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_go_both_ways, begin, end),
		cmocka_unit_test_setup_teardown(a_frame_comes_byte_by_byte, begin, end),
		cmocka_unit_test_setup_teardown(who_does_not_read_gets_the_rest_later, begin, end),
		cmocka_unit_test(what_is_no_frame_is_bad),
		cmocka_unit_test(the_other_side_goes),
		cmocka_unit_test(control_messages),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
