/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the automaton of words.h. While words are added it is a tree; words_build() turns it into a table with one step for
 *          each state and byte, so that a scan is one look-up a byte.
 * Memory:  see words.h. Bytes that no word has share one column, which keeps the table small: 1,000 words are about 1 MB.
 * Must not know: rules, tickets, JSON.
 */
#include "words.h"

#include <string.h>

#define NO_WORD UINT32_MAX

struct state {
	uint32_t word;     /* that ends here, or NO_WORD */
	uint32_t shorter;  /* next state with a word that ends here as well; 0: none */
	uint32_t fallback; /* longest proper end of what was read that begins a word */
};

struct words {
	size_t room, count, bytes;
	char *texts; /* folded words, one after the other, each with its NUL */
	size_t used;
	uint32_t *starts;
	uint8_t column[256];
	uint32_t column_count, state_count;
	struct state *states;
	uint32_t *next; /* state_count * column_count */
	uint32_t *queue;
};

struct folded {
	char *text;
	size_t length;
};

static void
append(void *ctx, unsigned char byte)
{
	struct folded *folded = ctx;

	folded->text[folded->length++] = (char)byte;
}

static void
count_letter(void *ctx, unsigned char byte)
{
	*(size_t *)ctx += byte != ' ';
}

/* Of what may stand before a star: "c-*" would mean all that begins with c. */
static int
is_letter(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

const char *
words_fault(const char *word, size_t *character_r)
{
	size_t letters = 0, character = 0;
	const char *star = strchr(word, '*');

	for (const char *s = word; s != star && *s != '\0'; s++)
		character += ((unsigned char)*s & 0xC0) != 0x80;
	*character_r = character + 1;
	if (star != NULL && star[1] != '\0')
		return "a star stands at the end only, for words that begin so";
	if (star != NULL && (star == word || !is_letter(star[-1])))
		return "a star needs the beginning of a word before it";
	words_fold(word, count_letter, &letters);
	*character_r = 1;
	return letters == 0 ? "it has no letter and no digit" : NULL;
}

struct words *
words_new(const struct ebb_plugin_host *host, size_t most, size_t bytes)
{
	struct words *words = host->alloc(host, sizeof *words);

	if (words == NULL)
		return NULL;
	words->room = most;
	words->bytes = bytes + 3 * most; /* a space on both sides, a NUL */
	words->texts = host->alloc(host, words->bytes + 1);
	words->starts = host->alloc(host, (most + 1) * sizeof *words->starts);
	return words->texts != NULL && words->starts != NULL ? words : NULL;
}

size_t
words_add(struct words *words, const char *word)
{
	struct folded folded = { .text = words->texts + words->used };

	words_fold(word, append, &folded);
	if (word[0] != '\0' && word[strlen(word) - 1] == '*')
		folded.length--; /* the space at the end: any letter may follow */
	folded.text[folded.length] = '\0';
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->texts + words->starts[i], folded.text) == 0)
			return i;
	words->starts[words->count] = (uint32_t)words->used;
	words->used += folded.length + 1;
	return words->count++;
}

static uint32_t *
step(const struct words *words, uint32_t state, unsigned char byte)
{
	return &words->next[(size_t)state * words->column_count + words->column[byte]];
}

static void
plant(struct words *words, uint32_t number)
{
	uint32_t state = 0;

	for (const unsigned char *s = (const unsigned char *)words->texts + words->starts[number]; *s != '\0'; s++) {
		uint32_t *to = step(words, state, *s);

		if (*to == 0) {
			*to = words->state_count++;
			words->states[*to].word = NO_WORD;
		}
		state = *to;
	}
	words->states[state].word = number;
}

/* By breadth, so that a state's fallback is finished before the state itself. */
static void
connect(struct words *words)
{
	size_t head = 0, tail = 0;

	words->queue[tail++] = 0;
	while (head < tail) {
		uint32_t from = words->queue[head++];
		uint32_t back = words->states[from].fallback;

		for (uint32_t c = 0; c < words->column_count; c++) {
			uint32_t *to = &words->next[(size_t)from * words->column_count + c];
			uint32_t instead = from == 0 ? 0 : words->next[(size_t)back * words->column_count + c];

			if (*to == 0) {
				*to = instead;
				continue;
			}
			words->states[*to].fallback = instead;
			words->states[*to].shorter =
			    words->states[instead].word != NO_WORD ? instead : words->states[instead].shorter;
			words->queue[tail++] = *to;
		}
	}
}

int
words_build(struct words *words, const struct ebb_plugin_host *host)
{
	size_t state_most = words->used + 1;

	words->column_count = 1; /* 0: bytes that no word has */
	for (size_t i = 0; i < words->used; i++) {
		unsigned char byte = (unsigned char)words->texts[i];

		if (byte != '\0' && words->column[byte] == 0)
			words->column[byte] = (uint8_t)words->column_count++;
	}
	words->states = host->alloc(host, state_most * sizeof *words->states);
	words->queue = host->alloc(host, state_most * sizeof *words->queue);
	words->next = host->alloc(host, state_most * words->column_count * sizeof *words->next);
	if (words->states == NULL || words->queue == NULL || words->next == NULL)
		return 0;
	words->states[0].word = NO_WORD;
	words->state_count = 1;
	for (uint32_t i = 0; i < words->count; i++)
		plant(words, i);
	connect(words);
	return 1;
}

size_t
words_count(const struct words *words)
{
	return words->count;
}

struct scan {
	const struct words *words;
	uint32_t state;
	uint8_t *hits;
	uint8_t mark;
};

static void
read_byte(void *ctx, unsigned char byte)
{
	struct scan *scan = ctx;
	const struct words *words = scan->words;
	uint32_t at = scan->state = *step(words, scan->state, byte);

	/* As many as the words of one phrase: all begin with a space. */
	for (at = words->states[at].word != NO_WORD ? at : words->states[at].shorter; at != 0; at = words->states[at].shorter)
		scan->hits[words->states[at].word] |= scan->mark;
}

void
words_scan(const struct words *words, const char *text, uint8_t *hits, uint8_t mark)
{
	struct scan scan = { .words = words, .hits = hits, .mark = mark };

	if (words->count > 0)
		words_fold(text, read_byte, &scan);
}
