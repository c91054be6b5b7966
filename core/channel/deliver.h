/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what becomes of one message of the outbox: plugins that want events get it, and the log notes it.
 *          Webhooks are a further row of the table in deliver.c; mail has a queue of its own (mail.h).
 * Memory:  the message is borrowed.
 * Must not know: the outbox, the database, which process calls.
 */
#ifndef EBB_CHANNEL_DELIVER_H
#define EBB_CHANNEL_DELIVER_H

#include "base/arena.h"
#include "base/err.h"

#include <stdint.h>

struct ebb_message {
	int64_t outbox_id;   /* delivered at least once: the receiver tells repeats by it */
	const char *topic;   /* "ticket.resolved" */
	int64_t ticket_id;   /* 0: none */
	const char *payload; /* JSON: ids and codes, no free text */
};

/* EBB_OK only when every channel that wants the topic took it; otherwise it is tried again as a whole. */
EBB_MUST enum ebb_rc ebb_channel_deliver(const struct ebb_message *message, struct ebb_arena *arena,
					 struct ebb_err *err);

#endif
