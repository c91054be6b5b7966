/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see session.h. Known and unknown persons take the same way and the same time: the database hands out a
 *          salt for any address, a proof is derived for any salt, and only session_open() says no.
 * Memory:  the request's arena.
 * Must not know: routes; whether a person exists.
 */
#include "auth/session.h"

#include "auth/password.h"
#include "auth/token.h"
#include "conf/conf.h"
#include "db/call.h"
#include "http/args.h"
#include "http/reply.h"
#include "http/rq.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#define PLACE_WAIT_US 5000000

struct login {
	const char *email;
	const char *password;
	size_t password_bytes;
};

static struct ebb_db_call
call_of(struct ebb_rq *rq, enum ebb_db_kind kind, const char *fn, const char *args)
{
	return (struct ebb_db_call){
		.kind = kind,
		.fn = fn,
		.args = args,
		.deadline_us = rq->deadline_us,
		.log = &rq->log,
		.arena = rq->arena,
		.err = &rq->err,
		.waited_us = &rq->db_us,
	};
}

static enum ebb_rc
read_cost(struct ebb_rq *rq, const struct login *login, struct ebb_password_cost *cost)
{
	struct ebb_rows *rows;
	struct ebb_str args;
	size_t length;

	ebb_str_init(&args, rq->arena, 128);
	ebb_str_add(&args, "{\"email\":");
	ebb_str_json(&args, login->email);
	ebb_str_char(&args, '}');
	struct ebb_db_call call = call_of(rq, EBB_DB_LIST, "session_salt", ebb_str_done(&args));
	call.is_read = true;
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1 || ebb_rows_columns(rows) < 3)
		return ebb_fail(&rq->err, EBB_E_INTERNAL, "The pass-phrase on file cannot be checked.");
	return ebb_password_read_cost(cost, ebb_rows_text(rows, 0, 0, &length), ebb_rows_text(rows, 0, 1, &length),
				      ebb_rows_text(rows, 0, 2, &length), &rq->err);
}

/* One of the host's few places to hash in, then the hash. */
static enum ebb_rc
make_proof(struct ebb_rq *rq, const struct login *login, const struct ebb_password_cost *cost,
	   char proof[EBB_PROOF_HEX])
{
	const char *lock_file =
	    ebb_arena_printf(rq->arena, "%s.hash", ebb_conf_path(rq->conf, rq->conf->listen_session));
	int64_t until_us = rq->began_us + PLACE_WAIT_US;
	int place = ebb_password_place(lock_file, until_us < rq->deadline_us ? until_us : rq->deadline_us);
	enum ebb_rc rc;

	if (place < 0) {
		rq->err.retry_after_s = 2;
		return ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "Many people sign in just now.");
	}
	rc = ebb_password_derive(proof, login->password, login->password_bytes, cost, &rq->err);
	close(place);
	return rc;
}

static const char *
open_args(struct ebb_rq *rq, const struct login *login, const char *proof, const char *token_hash)
{
	struct ebb_str args;

	ebb_str_init(&args, rq->arena, 512);
	ebb_str_add(&args, "{\"email\":");
	ebb_str_json(&args, login->email);
	ebb_str_printf(&args, ",\"proof\":\"%s\",\"token\":\"%s\",\"hours\":%d,\"user_agent\":", proof, token_hash,
		       rq->conf->session_hours);
	ebb_str_json(&args, rq->head.user_agent);
	ebb_str_char(&args, '}');
	return ebb_str_done(&args);
}

static enum ebb_rc
open_session(struct ebb_rq *rq, const struct login *login, const char *proof)
{
	char token[EBB_TOKEN_TEXT], token_hash[EBB_TOKEN_HASH];
	const char *json;
	size_t length;

	EBB_TRY(ebb_token_new(token, token_hash, &rq->err));
	struct ebb_db_call call = call_of(rq, EBB_DB_OBJECT, "session_open", open_args(rq, login, proof, token_hash));
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_identity_cookie(rq, token, (int64_t)rq->conf->session_hours * 3600);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	ebb_secret_wipe(token, sizeof token);
	return ebb_reply_json(rq, rq->route->status, json, length);
}

enum ebb_rc
ebb_session_open(struct ebb_rq *rq)
{
	struct ebb_password_cost cost;
	struct login login;
	char proof[EBB_PROOF_HEX];
	struct json_t *body;
	enum ebb_rc rc;

	EBB_TRY(ebb_args_body(rq, &body));
	login.email = json_string_value(json_object_get(body, "email"));
	login.password = json_string_value(json_object_get(body, "password"));
	login.password_bytes = json_string_length(json_object_get(body, "password"));
	EBB_ASSERT(login.email != NULL && login.password != NULL);

	rc = read_cost(rq, &login, &cost);
	if (rc == EBB_OK)
		rc = make_proof(rq, &login, &cost, proof);
	/* Neither the tree nor the raw body is needed again; a core dump shall not hold them. */
	ebb_secret_wipe(login.password, login.password_bytes);
	ebb_secret_wipe(rq->body, rq->body_bytes);
	if (rc == EBB_OK)
		rc = open_session(rq, &login, proof);
	ebb_secret_wipe(proof, sizeof proof);
	return rc;
}

enum ebb_rc
ebb_session_close(struct ebb_rq *rq)
{
	const struct ebb_db_enter enter = { .token_hash = rq->token_hash, .request_id = rq->request_id };
	struct ebb_db_call call = call_of(rq, EBB_DB_OBJECT, "session_close", "{}");
	const char *json;
	size_t length;

	call.enter = &enter;
	EBB_TRY(ebb_db_json(rq->pg, &call, &json, &length));
	ebb_identity_cookie(rq, NULL, 0);
	ebb_reply_header(rq, "Cache-Control", "no-store");
	return ebb_reply_empty(rq, rq->route->status);
}
