/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the few macros by which the code states what must hold.
 * Memory:  owns none.
 * Must not know: anything of Ebb beyond enum ebb_rc.
 */
#ifndef EBB_BASE_CHECK_H
#define EBB_BASE_CHECK_H

#define EBB_MUST        __attribute__((warn_unused_result))
#define EBB_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define EBB_UNUSED      __attribute__((unused))
#define EBB_LIKELY(x)   __builtin_expect(!!(x), 1)
#define EBB_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* Writes the broken claim, the request at hand and a backtrace to the log, then aborts (log.c). */
_Noreturn void ebb_panic(const char *file, int line, const char *claim);

/* Always on, also in a release: a process with a broken invariant must not answer anybody. */
#define EBB_ASSERT(claim)                                                                          \
	do {                                                                                       \
		if (EBB_UNLIKELY(!(claim)))                                                        \
			ebb_panic(__FILE__, __LINE__, #claim);                                     \
	} while (0)

/* Errors travel upwards as they are: the slot was filled where the fault was seen. */
#define EBB_TRY(step)                                                                              \
	do {                                                                                       \
		enum ebb_rc ebb_try_rc = (step);                                                   \
		if (EBB_UNLIKELY(ebb_try_rc != EBB_OK))                                            \
			return ebb_try_rc;                                                         \
	} while (0)

#define EBB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
