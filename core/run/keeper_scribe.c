/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: writes incidents to the database, in a process of its own: the keeper's business is not to wait.  What the
 *          socket between them holds is the queue; a full one drops the newest, which the log still has.
 * Memory:  one message at a time; one connection, made when first needed.
 * Must not know: hosts; what an incident says.
 */
#include "run/keeper.h"

#include "base/arena.h"
#include "base/err.h"
#include "db/call.h"
#include "db/pg.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_ROOM (64 << 10)
#define QUEUE_BYTES (1 << 20)
#define RETRY_MS 2000
#define CALL_MS 5000

static bool
is_keeper_there(int fd)
{
	struct pollfd want = { .fd = fd, .events = 0 };

	return poll(&want, 1, RETRY_MS) == 0 || (want.revents & POLLHUP) == 0;
}

/* Until the database has taken it; once only when the keeper is gone. */
static void
write_down(const struct ebb_keeper *keeper, struct ebb_pg *pg, int fd, const char *json)
{
	struct ebb_arena *arena = ebb_arena_new("scribe", EBB_ARENA_PLAIN);
	const char *params[] = { json }, *answer;
	struct ebb_err err;
	const struct ebb_db_plain call = { .fn = "ctl.plugin_incident",
					   .params = params,
					   .param_count = 1,
					   .deadline_ms = CALL_MS,
					   .arena = arena,
					   .err = &err };
	enum ebb_rc rc;

	do {
		ebb_arena_reset(arena);
		ebb_err_init(&err, arena);
		rc = ebb_db_value(pg, &call, &answer);
	} while (rc == EBB_E_DB_LOST && is_keeper_there(fd));
	if (rc != EBB_OK)
		ebb_process_complain(keeper->process, "an incident was not recorded", &err);
	else
		ebb_log(EBB_NOTICE, &keeper->log, "incident recorded: %.200s", answer != NULL ? answer : "");
	ebb_arena_free(&arena);
}

static _Noreturn void
live(const struct ebb_keeper *keeper, int fd)
{
	static char message[MESSAGE_ROOM];
	struct ebb_pg *pg = ebb_process_pg(keeper->process, "ebb_courier");
	ssize_t n;

	prctl(PR_SET_NAME, "ebbd-scribe");
	close(keeper->process->door_fd);
	for (;;) {
		n = recv(fd, message, sizeof message - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		message[n] = '\0';
		write_down(keeper, pg, fd, message);
	}
	ebb_pg_free(&pg);
	_exit(0);
}

void
ebb_keeper_scribe(struct ebb_keeper *keeper)
{
	const int bytes = QUEUE_BYTES;
	int ends[2];

	if (keeper->scribe_fd >= 0)
		close(keeper->scribe_fd);
	keeper->scribe_fd = -1;
	keeper->scribe_pid = 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	(void)setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
	keeper->scribe_pid = fork();
	if (keeper->scribe_pid == 0) {
		close(ends[0]);
		for (unsigned i = 0; i < keeper->room; i++)
			if (keeper->hosts[i].state != EBB_KEPT_FREE) {
				close(keeper->hosts[i].child.control_fd);
				close(keeper->hosts[i].child.stderr_fd);
			}
		live(keeper, ends[1]);
	}
	close(ends[1]);
	keeper->scribe_fd = ends[0];
	if (keeper->scribe_pid < 0) {
		ebb_log(EBB_ERROR, &keeper->log, "incidents are only logged: fork: %s", strerror(errno));
		close(ends[0]);
		keeper->scribe_fd = -1;
		keeper->scribe_pid = 0;
	}
}

bool
ebb_keeper_write(const struct ebb_keeper *keeper, const char *json, size_t length)
{
	return keeper->scribe_fd >= 0 && length < MESSAGE_ROOM &&
	       send(keeper->scribe_fd, json, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length;
}
