/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: UTF-8 checks, see utf8.h.
 * Memory:  owns none.
 */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* Length of the well-formed sequence at `at`, 0 when it is none. */
static size_t
sequence(const unsigned char *at, size_t left)
{
	unsigned char lead = at[0], low = 0x80, high = 0xbf;
	size_t need;

	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		need = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		need = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		need = 4;
	else
		return 0;
	if (need > left)
		return 0;
	/* The second byte tells overlong forms, surrogates and what lies above U+10FFFF. */
	if (lead == 0xe0)
		low = 0xa0;
	else if (lead == 0xed)
		high = 0x9f;
	else if (lead == 0xf0)
		low = 0x90;
	else if (lead == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

bool
ebb_utf8_is_valid(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text, *end = at + length;
	uint64_t eight;
	size_t n;

	while (at < end) {
		if (end - at >= 8) {
			memcpy(&eight, at, 8);
			if ((eight & 0x8080808080808080u) == 0) {
				at += 8;
				continue;
			}
		}
		n = sequence(at, (size_t)(end - at));
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

size_t
ebb_utf8_count(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

size_t
ebb_utf8_cut(const char *text, size_t length, size_t bytes)
{
	if (length <= bytes)
		return length;
	while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
		bytes--;
	return bytes;
}
