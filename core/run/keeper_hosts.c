/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the table of hosts: starts one for a key that is dialled, hands lines over, ends those that hang, talk nonsense
 *          or answer nobody, and has the oldest leave when there are too many.
 * Memory:  hosts in one array made at the start; a host's last words are malloc'ed when it says the first of them.
 * Must not know: how hosts ended (keeper_bury.c), the database.
 */
#include "run/keeper.h"

#include "base/err.h"
#include "base/time.h"
#include "conf/conf.h"
#include "plugin/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUTE_US ((int64_t)11000000)     /* longer than the longest call plus its end */
#define ASK_EACH_US ((int64_t)30000000) /* a host whose caller died is found by nobody else */

bool
ebb_keeper_is_key(const struct ebb_keeper_key *a, const struct ebb_keeper_key *b)
{
	return a->plugin == b->plugin && a->department_id == b->department_id && a->lane == b->lane &&
	       a->index == b->index;
}

static struct ebb_keeper_host *
find_alive(struct ebb_keeper *keeper, const struct ebb_keeper_key *key)
{
	for (unsigned i = 0; i < keeper->room; i++)
		if (keeper->hosts[i].state == EBB_KEPT_ALIVE && ebb_keeper_is_key(&keeper->hosts[i].key, key))
			return &keeper->hosts[i];
	return NULL;
}

/* The host a line was given to: the youngest that was there when it was dialled.  One that is on its way out may still have
 * a place beside the one that follows it. */
static struct ebb_keeper_host *
find_dialled(struct ebb_keeper *keeper, const struct ebb_keeper_key *key, int64_t dialled_us)
{
	struct ebb_keeper_host *found = NULL;

	for (unsigned i = 0; i < keeper->room; i++) {
		struct ebb_keeper_host *host = &keeper->hosts[i];
		if (host->state != EBB_KEPT_FREE && ebb_keeper_is_key(&host->key, key) &&
		    host->first_dial_us <= dialled_us && (found == NULL || host->first_dial_us > found->first_dial_us))
			found = host;
	}
	return found;
}

/* Makes room when the limit is reached: who was dialled longest ago finishes what it has and goes. */
static void
dismiss_one(struct ebb_keeper *keeper)
{
	struct ebb_keeper_host *oldest = NULL;
	int count = 0;

	for (unsigned i = 0; i < keeper->room; i++) {
		struct ebb_keeper_host *host = &keeper->hosts[i];
		if (host->state != EBB_KEPT_ALIVE)
			continue;
		count++;
		if (oldest == NULL || host->last_dial_us < oldest->last_dial_us)
			oldest = host;
	}
	if (count < keeper->process->conf->plugin_hosts || oldest == NULL)
		return;
	oldest->state = EBB_KEPT_LEAVING;
	oldest->pinged_us = ebb_mono_us();
	if (!ebb_control_send(oldest->child.control_fd, EBB_CONTROL_LEAVE, -1))
		kill(oldest->child.pid, SIGTERM);
}

static struct ebb_keeper_host *
free_place(struct ebb_keeper *keeper)
{
	for (unsigned i = 0; i < keeper->room; i++)
		if (keeper->hosts[i].state == EBB_KEPT_FREE)
			return &keeper->hosts[i];
	return NULL;
}

static struct ebb_keeper_host *
start_host(struct ebb_keeper *keeper, const struct ebb_keeper_key *key, int64_t dialled_us)
{
	const struct ebb_conf *conf = keeper->process->conf;
	const struct ebb_host_opts opts = {
		.name = key->plugin->name,
		.plugin_fd = key->plugin->fd,
		.department_id = key->department_id,
		.lane = key->lane,
		.index = key->index,
		.memory_mib = key->plugin->memory_mib,
		.idle_ms = conf->plugin_idle_s * 1000,
		.has_network = key->plugin->has_network,
	};
	struct ebb_arena *arena = ebb_arena_new("start", EBB_ARENA_PLAIN);
	struct ebb_keeper_host *host;
	struct ebb_host_child child;
	struct ebb_err err;

	dismiss_one(keeper);
	host = free_place(keeper);
	ebb_err_init(&err, arena);
	if (host == NULL) {
		ebb_log(EBB_WARNING, &keeper->log, "plugin %s waits: %d processes of plugins run already",
			key->plugin->name, conf->plugin_hosts);
	} else if (ebb_host_spawn(&opts, &child, &err) != EBB_OK) {
		ebb_log(EBB_ERROR, &keeper->log, "%s", err.sentence);
		host = NULL;
	} else {
		*host = (struct ebb_keeper_host){ .state = EBB_KEPT_ALIVE,
						  .key = *key,
						  .child = child,
						  .first_dial_us = dialled_us,
						  .answered_us = ebb_mono_us() };
		keeper->alive++;
		if (key->plugin->metrics != NULL)
			atomic_fetch_add(&key->plugin->metrics->hosts[keeper->process->generation & 1], 1);
	}
	ebb_arena_free(&arena);
	return host;
}

/* The plugin, when it may be called at all. */
static struct ebb_keeper_plugin *
usable(struct ebb_keeper *keeper, const struct ebb_door_msg *msg, struct ebb_keeper_key *key)
{
	struct ebb_keeper_plugin *plugin = ebb_keeper_plugin(keeper, msg->plugin);

	if (plugin == NULL) {
		if (strcmp(keeper->unknown, msg->plugin) != 0)
			ebb_log(
			    EBB_ERROR, &keeper->log,
			    "plugin %s is wanted and not installed on this host: ebbctl plugin install, then a reload",
			    msg->plugin);
		snprintf(keeper->unknown, sizeof keeper->unknown, "%s", msg->plugin);
		return NULL;
	}
	*key = (struct ebb_keeper_key){ plugin, msg->department_id, (enum ebb_lane)msg->lane, msg->index };
	if (plugin->fd < 0) {
		if (!plugin->is_refusal_told)
			ebb_keeper_incident(keeper, key, "start", plugin->refusal, NULL, msg->request_id);
		plugin->is_refusal_told = true;
		return NULL;
	}
	return msg->index < plugin->processes ? plugin : NULL;
}

/* A caller whose end is closed here sees at once that nobody comes. */
void
ebb_keeper_dial(struct ebb_keeper *keeper, const struct ebb_door_msg *msg, int fd)
{
	struct ebb_keeper_host *host = NULL;
	struct ebb_keeper_key key;
	const struct ebb_keeper_grave *grave;

	if (usable(keeper, msg, &key) != NULL) {
		host = find_alive(keeper, &key);
		grave = host == NULL ? ebb_keeper_grave(keeper, &key) : NULL;
		if (host == NULL && (grave == NULL || ebb_mono_us() >= grave->not_before_us))
			host = start_host(keeper, &key, msg->dialled_us);
	}
	if (host != NULL) {
		if (msg->dialled_us < host->first_dial_us)
			host->first_dial_us = msg->dialled_us;
		host->last_dial_us = msg->dialled_us;
		if (!ebb_control_send(host->child.control_fd, EBB_CONTROL_TAKE, fd) && errno != EAGAIN)
			ebb_log(EBB_DEBUG, &keeper->log, "plugin %s: its process is on its way out", msg->plugin);
	}
	close(fd);
}

void
ebb_keeper_kill(struct ebb_keeper_host *host, const char *kind, const char *sentence)
{
	if (host->state == EBB_KEPT_DOOMED)
		return;
	host->state = EBB_KEPT_DOOMED;
	host->doom = kind;
	snprintf(host->sentence, sizeof host->sentence, "%s", sentence);
	kill(host->child.pid, SIGKILL);
}

static void
ping(struct ebb_keeper_host *host, int64_t now_us)
{
	if (host->pinged_us != 0 || host->state != EBB_KEPT_ALIVE)
		return;
	/* One whose socket is full reads nothing, and counts as asked. */
	(void)!ebb_control_send(host->child.control_fd, EBB_CONTROL_PING, -1);
	host->pinged_us = now_us;
}

/* Somebody saw the end of a line in the middle of a call, and the host may be dead already. */
static void
note_end_in_call(struct ebb_keeper *keeper, struct ebb_keeper_host *host, const struct ebb_keeper_key *key,
		 const struct ebb_door_msg *msg)
{
	struct ebb_keeper_grave *grave = ebb_keeper_grave(keeper, key);

	if (host != NULL) {
		host->has_left_in_call = true;
	} else if (grave != NULL && grave->was_quiet && msg->dialled_us >= grave->first_dial_us) {
		grave->was_quiet = false;
		ebb_keeper_incident(keeper, key, "crash", "left in the middle of a call", NULL, msg->request_id);
	}
}

void
ebb_keeper_complaint(struct ebb_keeper *keeper, const struct ebb_door_msg *msg)
{
	struct ebb_keeper_plugin *plugin = ebb_keeper_plugin(keeper, msg->plugin);
	const struct ebb_keeper_key key = { plugin, msg->department_id, (enum ebb_lane)msg->lane, msg->index };
	struct ebb_keeper_host *host = plugin != NULL ? find_dialled(keeper, &key, msg->dialled_us) : NULL;

	if (msg->kind == EBB_DOOR_GONE && plugin != NULL)
		note_end_in_call(keeper, host, &key, msg);
	if (host == NULL)
		return;
	snprintf(host->request_id, sizeof host->request_id, "%s", msg->request_id);
	switch (msg->kind) {
	case EBB_DOOR_OVERDUE:
		ebb_keeper_kill(host, "hang", "was at work when its time was over");
		break;
	case EBB_DOOR_NONSENSE:
		ebb_keeper_kill(host, "nonsense", msg->sentence);
		break;
	case EBB_DOOR_BUSY:
		ping(host, ebb_mono_us());
		break;
	default:
		break;
	}
}

void
ebb_keeper_read_words(struct ebb_keeper_host *host)
{
	char rest[4096];
	ssize_t n;

	do {
		bool is_full = host->word_count >= EBB_KEEPER_WORDS;
		if (!is_full && host->words == NULL) {
			host->words = malloc(EBB_KEEPER_WORDS + 1);
			EBB_ASSERT(host->words != NULL);
		}
		n = is_full ? read(host->child.stderr_fd, rest, sizeof rest)
			    : read(host->child.stderr_fd, host->words + host->word_count,
				   EBB_KEEPER_WORDS - host->word_count);
		if (n > 0 && !is_full)
			host->word_count += (size_t)n;
		/* One that writes without end does not keep us here: a full step, then somebody else's turn. */
		if (is_full && n > 0)
			return;
		host->is_silent = n == 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
}

void
ebb_keeper_hear(struct ebb_keeper_host *host)
{
	for (int messages = 0; messages < 16; messages++) {
		switch (ebb_control_receive(host->child.control_fd, NULL)) {
		case EBB_CONTROL_PONG:
			host->pinged_us = 0;
			host->answered_us = ebb_mono_us();
			break;
		case EBB_CONTROL_NONE:
			return;
		case EBB_CONTROL_END:
			/* It ends, or its plugin closed the keeper's socket: watch() tells which. */
			if (host->state == EBB_KEPT_ALIVE) {
				host->state = EBB_KEPT_LEAVING;
				host->pinged_us = ebb_mono_us();
			}
			return;
		default:
			ebb_keeper_kill(host, "nonsense", "spoke to the keeper what is no message");
			return;
		}
	}
}

void
ebb_keeper_watch(struct ebb_keeper *keeper, int64_t now_us)
{
	for (unsigned i = 0; i < keeper->room; i++) {
		struct ebb_keeper_host *host = &keeper->hosts[i];
		if (host->state == EBB_KEPT_ALIVE && now_us - host->answered_us > ASK_EACH_US)
			ping(host, now_us);
		if ((host->state == EBB_KEPT_ALIVE || host->state == EBB_KEPT_LEAVING) && host->pinged_us != 0 &&
		    now_us - host->pinged_us > MUTE_US)
			ebb_keeper_kill(host, "hang", "did not answer the keeper for 11 seconds");
	}
}

void
ebb_keeper_dismiss_all(struct ebb_keeper *keeper)
{
	for (unsigned i = 0; i < keeper->room; i++) {
		struct ebb_keeper_host *host = &keeper->hosts[i];
		if (host->state != EBB_KEPT_ALIVE)
			continue;
		host->state = EBB_KEPT_LEAVING;
		(void)!ebb_control_send(host->child.control_fd, EBB_CONTROL_LEAVE, -1);
	}
}
