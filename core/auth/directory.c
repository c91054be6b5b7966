/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the directory's part of POST /session. Where there is a directory, every address is looked up there, also those
 *          with a pass-phrase of the desk's own: else the time would tell who has an account where.
 * Memory:  the request's arena.
 * Must not know: the desk's own pass-phrases (login.c).
 */
#include "auth/vouch.h"

#include "auth/session.h"
#include "base/log.h"
#include "base/time.h"
#include "conf/conf.h"
#include "http/rq.h"

#include <inttypes.h>
#include <string.h>

#define AWAY_S 10

/* A directory that is away is left alone for some seconds: who signs in otherwise shall not wait for it each time. */
static struct {
	int64_t provider_id, until_us;
} away;

static enum ebb_rc
responsible(struct ebb_rq *rq, const char *email, const char *code, struct ebb_provider *provider, bool *is_meant_r)
{
	struct ebb_rows *rows;
	struct ebb_str args;
	const char *conf;
	size_t length;

	*provider = (struct ebb_provider){ 0 };
	ebb_str_init(&args, rq->arena, 256);
	ebb_str_add(&args, "{\"email\":");
	ebb_str_json(&args, email);
	ebb_str_add(&args, ",\"provider\":");
	ebb_str_json(&args, code);
	ebb_str_char(&args, '}');
	struct ebb_db_call call = ebb_session_call(rq, EBB_DB_LIST, "session_directory", ebb_str_done(&args));
	call.is_read = true;
	EBB_TRY(ebb_db_call(rq->pg, &call, &rows));
	if (ebb_rows_count(rows) != 1)
		return EBB_OK;
	*is_meant_r = *ebb_rows_text(rows, 0, 0, NULL) == 't';
	conf = ebb_rows_text(rows, 0, 1, &length);
	EBB_TRY(ebb_provider_read(provider, conf, length, rq->arena, &rq->err));
	return ebb_provider_open(provider, rq->conf->secret_key_file, rq->arena, &rq->err);
}

static void
note_away(struct ebb_rq *rq, const struct ebb_provider *provider, const struct ebb_err *err)
{
	ebb_log(EBB_WARNING, &rq->log, "directory %s: %s", provider->code, err->sentence);
	away.provider_id = provider->provider_id;
	away.until_us = ebb_mono_us() + (int64_t)AWAY_S * 1000000;
}

static bool
is_left_alone(const struct ebb_provider *provider)
{
	return away.provider_id == provider->provider_id && ebb_mono_us() < away.until_us;
}

/* Told only to who has named the directory: to others it would tell whose pass-phrase is where. */
static enum ebb_rc
absent(struct ebb_rq *rq, const char *code)
{
	if (code == NULL)
		return EBB_OK;
	rq->err.retry_after_s = AWAY_S;
	return ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "The directory cannot be asked just now.");
}

enum ebb_rc
ebb_directory_ask(struct ebb_rq *rq, const char *email, const char *password, const char *code, struct ebb_directory *directory)
{
	struct ebb_ldap_person person;
	struct ebb_provider provider;
	struct ebb_ldap_conf conf;
	bool is_meant = false, is_right = false;
	struct ebb_err err;
	struct ebb_str args;

	*directory = (struct ebb_directory){ 0 };
	EBB_TRY(responsible(rq, email, code, &provider, &is_meant));
	if (provider.code == NULL)
		return EBB_OK;
	if (is_left_alone(&provider))
		return absent(rq, code);
	ebb_provider_ldap(&conf, &provider);
	ebb_err_init(&err, rq->arena);
	if (!is_meant) {
		if (ebb_ldap_pretend(&conf, email, rq->arena, &err) != EBB_OK)
			note_away(rq, &provider, &err);
		return EBB_OK;
	}
	if (ebb_ldap_sign_in(&conf, email, password, &person, &is_right, rq->arena, &err) != EBB_OK) {
		note_away(rq, &provider, &err);
		return absent(rq, code);
	}
	if (!is_right)
		return EBB_OK;
	ebb_str_init(&args, rq->arena, 512);
	ebb_str_printf(&args, "\"provider_id\":%" PRId64 ",", provider.provider_id);
	ebb_vouch_facts(&args, person.subject, person.name, person.email, true, person.groups_json);
	directory->is_proved = true;
	directory->args = ebb_str_done(&args);
	return EBB_OK;
}
