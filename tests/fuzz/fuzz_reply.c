/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a host answers is data within the contract's limits or nonsense with a reason, and what is taken from it
 *          is JSON again that says the same.
 * Input:   a byte that picks the kind of call, then the body.
 * Memory:  one arena, reset each time.
 * Must not know: sockets.
 */
#include "plugin/reply.h"

#include <jansson.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_json(void (*write)(struct ebb_str *, const struct ebb_reply *), const struct ebb_reply *reply, size_t count,
	   struct ebb_arena *arena)
{
	struct ebb_str text;
	json_t *json;

	ebb_str_init(&text, arena, 0);
	write(&text, reply);
	EBB_ASSERT(ebb_str_done(&text) != NULL);
	json = json_loadb(text.text, text.length, JSON_REJECT_DUPLICATES, NULL);
	EBB_ASSERT(json_is_array(json) && json_array_size(json) == count);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t event_ids[] = { 11, 12 };
	static struct ebb_arena *arena;
	struct ebb_reply_want want = { .event_ids = event_ids };
	struct ebb_reply *reply;
	const char *why = NULL;
	char *body;

	if (arena == NULL)
		arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	if (size < 1)
		return 0;
	want.kind = (enum ebb_call_kind)(data[0] % 4);
	want.event_count = data[0] / 4 % 3;
	body = ebb_arena_dup(arena, (const char *)data + 1, size - 1);
	reply = ebb_reply_read(body, size - 1, &want, arena, &why);
	EBB_ASSERT((reply == NULL) == (why != NULL));
	if (reply == NULL)
		return 0;
	EBB_ASSERT(reply->suggestion_count <= EBB_REPLY_SUGGESTIONS && reply->log_count <= EBB_REPLY_LOGS &&
		   reply->document_length <= EBB_REPLY_DOCUMENT_MAX);
	for (size_t i = 0; i < reply->result_count; i++)
		EBB_ASSERT(reply->results[i].event_id == event_ids[i]);
	check_json(ebb_reply_suggestions_json, reply, reply->suggestion_count, arena);
	check_json(ebb_reply_results_json, reply, reply->result_count, arena);
	return 0;
}
