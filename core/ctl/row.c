/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see row.h. Memory: the row's and the columns' own, by malloc; a program without memory ends here.
 * Must not know: file formats, mappings.
 */
#include "ctl/row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *grow(void *old, size_t bytes)
{
    void *p = realloc(old, bytes);
    if (p == NULL) {
        fputs("ebbctl: there is not enough memory\n", stderr);
        abort();
    }
    return p;
}

static uint32_t hash(const char *name, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

static int *find_slot(const struct ebb_columns *c, const char *name, size_t len)
{
    uint32_t mask = (uint32_t)c->slot_count - 1;
    for (uint32_t i = hash(name, len) & mask;; i = (i + 1) & mask) {
        int *slot = &c->slot[i];
        if (*slot == 0)
            return slot;
        const char *other = c->name[*slot - 1];
        if (strlen(other) == len && memcmp(other, name, len) == 0)
            return slot;
    }
}

int ebb_columns_find(const struct ebb_columns *c, const char *name, size_t len)
{
    return c->slot_count == 0 ? -1 : *find_slot(c, name, len) - 1;
}

int ebb_columns_add(struct ebb_columns *c, const char *name, size_t len)
{
    if (c->slot_count == 0) {
        c->slot_count = 2 * EBB_COLUMNS_MAX;
        c->slot = grow(NULL, (size_t)c->slot_count * sizeof *c->slot);
        memset(c->slot, 0, (size_t)c->slot_count * sizeof *c->slot);
        c->name = grow(NULL, EBB_COLUMNS_MAX * sizeof *c->name);
    }
    int *slot = find_slot(c, name, len);
    if (*slot == 0) {
        if (c->count == EBB_COLUMNS_MAX)
            return -1;
        char *copy = grow(NULL, len + 1);
        memcpy(copy, name, len);
        copy[len] = '\0';
        c->name[c->count++] = copy;
        *slot = c->count;
    }
    return *slot - 1;
}

void ebb_columns_free(struct ebb_columns *c)
{
    for (int i = 0; i < c->count; i++)
        free(c->name[i]);
    free(c->name);
    free(c->slot);
    *c = (struct ebb_columns) { 0 };
}

void ebb_row_clear(struct ebb_row *row, uint64_t line)
{
    row->line = line;
    row->used = 0;
    row->is_overlong = false;
    row->reason[0] = '\0';
    for (int i = 0; i < row->cell_count; i++)
        row->cell[i].at = SIZE_MAX;
}

void ebb_row_put(struct ebb_row *row, const char *bytes, size_t len)
{
    if (row->used + len + 1 > EBB_ROW_BYTES_MAX) {
        row->is_overlong = true;
        return;
    }
    if (row->used + len + 1 > row->capacity) {
        row->capacity = row->capacity * 2 + len + 4096;
        row->bytes = grow(row->bytes, row->capacity);
    }
    memcpy(row->bytes + row->used, bytes, len);
    row->used += len;
}

void ebb_row_end_cell(struct ebb_row *row, int column, size_t at)
{
    if (column >= row->cell_count) {
        int count = column + 16;
        row->cell = grow(row->cell, (size_t)count * sizeof *row->cell);
        for (int i = row->cell_count; i < count; i++)
            row->cell[i].at = SIZE_MAX;
        row->cell_count = count;
    }
    size_t len = row->used - at;
    ebb_row_put(row, "", 1);
    if (row->is_overlong)
        return;
    row->cell[column] = (struct ebb_cell) { at, len };
}

const char *ebb_row_text(const struct ebb_row *row, int column, size_t *len_r)
{
    if (column < 0 || column >= row->cell_count || row->cell[column].at == SIZE_MAX)
        return NULL;
    *len_r = row->cell[column].len;
    return row->bytes + row->cell[column].at;
}

void ebb_row_free(struct ebb_row *row)
{
    free(row->cell);
    free(row->bytes);
    *row = (struct ebb_row) { 0 };
}
