/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a plugin may call: log, fail, alloc, config, rows, now, suggest, act, write. What it hands over is copied
 *          and checked here so that a careless plugin is told at once; the core checks again what comes out.
 * Memory:  the call's arena; alloc() counts, and has blocks of its own.
 * Must not know: frames.
 */
#include "plugin/about.h"
#include "plugin/host.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All events of a call share one reply, the rest of which (logs, sentences) is small. */
#define ACTIONS_MAX     (EBB_WIRE_TO_CORE_MAX - ((size_t)512 << 10))
#define RULE_MAX        200
#define SECRET_LEAST    4

void
ebb_host_copy_text(char *to, size_t room, const char *from)
{
	size_t length = strnlen(from, room - 1), at = 0;

	memcpy(to, from, length);
	to[length] = '\0';
	while (at < length) {
		size_t n = 1;

		/* One character: the shortest prefix that is whole. */
		while (n < 4 && at + n < length && !ebb_utf8_is_valid(to + at, n))
			n++;
		if (!ebb_utf8_is_valid(to + at, n)) {
			/* At the end it may be a character that was cut. */
			to[at] = '?';
			n = 1;
		} else if ((unsigned char)to[at] < ' ' || to[at] == 127)
			to[at] = ' ';
		at += n;
	}
}

/* A secret that a plugin says aloud, in a log line or a fault's sentence, by carelessness: who means to tell finds other words. */
static void
strike_out_secrets(char *text)
{
	const json_t *config = ebb_host.call.config != NULL ? ebb_host.call.config : ebb_host.config;

	for (size_t i = 0; i < ebb_host.about->param_count; i++) {
		const struct ebb_plugin_param *param = &ebb_host.about->params[i];
		const char *secret = param->type == EBB_PLUGIN_SECRET ? json_string_value(json_object_get(config, param->key)) : NULL;
		size_t length = secret != NULL ? strlen(secret) : 0;

		/* Shorter ones are part of any text. */
		if (length < SECRET_LEAST)
			continue;
		for (char *at = strstr(text, secret); at != NULL; at = strstr(at + length, secret))
			memset(at, '*', length);
	}
}

static const char *
level_word(enum ebb_plugin_level level)
{
	switch (level) {
	case EBB_PLUGIN_DEBUG:
		return "debug";
	case EBB_PLUGIN_WARNING:
		return "warning";
	case EBB_PLUGIN_ERROR:
		return "error";
	default:
		return "info";
	}
}

static void
service_log(const struct ebb_plugin_host *services, enum ebb_plugin_level level, const char *text)
{
	(void)services;
	if (text == NULL || ebb_host.log_count == EBB_REPLY_LOGS)
		return;
	ebb_host.logs[ebb_host.log_count].level = level_word(level);
	ebb_host_copy_text(ebb_host.logs[ebb_host.log_count].text, EBB_REPLY_LOG_MAX + 1, text);
	strike_out_secrets(ebb_host.logs[ebb_host.log_count].text);
	ebb_host.log_count++;
}

/* The first fault counts. */
static int
service_fail(const struct ebb_plugin_host *services, const char *pointer, const char *sentence)
{
	struct host_call *call = &ebb_host.call;

	(void)services;
	if (call->sentence[0] != '\0')
		return EBB_PLUGIN_FAIL;
	ebb_host_copy_text(call->sentence, sizeof call->sentence, sentence != NULL && *sentence ? sentence : "it failed");
	strike_out_secrets(call->sentence);
	if (pointer != NULL)
		ebb_host_copy_text(call->pointer, sizeof call->pointer, pointer);
	return EBB_PLUGIN_FAIL;
}

static void *
service_alloc(const struct ebb_plugin_host *services, size_t size)
{
	const size_t most = (size_t)ebb_host.opts.memory_mib << 18; /* a quarter */
	struct host_block **list = ebb_host.callback == HOST_START ? &ebb_host.state_blocks : &ebb_host.call.blocks;
	struct host_block *block;

	(void)services;
	if (size > most || ebb_host.given > most - size)
		return NULL;
	block = calloc(1, sizeof *block + size);
	if (block == NULL)
		return NULL;
	block->older = *list;
	block->size = size;
	*list = block;
	ebb_host.given += size;
	return block->bytes;
}

void
ebb_host_free_blocks(struct host_block **blocks)
{
	while (*blocks != NULL) {
		struct host_block *block = *blocks;

		*blocks = block->older;
		ebb_host.given -= block->size;
		free(block);
	}
}

static const char *
service_config(const struct ebb_plugin_host *services, const char *key)
{
	json_t *config = ebb_host.call.config != NULL ? ebb_host.call.config : ebb_host.config;
	const char *set;

	(void)services;
	for (size_t i = 0; key != NULL && i < ebb_host.about->param_count; i++) {
		if (strcmp(ebb_host.about->params[i].key, key) != 0)
			continue;
		set = json_string_value(json_object_get(config, key));
		return set != NULL ? set : ebb_host.about->params[i].initial;
	}
	return NULL;
}

static const struct ebb_plugin_rows *
service_rows(const struct ebb_plugin_host *services, const char *statement)
{
	(void)services;
	return statement != NULL ? ebb_host_find_rows(&ebb_host.call, statement) : NULL;
}

static int64_t
service_now(const struct ebb_plugin_host *services)
{
	(void)services;
	return ebb_host.call.now;
}

/* As much of a caller's struct as it has; the rest is zero. */
#define TAKE(to, from) \
	do { \
		memset(&(to), 0, sizeof(to)); \
		memcpy(&(to), (from), (from)->size < sizeof(to) ? (from)->size : sizeof(to)); \
	} while (0)

static bool
is_text(const char *text, size_t most)
{
	size_t length = text != NULL ? strnlen(text, most + 1) : 0;

	return length > 0 && length <= most && ebb_utf8_is_valid(text, length);
}

static int
refuse(const char *what)
{
	service_log(NULL, EBB_PLUGIN_WARNING, what);
	return EBB_PLUGIN_FAIL;
}

static int
service_suggest(const struct ebb_plugin_host *services, const struct ebb_plugin_suggestion *theirs)
{
	static const char fields[] = "service_id|request_type_id|impact|urgency|team_id|category";
	struct host_call *call = &ebb_host.call;
	struct ebb_plugin_suggestion s;

	(void)services;
	if (ebb_host.callback != HOST_CATEGORISE || theirs == NULL)
		return refuse("suggest() counts in categorise() only");
	TAKE(s, theirs);
	if (call->suggestion_count == EBB_REPLY_SUGGESTIONS)
		return EBB_PLUGIN_FAIL;
	if (!is_text(s.field, 40) || !ebb_about_has_word(fields, s.field, strlen(s.field)) ||
	    !is_text(s.value, EBB_REPLY_TEXT_MAX))
		return refuse("suggest(): the field or value is none that can be");
	if (!(s.confidence >= 0 && s.confidence <= 1))
		return refuse("suggest(): the confidence is not from 0 to 1");
	if (s.explanation != NULL && *s.explanation != '\0' && !is_text(s.explanation, EBB_REPLY_TEXT_MAX))
		return refuse("suggest(): the explanation is too long, or no UTF-8");
	ebb_str_add(&call->suggestions, call->suggestion_count == 0 ? "{\"field\":" : ",{\"field\":");
	ebb_str_json(&call->suggestions, s.field);
	ebb_str_add(&call->suggestions, ",\"value\":");
	ebb_str_json(&call->suggestions, s.value);
	ebb_str_printf(&call->suggestions, ",\"confidence\":%.6f,\"explanation\":", s.confidence);
	ebb_str_json(&call->suggestions, s.explanation != NULL ? s.explanation : "");
	ebb_str_char(&call->suggestions, '}');
	call->suggestion_count++;
	return EBB_PLUGIN_OK;
}

/* True for NULL as well: nothing. */
static bool
is_object(const char *text, size_t most)
{
	json_t *json;
	bool is_one;

	if (text == NULL)
		return true;
	if (strnlen(text, most + 1) > most || ebb_reply_depth(text, strlen(text)) > EBB_REPLY_DEPTH - 8)
		return false;
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	is_one = json_is_object(json);
	json_decref(json);
	return is_one;
}

static int
service_act(const struct ebb_plugin_host *services, const struct ebb_plugin_action *theirs)
{
	struct host_call *call = &ebb_host.call;
	struct ebb_plugin_action a;
	struct ebb_str *to = &call->actions;

	(void)services;
	if (ebb_host.callback != HOST_AUTOMATE || theirs == NULL)
		return refuse("act() counts in automate() only");
	TAKE(a, theirs);
	if (call->action_count == EBB_REPLY_ACTIONS)
		return EBB_PLUGIN_FAIL;
	if (a.action == NULL || strnlen(a.action, 42) > 41 || !ebb_about_is_name(a.action, 41))
		return refuse("act(): the action has no name that can be");
	if (!is_object(a.args, EBB_REPLY_ARGS_MAX) || !is_object(a.inputs, EBB_REPLY_ARGS_MAX))
		return refuse("act(): args and inputs are JSON objects of at most 64 KiB");
	if ((a.explanation != NULL && *a.explanation && !is_text(a.explanation, EBB_REPLY_TEXT_MAX)) ||
	    (a.rule != NULL && !is_text(a.rule, RULE_MAX)))
		return refuse("act(): the explanation or the rule is too long, or no UTF-8");
	if (call->results.length + to->length + 2 * EBB_REPLY_ARGS_MAX + 8 * EBB_REPLY_TEXT_MAX > ACTIONS_MAX)
		return refuse("act(): the reply is full");
	ebb_str_add(to, call->action_count == 0 ? "{\"action\":" : ",{\"action\":");
	ebb_str_json(to, a.action);
	ebb_str_printf(to, ",\"args\":%s,\"explanation\":", a.args != NULL ? a.args : "{}");
	ebb_str_json(to, a.explanation != NULL ? a.explanation : "");
	ebb_str_add(to, ",\"rule\":");
	ebb_str_json(to, a.rule);
	ebb_str_printf(to, ",\"rule_version\":%" PRId64 ",\"inputs\":%s}", a.rule_version, a.inputs != NULL ? a.inputs : "null");
	call->action_count++;
	return EBB_PLUGIN_OK;
}

static int
service_write(const struct ebb_plugin_host *services, const void *bytes, size_t length)
{
	struct host_call *call = &ebb_host.call;
	unsigned char *grown;

	(void)services;
	if (ebb_host.callback != HOST_REPORT)
		return refuse("write() counts in report() only");
	if (bytes == NULL || length > EBB_REPLY_DOCUMENT_MAX - call->document_length)
		return EBB_PLUGIN_FAIL;
	if (call->document_length + length > call->document_room) {
		size_t room = call->document_room * 2 + length;

		grown = realloc(call->document, room);
		if (grown == NULL)
			return EBB_PLUGIN_FAIL;
		call->document = grown;
		call->document_room = room;
	}
	memcpy(call->document + call->document_length, bytes, length);
	call->document_length += length;
	return EBB_PLUGIN_OK;
}

void
ebb_host_services(struct ebb_plugin_host *services)
{
	*services = (struct ebb_plugin_host){
		.size = sizeof *services,
		.log = service_log,
		.fail = service_fail,
		.alloc = service_alloc,
		.config = service_config,
		.rows = service_rows,
		.now = service_now,
		.suggest = service_suggest,
		.act = service_act,
		.write = service_write,
	};
}
