/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: reads query strings and Accept headers.
 * Memory:  decoded texts go to the arena.
 * Must not know: which parameters there are.
 */
#include "http/args.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <strings.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* NULL when the text is badly encoded, holds a NUL or is not UTF-8. */
static char *
decode(struct ebb_arena *arena, const char *text, size_t length)
{
	char *out = ebb_arena_alloc(arena, length + 1), *to = out;

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '+') {
			*to++ = ' ';
		} else if (text[i] == '%') {
			int high = length - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = length - i > 2 ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0 || (high == 0 && low == 0))
				return NULL;
			*to++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*to++ = text[i];
		}
	}
	*to = '\0';
	return ebb_utf8_is_valid(out, (size_t)(to - out)) ? out : NULL;
}

bool
ebb_query_next(struct ebb_arena *arena, const char **at, char **name_r, char **value_r, bool *is_bad_r)
{
	size_t length, name_length;
	const char *equals;

	*at += strspn(*at, "&");
	if (**at == '\0')
		return false;
	length = strcspn(*at, "&");
	equals = memchr(*at, '=', length);
	name_length = equals == NULL ? length : (size_t)(equals - *at);
	*name_r = decode(arena, *at, name_length);
	*value_r = equals == NULL ? ebb_arena_strdup(arena, "") : decode(arena, equals + 1, length - name_length - 1);
	*is_bad_r = *name_r == NULL || *value_r == NULL;
	*at += length;
	return true;
}

/* Weight of one media range: its q, 1 without. */
static double
weight(const char *range, size_t length)
{
	const char *end = range + length;

	for (const char *at = memchr(range, ';', length); at != NULL && at < end;
	     at = memchr(at, ';', (size_t)(end - at))) {
		at++;
		at += strspn(at, " \t");
		if (at + 2 < end && (at[0] == 'q' || at[0] == 'Q') && at[1] == '=')
			return strtod(at + 2, NULL);
	}
	return 1;
}

static bool
is_range(const char *range, size_t length, const char *name)
{
	size_t bare = strcspn(range, "; \t,");

	return bare <= length && bare == strlen(name) && strncasecmp(range, name, bare) == 0;
}

bool
ebb_accept_csv(const char *accept)
{
	double csv = 0, json = 0, q;
	size_t length;

	/* Only who names CSV gets it; wildcards mean JSON. */
	while (accept != NULL && *accept != '\0') {
		accept += strspn(accept, ", \t");
		length = strcspn(accept, ",");
		q = weight(accept, length);
		if (is_range(accept, length, "text/csv"))
			csv = q;
		else if (is_range(accept, length, "application/json") || is_range(accept, length, "application/*"))
			json = q > json ? q : json;
		accept += length;
	}
	return csv > 0 && csv >= json;
}
