/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: finds all words of all rules in a text in one pass, however many rules there are: an automaton (Aho and Corasick)
 *          over folded text, in which words stand between single spaces. So whole words, phrases and beginnings of words
 *          (a star at the end) are one and the same: " vpn ", " remote access ", " print".
 * Memory:  words_new() takes all it needs by the host's alloc(), which takes it back; scanning needs none.
 * Must not know: rules, tickets, JSON.
 */
#ifndef CLASSIFY_RULES_WORDS_H
#define CLASSIFY_RULES_WORDS_H

#include <ebb/plugin.h>

struct words;

/* A folded character is handed over byte by byte: a-z, 0-9, one space between words, or the bytes of another letter. */
typedef void words_byte(void *ctx, unsigned char byte);

/* Case and accents go, everything that is no letter or digit becomes one space; a text begins and ends with one. */
void words_fold(const char *text, words_byte *byte, void *ctx);

/* The fault of a rule's word, NULL when there is none; character_r counts from 1. */
const char *words_fault(const char *word, size_t *character_r);

/* Room for `most` words of `bytes` bytes in all; NULL without memory. */
struct words *words_new(const struct ebb_plugin_host *host, size_t most, size_t bytes);
/* Number of the word, the same for the same word. Words that words_fault() refuses are not for here. */
size_t words_add(struct words *words, const char *word);
/* After the last word; 0 without memory. */
int words_build(struct words *words, const struct ebb_plugin_host *host);
size_t words_count(const struct words *words);

/* Sets `mark` in hits[number] for each word that the text has. */
void words_scan(const struct words *words, const char *text, uint8_t *hits, uint8_t mark);

#endif
