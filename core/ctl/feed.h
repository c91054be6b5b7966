/* SPDX-License-Identifier: Apache-2.0
 * Purpose: takes mapped and refused rows, and hands them to the database in batches (or, in a dry run, counts them only).
 * Memory: two texts of a batch's size; a file for refused rows, if asked for.
 * Must not know: file formats, mappings' contents.
 */
#ifndef EBB_CTL_FEED_H
#define EBB_CTL_FEED_H

#include "ctl/apply.h"
#include "ctl/ctl.h"

struct ebb_feed {
    struct ebb_ctl *ctl;
    const struct ebb_mapping *mapping;
    const char *import_id; /* NULL: dry run */
    struct ebb_arena *arena; /* of one batch */
    struct ebb_str rows, refusals;
    int row_count, refusal_count; /* in the batch */
    FILE *refused_file;
    long long read, accepted, refused, events, fresh;
    char first_at[EBB_DATE_TEXT], last_at[EBB_DATE_TEXT]; /* as the log writes them */
    struct ebb_date first, last;
};

void ebb_feed_begin(struct ebb_feed *feed, struct ebb_ctl *ctl, const struct ebb_mapping *mapping);
/* One row, read from the file: mapped, or refused when its reader or the mapping refuses it. */
EBB_MUST enum ebb_rc ebb_feed_row(struct ebb_feed *feed, const struct ebb_reader *reader, bool is_readable);
/* What is still in the batch. */
EBB_MUST enum ebb_rc ebb_feed_flush(struct ebb_feed *feed);
void ebb_feed_end(struct ebb_feed *feed);

#endif
