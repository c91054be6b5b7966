/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what people type, made harmless before it stands in a filter or a DN.
 * Memory:  the caller's arena.
 * Must not know: connections.
 */
#include "auth/ldap.h"

#include "base/str.h"
#include "base/utf8.h"

#include <string.h>

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("-_.@", c) != NULL);
}

/* Both RFCs take any byte as a backslash and two digits, so everything but plain words is written so. */
static void
add_escaped(struct ebb_str *out, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
		if (is_word(*at))
			ebb_str_char(out, (char)*at);
		else
			ebb_str_printf(out, "\\%02x", *at);
}

static const char *
fill(const char *pattern, const char *login, const char *dn, struct ebb_arena *arena)
{
	struct ebb_str out;

	ebb_str_init(&out, arena, 256);
	while (*pattern != '\0') {
		if (strncmp(pattern, "{login}", 7) == 0) {
			add_escaped(&out, login);
			pattern += 7;
		} else if (dn != NULL && strncmp(pattern, "{dn}", 4) == 0) {
			add_escaped(&out, dn);
			pattern += 4;
		} else {
			ebb_str_char(&out, *pattern++);
		}
	}
	return ebb_str_done(&out);
}

const char *
ebb_ldap_filter(const char *pattern, const char *login, const char *dn, struct ebb_arena *arena)
{
	return fill(pattern, login, dn, arena);
}

const char *
ebb_ldap_dn(const char *pattern, const char *login, struct ebb_arena *arena)
{
	return fill(pattern, login, NULL, arena);
}

const char *
ebb_ldap_value(const char *bytes, size_t length, struct ebb_arena *arena)
{
	bool is_line = length > 0 && memchr(bytes, '\0', length) == NULL && ebb_utf8_is_valid(bytes, length);
	struct ebb_str out;

	for (size_t i = 0; is_line && i < length; i++)
		is_line = (unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7f;
	if (is_line)
		return ebb_arena_dup(arena, bytes, length);
	ebb_str_init(&out, arena, 2 * length + 1);
	for (size_t i = 0; i < length; i++)
		ebb_str_printf(&out, "%02x", (unsigned char)bytes[i]);
	return ebb_str_done(&out);
}
