/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: memory by lifetime.  One arena per request, per configuration, per loaded thing; nothing
 *          is freed one by one.  An allocation never returns NULL: sizes are capped before, and a
 *          process without memory must die rather than answer half.
 * Memory:  an arena owns all it gave out, and runs the clean-ups hung on it, last one first.
 * Must not know: what is kept in it.
 */
#ifndef EBB_BASE_ARENA_H
#define EBB_BASE_ARENA_H

#include "base/check.h"

#include <stdarg.h>
#include <stddef.h>

struct ebb_arena;

enum ebb_arena_kind {
	EBB_ARENA_PLAIN,
	EBB_ARENA_SECRET, /* every byte is wiped at reset and free: pass-phrases, tokens */
};

typedef void ebb_cleanup_fn(void *what);

struct ebb_arena *ebb_arena_new(const char *name, enum ebb_arena_kind kind);

/* Runs the clean-ups and keeps the first block for the next use. */
void ebb_arena_reset(struct ebb_arena *arena);
void ebb_arena_free(struct ebb_arena **arena);

/* Aligned for any type; contents undefined. */
void *ebb_arena_alloc(struct ebb_arena *arena, size_t bytes) __attribute__((malloc, returns_nonnull));
/* The same, zeroed. */
void *ebb_arena_zalloc(struct ebb_arena *arena, size_t bytes) __attribute__((malloc, returns_nonnull));
/* Grows a piece; in place when it was the last one given out. */
void *ebb_arena_grow(struct ebb_arena *arena, void *piece, size_t old_bytes, size_t new_bytes)
	__attribute__((returns_nonnull));
char *ebb_arena_dup(struct ebb_arena *arena, const char *text, size_t length)
	__attribute__((returns_nonnull));
char *ebb_arena_strdup(struct ebb_arena *arena, const char *text) __attribute__((returns_nonnull));
char *ebb_arena_printf(struct ebb_arena *arena, const char *format, ...) EBB_PRINTF(2, 3)
	__attribute__((returns_nonnull));
char *ebb_arena_vprintf(struct ebb_arena *arena, const char *format, va_list ap)
	__attribute__((format(printf, 2, 0), returns_nonnull));

/* Hangs something that is not memory (a descriptor, a PGresult, a json_t) on the arena. */
void ebb_arena_defer(struct ebb_arena *arena, ebb_cleanup_fn *fn, void *what);

/* Bytes given out since the last reset, for tests and metrics. */
size_t ebb_arena_used(const struct ebb_arena *arena);

#define EBB_NEW(arena, type) ((type *)ebb_arena_zalloc((arena), sizeof(type)))

#endif
