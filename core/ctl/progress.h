/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a line that says how far a long work has come: rewritten in place on a terminal, a line every few seconds elsewhere.
 * Memory: none. Must not know: what the work is.
 */
#ifndef EBB_CTL_PROGRESS_H
#define EBB_CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ebb_progress {
    const char *doing; /* "reading", "building" */
    const char *unit;  /* "rows", "tickets" */
    int64_t began_us, told_us;
    bool is_quiet;
};

void ebb_progress_begin(struct ebb_progress *progress, const char *doing, const char *unit, bool is_quiet);
/* share: of the whole, 0 to 1. Writes at most a few times a second. */
void ebb_progress_tell(struct ebb_progress *progress, long long done, double share);
/* Takes the line off the terminal, so that something else can be written. */
void ebb_progress_clear(void);

#endif
