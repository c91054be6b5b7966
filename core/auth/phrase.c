/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see phrase.h. What is left of a pass-phrase without address, name, repetitions and runs must still be long
 *          enough.
 * Memory:  a copy on the stack, wiped.
 * Must not know: whose it is beyond what the caller says.
 */
#include "auth/phrase.h"

#include "base/utf8.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4 * EBB_PHRASE_MOST + 1, OWN_LEAST = 8, STEPS_LEAST = 6, KINDS_LEAST = 5, WORD_LEAST = 3 };

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* Takes every occurrence of a word out of the text; case was taken out before. */
static void
take_out(char *text, const char *word, size_t length)
{
	char needle[ROOM];
	char *at;

	if (length < WORD_LEAST || length >= sizeof needle)
		return;
	memcpy(needle, word, length);
	needle[length] = '\0';
	lower(needle);
	for (at = strstr(text, needle); at != NULL; at = strstr(at, needle))
		memmove(at, at + length, strlen(at + length) + 1);
}

static void
take_out_words(char *text, const char *words, const char *between)
{
	if (words == NULL)
		return;
	take_out(text, words, strlen(words));
	for (const char *at = words; *at != '\0';) {
		size_t length = strcspn(at, between);
		take_out(text, at, length);
		at += length + (at[length] != '\0');
	}
}

/* Bytes that neither repeat the one before nor go on counting from it ("aaaa", "abcd", "4321"). */
static size_t
count_steps(const char *text)
{
	size_t steps = 0;

	for (size_t i = 0; text[i] != '\0'; i++)
		if (i == 0 || abs((unsigned char)text[i] - (unsigned char)text[i - 1]) > 1)
			steps++;
	return steps;
}

static size_t
count_kinds(const char *text)
{
	bool has[256] = { false };
	size_t kinds = 0;

	for (; *text != '\0'; text++)
		kinds += !has[(unsigned char)*text], has[(unsigned char)*text] = true;
	return kinds;
}

/* "abcdabcdabcd": one short piece, again and again. */
static bool
is_one_piece(const char *text)
{
	size_t length = strlen(text);

	for (size_t piece = 1; piece < OWN_LEAST && piece * 2 <= length; piece++)
		if (memcmp(text, text + piece, length - piece) == 0)
			return true;
	return false;
}

static const char *
fault_of(char *text, const char *email, const char *name)
{
	lower(text);
	if (count_kinds(text) < KINDS_LEAST || count_steps(text) < STEPS_LEAST || is_one_piece(text))
		return "This pass-phrase repeats or counts; several words that do not belong together are easy to keep.";
	take_out_words(text, email, "@.");
	take_out_words(text, name, " ");
	if (ebb_utf8_count(text, strlen(text)) < OWN_LEAST)
		return "This pass-phrase is mostly the address or the name of its owner, which everybody knows.";
	return NULL;
}

const char *
ebb_phrase_fault(const char *phrase, size_t length, const char *email, const char *name)
{
	char text[ROOM];
	const char *fault;

	if (!ebb_utf8_is_valid(phrase, length) || memchr(phrase, '\0', length) != NULL)
		return "The pass-phrase is not UTF-8.";
	if (ebb_utf8_count(phrase, length) < EBB_PHRASE_LEAST)
		return "A pass-phrase has at least 12 characters; several words are easier than signs.";
	if (length >= sizeof text || ebb_utf8_count(phrase, length) > EBB_PHRASE_MOST)
		return "A pass-phrase has at most 256 characters.";
	memcpy(text, phrase, length);
	text[length] = '\0';
	fault = fault_of(text, email, name);
	sodium_memzero(text, sizeof text);
	return fault;
}
