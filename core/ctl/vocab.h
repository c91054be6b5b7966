/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a vocabulary: what a source's words mean here. Looked up once per row and field, so it is sorted.
 * Memory: the arena given at the making.
 * Must not know: columns, rows, JSON.
 */
#ifndef EBB_CTL_VOCAB_H
#define EBB_CTL_VOCAB_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* What a source's word means; text NULL: the same as a missing value. */
struct ebb_word {
    const char *text;
    const char *waiting_reason; /* with the state "waiting" only */
};

struct ebb_vocab;

/* separator: between the parts of a key made from several columns; NULL: keys have one part. */
struct ebb_vocab *ebb_vocab_new(struct ebb_arena *arena, int capacity, bool ignores_case, const char *separator);
void ebb_vocab_add(struct ebb_vocab *vocab, const char *key, const struct ebb_word *word);
/* After the last ebb_vocab_add. NULL, or a key that stands there twice (as it may when case is ignored). */
const char *ebb_vocab_seal(struct ebb_vocab *vocab);
/* The word for a key as it stands in the source: the equal one, else the first whose wildcards fit: a part "*" fits
 * anything, a part "abc*" what begins so. NULL: there is none. */
const struct ebb_word *ebb_vocab_find(const struct ebb_vocab *vocab, const char *key, size_t len);
/* Parts of a key: separators + 1. */
int ebb_vocab_parts(const char *key, const char *separator);

#endif
