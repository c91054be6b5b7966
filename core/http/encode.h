/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: writes rows in PostgreSQL's text format as JSON or CSV, by the type of each column.
 * Memory:  writes into the caller's builder; keeps a plan of the columns in the arena.
 * Must not know: libpq, SQL, routes.  Whoever has rows hands cells over.
 */
#ifndef EBB_HTTP_ENCODE_H
#define EBB_HTTP_ENCODE_H

#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

struct ebb_cell {
	const char *text; /* NULL: SQL NULL */
	size_t length;
};

struct ebb_encoder;

enum ebb_encode_as { EBB_AS_JSON, EBB_AS_CSV };

/* names and oids of the columns to write, in order; names are only pointed to. */
struct ebb_encoder *ebb_encoder_new(struct ebb_arena *arena, struct ebb_str *out, enum ebb_encode_as as,
				    int columns, const char *const *names, const uint32_t *oids);
void ebb_encoder_begin(struct ebb_encoder *enc);
void ebb_encoder_row(struct ebb_encoder *enc, const struct ebb_cell *cells);
/* next_cursor NULL: this was the end. */
void ebb_encoder_end(struct ebb_encoder *enc, const char *next_cursor);
/*
 * An object as PostgreSQL wrote it, with its times as lists have them: the value of a member whose name ends in _at or
 * _until, "...+00:00", becomes "...Z".  A copy in the arena; *length is that of the object and becomes the copy's.
 */
const char *ebb_encode_object(struct ebb_arena *arena, const char *json, size_t *length);
/* One value alone, for tests. */
void ebb_encode_value(struct ebb_str *out, enum ebb_encode_as as, uint32_t oid, const char *text, size_t length);

#endif
