/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: writes one mail as RFC 5322 wants it: plain text, UTF-8, one recipient, no attachment.  Whatever stands in subject
 *          and body, neither a header line nor an address can be added by it.
 * Memory:  the caller's arena.
 * Must not know: SMTP, who gets mail and why.
 */
#ifndef EBB_CHANNEL_MAIL_TEXT_H
#define EBB_CHANNEL_MAIL_TEXT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EBB_MAIL_ADDRESS_MOST 254
#define EBB_MAIL_BODY_MOST ((size_t)64 << 10)

struct ebb_mail_text {
	const char *from;      /* bare address */
	const char *from_name; /* "" or a name shown beside it */
	const char *to;        /* bare address; no name: a name could hold a link that mail programs would make live */
	const char *subject;
	const char *body;   /* lines end in \n */
	const char *id;     /* letters, digits, dots: the left part of Message-ID */
	const char *thread; /* the same for References, so that mails of one ticket stand together; NULL: none */
	int64_t at_ms;      /* wall time */
};

/* One address of plain ASCII that can stand in SMTP and in a header as it is: no display name, no quoted part, no list. */
bool ebb_mail_is_address(const char *text);
/* The whole message, lines ending in CRLF. Refuses addresses that are none. */
EBB_MUST enum ebb_rc ebb_mail_write(const struct ebb_mail_text *mail, struct ebb_arena *arena, const char **text_r,
				    size_t *length_r, struct ebb_err *err);

#endif
