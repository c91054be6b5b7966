/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: text that grows, see str.h.
 * Memory:  the text lies in the arena; a builder that is the arena's last piece grows in place.
 * Must not know: requests, replies.
 */
#include "base/str.h"

#include <stdio.h>

void
ebb_str_init(struct ebb_str *str, struct ebb_arena *arena, size_t first_room)
{
	*str = (struct ebb_str){ .arena = arena, .cap = EBB_STR_CAP_DEFAULT };
	if (first_room > 0) {
		str->text = ebb_arena_alloc(arena, first_room);
		str->text[0] = '\0';
		str->room = first_room;
	}
}

void
ebb_str_limit(struct ebb_str *str, size_t cap)
{
	str->cap = cap;
	/* Room beyond the cap would let the fast paths pass it. */
	if (str->room > cap + 1)
		str->room = cap + 1;
}

bool
ebb_str_room(struct ebb_str *str, size_t more)
{
	size_t need, room;

	if (str->is_bad)
		return false;
	if (more > str->cap || str->length > str->cap - more) {
		str->is_bad = true;
		return false;
	}
	need = str->length + more + 1;
	if (need <= str->room)
		return true;
	room = str->room < 32 ? 64 : str->room * 2;
	while (room < need)
		room *= 2;
	if (room > str->cap + 1)
		room = str->cap + 1;
	str->text = ebb_arena_grow(str->arena, str->text, str->room, room);
	str->room = room;
	str->text[str->length] = '\0';
	return true;
}

const char *
ebb_str_done(struct ebb_str *str)
{
	if (str->is_bad)
		return NULL;
	return str->text == NULL ? "" : str->text;
}

void
ebb_str_addn(struct ebb_str *str, const char *text, size_t length)
{
	if (str->length + length >= str->room && !ebb_str_room(str, length))
		return;
	if (str->is_bad)
		return;
	if (length > 0)
		memcpy(str->text + str->length, text, length);
	str->length += length;
	str->text[str->length] = '\0';
}

void
ebb_str_int(struct ebb_str *str, int64_t value)
{
	char digits[24];
	char *at = digits + sizeof digits;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--at = '-';
	ebb_str_addn(str, at, (size_t)(digits + sizeof digits - at));
}

void
ebb_str_vprintf(struct ebb_str *str, const char *format, va_list ap)
{
	va_list again;
	int length;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	EBB_ASSERT(length >= 0);
	if (!ebb_str_room(str, (size_t)length))
		return;
	vsnprintf(str->text + str->length, (size_t)length + 1, format, ap);
	str->length += (size_t)length;
}

void
ebb_str_printf(struct ebb_str *str, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	ebb_str_vprintf(str, format, ap);
	va_end(ap);
}

/* 0: as it is; 1: as \u00XX; else the letter after the backslash. */
static const unsigned char json_class[256] = {
	[0x00 ... 0x07] = 1, ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [0x0b] = 1,    ['\f'] = 'f',
	['\r'] = 'r', [0x0e ... 0x1f] = 1, ['"'] = '"', ['\\'] = '\\', [0x7f] = 1,
};

void
ebb_str_json_escape(struct ebb_str *str, const char *text, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *from = (const unsigned char *)text, *end = from + length, *run = from;
	char escape[6] = { '\\', 'u', '0', '0', 0, 0 };

	for (; from < end; from++) {
		unsigned char class = json_class[*from];

		if (EBB_LIKELY(class == 0))
			continue;
		ebb_str_addn(str, (const char *)run, (size_t)(from - run));
		if (class == 1) {
			escape[1] = 'u';
			escape[4] = hex[*from >> 4];
			escape[5] = hex[*from & 15];
			ebb_str_addn(str, escape, 6);
		} else {
			escape[1] = (char)class;
			ebb_str_addn(str, escape, 2);
		}
		run = from + 1;
	}
	ebb_str_addn(str, (const char *)run, (size_t)(end - run));
}

void
ebb_str_json_n(struct ebb_str *str, const char *text, size_t length)
{
	if (text == NULL) {
		ebb_str_addn(str, "null", 4);
		return;
	}
	ebb_str_char(str, '"');
	ebb_str_json_escape(str, text, length);
	ebb_str_char(str, '"');
}

void
ebb_str_json(struct ebb_str *str, const char *text)
{
	ebb_str_json_n(str, text, text == NULL ? 0 : strlen(text));
}

void
ebb_str_csv(struct ebb_str *str, const char *text, size_t length, bool is_free_text)
{
	bool is_formula = is_free_text && length > 0 && strchr("=+-@\t\r", text[0]) != NULL &&
			  text[0] != '\0';
	bool is_quoted = is_formula || (length > 0 && (text[0] == ' ' || text[length - 1] == ' '));

	for (size_t i = 0; !is_quoted && i < length; i++)
		is_quoted = text[i] == '"' || text[i] == ',' || text[i] == '\n' || text[i] == '\r';
	if (!is_quoted) {
		ebb_str_addn(str, text, length);
		return;
	}
	ebb_str_char(str, '"');
	if (is_formula)
		ebb_str_char(str, '\'');
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"')
			ebb_str_char(str, '"');
		ebb_str_char(str, text[i]);
	}
	ebb_str_char(str, '"');
}

void
ebb_str_pointer(struct ebb_str *str, const char *token, size_t length)
{
	ebb_str_char(str, '/');
	for (size_t i = 0; i < length; i++) {
		if (token[i] == '~')
			ebb_str_addn(str, "~0", 2);
		else if (token[i] == '/')
			ebb_str_addn(str, "~1", 2);
		else
			ebb_str_char(str, token[i]);
	}
}
