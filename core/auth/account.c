/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what signed-in persons change of how they sign in: pass-phrase and one-time codes. A session alone is not enough
 *          for it: each takes the pass-phrase again, and attempts count as at the log-in.
 * Memory:  the request's arena; secrets are wiped.
 * Must not know: rules of what is allowed; the database refuses.
 */
#include "auth/login.h"
#include "auth/session.h"
#include "auth/totp.h"
#include "conf/conf.h"
#include "conf/secret.h"
#include "http/args.h"
#include "http/reply.h"
#include "http/rq.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct own {
	struct ebb_login login;
	bool has_password;
	const char *pending; /* sealed secret that waits for its first code */
};

/* ---- shared steps ---- */

static enum ebb_rc
read_own(struct ebb_rq *rq, struct own *own)
{
	const struct ebb_db_enter enter = ebb_session_enter(rq);
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, "session_own", "{}");
	struct ebb_rows *rows;
	struct json_t *body;

	EBB_TRY(ebb_args_body(rq, &body));
	own->login.must_tell = true;
	own->login.password = json_string_value(json_object_get(body, "password"));
	own->login.code = json_string_value(json_object_get(body, "code"));
	own->login.new_password = json_string_value(json_object_get(body, "new_password"));
	call.enter = &enter;
	call.is_read = true;
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1)
		return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "You are not signed in.");
	own->login.person_id = strtoll(ebb_rows_text(rows, 0, 0, NULL), NULL, 10);
	own->login.email = ebb_rows_text(rows, 0, 1, NULL);
	own->login.person_name = ebb_rows_text(rows, 0, 2, NULL);
	own->has_password = *ebb_rows_text(rows, 0, 3, NULL) == 't';
	own->login.totp = ebb_rows_text(rows, 0, 4, NULL);
	own->pending = ebb_rows_text(rows, 0, 5, NULL);
	return EBB_OK;
}

static enum ebb_rc
prove(struct ebb_rq *rq, struct own *own)
{
	if (!own->has_password || own->login.email == NULL)
		return ebb_fail(&rq->err, EBB_E_CONFLICT,
				"You have no pass-phrase here: you sign in with an account of your organisation, and what "
				"concerns it is changed there.");
	return ebb_login_prove(rq, &own->login);
}

/* Calls api.<fn> as who asks; *rows_r has what it returned. */
static enum ebb_rc
change(struct ebb_rq *rq, const char *fn, struct ebb_str *args, struct ebb_rows **rows_r)
{
	const struct ebb_db_enter enter = ebb_session_enter(rq);

	ebb_str_char(args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, fn, ebb_str_done(args));
	call.enter = &enter;
	return ebb_db_call(rq->pg, &call, rows_r);
}

static struct ebb_str
begin_args(struct ebb_rq *rq, const struct own *own)
{
	struct ebb_str args;

	ebb_str_init(&args, rq->arena, 1024);
	ebb_str_char(&args, '{');
	ebb_login_args(&own->login, &args);
	ebb_str_printf(&args, ",\"person_id\":%lld", (long long)own->login.person_id);
	return args;
}

static enum ebb_rc
wrong_code(struct ebb_rq *rq)
{
	ebb_err_item(&rq->err, "/code", "The code is wrong, or was used before.");
	return ebb_fail_items(&rq->err, EBB_E_INVALID, "The code is wrong, or was used before.");
}

static enum ebb_rc
reply_secret(struct ebb_rq *rq, struct ebb_str *json)
{
	const char *text = ebb_str_done(json);

	EBB_ASSERT(text != NULL);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_json(rq, rq->route->status, text, json->length);
}

/* ---- pass-phrase ---- */

static enum ebb_rc
change_password(struct ebb_rq *rq, struct own *own)
{
	struct ebb_session session;
	struct ebb_rows *rows;
	struct ebb_str args;
	const char *json;
	size_t length;

	EBB_TRY(read_own(rq, own));
	/* First this: who is told to choose better words has not guessed. */
	EBB_TRY(ebb_login_judge(rq, own->login.new_password, own->login.email, own->login.person_name));
	EBB_TRY(prove(rq, own));
	EBB_TRY(ebb_session_new(rq, &session));
	args = begin_args(rq, own);
	ebb_str_char(&args, ',');
	ebb_session_args(rq, &session, &args);
	EBB_TRY(ebb_login_derive_new(rq, own->login.new_password, "new", &args));
	EBB_TRY(change(rq, "session_password", &args, &rows));
	json = ebb_rows_text(rows, 0, 0, &length);
	return ebb_session_reply(rq, &session, json, length);
}

enum ebb_rc
ebb_session_password(struct ebb_rq *rq)
{
	struct own own = { 0 };
	enum ebb_rc rc = change_password(rq, &own);

	ebb_login_wipe(rq, &own.login);
	return rc;
}

/* ---- one-time codes ---- */

static const char *
place_of(struct ebb_rq *rq, const struct own *own)
{
	return ebb_arena_printf(rq->arena, "totp/%lld", (long long)own->login.person_id);
}

static enum ebb_rc
begin_totp(struct ebb_rq *rq, struct own *own)
{
	char secret[EBB_TOTP_SECRET];
	struct ebb_secret_key key;
	struct ebb_rows *rows;
	struct ebb_str args, json;
	const char *sealed;
	enum ebb_rc rc;

	EBB_TRY(read_own(rq, own));
	EBB_TRY(prove(rq, own));
	EBB_TRY(ebb_totp_new(secret, &rq->err));
	EBB_TRY(ebb_secret_key_load(&key, rq->conf->secret_key_file, true, &rq->err));
	rc = ebb_secret_seal_text(&key, place_of(rq, own), secret, rq->arena, &sealed, &rq->err);
	ebb_secret_key_wipe(&key);
	EBB_TRY(rc);
	args = begin_args(rq, own);
	ebb_login_network(rq, &args);
	ebb_str_add(&args, ",\"sealed\":");
	ebb_str_json(&args, sealed);
	EBB_TRY(change(rq, "session_totp", &args, &rows));
	ebb_str_init(&json, rq->arena, 512);
	ebb_str_printf(&json, "{\"secret\":\"%s\",\"uri\":", secret);
	ebb_str_json(&json, ebb_totp_uri(rq->arena, own->login.email, secret));
	ebb_str_char(&json, '}');
	ebb_secret_wipe(secret, sizeof secret);
	return reply_secret(rq, &json);
}

enum ebb_rc
ebb_session_totp(struct ebb_rq *rq)
{
	struct own own = { 0 };
	enum ebb_rc rc = begin_totp(rq, &own);

	ebb_login_wipe(rq, &own.login);
	return rc;
}

/* The step of a code for the pending secret; -1: none. */
static enum ebb_rc
step_of(struct ebb_rq *rq, const struct own *own, int64_t *step_r)
{
	struct ebb_secret_key key;
	const char *secret;
	enum ebb_rc rc;

	EBB_TRY(ebb_secret_key_load(&key, rq->conf->secret_key_file, false, &rq->err));
	rc = ebb_secret_open_text(&key, place_of(rq, own), own->pending, rq->arena, &secret, &rq->err);
	ebb_secret_key_wipe(&key);
	EBB_TRY(rc);
	*step_r = ebb_totp_step(secret, own->login.code, (int64_t)time(NULL));
	ebb_secret_wipe(secret, strlen(secret));
	return EBB_OK;
}

static enum ebb_rc
confirm_totp(struct ebb_rq *rq, struct own *own)
{
	char text[EBB_RECOVERY_TEXT], hash[EBB_RECOVERY_HASH];
	struct ebb_rows *rows;
	struct ebb_str args, json;
	int64_t step;

	EBB_TRY(read_own(rq, own));
	if (own->pending == NULL)
		return ebb_fail(&rq->err, EBB_E_CONFLICT, "No one-time codes are being set up. Begin again.");
	EBB_TRY(step_of(rq, own, &step));
	if (step < 0)
		return wrong_code(rq);
	ebb_str_init(&args, rq->arena, 1024);
	ebb_str_add(&args, "{\"sealed\":");
	ebb_str_json(&args, own->pending);
	ebb_str_printf(&args, ",\"step\":%lld,\"recovery\":[", (long long)step);
	ebb_str_init(&json, rq->arena, 512);
	ebb_str_add(&json, "{\"recovery_codes\":[");
	for (int i = 0; i < EBB_RECOVERY_CODES; i++) {
		EBB_TRY(ebb_recovery_new(text, &rq->err));
		EBB_ASSERT(ebb_recovery_hash(hash, own->login.person_id, text));
		ebb_str_printf(&args, "%s\"%s\"", i > 0 ? "," : "", hash);
		ebb_str_printf(&json, "%s\"%s\"", i > 0 ? "," : "", text);
	}
	ebb_secret_wipe(text, sizeof text);
	ebb_str_char(&args, ']');
	ebb_str_add(&json, "]}");
	EBB_TRY(change(rq, "session_totp_confirm", &args, &rows));
	return reply_secret(rq, &json);
}

enum ebb_rc
ebb_session_totp_confirm(struct ebb_rq *rq)
{
	struct own own = { 0 };
	enum ebb_rc rc = confirm_totp(rq, &own);

	ebb_login_wipe(rq, &own.login);
	return rc;
}

static enum ebb_rc
remove_totp(struct ebb_rq *rq, struct own *own)
{
	struct ebb_rows *rows;
	struct ebb_str args;

	EBB_TRY(read_own(rq, own));
	if (own->login.totp == NULL)
		return ebb_fail(&rq->err, EBB_E_CONFLICT, "You do not sign in with one-time codes.");
	EBB_TRY(prove(rq, own));
	args = begin_args(rq, own);
	EBB_TRY(ebb_login_code(rq, &own->login, &args));
	ebb_login_network(rq, &args);
	EBB_TRY(change(rq, "session_totp_remove", &args, &rows));
	if (ebb_rows_count(rows) > 0)
		return wrong_code(rq);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_empty(rq, rq->route->status);
}

enum ebb_rc
ebb_session_totp_remove(struct ebb_rq *rq)
{
	struct own own = { 0 };
	enum ebb_rc rc = remove_totp(rq, &own);

	ebb_login_wipe(rq, &own.login);
	return rc;
}
