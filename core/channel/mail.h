/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: mail out: takes what is due from the desk's queue of mails, writes it, hands it to the mail server, and says in the
 *          queue what became of it.  A link that opens an account is made here, when its mail leaves: the database only ever
 *          gets its hash.
 * Memory:  malloc'ed; lives as long as the courier.
 * Must not know: who is told of what, and in which words (sql/code/mail); how SMTP goes (post.h).
 */
#ifndef EBB_CHANNEL_MAIL_H
#define EBB_CHANNEL_MAIL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_mail;
struct ebb_conf;
struct ebb_pg;

struct ebb_mail_opts {
	struct ebb_pg *pg; /* borrowed, as ebb_courier */
	const struct ebb_conf *conf;
	/* After each mail: taken by the mail server or not. */
	void (*counted)(void *ctx, bool is_taken);
	/* Before and after each statement; what it is for, or NULL. */
	void (*busy)(void *ctx, const char *doing);
	void (*complain)(void *ctx, const char *doing, const struct ebb_err *err);
	void *ctx;
};

/* Without smtp_url nothing is ever taken, and the mails wait in the queue. */
struct ebb_mail *ebb_mail_new(const struct ebb_mail_opts *opts);
void ebb_mail_free(struct ebb_mail **mail); /* what is under way goes out again when its lease is over */

int ebb_mail_fd(const struct ebb_mail *mail); /* to be polled for reading; -1: none */
/* Returns the monotonic instant at which to call again when the descriptor does not speak up before. */
int64_t ebb_mail_turn(struct ebb_mail *mail, int64_t now_us);
/* To be called instead of turn before leaving: nothing new is taken.  True while mails are under way. */
bool ebb_mail_finish(struct ebb_mail *mail, int64_t now_us);

#endif
