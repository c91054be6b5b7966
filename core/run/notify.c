/* SPDX-License-Identifier: Apache-2.0
 * See notify.h.
 */
#include "run/notify.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
ebb_notify(const char *words)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path)
		return;
	memcpy(to.sun_path, path, strlen(path));
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	/* Nobody to tell if this fails: the manager's own timeout speaks then. */
	(void)!sendto(fd, words, strlen(words), MSG_NOSIGNAL, (const struct sockaddr *)&to, length);
	close(fd);
}

void
ebb_notify_reloading(int64_t now_ms)
{
	char words[80];
	snprintf(words, sizeof words, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_ms * 1000);
	ebb_notify(words);
}

int64_t
ebb_notify_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	return usec ? strtoll(usec, NULL, 10) / 2000 : 0;
}
