/* SPDX-License-Identifier: Apache-2.0
 * Purpose: any recipient, subject and body, each on a line of its own (the body takes the rest). What is written is one mail: the
 * header lines are ours, every line is short, ends in CRLF and holds nothing but printable ASCII, and no line is a lone dot.
 * Memory: an arena. Must not know: SMTP.
 */
#include "channel/mail_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *piece(struct ebb_arena *arena, const uint8_t **at, size_t *left, int end)
{
    const uint8_t *stop = end < 0 ? NULL : memchr(*at, end, *left);
    size_t len = stop == NULL ? *left : (size_t)(stop - *at);
    const char *text = ebb_arena_dup(arena, (const char *)*at, len);
    *at += len + (stop != NULL);
    *left -= len + (stop != NULL);
    return text;
}

/* Header lines in their order; a folded line begins with a space. */
static const char *check_head(const char *text)
{
    static const char *const names[] = { "Date: ", "From: ", "To: ", "Subject: ", "Message-ID: ", "Auto-Submitted: ", "X-Auto-Response-Suppress: ", "MIME-Version: ",
        "Content-Type: ", "Content-Transfer-Encoding: " };
    size_t next = 0;
    while (strncmp(text, "\r\n", 2) != 0) {
        if (text[0] != ' ') {
            EBB_ASSERT(next < EBB_COUNT(names) && strncmp(text, names[next], strlen(names[next])) == 0);
            next++;
        }
        text = strstr(text, "\r\n") + 2;
    }
    EBB_ASSERT(next == EBB_COUNT(names));
    return text + 2;
}

static void check_lines(const char *text, size_t most)
{
    while (*text != '\0') {
        const char *end = strstr(text, "\r\n");
        EBB_ASSERT(end != NULL && (size_t)(end - text) <= most && strncmp(text, ".\r\n", 3) != 0);
        for (; text < end; text++)
            EBB_ASSERT((*text >= ' ' && *text <= '~') || *text == '\t');
        text = end + 2;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ebb_arena *arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
    struct ebb_err err;
    const char *text;
    size_t length;
    struct ebb_mail_text mail = { .from = "desk@example.org", .from_name = "Desk", .id = "ebb.mail.1" };
    ebb_err_init(&err, arena);
    mail.to = piece(arena, &data, &size, '\n');
    mail.subject = piece(arena, &data, &size, 0);
    mail.body = piece(arena, &data, &size, -1);
    if (ebb_mail_write(&mail, arena, &text, &length, &err) == EBB_OK) {
        EBB_ASSERT(strlen(text) == length);
        check_lines(text, 320);
        check_lines(check_head(text), 76);
    }
    ebb_arena_free(&arena);
    return 0;
}
