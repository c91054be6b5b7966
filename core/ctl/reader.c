/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see reader.h: what the formats share. Memory: the reader's row and columns.
 * Must not know: mappings, tickets, the database.
 */
#include "ctl/reader.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool ebb_reader_fail(struct ebb_reader *reader, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(reader->fault, sizeof reader->fault, format, ap);
    va_end(ap);
    return false;
}

enum ebb_row_rc ebb_reader_refuse(struct ebb_reader *reader, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(reader->row.reason, sizeof reader->row.reason, format, ap);
    va_end(ap);
    return EBB_ROW_REFUSED;
}

enum ebb_row_rc ebb_reader_at_end(struct ebb_reader *reader)
{
    const char *fault = ebb_input_fault(reader->input);
    if (fault == NULL)
        return EBB_ROW_END;
    ebb_reader_fail(reader, "after line %llu: %s", (unsigned long long)reader->line, fault);
    return EBB_ROW_BROKEN;
}

bool ebb_reader_is_text(struct ebb_reader *reader, const char *text, size_t len)
{
    if (memchr(text, '\0', len) != NULL) {
        ebb_reader_refuse(reader, "the row holds a NUL byte, which no text may");
        return false;
    }
    if (!ebb_utf8_is_valid(text, len)) {
        ebb_reader_refuse(reader, "the row is not UTF-8; name its \"encoding\" in the mapping if the whole file is windows-1252 or iso-8859-1");
        return false;
    }
    return true;
}

static const struct ebb_reader_class *detect(struct ebb_reader *reader)
{
    switch (reader->opts.format) {
    case EBB_FORMAT_CSV: return &ebb_reader_csv;
    case EBB_FORMAT_XES: return &ebb_reader_xes;
    case EBB_FORMAT_JSON: return &ebb_reader_json;
    case EBB_FORMAT_ANY: break;
    }
    const char *p = reader->window->at, *end = reader->window->end;
    if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    if (p < end && *p == '<')
        return &ebb_reader_xes;
    if (p < end && (*p == '{' || *p == '['))
        return &ebb_reader_json;
    return &ebb_reader_csv;
}

static bool begin_class(struct ebb_reader *reader)
{
    reader->line = 1;
    if (!ebb_input_fill(reader->input)) {
        const char *fault = ebb_input_fault(reader->input);
        return ebb_reader_fail(reader, "%s", fault != NULL ? fault : "the file is empty");
    }
    if (reader->class == NULL)
        reader->class = detect(reader);
    struct ebb_input_window *w = reader->window;
    if (reader->class != &ebb_reader_xes && w->end - w->at >= 3 && memcmp(w->at, "\xef\xbb\xbf", 3) == 0)
        w->at += 3;
    return reader->class->begin(reader);
}

bool ebb_reader_begin(struct ebb_reader *reader, struct ebb_input *input, const struct ebb_reader_opts *opts)
{
    *reader = (struct ebb_reader) { .input = input, .window = ebb_input_window(input), .opts = *opts };
    return begin_class(reader);
}

enum ebb_row_rc ebb_reader_next(struct ebb_reader *reader)
{
    return reader->class->next(reader);
}

bool ebb_reader_again(struct ebb_reader *reader)
{
    reader->class->end(reader);
    if (!ebb_input_rewind(reader->input))
        return ebb_reader_fail(reader, "%s", ebb_input_fault(reader->input));
    return begin_class(reader);
}

void ebb_reader_end(struct ebb_reader *reader)
{
    if (reader->class != NULL)
        reader->class->end(reader);
    ebb_row_free(&reader->row);
    ebb_columns_free(&reader->columns);
}
