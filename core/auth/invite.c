/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a pass-phrase by mail: asking for a link, and setting a pass-phrase with one.  Asking looks at nobody: the same
 *          answer, at the same cost, for every address; the courier finds out whether there is anybody to write to.
 * Memory:  the request's arena; link and pass-phrase are wiped as soon as they are used.
 * Must not know: whose link it is and whether it still opens anything; the database says.
 */
#include "auth/login.h"
#include "auth/session.h"
#include "auth/token.h"
#include "http/args.h"
#include "http/reply.h"
#include "http/rq.h"

#include <jansson.h>
#include <string.h>

enum ebb_rc
ebb_session_reset(struct ebb_rq *rq)
{
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_reset", rq->args);
	const char *json;
	size_t length;

	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, rq->route->status, json, length);
}

struct redeem {
	const char *token, *new_password;
	char hash[EBB_TOKEN_HASH];
	const char *email, *name;
};

static struct ebb_str
begin_args(struct ebb_rq *rq, const struct redeem *redeem)
{
	struct ebb_str args;

	ebb_str_init(&args, rq->arena, 512);
	ebb_str_printf(&args, "{\"token\":\"%s\"", redeem->hash);
	return args;
}

/* Before anything is derived: a link that opens nothing costs nobody a tenth of a second. */
static enum ebb_rc
look(struct ebb_rq *rq, struct redeem *redeem)
{
	struct ebb_str args = begin_args(rq, redeem);
	struct ebb_rows *rows;

	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, "session_redeem_look", ebb_str_done(&args));
	call.is_read = true;
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1 || ebb_rows_columns(rows) < 2)
		return ebb_fail(&rq->err, EBB_E_INTERNAL, "The link cannot be checked.");
	redeem->email = ebb_rows_text(rows, 0, 0, NULL);
	redeem->name = ebb_rows_text(rows, 0, 1, NULL);
	return EBB_OK;
}

static enum ebb_rc
use(struct ebb_rq *rq, struct redeem *redeem)
{
	struct ebb_str args;
	struct json_t *body;
	const char *json;
	size_t length;

	EBB_TRY(ebb_args_body(rq, &body));
	redeem->token = json_string_value(json_object_get(body, "token"));
	redeem->new_password = json_string_value(json_object_get(body, "new_password"));
	EBB_ASSERT(redeem->token != NULL && redeem->new_password != NULL);
	ebb_token_hash(redeem->hash, redeem->token);
	EBB_TRY(look(rq, redeem));
	EBB_TRY(ebb_login_judge(rq, redeem->new_password, redeem->email, redeem->name));
	args = begin_args(rq, redeem);
	EBB_TRY(ebb_login_derive_new(rq, redeem->new_password, "new", &args));
	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_OBJECT, "session_redeem", ebb_str_done(&args));
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, rq->route->status, json, length);
}

enum ebb_rc
ebb_session_redeem(struct ebb_rq *rq)
{
	struct redeem redeem = { 0 };
	enum ebb_rc rc = use(rq, &redeem);

	if (redeem.new_password != NULL)
		ebb_secret_wipe(redeem.new_password, strlen(redeem.new_password));
	if (redeem.token != NULL)
		ebb_secret_wipe(redeem.token, strlen(redeem.token));
	ebb_secret_wipe(rq->body, rq->body_bytes);
	return rc;
}
