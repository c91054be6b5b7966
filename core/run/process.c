/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see process.h.
 * Memory:  none of its own.
 * Must not know: requests, ticks, messages.
 */
#include "run/process.h"

#include "base/err.h"
#include "conf/conf.h"
#include "db/pg.h"
#include "run/panic.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void
leave_at_once(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

void
ebb_process_begin(struct ebb_process *process, const struct ebb_log_ctx *log)
{
	struct sigaction act;
	sigset_t taken, open;

	char name[16]; /* what ps and top show; the kernel keeps 15 bytes */

	snprintf(name, sizeof name, "ebbd-%s", ebb_proc_name(process->kind));
	prctl(PR_SET_NAME, name);
	ebb_log_process(ebb_proc_name(process->kind));
	process->log = log;
	/* Plugins run as the same user: no process of ours may be looked into or traced by one. */
	prctl(PR_SET_DUMPABLE, 0);
	ebb_panic_watch(log);
	memset(&act, 0, sizeof act);
	sigemptyset(&act.sa_mask);
	act.sa_handler = SIG_IGN;
	/* A terminal sends these two to the whole group; the master decides what they mean. */
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	sigaction(SIGPIPE, &act, NULL);
	act.sa_handler = leave_at_once;
	sigaction(SIGQUIT, &act, NULL);
	/* TERM and USR1 are never delivered, only read where it suits: no handler of ours or of libfcgi cuts a
	 * request short. */
	sigemptyset(&taken);
	sigaddset(&taken, SIGTERM);
	sigaddset(&taken, SIGUSR1);
	process->signal_fd = signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
	EBB_ASSERT(process->signal_fd >= 0);
	sigfillset(&open);
	sigdelset(&open, SIGTERM);
	sigdelset(&open, SIGUSR1);
	sigprocmask(SIG_BLOCK, &taken, NULL);
	sigprocmask(SIG_UNBLOCK, &open, NULL);
}

void
ebb_process_signals(struct ebb_process *process)
{
	struct signalfd_siginfo info;

	while (read(process->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		if (info.ssi_signo == SIGTERM)
			process->is_leaving = true;
		else if (info.ssi_signo == SIGUSR1)
			(void)ebb_log_reopen();
	}
}

bool
ebb_process_wait(struct ebb_process *process, int fd, int64_t ms)
{
	struct pollfd want[2] = { { .fd = process->signal_fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int ready = poll(want, fd < 0 ? 1 : 2, ms < 0 ? 0 : (int)ms);

	if (ready <= 0)
		return false;
	if (want[0].revents != 0)
		ebb_process_signals(process);
	return fd >= 0 && want[1].revents != 0;
}

struct ebb_pg *
ebb_process_pg(const struct ebb_process *process, const char *role)
{
	const struct ebb_conf *conf = process->conf;
	const struct ebb_pg_opts opts = {
		.conninfo = conf->database,
		.user = role,
		.application_name =
		    ebb_arena_printf(conf->arena, "ebb %s %ld", ebb_proc_name(process->kind), (long)getpid()),
		.connect_timeout_s = conf->connect_timeout_s,
		.statement_timeout_ms = conf->statement_timeout_ms,
	};

	return ebb_pg_new(&opts);
}

void
ebb_process_complain(const struct ebb_process *process, const char *doing, const struct ebb_err *err)
{
	struct ebb_log_ctx ctx = *process->log;

	ctx.sqlstate = err->sqlstate;
	ctx.error_id = err->log_id;
	ebb_log(EBB_WARNING, &ctx, "%s: %s%s%s", doing, err->sentence ? err->sentence : ebb_code(err->rc)->title,
		err->hint ? " " : "", err->hint ? err->hint : "");
}
