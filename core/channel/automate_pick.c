/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: cuts one event out of a CALL, byte for byte: numbers and texts reach the plugin as the database wrote them,
 *          and nothing is parsed that nobody looks at.
 * Memory:  the arena's.
 * Must not know: what stands in an event.
 *
 * The body comes from ctl.plugin_take(), so it is JSON; a body that is not gives NULL, never a read beyond its end.
 */
#include "channel/automate_lane.h"

#include <string.h>

/* Behind the string that begins at `at`; `end` when it does not end. */
static const char *
skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

/* Behind the value at `at`: at the comma or bracket that follows it. */
static const char *
skip_value(const char *at, const char *end)
{
	int depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		if (depth == 0 && (*at == ',' || *at == ']' || *at == '}'))
			return at;
		depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		at++;
	}
	return end;
}

static const char *
skip_space(const char *at, const char *end)
{
	while (at < end && strchr(" \t\r\n", *at) != NULL)
		at++;
	return at;
}

/* The opening bracket of the top level's "events"; NULL: there is none. */
static const char *
find_events(const char *at, const char *end)
{
	at = skip_space(at, end);
	if (at == end || *at != '{')
		return NULL;
	while (at < end && *at != '}') {
		const char *key = skip_space(at + 1, end);
		if (key == end || *key != '"')
			return NULL;
		at = skip_string(key, end);
		bool is_it = at - key == 8 && memcmp(key, "\"events\"", 8) == 0;
		at = skip_space(at, end);
		if (at == end || *at != ':')
			return NULL;
		at = skip_space(at + 1, end);
		if (is_it)
			return at < end && *at == '[' ? at : NULL;
		at = skip_value(at, end);
	}
	return NULL;
}

const char *
ebb_automate_pick(struct ebb_arena *arena, const char *body, size_t length, size_t index, size_t *length_r)
{
	const char *end = body + length, *open = find_events(body, end), *from, *to, *close;
	struct ebb_str one;

	if (open == NULL)
		return NULL;
	from = skip_space(open + 1, end);
	to = skip_value(from, end);
	for (; index > 0 && to < end && *to == ','; index--) {
		from = to + 1;
		to = skip_value(from, end);
	}
	for (close = to; close < end && *close == ',';)
		close = skip_value(close + 1, end);
	if (index > 0 || close >= end || *close != ']' || from == to)
		return NULL;
	ebb_str_init(&one, arena, (size_t)(open + 1 - body) + (size_t)(to - from) + (size_t)(end - close) + 1);
	ebb_str_addn(&one, body, (size_t)(open + 1 - body));
	ebb_str_addn(&one, from, (size_t)(to - from));
	ebb_str_addn(&one, close, (size_t)(end - close));
	*length_r = one.length;
	return ebb_str_done(&one);
}
