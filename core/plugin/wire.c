/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see wire.h: the frames on a stream socket.
 * Memory:  the two buffers of a wire; they grow with a frame and shrink again, so that one large frame is not held for
 *          ever.
 * Must not know: what stands in a body.
 */
#include "plugin/wire.h"

#include "base/obj.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define WIRE_MAGIC   EBB_MAGIC('w', 'i', 'r', 'e')
#define FRAME_MAGIC  EBB_MAGIC('E', 'B', 'B', 'P')
#define FRAME_VERSION 1
#define KEEP_ROOM    ((size_t)64 << 10)

/* Both ends are the same program on the same machine: its own byte order. */
struct head {
	uint32_t magic;
	uint16_t version;
	uint16_t type;
	uint32_t call_no;
	uint32_t length;
};
_Static_assert(sizeof(struct head) == EBB_WIRE_HEAD, "the head of a frame has 16 bytes");

static bool
may_come(enum ebb_wire_side side, unsigned type)
{
	if (side == EBB_WIRE_HOST)
		return type == EBB_WIRE_CONFIG || type == EBB_WIRE_CALL;
	return type == EBB_WIRE_HELLO || type == EBB_WIRE_BEGUN || type == EBB_WIRE_REPLY;
}

static size_t
longest(enum ebb_wire_side side)
{
	return side == EBB_WIRE_HOST ? EBB_WIRE_TO_HOST_MAX : EBB_WIRE_TO_CORE_MAX;
}

static void
make_room(unsigned char **bytes, size_t *room, size_t wanted)
{
	if (wanted <= *room)
		return;
	*bytes = realloc(*bytes, wanted);
	EBB_ASSERT(*bytes != NULL);
	*room = wanted;
}

static void
give_back(unsigned char **bytes, size_t *room)
{
	if (*room <= KEEP_ROOM)
		return;
	free(*bytes);
	*bytes = NULL;
	*room = 0;
}

void
ebb_wire_init(struct ebb_wire *wire, int fd, enum ebb_wire_side side)
{
	*wire = (struct ebb_wire){ .magic = WIRE_MAGIC, .fd = fd, .side = side };
}

void
ebb_wire_drop(struct ebb_wire *wire)
{
	EBB_CHECK(wire, WIRE_MAGIC);
	free(wire->in);
	free(wire->out);
	*wire = (struct ebb_wire){ .magic = EBB_MAGIC_DEAD, .fd = -1 };
}

/* Reads until `in` holds `wanted` bytes. */
static enum ebb_wire_rc
fill(struct ebb_wire *wire, size_t wanted)
{
	while (wire->in_length < wanted) {
		ssize_t n = recv(wire->fd, wire->in + wire->in_length, wanted - wire->in_length, MSG_DONTWAIT);

		if (n > 0)
			wire->in_length += (size_t)n;
		else if (n == 0)
			return EBB_WIRE_END;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return EBB_WIRE_AGAIN;
		else if (errno != EINTR)
			return EBB_WIRE_END;
	}
	return EBB_WIRE_DONE;
}

enum ebb_wire_rc
ebb_wire_read(struct ebb_wire *wire, struct ebb_wire_frame *frame_r)
{
	struct head head;
	enum ebb_wire_rc rc;

	EBB_CHECK(wire, WIRE_MAGIC);
	if (wire->is_bad)
		return EBB_WIRE_BAD;
	if (wire->in_is_read) {
		wire->in_is_read = false;
		wire->in_length = 0;
		give_back(&wire->in, &wire->in_room);
	}
	make_room(&wire->in, &wire->in_room, 4096);
	rc = fill(wire, sizeof head);
	if (rc != EBB_WIRE_DONE)
		return rc;
	memcpy(&head, wire->in, sizeof head);
	if (head.magic != FRAME_MAGIC || head.version != FRAME_VERSION || !may_come(wire->side, head.type) ||
	    head.length > longest(wire->side)) {
		wire->is_bad = true;
		return EBB_WIRE_BAD;
	}
	/* One more for the NUL. */
	make_room(&wire->in, &wire->in_room, sizeof head + head.length + 1);
	rc = fill(wire, sizeof head + head.length);
	if (rc != EBB_WIRE_DONE)
		return rc;
	wire->in[wire->in_length] = '\0';
	wire->in_is_read = true;
	*frame_r = (struct ebb_wire_frame){ .type = (enum ebb_wire_type)head.type,
					    .call_no = head.call_no,
					    .body = (const char *)wire->in + sizeof head,
					    .length = head.length };
	return EBB_WIRE_DONE;
}

enum ebb_wire_rc
ebb_wire_flush(struct ebb_wire *wire)
{
	EBB_CHECK(wire, WIRE_MAGIC);
	while (wire->out_at < wire->out_length) {
		ssize_t n = send(wire->fd, wire->out + wire->out_at, wire->out_length - wire->out_at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n >= 0)
			wire->out_at += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return EBB_WIRE_AGAIN;
		else if (errno != EINTR)
			return EBB_WIRE_END;
	}
	wire->out_at = wire->out_length = 0;
	give_back(&wire->out, &wire->out_room);
	return EBB_WIRE_DONE;
}

enum ebb_wire_rc
ebb_wire_send(struct ebb_wire *wire, enum ebb_wire_type type, uint32_t call_no, const char *body, size_t length)
{
	enum ebb_wire_side other = wire->side == EBB_WIRE_HOST ? EBB_WIRE_CORE : EBB_WIRE_HOST;
	struct head head = { FRAME_MAGIC, FRAME_VERSION, (uint16_t)type, call_no, (uint32_t)length };

	EBB_CHECK(wire, WIRE_MAGIC);
	EBB_ASSERT(may_come(other, type) && length <= longest(other));
	if (wire->out_at > 0) {
		memmove(wire->out, wire->out + wire->out_at, wire->out_length - wire->out_at);
		wire->out_length -= wire->out_at;
		wire->out_at = 0;
	}
	make_room(&wire->out, &wire->out_room, wire->out_length + sizeof head + length);
	memcpy(wire->out + wire->out_length, &head, sizeof head);
	if (length > 0)
		memcpy(wire->out + wire->out_length + sizeof head, body, length);
	wire->out_length += sizeof head + length;
	return ebb_wire_flush(wire);
}

short
ebb_wire_events(const struct ebb_wire *wire)
{
	return (short)(POLLIN | (wire->out_at < wire->out_length ? POLLOUT : 0));
}
