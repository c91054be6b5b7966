/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a newcomer's first step: what columns has this file, what stands in them, and how could a mapping begin.
 * Memory: ctl->arena; the first rows only are looked at.
 * Must not know: the database.
 */
#ifndef EBB_CTL_COLUMNS_H
#define EBB_CTL_COLUMNS_H

#include "ctl/ctl.h"
#include "ctl/reader.h"

enum { EBB_PROFILE_VALUES = 40 };

struct ebb_profile_value {
    const char *text;
    long count;
};

struct ebb_profile {
    const char *name;
    long filled;
    int distinct; /* at most EBB_PROFILE_VALUES are kept */
    bool has_more; /* than that many different values */
    bool is_repeated; /* the value of the row before came again at least once */
    bool is_unique; /* no value seen twice, as far as values were kept */
    struct ebb_profile_value value[EBB_PROFILE_VALUES];
};

struct ebb_profiles {
    struct ebb_profile *column;
    int count;
    long rows;
};

/* Prints columns and values on standard error and the mapping on standard output (--json: both as one object there);
 * returns the exit code. */
int ebb_columns_show(struct ebb_ctl *ctl, struct ebb_reader *reader, const char *file);

/* suggest.c: a mapping that reads the file, with the guesses that names and values allow. */
json_t *ebb_suggest(struct ebb_ctl *ctl, const struct ebb_profiles *profiles);

#endif
