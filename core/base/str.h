/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: text that grows, with the escapes that JSON and CSV need.  The error is sticky: write all,
 *          ask once.  The only error is to pass the cap.
 * Memory:  the text belongs to the arena given at init; the struct to its user.
 * Must not know: requests, replies.
 */
#ifndef EBB_BASE_STR_H
#define EBB_BASE_STR_H

#include "base/arena.h"
#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ebb_str {
	struct ebb_arena *arena;
	char *text; /* always NUL-terminated once something was written */
	size_t length;
	size_t room;
	size_t cap; /* longest text allowed */
	bool is_bad;
};

#define EBB_STR_CAP_DEFAULT ((size_t)64 << 20)

void ebb_str_init(struct ebb_str *str, struct ebb_arena *arena, size_t first_room);
void ebb_str_limit(struct ebb_str *str, size_t cap);
/* True when `more` bytes (and the NUL) fit now; false sets the sticky error. */
bool ebb_str_room(struct ebb_str *str, size_t more);
/* The whole text, "" when empty; NULL when the sticky error is set. */
const char *ebb_str_done(struct ebb_str *str);

void ebb_str_addn(struct ebb_str *str, const char *text, size_t length);
void ebb_str_int(struct ebb_str *str, int64_t value);
void ebb_str_printf(struct ebb_str *str, const char *format, ...) EBB_PRINTF(2, 3);
void ebb_str_vprintf(struct ebb_str *str, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* The inside of a JSON string: escaped, no quotes.  Input must be UTF-8. */
void ebb_str_json_escape(struct ebb_str *str, const char *text, size_t length);
/* A JSON string with its quotes; NULL becomes null. */
void ebb_str_json(struct ebb_str *str, const char *text);
void ebb_str_json_n(struct ebb_str *str, const char *text, size_t length);
/* One RFC 4180 field: quoted where needed; text a spreadsheet would compute gets a leading '. */
void ebb_str_csv(struct ebb_str *str, const char *text, size_t length, bool is_free_text);
/* One reference token of a JSON pointer (RFC 6901): ~ and / escaped. */
void ebb_str_pointer(struct ebb_str *str, const char *token, size_t length);

static inline void
ebb_str_add(struct ebb_str *str, const char *text)
{
	ebb_str_addn(str, text, strlen(text));
}

static inline void
ebb_str_char(struct ebb_str *str, char c)
{
	if (EBB_LIKELY(str->length + 1 < str->room) || ebb_str_room(str, 1)) {
		str->text[str->length++] = c;
		str->text[str->length] = '\0';
	}
}

#endif
