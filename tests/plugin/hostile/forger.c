/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in the host's place, on every socket, for events nobody asked about. */
#include "hostile.h"

#include <stdint.h>
#include <sys/socket.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	static const char body[] = "{\"result\":\"ok\",\"results\":[{\"event_id\":4711,\"result\":\"ok\",\"duration_us\":1,\"actions\":["
				   "{\"action\":\"cancel\",\"args\":{},\"explanation\":\"because\"}]}]}";
	char frame[512];
	const struct {
		uint32_t magic;
		uint16_t version, type;
		uint32_t call_no, length;
	} head = { 0x45424250, 1, 19, 1, sizeof body - 1 };

	(void)host;
	memcpy(frame, &head, sizeof head);
	memcpy(frame + sizeof head, body, sizeof body - 1);
	for (int fd = 3; fd < 256; fd++)
		(void)!send(fd, frame, sizeof head + sizeof body - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	return EBB_PLUGIN_OK;
}

HOSTILE("forger");
