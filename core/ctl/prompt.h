/* SPDX-License-Identifier: Apache-2.0
 * Purpose: one line that nobody else shall read: from a terminal without echo, otherwise from standard input.
 * Memory: the caller's buffer, which lies in a secret arena.
 * Must not know: what it is.
 */
#ifndef EBB_CTL_PROMPT_H
#define EBB_CTL_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

/* Without its line end. False: nothing came. */
bool ebb_prompt_secret(const char *prompt, char *text, size_t room);

#endif
