/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: automation: brings events to the plugins that want them and their answers to the database, all plugins and
 *          departments at once, each in a lane of its own, so that who is slow is slow alone.  Scheduled reports go the same way.
 * Memory:  malloc'ed with all its lanes; lives as long as the courier.
 * Must not know: what an action means or who may do it (the database carries out or refuses), processes, signals.
 */
#ifndef EBB_CHANNEL_AUTOMATE_H
#define EBB_CHANNEL_AUTOMATE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_automate;
struct ebb_pg;
struct pollfd;

struct ebb_automate_opts {
	struct ebb_pg *pg; /* borrowed, as ebb_courier */
	/* A second connection, with a short time limit: gathering events runs statements of plugins. */
	struct ebb_pg *take_pg;
	int door_fd;       /* to the keeper */
	int act_ms;        /* what a plugin may take for one event */
	const char *secret_key_file;
	/* What the database did of what was asked for. */
	void (*acted)(void *ctx, uint64_t applied, uint64_t refused);
	/* Before and after each statement; what it is for, or NULL. */
	void (*busy)(void *ctx, const char *doing);
	void (*complain)(void *ctx, const char *doing, const struct ebb_err *err);
	void *ctx;
};

/* Registers itself for events (plugin/dispatch.h): messages of the outbox that are delivered are noted for the offer. */
struct ebb_automate *ebb_automate_new(const struct ebb_automate_opts *opts);
void ebb_automate_free(struct ebb_automate **automate);

/* Somebody enabled, disabled, configured, quarantined or installed something. */
void ebb_automate_forget(struct ebb_automate *automate);
/* Whether any department uses a plugin that automates or makes reports: only then time runs here. */
bool ebb_automate_is_wanted(struct ebb_automate *automate);
/* Offers the messages noted since the last offer to the plugins that want them, before they are marked done; a message that
 * is offered twice is delivered once. */
EBB_MUST enum ebb_rc ebb_automate_offer(struct ebb_automate *automate, struct ebb_err *err);

/* Takes what came in, hands in what is done, takes new work for lanes that have none.  Returns the monotonic instant at
 * which to call again when no descriptor speaks up before; 0: at once. */
int64_t ebb_automate_turn(struct ebb_automate *automate, int64_t now_us);
/* Descriptors to poll, behind `before` places that are the caller's; valid until the next call. */
struct pollfd *ebb_automate_poll(struct ebb_automate *automate, unsigned before, unsigned *count_r);
/* To be called instead of turn before leaving: nothing new is taken.  True while lanes are still at work. */
bool ebb_automate_finish(struct ebb_automate *automate, int64_t now_us);
/* Hands back what is still under way, so that the next courier need not wait until its lease is over. */
void ebb_automate_abandon(struct ebb_automate *automate);

#endif
