/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what goes between the core and a plugin's process (a host): frames with a JSON body on a stream socket, and
 *          short messages on the control socket between keeper and host, one of which carries a descriptor.
 *          Everything is bounded, nothing blocks: a caller may serve several of them with one poll().
 * Memory:  a wire owns its buffers, never its descriptor; ebb_wire_drop() frees them. A frame's body is valid until the
 *          next ebb_wire_read() of the same wire and ends in NUL.
 * Must not know: what stands in a body.
 */
#ifndef EBB_PLUGIN_WIRE_H
#define EBB_PLUGIN_WIRE_H

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EBB_WIRE_TO_HOST_MAX ((size_t)8 << 20)
#define EBB_WIRE_TO_CORE_MAX ((size_t)4 << 20)
#define EBB_WIRE_HEAD        16

enum ebb_wire_type {
	EBB_WIRE_CONFIG = 1, /* core to host */
	EBB_WIRE_CALL = 2,
	EBB_WIRE_HELLO = 17, /* host to core; the first frame of each connection */
	EBB_WIRE_BEGUN = 18,
	EBB_WIRE_REPLY = 19
};

/* Who sits at this end: says which types and lengths may come in. */
enum ebb_wire_side { EBB_WIRE_CORE, EBB_WIRE_HOST };

enum ebb_wire_rc {
	EBB_WIRE_AGAIN, /* not yet: poll and come back */
	EBB_WIRE_DONE,  /* a whole frame was read; or all was written */
	EBB_WIRE_END,   /* the other side is gone */
	EBB_WIRE_BAD    /* what came is no frame; the wire is of no further use */
};

struct ebb_wire_frame {
	enum ebb_wire_type type;
	uint32_t call_no;
	const char *body;
	size_t length;
};

struct ebb_wire {
	uint32_t magic;
	int fd;
	enum ebb_wire_side side;
	bool is_bad;
	unsigned char *in;  /* head and body of the frame that is coming in */
	size_t in_room, in_length;
	bool in_is_read;    /* the frame in `in` was handed out */
	unsigned char *out; /* what could not be sent yet */
	size_t out_room, out_at, out_length;
};

/* The descriptor may be blocking or not: all transfers say MSG_DONTWAIT themselves. */
void ebb_wire_init(struct ebb_wire *wire, int fd, enum ebb_wire_side side);
void ebb_wire_drop(struct ebb_wire *wire);

/* Takes what is there. DONE: one frame; there may be more, so read until AGAIN before polling. */
EBB_MUST enum ebb_wire_rc ebb_wire_read(struct ebb_wire *wire, struct ebb_wire_frame *frame_r);
/* Adds a frame to what shall be sent and sends what it can: DONE, AGAIN (rest waits for flush) or END. The body is
 * copied when it must wait. Asserts that the type belongs to this side and the length is within its limit. */
EBB_MUST enum ebb_wire_rc ebb_wire_send(struct ebb_wire *wire, enum ebb_wire_type type, uint32_t call_no,
					const char *body, size_t length);
EBB_MUST enum ebb_wire_rc ebb_wire_flush(struct ebb_wire *wire);
/* What to poll the descriptor for: POLLIN, and POLLOUT while something waits. */
short ebb_wire_events(const struct ebb_wire *wire);

/* ---- control socket: SOCK_SEQPACKET, one message a packet ---- */

enum ebb_control {
	EBB_CONTROL_NONE,  /* nothing there */
	EBB_CONTROL_TAKE,  /* keeper to host: serve this descriptor, the end of a caller's stream socket */
	EBB_CONTROL_PING,  /* keeper to host: between two calls it answers PONG */
	EBB_CONTROL_PONG,
	EBB_CONTROL_LEAVE, /* keeper to host: finish the call at hand, stop, exit 0 */
	EBB_CONTROL_END,   /* the other side is gone */
	EBB_CONTROL_BAD    /* no message of ours */
};

/* False when it cannot be sent now (errno EAGAIN: the other end does not read) or ever. passed_fd: -1 but for TAKE; it
 * stays the caller's. */
EBB_MUST bool ebb_control_send(int fd, enum ebb_control what, int passed_fd);
/* Never blocks. *passed_fd_r (the caller's from now on, close-on-exec) is -1 but for TAKE. A keeper passes NULL: a
 * descriptor that a host tries to send it is thrown away. */
EBB_MUST enum ebb_control ebb_control_receive(int fd, int *passed_fd_r);

#endif
