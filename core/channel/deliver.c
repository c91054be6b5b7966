/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see deliver.h.
 * Memory:  the caller's arena.
 * Must not know: when a message is tried again.
 */
#include "channel/deliver.h"

#include "base/log.h"
#include "base/time.h"
#include "plugin/dispatch.h"

#include <inttypes.h>
#include <string.h>

#define EVENT_LIMIT_US 10000000

typedef enum ebb_rc take_fn(const struct ebb_message *message, struct ebb_arena *arena, struct ebb_err *err);

static enum ebb_rc
to_plugins(const struct ebb_message *message, struct ebb_arena *arena, struct ebb_err *err)
{
	if (!ebb_dispatch_wants(EBB_HOOK_EVENT, EBB_DISPATCH_EVENTS))
		return EBB_OK;
	struct ebb_hook_call call = {
		.hook = EBB_HOOK_EVENT,
		.operation = EBB_DISPATCH_EVENTS,
		.name = message->topic,
		.args = message->payload,
		.outbox_id = message->outbox_id,
		.ticket_id = message->ticket_id,
		.deadline_us = ebb_mono_us() + EVENT_LIMIT_US,
		.arena = arena,
		.err = err,
	};
	return ebb_dispatch_call(&call);
}

static enum ebb_rc
to_log(const struct ebb_message *message, struct ebb_arena *arena, struct ebb_err *err)
{
	(void)arena;
	(void)err;
	ebb_log(EBB_DEBUG, NULL, "outbox %" PRId64 ": %s, ticket %" PRId64 ", %s", message->outbox_id, message->topic,
		message->ticket_id, message->payload);
	return EBB_OK;
}

static const struct channel {
	const char *topic; /* the beginning of the topics it wants */
	take_fn *take;
} channels[] = {
	{ "", to_plugins },
	{ "", to_log },
};

enum ebb_rc
ebb_channel_deliver(const struct ebb_message *message, struct ebb_arena *arena, struct ebb_err *err)
{
	for (size_t i = 0; i < EBB_COUNT(channels); i++)
		if (strncmp(message->topic, channels[i].topic, strlen(channels[i].topic)) == 0)
			EBB_TRY(channels[i].take(message, arena, err));
	return EBB_OK;
}
