/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: values of declared parameters, and the description as JSON.
 * Memory:  the caller's arena.
 * Must not know: where a description came from.
 */
#include "plugin/about.h"

#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

bool
ebb_about_has_word(const char *words, const char *word, size_t length)
{
	for (const char *at = words;; at++) {
		size_t n = strcspn(at, "|");

		if (n == length && memcmp(at, word, length) == 0)
			return true;
		at += n;
		if (*at == '\0')
			return false;
	}
}

static bool
is_bounded(const struct ebb_plugin_param *param)
{
	return param->least != 0 || param->most != 0;
}

static const char *
number_fault(const struct ebb_plugin_param *param, const char *value, struct ebb_arena *arena)
{
	const char *what = param->type == EBB_PLUGIN_DURATION ? "whole seconds" : "a whole number";
	char *end = NULL;
	int64_t n;
	bool is_number;

	errno = 0;
	n = strtoll(value, &end, 10);
	is_number = errno == 0 && *end == '\0' && value[strspn(value, "-0123456789")] == '\0' && end != value;
	if (is_number && (param->type != EBB_PLUGIN_DURATION || n >= 0) &&
	    (!is_bounded(param) || (n >= param->least && n <= param->most)))
		return NULL;
	if (!is_bounded(param))
		return what;
	return ebb_arena_printf(arena, "%s from %" PRId64 " to %" PRId64, what, param->least, param->most);
}

static const char *
text_fault(const struct ebb_plugin_param *param, const char *value, struct ebb_arena *arena)
{
	int64_t count = (int64_t)ebb_utf8_count(value, strlen(value));

	if (!is_bounded(param) || (count >= param->least && count <= param->most))
		return NULL;
	return ebb_arena_printf(arena, "a text of %" PRId64 " to %" PRId64 " characters", param->least, param->most);
}

const char *
ebb_about_value_fault(const struct ebb_plugin_param *param, const char *value, struct ebb_arena *arena)
{
	json_t *json;

	if (strlen(value) > EBB_ABOUT_SQL_MAX || !ebb_utf8_is_valid(value, strlen(value)))
		return "UTF-8 of at most 65536 bytes";
	switch (param->type) {
	case EBB_PLUGIN_INTEGER:
	case EBB_PLUGIN_DURATION:
		return number_fault(param, value, arena);
	case EBB_PLUGIN_BOOLEAN:
		return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ? NULL : "\"true\" or \"false\"";
	case EBB_PLUGIN_CHOICE:
		return ebb_about_has_word(param->unit, value, strlen(value)) ? NULL : ebb_arena_printf(arena, "one of %s", param->unit);
	case EBB_PLUGIN_JSON:
		json = json_loads(value, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		json_decref(json);
		return json != NULL ? NULL : "JSON";
	default:
		return text_fault(param, value, arena);
	}
}

const char *
ebb_about_type(uint32_t type)
{
	static const char *const words[] = { "text", "integer", "boolean", "duration", "choice", "secret", "json" };

	EBB_ASSERT(type < EBB_COUNT(words));
	return words[type];
}

static void
member(struct ebb_str *to, const char *before, const char *text)
{
	ebb_str_add(to, before);
	ebb_str_json(to, text);
}

static void
words_json(struct ebb_str *to, const char *words)
{
	ebb_str_char(to, '[');
	for (const char *at = words; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, "|");

		ebb_str_add(to, at == words ? "" : ",");
		ebb_str_json_n(to, at, n);
		at += at[n] == '|' ? n + 1 : n;
	}
	ebb_str_char(to, ']');
}

static void
texts_json(struct ebb_str *to, const char *before, const char *const *texts, size_t count)
{
	ebb_str_add(to, before);
	for (size_t i = 0; i < count; i++)
		member(to, i == 0 ? "" : ",", texts[i]);
	ebb_str_char(to, ']');
}

static void
params_json(struct ebb_str *to, const struct ebb_plugin_about *about)
{
	ebb_str_add(to, ",\"params\":[");
	for (size_t i = 0; i < about->param_count; i++) {
		const struct ebb_plugin_param *p = &about->params[i];

		member(to, i == 0 ? "{\"key\":" : ",{\"key\":", p->key);
		member(to, ",\"help\":", p->help);
		member(to, ",\"unit\":", p->unit);
		member(to, ",\"initial\":", p->initial);
		ebb_str_printf(to, ",\"least\":%" PRId64 ",\"most\":%" PRId64 ",\"type\":\"%s\"}", p->least, p->most,
			       ebb_about_type(p->type));
	}
	ebb_str_char(to, ']');
}

static void
statements_json(struct ebb_str *to, const struct ebb_plugin_about *about)
{
	ebb_str_add(to, ",\"statements\":[");
	for (size_t i = 0; i < about->statement_count; i++) {
		const struct ebb_plugin_statement *s = &about->statements[i];

		member(to, i == 0 ? "{\"name\":" : ",{\"name\":", s->name);
		member(to, ",\"sql\":", s->sql);
		member(to, ",\"report\":", s->report);
		ebb_str_printf(to, ",\"when\":%u}", s->when);
	}
	ebb_str_char(to, ']');
}

static void
reports_json(struct ebb_str *to, const struct ebb_plugin_about *about)
{
	ebb_str_add(to, ",\"reports\":[");
	for (size_t i = 0; i < about->report_count; i++) {
		const struct ebb_plugin_report *r = &about->reports[i];

		member(to, i == 0 ? "{\"name\":" : ",{\"name\":", r->name);
		member(to, ",\"title\":", r->title);
		ebb_str_add(to, ",\"formats\":");
		words_json(to, r->formats);
		ebb_str_add(to, ",\"params\":");
		words_json(to, r->params);
		ebb_str_char(to, '}');
	}
	ebb_str_char(to, ']');
}

void
ebb_about_json(struct ebb_str *to, const struct ebb_plugin_about *about)
{
	member(to, "{\"name\":", about->name);
	member(to, ",\"version\":", about->version);
	member(to, ",\"licence\":", about->licence);
	member(to, ",\"summary\":", about->summary);
	ebb_str_printf(to, ",\"abi\":[%u,%u],\"needs\":%u,\"tick_s\":%u,\"kinds\":%u", about->major, about->minor,
		       about->needs, about->tick_s, about->kinds);
	params_json(to, about);
	statements_json(to, about);
	reports_json(to, about);
	texts_json(to, ",\"events\":[", about->events, about->event_count);
	texts_json(to, ",\"reads\":[", about->reads, about->read_count);
	ebb_str_char(to, '}');
}
