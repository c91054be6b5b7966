/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a refusal of the database means to a caller.  Our own states (ZE + HTTP status) carry a
 *          sentence for people; everything else is told in words of ours or not at all.
 * Memory:  texts are copied to the slot's arena.
 * Must not know: libpq, HTTP.
 */
#include "db/call.h"

#include <stdlib.h>
#include <string.h>

struct constraint {
	const char *name;
	enum ebb_rc rc;
	const char *pointer;
	const char *sentence;
};

static const struct constraint constraints[] = {
#define CONSTRAINT(name, code, pointer, sentence) { #name, EBB_E_##code, pointer, sentence },
#include "db/constraints.def"
#undef CONSTRAINT
};

/* States of PostgreSQL that say something useful; a prefix stands for its class. */
static const struct meaning {
	const char *sqlstate;
	enum ebb_rc rc;
	int retry_after_s;
	const char *sentence;
} meanings[] = {
	{ "57014", EBB_E_TIMEOUT, 5, "This took longer than the database may take." },
	{ "40001", EBB_E_BUSY, 1, "Somebody changed the same thing at the same instant. Try again." },
	{ "40P01", EBB_E_BUSY, 1, "Somebody changed the same thing at the same instant. Try again." },
	{ "55P03", EBB_E_BUSY, 1, "Somebody else is changing this just now. Try again." },
	{ "53", EBB_E_UNAVAILABLE, 5, "The database has no room for more work just now." },
	{ "25006", EBB_E_UNAVAILABLE, 5, "The database accepts no changes just now." },
	{ "57P", EBB_E_DB_LOST, 2, "The database is restarting." },
	{ "08", EBB_E_DB_LOST, 2, "The connection to the database broke." },
	{ "22003", EBB_E_INVALID, 0, "A number is out of range." },
	{ "22008", EBB_E_INVALID, 0, "A time is out of range." },
	{ "22007", EBB_E_INVALID, 0, "A time cannot be understood." },
	{ "22021", EBB_E_INVALID, 0, "A text holds characters that cannot be stored." },
	{ "22P05", EBB_E_INVALID, 0, "A text holds characters that cannot be stored." },
};

static const char *
copy(struct ebb_err *err, const char *text)
{
	return text == NULL ? NULL : ebb_arena_strdup(err->arena, text);
}

static bool
is_array(const char *text)
{
	size_t length = text == NULL ? 0 : strlen(text);

	return length >= 2 && text[0] == '[' && text[length - 1] == ']';
}

static enum ebb_rc
ours(struct ebb_err *err, enum ebb_rc rc, const struct ebb_db_refusal *refusal)
{
	const char *message = refusal->message == NULL ? "" : refusal->message;

	if (rc == EBB_E_REPLAY) {
		err->replay_status = atoi(message);
		err->replay_body = copy(err, refusal->detail);
		if (err->replay_status < 200 || err->replay_status > 299)
			return ebb_fail(err, EBB_E_INTERNAL, "The kept answer cannot be read.");
		return ebb_fail(err, rc, "answered before");
	}
	if (is_array(refusal->detail))
		err->items_json = copy(err, refusal->detail);
	err->hint = copy(err, refusal->hint);
	if (rc == EBB_E_UNAVAILABLE)
		err->retry_after_s = 2;
	return ebb_fail(err, rc, "%s", message);
}

static enum ebb_rc
unmapped(struct ebb_err *err, const struct ebb_log_ctx *log, const struct ebb_db_refusal *refusal)
{
	struct ebb_log_ctx ctx = log == NULL ? EBB_LOG_CTX_NONE : *log;

	/* DETAIL may quote people's data, so it stays out of the log, too. */
	ctx.sqlstate = err->sqlstate;
	ctx.error_id = ebb_err_log_id(err);
	ebb_log(EBB_ERROR, &ctx, "the database refused: %s%s%s; %s", refusal->message == NULL ? "" : refusal->message,
		refusal->constraint == NULL ? "" : "; constraint ",
		refusal->constraint == NULL ? "" : refusal->constraint,
		refusal->context == NULL ? "" : refusal->context);
	return ebb_fail(err, EBB_E_INTERNAL, "Something went wrong; the log has it under %s.", err->log_id);
}

enum ebb_rc
ebb_db_refused(struct ebb_err *err, const struct ebb_log_ctx *log, const struct ebb_db_refusal *refusal)
{
	const char *sqlstate = refusal->sqlstate == NULL ? "" : refusal->sqlstate;
	enum ebb_rc rc = ebb_code_of_sqlstate(sqlstate);

	strncpy(err->sqlstate, sqlstate, sizeof err->sqlstate - 1);
	if (rc != EBB_OK)
		return ours(err, rc, refusal);
	for (size_t i = 0; refusal->constraint != NULL && i < EBB_COUNT(constraints); i++) {
		const struct constraint *c = &constraints[i];

		if (strcmp(c->name, refusal->constraint) != 0)
			continue;
		if (c->pointer[0] != '\0')
			ebb_err_item(err, c->pointer, "%s", c->sentence);
		return ebb_fail(err, c->rc, "%s", c->sentence);
	}
	for (size_t i = 0; i < EBB_COUNT(meanings); i++) {
		if (strncmp(sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate)) != 0)
			continue;
		err->retry_after_s = meanings[i].retry_after_s;
		return ebb_fail(err, meanings[i].rc, "%s", meanings[i].sentence);
	}
	return unmapped(err, log, refusal);
}
