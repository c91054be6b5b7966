/* SPDX-License-Identifier: Apache-2.0 */
/* Connects: to sockets of the machine, to the network. */
#include "hostile.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX, .sun_path = "/run/postgresql/.s.PGSQL.5432" };
	struct sockaddr_in far = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int pair[2], tcp;

	tell(host, "unix", socket(AF_UNIX, SOCK_STREAM, 0));
	tell(host, "socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	tell(host, "raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	tell(host, "netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	tell(host, "packet", socket(AF_PACKET, SOCK_RAW, 0));
	tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	tell(host, "tcp", tcp < 0 ? -1 : 0);
	tell(host, "connect", connect(tcp, (struct sockaddr *)&far, sizeof far));
	tell(host, "connect_unix", connect(3, (struct sockaddr *)&local, sizeof local));
	tell(host, "bind", bind(tcp, (struct sockaddr *)&far, sizeof far));
	tell(host, "listen", listen(tcp, 1));
	tell(host, "udp", socket(AF_INET6, SOCK_DGRAM, 0) < 0 ? -1 : 0);
	return EBB_PLUGIN_OK;
}

HOSTILE("connector", .needs = EBB_PLUGIN_NEEDS_NETWORK);
