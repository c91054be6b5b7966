/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: whether a new pass-phrase is good enough: long enough to resist guessing, and not made of what everybody
 *          knows about its owner. There are no rules about kinds of characters: they make people write "Passwort1!".
 * Memory:  on the stack, wiped.
 * Must not know: how a pass-phrase is kept.
 */
#ifndef EBB_AUTH_PHRASE_H
#define EBB_AUTH_PHRASE_H

#include <stddef.h>

#define EBB_PHRASE_LEAST 12 /* characters */
#define EBB_PHRASE_MOST  256

/* NULL when it is good, else a sentence that says what is wrong. email and name are the owner's; NULL: not known. */
const char *ebb_phrase_fault(const char *phrase, size_t length, const char *email, const char *name);

#endif
