/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: reading JSON that people wrote: a value of the wanted kind, or a fault that says where and what to do instead.
 * Memory:  what the host's alloc() gave.
 * Must not know: what the values mean.
 */
#ifndef CLASSIFY_RULES_READ_H
#define CLASSIFY_RULES_READ_H

#include <ebb/plugin.h>

#include <jansson.h>

/* Where the reader is: "/rules/3/words/0". The first fault ends the reading. */
struct reader {
	const struct ebb_plugin_host *host;
	char pointer[512];
	size_t length;
};

/* One token deeper, and back to what read_into() returned. */
size_t read_into(struct reader *reader, const char *token);
size_t read_at(struct reader *reader, size_t index);
void read_back(struct reader *reader, size_t length);

int read_fault(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text of the parameter; *json_r is the caller's to json_decref(). */
int read_json(struct reader *reader, const char *text, json_t **json_r);
/* A text of 1 to `most` characters, copied. */
int read_text(struct reader *reader, const json_t *json, size_t most, const char **text_r);
int read_number(struct reader *reader, const json_t *json, int64_t least, int64_t most, int64_t *value_r);
/* Only members whose names are in the list, which ends with NULL. */
int read_members(struct reader *reader, const json_t *json, const char *const *names);
int read_array(struct reader *reader, const json_t *json, size_t most);

#endif
