/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see grid.h. Memory: ctl->arena. Must not know: what stands in it.
 */
#include "ctl/grid.h"

#include "base/utf8.h"

#include <string.h>

void ebb_grid_begin(struct ebb_grid *g, struct ebb_ctl *ctl, const char *const *titles, int columns)
{
    EBB_ASSERT(columns <= EBB_GRID_COLUMNS);
    *g = (struct ebb_grid){ .ctl = ctl, .columns = columns };
    for (int i = 0; i < columns; i++)
        g->title[i] = titles[i];
}

void ebb_grid_row(struct ebb_grid *g, const char *const *cells)
{
    size_t width = (size_t)g->columns;
    if (g->rows == g->room) {
        size_t room = g->room == 0 ? 32 : 2 * g->room;
        const char **grown = ebb_arena_alloc(g->ctl->arena, room * width * sizeof *grown);
        if (g->rows > 0)
            memcpy(grown, g->cell, g->rows * width * sizeof *grown);
        g->cell = grown;
        g->room = room;
    }
    for (size_t i = 0; i < width; i++)
        g->cell[g->rows * width + i] = cells[i] == NULL ? "" : cells[i];
    g->rows++;
}

static int width_of(const char *text)
{
    return (int)ebb_utf8_count(text, strlen(text));
}

static const char *shown_title(const struct ebb_grid *g, int column)
{
    return g->title[column] + (*g->title[column] == '>');
}

static void print_cell(const struct ebb_grid *g, int column, int width, const char *text)
{
    bool is_right = *g->title[column] == '>', is_last = column == g->columns - 1;
    int pad = width - width_of(text);
    printf("%*s%s%*s%s", is_right ? pad : 0, "", text, is_right || is_last ? 0 : pad, "", is_last ? "\n" : "  ");
}

void ebb_grid_print(const struct ebb_grid *g, const char *indent)
{
    int width[EBB_GRID_COLUMNS];
    for (int c = 0; c < g->columns; c++) {
        width[c] = width_of(shown_title(g, c));
        for (size_t r = 0; r < g->rows; r++) {
            int needed = width_of(g->cell[r * (size_t)g->columns + (size_t)c]);
            width[c] = needed > width[c] ? needed : width[c];
        }
    }
    for (int c = 0; c < g->columns; c++) {
        printf("%s", c == 0 ? indent : "");
        print_cell(g, c, width[c], shown_title(g, c));
    }
    for (size_t r = 0; r < g->rows; r++)
        for (int c = 0; c < g->columns; c++) {
            printf("%s", c == 0 ? indent : "");
            print_cell(g, c, width[c], g->cell[r * (size_t)g->columns + (size_t)c]);
        }
}
