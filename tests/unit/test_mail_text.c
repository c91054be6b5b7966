/* SPDX-License-Identifier: Apache-2.0 */
/* A mail as text: nothing that stands in subject, name or body adds a header line, an address or a command of SMTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "channel/mail_text.h"

static struct ebb_arena *arena;
static struct ebb_err err;
static const char *text;
static size_t length;

static int
begin(void **state)
{
	(void)state;
	if (arena == NULL)
		arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	ebb_err_init(&err, arena);
	return 0;
}

static enum ebb_rc
compose(const char *to, const char *subject, const char *body)
{
	const struct ebb_mail_text mail = {
		.from = "desk@example.org",
		.from_name = "Desk",
		.to = to,
		.subject = subject,
		.body = body,
		.id = "ebb.mail.7",
		.thread = "ebb.ticket.4711",
		.at_ms = 1763802000000,
	};
	return ebb_mail_write(&mail, arena, &text, &length, &err);
}

static void
addresses_are_plain_or_none(void **state)
{
	static const char *const good[] = { "a@b", "dana.o'neil+desk@mail.example.org", "x_y=z@sub-domain.example" };
	static const char *const bad[] = {
		"",
		"a",
		"@b",
		"a@",
		"a@b@c",
		"a b@c",
		"a@b c",
		"a@b\r\nRCPT TO:<x@y>",
		"a\n@b",
		"<a@b>",
		"a@b>",
		"a,b@c",
		"a@b,c@d",
		"\"a b\"@c",
		"a@[127.0.0.1]",
		".a@b",
		"a.@b",
		"a..b@c",
		"a@.b",
		"a@b.",
		"a@b..c",
		"a@-b",
		"-a@b",
		"a@b_c",
		"a\x01@b",
		"\xc3\xa4@b",
		"a@b SIZE=9",
		"a;b@c",
		"a:b@c",
		"a(b)@c",
		"a\\b@c",
		"a@b\t",
		"a123456789012345678901234567890123456789012345678901234567890123456789@b",
	};

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(good); i++)
		assert_true(ebb_mail_is_address(good[i]));
	for (size_t i = 0; i < EBB_COUNT(bad); i++) {
		assert_false(ebb_mail_is_address(bad[i]));
		ebb_err_init(&err, arena);
		assert_int_equal(compose(bad[i], "s", "b"), EBB_E_INVALID);
	}
}

/* Header lines of what was written: every one begins with a name of ours, or with a space. */
static void
check_head(void)
{
	static const char *const names[] = { "Date: ",
					     "From: Desk",
					     " <desk@example.org>\r",
					     "To: <a@b>\r",
					     "Subject: ",
					     " =?UTF-8?B?",
					     "Message-ID: <ebb.mail.7@example.org>\r",
					     "References: <ebb.ticket.4711@example.org>\r",
					     "Auto-Submitted: auto-generated\r",
					     "X-Auto-Response-Suppress: All\r",
					     "MIME-Version: 1.0\r",
					     "Content-Type: text/plain; charset=utf-8\r",
					     "Content-Transfer-Encoding: quoted-printable\r" };
	const char *line = text, *end;

	for (; strncmp(line, "\r\n", 2) != 0; line = end + 2) {
		bool is_known = false;
		end = strstr(line, "\r\n");
		assert_non_null(end);
		assert_in_range(end - line, 1, 76);
		for (size_t i = 0; i < EBB_COUNT(names); i++)
			is_known = is_known || strncmp(line, names[i], strlen(names[i])) == 0;
		assert_true(is_known);
		for (const char *at = line; at < end; at++)
			assert_in_range(*at, 0x20, 0x7e);
	}
}

static void
a_subject_stays_one_line(void **state)
{
	static const char *const subjects[] = {
		"plain",
		"",
		"a\r\nBcc: x@y",
		"a\nBcc: x@y\n\nbody",
		"\r\n\r\nbody",
		"a\rb",
		"tab\there",
		"=?UTF-8?B?QmNjOiB4?=",
		"\x7f\x1b[31m",
		"\xc2\x85"
		"next line",
		"Zugriff f\xc3\xbcr B\xc3\xbc"
		"ro",
		"\xf0\x9f\x8c\x8a\xf0\x9f\x8c\x8a\xf0\x9f\x8c\x8a",
		"a subject that is longer than one line of a header may be, and then some, and more, and more, and "
		"more of it",
	};

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(subjects); i++) {
		assert_int_equal(compose("a@b", subjects[i], "hello\n"), EBB_OK);
		check_head();
		assert_null(strstr(text, "\r\nBcc"));
		assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\nhello\r\n");
	}
	char *giant = ebb_arena_zalloc(arena, 100001);
	memset(giant, 'x', 100000);
	assert_int_equal(compose("a@b", giant, "hello\n"), EBB_OK);
	check_head();
}

static void
a_body_is_nothing_but_text(void **state)
{
	(void)state;
	assert_int_equal(compose("a@b", "s", ".\nRSET\n.hidden\nend \r\n\x01\x02 =3D \xc3\xa4"), EBB_OK);
	assert_string_equal(strstr(text, "\r\n\r\n") + 4, "=2E\r\nRSET\r\n=2Ehidden\r\nend=20\r\n =3D3D =C3=A4\r\n");
	for (const char *at = strstr(text, "\r\n\r\n") + 4; *at != '\0'; at++)
		assert_true(*at != '\n' || at[-1] == '\r');
	assert_int_equal(compose("a@b", "s", "\xff"), EBB_E_INVALID);
	char *giant = ebb_arena_zalloc(arena, EBB_MAIL_BODY_MOST + 2);
	memset(giant, 'x', EBB_MAIL_BODY_MOST);
	assert_int_equal(compose("a@b", "s", giant), EBB_OK);
	for (const char *at = strstr(text, "\r\n\r\n") + 4, *end; *at != '\0'; at = end + 2) {
		end = strstr(at, "\r\n");
		assert_in_range(end - at, 1, 76);
	}
	giant[EBB_MAIL_BODY_MOST] = 'x';
	ebb_err_init(&err, arena);
	assert_int_equal(compose("a@b", "s", giant), EBB_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(addresses_are_plain_or_none, begin),
		cmocka_unit_test_setup(a_subject_stays_one_line, begin),
		cmocka_unit_test_setup(a_body_is_nothing_but_text, begin),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	ebb_arena_free(&arena);
	return failed;
}
