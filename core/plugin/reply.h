/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: reads what a host answered, trusting nothing: it is the one place where a plugin's bytes become the core's
 *          data. What does not fit the contract is refused whole.
 * Memory:  everything is copied into the arena.
 * Must not know: the database, what an action means.
 */
#ifndef EBB_PLUGIN_REPLY_H
#define EBB_PLUGIN_REPLY_H

#include "base/arena.h"
#include "base/check.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define EBB_REPLY_SUGGESTIONS  50
#define EBB_REPLY_ACTIONS      100 /* an event */
#define EBB_CALL_EVENTS       256 /* a call */
#define EBB_REPLY_LOGS         20
#define EBB_REPLY_LOG_MAX      1024
#define EBB_REPLY_TEXT_MAX     4096
#define EBB_REPLY_ARGS_MAX     65536
#define EBB_REPLY_DOCUMENT_MAX ((size_t)(3 << 20) - (96 << 10)) /* bytes, before base64 */
#define EBB_REPLY_DEPTH        32

enum ebb_call_kind { EBB_CALL_CATEGORISE, EBB_CALL_AUTOMATE, EBB_CALL_REPORT, EBB_CALL_CHECK };

struct ebb_reply_log {
	const char *level; /* debug, info, warning, error */
	const char *text;
};
struct ebb_reply_suggestion {
	const char *field, *value, *explanation;
	double confidence;
};
struct ebb_reply_action {
	const char *action, *explanation;
	const char *args;   /* one JSON object */
	const char *rule;   /* NULL: none */
	const char *inputs; /* one JSON object; NULL: none */
	int64_t rule_version;
};
struct ebb_reply_result {
	int64_t event_id;
	const char *result, *sentence; /* sentence: NULL: none */
	int64_t duration_us;
	struct ebb_reply_action *actions;
	size_t action_count;
};
struct ebb_reply {
	const char *result;            /* ok, skip, fail; automate: that of the last event */
	const char *pointer, *sentence; /* NULL: none */
	int64_t duration_us;
	struct ebb_reply_log *logs;
	size_t log_count;
	struct ebb_reply_suggestion *suggestions; /* CATEGORISE */
	size_t suggestion_count;
	struct ebb_reply_result *results; /* AUTOMATE: one for each event, in order */
	size_t result_count;
	const unsigned char *document; /* REPORT; NULL: none */
	size_t document_length;
};

/* What was asked: a reply about other events, or of another kind, is nonsense. */
struct ebb_reply_want {
	enum ebb_call_kind kind;
	const int64_t *event_ids; /* AUTOMATE, in the order of the call */
	size_t event_count;
};

/* NULL, and in *why_r a sentence for the incident, when it is nonsense. */
EBB_MUST struct ebb_reply *ebb_reply_read(const char *body, size_t length, const struct ebb_reply_want *want,
					  struct ebb_arena *arena, const char **why_r);

/* How deep brackets nest in a JSON text, before anybody parses it. */
size_t ebb_reply_depth(const char *text, size_t length);

/* As api.ticket_open and ctl.plugin_done take them: JSON arrays. */
void ebb_reply_suggestions_json(struct ebb_str *to, const struct ebb_reply *reply);
void ebb_reply_results_json(struct ebb_str *to, const struct ebb_reply *reply);
/* As ctl.report_done takes it: a string of base64, or null. */
void ebb_reply_document_json(struct ebb_str *to, const struct ebb_reply *reply);

#endif
