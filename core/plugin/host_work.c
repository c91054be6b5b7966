/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a caller's frames, one by one: a newer configuration restarts the plugin, a call runs one callback and is
 *          answered.
 * Memory:  per call, given back after it; the configuration lives until a newer one comes.
 * Must not know: who the caller is.
 */
#include "plugin/host.h"

#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
call_begin(struct host_call *call, const struct ebb_wire_frame *frame)
{
	struct ebb_arena *arena = call->arena;

	*call = (struct host_call){ .arena = arena };
	ebb_str_init(&call->suggestions, arena, 0);
	ebb_str_init(&call->actions, arena, 0);
	ebb_str_init(&call->results, arena, 0);
	call->body = json_loadb(frame->body, frame->length, JSON_REJECT_DUPLICATES, NULL);
	call->rows_json = json_object_get(call->body, "rows");
	call->config = json_object_get(call->body, "config");
	call->now = ebb_host_int(call->body, "now");
}

static void
call_end(struct host_call *call)
{
	ebb_host_free_blocks(&call->blocks);
	json_decref(call->body);
	free(call->document);
	call->body = NULL;
	call->document = NULL;
	ebb_arena_reset(call->arena);
}

/* A number that is none of ours is a fault of the plugin, and said so. */
static int
judge(int result, bool may_be_later)
{
	struct host_call *call = &ebb_host.call;

	if (result == EBB_PLUGIN_OK || result == EBB_PLUGIN_SKIP || (result == EBB_PLUGIN_LATER && may_be_later))
		return result;
	if (result != EBB_PLUGIN_FAIL)
		snprintf(call->sentence, sizeof call->sentence, "%s() returned %d, which is no result that it may return",
			 ebb_host_callback_name(ebb_host.callback), result);
	else if (call->sentence[0] == '\0')
		snprintf(call->sentence, sizeof call->sentence, "%s() failed and did not say why",
			 ebb_host_callback_name(ebb_host.callback));
	return EBB_PLUGIN_FAIL;
}

void
ebb_host_stop(void)
{
	if (ebb_host.is_started && ebb_host.plugin.stop != NULL) {
		ebb_host_enter(HOST_STOP);
		unsigned serial = ebb_host.serial;

		ebb_host.plugin.stop(&ebb_host.services, ebb_host.state);
		ebb_host_leave(serial);
	}
	ebb_host.is_started = false;
	ebb_host.state = NULL;
	ebb_host_free_blocks(&ebb_host.state_blocks);
}

static void
start(void)
{
	struct host_call *call = &ebb_host.call;
	int result = EBB_PLUGIN_OK;

	ebb_host.is_start_failed = false;
	call->sentence[0] = '\0';
	if (ebb_host.plugin.start != NULL) {
		json_t *config = call->config;

		call->config = NULL;
		ebb_host_enter(HOST_START);
		unsigned serial = ebb_host.serial;

		result = ebb_host.plugin.start(&ebb_host.services, &ebb_host.state);
		result = judge(result == EBB_PLUGIN_SKIP ? EBB_PLUGIN_FAIL : result, false);
		ebb_host_leave(serial);
		call->config = config;
	}
	ebb_host.is_started = result == EBB_PLUGIN_OK;
	if (ebb_host.is_started)
		return;
	ebb_host.is_start_failed = true;
	snprintf(ebb_host.start_fault, sizeof ebb_host.start_fault, "%s", call->sentence);
	ebb_host.state = NULL;
	ebb_host_free_blocks(&ebb_host.state_blocks);
}

static bool
take_config(const struct ebb_wire_frame *frame)
{
	json_t *body = json_loadb(frame->body, frame->length, JSON_REJECT_DUPLICATES, NULL);
	json_t *config = json_object_get(body, "config");
	int version = (int)ebb_host_int(body, "config_version");

	if (!json_is_object(config)) {
		json_decref(body);
		return false;
	}
	if (version > ebb_host.config_version) {
		/* The old values stay valid until stop() has returned. */
		ebb_host_stop();
		json_decref(ebb_host.config);
		ebb_host.config = json_incref(config);
		ebb_host.config_version = version;
		ebb_host.is_start_failed = false;
	}
	json_decref(body);
	return true;
}

static int
run_check(void)
{
	int result = EBB_PLUGIN_OK;

	if (ebb_host.plugin.check != NULL) {
		ebb_host_enter(HOST_CHECK);
		unsigned serial = ebb_host.serial;

		result = judge(ebb_host.plugin.check(&ebb_host.services), false);
		ebb_host_leave(serial);
	}
	return result;
}

static int
run_categorise(void)
{
	struct ebb_plugin_ticket ticket;
	int result;

	ebb_host_ticket(&ebb_host.call, json_object_get(ebb_host.call.body, "ticket"), &ticket);
	ebb_host_enter(HOST_CATEGORISE);
	unsigned serial = ebb_host.serial;

	result = judge(ebb_host.plugin.categorise(&ebb_host.services, ebb_host.state, &ticket), false);
	ebb_host_leave(serial);
	return result;
}

static int
run_report(void)
{
	struct ebb_plugin_request request;
	int result;

	ebb_host_request(&ebb_host.call, ebb_host.call.body, &request);
	ebb_host_enter(HOST_REPORT);
	unsigned serial = ebb_host.serial;

	result = judge(ebb_host.plugin.report(&ebb_host.services, ebb_host.state, &request), false);
	ebb_host_leave(serial);
	return result;
}

/* One event; what the one before handed over is in the results already. */
static int
run_event(json_t *from)
{
	struct host_call *call = &ebb_host.call;
	struct ebb_plugin_event event;
	int result;

	call->sentence[0] = call->pointer[0] = '\0';
	call->actions.length = call->action_count = 0;
	call->rows = NULL;
	call->rows_json = json_object_get(from, "rows");
	ebb_host_event(call, from, &event);
	ebb_host_enter(HOST_AUTOMATE);
	unsigned serial = ebb_host.serial;

	result = judge(ebb_host.plugin.automate(&ebb_host.services, ebb_host.state, &event), true);
	ebb_host_leave(serial);
	ebb_host_free_blocks(&call->blocks);
	return result;
}

/* An event whose elder of the same ticket is put off waits for it: order is kept. */
static bool
is_behind(json_t *events, size_t index, const bool *is_later)
{
	int64_t ticket_id = ebb_host_int(json_array_get(events, index), "ticket_id");

	for (size_t i = 0; ticket_id != 0 && i < index; i++)
		if (is_later[i] && ebb_host_int(json_array_get(events, i), "ticket_id") == ticket_id)
			return true;
	return false;
}

static bool
begun(struct host_line *line, uint32_t call_no, int64_t event_id)
{
	char body[64] = "{}";
	int n = 2;

	if (event_id != 0)
		n = snprintf(body, sizeof body, "{\"event_id\":%" PRId64 "}", event_id);
	return ebb_wire_send(&line->wire, EBB_WIRE_BEGUN, call_no, body, (size_t)n) != EBB_WIRE_END;
}

static int
refuse(const char *sentence)
{
	snprintf(ebb_host.call.sentence, sizeof ebb_host.call.sentence, "%s", sentence);
	return EBB_PLUGIN_FAIL;
}

static bool
run_automate(struct host_line *line, uint32_t call_no, int *result_r)
{
	struct host_call *call = &ebb_host.call;
	json_t *events = json_object_get(call->body, "events"), *event;
	bool *is_later = ebb_arena_zalloc(call->arena, json_array_size(events) + 1);
	size_t i;

	if (json_array_size(events) > EBB_CALL_EVENTS) {
		*result_r = refuse("the call has too many events");
		return true;
	}
	json_array_foreach(events, i, event) {
		int64_t event_id = ebb_host_int(event, "event_id"), at = ebb_mono_us();
		int result = EBB_PLUGIN_LATER;

		if (is_behind(events, i, is_later))
			snprintf(call->sentence, sizeof call->sentence, "an earlier event of the same ticket comes first");
		else if (!begun(line, call_no, event_id))
			return false;
		else
			result = run_event(event);
		is_later[i] = result == EBB_PLUGIN_LATER;
		if (is_later[i])
			call->actions.length = 0;
		ebb_host_add_result(event_id, result, ebb_mono_us() - at);
		call->sentence[0] = call->pointer[0] = '\0';
	}
	*result_r = EBB_PLUGIN_OK;
	return true;
}

/* False: the caller is gone. */
static bool
run(struct host_line *line, uint32_t call_no, int *result_r)
{
	const char *kind = json_string_value(json_object_get(ebb_host.call.body, "kind"));
	const struct ebb_plugin *plugin = &ebb_host.plugin;

	*result_r = EBB_PLUGIN_OK;
	if (kind == NULL) {
		*result_r = refuse("the call cannot be understood");
		return true;
	}
	if (strcmp(kind, "check") == 0) {
		if (!begun(line, call_no, 0))
			return false;
		*result_r = run_check();
		return true;
	}
	if (!ebb_host.is_started && !ebb_host.is_start_failed)
		start();
	if (ebb_host.is_start_failed) {
		*result_r = refuse(ebb_host.start_fault);
		return true;
	}
	ebb_host.call.sentence[0] = ebb_host.call.pointer[0] = '\0';
	/* A trial: does it start? */
	if (strcmp(kind, "start") == 0)
		return true;
	if (strcmp(kind, "automate") == 0 && plugin->automate != NULL)
		return run_automate(line, call_no, result_r);
	if ((strcmp(kind, "categorise") != 0 || plugin->categorise == NULL) &&
	    (strcmp(kind, "report") != 0 || plugin->report == NULL)) {
		*result_r = refuse("the plugin does not serve this kind of call");
		return true;
	}
	if (!begun(line, call_no, 0))
		return false;
	*result_r = kind[0] == 'c' ? run_categorise() : run_report();
	return true;
}

static bool
take_call(struct host_line *line, const struct ebb_wire_frame *frame)
{
	struct host_call *call = &ebb_host.call;
	int64_t at = ebb_mono_us();
	uint32_t call_no = frame->call_no;
	struct ebb_str reply;
	bool is_there;
	int result;

	call_begin(call, frame);
	is_there = run(line, call_no, &result);
	if (is_there) {
		ebb_str_init(&reply, call->arena, 1024);
		ebb_host_answer(&reply, result, ebb_mono_us() - at);
		EBB_ASSERT(ebb_str_done(&reply) != NULL && reply.length <= EBB_WIRE_TO_CORE_MAX);
		is_there = ebb_wire_send(&line->wire, EBB_WIRE_REPLY, call_no, reply.text, reply.length) != EBB_WIRE_END;
	}
	call_end(call);
	return is_there;
}

bool
ebb_host_take_frame(struct host_line *line, const struct ebb_wire_frame *frame)
{
	if (frame->type == EBB_WIRE_CONFIG)
		return take_config(frame);
	return take_call(line, frame);
}
