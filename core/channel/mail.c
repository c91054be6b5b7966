/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see mail.h.
 * Memory:  one arena that is wiped after every turn; the post has its own copies.
 * Must not know: SMTP, words.
 */
#include "channel/mail.h"

#include "auth/password.h"
#include "auth/token.h"
#include "base/obj.h"
#include "base/str.h"
#include "base/time.h"
#include "channel/mail_text.h"
#include "channel/post.h"
#include "conf/conf.h"
#include "db/call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAIL_MAGIC 0x6d61696cu /* "mail" */
#define AT_ONCE 4
#define LOOK_US 1000000
#define LOOK_LATE_US 15000000 /* while there is no database */

/* Columns of ctl.mail_take. */
enum { C_ID, C_KIND, C_ADDRESS, C_SUBJECT, C_HEAD, C_PATH, C_TAIL, C_TICKET, C_COUNT };

struct ebb_mail {
	uint32_t magic;
	struct ebb_mail_opts opts;
	struct ebb_post *post; /* NULL: there is no mail server */
	struct ebb_arena *arena;
	struct ebb_err err;
	int64_t look_us;
};

/* ---- the queue ---- */

static bool
ask(struct ebb_mail *mail, const char *fn, const char *const *params, int count, const char **text_r)
{
	struct ebb_db_plain plain = {
		.fn = fn, .params = params, .param_count = count, .arena = mail->arena, .err = &mail->err
	};

	mail->opts.busy(mail->opts.ctx, fn);
	ebb_err_init(&mail->err, mail->arena);
	bool is_done = ebb_db_value(mail->opts.pg, &plain, text_r) == EBB_OK;
	mail->opts.busy(mail->opts.ctx, NULL);
	if (!is_done)
		mail->opts.complain(mail->opts.ctx, fn, &mail->err);
	return is_done;
}

static void
note(struct ebb_mail *mail, int64_t id, const char *sentence, bool is_final)
{
	char id_text[24];
	const char *ignored;
	const char *params[] = { id_text, sentence, is_final ? "t" : "f" };

	snprintf(id_text, sizeof id_text, "%" PRId64, id);
	/* What cannot be noted goes out once more: that is what "at least once" allows. */
	(void)ask(mail, sentence == NULL ? "ctl.mail_done" : "ctl.mail_fail", params, sentence == NULL ? 1 : 3,
		  &ignored);
	mail->opts.counted(mail->opts.ctx, sentence == NULL);
}

static void
on_result(void *ctx, const struct ebb_post_result *result)
{
	struct ebb_mail *mail = ctx;

	note(mail, result->id, result->is_taken ? NULL : result->sentence, result->is_final);
	mail->look_us = 0; /* there may be more */
}

/* ---- one mail ---- */

/* The mail's own secret, whose hash the database gets now; false: nobody is to have one any more. */
static bool
make_token(struct ebb_mail *mail, const char *id, char token[EBB_TOKEN_TEXT])
{
	char hash[EBB_TOKEN_HASH];
	const char *is_wanted = NULL;
	const char *params[] = { id, hash };

	ebb_err_init(&mail->err, mail->arena);
	if (ebb_token_new(token, hash, &mail->err) != EBB_OK) {
		mail->opts.complain(mail->opts.ctx, "making a link", &mail->err);
		return false;
	}
	return ask(mail, "ctl.mail_token", params, 2, &is_wanted) && is_wanted != NULL && is_wanted[0] == 't';
}

static const char *
body_of(struct ebb_mail *mail, const char *const *row, const char *token)
{
	struct ebb_str body;

	ebb_str_init(&body, mail->arena, 2048);
	ebb_str_add(&body, row[C_HEAD]);
	if (row[C_PATH][0] != '\0')
		ebb_str_printf(&body, "%s%s%s", mail->opts.conf->public_url, row[C_PATH], token);
	ebb_str_add(&body, row[C_TAIL]);
	return ebb_str_done(&body);
}

static void
send_one(struct ebb_mail *mail, const char *const *row)
{
	const struct ebb_conf *conf = mail->opts.conf;
	bool is_key = strcmp(row[C_KIND], "invite") == 0 || strcmp(row[C_KIND], "reset") == 0;
	char token[EBB_TOKEN_TEXT] = "";
	int64_t id = strtoll(row[C_ID], NULL, 10);
	struct ebb_post_letter letter = { .id = id, .from = conf->mail_from, .to = row[C_ADDRESS] };
	struct ebb_mail_text text = {
		.from = conf->mail_from,
		.from_name = conf->mail_name,
		.to = row[C_ADDRESS],
		.subject = row[C_SUBJECT],
		.id = ebb_arena_printf(mail->arena, "ebb.mail.%s", row[C_ID]),
		.thread =
		    row[C_TICKET][0] == '\0' ? NULL : ebb_arena_printf(mail->arena, "ebb.ticket.%s", row[C_TICKET]),
		.at_ms = ebb_wall_ms(),
	};

	if (is_key && !make_token(mail, row[C_ID], token))
		return;
	text.body = body_of(mail, row, token);
	ebb_secret_wipe(token, sizeof token);
	ebb_err_init(&mail->err, mail->arena);
	if (ebb_mail_write(&text, mail->arena, &letter.text, &letter.length, &mail->err) == EBB_OK)
		ebb_post_send(mail->post, &letter);
	else
		note(mail, id, mail->err.sentence, mail->err.rc == EBB_E_INVALID);
}

static void
take(struct ebb_mail *mail, unsigned room)
{
	char most[16];
	const char *params[] = { most };
	struct ebb_rows *rows;
	struct ebb_db_plain plain = {
		.fn = "ctl.mail_take", .params = params, .param_count = 1, .arena = mail->arena, .err = &mail->err
	};

	snprintf(most, sizeof most, "%u", room);
	mail->opts.busy(mail->opts.ctx, plain.fn);
	ebb_err_init(&mail->err, mail->arena);
	enum ebb_rc rc = ebb_db_rows(mail->opts.pg, &plain, &rows);
	mail->opts.busy(mail->opts.ctx, NULL);
	if (rc != EBB_OK) {
		mail->opts.complain(mail->opts.ctx, plain.fn, &mail->err);
		mail->look_us = ebb_mono_us() + LOOK_LATE_US;
		return;
	}
	for (int i = 0; i < ebb_rows_count(rows); i++) {
		const char *row[C_COUNT];
		for (int column = 0; column < C_COUNT; column++) {
			size_t length;
			const char *value = ebb_rows_text(rows, i, column, &length);
			row[column] = value != NULL ? value : "";
		}
		send_one(mail, row);
	}
}

/* ---- turns ---- */

int64_t
ebb_mail_turn(struct ebb_mail *mail, int64_t now_us)
{
	EBB_CHECK(mail, MAIL_MAGIC);
	if (mail->post == NULL)
		return INT64_MAX;
	int64_t wake_us = ebb_post_turn(mail->post, now_us);
	unsigned count = ebb_post_count(mail->post);
	if (now_us >= mail->look_us && count < AT_ONCE) {
		mail->look_us = now_us + LOOK_US;
		take(mail, AT_ONCE - count);
		wake_us = ebb_post_turn(mail->post, now_us);
	}
	ebb_arena_reset(mail->arena);
	return wake_us < mail->look_us || ebb_post_count(mail->post) >= AT_ONCE ? wake_us : mail->look_us;
}

bool
ebb_mail_finish(struct ebb_mail *mail, int64_t now_us)
{
	EBB_CHECK(mail, MAIL_MAGIC);
	if (mail->post == NULL)
		return false;
	(void)ebb_post_turn(mail->post, now_us);
	ebb_arena_reset(mail->arena);
	return ebb_post_count(mail->post) > 0;
}

int
ebb_mail_fd(const struct ebb_mail *mail)
{
	return mail->post == NULL ? -1 : ebb_post_fd(mail->post);
}

/* ---- life ---- */

struct ebb_mail *
ebb_mail_new(const struct ebb_mail_opts *opts)
{
	struct ebb_mail *mail = calloc(1, sizeof *mail);

	EBB_ASSERT(mail != NULL);
	*mail = (struct ebb_mail){ .magic = MAIL_MAGIC, .opts = *opts };
	mail->arena = ebb_arena_new("mail", EBB_ARENA_SECRET);
	ebb_err_init(&mail->err, mail->arena);
	if (opts->conf->smtp_url[0] != '\0' &&
	    ebb_post_new(&mail->post, opts->conf, on_result, mail, &mail->err) != EBB_OK)
		opts->complain(opts->ctx, "mail stays in the desk", &mail->err);
	return mail;
}

void
ebb_mail_free(struct ebb_mail **mail_pp)
{
	struct ebb_mail *mail;

	if (*mail_pp == NULL)
		return;
	EBB_TAKE(mail, mail_pp, MAIL_MAGIC);
	ebb_post_free(&mail->post);
	ebb_arena_free(&mail->arena);
	free(mail);
}
