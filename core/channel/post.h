/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: hands mails to a mail server over SMTP, a few at a time, without ever making its process wait: sockets are watched
 *          through one descriptor.  TLS is demanded and its certificate checked, unless the configuration says plain.
 * Memory:  malloc'ed; a mail under way has a copy of its text, which is wiped at its end.
 * Must not know: whose mails these are, when one is tried again, the database.
 */
#ifndef EBB_CHANNEL_POST_H
#define EBB_CHANNEL_POST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ebb_post;
struct ebb_conf;

struct ebb_post_letter {
	int64_t id;
	const char *from, *to; /* bare addresses */
	const char *text;      /* as ebb_mail_write() made it */
	size_t length;
};

struct ebb_post_result {
	int64_t id;
	bool is_taken;        /* the server has said that it has it */
	bool is_final;        /* the server will not take it tomorrow either: no such mailbox, and the like */
	const char *sentence; /* why not; NULL when taken */
};

typedef void ebb_post_done(void *ctx, const struct ebb_post_result *result);

/* Reads smtp_*; EBB_E_CONFIG with a sentence when the pass-word file cannot be read or others may read it, too. */
EBB_MUST enum ebb_rc ebb_post_new(struct ebb_post **post_r, const struct ebb_conf *conf, ebb_post_done *done, void *ctx,
				  struct ebb_err *err);
void ebb_post_free(struct ebb_post **post); /* what is under way is dropped without a word */

/* Begins one delivery. */
void ebb_post_send(struct ebb_post *post, const struct ebb_post_letter *letter);
unsigned ebb_post_count(const struct ebb_post *post); /* under way */
/* Readable when something is to be done: call ebb_post_turn() then, and when the instant it returned has come (monotonic;
 * INT64_MAX: never).  done() is called from there only. */
int ebb_post_fd(const struct ebb_post *post);
int64_t ebb_post_turn(struct ebb_post *post, int64_t now_us);

#endif
