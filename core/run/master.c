/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see master.h. One loop: read signals, reap, watch, and move towards what is wanted. What is wanted is
 *          state (generation, numbers per kind), so a lost signal or a death in between changes nothing for long.
 * Memory:  static; configurations are freed when no process of theirs is left.
 * Must not know: requests, the database.
 */
#include "run/master.h"

#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "plugin/door.h"
#include "run/children.h"
#include "run/inform.h"
#include "run/listen.h"
#include "run/notify.h"
#include "run/pidfile.h"
#include "run/process.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#define NOBODY 0u /* no generation has this number */
#define QUICK_ROUND_MS 50
#define SLOW_ROUND_MS 1000
#define QUIT_ROUNDS 20
#define RELOAD_LIMIT_MS 30000

enum phase { STARTING, RUNNING, RELOADING, STOPPING };

struct master {
	enum phase phase;
	struct ebb_conf *conf;
	struct ebb_conf *before; /* of the generation being replaced */
	unsigned generation_before;
	unsigned last_generation;
	int64_t reload_since_ms;
	bool is_reload_wanted;
	struct ebb_board *board;
	struct ebb_children children;
	int web_fd, session_fd, pid_fd, signal_fd, ready_fd;
	/* Between the callers of a generation and its keeper. Both ends stay open here, so that a keeper that died finds what
	 * was said meanwhile; they are closed when the generation goes, and its keeper goes when the last caller has. */
	int door[2], door_before[2];
	int64_t watchdog_ms, watchdog_last_ms;
};

static struct master master = { .web_fd = -1,
				.session_fd = -1,
				.pid_fd = -1,
				.signal_fd = -1,
				.ready_fd = -1,
				.door = { -1, -1 },
				.door_before = { -1, -1 } };

static const char *
path_of(const struct master *m, const char *path)
{
	return ebb_conf_path(m->conf, path);
}

static void
close_door(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
		ends[i] = -1;
	}
}

/* ---- in a new process ---- */

/* Leaves the one end that this kind of process may have. */
static int
take_door(struct master *m, enum ebb_proc kind)
{
	bool is_caller = kind == EBB_PROC_WORKER || kind == EBB_PROC_COURIER;
	int fd = is_caller ? m->door[0] : kind == EBB_PROC_KEEPER ? m->door[1] : -1;

	for (int i = 0; i < 2; i++)
		if (m->door[i] == fd)
			m->door[i] = -1;
	close_door(m->door);
	close_door(m->door_before);
	return fd;
}

static int
live(void *ctx, enum ebb_proc kind, struct ebb_slot *slot)
{
	struct master *m = ctx;
	struct ebb_process process = { .kind = kind, .conf = m->conf, .board = m->board, .slot = slot };

	process.door_fd = take_door(m, kind);
	process.generation = m->children.generation;

	close(m->signal_fd);
	close(m->pid_fd);
	if (m->ready_fd >= 0)
		close(m->ready_fd);
	process.listen_fd = kind == EBB_PROC_WORKER ? m->web_fd : kind == EBB_PROC_SESSION ? m->session_fd : -1;
	if (process.listen_fd != m->web_fd)
		close(m->web_fd);
	if (process.listen_fd != m->session_fd)
		close(m->session_fd);
	switch (kind) {
	case EBB_PROC_CLOCK:
		return ebb_clock_live(&process);
	case EBB_PROC_COURIER:
		return ebb_courier_live(&process);
	case EBB_PROC_KEEPER:
		return ebb_keeper_live(&process);
	default:
		return ebb_worker_live(&process);
	}
}

/* ---- start ---- */

static void
set_wanted(struct master *m)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = m->conf->workers > 0 ? (unsigned)m->conf->workers : 4u * (unsigned)(cores > 0 ? cores : 1);

	m->children.wanted[EBB_PROC_WORKER] = workers;
	m->children.wanted[EBB_PROC_SESSION] = (unsigned)m->conf->session_workers;
	m->children.wanted[EBB_PROC_CLOCK] = 1;
	m->children.wanted[EBB_PROC_COURIER] = 1;
	m->children.wanted[EBB_PROC_KEEPER] = 1;
}

static int
take_signals(struct master *m)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < EBB_COUNT(wanted); i++)
		sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	m->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return m->signal_fd >= 0 ? 0 : EX_OSERR;
}

static int
bind_all(struct master *m)
{
	const struct ebb_conf *conf = m->conf;
	char why[256];

	m->pid_fd = ebb_pidfile_take(path_of(m, conf->pid_file), why, sizeof why);
	if (m->pid_fd < 0) {
		ebb_log(EBB_ERROR, NULL, "%s", why);
		return EX_UNAVAILABLE;
	}
	const struct ebb_listen_how how = { conf->socket_group, conf->user, conf->backlog };
	m->web_fd = ebb_listen_open(path_of(m, conf->listen), &how, why, sizeof why);
	if (m->web_fd >= 0)
		m->session_fd = ebb_listen_open(path_of(m, conf->listen_session), &how, why, sizeof why);
	if (m->web_fd >= 0 && m->session_fd >= 0)
		return 0;
	ebb_log(EBB_ERROR, NULL, "%s", why);
	return EX_CANTCREAT;
}

/* The log was opened before; whoever we become must be able to open it anew. */
static bool
hand_over(const struct master *m, const struct passwd *to)
{
	const char *log_file = m->conf->log_file;

	return log_file[0] == '\0' || chown(path_of(m, log_file), to->pw_uid, to->pw_gid) == 0;
}

static int
become(const struct master *m)
{
	const char *user = m->conf->user;
	const struct passwd *entry;

	if (user[0] == '\0' || geteuid() != 0)
		return 0;
	entry = getpwnam(user);
	if (entry != NULL && hand_over(m, entry) && initgroups(user, entry->pw_gid) == 0 &&
	    setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0)
		return 0;
	ebb_log(EBB_ERROR, NULL, "cannot become user %s: %s", user, entry != NULL ? strerror(errno) : "unknown user");
	return EX_NOUSER;
}

static int
start(struct master *m)
{
	int rc = take_signals(m);

	if (rc == 0)
		rc = bind_all(m);
	if (rc == 0)
		rc = become(m);
	if (rc != 0)
		return rc;
	m->board = ebb_board_create();
	if (m->board == NULL || ebb_door_open(m->door) != 0)
		return EX_OSERR;
	m->children = (struct ebb_children){
		.board = m->board,
		.live = live,
		.ctx = m,
		.stop_limit_ms = m->conf->stop_limit_ms,
	};
	m->children.generation = m->last_generation = NOBODY + 1;
	m->watchdog_ms = ebb_notify_watchdog_ms();
	set_wanted(m);
	return 0;
}

/* ---- reload ---- */

static void
refuse_reload(const struct master *m, const char *why)
{
	ebb_metrics_add(&m->board->metrics, EBB_C_RELOADS_REFUSED, 1);
	ebb_log(EBB_ERROR, NULL, "reload refused, the configuration in use stays: %s", why);
	ebb_notify("READY=1");
}

/* The present generation's and the one before's. */
static void
swap_doors(struct master *m)
{
	for (int i = 0; i < 2; i++) {
		int fd = m->door[i];
		m->door[i] = m->door_before[i];
		m->door_before[i] = fd;
	}
}

static void
begin_reload(struct master *m, int64_t now_ms)
{
	struct ebb_arena *arena = ebb_arena_new("reload", EBB_ARENA_PLAIN);
	struct ebb_conf *next = NULL;
	struct ebb_err err;
	const char *name;

	m->is_reload_wanted = false;
	ebb_notify_reloading(now_ms);
	ebb_err_init(&err, arena);
	if (ebb_conf_load(&next, m->conf->file, &err) != EBB_OK) {
		ebb_inform_faults("reload", &err);
		refuse_reload(m, "the new one has faults");
	} else if (ebb_conf_needs_restart(m->conf, next, &name)) {
		char why[120];
		snprintf(why, sizeof why, "%s can only change by a restart", name);
		refuse_reload(m, why);
		ebb_conf_free(&next);
	} else if (ebb_door_open(m->door_before) != 0) {
		refuse_reload(m, "no more descriptors can be opened");
		ebb_conf_free(&next);
	} else {
		swap_doors(m);
		m->before = m->conf;
		m->conf = next;
		m->generation_before = m->children.generation;
		m->children.generation = ++m->last_generation;
		m->children.stillborn = false;
		m->reload_since_ms = now_ms;
		m->phase = RELOADING;
		ebb_inform_level(next->log_level);
		set_wanted(m);
		ebb_log(EBB_NOTICE, NULL, "reload: a new set of processes starts beside the old one");
	}
	ebb_arena_free(&arena);
}

/* The new set proved unable to start: the old one, which never stopped serving, stays. */
static void
take_back(struct master *m)
{
	refuse_reload(m, "processes with the new one died at once");
	swap_doors(m);
	close_door(m->door_before);
	m->children.generation = m->generation_before;
	ebb_conf_free(&m->conf);
	m->conf = m->before;
	m->before = NULL;
	ebb_inform_level(m->conf->log_level);
	set_wanted(m);
	m->phase = RUNNING;
}

static void
advance_reload(struct master *m, int64_t now_ms)
{
	if (ebb_children_ready(&m->children)) {
		ebb_metrics_add(&m->board->metrics, EBB_C_RELOADS_DONE, 1);
		m->children.stop_limit_ms = m->conf->stop_limit_ms;
		ebb_conf_free(&m->before);
		close_door(m->door_before);
		m->phase = RUNNING;
		ebb_notify("READY=1");
		ebb_log(EBB_NOTICE, NULL, "reload done: the old processes finish what they have");
	} else if (m->children.stillborn || now_ms - m->reload_since_ms > RELOAD_LIMIT_MS) {
		take_back(m);
	}
}

/* ---- stop ---- */

static void
begin_stop(struct master *m)
{
	if (m->phase == STOPPING)
		return;
	ebb_log(EBB_NOTICE, NULL, "stops: requests under way are finished first");
	ebb_notify("STOPPING=1");
	m->phase = STOPPING;
	/* Nobody new can connect; who waits in the queue is still served by the draining workers. */
	unlink(path_of(m, m->conf->listen));
	unlink(path_of(m, m->conf->listen_session));
	atomic_store(&m->board->stopping, 1);
	close_door(m->door);
	close_door(m->door_before);
	memset(m->children.wanted, 0, sizeof m->children.wanted);
	m->children.generation = NOBODY;
}

static void
quit(struct master *m)
{
	begin_stop(m);
	ebb_children_signal(&m->children, SIGQUIT);
	for (int i = 0; i < QUIT_ROUNDS && ebb_children_alive(&m->children, NOBODY, false) > 0; i++) {
		poll(NULL, 0, QUICK_ROUND_MS);
		ebb_children_reap(&m->children, ebb_clock_ms());
	}
	ebb_children_signal(&m->children, SIGKILL);
}

/* ---- the loop ---- */

static void
read_signals(struct master *m)
{
	struct signalfd_siginfo info;

	while (read(m->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		switch (info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			begin_stop(m);
			break;
		case SIGQUIT:
			quit(m);
			break;
		case SIGHUP:
			m->is_reload_wanted = true;
			break;
		case SIGUSR1:
			if (ebb_log_reopen() != 0)
				ebb_log(EBB_ERROR, NULL, "the log cannot be opened anew: the old file stays in use");
			ebb_children_signal(&m->children, SIGUSR1);
			break;
		default:
			break; /* SIGCHLD: reaped in every round */
		}
	}
}

static void
say_ready(struct master *m)
{
	m->phase = RUNNING;
	ebb_log(EBB_NOTICE, NULL, "ready: %u workers, %u session workers, clock, courier, keeper",
		m->children.wanted[EBB_PROC_WORKER], m->children.wanted[EBB_PROC_SESSION]);
	ebb_notify("READY=1");
	if (m->ready_fd >= 0) {
		(void)!write(m->ready_fd, "", 1);
		close(m->ready_fd);
		m->ready_fd = -1;
	}
}

static void
round_once(struct master *m)
{
	int64_t now_ms = ebb_clock_ms();

	ebb_children_reap(&m->children, now_ms);
	ebb_children_watch(&m->children, now_ms, m->conf->hang_limit_ms);
	if (m->phase == RUNNING && m->is_reload_wanted)
		begin_reload(m, now_ms);
	ebb_children_reconcile(&m->children, now_ms);
	if (m->phase == STARTING && ebb_children_ready(&m->children))
		say_ready(m);
	if (m->phase == RELOADING)
		advance_reload(m, now_ms);
	/* During a reload both sets serve. */
	if (m->phase != RELOADING)
		ebb_children_retire(&m->children, m->children.generation, now_ms);
	if (m->watchdog_ms > 0 && now_ms - m->watchdog_last_ms >= m->watchdog_ms) {
		m->watchdog_last_ms = now_ms;
		ebb_notify("WATCHDOG=1");
	}
}

static int
pause_ms(const struct master *m)
{
	int64_t ms = m->conf->hang_limit_ms / 8;

	if (m->phase != RUNNING || !ebb_children_ready(&m->children) ||
	    ebb_children_alive(&m->children, m->children.generation, false) > 0)
		return QUICK_ROUND_MS;
	if (m->watchdog_ms > 0 && ms > m->watchdog_ms)
		ms = m->watchdog_ms;
	return ms > SLOW_ROUND_MS ? SLOW_ROUND_MS : (int)ms;
}

int
ebb_master_run(struct ebb_conf *conf_take, int ready_fd)
{
	struct master *m = &master;
	int rc;

	m->conf = conf_take;
	m->ready_fd = ready_fd;
	ebb_log_process("master");
	prctl(PR_SET_DUMPABLE, 0);
	rc = start(m);
	while (rc == 0 && (m->phase != STOPPING || ebb_children_alive(&m->children, NOBODY, false) > 0)) {
		struct pollfd want = { .fd = m->signal_fd, .events = POLLIN };
		round_once(m);
		(void)poll(&want, 1, pause_ms(m));
		read_signals(m);
	}
	if (rc == 0)
		ebb_log(EBB_NOTICE, NULL, "stopped");
	if (m->pid_fd >= 0)
		ebb_pidfile_drop(m->pid_fd, path_of(m, m->conf->pid_file));
	ebb_conf_free(&m->before);
	ebb_conf_free(&m->conf);
	return rc;
}
