/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see input.h. Memory: the input's own, two buffers of fixed size and what the decoder needs (bounded).
 * Must not know: what the bytes mean.
 */
#include "ctl/input.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    RAW_BYTES = 64 << 10,
    WINDOW_BYTES = 256 << 10,
    XZ_MEMORY_MIB = 256, /* xz -9 needs 65 */
};

enum codec { CODEC_PLAIN, CODEC_GZ, CODEC_XZ };

struct ebb_input {
    int fd; /* -1: from memory */
    const unsigned char *memory;
    size_t memory_size;
    uint64_t size, position; /* of the raw bytes */
    enum codec codec;
    bool is_ended, has_member; /* has_member: a compressed member is begun and not yet complete */
    z_stream gz;
    lzma_stream xz;
    char fault[160];
    struct ebb_input_window window;
    size_t raw_at, raw_end;
    unsigned char raw[RAW_BYTES];
    char bytes[WINDOW_BYTES];
};

static bool fail(struct ebb_input *in, const char *fault)
{
    snprintf(in->fault, sizeof in->fault, "%s", fault);
    in->is_ended = true;
    return false;
}

/* More raw bytes behind those that are there; false at the end. */
static bool fill_raw(struct ebb_input *in)
{
    if (in->raw_at < in->raw_end)
        return true;
    in->raw_at = in->raw_end = 0;
    if (in->fd < 0) {
        size_t n = in->memory_size - in->position;
        n = n < RAW_BYTES ? n : RAW_BYTES;
        if (n > 0)
            memcpy(in->raw, in->memory + in->position, n);
        in->raw_end = n;
    } else {
        ssize_t n;
        do
            n = read(in->fd, in->raw, RAW_BYTES);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return fail(in, strerror(errno));
        in->raw_end = (size_t)n;
    }
    in->position += in->raw_end;
    return in->raw_end > 0;
}

static const char *unreadable_archive(const unsigned char *magic)
{
    if (memcmp(magic, "PK\3\4", 4) == 0)
        return "this is a zip archive or a spreadsheet; unpack it, or save the sheet as CSV (UTF-8)";
    if (memcmp(magic, "BZh", 3) == 0)
        return "this is compressed by bzip2; unpack it first (bunzip2)";
    if (memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0)
        return "this is compressed by zstd; unpack it first (unzstd)";
    if (memcmp(magic, "\xff\xfe", 2) == 0 || memcmp(magic, "\xfe\xff", 2) == 0)
        return "this is UTF-16; make it UTF-8 first: iconv -f UTF-16 -t UTF-8";
    return NULL;
}

static bool begin_codec(struct ebb_input *in)
{
    in->codec = CODEC_PLAIN;
    unsigned char magic[6] = { 0 };
    if (!fill_raw(in))
        return in->fault[0] == '\0';
    memcpy(magic, in->raw, in->raw_end < sizeof magic ? in->raw_end : sizeof magic);
    const char *refusal = unreadable_archive(magic);
    if (refusal != NULL)
        return fail(in, refusal);
    if (magic[0] == 0x1f && magic[1] == 0x8b) {
        if (inflateInit2(&in->gz, 16 + MAX_WBITS) != Z_OK)
            return fail(in, "zlib could not be started");
        in->codec = CODEC_GZ;
    } else if (memcmp(magic, "\xfd" "7zXZ", 6) == 0) {
        in->xz = (lzma_stream)LZMA_STREAM_INIT;
        if (lzma_stream_decoder(&in->xz, (uint64_t)XZ_MEMORY_MIB << 20, LZMA_CONCATENATED) != LZMA_OK)
            return fail(in, "liblzma could not be started");
        in->codec = CODEC_XZ;
    }
    in->has_member = in->codec != CODEC_PLAIN;
    return true;
}

static void end_codec(struct ebb_input *in)
{
    if (in->codec == CODEC_GZ)
        inflateEnd(&in->gz);
    if (in->codec == CODEC_XZ)
        lzma_end(&in->xz);
    in->codec = CODEC_PLAIN;
}

static size_t read_plain(struct ebb_input *in, char *to, size_t room)
{
    if (!fill_raw(in)) {
        in->is_ended = true;
        return 0;
    }
    size_t n = in->raw_end - in->raw_at;
    n = n < room ? n : room;
    memcpy(to, in->raw + in->raw_at, n);
    in->raw_at += n;
    return n;
}

/* A .gz may hold several members one after the other; padding or anything else behind the last one is left alone. */
static bool next_gz_member(struct ebb_input *in)
{
    in->has_member = false;
    if (!fill_raw(in) || in->raw[in->raw_at] != 0x1f) {
        in->is_ended = true;
        return false;
    }
    in->has_member = true;
    return inflateReset(&in->gz) == Z_OK;
}

static size_t read_gz(struct ebb_input *in, char *to, size_t room)
{
    if (!fill_raw(in)) {
        if (in->has_member)
            fail(in, "the .gz ends in the middle: fetch the file again, it is not complete");
        in->is_ended = true;
        return 0;
    }
    in->gz.next_in = in->raw + in->raw_at;
    in->gz.avail_in = (uInt)(in->raw_end - in->raw_at);
    in->gz.next_out = (unsigned char *)to;
    in->gz.avail_out = (uInt)room;
    int rc = inflate(&in->gz, Z_NO_FLUSH);
    in->raw_at = in->raw_end - in->gz.avail_in;
    if (rc == Z_STREAM_END)
        next_gz_member(in);
    else if (rc != Z_OK && rc != Z_BUF_ERROR)
        fail(in, "the .gz is damaged: fetch the file again");
    return room - in->gz.avail_out;
}

static size_t read_xz(struct ebb_input *in, char *to, size_t room)
{
    bool has_more = fill_raw(in);
    in->xz.next_in = in->raw + in->raw_at;
    in->xz.avail_in = in->raw_end - in->raw_at;
    in->xz.next_out = (unsigned char *)to;
    in->xz.avail_out = room;
    lzma_ret rc = lzma_code(&in->xz, has_more ? LZMA_RUN : LZMA_FINISH);
    in->raw_at = in->raw_end - in->xz.avail_in;
    if (rc == LZMA_STREAM_END)
        in->is_ended = true;
    else if (rc == LZMA_MEMLIMIT_ERROR)
        fail(in, "the .xz needs more than 256 MiB to unpack; unpack it first (unxz)");
    else if (rc == LZMA_BUF_ERROR)
        fail(in, "the .xz ends in the middle: fetch the file again, it is not complete");
    else if (rc != LZMA_OK)
        fail(in, "the .xz is damaged: fetch the file again");
    return room - in->xz.avail_out;
}

bool ebb_input_fill(struct ebb_input *in)
{
    size_t left = (size_t)(in->window.end - in->window.at);
    memmove(in->bytes, in->window.at, left);
    while (left < WINDOW_BYTES && !in->is_ended) {
        char *to = in->bytes + left;
        size_t room = WINDOW_BYTES - left;
        if (in->codec == CODEC_GZ)
            left += read_gz(in, to, room);
        else if (in->codec == CODEC_XZ)
            left += read_xz(in, to, room);
        else
            left += read_plain(in, to, room);
    }
    in->window = (struct ebb_input_window) { in->bytes, in->bytes + left };
    return left > 0;
}

bool ebb_input_rewind(struct ebb_input *in)
{
    end_codec(in);
    if (in->fd >= 0 && lseek(in->fd, 0, SEEK_SET) != 0)
        return fail(in, strerror(errno));
    in->position = 0;
    in->raw_at = in->raw_end = 0;
    in->is_ended = false;
    in->fault[0] = '\0';
    in->window = (struct ebb_input_window) { in->bytes, in->bytes };
    memset(&in->gz, 0, sizeof in->gz);
    return begin_codec(in);
}

/* What cannot be read twice (a pipe, standard input) goes to a file that has no name and vanishes with us. */
static int spool(int from)
{
    FILE *file = tmpfile();
    int to = file == NULL ? -1 : fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    if (file != NULL)
        fclose(file);
    char buffer[RAW_BYTES];
    while (to >= 0) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n == 0)
            return to;
        if (n < 0 || write(to, buffer, (size_t)n) != n) {
            int why = n < 0 ? errno : ENOSPC;
            close(to);
            errno = why;
            return -1;
        }
    }
    return -1;
}

static int open_regular(const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        return -1;
    if (S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0)
        return fd;
    if (S_ISDIR(st.st_mode)) {
        close(fd);
        errno = EISDIR;
        return -1;
    }
    int spooled = spool(fd);
    int why = errno;
    close(fd);
    errno = why;
    return spooled;
}

static struct ebb_input *make(int fd, const void *memory, size_t size)
{
    struct ebb_input *in = calloc(1, sizeof *in);
    if (in == NULL)
        return NULL;
    in->fd = fd;
    in->memory = memory;
    in->memory_size = size;
    in->size = size;
    in->window = (struct ebb_input_window) { in->bytes, in->bytes };
    return in;
}

struct ebb_input *ebb_input_open(const char *path, char *fault_r, size_t fault_size)
{
    struct stat st = { 0 };
    int fd = open_regular(path);
    struct ebb_input *in = fd < 0 || fstat(fd, &st) != 0 ? NULL : make(fd, NULL, (size_t)st.st_size);
    if (in == NULL) {
        snprintf(fault_r, fault_size, "%s", strerror(errno));
        return NULL;
    }
    if (!ebb_input_rewind(in)) {
        snprintf(fault_r, fault_size, "%s", in->fault);
        ebb_input_close(in);
        return NULL;
    }
    return in;
}

struct ebb_input *ebb_input_memory(const void *bytes, size_t size)
{
    struct ebb_input *in = make(-1, bytes, size);
    if (in != NULL)
        ebb_input_rewind(in);
    return in;
}

void ebb_input_close(struct ebb_input *in)
{
    if (in == NULL)
        return;
    end_codec(in);
    if (in->fd >= 0)
        close(in->fd);
    free(in);
}

struct ebb_input_window *ebb_input_window(struct ebb_input *in)
{
    return &in->window;
}

const char *ebb_input_fault(const struct ebb_input *in)
{
    return in->fault[0] == '\0' ? NULL : in->fault;
}

double ebb_input_share(const struct ebb_input *in)
{
    return in->size == 0 ? 1 : (double)(in->position - (in->raw_end - in->raw_at)) / (double)in->size;
}
