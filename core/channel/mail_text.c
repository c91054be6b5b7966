/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see mail_text.h.
 * Memory:  the caller's arena.
 * Must not know: SMTP.
 */
#include "channel/mail_text.h"

#include "base/str.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#define LOCAL_MOST 64
#define SUBJECT_MOST 300 /* bytes; what is longer is cut at a character */
#define WORD_BYTES 39    /* 52 of base64, 12 around them, "Subject: " before: below 76 */
#define LINE_MOST 76

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* ---- addresses ---- */

/* Dots between the parts, none at an end; every part made of these characters. */
static bool
is_dotted(const char *text, size_t length, const char *characters)
{
	if (length == 0 || text[0] == '.' || text[length - 1] == '.' || strspn(text, characters) < length)
		return false;
	for (size_t i = 1; i < length; i++)
		if (text[i] == '.' && text[i - 1] == '.')
			return false;
	return true;
}

bool
ebb_mail_is_address(const char *text)
{
	const char *at = strchr(text, '@');
	size_t length = strlen(text);

	if (at == NULL || length > EBB_MAIL_ADDRESS_MOST || at - text > LOCAL_MOST || text[0] == '-' || at[1] == '-')
		return false;
	return is_dotted(text, (size_t)(at - text), LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.") &&
	       is_dotted(at + 1, strlen(at + 1), LETTERS DIGITS "-.");
}

/* ---- headers ---- */

static const char *
tidy(const char *text, struct ebb_arena *arena)
{
	size_t length = ebb_utf8_cut(text, strlen(text), SUBJECT_MOST);
	char *out = ebb_arena_dup(arena, text, length);

	/* C0, DEL and C1 become spaces: a header is one line, and no terminal that shows it takes orders. */
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)out[i];
		if (c < 0x20 || c == 0x7f)
			out[i] = ' ';
		else if (c == 0xc2 && i + 1 < length && (unsigned char)out[i + 1] < 0xa0)
			out[i] = out[i + 1] = ' ';
	}
	return out;
}

static void
base64(struct ebb_str *out, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		unsigned group = (unsigned)bytes[i] << 16;
		if (i + 1 < length)
			group |= (unsigned)bytes[i + 1] << 8;
		if (i + 2 < length)
			group |= bytes[i + 2];
		ebb_str_char(out, digits[group >> 18]);
		ebb_str_char(out, digits[group >> 12 & 63]);
		ebb_str_char(out, i + 1 < length ? digits[group >> 6 & 63] : '=');
		ebb_str_char(out, i + 2 < length ? digits[group & 63] : '=');
	}
}

/* As it stands where it is plain and short, else as words of RFC 2047, each a line of its own. */
static void
words(struct ebb_str *out, const char *text, const char *plain)
{
	size_t length = strlen(text);

	if (length <= WORD_BYTES + 20 && strspn(text, plain) == length && strstr(text, "=?") == NULL) {
		ebb_str_add(out, text);
		return;
	}
	for (size_t at = 0; at < length;) {
		size_t part = ebb_utf8_cut(text + at, length - at, WORD_BYTES);
		ebb_str_add(out, at == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		base64(out, (const unsigned char *)text + at, part);
		ebb_str_add(out, "?=");
		at += part;
	}
}

static void
date(struct ebb_str *out, int64_t at_ms)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t at = (time_t)(at_ms / 1000);
	struct tm tm;

	gmtime_r(&at, &tm);
	ebb_str_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
		       months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
head(struct ebb_str *out, const struct ebb_mail_text *mail, struct ebb_arena *arena)
{
	static const char in_name[] = LETTERS DIGITS " -_",
			  in_subject[] = LETTERS DIGITS " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
	const char *domain = strchr(mail->from, '@') + 1;

	date(out, mail->at_ms);
	ebb_str_add(out, "From: ");
	if (mail->from_name[0] != '\0') {
		words(out, tidy(mail->from_name, arena), in_name);
		ebb_str_add(out, "\r\n ");
	}
	ebb_str_printf(out, "<%s>\r\nTo: <%s>\r\nSubject: ", mail->from, mail->to);
	words(out, tidy(mail->subject, arena), in_subject);
	ebb_str_printf(out, "\r\nMessage-ID: <%s@%s>\r\n", mail->id, domain);
	if (mail->thread != NULL)
		ebb_str_printf(out, "References: <%s@%s>\r\n", mail->thread, domain);
	/* RFC 3834: nobody's holiday notice answers this. */
	ebb_str_add(out,
		    "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
}

/* ---- body: quoted-printable (RFC 2045) ---- */

static bool
is_literal(const char *text, size_t column)
{
	unsigned char c = (unsigned char)text[0];

	/* A dot that opens a line is SMTP's; a space that closes one gets lost on the way. */
	if (c == '=' || c > 126 || (c == '.' && column == 0))
		return false;
	if (c == ' ' || c == '\t')
		return text[1] != '\r' && text[1] != '\n' && text[1] != '\0';
	return c > ' ';
}

static void
body(struct ebb_str *out, const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '\n') {
			ebb_str_add(out, "\r\n");
			column = 0;
			continue;
		}
		if (c == '\r' || (c < ' ' && c != '\t') || c == 0x7f)
			continue;
		bool is_plain = is_literal(text, column);
		size_t room = is_plain ? 1 : 3;
		if (column + room >= LINE_MOST) {
			ebb_str_add(out, "=\r\n");
			column = 0;
			is_plain = is_literal(text, column);
			room = is_plain ? 1 : 3;
		}
		if (is_plain)
			ebb_str_char(out, (char)c);
		else
			ebb_str_printf(out, "=%02X", c);
		column += room;
	}
	if (column > 0)
		ebb_str_add(out, "\r\n");
}

enum ebb_rc
ebb_mail_write(const struct ebb_mail_text *mail, struct ebb_arena *arena, const char **text_r, size_t *length_r,
	       struct ebb_err *err)
{
	struct ebb_str out;

	if (!ebb_mail_is_address(mail->from))
		return ebb_fail(err, EBB_E_CONFIG, "mail_from is no plain address.");
	if (!ebb_mail_is_address(mail->to))
		return ebb_fail(err, EBB_E_INVALID, "The recipient's address is none that mail can be sent to.");
	if (!ebb_utf8_is_valid(mail->subject, strlen(mail->subject)) ||
	    !ebb_utf8_is_valid(mail->from_name, strlen(mail->from_name)) ||
	    !ebb_utf8_is_valid(mail->body, strlen(mail->body)) || strlen(mail->body) > EBB_MAIL_BODY_MOST)
		return ebb_fail(err, EBB_E_INVALID, "The mail's text is not UTF-8, or longer than 64 KiB.");
	ebb_str_init(&out, arena, 2048);
	head(&out, mail, arena);
	body(&out, mail->body);
	*text_r = ebb_str_done(&out);
	*length_r = out.length;
	return *text_r != NULL ? EBB_OK : ebb_fail(err, EBB_E_INVALID, "The mail is too long.");
}
