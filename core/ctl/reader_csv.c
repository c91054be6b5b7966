/* SPDX-License-Identifier: Apache-2.0
 * Purpose: CSV after RFC 4180: quoted fields with line ends, "" for a quote, CRLF, LF or CR, byte-order mark, a line
 * "sep=;" as spreadsheets write it; the delimiter is guessed unless stated. What RFC 4180 does not allow is refused by
 * line, never mended.
 * Memory: the reader's. Must not know: mappings, tickets, the database.
 */
#include "ctl/reader.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct csv {
    char delimiter;
    int field_count; /* of the header */
    int *column; /* field to column number */
    bool has_high, has_bad_byte;
    int fields; /* of the row being read */
};

/* What windows-1252 has at 0x80..0x9f; 0: nothing. Above 0x9f it is iso-8859-1, which is the first page of Unicode. */
static const unsigned short cp1252[32] = { 0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e,
    0x0178 };

static void put_byte(struct ebb_reader *reader, struct csv *csv, char byte)
{
    unsigned code = (unsigned char)byte;
    if (code < 0x80 || reader->opts.encoding == EBB_UTF_8) {
        csv->has_high = csv->has_high || code >= 0x80 || code == 0;
        ebb_row_put(&reader->row, &byte, 1);
        return;
    }
    if (code < 0xa0 && reader->opts.encoding == EBB_WINDOWS_1252)
        code = cp1252[code - 0x80];
    csv->has_bad_byte = csv->has_bad_byte || code == 0;
    char utf8[3];
    size_t len = 2;
    if (code < 0x800) {
        utf8[0] = (char)(0xc0 | code >> 6);
        utf8[1] = (char)(0x80 | (code & 0x3f));
    } else {
        utf8[0] = (char)(0xe0 | code >> 12);
        utf8[1] = (char)(0x80 | (code >> 6 & 0x3f));
        utf8[2] = (char)(0x80 | (code & 0x3f));
        len = 3;
    }
    ebb_row_put(&reader->row, utf8, len);
}

/* Takes the bytes up to one that means something here; most bytes of a file pass through this loop. */
static void put_run(struct ebb_reader *reader, struct csv *csv, char stop)
{
    struct ebb_input_window *w = reader->window;
    const char *p = w->at;
    bool is_plain = true;
    while (p < w->end && *p != stop && *p != '\n' && *p != '\r' && *p != '"') {
        is_plain = is_plain && (unsigned char)*p < 0x80 && *p != '\0';
        p++;
    }
    if (is_plain)
        ebb_row_put(&reader->row, w->at, (size_t)(p - w->at));
    else
        for (const char *q = w->at; q < p; q++)
            put_byte(reader, csv, *q);
    w->at = p;
}

static void end_field(struct ebb_reader *reader, struct csv *csv, size_t at)
{
    int field = csv->fields++;
    if (csv->column == NULL)
        ebb_row_end_cell(&reader->row, field < EBB_COLUMNS_MAX ? field : EBB_COLUMNS_MAX - 1, at);
    else if (field < csv->field_count)
        ebb_row_end_cell(&reader->row, csv->column[field], at);
    else
        ebb_row_put(&reader->row, "", 1); /* too many: counted, refused, but part of what the row's hash is made of */
}

/* Takes a line end, whichever it is. */
static void take_line_end(struct ebb_reader *reader)
{
    char c = *reader->window->at++;
    if (c == '\r' && ebb_reader_peek(reader) == '\n')
        reader->window->at++;
    reader->line++;
}

/* The inside of a quoted field; the opening quote has been taken. False: the file ends first. */
static bool read_quoted(struct ebb_reader *reader, struct csv *csv)
{
    for (;;) {
        put_run(reader, csv, '"');
        int c = ebb_reader_peek(reader);
        if (c < 0)
            return false;
        reader->window->at++;
        if (c == '"' && ebb_reader_peek(reader) != '"')
            return true;
        if (c == '"')
            reader->window->at++;
        if (c == '\n')
            reader->line++;
        if (c == '\r' && ebb_reader_peek(reader) != '\n')
            reader->line++;
        char byte = (char)c;
        ebb_row_put(&reader->row, &byte, 1);
    }
}

enum fault { FAULT_NONE, FAULT_UNCLOSED, FAULT_AFTER_QUOTE };

/* One field and what ends it: true when the row goes on. */
static bool read_field(struct ebb_reader *reader, struct csv *csv, enum fault *fault)
{
    size_t at = reader->row.used;
    int c = ebb_reader_peek(reader);
    if (c == '"') {
        reader->window->at++;
        if (!read_quoted(reader, csv))
            *fault = FAULT_UNCLOSED;
        c = ebb_reader_peek(reader);
        if (c >= 0 && c != csv->delimiter && c != '\n' && c != '\r' && *fault == FAULT_NONE)
            *fault = FAULT_AFTER_QUOTE;
    }
    for (;;) {
        put_run(reader, csv, csv->delimiter);
        c = ebb_reader_peek(reader);
        if (c < 0 || c == csv->delimiter || c == '\n' || c == '\r')
            break;
        if (c == '"') { /* a quote inside an unquoted field is text */
            reader->window->at++;
            ebb_row_put(&reader->row, "\"", 1);
        }
    }
    end_field(reader, csv, at);
    if (c == csv->delimiter) {
        reader->window->at++;
        return true;
    }
    if (c >= 0)
        take_line_end(reader);
    return false;
}

static enum fault read_record(struct ebb_reader *reader, struct csv *csv)
{
    enum fault fault = FAULT_NONE;
    csv->fields = 0;
    csv->has_high = csv->has_bad_byte = false;
    ebb_row_clear(&reader->row, reader->line);
    while (read_field(reader, csv, &fault))
        ;
    return fault;
}

static bool is_text(struct ebb_reader *reader)
{
    for (int i = 0; i < reader->row.cell_count; i++) {
        size_t len = 0;
        const char *text = ebb_row_text(&reader->row, i, &len);
        if (text != NULL && !ebb_reader_is_text(reader, text, len))
            return false;
    }
    return true;
}

static enum ebb_row_rc judge(struct ebb_reader *reader, struct csv *csv, enum fault fault)
{
    struct ebb_row *row = &reader->row;
    if (row->is_overlong)
        return ebb_reader_refuse(reader, "the row is longer than 8 MiB; probably a quote is never closed (the file goes on at line %llu)",
            (unsigned long long)reader->line);
    if (fault == FAULT_UNCLOSED)
        return ebb_reader_refuse(reader, "a quote is opened and never closed: everything from here to the end of the file is this one row");
    if (fault == FAULT_AFTER_QUOTE)
        return ebb_reader_refuse(reader, "text follows a closing quote; a quote inside a quoted field is written twice");
    if (csv->has_bad_byte)
        return ebb_reader_refuse(reader, "a byte means nothing in windows-1252; correct the mapping's \"encoding\"");
    if (csv->fields != csv->field_count)
        return ebb_reader_refuse(reader, "the row has %d field%s, the header has %d", csv->fields, csv->fields == 1 ? "" : "s",
            csv->field_count);
    return !csv->has_high || is_text(reader) ? EBB_ROW_READ : EBB_ROW_REFUSED;
}

static enum ebb_row_rc csv_next(struct ebb_reader *reader)
{
    struct csv *csv = reader->state;
    for (;;) {
        int c = ebb_reader_peek(reader);
        if (c < 0)
            return ebb_reader_at_end(reader);
        if (c != '\n' && c != '\r')
            break;
        take_line_end(reader);
    }
    enum fault fault = read_record(reader, csv);
    if (ebb_reader_peek(reader) < 0 && ebb_input_fault(reader->input) != NULL)
        return ebb_reader_at_end(reader);
    return judge(reader, csv, fault);
}

/* How many fields the lines at the top have with this delimiter: the more lines agree with the first, the better. */
static int score_delimiter(const struct ebb_input_window *w, char delimiter)
{
    int first = 0, fields = 1, lines = 0, agree = 0;
    bool is_quoted = false;
    for (const char *p = w->at; p < w->end && lines < 50; p++) {
        if (*p == '"')
            is_quoted = !is_quoted;
        else if (*p == delimiter && !is_quoted)
            fields++;
        else if (*p == '\n' && !is_quoted) {
            if (lines++ == 0)
                first = fields;
            agree += fields == first;
            fields = 1;
        }
    }
    if (lines == 0)
        first = fields;
    return first < 2 ? 0 : 1000 * agree / (lines > 0 ? lines : 1) * 10 + (first < 1000 ? first : 999);
}

static char guess_delimiter(struct ebb_reader *reader)
{
    static const char candidates[] = { ',', ';', '\t', '|' };
    struct ebb_input_window *w = reader->window;
    if (w->end - w->at >= 6 && memcmp(w->at, "sep=", 4) == 0 && ebb_reader_is_delimiter(w->at[4]) && (w->at[5] == '\r' || w->at[5] == '\n')) {
        char delimiter = w->at[4];
        w->at += 5;
        take_line_end(reader);
        return delimiter;
    }
    char best = ',';
    int best_score = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        int score = score_delimiter(w, candidates[i]);
        if (score > best_score) {
            best = candidates[i];
            best_score = score;
        }
    }
    return best;
}

enum { TAKEN = -2 };

/* The column's number; TAKEN when an earlier field has that name, -1 when there are too many. */
static int claim(struct ebb_reader *reader, bool *is_taken, const char *name, size_t len)
{
    int column = ebb_columns_add(&reader->columns, name, len);
    if (column >= 0 && is_taken[column])
        return TAKEN;
    if (column >= 0)
        is_taken[column] = true;
    return column;
}

/* A column without a name, or with a name for the second time, gets one by which it can be mapped. */
static int name_column(struct ebb_reader *reader, bool *is_taken, int field)
{
    size_t len = 0;
    const char *name = ebb_row_text(&reader->row, field, &len);
    while (len > 0 && (*name == ' ' || *name == '\t')) {
        name++;
        len--;
    }
    while (len > 0 && (name[len - 1] == ' ' || name[len - 1] == '\t'))
        len--;
    char other[300];
    if (len == 0) {
        len = (size_t)snprintf(other, sizeof other, "column %d", field + 1);
        name = memcpy(other + 150, other, len + 1);
    }
    int column = claim(reader, is_taken, name, len);
    for (int n = 2; column == TAKEN; n++) {
        int size = snprintf(other, 140, "%.*s (%d)", (int)ebb_utf8_cut(name, len, 100), name, n);
        column = claim(reader, is_taken, other, (size_t)size);
    }
    return column;
}

static bool name_columns(struct ebb_reader *reader, struct csv *csv)
{
    csv->column = calloc((size_t)csv->fields, sizeof *csv->column);
    bool *is_taken = calloc(EBB_COLUMNS_MAX, sizeof *is_taken);
    bool is_fit = csv->column != NULL && is_taken != NULL;
    for (csv->field_count = 0; csv->field_count < csv->fields && is_fit; csv->field_count++) {
        int column = name_column(reader, is_taken, csv->field_count);
        csv->column[csv->field_count] = column;
        is_fit = column >= 0;
    }
    free(is_taken);
    return is_fit;
}

static void csv_end(struct ebb_reader *reader)
{
    struct csv *csv = reader->state;
    if (csv != NULL)
        free(csv->column);
    free(csv);
    reader->state = NULL;
}

static void skip_lines(struct ebb_reader *reader, int count)
{
    for (int c = ebb_reader_peek(reader); count > 0 && c >= 0; c = ebb_reader_peek(reader)) {
        if (c == '\n' || c == '\r') {
            take_line_end(reader);
            count--;
        } else {
            reader->window->at++;
        }
    }
    ebb_input_fill(reader->input);
}

static bool csv_begin(struct ebb_reader *reader)
{
    struct csv *csv = reader->state = calloc(1, sizeof *csv);
    if (csv == NULL)
        return ebb_reader_fail(reader, "there is not enough memory");
    skip_lines(reader, reader->opts.skip_lines);
    csv->delimiter = guess_delimiter(reader);
    if (reader->opts.delimiter != 0)
        csv->delimiter = reader->opts.delimiter;
    while (ebb_reader_peek(reader) == '\n' || ebb_reader_peek(reader) == '\r')
        take_line_end(reader);
    if (ebb_reader_peek(reader) < 0)
        return ebb_reader_fail(reader, "there is no header line");
    enum fault fault = read_record(reader, csv);
    if (fault != FAULT_NONE || reader->row.is_overlong || csv->fields > EBB_COLUMNS_MAX)
        return ebb_reader_fail(reader, "line %llu is no CSV header that could be read (a quote that is not closed, more than %d columns, "
                                       "or no CSV at all)", (unsigned long long)reader->row.line, EBB_COLUMNS_MAX);
    if (csv->has_bad_byte || !is_text(reader))
        return ebb_reader_fail(reader, "the header: %s", reader->row.reason);
    if (!name_columns(reader, csv))
        return ebb_reader_fail(reader, "the header has more than %d columns", EBB_COLUMNS_MAX);
    return true;
}

const struct ebb_reader_class ebb_reader_csv = { "CSV", true, csv_begin, csv_next, csv_end };
