/* SPDX-License-Identifier: Apache-2.0
 * Purpose: any mapping: it is acceptable, or every fault has a place and a sentence; and what is acceptable reads any row.
 * Memory: two arenas, reset each time. Must not know: file formats.
 */
#include "ctl/apply.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char log_text[] = "i,t,s,a,b\n1,2020-01-01 10:00,open,x,y\n1,2020-01-02 10:00,closed,,?\n,31.2.2020,open,1 - High,2\n";

static void apply(struct ebb_mapping *m, struct ebb_arena *scratch)
{
    struct ebb_reader reader;
    struct ebb_facts facts;
    int missing;
    struct ebb_input *input = ebb_input_memory(log_text, sizeof log_text - 1);
    struct ebb_reader_opts opts = { .format = EBB_FORMAT_CSV };
    EBB_ASSERT(ebb_reader_begin(&reader, input, &opts));
    if (ebb_mapping_bind(m, &reader.columns, false, &missing) != EBB_OK)
        return;
    while (ebb_reader_next(&reader) == EBB_ROW_READ)
        if (!ebb_apply(m, &reader.row, scratch, &facts))
            EBB_ASSERT(facts.reason[0] != '\0');
        else
            EBB_ASSERT(facts.count >= 1 && facts.ref.text != NULL && facts.event[0].at[0] != '\0');
    ebb_reader_end(&reader);
    ebb_input_close(input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ebb_arena *arena, *scratch;
    struct ebb_mapping *m;
    struct ebb_err err;
    if (arena == NULL) {
        arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
        scratch = ebb_arena_new("fuzz row", EBB_ARENA_PLAIN);
    }
    ebb_err_init(&err, arena);
    if (ebb_mapping_parse(&m, (const char *)data, size, arena, &err) == EBB_OK)
        apply(m, scratch);
    else
        EBB_ASSERT(err.rc == EBB_E_CONFIG && err.sentence != NULL);
    ebb_arena_reset(scratch);
    ebb_arena_reset(arena);
    return 0;
}
