/* SPDX-License-Identifier: Apache-2.0
 * Purpose: rows out of a log in any of the three formats. A format is one reader_*.c with one struct ebb_reader_class.
 * Memory: a reader owns its row and its columns, and borrows the input.
 * Must not know: mappings, tickets, the database.
 */
#ifndef EBB_CTL_READER_H
#define EBB_CTL_READER_H

#include "ctl/input.h"
#include "ctl/row.h"

#include <string.h>

enum ebb_row_rc {
    EBB_ROW_READ,
    EBB_ROW_REFUSED, /* row.reason says why; reading goes on */
    EBB_ROW_END,
    EBB_ROW_BROKEN, /* the file cannot be read further; ebb_reader.fault says why */
};

enum ebb_format { EBB_FORMAT_ANY, EBB_FORMAT_CSV, EBB_FORMAT_XES, EBB_FORMAT_JSON };
enum ebb_encoding { EBB_UTF_8, EBB_WINDOWS_1252, EBB_ISO_8859_1 };

struct ebb_reader_opts {
    enum ebb_format format; /* EBB_FORMAT_ANY: by the first bytes */
    enum ebb_encoding encoding; /* of CSV; XML names its own, JSON is UTF-8 */
    char delimiter; /* of CSV; 0: guessed */
    int skip_lines; /* CSV: lines above the header */
    const char *json_rows; /* JSON: member that holds the array; NULL: the rows are at the top */
};

struct ebb_reader;

struct ebb_reader_class {
    const char *name; /* for people: CSV, XES, JSON */
    /* True when every column is known before the first row. */
    bool has_header;
    bool (*begin)(struct ebb_reader *reader);
    enum ebb_row_rc (*next)(struct ebb_reader *reader);
    void (*end)(struct ebb_reader *reader);
};

struct ebb_reader {
    const struct ebb_reader_class *class;
    struct ebb_input *input;
    struct ebb_input_window *window;
    struct ebb_reader_opts opts;
    struct ebb_columns columns;
    struct ebb_row row;
    uint64_t line; /* of the next byte to be taken */
    void *state; /* the class's own */
    char fault[300];
};

extern const struct ebb_reader_class ebb_reader_csv, ebb_reader_xes, ebb_reader_json;

/* Finds out the format and reads the header, if there is one. False: reader->fault says why. */
bool ebb_reader_begin(struct ebb_reader *reader, struct ebb_input *input, const struct ebb_reader_opts *opts);
enum ebb_row_rc ebb_reader_next(struct ebb_reader *reader);
/* From the top again; columns keep their numbers. */
bool ebb_reader_again(struct ebb_reader *reader);
void ebb_reader_end(struct ebb_reader *reader);

/* Whether a character can stand between the fields of CSV. */
static inline bool ebb_reader_is_delimiter(char c)
{
    return c > 0 && c <= '~' && strchr("\"\r\n", c) == NULL;
}

/* For the classes. */
bool ebb_reader_fail(struct ebb_reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
enum ebb_row_rc ebb_reader_refuse(struct ebb_reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The next byte without taking it; -1 at the end. */
static inline int ebb_reader_peek(struct ebb_reader *reader)
{
    struct ebb_input_window *w = reader->window;
    if (w->at == w->end && !ebb_input_fill(reader->input))
        return -1;
    return (unsigned char)*w->at;
}
/* A file that ended because it is damaged is broken, not at its end. */
enum ebb_row_rc ebb_reader_at_end(struct ebb_reader *reader);
/* Checks that the text is UTF-8 without NUL; else says so in row.reason. */
bool ebb_reader_is_text(struct ebb_reader *reader, const char *text, size_t len);

#endif
