/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the assessment in words and in HTML. Both walk the document that ctl.assess gives and know its outline only: four
 * questions, sections with tables, a method. What stands in them is the database's business.
 * Memory: ctl->arena. Must not know: the database, any figure by name.
 */
#ifndef EBB_CTL_ASSESS_H
#define EBB_CTL_ASSESS_H

#include "ctl/ctl.h"

struct ebb_table {
    const char *title, *note;
    int columns, rows;
    const char **name;
    const char **unit; /* "" when there is none */
    const char **cell; /* as people read it: cell[row * columns + column] */
    bool *is_number; /* per column: to be aligned right */
    int bar; /* the column that bars are drawn of, or -1 */
    double *share; /* per row: the length of its bar, 0 to 1 */
};

/* A section {title, note, columns [{name, unit}], rows [[...]]}. */
struct ebb_table *ebb_table_of_section(struct ebb_ctl *ctl, const json_t *section);
/* A list of objects with the same members. */
struct ebb_table *ebb_table_of_objects(struct ebb_ctl *ctl, const json_t *list);
/* One object as two columns. */
struct ebb_table *ebb_table_of_figures(struct ebb_ctl *ctl, const json_t *object);

extern const char *const ebb_questions[4];
/* "yes", "partly", "no", "cannot tell". */
const char *ebb_answer_words(const json_t *question);
const char *ebb_scope_words(struct ebb_ctl *ctl, const json_t *document);

void ebb_assess_text(struct ebb_ctl *ctl, const json_t *document, FILE *out);
void ebb_assess_html(struct ebb_ctl *ctl, const json_t *document, FILE *out);

#endif
