/* SPDX-License-Identifier: Apache-2.0
 * Purpose: XES event logs (IEEE 1849), streamed: one row per <event>, an event's attributes as columns by their key, those
 * of its trace as "case:<key>"; attributes inside attributes and values of lists are passed over.
 * A file from outside must not make this program open files or grow without end: document types (and with them every
 * entity of one's own) are refused, depth and sizes are limited.
 * Memory: the reader's, and expat's. Must not know: mappings, tickets, the database.
 */
#include "ctl/reader.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DEPTH_MAX = 64,
    KEY_MAX = 500,
    CHUNK_BYTES = 64 << 10,
};

struct xes {
    XML_Parser parser;
    int depth, trace_depth, event_depth; /* 0: outside */
    bool is_row, is_suspended, is_ended;
    struct ebb_row trace; /* the attributes of the trace, by column */
    long long fed; /* bytes given to expat, which keeps those of an element not yet complete */
    const char *fault;
};

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

static bool is_attribute(const char *name)
{
    static const char *const kinds[] = { "string", "date", "int", "float", "boolean", "id" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i]) == 0)
            return true;
    return false;
}

static void stop(struct xes *xes, const char *fault)
{
    if (xes->fault == NULL)
        xes->fault = fault;
    XML_StopParser(xes->parser, XML_FALSE);
}

static void keep_attribute(struct ebb_reader *reader, struct xes *xes, const char **attributes, bool is_trace)
{
    const char *key = NULL, *value = NULL;
    for (int i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(attributes[i], "key") == 0)
            key = attributes[i + 1];
        else if (strcmp(attributes[i], "value") == 0)
            value = attributes[i + 1];
    }
    if (key == NULL || value == NULL || strlen(key) > KEY_MAX)
        return;
    char name[KEY_MAX + 8];
    int len = snprintf(name, sizeof name, "%s%s", is_trace ? "case:" : "", key);
    int column = ebb_columns_add(&reader->columns, name, (size_t)len);
    if (column < 0) {
        stop(xes, "the log has more than 4096 different attribute keys");
        return;
    }
    struct ebb_row *row = is_trace ? &xes->trace : &reader->row;
    size_t at = row->used;
    ebb_row_put(row, value, strlen(value));
    ebb_row_end_cell(row, column, at);
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
    struct ebb_reader *reader = user;
    struct xes *xes = reader->state;
    const char *local = local_name(name);
    if (++xes->depth > DEPTH_MAX) {
        stop(xes, "elements are nested more than 64 deep");
        return;
    }
    if (xes->depth == 1 && strcmp(local, "log") != 0) {
        stop(xes, "the outermost element is not <log>, so this is no XES event log");
    } else if (xes->event_depth == 0 && strcmp(local, "trace") == 0) {
        xes->trace_depth = xes->depth;
        ebb_row_clear(&xes->trace, 0);
    } else if (xes->event_depth == 0 && strcmp(local, "event") == 0) {
        xes->event_depth = xes->depth;
        ebb_row_clear(&reader->row, XML_GetCurrentLineNumber(xes->parser));
    } else if (xes->event_depth > 0 && xes->depth == xes->event_depth + 1 && is_attribute(local)) {
        keep_attribute(reader, xes, attributes, false);
    } else if (xes->event_depth == 0 && xes->trace_depth > 0 && xes->depth == xes->trace_depth + 1 && is_attribute(local)) {
        keep_attribute(reader, xes, attributes, true);
    }
}

/* The trace's attributes go behind the event's own. */
static void add_trace(struct ebb_reader *reader, struct xes *xes)
{
    for (int i = 0; i < xes->trace.cell_count; i++) {
        size_t len;
        const char *text = ebb_row_text(&xes->trace, i, &len);
        if (text == NULL)
            continue;
        size_t at = reader->row.used;
        ebb_row_put(&reader->row, text, len);
        ebb_row_end_cell(&reader->row, i, at);
    }
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
    struct ebb_reader *reader = user;
    struct xes *xes = reader->state;
    (void)name;
    if (xes->depth == xes->event_depth) {
        add_trace(reader, xes);
        xes->event_depth = 0;
        xes->is_row = true;
        XML_StopParser(xes->parser, XML_TRUE);
    } else if (xes->depth == xes->trace_depth) {
        xes->trace_depth = 0;
        ebb_row_clear(&xes->trace, 0);
    }
    xes->depth--;
}

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int has_internal)
{
    struct ebb_reader *reader = user;
    (void)name, (void)sysid, (void)pubid, (void)has_internal;
    stop(reader->state, "the file declares a document type (<!DOCTYPE>), which an event log does not need and which is refused because "
                        "it can define entities without limit; remove that declaration");
}

/* expat knows UTF-8, UTF-16, US-ASCII and ISO-8859-1 by itself. */
static int XMLCALL on_encoding(void *data, const XML_Char *name, XML_Encoding *info)
{
    static const int high[32] = { 0x20ac, -1, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, -1,
        0x017d, -1, -1, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, -1, 0x017e, 0x0178 };
    (void)data;
    if (strcasecmp(name, "windows-1252") != 0 && strcasecmp(name, "cp1252") != 0)
        return XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++)
        info->map[i] = i >= 0x80 && i < 0xa0 ? high[i - 0x80] : i;
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

static enum ebb_row_rc broken(struct ebb_reader *reader, struct xes *xes)
{
    const char *fault = xes->fault != NULL ? xes->fault : XML_ErrorString(XML_GetErrorCode(xes->parser));
    ebb_reader_fail(reader, "line %llu, column %llu: %s", (unsigned long long)XML_GetCurrentLineNumber(xes->parser),
        (unsigned long long)XML_GetCurrentColumnNumber(xes->parser) + 1, fault);
    return EBB_ROW_BROKEN;
}

/* Hands the next bytes to expat, which copies them: the window may then move on. */
static enum XML_Status feed(struct ebb_reader *reader, struct xes *xes)
{
    struct ebb_input_window *w = reader->window;
    if (w->at == w->end && !ebb_input_fill(reader->input)) {
        xes->is_ended = true;
        return XML_Parse(xes->parser, "", 0, XML_TRUE);
    }
    size_t n = (size_t)(w->end - w->at);
    n = n < CHUNK_BYTES ? n : CHUNK_BYTES;
    void *to = XML_GetBuffer(xes->parser, (int)n);
    if (to == NULL)
        return XML_STATUS_ERROR;
    memcpy(to, w->at, n);
    w->at += n;
    xes->fed += (long long)n;
    enum XML_Status rc = XML_ParseBuffer(xes->parser, (int)n, XML_FALSE);
    if (rc == XML_STATUS_OK && xes->fed - XML_GetCurrentByteIndex(xes->parser) > EBB_ROW_BYTES_MAX) {
        stop(xes, "an element is longer than 8 MiB");
        return XML_STATUS_ERROR;
    }
    return rc;
}

static enum ebb_row_rc xes_next(struct ebb_reader *reader)
{
    struct xes *xes = reader->state;
    xes->is_row = false;
    for (;;) {
        enum XML_Status rc = xes->is_suspended ? XML_ResumeParser(xes->parser) : feed(reader, xes);
        reader->line = XML_GetCurrentLineNumber(xes->parser);
        xes->is_suspended = rc == XML_STATUS_SUSPENDED;
        if (rc == XML_STATUS_ERROR) {
            if (xes->fault == NULL && ebb_input_fault(reader->input) != NULL)
                return ebb_reader_at_end(reader);
            return broken(reader, xes);
        }
        if (xes->is_row)
            break;
        if (xes->is_ended)
            return ebb_reader_at_end(reader);
    }
    if (reader->row.is_overlong)
        return ebb_reader_refuse(reader, "the event is longer than 8 MiB");
    return EBB_ROW_READ;
}

static void xes_end(struct ebb_reader *reader)
{
    struct xes *xes = reader->state;
    if (xes == NULL)
        return;
    if (xes->parser != NULL)
        XML_ParserFree(xes->parser);
    ebb_row_free(&xes->trace);
    free(xes);
    reader->state = NULL;
}

static bool xes_begin(struct ebb_reader *reader)
{
    struct xes *xes = reader->state = calloc(1, sizeof *xes);
    if (xes == NULL || (xes->parser = XML_ParserCreate(NULL)) == NULL)
        return ebb_reader_fail(reader, "there is not enough memory");
    XML_SetUserData(xes->parser, reader);
    XML_SetElementHandler(xes->parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(xes->parser, on_doctype);
    XML_SetUnknownEncodingHandler(xes->parser, on_encoding, NULL);
    return true;
}

const struct ebb_reader_class ebb_reader_xes = { "XES", false, xes_begin, xes_next, xes_end };
