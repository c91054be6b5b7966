/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a table of text for people: a heading, rows, columns as wide as they need be.
 * Memory: ctl->arena. Must not know: what stands in it.
 */
#ifndef EBB_CTL_GRID_H
#define EBB_CTL_GRID_H

#include "ctl/ctl.h"

enum { EBB_GRID_COLUMNS = 12 };

struct ebb_grid {
    struct ebb_ctl *ctl;
    int columns;
    const char *title[EBB_GRID_COLUMNS]; /* one that begins with > is aligned right, and shown without it */
    const char **cell;                   /* cell[row * columns + column] */
    size_t rows, room;
};

void ebb_grid_begin(struct ebb_grid *grid, struct ebb_ctl *ctl, const char *const *titles, int columns);
/* As many cells as columns; NULL is empty. */
void ebb_grid_row(struct ebb_grid *grid, const char *const *cells);
void ebb_grid_print(const struct ebb_grid *grid, const char *indent);

#endif
