/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see spawn.h: from fork to exec; the rest of a host's life is host_main.c's.
 * Memory:  none of its own. Between fork and exec nothing is allocated.
 * Must not know: frames, what a plugin is.
 */
#include "plugin/spawn.h"

#include "plugin/host_args.h"
#include "plugin/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct ends {
	int control[2]; /* ours, the host's */
	int last_words[2];
	int null;
};

#define NO_ENDS ((struct ends){ { -1, -1 }, { -1, -1 }, -1 })

static void
close_all(const struct ends *ends)
{
	const int fds[] = { ends->control[0], ends->control[1], ends->last_words[0], ends->last_words[1], ends->null };

	for (size_t i = 0; i < EBB_COUNT(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static bool
open_all(struct ends *ends)
{
	*ends = NO_ENDS;
	ends->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	return ends->null >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->control) == 0 &&
	       pipe2(ends->last_words, O_CLOEXEC) == 0 && fcntl(ends->last_words[0], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(ends->control[0], F_SETFL, O_NONBLOCK) == 0;
}

static _Noreturn void
give_up(const char *what)
{
	const char *why = strerrordesc_np(errno);

	dprintf(STDERR_FILENO, EBB_HOST_SAYS "cannot start: %s: %s\n", what, why != NULL ? why : "unknown");
	_exit(EBB_HOST_EXIT_START);
}

/* In the child. First out of each other's way, then into place. */
static _Noreturn void
become_host(const char *executable, char *const *argv, const struct ends *ends, int plugin_fd, pid_t parent)
{
	const int wanted[] = { ends->null, ends->null, ends->last_words[1], ends->control[1], plugin_fd };
	char *const nothing[] = { NULL };
	int high[EBB_COUNT(wanted)];
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (size_t i = 0; i < EBB_COUNT(wanted); i++)
		high[i] = fcntl(wanted[i], F_DUPFD, 16);
	for (size_t i = 0; i < EBB_COUNT(wanted); i++)
		if (high[i] < 0 || dup2(high[i], (int)i) != (int)i)
			give_up("descriptors");
	if (close_range(EBB_COUNT(wanted), ~0u, 0) != 0)
		give_up("close_range");
	/* What a worker ignores or blocks stays so over an exec, and is none of a host's business. */
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		(void)sigaction(signal_number, &act, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		give_up("the parent is gone");
	execve(executable, argv, nothing);
	give_up(executable);
}

enum ebb_rc
ebb_host_spawn(const struct ebb_host_opts *opts, struct ebb_host_child *child_r, struct ebb_err *err)
{
	const char *executable = opts->executable != NULL ? opts->executable : "/proc/self/exe";
	struct ebb_host_args args;
	struct ends ends;
	pid_t parent = getpid();

	*child_r = (struct ebb_host_child){ .pid = -1, .control_fd = -1, .stderr_fd = -1 };
	EBB_ASSERT(opts->plugin_fd >= 0);
	ebb_host_args_write(&args, opts);
	if (!open_all(&ends) || (child_r->pid = fork()) < 0) {
		int error = errno;

		close_all(&ends);
		return ebb_fail(err, EBB_E_UNAVAILABLE, "No process can be started for plugin %s: %s.", opts->name,
				strerror(error));
	}
	if (child_r->pid == 0)
		become_host(executable, args.argv, &ends, opts->plugin_fd, parent);
	child_r->control_fd = ends.control[0];
	child_r->stderr_fd = ends.last_words[0];
	ends.control[0] = ends.last_words[0] = -1;
	close_all(&ends);
	return EBB_OK;
}

int
ebb_host_dial(const struct ebb_host_child *child)
{
	int ends[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	if (ebb_control_send(child->control_fd, EBB_CONTROL_TAKE, ends[1])) {
		close(ends[1]);
		return ends[0];
	}
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return -1;
}
