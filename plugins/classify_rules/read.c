/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see read.h. Sentences name what was found, and then what is wanted.
 * Memory:  see read.h.
 * Must not know: what the values mean.
 */
#include "read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static size_t
characters(const char *text, size_t bytes)
{
	size_t count = 0;

	for (size_t i = 0; i < bytes && text[i] != '\0'; i++)
		count += ((unsigned char)text[i] & 0xC0) != 0x80;
	return count;
}

size_t
read_into(struct reader *reader, const char *token)
{
	size_t before = reader->length;

	/* A token too long for the pointer is cut: what remains still leads near the place. */
	if (reader->length + 2 * strlen(token) + 2 >= sizeof reader->pointer)
		return before;
	reader->pointer[reader->length++] = '/';
	for (const char *s = token; *s != '\0'; s++) {
		if (*s == '~' || *s == '/') {
			reader->pointer[reader->length++] = '~';
			reader->pointer[reader->length++] = *s == '~' ? '0' : '1';
		} else {
			reader->pointer[reader->length++] = *s;
		}
	}
	reader->pointer[reader->length] = '\0';
	return before;
}

size_t
read_at(struct reader *reader, size_t index)
{
	char token[24];

	snprintf(token, sizeof token, "%zu", index);
	return read_into(reader, token);
}

void
read_back(struct reader *reader, size_t length)
{
	reader->length = length;
	reader->pointer[length] = '\0';
}

int
read_fault(struct reader *reader, const char *format, ...)
{
	char sentence[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(sentence, sizeof sentence, format, ap);
	va_end(ap);
	return reader->host->fail(reader->host, reader->pointer, sentence);
}

int
read_json(struct reader *reader, const char *text, json_t **json_r)
{
	json_error_t error;

	*json_r = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (*json_r != NULL)
		return EBB_PLUGIN_OK;
	return read_fault(reader, "This is no JSON at line %d, character %zu of all: %.200s.", error.line,
	                  characters(text, (size_t)(error.position > 0 ? error.position : 0)), error.text);
}

int
read_text(struct reader *reader, const json_t *json, size_t most, const char **text_r)
{
	const char *text = json_string_value(json);
	char *copy;

	if (text == NULL)
		return read_fault(reader, "A text is wanted here.");
	if (text[strspn(text, " \t\r\n")] == '\0')
		return read_fault(reader, "The text is empty.");
	if (characters(text, strlen(text)) > most)
		return read_fault(reader, "The text has more than %zu characters.", most);
	copy = reader->host->alloc(reader->host, strlen(text) + 1);
	if (copy == NULL)
		return read_fault(reader, "There is no memory for so many rules.");
	memcpy(copy, text, strlen(text) + 1);
	*text_r = copy;
	return EBB_PLUGIN_OK;
}

int
read_number(struct reader *reader, const json_t *json, int64_t least, int64_t most, int64_t *value_r)
{
	if (!json_is_integer(json) || json_integer_value(json) < least || json_integer_value(json) > most)
		return read_fault(reader, "A whole number from %lld to %lld is wanted here.", (long long)least, (long long)most);
	*value_r = json_integer_value(json);
	return EBB_PLUGIN_OK;
}

int
read_members(struct reader *reader, const json_t *json, const char *const *names)
{
	char known[256] = "";
	void *member;

	if (!json_is_object(json))
		return read_fault(reader, "An object is wanted here: {...}.");
	for (size_t i = 0; names[i] != NULL; i++)
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i == 0 ? "" : ", ", names[i]);
	/* jansson's iterators take no const. */
	for (member = json_object_iter((json_t *)(uintptr_t)json); member != NULL;
	     member = json_object_iter_next((json_t *)(uintptr_t)json, member)) {
		const char *key = json_object_iter_key(member);
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], key) != 0)
			i++;
		if (names[i] == NULL) {
			read_into(reader, key);
			return read_fault(reader, "\"%.60s\" is not known here; known are %s.", key, known);
		}
	}
	return EBB_PLUGIN_OK;
}

int
read_array(struct reader *reader, const json_t *json, size_t most)
{
	if (!json_is_array(json))
		return read_fault(reader, "A list is wanted here: [...].");
	if (json_array_size(json) > most)
		return read_fault(reader, "The list has %zu items; at most %zu are possible.", json_array_size(json), most);
	return EBB_PLUGIN_OK;
}
