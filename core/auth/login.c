/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see login.h and session.h. Known and unknown persons take the same way and the same time: the database counts
 *          the attempt and hands out a salt for any address, a proof is derived for any salt, and only then it says no.
 * Memory:  the request's arena.
 * Must not know: routes; whether a person exists before the proof is right.
 */
#include "auth/login.h"

#include "auth/network.h"
#include "auth/phrase.h"
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
#include <unistd.h>

#define PLACE_WAIT_US 5000000

/* ---- look, derive, prove ---- */

void
ebb_login_network(const struct ebb_rq *rq, struct ebb_str *args)
{
	char network[EBB_NETWORK_TEXT];

	ebb_network_of(network, rq->head.remote_addr);
	ebb_str_add(args, ",\"network\":");
	ebb_str_json(args, network);
	ebb_str_add(args, ",\"request_id\":");
	ebb_str_json(args, rq->request_id);
}

static enum ebb_rc
look(struct ebb_rq *rq, struct ebb_login *login)
{
	struct ebb_rows *rows;
	struct ebb_str args;
	int wait_s;

	ebb_str_init(&args, rq->arena, 256);
	ebb_str_add(&args, "{\"email\":");
	ebb_str_json(&args, login->email);
	ebb_login_network(rq, &args);
	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, "session_look", ebb_str_done(&args));
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1 || ebb_rows_columns(rows) < 4)
		return ebb_fail(&rq->err, EBB_E_INTERNAL, "The pass-phrase on file cannot be checked.");
	wait_s = atoi(ebb_rows_text(rows, 0, 3, NULL));
	if (wait_s > 0) {
		rq->err.retry_after_s = wait_s;
		return ebb_fail(&rq->err, EBB_E_TOO_MANY,
				"There were too many failed attempts for this address. Try again in %d second%s.", wait_s,
				wait_s == 1 ? "" : "s");
	}
	return ebb_password_read_cost(&login->cost, ebb_rows_text(rows, 0, 0, NULL), ebb_rows_text(rows, 0, 1, NULL),
				      ebb_rows_text(rows, 0, 2, NULL), &rq->err);
}

/* One of the host's few places to hash in; given back by close(). */
static enum ebb_rc
take_place(struct ebb_rq *rq, int *place_r)
{
	const char *lock_file =
	    ebb_arena_printf(rq->arena, "%s.hash", ebb_conf_path(rq->conf, rq->conf->listen_session));
	int64_t until_us = rq->began_us + PLACE_WAIT_US;

	*place_r = ebb_password_place(lock_file, until_us < rq->deadline_us ? until_us : rq->deadline_us);
	if (*place_r >= 0)
		return EBB_OK;
	rq->err.retry_after_s = 2;
	return ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "Many people sign in just now.");
}

static enum ebb_rc
refuse(struct ebb_rq *rq, const struct ebb_login *login)
{
	if (!login->must_tell)
		return ebb_fail(&rq->err, EBB_E_UNAUTHENTICATED, "The address or the pass-phrase is wrong.");
	ebb_err_item(&rq->err, "/password", "The pass-phrase is wrong.");
	return ebb_fail_items(&rq->err, EBB_E_INVALID, "The pass-phrase is wrong.");
}

static enum ebb_rc
ask(struct ebb_rq *rq, struct ebb_login *login)
{
	struct ebb_rows *rows;
	struct ebb_str args;

	ebb_str_init(&args, rq->arena, 512);
	ebb_str_char(&args, '{');
	ebb_login_args(login, &args);
	ebb_login_network(rq, &args);
	ebb_str_printf(&args, ",\"has_code\":%s,\"has_new\":%s}", login->code != NULL ? "true" : "false",
		       login->new_password != NULL ? "true" : "false");
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST,
						   login->directory.is_proved ? "session_directory_prove" : "session_prove",
						   ebb_str_done(&args));
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1)
		return refuse(rq, login);
	login->person_id = strtoll(ebb_rows_text(rows, 0, 0, NULL), NULL, 10);
	login->person_name = ebb_rows_text(rows, 0, 1, NULL);
	login->must_change = *ebb_rows_text(rows, 0, 2, NULL) == 't';
	login->totp = ebb_rows_text(rows, 0, 3, NULL);
	return EBB_OK;
}

enum ebb_rc
ebb_login_prove(struct ebb_rq *rq, struct ebb_login *login)
{
	enum ebb_rc rc;
	int place;

	/* First the place: who finds the host busy has made no attempt that counts. */
	EBB_TRY(take_place(rq, &place));
	rc = look(rq, login);
	if (rc == EBB_OK)
		rc = ebb_password_derive(login->proof, login->password, strlen(login->password), &login->cost, &rq->err);
	close(place);
	EBB_TRY(rc);
	/* A change of the desk's own pass-phrase takes that one. */
	if (!login->must_tell)
		EBB_TRY(ebb_directory_ask(rq, login->email, login->password, login->provider, &login->directory));
	/* Who names a directory means its pass-phrase and no other. */
	if (login->provider != NULL && !login->directory.is_proved)
		memset(login->proof, '0', EBB_PROOF_HEX - 1);
	return ask(rq, login);
}

void
ebb_login_args(const struct ebb_login *login, struct ebb_str *args)
{
	ebb_str_add(args, "\"email\":");
	ebb_str_json(args, login->email);
	ebb_str_printf(args, ",\"proof\":\"%s\"", login->proof);
	if (login->directory.is_proved)
		ebb_str_printf(args, ",%s", login->directory.args);
}

/* ---- code and new pass-phrase ---- */

enum ebb_rc
ebb_login_code(struct ebb_rq *rq, const struct ebb_login *login, struct ebb_str *args)
{
	const char *place = ebb_arena_printf(rq->arena, "totp/%lld", (long long)login->person_id), *secret;
	char hash[EBB_RECOVERY_HASH];
	struct ebb_secret_key key;
	enum ebb_rc rc;
	int64_t step;

	if (login->code == NULL || login->totp == NULL)
		return EBB_OK;
	if (ebb_recovery_hash(hash, login->person_id, login->code)) {
		ebb_str_printf(args, ",\"recovery\":\"%s\"", hash);
		return EBB_OK;
	}
	EBB_TRY(ebb_secret_key_load(&key, rq->conf->secret_key_file, false, &rq->err));
	rc = ebb_secret_open_text(&key, place, login->totp, rq->arena, &secret, &rq->err);
	ebb_secret_key_wipe(&key);
	EBB_TRY(rc);
	step = ebb_totp_step(secret, login->code, (int64_t)time(NULL));
	ebb_secret_wipe(secret, strlen(secret));
	if (step >= 0)
		ebb_str_printf(args, ",\"step\":%lld", (long long)step);
	return EBB_OK;
}

enum ebb_rc
ebb_login_judge(struct ebb_rq *rq, const char *phrase, const char *email, const char *name)
{
	const char *fault = ebb_phrase_fault(phrase, strlen(phrase), email, name);

	if (fault == NULL)
		return EBB_OK;
	ebb_err_item(&rq->err, "/new_password", "%s", fault);
	return ebb_fail_items(&rq->err, EBB_E_INVALID, fault);
}

enum ebb_rc
ebb_login_derive_new(struct ebb_rq *rq, const char *phrase, const char *member, struct ebb_str *args)
{
	char proof[EBB_PROOF_HEX], verifier[EBB_PROOF_HEX], salt[EBB_SALT_HEX];
	struct ebb_password_cost cost;
	enum ebb_rc rc;
	int place;

	EBB_TRY(ebb_password_new_cost(&cost, &rq->err));
	EBB_TRY(take_place(rq, &place));
	rc = ebb_password_derive(proof, phrase, strlen(phrase), &cost, &rq->err);
	close(place);
	EBB_TRY(rc);
	ebb_password_verifier(verifier, proof);
	ebb_secret_wipe(proof, sizeof proof);
	ebb_password_salt_hex(salt, &cost);
	ebb_str_printf(args, ",\"%s\":{\"salt\":\"%s\",\"opslimit\":%llu,\"memlimit\":%llu,\"verifier\":\"%s\"}", member,
		       salt, (unsigned long long)cost.opslimit, (unsigned long long)cost.memlimit, verifier);
	return EBB_OK;
}

void
ebb_login_wipe(struct ebb_rq *rq, struct ebb_login *login)
{
	const char *const secrets[] = { login->password, login->code, login->new_password };

	/* Neither the tree nor the raw body is needed again; a core dump shall not hold them. */
	for (size_t i = 0; i < EBB_COUNT(secrets); i++)
		if (secrets[i] != NULL)
			ebb_secret_wipe(secrets[i], strlen(secrets[i]));
	ebb_secret_wipe(rq->body, rq->body_bytes);
	ebb_secret_wipe(login->proof, sizeof login->proof);
}

/* ---- signing in ---- */

/* Told only to who has the right pass-phrase, all at once, so that a code is not used up before everything is there. */
static enum ebb_rc
check_missing(struct ebb_rq *rq, const struct ebb_login *login)
{
	if (login->totp != NULL && login->code == NULL)
		ebb_err_item(&rq->err, "/code", "A one-time code from your authenticator, or a recovery code, is needed.");
	if (login->must_change && login->new_password == NULL)
		ebb_err_item(&rq->err, "/new_password",
			     "This pass-phrase was set by somebody else: choose one of your own.");
	EBB_TRY(ebb_fail_items(&rq->err, EBB_E_FORBIDDEN, "The pass-phrase is right; signing in takes more."));
	if (login->new_password == NULL)
		return EBB_OK;
	if (login->directory.is_proved) {
		ebb_err_item(&rq->err, "/new_password", "This pass-phrase is the directory's, and is changed there.");
		return ebb_fail_items(&rq->err, EBB_E_INVALID, "This pass-phrase is the directory's, and is changed there.");
	}
	return ebb_login_judge(rq, login->new_password, login->email, login->person_name);
}

/* Before an attempt is counted: who is told to choose better words has not guessed. The name is known only later. */
static enum ebb_rc
check_new(struct ebb_rq *rq, const struct ebb_login *login)
{
	if (login->new_password == NULL)
		return EBB_OK;
	if (strcmp(login->new_password, login->password) == 0) {
		ebb_err_item(&rq->err, "/new_password", "The new pass-phrase is the old one.");
		return ebb_fail_items(&rq->err, EBB_E_INVALID, "The new pass-phrase is the old one.");
	}
	return ebb_login_judge(rq, login->new_password, login->email, NULL);
}

static bool
is_cheap(const struct ebb_password_cost *cost)
{
	return cost->opslimit < EBB_ARGON_OPS || cost->memlimit < EBB_ARGON_MEM;
}

static enum ebb_rc
open_args(struct ebb_rq *rq, const struct ebb_login *login, const struct ebb_session *session, const char **args_r)
{
	struct ebb_str args;

	ebb_str_init(&args, rq->arena, 1024);
	ebb_str_char(&args, '{');
	ebb_login_args(login, &args);
	ebb_str_char(&args, ',');
	ebb_session_args(rq, session, &args);
	EBB_TRY(ebb_login_code(rq, login, &args));
	if (login->new_password != NULL)
		EBB_TRY(ebb_login_derive_new(rq, login->new_password, "new", &args));
	else if (is_cheap(&login->cost))
		EBB_TRY(ebb_login_derive_new(rq, login->password, "rehash", &args));
	ebb_str_char(&args, '}');
	*args_r = ebb_str_done(&args);
	return EBB_OK;
}

static enum ebb_rc
open_session(struct ebb_rq *rq, const struct ebb_login *login)
{
	struct ebb_session session;
	struct ebb_rows *rows;
	const char *args, *refused, *json;
	size_t length;

	EBB_TRY(ebb_session_new(rq, &session));
	EBB_TRY(open_args(rq, login, &session, &args));
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST,
						   login->directory.is_proved ? "session_directory_open" : "session_open", args);
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	refused = ebb_rows_count(rows) == 1 ? ebb_rows_text(rows, 0, 0, NULL) : "";
	if (refused != NULL && strcmp(refused, "code") == 0) {
		ebb_err_item(&rq->err, "/code", "The code is wrong, or was used before.");
		return ebb_fail_items(&rq->err, EBB_E_UNAUTHENTICATED, "The code is wrong, or was used before.");
	}
	if (refused != NULL)
		return refuse(rq, login);
	json = ebb_rows_text(rows, 0, 1, &length);
	return ebb_session_reply(rq, &session, json, length);
}

static enum ebb_rc
sign_in(struct ebb_rq *rq, struct ebb_login *login)
{
	EBB_TRY(check_new(rq, login));
	EBB_TRY(ebb_login_prove(rq, login));
	EBB_TRY(check_missing(rq, login));
	return open_session(rq, login);
}

enum ebb_rc
ebb_session_open(struct ebb_rq *rq)
{
	struct ebb_login login = { 0 };
	struct json_t *body;
	enum ebb_rc rc;

	EBB_TRY(ebb_args_body(rq, &body));
	login.email = json_string_value(json_object_get(body, "email"));
	login.password = json_string_value(json_object_get(body, "password"));
	login.code = json_string_value(json_object_get(body, "code"));
	login.new_password = json_string_value(json_object_get(body, "new_password"));
	login.provider = json_string_value(json_object_get(body, "provider"));
	EBB_ASSERT(login.email != NULL && login.password != NULL);
	rc = sign_in(rq, &login);
	ebb_login_wipe(rq, &login);
	return rc;
}
