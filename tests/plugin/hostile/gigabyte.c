/* SPDX-License-Identifier: Apache-2.0 */
/* Announces an answer of a gigabyte on every socket, and sends as much as it can. */
#include "hostile.h"

#include <stdint.h>
#include <sys/socket.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	const struct {
		uint32_t magic;
		uint16_t version, type;
		uint32_t call_no, length;
	} head = { 0x45424250, 1, 19, 1, 1u << 30 };
	static char filler[1 << 20];

	(void)host;
	for (int fd = 3; fd < 256; fd++)
		if (send(fd, &head, sizeof head, MSG_NOSIGNAL | MSG_DONTWAIT) == (long)sizeof head)
			for (int i = 0; i < 1024; i++)
				if (send(fd, filler, sizeof filler, MSG_NOSIGNAL | MSG_DONTWAIT) <= 0)
					break;
	return EBB_PLUGIN_OK;
}

HOSTILE("gigabyte");
