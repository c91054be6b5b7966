/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: what is given out stays until the reset, clean-ups run once and backwards, secrets are wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/arena.h"

static char order[16];

static void
note(void *what)
{
	strncat(order, what, sizeof order - strlen(order) - 1);
}

static void
clean_ups_run_once_last_one_first(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);

	(void)state;
	order[0] = '\0';
	ebb_arena_defer(arena, note, "a");
	ebb_arena_defer(arena, note, "b");
	ebb_arena_reset(arena);
	assert_string_equal(order, "ba");
	ebb_arena_defer(arena, note, "c");
	ebb_arena_free(&arena);
	assert_string_equal(order, "bac");
	assert_null(arena);
}

static void
pieces_are_aligned_and_do_not_overlap(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	unsigned char *pieces[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		pieces[i] = ebb_arena_alloc(arena, 1 + i * 7);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		memset(pieces[i], (int)i, 1 + i * 7);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t j = 0; j < 1 + i * 7; j++)
			assert_int_equal(pieces[i][j], i);
	ebb_arena_free(&arena);
}

static void
the_last_piece_grows_in_place_and_an_older_one_moves(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	char *first = ebb_arena_strdup(arena, "first"), *grown, *second;

	(void)state;
	grown = ebb_arena_grow(arena, first, 6, 100);
	assert_ptr_equal(grown, first);
	second = ebb_arena_strdup(arena, "second");
	grown = ebb_arena_grow(arena, first, 100, 200);
	assert_ptr_not_equal(grown, first);
	assert_string_equal(grown, "first");
	assert_string_equal(second, "second");
	ebb_arena_free(&arena);
}

static void
a_piece_larger_than_a_block_has_room(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	char *large = ebb_arena_zalloc(arena, (size_t)3 << 20);

	(void)state;
	assert_int_equal(large[((size_t)3 << 20) - 1], 0);
	memset(large, 1, (size_t)3 << 20);
	ebb_arena_reset(arena);
	assert_int_equal(ebb_arena_used(arena), 0);
	assert_string_equal(ebb_arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	ebb_arena_free(&arena);
}

static void
a_secret_arena_forgets_its_bytes(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_SECRET);
	char *secret = ebb_arena_strdup(arena, "pass-phrase"), *again;

	(void)state;
	ebb_arena_reset(arena);
	again = ebb_arena_alloc(arena, 12);
	/* The same block is given out again, so the old bytes would show. */
	assert_ptr_equal(again, secret);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(again[i], 0);
	ebb_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_ups_run_once_last_one_first),
		cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
		cmocka_unit_test(the_last_piece_grows_in_place_and_an_older_one_moves),
		cmocka_unit_test(a_piece_larger_than_a_block_has_room),
		cmocka_unit_test(a_secret_arena_forgets_its_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
