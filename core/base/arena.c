/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: memory by lifetime, see arena.h.
 * Memory:  blocks come from malloc; after a reset one block of about the size last needed is kept, so a
 *          worker in its stride allocates nothing from the system.
 * Must not know: what is kept in it.
 */
#include "base/arena.h"

#include "base/obj.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAGIC EBB_MAGIC('a', 'r', 'e', 'n')
#define FIRST_BYTES ((size_t)16 << 10)
/* A rare giant request must not stay in the worker's private memory for ever. */
#define KEEP_BYTES  ((size_t)256 << 10)
#define ALIGN       (alignof(max_align_t))

struct block {
	struct block *older;
	size_t room, used;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct cleanup {
	struct cleanup *older;
	ebb_cleanup_fn *fn;
	void *what;
};

struct ebb_arena {
	uint32_t magic;
	enum ebb_arena_kind kind;
	const char *name;
	struct block *block; /* newest */
	struct cleanup *cleanups;
	size_t given;
};

/* memset that the compiler may not leave out. */
static void
wipe(void *bytes, size_t length)
{
	memset(bytes, 0, length);
	__asm__ __volatile__("" : : "r"(bytes) : "memory");
}

static struct block *
block_new(size_t room, struct block *older)
{
	struct block *block = malloc(sizeof *block + room);

	EBB_ASSERT(block != NULL);
	block->older = older;
	block->room = room;
	block->used = 0;
	return block;
}

static void
block_free(struct ebb_arena *arena, struct block *block)
{
	if (arena->kind == EBB_ARENA_SECRET)
		wipe(block->bytes, block->used);
	free(block);
}

struct ebb_arena *
ebb_arena_new(const char *name, enum ebb_arena_kind kind)
{
	struct ebb_arena *arena = malloc(sizeof *arena);

	EBB_ASSERT(arena != NULL);
	*arena = (struct ebb_arena){ .magic = ARENA_MAGIC, .kind = kind, .name = name };
	arena->block = block_new(FIRST_BYTES, NULL);
	return arena;
}

static void
run_cleanups(struct ebb_arena *arena)
{
	/* A clean-up may not allocate here; it may hang nothing on a dying arena. */
	for (struct cleanup *c = arena->cleanups; c != NULL; c = c->older)
		c->fn(c->what);
	arena->cleanups = NULL;
}

void
ebb_arena_reset(struct ebb_arena *arena)
{
	struct block *block, *older;
	size_t total = 0;

	EBB_CHECK(arena, ARENA_MAGIC);
	run_cleanups(arena);
	arena->given = 0;
	block = arena->block;
	if (block->older == NULL && block->room <= KEEP_BYTES) {
		if (arena->kind == EBB_ARENA_SECRET)
			wipe(block->bytes, block->used);
		block->used = 0;
		return;
	}
	for (; block != NULL; block = older) {
		older = block->older;
		total += block->room;
		block_free(arena, block);
	}
	arena->block = block_new(total < KEEP_BYTES ? total : KEEP_BYTES, NULL);
}

void
ebb_arena_free(struct ebb_arena **arena_pp)
{
	struct ebb_arena *arena;
	struct block *block, *older;

	if (*arena_pp == NULL)
		return;
	EBB_CHECK(*arena_pp, ARENA_MAGIC);
	run_cleanups(*arena_pp);
	EBB_TAKE(arena, arena_pp, ARENA_MAGIC);
	for (block = arena->block; block != NULL; block = older) {
		older = block->older;
		block_free(arena, block);
	}
	free(arena);
}

void *
ebb_arena_alloc(struct ebb_arena *arena, size_t bytes)
{
	struct block *block;
	size_t room;

	EBB_CHECK(arena, ARENA_MAGIC);
	EBB_ASSERT(bytes < SIZE_MAX / 4);
	bytes = (bytes + ALIGN - 1) & ~(ALIGN - 1);
	if (bytes == 0)
		bytes = ALIGN;
	block = arena->block;
	if (EBB_UNLIKELY(block->room - block->used < bytes)) {
		room = block->room * 2 > KEEP_BYTES ? KEEP_BYTES : block->room * 2;
		block = arena->block = block_new(bytes > room ? bytes : room, block);
	}
	block->used += bytes;
	arena->given += bytes;
	return block->bytes + block->used - bytes;
}

void *
ebb_arena_zalloc(struct ebb_arena *arena, size_t bytes)
{
	return memset(ebb_arena_alloc(arena, bytes), 0, bytes);
}

void *
ebb_arena_grow(struct ebb_arena *arena, void *piece, size_t old_bytes, size_t new_bytes)
{
	struct block *block = arena->block;
	size_t old_round = (old_bytes + ALIGN - 1) & ~(ALIGN - 1);
	size_t new_round = (new_bytes + ALIGN - 1) & ~(ALIGN - 1);
	void *moved;

	EBB_CHECK(arena, ARENA_MAGIC);
	EBB_ASSERT(new_bytes >= old_bytes && new_bytes < SIZE_MAX / 4);
	if (piece != NULL && old_bytes > 0 && old_round <= block->used &&
	    (unsigned char *)piece == block->bytes + block->used - old_round &&
	    new_round - old_round <= block->room - block->used) {
		block->used += new_round - old_round;
		arena->given += new_round - old_round;
		return piece;
	}
	moved = ebb_arena_alloc(arena, new_bytes);
	if (old_bytes > 0)
		memcpy(moved, piece, old_bytes);
	return moved;
}

char *
ebb_arena_dup(struct ebb_arena *arena, const char *text, size_t length)
{
	char *copy = ebb_arena_alloc(arena, length + 1);

	if (length > 0)
		memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

char *
ebb_arena_strdup(struct ebb_arena *arena, const char *text)
{
	return ebb_arena_dup(arena, text, strlen(text));
}

char *
ebb_arena_vprintf(struct ebb_arena *arena, const char *format, va_list ap)
{
	va_list again;
	int length;
	char *text;

	va_copy(again, ap);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	EBB_ASSERT(length >= 0);
	text = ebb_arena_alloc(arena, (size_t)length + 1);
	vsnprintf(text, (size_t)length + 1, format, ap);
	return text;
}

char *
ebb_arena_printf(struct ebb_arena *arena, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = ebb_arena_vprintf(arena, format, ap);
	va_end(ap);
	return text;
}

void
ebb_arena_defer(struct ebb_arena *arena, ebb_cleanup_fn *fn, void *what)
{
	struct cleanup *c = ebb_arena_alloc(arena, sizeof *c);

	*c = (struct cleanup){ .older = arena->cleanups, .fn = fn, .what = what };
	arena->cleanups = c;
}

size_t
ebb_arena_used(const struct ebb_arena *arena)
{
	EBB_CHECK(arena, ARENA_MAGIC);
	return arena->given;
}
