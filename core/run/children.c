/* SPDX-License-Identifier: Apache-2.0
 * See children.h. Owner of the memory: the master.
 */
#include "run/children.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EARLY_DEATH_MS 1000
#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 5000
#define TELL_AGAIN_MS 500 /* a signal may fall into the moment before a process waits for it */
#define LAST_WORDS_MS 500
#define TICK_HANG_MS 60000 /* clock and courier do whole batches; the database ends a statement long before */

static const enum ebb_counter died_counter[EBB_PROC_KINDS] = {
	EBB_C_DIED_WORKER,
	EBB_C_DIED_SESSION,
	EBB_C_DIED_CLOCK,
	EBB_C_DIED_COURIER,
	EBB_C_DIED_KEEPER,
};

static struct ebb_child *
free_place(struct ebb_children *c)
{
	for (int i = 0; i < EBB_SLOTS; i++)
		if (c->child[i].pid == 0)
			return &c->child[i];
	return NULL;
}

static bool
spawn(struct ebb_children *c, enum ebb_proc kind, int64_t now_ms)
{
	struct ebb_child *child = free_place(c);
	struct ebb_slot *slot = child ? ebb_slot_claim(c->board, kind) : NULL;
	if (slot == NULL)
		return false;
	pid_t master = getpid();
	pid_t pid = fork();
	if (pid < 0) {
		ebb_log(EBB_ERROR, NULL, "fork of a %s: %s", ebb_proc_name(kind), strerror(errno));
		ebb_slot_free(slot);
		return false;
	}
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != master)
			_exit(0);
		atomic_store(&slot->pid, getpid());
		exit(c->live(c->ctx, kind, slot)); /* not _exit: what checks for leaks does so at exit */
	}
	*child = (struct ebb_child){
		.pid = pid, .kind = kind, .generation = c->generation, .born_ms = now_ms, .slot = slot
	};
	return true;
}

static unsigned
alive_of_kind(const struct ebb_children *c, enum ebb_proc kind)
{
	unsigned n = 0;
	for (int i = 0; i < EBB_SLOTS; i++) {
		const struct ebb_child *child = &c->child[i];
		n += child->pid != 0 && child->kind == kind && child->generation == c->generation &&
		     child->retired_ms == 0;
	}
	return n;
}

void
ebb_children_reconcile(struct ebb_children *c, int64_t now_ms)
{
	for (int k = 0; k < EBB_PROC_KINDS; k++) {
		enum ebb_proc kind = (enum ebb_proc)k;
		if (now_ms < c->not_before_ms[k])
			continue;
		for (unsigned n = alive_of_kind(c, kind); n < c->wanted[k]; n++)
			if (!spawn(c, kind, now_ms)) {
				c->not_before_ms[k] = now_ms + PAUSE_LAST_MS;
				break;
			}
	}
}

/* How a process ended, in words that stand in a log line. */
static void
describe(int status, char *text, size_t room)
{
	if (WIFSIGNALED(status))
		snprintf(text, room, "died of signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(text, room, "left with exit code %d", WEXITSTATUS(status));
}

/* The dead process's last entry on the scoreboard. */
static struct ebb_log_ctx
what_it_did(const struct ebb_child *child)
{
	struct ebb_log_ctx ctx = EBB_LOG_CTX_NONE;
	ctx.request_id = child->slot->request_id;
	ctx.route = child->slot->route;
	return ctx;
}

static void
mourn(struct ebb_children *c, struct ebb_child *child, int status, int64_t now_ms)
{
	bool was_ready = atomic_load(&child->slot->state) != EBB_SLOT_STARTING;
	bool was_busy = atomic_load(&child->slot->state) == EBB_SLOT_BUSY;
	int k = (int)child->kind;
	struct ebb_log_ctx ctx;
	char how[80];

	describe(status, how, sizeof how);
	ebb_metrics_add(&c->board->metrics, died_counter[k], 1);
	ctx = what_it_did(child);
	ebb_log(EBB_ERROR, was_busy ? &ctx : NULL, "%s %ld %s%s", ebb_proc_name(child->kind), (long)child->pid, how,
		was_busy ? ": the request it was serving got no answer" : "");
	if (child->generation != c->generation)
		return;
	if (!was_ready)
		c->stillborn = true;
	if (was_ready && now_ms - child->born_ms >= EARLY_DEATH_MS) {
		c->pause_ms[k] = 0;
		return;
	}
	c->pause_ms[k] = c->pause_ms[k] == 0 ? PAUSE_FIRST_MS : 2 * c->pause_ms[k];
	if (c->pause_ms[k] > PAUSE_LAST_MS)
		c->pause_ms[k] = PAUSE_LAST_MS;
	c->not_before_ms[k] = now_ms + c->pause_ms[k];
}

void
ebb_children_reap(struct ebb_children *c, int64_t now_ms)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < EBB_SLOTS; i++) {
			struct ebb_child *child = &c->child[i];
			if (child->pid != pid)
				continue;
			if (child->retired_ms == 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
				mourn(c, child, status, now_ms);
			ebb_slot_free(child->slot);
			child->pid = 0;
			break;
		}
	}
}

void
ebb_children_watch(struct ebb_children *c, int64_t now_ms, int64_t hang_ms)
{
	for (int i = 0; i < EBB_SLOTS; i++) {
		struct ebb_child *child = &c->child[i];
		if (child->pid == 0)
			continue;
		if (child->aborted_ms != 0) {
			if (now_ms - child->aborted_ms >= LAST_WORDS_MS)
				kill(child->pid, SIGKILL);
			continue;
		}
		bool is_web = child->kind == EBB_PROC_WORKER || child->kind == EBB_PROC_SESSION;
		int64_t busy_ms = ebb_slot_busy_ms(child->slot, now_ms);
		if (busy_ms < (is_web ? hang_ms : TICK_HANG_MS))
			continue;
		struct ebb_log_ctx ctx = what_it_did(child);
		ebb_log(EBB_ERROR, &ctx, "%s %ld hangs at one request for %" PRId64 " ms: it is killed",
			ebb_proc_name(child->kind), (long)child->pid, busy_ms);
		ebb_metrics_add(&c->board->metrics, EBB_C_HUNG, 1);
		kill(child->pid, SIGABRT);
		child->aborted_ms = now_ms;
	}
}

void
ebb_children_retire(struct ebb_children *c, unsigned keep, int64_t now_ms)
{
	for (int i = 0; i < EBB_SLOTS; i++) {
		struct ebb_child *child = &c->child[i];
		if (child->pid == 0 || child->generation == keep)
			continue;
		if (child->retired_ms == 0)
			child->retired_ms = now_ms;
		if (now_ms - child->retired_ms >= c->stop_limit_ms) {
			ebb_log(EBB_ERROR, NULL, "%s %ld did not leave: it is killed", ebb_proc_name(child->kind),
				(long)child->pid);
			kill(child->pid, SIGKILL);
		} else if (child->told_ms == 0 || now_ms - child->told_ms >= TELL_AGAIN_MS) {
			kill(child->pid, SIGTERM);
			child->told_ms = now_ms;
		}
	}
}

void
ebb_children_signal(const struct ebb_children *c, int signal)
{
	for (int i = 0; i < EBB_SLOTS; i++)
		if (c->child[i].pid != 0)
			kill(c->child[i].pid, signal);
}

unsigned
ebb_children_alive(const struct ebb_children *c, unsigned generation, bool that_one)
{
	unsigned n = 0;
	for (int i = 0; i < EBB_SLOTS; i++)
		n += c->child[i].pid != 0 && (c->child[i].generation == generation) == that_one;
	return n;
}

bool
ebb_children_ready(const struct ebb_children *c)
{
	unsigned ready[EBB_PROC_KINDS] = { 0 };
	for (int i = 0; i < EBB_SLOTS; i++) {
		const struct ebb_child *child = &c->child[i];
		if (child->pid != 0 && child->generation == c->generation &&
		    atomic_load(&child->slot->state) >= EBB_SLOT_IDLE)
			ready[child->kind]++;
	}
	for (int k = 0; k < EBB_PROC_KINDS; k++)
		if (ready[k] < c->wanted[k])
			return false;
	return true;
}
