/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the keeper: starts, feeds, watches and ends the processes of plugins.  It hears callers through the door of its
 *          generation and goes when the last of them has closed it.  It waits for nobody: not for hosts, not for the database.
 * Memory:  see keeper.h; everything lives as long as the process.
 * Must not know: what plugins are asked or answer.
 */
#include "run/keeper.h"

#include "base/arena.h"
#include "base/time.h"
#include "conf/conf.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define SPARE 32 /* hosts that are on their way out while others take their place */
#define ROUND_MS 1000
#define OWN_FDS 3       /* signals, children, door: first in the poll set */
#define DOOR_AT_ONCE 64 /* messages in one round: hosts get their turn */
#define LEAVE_MS 700
#define STOP_MARGIN_MS 500

struct set {
	struct pollfd *fds;
	struct ebb_keeper_host **hosts; /* of fds[OWN_FDS + i] */
	unsigned count;
};

static void
set_up(struct ebb_keeper *keeper, struct ebb_process *process)
{
	struct rlimit files;

	keeper->process = process;
	keeper->log = EBB_LOG_CTX_NONE;
	keeper->scribe_fd = -1;
	ebb_process_begin(process, &keeper->log);
	if (gethostname(keeper->host_name, sizeof keeper->host_name - 1) != 0)
		keeper->host_name[0] = '\0';
	/* Two descriptors a host. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	keeper->arena = ebb_arena_new("keeper", EBB_ARENA_PLAIN);
	keeper->room = (unsigned)process->conf->plugin_hosts + SPARE;
	keeper->hosts = calloc(keeper->room, sizeof *keeper->hosts);
	EBB_ASSERT(keeper->hosts != NULL);
	ebb_keeper_scribe(keeper);
	ebb_keeper_files(keeper);
}

/* Deaths are told by a descriptor, like all else. */
static int
watch_children(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	EBB_ASSERT(fd >= 0);
	return fd;
}

static void
add(struct set *set, int fd, struct ebb_keeper_host *host)
{
	set->fds[set->count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	set->hosts[set->count] = host;
	set->count++;
}

static void
collect(struct ebb_keeper *keeper, struct set *set, int child_fd)
{
	set->count = 0;
	add(set, keeper->process->signal_fd, NULL);
	add(set, child_fd, NULL);
	add(set, keeper->process->door_fd, NULL);
	for (unsigned i = 0; i < keeper->room; i++) {
		struct ebb_keeper_host *host = &keeper->hosts[i];
		if (host->state == EBB_KEPT_FREE)
			continue;
		/* A closed socket or pipe is readable for ever; from then on only the child's signal counts. */
		if (host->state == EBB_KEPT_ALIVE)
			add(set, host->child.control_fd, host);
		if (!host->is_silent)
			add(set, host->child.stderr_fd, host);
	}
}

/* False: all callers of this generation are gone. */
static bool
answer_door(struct ebb_keeper *keeper)
{
	struct ebb_door_msg msg;
	int fd;

	for (int i = 0; i < DOOR_AT_ONCE; i++) {
		switch (ebb_door_receive(keeper->process->door_fd, &msg, &fd)) {
		case EBB_DOOR_EMPTY:
			return true;
		case EBB_DOOR_CLOSED:
			return false;
		case EBB_DOOR_MSG:
			break;
		}
		if (msg.kind == EBB_DOOR_DIAL && fd >= 0)
			ebb_keeper_dial(keeper, &msg, fd);
		else if (fd >= 0)
			close(fd);
		else if (msg.kind != EBB_DOOR_DIAL)
			ebb_keeper_complaint(keeper, &msg);
	}
	return true;
}

static void
drain(int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
		continue;
}

static void
hear_hosts(const struct set *set)
{
	for (unsigned i = OWN_FDS; i < set->count; i++) {
		struct ebb_keeper_host *host = set->hosts[i];
		if (set->fds[i].revents == 0)
			continue;
		if (set->fds[i].fd == host->child.control_fd)
			ebb_keeper_hear(host);
		else
			ebb_keeper_read_words(host);
	}
}

/* Hosts get a moment to stop in order; what stays dies with us anyway. */
static void
leave(struct ebb_keeper *keeper, int child_fd)
{
	int64_t until_us = ebb_mono_us() + LEAVE_MS * 1000;
	struct pollfd want = { .fd = child_fd, .events = POLLIN };

	ebb_keeper_dismiss_all(keeper);
	while (keeper->alive > 0 && ebb_mono_us() < until_us) {
		(void)poll(&want, 1, LEAVE_MS / 10);
		drain(child_fd);
		ebb_keeper_reap(keeper);
	}
	for (unsigned i = 0; i < keeper->room; i++)
		if (keeper->hosts[i].state != EBB_KEPT_FREE)
			kill(keeper->hosts[i].child.pid, SIGKILL);
	for (unsigned i = 0; i < keeper->room; i++)
		if (keeper->hosts[i].state != EBB_KEPT_FREE) {
			(void)waitpid(keeper->hosts[i].child.pid, NULL, 0);
			free(keeper->hosts[i].words);
			if (keeper->hosts[i].key.plugin->metrics != NULL)
				atomic_fetch_sub(
				    &keeper->hosts[i].key.plugin->metrics->hosts[keeper->process->generation & 1], 1);
		}
	if (keeper->scribe_fd >= 0)
		close(keeper->scribe_fd);
}

static void
serve(struct ebb_keeper *keeper, struct set *set, int child_fd)
{
	int64_t leave_by_us = 0;
	bool is_open = true;

	while (is_open && (leave_by_us == 0 || ebb_mono_us() < leave_by_us)) {
		collect(keeper, set, child_fd);
		(void)poll(set->fds, set->count, keeper->alive > 0 || leave_by_us != 0 ? ROUND_MS : -1);
		if (set->fds[0].revents != 0)
			ebb_process_signals(keeper->process);
		if (keeper->process->is_leaving && leave_by_us == 0)
			leave_by_us =
			    ebb_mono_us() + (keeper->process->conf->stop_limit_ms - STOP_MARGIN_MS) * (int64_t)1000;
		/* What hosts said before the dead are buried: last words count. */
		hear_hosts(set);
		if (set->fds[2].revents != 0)
			is_open = answer_door(keeper);
		if (set->fds[1].revents != 0) {
			drain(child_fd);
			ebb_keeper_reap(keeper);
		}
		ebb_keeper_watch(keeper, ebb_mono_us());
	}
}

int
ebb_keeper_live(struct ebb_process *process)
{
	static struct ebb_keeper keeper;
	struct set set = { 0 };
	int child_fd;

	set_up(&keeper, process);
	child_fd = watch_children();
	set.fds = calloc(OWN_FDS + 2 * keeper.room, sizeof *set.fds);
	set.hosts = calloc(OWN_FDS + 2 * keeper.room, sizeof(struct ebb_keeper_host *));
	EBB_ASSERT(set.fds != NULL && set.hosts != NULL);
	ebb_slot_idle(process->slot);
	serve(&keeper, &set, child_fd);
	leave(&keeper, child_fd);
	free(set.fds);
	free(set.hosts);
	free(keeper.hosts);
	ebb_arena_free(&keeper.arena);
	return 0;
}
