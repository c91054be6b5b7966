/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one field: is the value of the type and size that routes.def says?  Writes it as JSON when it is,
 *          adds an item to the error list when it is not.
 * Memory:  none kept.
 * Must not know: what fields mean.
 */
#include "http/args.h"

#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

static void
wrong(struct ebb_err *err, const struct ebb_field *field, const char *format, ...) EBB_PRINTF(3, 4);

static void
wrong(struct ebb_err *err, const struct ebb_field *field, const char *format, ...)
{
	va_list ap;
	char *detail;

	if (err->item_count >= EBB_FAULTS_MOST)
		return;
	va_start(ap, format);
	detail = ebb_arena_vprintf(err->arena, format, ap);
	va_end(ap);
	ebb_err_item(err, ebb_arena_printf(err->arena, "/%s", field->name), "%s", detail);
}

static void
put_name(struct ebb_str *out, const struct ebb_field *field)
{
	if (out->length > 1)
		ebb_str_char(out, ',');
	ebb_str_json(out, field->name);
	ebb_str_char(out, ':');
}

static void
put_text(struct ebb_str *out, const struct ebb_field *field, const char *text, size_t length)
{
	put_name(out, field);
	ebb_str_json_n(out, text, length);
}

static void
put_int(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, int64_t value)
{
	if (value < field->least || value > field->most) {
		if (field->type == EBB_F_ID)
			wrong(err, field, "An id is a whole number from 1.");
		else
			wrong(err, field, "A whole number from %" PRId64 " to %" PRId64 " is needed.", field->least,
			      field->most);
		return;
	}
	put_name(out, field);
	ebb_str_int(out, value);
}

/* Control characters have no business in one line of text; a longer text may break lines. */
static bool
has_controls(const char *text, size_t length, bool may_break)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == 0x7f || (c < 0x20 && !(may_break && (c == '\n' || c == '\r' || c == '\t'))))
			return true;
	}
	return false;
}

static bool
is_choice(const char *choices, const char *text, size_t length)
{
	size_t one;

	for (const char *at = choices; length > 0; at += one + 1) {
		one = strcspn(at, "|");
		if (one == length && memcmp(at, text, length) == 0)
			return true;
		if (at[one] == '\0')
			break;
	}
	return false;
}

static bool
is_set(const char *choices, const char *text, size_t length)
{
	const char *end = text + length, *comma;

	for (;; text = comma + 1) {
		comma = memchr(text, ',', (size_t)(end - text));
		if (!is_choice(choices, text, (size_t)((comma == NULL ? end : comma) - text)))
			return false;
		if (comma == NULL)
			return true;
	}
}

/* The choices as people read them: "a, b or c". */
static const char *
spelled(struct ebb_err *err, const char *choices)
{
	struct ebb_str out;

	ebb_str_init(&out, err->arena, 128);
	for (const char *at = choices; *at != '\0'; at++) {
		if (*at != '|')
			ebb_str_char(&out, *at);
		else
			ebb_str_add(&out, strchr(at + 1, '|') == NULL ? " or " : ", ");
	}
	return ebb_str_done(&out);
}

/* The types that are texts on the wire, from body and query alike. */
static void
check_text(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, const char *text, size_t length)
{
	int64_t count = (int64_t)ebb_utf8_count(text, length);

	switch (field->type) {
	case EBB_F_STR:
	case EBB_F_TEXT:
		if (count > field->most || count < field->least)
			wrong(err, field, "The text must have %" PRId64 " to %" PRId64 " characters; it has %" PRId64 ".",
			      field->least, field->most, count);
		else if (has_controls(text, length, field->type == EBB_F_TEXT))
			wrong(err, field, "The text holds control characters.");
		else if ((field->flags & EBB_F_SECRET) == 0)
			put_text(out, field, text, length);
		return;
	case EBB_F_DATETIME:
		if (!ebb_time_is_rfc3339(text, length))
			wrong(err, field, "A date-time with offset is needed, such as 2026-11-22T09:30:00Z.");
		else
			put_text(out, field, text, length);
		return;
	case EBB_F_ENUM:
		if (!is_choice(field->choices, text, length))
			wrong(err, field, "One of %s is needed.", spelled(err, field->choices));
		else
			put_text(out, field, text, length);
		return;
	case EBB_F_SET:
		if (!is_set(field->choices, text, length))
			wrong(err, field, "A comma separated list out of %s is needed.", spelled(err, field->choices));
		else
			put_text(out, field, text, length);
		return;
	default:
		wrong(err, field, "This value is of the wrong type.");
	}
}

static const char *
wanted(enum ebb_field_type type)
{
	switch (type) {
	case EBB_F_INT:
	case EBB_F_ID:
		return "A whole number is needed.";
	case EBB_F_BOOL:
		return "true or false is needed.";
	case EBB_F_NUMBER:
		return "A number is needed.";
	case EBB_F_OBJECT:
		return "A JSON object is needed.";
	case EBB_F_ARRAY:
		return "A JSON array is needed.";
	default:
		return "A text is needed.";
	}
}

/* A number, an object or an array, as it came. */
static void
put_value(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, const json_t *value)
{
	char *text;

	if (field->type == EBB_F_NUMBER && !(json_number_value(value) >= (double)field->least &&
					     json_number_value(value) <= (double)field->most)) {
		wrong(err, field, "A number from %" PRId64 " to %" PRId64 " is needed.", field->least, field->most);
		return;
	}
	text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	EBB_ASSERT(text != NULL);
	put_name(out, field);
	ebb_str_add(out, text);
	free(text);
}

static bool
is_text(enum ebb_field_type type)
{
	switch (type) {
	case EBB_F_INT:
	case EBB_F_ID:
	case EBB_F_BOOL:
	case EBB_F_NUMBER:
	case EBB_F_OBJECT:
	case EBB_F_ARRAY:
		return false;
	default:
		return true;
	}
}

void
ebb_field_json(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, json_t *value)
{
	bool is_number = field->type == EBB_F_INT || field->type == EBB_F_ID;

	if (json_is_null(value) && (field->flags & EBB_F_NULLABLE) != 0) {
		put_name(out, field);
		ebb_str_addn(out, "null", 4);
	} else if (json_is_null(value)) {
		wrong(err, field, "This cannot be null.");
	} else if (is_number && json_is_integer(value)) {
		put_int(err, out, field, json_integer_value(value));
	} else if (field->type == EBB_F_BOOL && json_is_boolean(value)) {
		put_name(out, field);
		ebb_str_add(out, json_is_true(value) ? "true" : "false");
	} else if ((field->type == EBB_F_OBJECT && json_is_object(value)) ||
		   (field->type == EBB_F_ARRAY && json_is_array(value)) ||
		   (field->type == EBB_F_NUMBER && json_is_number(value))) {
		put_value(err, out, field, value);
	} else if (is_text(field->type) && json_is_string(value)) {
		check_text(err, out, field, json_string_value(value), json_string_length(value));
	} else {
		wrong(err, field, "%s", wanted(field->type));
	}
}

void
ebb_field_text(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, const char *text)
{
	char *end;
	long long value;

	switch (field->type) {
	case EBB_F_INT:
	case EBB_F_ID:
		errno = 0;
		value = strtoll(text, &end, 10);
		/* strtoll also takes blanks and a plus sign; a query does not. */
		if (errno != 0 || *end != '\0' || end == text || !(*text == '-' || (*text >= '0' && *text <= '9')))
			wrong(err, field, "%s", wanted(field->type));
		else
			put_int(err, out, field, value);
		return;
	case EBB_F_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
			wrong(err, field, "%s", wanted(field->type));
			return;
		}
		put_name(out, field);
		ebb_str_add(out, text);
		return;
	default:
		check_text(err, out, field, text, strlen(text));
	}
}
