/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see door.h.
 * Memory:  all on the stack.
 * Must not know: frames, hosts.
 */
#include "plugin/door.h"

#include "base/obj.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOOR_MAGIC EBB_MAGIC('d', 'o', 'o', 'r')
#define QUEUE_BYTES (512 << 10) /* dials of a whole set of workers while a keeper starts */

static const char *const lane_names[EBB_LANES] = { "ask", "act" };

const char *
ebb_lane_name(enum ebb_lane lane)
{
	return lane_names[lane];
}

int
ebb_door_open(int ends[2])
{
	const int bytes = QUEUE_BYTES;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return errno;
	/* A smaller queue is refused dials earlier, no more. */
	(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	return 0;
}

bool
ebb_door_send(int door_fd, const struct ebb_door_msg *msg, int pass_fd)
{
	struct ebb_door_msg copy = *msg;
	struct iovec part = { .iov_base = &copy, .iov_len = sizeof copy };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr out = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (door_fd < 0)
		return false;
	copy.magic = DOOR_MAGIC;
	if (pass_fd >= 0) {
		out.msg_control = &control;
		out.msg_controllen = sizeof control;
		struct cmsghdr *head = CMSG_FIRSTHDR(&out);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(head), &pass_fd, sizeof pass_fd);
	}
	do
		n = sendmsg(door_fd, &out, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof copy;
}

/* Descriptors of this message; more than one is not meant and closed. */
static int
take_fd(struct msghdr *in)
{
	int fd = -1;

	for (struct cmsghdr *head = CMSG_FIRSTHDR(in); head != NULL; head = CMSG_NXTHDR(in, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int one;
			memcpy(&one, CMSG_DATA(head) + i * sizeof one, sizeof one);
			if (fd < 0)
				fd = one;
			else
				close(one);
		}
	}
	return fd;
}

static bool
is_sound(const struct ebb_door_msg *msg, ssize_t length)
{
	return length == (ssize_t)sizeof *msg && msg->magic == DOOR_MAGIC && msg->kind < EBB_DOOR_KINDS &&
	       msg->lane < EBB_LANES && memchr(msg->plugin, '\0', sizeof msg->plugin) != NULL &&
	       memchr(msg->request_id, '\0', sizeof msg->request_id) != NULL &&
	       memchr(msg->sentence, '\0', sizeof msg->sentence) != NULL;
}

enum ebb_door_got
ebb_door_receive(int door_fd, struct ebb_door_msg *msg, int *fd_r)
{
	for (;;) {
		struct iovec part = { .iov_base = msg, .iov_len = sizeof *msg };
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(4 * sizeof(int))];
		} control;
		struct msghdr in = {
			.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
		};
		ssize_t n = recvmsg(door_fd, &in, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return EBB_DOOR_EMPTY;
		if (n <= 0)
			return EBB_DOOR_CLOSED;
		*fd_r = take_fd(&in);
		if (is_sound(msg, n))
			return EBB_DOOR_MSG;
		if (*fd_r >= 0)
			close(*fd_r);
	}
}
