/* SPDX-License-Identifier: Apache-2.0
 * Purpose: one row of a foreign log, and the names of its columns. Both are used again for every row, so that a file of
 * any length needs the memory of its longest row.
 * Memory: each owns its own; free by the *_free functions.
 * Must not know: file formats, mappings.
 */
#ifndef EBB_CTL_ROW_H
#define EBB_CTL_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EBB_COLUMNS_MAX = 4096,
    EBB_ROW_BYTES_MAX = 8 << 20,
    EBB_ROW_REASON = 240,
};

struct ebb_columns {
    char **name;
    int count;
    int *slot; /* open-addressing table of column numbers + 1 */
    int slot_count;
};

struct ebb_cell {
    size_t at, len; /* of the text in ebb_row.bytes; at == SIZE_MAX: the row has no such field */
};

struct ebb_row {
    uint64_t line; /* where it begins in the file, from 1 */
    struct ebb_cell *cell;
    int cell_count;
    char *bytes; /* the fields one after the other, each ended by a NUL */
    size_t used, capacity;
    bool is_overlong;
    char reason[EBB_ROW_REASON]; /* why the reader refused it */
};

/* The number of a column, or -1. */
int ebb_columns_find(const struct ebb_columns *columns, const char *name, size_t len);
/* The same, made when it is not there; -1 when there are too many. */
int ebb_columns_add(struct ebb_columns *columns, const char *name, size_t len);
void ebb_columns_free(struct ebb_columns *columns);

void ebb_row_clear(struct ebb_row *row, uint64_t line);
void ebb_row_put(struct ebb_row *row, const char *bytes, size_t len);
/* Ends the field begun at `at` and gives it to the column. */
void ebb_row_end_cell(struct ebb_row *row, int column, size_t at);
/* Text of a field, ended by a NUL; NULL when the row has no such field. */
const char *ebb_row_text(const struct ebb_row *row, int column, size_t *len_r);
void ebb_row_free(struct ebb_row *row);

#endif
