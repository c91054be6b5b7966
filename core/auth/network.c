/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see network.h.
 * Memory:  on the stack.
 * Must not know: requests.
 */
#include "auth/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { V4_BYTES = 3, V6_BYTES = 6 };

static void
name_v4(char network[EBB_NETWORK_TEXT], const unsigned char *bytes)
{
	snprintf(network, EBB_NETWORK_TEXT, "%u.%u.%u.0/%d", bytes[0], bytes[1], bytes[2], V4_BYTES * 8);
}

void
ebb_network_of(char network[EBB_NETWORK_TEXT], const char *address)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (address != NULL && inet_pton(AF_INET, address, &v4) == 1) {
		name_v4(network, (const unsigned char *)&v4);
	} else if (address != NULL && inet_pton(AF_INET6, address, &v6) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&v6)) {
			name_v4(network, v6.s6_addr + 12);
			return;
		}
		memset(v6.s6_addr + V6_BYTES, 0, sizeof v6.s6_addr - V6_BYTES);
		(void)inet_ntop(AF_INET6, &v6, text, sizeof text);
		snprintf(network, EBB_NETWORK_TEXT, "%s/%d", text, V6_BYTES * 8);
	} else {
		memcpy(network, "unknown", sizeof "unknown");
	}
}
