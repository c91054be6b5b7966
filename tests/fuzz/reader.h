/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what the fuzz targets of the readers share: a file of format EBB_FUZZ_FORMAT with anything in it, plain or in the shape of a
 * compressed one, gives rows, refusals or a fault, the same ones when it is read again; what is given out is text and ends where it says.
 * Memory: the reader's. Must not know: mappings.
 */
#ifndef EBB_FUZZ_READER_H
#define EBB_FUZZ_READER_H

#include "base/check.h"
#include "base/utf8.h"
#include "ctl/reader.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct ebb_reader *reader)
{
    for (int i = 0; i < reader->columns.count; i++) {
        size_t len = 0;
        const char *text = ebb_row_text(&reader->row, i, &len);
        if (text != NULL)
            EBB_ASSERT(strlen(text) == len && ebb_utf8_is_valid(text, len));
    }
}

static unsigned read_all(struct ebb_reader *reader)
{
    unsigned seen = 1;
    for (enum ebb_row_rc rc; (rc = ebb_reader_next(reader)) != EBB_ROW_END;) {
        seen = seen * 31 + rc;
        if (rc == EBB_ROW_READ)
            check_row(reader);
        if (rc == EBB_ROW_REFUSED)
            EBB_ASSERT(reader->row.reason[0] != '\0');
        if (rc == EBB_ROW_BROKEN) {
            EBB_ASSERT(reader->fault[0] != '\0');
            break;
        }
    }
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ebb_reader_opts opts = { .format = EBB_FUZZ_FORMAT, .encoding = (enum ebb_encoding)(size % 3) };
    struct ebb_reader reader;
    struct ebb_input *input = ebb_input_memory(data, size);
    if (ebb_reader_begin(&reader, input, &opts)) {
        unsigned first = read_all(&reader);
        EBB_ASSERT(ebb_reader_again(&reader) && read_all(&reader) == first);
    } else {
        EBB_ASSERT(reader.fault[0] != '\0');
    }
    ebb_reader_end(&reader);
    ebb_input_close(input);
    return 0;
}

#endif
