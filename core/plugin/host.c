/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the loop of a plugin's process: takes callers' sockets from the keeper, serves one frame at a time, fairly, and
 *          leaves when it is not needed or worn out.
 * Memory:  see host.h.
 * Must not know: what a frame asks for.
 */
#include "plugin/host.h"
#include "plugin/host_args.h"
#include "plugin/jail.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORN_PERCENT 75
#define WORN_ROUNDS  16 /* how often it is looked at */

struct host ebb_host;

static struct pollfd polled[EBB_HOST_LINES + 1];
static unsigned polled_line[EBB_HOST_LINES + 1]; /* whose descriptor it is */
static unsigned next_line; /* who is served first in the next round */

static void
drop(struct host_line *line)
{
	close(line->wire.fd);
	ebb_wire_drop(&line->wire);
}

static void
take_line(int fd)
{
	char hello[256];
	int n = snprintf(hello, sizeof hello, "{\"pid\":%d,\"name\":\"%s\",\"version\":\"%s\"}", (int)getpid(), ebb_host.about->name,
			 ebb_host.about->version);

	for (int i = 0; i < EBB_HOST_LINES; i++) {
		struct host_line *line = &ebb_host.lines[i];

		if (line->wire.fd >= 0)
			continue;
		ebb_wire_init(&line->wire, fd, EBB_WIRE_HOST);
		if (ebb_wire_send(&line->wire, EBB_WIRE_HELLO, 0, hello, (size_t)n) == EBB_WIRE_END)
			drop(line);
		return;
	}
	close(fd);
}

/* False: it is time to go. */
static bool
read_control(void)
{
	int fd;

	for (;;) {
		switch (ebb_control_receive(EBB_HOST_CONTROL_FD, &fd)) {
		case EBB_CONTROL_TAKE:
			take_line(fd);
			break;
		case EBB_CONTROL_PING:
			if (!ebb_control_send(EBB_HOST_CONTROL_FD, EBB_CONTROL_PONG, -1))
				return false;
			break;
		case EBB_CONTROL_NONE:
			return true;
		default:
			return false;
		}
	}
}

/* A caller that gave up has closed its end: nobody waits for an answer. */
static bool
is_waiting(const struct host_line *line)
{
	char byte;

	return recv(line->wire.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* At most one frame. While an answer of its own is not taken, a caller gets no other. */
static void
serve_line(struct host_line *line)
{
	struct ebb_wire_frame frame;
	enum ebb_wire_rc rc = ebb_wire_flush(&line->wire);

	if (rc == EBB_WIRE_DONE)
		rc = ebb_wire_read(&line->wire, &frame);
	else if (rc == EBB_WIRE_AGAIN)
		return;
	if (rc == EBB_WIRE_AGAIN)
		return;
	if (rc != EBB_WIRE_DONE || !is_waiting(line) || !ebb_host_take_frame(line, &frame))
		drop(line);
}

static bool
is_worn_out(void)
{
	struct timespec cpu;
	unsigned used, most;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	ebb_jail_memory(&used, &most);
	return cpu.tv_sec >= EBB_HOST_CPU_S || used * 100 > most * WORN_PERCENT;
}

/* How many descriptors there are to wait for; place 0 is the control socket. Who was first comes last. */
static nfds_t
fill_polled(void)
{
	nfds_t count = 1;

	polled[0] = (struct pollfd){ .fd = EBB_HOST_CONTROL_FD, .events = POLLIN };
	for (unsigned i = 0; i < EBB_HOST_LINES; i++) {
		unsigned at = (next_line + i) % EBB_HOST_LINES;

		if (ebb_host.lines[at].wire.fd < 0)
			continue;
		polled_line[count] = at;
		polled[count++] = (struct pollfd){ .fd = ebb_host.lines[at].wire.fd,
						   .events = ebb_wire_events(&ebb_host.lines[at].wire) };
	}
	return count;
}

/* One frame for each line that has one, the control socket in between: a PING is answered between two calls. */
static bool
serve_round(nfds_t count)
{
	for (nfds_t i = 1; i < count; i++) {
		struct host_line *line = &ebb_host.lines[polled_line[i]];

		if (polled[i].revents == 0 || line->wire.fd != polled[i].fd)
			continue;
		next_line = polled_line[i] + 1;
		serve_line(line);
		if (!read_control())
			return false;
	}
	return true;
}

void
ebb_host_serve(void)
{
	nfds_t count;
	int ready;

	for (int i = 0; i < EBB_HOST_LINES; i++)
		ebb_host.lines[i].wire.fd = -1;
	for (unsigned round = 0; round % WORN_ROUNDS != 0 || !is_worn_out(); round++) {
		count = fill_polled();
		ready = poll(polled, count, ebb_host.opts.idle_ms);
		if (ready == 0 || (ready < 0 && errno != EINTR))
			break;
		if (ready > 0 && (!read_control() || !serve_round(count)))
			break;
	}
	ebb_host_stop();
}
