/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what became of a host: how it ended, one log line with its last words, one incident for the database, and a
 *          pause before the next one of that key when they die one after the other.
 * Memory:  an arena per funeral; graves in the keeper's fixed table, the oldest is taken again.
 * Must not know: how hosts are started or called.
 */
#include "run/keeper.h"

#include "base/err.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKTRACE_MOST 4000
#define PAUSE_FIRST_US ((int64_t)100000)
#define PAUSE_LAST_US ((int64_t)2000000)
#define FORGIVEN_US ((int64_t)30000000) /* deaths further apart are not one after the other */

/* ---- graves ---- */

struct ebb_keeper_grave *
ebb_keeper_grave(struct ebb_keeper *keeper, const struct ebb_keeper_key *key)
{
	for (int i = 0; i < EBB_KEEPER_GRAVES; i++)
		if (keeper->graves[i].key.plugin != NULL && ebb_keeper_is_key(&keeper->graves[i].key, key))
			return &keeper->graves[i];
	return NULL;
}

static struct ebb_keeper_grave *
new_grave(struct ebb_keeper *keeper, const struct ebb_keeper_key *key)
{
	struct ebb_keeper_grave *oldest = &keeper->graves[0];

	for (int i = 1; i < EBB_KEEPER_GRAVES && oldest->key.plugin != NULL; i++)
		if (keeper->graves[i].key.plugin == NULL || keeper->graves[i].died_us < oldest->died_us)
			oldest = &keeper->graves[i];
	*oldest = (struct ebb_keeper_grave){ .key = *key };
	return oldest;
}

/* The first death costs no pause: one bad call shall not cost the next its plugin. */
static void
dig(struct ebb_keeper *keeper, const struct ebb_keeper_host *host, bool is_bad)
{
	struct ebb_keeper_grave *grave = ebb_keeper_grave(keeper, &host->key);
	int64_t now_us = ebb_mono_us(), pause_us = 0;

	if (grave == NULL)
		grave = new_grave(keeper, &host->key);
	if (now_us - grave->died_us > FORGIVEN_US)
		grave->deaths = 0;
	grave->died_us = now_us;
	grave->first_dial_us = host->first_dial_us;
	grave->was_quiet = !is_bad;
	if (!is_bad)
		return;
	if (++grave->deaths > 1) {
		pause_us = PAUSE_FIRST_US;
		for (unsigned i = 2; i < grave->deaths && pause_us < PAUSE_LAST_US; i++)
			pause_us *= 2;
	}
	grave->not_before_us = now_us + (pause_us < PAUSE_LAST_US ? pause_us : PAUSE_LAST_US);
}

/* ---- incidents ---- */

static void
count(const struct ebb_keeper *keeper, const char *kind)
{
	static const struct {
		const char *kind;
		enum ebb_counter counter;
	} counters[] = {
		{ "crash", EBB_C_INCIDENT_CRASH },   { "hang", EBB_C_INCIDENT_HANG },
		{ "memory", EBB_C_INCIDENT_MEMORY }, { "nonsense", EBB_C_INCIDENT_NONSENSE },
		{ "start", EBB_C_INCIDENT_START },
	};

	for (size_t i = 0; i < EBB_COUNT(counters); i++)
		if (strcmp(counters[i].kind, kind) == 0)
			ebb_metrics_add(&keeper->process->board->metrics, counters[i].counter, 1);
}

void
ebb_keeper_incident(struct ebb_keeper *keeper, const struct ebb_keeper_key *key, const char *kind, const char *sentence,
		    const char *backtrace, const char *request_id)
{
	struct ebb_arena *arena = ebb_arena_new("incident", EBB_ARENA_PLAIN);
	struct ebb_log_ctx ctx = keeper->log;
	struct ebb_str json;

	ctx.plugin = key->plugin->name;
	ctx.request_id = request_id != NULL && request_id[0] != '\0' ? request_id : NULL;
	ebb_log(EBB_ERROR, &ctx, "plugin %s of department %d (%s): %s: %s%s%s", key->plugin->name, key->department_id,
		ebb_lane_name(key->lane), kind, sentence, backtrace != NULL ? ": " : "",
		backtrace != NULL ? backtrace : "");
	count(keeper, kind);
	ebb_str_init(&json, arena, 1024);
	ebb_str_add(&json, "{\"plugin_name\":");
	ebb_str_json(&json, key->plugin->name);
	ebb_str_printf(&json, ",\"department_id\":%d,\"incident_kind\":", key->department_id);
	ebb_str_json(&json, kind);
	ebb_str_add(&json, ",\"sentence\":");
	ebb_str_json(&json, sentence);
	ebb_str_add(&json, ",\"backtrace\":");
	ebb_str_json(&json, backtrace);
	ebb_str_add(&json, ",\"host_name\":");
	ebb_str_json(&json, keeper->host_name);
	ebb_str_add(&json, ",\"request_id\":");
	ebb_str_json(&json, ctx.request_id);
	ebb_str_char(&json, '}');
	if (!ebb_keeper_write(keeper, ebb_str_done(&json), json.length))
		ebb_log(EBB_WARNING, &ctx, "this incident is in the log only: too many wait for the database");
	ebb_arena_free(&arena);
}

/* What a plugin wrote to standard error may be anything: text without control characters is kept. */
static const char *
readable(struct ebb_arena *arena, const char *words, size_t count)
{
	char *text = ebb_arena_dup(arena, words != NULL ? words : "", words != NULL ? count : 0);
	size_t length = strlen(text);

	for (char *at = text; *at != '\0'; at++)
		if (((unsigned char)*at < ' ' && *at != '\n' && *at != '\t') || *at == 0x7f)
			*at = ' ';
	if (!ebb_utf8_is_valid(text, length))
		for (char *at = text; *at != '\0'; at++)
			if ((unsigned char)*at >= 0x80)
				*at = '?';
	text[ebb_utf8_cut(text, length, BACKTRACE_MOST)] = '\0';
	return text;
}

/* ---- the dead ---- */

static void
judge(struct ebb_keeper *keeper, struct ebb_keeper_host *host, int status)
{
	struct ebb_arena *arena = ebb_arena_new("funeral", EBB_ARENA_PLAIN);
	const char *words = readable(arena, host->words, host->word_count);
	enum ebb_host_end how = ebb_host_end(status, words);
	const char *kind = host->doom != NULL ? host->doom : ebb_host_incident(how);
	const char *sentence =
	    host->doom != NULL ? host->sentence : ebb_host_sentence(arena, host->key.plugin->name, status, words);

	if (kind == NULL && how == EBB_HOST_LEFT && host->has_left_in_call) {
		kind = "crash";
		sentence = "left in the middle of a call";
	}
	if (kind != NULL)
		ebb_keeper_incident(keeper, &host->key, kind, sentence, words[0] != '\0' ? words : NULL,
				    host->request_id);
	else if (how == EBB_HOST_KILLED)
		ebb_log(EBB_WARNING, &keeper->log,
			"plugin %s of department %d: process %ld was killed by somebody else", host->key.plugin->name,
			host->key.department_id, (long)host->child.pid);
	dig(keeper, host, kind != NULL);
	ebb_arena_free(&arena);
}

static void
bury(struct ebb_keeper *keeper, struct ebb_keeper_host *host, int status)
{
	struct ebb_plugin_metrics *metrics = host->key.plugin->metrics;

	ebb_keeper_read_words(host);
	judge(keeper, host, status);
	close(host->child.control_fd);
	close(host->child.stderr_fd);
	free(host->words);
	*host = (struct ebb_keeper_host){ .state = EBB_KEPT_FREE };
	keeper->alive--;
	if (metrics != NULL)
		atomic_fetch_sub(&metrics->hosts[keeper->process->generation & 1], 1);
}

void
ebb_keeper_reap(struct ebb_keeper *keeper)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == keeper->scribe_pid) {
			ebb_log(EBB_ERROR, &keeper->log, "the scribe died with status %d: another one takes its place",
				status);
			ebb_keeper_scribe(keeper);
			continue;
		}
		for (unsigned i = 0; i < keeper->room; i++)
			if (keeper->hosts[i].state != EBB_KEPT_FREE && keeper->hosts[i].child.pid == pid) {
				bury(keeper, &keeper->hosts[i], status);
				break;
			}
	}
}
