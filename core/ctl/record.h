/* SPDX-License-Identifier: Apache-2.0
 * Purpose: the rows of records.def, and how a record is written for people.
 * Memory: ctl->arena.
 * Must not know: which values are allowed, who may do what; that is the database's.
 */
#ifndef EBB_CTL_RECORD_H
#define EBB_CTL_RECORD_H

#include "ctl/ctl.h"

enum ebb_record_type { EBB_RECORD_WORD, EBB_RECORD_FLAG, EBB_RECORD_NUMBER };
enum { EBB_RECORD_CREATE = 1, EBB_RECORD_CHANGE = 2, EBB_RECORD_LIST = 4 };

struct ebb_record_field {
    const char *kind, *field, *shown, *option;
    enum ebb_record_type type;
    int where;
    const char *title, *arg, *help;
};

struct ebb_record {
    const char *noun, *kind, *name; /* name: the field that names one; "" where only the number does */
    const char *plural;
};

extern const struct ebb_record_field ebb_record_fields[];
extern const size_t ebb_record_field_count;
const struct ebb_record *ebb_record_of(const char *noun);

/* A member as text: yes and no, lists joined, "" for null. */
const char *ebb_record_text(struct ebb_ctl *ctl, const json_t *value);
void ebb_record_print(struct ebb_ctl *ctl, const struct ebb_record *record, const json_t *row);
/* "Made person 7 "Zoe" of it, version 1." */
int ebb_record_told(struct ebb_ctl *ctl, const struct ebb_record *record, const json_t *row, const char *did, const char *would);

#endif
