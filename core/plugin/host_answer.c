/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a call left behind as the body of a REPLY.
 * Memory:  the call's arena.
 * Must not know: sockets.
 */
#include "plugin/host.h"

#include <inttypes.h>
#include <sodium.h>

/* Beyond, only results fit in. */
#define SENTENCES_MAX (EBB_WIRE_TO_CORE_MAX - ((size_t)192 << 10))

const char *
ebb_host_result_word(int result)
{
	switch (result) {
	case EBB_PLUGIN_OK:
		return "ok";
	case EBB_PLUGIN_SKIP:
		return "skip";
	case EBB_PLUGIN_LATER:
		return "later";
	default:
		return "fail";
	}
}

static void
sentence(struct ebb_str *to, const char *text)
{
	ebb_str_json(to, text[0] != '\0' ? text : NULL);
}

void
ebb_host_add_result(int64_t event_id, int result, int64_t duration_us)
{
	struct host_call *call = &ebb_host.call;
	struct ebb_str *to = &call->results;

	if (to->length > 0)
		ebb_str_char(to, ',');
	ebb_str_printf(to, "{\"event_id\":%" PRId64 ",\"result\":\"%s\",\"sentence\":", event_id, ebb_host_result_word(result));
	sentence(to, to->length < SENTENCES_MAX ? call->sentence : "");
	ebb_str_printf(to, ",\"duration_us\":%" PRId64 ",\"actions\":[", duration_us);
	if (result == EBB_PLUGIN_OK)
		ebb_str_addn(to, call->actions.length > 0 ? call->actions.text : "", call->actions.length);
	ebb_str_add(to, "]}");
}

static void
logs(struct ebb_str *to)
{
	ebb_str_add(to, ",\"logs\":[");
	for (unsigned i = 0; i < ebb_host.log_count; i++) {
		ebb_str_printf(to, "%s{\"level\":\"%s\",\"text\":", i == 0 ? "" : ",", ebb_host.logs[i].level);
		ebb_str_json(to, ebb_host.logs[i].text);
		ebb_str_char(to, '}');
	}
	ebb_str_char(to, ']');
	ebb_host.log_count = 0;
}

static void
document(struct ebb_str *to)
{
	const struct host_call *call = &ebb_host.call;
	size_t room = sodium_base64_ENCODED_LEN(call->document_length, sodium_base64_VARIANT_ORIGINAL);

	ebb_str_add(to, ",\"document\":\"");
	if (call->document_length > 0 && ebb_str_room(to, room)) {
		sodium_bin2base64(to->text + to->length, room, call->document, call->document_length,
				  sodium_base64_VARIANT_ORIGINAL);
		to->length += room - 1;
	}
	ebb_str_char(to, '"');
}

void
ebb_host_answer(struct ebb_str *to, int result, int64_t duration_us)
{
	struct host_call *call = &ebb_host.call;
	bool is_ok = result == EBB_PLUGIN_OK;

	ebb_str_printf(to, "{\"result\":\"%s\",\"pointer\":", ebb_host_result_word(result));
	sentence(to, call->pointer);
	ebb_str_add(to, ",\"sentence\":");
	sentence(to, call->sentence);
	ebb_str_printf(to, ",\"duration_us\":%" PRId64, duration_us);
	logs(to);
	if (is_ok && call->suggestion_count > 0) {
		ebb_str_add(to, ",\"suggestions\":[");
		ebb_str_addn(to, call->suggestions.text, call->suggestions.length);
		ebb_str_char(to, ']');
	}
	if (call->results.length > 0) {
		ebb_str_add(to, ",\"results\":[");
		ebb_str_addn(to, call->results.text, call->results.length);
		ebb_str_char(to, ']');
	}
	if (is_ok && call->document_length > 0)
		document(to);
	ebb_str_char(to, '}');
}
