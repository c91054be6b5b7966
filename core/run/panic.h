/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: last words of a process that dies of a signal: which one, at which request and route, and where in
 *          the program, as one log line.
 * Memory:  a static alternate stack, so that an overflown stack can still speak.
 * Must not know: what the process was for.
 */
#ifndef EBB_RUN_PANIC_H
#define EBB_RUN_PANIC_H

struct ebb_log_ctx;

/* ctx is only pointed to and read when the process dies; NULL for none. */
void ebb_panic_watch(const struct ebb_log_ctx *ctx);

#endif
