/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: UTF-8 as RFC 3629 has it (no surrogates, no overlong forms, nothing above U+10FFFF).
 * Memory:  owns none.
 */
#ifndef EBB_BASE_UTF8_H
#define EBB_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool ebb_utf8_is_valid(const char *text, size_t length);
/* Code points; text must be valid. */
size_t ebb_utf8_count(const char *text, size_t length);
/* Longest prefix of at most `bytes` that does not cut a character. */
size_t ebb_utf8_cut(const char *text, size_t length, size_t bytes);

#endif
