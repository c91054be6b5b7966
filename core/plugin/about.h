/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the limits of a plugin's description, and its check, apart from how it was read.
 * Memory:  none of its own.
 * Must not know: files.
 */
#ifndef EBB_PLUGIN_ABOUT_H
#define EBB_PLUGIN_ABOUT_H

#include "plugin/elf.h"

#define EBB_ABOUT_PARAMS      64
#define EBB_ABOUT_STATEMENTS  32
#define EBB_ABOUT_REPORTS     32
#define EBB_ABOUT_WORDS       64 /* events, reads */
#define EBB_ABOUT_SENTENCE    500
#define EBB_ABOUT_INITIAL_MAX 4096
#define EBB_ABOUT_SQL_MAX     65536

/* All faults at once, as items. */
EBB_MUST enum ebb_rc ebb_about_check(const struct ebb_plugin_about *about, struct ebb_err *err);
/* One value of a parameter; NULL when it can be, else what it must be ("a whole number from 1 to 9"), from the arena. */
const char *ebb_about_value_fault(const struct ebb_plugin_param *param, const char *value, struct ebb_arena *arena);
/* Is `word` one of "a|b|c"? */
bool ebb_about_has_word(const char *words, const char *word, size_t length);

#endif
