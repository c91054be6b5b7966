/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: text as the matcher sees it: lower case, without accents, words between single spaces. The same function folds the
 *          words of the rules, so that both sides agree whatever it does with a character.
 * Memory:  none.
 * Must not know: locale (a plugin must not set one, and "C" folds ASCII only); rules.
 */
#include "words.h"

/* U+00C0 to U+017F. A space separates words; 1 to 5 stand for two letters. */
static const char latin[] = "aaaaaa1ceeeeiiiidnooooo ouuuuy23"
			    "aaaaaa1ceeeeiiiidnooooo ouuuuy2y"
			    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii44jjkkk"
			    "llllllllllnnnnnnnnnoooooo55rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static const char *const two_letters[] = { "", "ae", "th", "ss", "ij", "oe" };

_Static_assert(sizeof latin == 0x180 - 0xC0 + 1, "one entry for each of U+00C0 to U+017F");

enum { SEPARATOR = 0, NOTHING = 1 }; /* beside code points of letters */

/* Code point and its length; a byte that is no UTF-8 separates words. */
static uint32_t
code_point(const unsigned char *s, size_t *length_r)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4 : 0;
	uint32_t point;

	*length_r = 1;
	if (length < 2)
		return length == 1 ? s[0] : SEPARATOR;
	point = s[0] & (0xFFu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return SEPARATOR;
		point = point << 6 | (s[i] & 0x3F);
	}
	if (point < least[length])
		return SEPARATOR;
	*length_r = length;
	return point;
}

/* Greek loses its accents with its case; Cyrillic keeps its letters. */
static uint32_t
lower_greek_or_cyrillic(uint32_t point)
{
	static const struct {
		uint16_t from, to;
	} accented[] = { { 0x386, 0x3B1 }, { 0x388, 0x3B5 }, { 0x389, 0x3B7 }, { 0x38A, 0x3B9 }, { 0x38C, 0x3BF }, { 0x38E, 0x3C5 },
			 { 0x38F, 0x3C9 }, { 0x3AC, 0x3B1 }, { 0x3AD, 0x3B5 }, { 0x3AE, 0x3B7 }, { 0x3AF, 0x3B9 }, { 0x3CC, 0x3BF },
			 { 0x3CD, 0x3C5 }, { 0x3CE, 0x3C9 }, { 0x3C2, 0x3C3 }, { 0x401, 0x435 }, { 0x451, 0x435 } };

	for (size_t i = 0; i < sizeof accented / sizeof accented[0]; i++)
		if (accented[i].from == point)
			return accented[i].to;
	if ((point >= 0x391 && point <= 0x3A9) || (point >= 0x410 && point <= 0x42F))
		return point + 0x20;
	if (point >= 0x400 && point <= 0x40F)
		return point + 0x50;
	return point;
}

static uint32_t
fold_point(uint32_t point)
{
	if (point < 0x80)
		return (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9') ? point : point >= 'A' && point <= 'Z' ? point + 32 : SEPARATOR;
	if (point == 0xAD || (point >= 0x300 && point <= 0x36F) || (point >= 0x200B && point <= 0x200D) || point == 0xFEFF)
		return NOTHING; /* soft hyphen, accents that stand by themselves, what has no width */
	if (point < 0xC0)
		return point == 0xAA ? 'a' : point == 0xBA ? 'o' : point == 0xB5 ? 0x3BC : SEPARATOR;
	if ((point >= 0x2000 && point <= 0x206F) || (point >= 0x3000 && point <= 0x303F) || (point >= 0x2190 && point <= 0x2BFF))
		return SEPARATOR; /* dashes, quotes, arrows, boxes */
	if (point >= 0x370 && point <= 0x45F)
		return lower_greek_or_cyrillic(point);
	if (point >= 0x1E00 && point <= 0x1EFF)
		return point | 1;
	return point;
}

static void
put_letter(uint32_t point, words_byte *byte, void *ctx)
{
	if (point >= 0x10000) {
		byte(ctx, (unsigned char)(0xF0 | point >> 18));
		byte(ctx, (unsigned char)(0x80 | (point >> 12 & 0x3F)));
	} else if (point >= 0x800) {
		byte(ctx, (unsigned char)(0xE0 | point >> 12));
	}
	if (point >= 0x800)
		byte(ctx, (unsigned char)(0x80 | (point >> 6 & 0x3F)));
	else
		byte(ctx, (unsigned char)(0xC0 | point >> 6));
	byte(ctx, (unsigned char)(0x80 | (point & 0x3F)));
}

/* False when the character separates words. */
static int
put(uint32_t point, words_byte *byte, void *ctx)
{
	char folded;

	if (point < 0xC0 || point >= 0x180) {
		if (point >= 0x80)
			put_letter(point, byte, ctx);
		else
			byte(ctx, (unsigned char)point);
		return 1;
	}
	folded = latin[point - 0xC0];
	if (folded == ' ')
		return 0;
	if (folded >= '1' && folded <= '5') {
		byte(ctx, (unsigned char)two_letters[folded - '0'][0]);
		byte(ctx, (unsigned char)two_letters[folded - '0'][1]);
	} else {
		byte(ctx, (unsigned char)folded);
	}
	return 1;
}

void
words_fold(const char *text, words_byte *byte, void *ctx)
{
	const unsigned char *s = (const unsigned char *)text;
	int is_between = 1;
	size_t length;

	byte(ctx, ' ');
	for (; *s != '\0'; s += length) {
		uint32_t point = fold_point(code_point(s, &length));

		if (point == NOTHING)
			continue;
		if (point != SEPARATOR && put(point, byte, ctx)) {
			is_between = 0;
		} else if (!is_between) {
			byte(ctx, ' ');
			is_between = 1;
		}
	}
	if (!is_between)
		byte(ctx, ' ');
}
