/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see wire.h: the messages on the control socket between the keeper and a host.
 * Memory:  none of its own.
 * Must not know: what the passed descriptor is for.
 */
#include "plugin/wire.h"

#include "base/obj.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_MAGIC EBB_MAGIC('E', 'B', 'B', 'C')

struct message {
	uint32_t magic;
	uint32_t what;
};

union passed {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

bool
ebb_control_send(int fd, enum ebb_control what, int passed_fd)
{
	struct message message = { CONTROL_MAGIC, (uint32_t)what };
	struct iovec bytes = { &message, sizeof message };
	union passed passed;
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };
	ssize_t n;

	EBB_ASSERT((what == EBB_CONTROL_TAKE) == (passed_fd >= 0));
	/* A host in jail may send(), and has nothing to pass: no sendmsg() for it. */
	if (passed_fd < 0) {
		do
			n = send(fd, &message, sizeof message, MSG_DONTWAIT | MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		return n == (ssize_t)sizeof message;
	}
	memset(&passed, 0, sizeof passed);
	packet.msg_control = passed.room;
	packet.msg_controllen = sizeof passed.room;
	passed.head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&passed.head), &passed_fd, sizeof(int));
	do
		n = sendmsg(fd, &packet, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof message;
}

/* The descriptors of a packet: the one that is wanted is returned, all others are closed. */
static int
take_passed(struct msghdr *packet, int *passed_fd_r)
{
	int count = 0, fd;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c != NULL; c = CMSG_NXTHDR(packet, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof fd <= c->cmsg_len - CMSG_LEN(0); at += sizeof fd) {
			memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
			if (count++ == 0)
				*passed_fd_r = fd;
			else
				close(fd);
		}
	}
	return count;
}

enum ebb_control
ebb_control_receive(int fd, int *passed_fd_r)
{
	struct message message;
	struct iovec bytes = { &message, sizeof message };
	union passed passed;
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };
	int passed_fd = -1, count = 0;
	bool is_ours;
	ssize_t n;

	if (passed_fd_r != NULL) {
		*passed_fd_r = -1;
		packet.msg_control = passed.room;
		packet.msg_controllen = sizeof passed.room;
	}
	do
		n = recvmsg(fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? EBB_CONTROL_NONE : EBB_CONTROL_END;
	if (passed_fd_r != NULL)
		count = take_passed(&packet, &passed_fd);
	/* An empty packet looks like the end; the next receive tells. A real end stays one. */
	if (n == 0 && count == 0)
		return EBB_CONTROL_END;
	is_ours = n == (ssize_t)sizeof message && !(packet.msg_flags & MSG_TRUNC) && message.magic == CONTROL_MAGIC &&
		  (message.what == EBB_CONTROL_TAKE || message.what == EBB_CONTROL_PING ||
		   message.what == EBB_CONTROL_PONG || message.what == EBB_CONTROL_LEAVE);
	if (!is_ours || (message.what == EBB_CONTROL_TAKE) != (count == 1)) {
		if (passed_fd >= 0)
			close(passed_fd);
		return EBB_CONTROL_BAD;
	}
	if (passed_fd_r != NULL)
		*passed_fd_r = passed_fd;
	return (enum ebb_control)message.what;
}
