/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see vocab.h. Memory: the arena's. Must not know: columns, rows, JSON.
 */
#define _GNU_SOURCE
#include "ctl/vocab.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *key; /* folded when case is ignored */
    size_t len;
    struct ebb_word word;
};

struct ebb_vocab {
    struct ebb_arena *arena;
    bool ignores_case;
    const char *separator;
    struct entry *entry; /* without wildcards, sorted by seal */
    int count;
    struct entry *wild; /* with wildcards, in the order of the mapping */
    int wild_count;
};

/* Lower case of ASCII and of Latin-1's capitals (two bytes in UTF-8); enough for the words of a service desk, and free of
 * the locale. */
static void fold(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 'A' && c <= 'Z')
            text[i] = (char)(c + 32);
        else if (c == 0xc3 && i + 1 < len) {
            unsigned char next = (unsigned char)text[++i];
            if (next >= 0x80 && next <= 0x9e && next != 0x97)
                text[i] = (char)(next + 0x20);
        }
    }
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return compare(x->key, x->len, y->key, y->len);
}

struct ebb_vocab *ebb_vocab_new(struct ebb_arena *arena, int capacity, bool ignores_case, const char *separator)
{
    struct ebb_vocab *vocab = EBB_NEW(arena, struct ebb_vocab);
    *vocab = (struct ebb_vocab) { .arena = arena, .ignores_case = ignores_case, .separator = separator };
    vocab->entry = ebb_arena_zalloc(arena, (size_t)(capacity + 1) * sizeof *vocab->entry);
    vocab->wild = ebb_arena_zalloc(arena, (size_t)(capacity + 1) * sizeof *vocab->wild);
    return vocab;
}

/* A star counts at the end of a part only; elsewhere it is an ordinary character. */
static bool has_wildcard(const char *key, const char *separator)
{
    for (const char *star = strchr(key, '*'); star != NULL; star = strchr(star + 1, '*'))
        if (star[1] == '\0' || (separator != NULL && strncmp(star + 1, separator, strlen(separator)) == 0))
            return true;
    return false;
}

void ebb_vocab_add(struct ebb_vocab *vocab, const char *key, const struct ebb_word *word)
{
    struct entry entry = { NULL, strlen(key), *word };
    char *own = ebb_arena_dup(vocab->arena, key, entry.len);
    if (vocab->ignores_case)
        fold(own, entry.len);
    entry.key = own;
    if (has_wildcard(own, vocab->separator))
        vocab->wild[vocab->wild_count++] = entry;
    else
        vocab->entry[vocab->count++] = entry;
}

const char *ebb_vocab_seal(struct ebb_vocab *vocab)
{
    qsort(vocab->entry, (size_t)vocab->count, sizeof *vocab->entry, compare_entries);
    for (int i = 1; i < vocab->count; i++)
        if (compare_entries(&vocab->entry[i - 1], &vocab->entry[i]) == 0)
            return vocab->entry[i].key;
    return NULL;
}

static size_t part_len(const char *text, const char *end, const char *separator)
{
    const char *stop = separator == NULL ? NULL : memmem(text, (size_t)(end - text), separator, strlen(separator));
    return (size_t)((stop == NULL ? end : stop) - text);
}

static bool part_fits(const char *pattern, size_t pattern_len, const char *part, size_t len)
{
    if (pattern_len > 0 && pattern[pattern_len - 1] == '*')
        return len >= pattern_len - 1 && memcmp(pattern, part, pattern_len - 1) == 0;
    return pattern_len == len && memcmp(pattern, part, len) == 0;
}

static bool fits(const struct entry *entry, const char *separator, const char *key, size_t len)
{
    const char *p = entry->key, *p_end = p + entry->len, *k = key, *k_end = key + len;
    size_t skip = separator == NULL ? 0 : strlen(separator);
    for (;;) {
        size_t p_len = part_len(p, p_end, separator), k_len = part_len(k, k_end, separator);
        if (!part_fits(p, p_len, k, k_len))
            return false;
        p += p_len;
        k += k_len;
        if (p == p_end || k == k_end)
            return p == p_end && k == k_end;
        p += skip;
        k += skip;
    }
}

const struct ebb_word *ebb_vocab_find(const struct ebb_vocab *vocab, const char *key, size_t len)
{
    char small[256], *own = small;
    if (vocab->ignores_case) {
        if (len > sizeof small)
            own = malloc(len);
        if (own == NULL)
            return NULL;
        memcpy(own, key, len);
        fold(own, len);
        key = own;
    }
    const struct ebb_word *found = NULL;
    for (int low = 0, high = vocab->count; low < high && found == NULL;) {
        int middle = (low + high) / 2;
        int order = compare(key, len, vocab->entry[middle].key, vocab->entry[middle].len);
        if (order == 0)
            found = &vocab->entry[middle].word;
        else if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    for (int i = 0; i < vocab->wild_count && found == NULL; i++)
        if (fits(&vocab->wild[i], vocab->separator, key, len))
            found = &vocab->wild[i].word;
    if (own != small)
        free(own);
    return found;
}

int ebb_vocab_parts(const char *key, const char *separator)
{
    int parts = 1;
    for (const char *at = key; separator != NULL && *separator != '\0' && (at = strstr(at, separator)) != NULL; at += strlen(separator))
        parts++;
    return parts;
}
