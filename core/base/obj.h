/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: magic numbers for structs that live longer than a request, so that a stale or foreign
 *          pointer is found at the first touch.  The magic is the first member, `uint32_t magic`.
 * Memory:  owns none.
 */
#ifndef EBB_BASE_OBJ_H
#define EBB_BASE_OBJ_H

#include "base/check.h"

#include <stdint.h>

#define EBB_MAGIC(a, b, c, d)                                                                      \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* What a freed object carries, so that use after free is told from a wild pointer. */
#define EBB_MAGIC_DEAD EBB_MAGIC('d', 'e', 'a', 'd')

#define EBB_CHECK(obj, MAGIC) EBB_ASSERT((obj) != NULL && (obj)->magic == (MAGIC))

/* For `T **`: takes the object out of the caller's hands and marks it dead. */
#define EBB_TAKE(to, from_pp, MAGIC)                                                               \
	do {                                                                                       \
		EBB_CHECK(*(from_pp), MAGIC);                                                      \
		(to) = *(from_pp);                                                                 \
		*(from_pp) = NULL;                                                                 \
		(to)->magic = EBB_MAGIC_DEAD;                                                      \
	} while (0)

#endif
