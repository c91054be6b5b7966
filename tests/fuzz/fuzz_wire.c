/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: whatever comes over a socket, whole or in pieces, is frames of the other side within their limits, and then
 *          nothing more, the end, or bad for good.
 * Input:   a byte that picks side and size of the pieces, then what comes.
 * Memory:  the wire's.
 * Must not know: what stands in a body.
 */
#include "plugin/wire.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ebb_wire_rc
read_all(struct ebb_wire *wire)
{
	const size_t most = wire->side == EBB_WIRE_HOST ? EBB_WIRE_TO_HOST_MAX : EBB_WIRE_TO_CORE_MAX;
	struct ebb_wire_frame frame;
	enum ebb_wire_rc rc;

	while ((rc = ebb_wire_read(wire, &frame)) == EBB_WIRE_DONE)
		EBB_ASSERT((frame.type >= EBB_WIRE_HELLO) == (wire->side == EBB_WIRE_CORE) && frame.length <= most &&
			   frame.body[frame.length] == '\0');
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size > 0 ? (size_t)(data[0] >> 1) + 1 : 1;
	enum ebb_wire_rc rc = EBB_WIRE_AGAIN;
	struct ebb_wire wire;
	int ends[2];

	if (size < 1 || size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return 0;
	ebb_wire_init(&wire, ends[0], data[0] & 1 ? EBB_WIRE_HOST : EBB_WIRE_CORE);
	for (size_t at = 1; at < size && rc == EBB_WIRE_AGAIN; at += piece) {
		size_t length = size - at < piece ? size - at : piece;

		EBB_ASSERT(write(ends[1], data + at, length) == (ssize_t)length);
		rc = read_all(&wire);
	}
	close(ends[1]);
	if (rc == EBB_WIRE_BAD)
		EBB_ASSERT(read_all(&wire) == EBB_WIRE_BAD);
	else
		EBB_ASSERT(read_all(&wire) == EBB_WIRE_END);
	ebb_wire_drop(&wire);
	close(ends[0]);
	return 0;
}
