/* SPDX-License-Identifier: Apache-2.0
 * Rows out of CSV, XES and JSON, plain and compressed: hostile files included. Each text is read as a whole and put into one
 * line, fields by their columns, refused rows by line and reason.
 */
#include "ctl/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static char seen[20000];

static void note(const char *format, ...)
{
    va_list ap;
    size_t used = strlen(seen);
    va_start(ap, format);
    vsnprintf(seen + used, sizeof seen - used, format, ap);
    va_end(ap);
}

static void note_row(const struct ebb_reader *reader)
{
    const char *gap = "";
    note("%llu{", (unsigned long long)reader->row.line);
    for (int i = 0; i < reader->columns.count; i++) {
        size_t len;
        const char *text = ebb_row_text(&reader->row, i, &len);
        if (text == NULL)
            continue;
        assert_int_equal(strlen(text), len);
        note("%s%s=%s", gap, reader->columns.name[i], text);
        gap = ",";
    }
    note("}");
}

static void read_pass(struct ebb_reader *reader)
{
    for (;;) {
        switch (ebb_reader_next(reader)) {
        case EBB_ROW_READ: note_row(reader); break;
        case EBB_ROW_REFUSED: note("%llu!%.24s;", (unsigned long long)reader->row.line, reader->row.reason); break;
        case EBB_ROW_BROKEN: note("broken: %s", reader->fault); return;
        case EBB_ROW_END: return;
        }
    }
}

/* Twice, for a file must be readable again; both must say the same. */
static const char *read_bytes(const void *bytes, size_t size, const struct ebb_reader_opts *opts)
{
    static const struct ebb_reader_opts none;
    struct ebb_reader reader;
    struct ebb_input *input = ebb_input_memory(bytes, size);
    seen[0] = '\0';
    if (!ebb_reader_begin(&reader, input, opts != NULL ? opts : &none)) {
        note("fault: %s", reader.fault);
    } else {
        read_pass(&reader);
        char *first = strdup(seen);
        seen[0] = '\0';
        if (ebb_reader_again(&reader))
            read_pass(&reader);
        assert_string_equal(first, seen);
        free(first);
    }
    ebb_reader_end(&reader);
    ebb_input_close(input);
    return seen;
}

static const char *read_text(const char *text)
{
    return read_bytes(text, strlen(text), NULL);
}

#define READS(text, wanted) assert_string_equal(read_text(text), wanted)
#define SAYS(text, part) assert_non_null(strstr(read_text(text), part))

static void csv_plain(void **state)
{
    (void)state;
    READS("a,b\n1,2\n3,4", "2{a=1,b=2}3{a=3,b=4}");
    READS("\xef\xbb\xbf" "a;b\r\n1;2,5\r\n\r\n;x\r\n", "2{a=1,b=2,5}4{a=,b=x}");
    READS("a\tb\r1\t2\r", "2{a=1,b=2}");
    READS("sep=|\na|b\n1|2\n", "3{a=1,b=2}");
    READS("a b | c\nx|y\n", "2{a b=x,c=y}");
    READS("only\nx\n", "2{only=x}");
    READS("a,,a,a\n1,2,3,4\n", "2{a=1,column 2=2,a (2)=3,a (3)=4}");
    READS("a,b\n", "");
    SAYS("", "empty");
    SAYS("\n\n", "no header");
}

static void csv_quotes(void **state)
{
    (void)state;
    READS("a,b\n\"x, \"\"y\"\"\",\"line 1\nline 2\"\nz,5\"\n", "2{a=x, \"y\",b=line 1\nline 2}4{a=z,b=5\"}");
    READS("\"a\",\"b;c\"\n\"\",\"1\"\n", "2{a=,b;c=1}");
    READS("a,b\n\"x\"y,1\n2,3\n", "2!text follows a closing q;3{a=2,b=3}");
    READS("a,b\n1,\"x\n2,3\n", "2!a quote is opened and ne;");
    READS("a,b\n\"x\r\ny\",1\nq,w\n", "2{a=x\r\ny,b=1}4{a=q,b=w}");
    SAYS("a,\"b\n1,2\n", "no CSV header");
}

static void csv_bad_rows(void **state)
{
    struct ebb_reader_opts cp1252 = { .encoding = EBB_WINDOWS_1252 }, latin1 = { .encoding = EBB_ISO_8859_1, .delimiter = ';' };
    (void)state;
    READS("a,b\n1\n1,2,3\n4,5\n", "2!the row has 1 field, the;3!the row has 3 fields, th;4{a=4,b=5}");
    READS("a,b\nGr\xfc\xdf" "e,2\nok,3\n", "2!the row is not UTF-8; na;3{a=ok,b=3}");
    assert_string_equal(read_bytes("a\nx\0y\n", 6, NULL), "2!the row holds a NUL byte;");
    assert_string_equal(read_bytes("a\n\x80 \xfc\n\x81\n", 8, &cp1252), "2{a=\xe2\x82\xac \xc3\xbc}3!a byte means nothing in ;");
    assert_string_equal(read_bytes("a\xe9;b,c\n1;2\n", 11, &latin1), "2{a\xc3\xa9=1,b,c=2}");
    struct ebb_reader_opts skip = { .skip_lines = 2 };
    assert_string_equal(read_bytes("Report\nof, today\na;b\n1;2\n", 25, &skip), "4{a=1,b=2}");
}

static void csv_long_row(void **state)
{
    (void)state;
    size_t size = (9 << 20) + 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    memcpy(text, "a,b\n1,\"", 7);
    memcpy(text + size - 6, "\"\n1,2\n", 6);
    assert_string_equal(read_bytes(text, size, NULL), "2!the row is longer than 8;3{a=1,b=2}");
    free(text);
}

static void xes_plain(void **state)
{
    (void)state;
    READS("\xef\xbb\xbf<?xml version='1.0'?>\n<log>\n<global scope='event'><string key='x' value='U'/></global>\n"
          "<string key='l' value='1'/>\n<trace><string key='n' value='T1'/>\n<event><string key='n' value='E'><string key='in' value='no'/></string>"
          "<date key='t' value='2012'/></event>\n<event/></trace>\n<trace><event>\n<int key='i' value='3'/></event></trace></log>",
        "6{case:n=T1,n=E,t=2012}7{case:n=T1}8{i=3}");
    READS("<x:log xmlns:x='u'><x:trace><x:string key='n' value='&lt;&#228;&gt;'/><x:event><x:list key='l'><x:string key='q' value='no'/></x:list>"
          "</x:event></x:trace></x:log>", "1{case:n=<\xc3\xa4>}");
    READS("<?xml version='1.0' encoding='windows-1252'?><log><trace><event><string key='a' value='\x80'/></event></trace></log>",
        "1{a=\xe2\x82\xac}");
}

static void xes_hostile(void **state)
{
    (void)state;
    SAYS("<!DOCTYPE log [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><log><trace><event><string key='k' value='&b;'/></event></trace></log>", "DOCTYPE");
    SAYS("<!DOCTYPE log SYSTEM 'file:///etc/passwd'><log/>", "DOCTYPE");
    SAYS("<html><body/></html>", "<log>");
    SAYS("<log><trace><event></trace></log>", "line 1");
    SAYS("<log><trace><event/><event/>", "1{}1{}broken: line 1");
    char deep[3000] = "<log>";
    for (int i = 0; i < 200; i++)
        strcat(deep, "<a>");
    SAYS(deep, "64 deep");
    size_t size = 9 << 20;
    char *text = malloc(size);
    memset(text, 'x', size);
    memcpy(text, "<log><trace><event><string key='a' value='", 42);
    assert_non_null(strstr(read_bytes(text, size, NULL), "longer than 8 MiB"));
    free(text);
}

static void json_plain(void **state)
{
    struct ebb_reader_opts rows = { .json_rows = "result" };
    (void)state;
    READS("{\"a\":1,\"b\":\"x\"}\n{\"a\":null,\"b\":true,\"c\":[1,2]}\n", "1{a=1,b=x}2{b=true,c=[1,2]}");
    READS("[ {\"a\":{\"v\":1.5,\"w\":{\"z\":\"q\"}}},\n{\"a\":2}\n]", "1{a.v=1.5,a.w.z=q}2{a=2}");
    READS("[]", "");
    const char *wrapped = "{\"meta\":{\"n\":[1,2]},\"x\":\"]\",\"result\":[{\"a\":1},{\"a\":2}],\"more\":1}";
    assert_string_equal(read_bytes(wrapped, strlen(wrapped), &rows), "1{a=1}1{a=2}");
    assert_non_null(strstr(read_bytes("{\"x\":[]}", 8, &rows), "no such array"));
}

static void json_bad_rows(void **state)
{
    (void)state;
    READS("{\"a\":1}\n{\"a\":}\n{\"a\":3}\n", "1{a=1}2!this is no JSON object: ;3{a=3}");
    READS("{\"a\":1}\n{\"a\":\"x}\n{\"a\":3}\n", "1{a=1}2!a string is not closed a;3{a=3}");
    READS("[1,\"x\",{\"a\":1}]", "1!this is no JSON object: ;1!this is no JSON object: ;1{a=1}");
    READS("{\"a\":\"\\u0000\"}\n{\"a\":\"\xff\"}\n{\"a\":1}", "1!this is no JSON object: ;2!this is no JSON object: ;3{a=1}");
    SAYS("[{\"a\":1},", "never closed");
    SAYS("{\"a\":1}{\"b\":", "1{a=1}1!the file ends in the mid");
    READS("[{\"a\":\"}]\\\"{\"}]", "1{a=}]\"{}");
}

static size_t squeeze(const char *text, unsigned char *to, size_t room, bool is_xz)
{
    if (is_xz) {
        size_t at = 0;
        assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text, strlen(text), to, &at, room), LZMA_OK);
        return at;
    }
    z_stream z = { .next_in = (unsigned char *)(uintptr_t)text, .avail_in = (uInt)strlen(text), .next_out = to, .avail_out = (uInt)room };
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void compressed(void **state)
{
    unsigned char bytes[4000];
    (void)state;
    for (int is_xz = 0; is_xz < 2; is_xz++) {
        size_t one = squeeze("a,b\n1,2\n", bytes, sizeof bytes, is_xz != 0);
        assert_string_equal(read_bytes(bytes, one, NULL), "2{a=1,b=2}");
        size_t two = one + squeeze("3,4\n", bytes + one, sizeof bytes - one, is_xz != 0);
        assert_string_equal(read_bytes(bytes, two, NULL), "2{a=1,b=2}3{a=3,b=4}");
        assert_non_null(strstr(read_bytes(bytes, one - 5, NULL), "not complete"));
        bytes[one / 2] ^= 0x55;
        assert_null(strstr(read_bytes(bytes, one, NULL), "2{a=1,b=2}3"));
    }
    SAYS("PK\3\4....", "zip");
    SAYS("BZh91AY", "bzip2");
    assert_non_null(strstr(read_bytes("\xff\xfe" "a\0", 4, NULL), "UTF-16"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_plain),
        cmocka_unit_test(csv_quotes),
        cmocka_unit_test(csv_bad_rows),
        cmocka_unit_test(csv_long_row),
        cmocka_unit_test(xes_plain),
        cmocka_unit_test(xes_hostile),
        cmocka_unit_test(json_plain),
        cmocka_unit_test(json_bad_rows),
        cmocka_unit_test(compressed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
