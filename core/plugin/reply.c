/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see reply.h.
 * Memory:  the arena's; the parsed JSON is given back before it returns.
 * Must not know: the database, what an action means.
 */
#include "plugin/reply.h"

#include "plugin/elf.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define WORD_MAX 41
#define RULE_MAX 200

struct reader {
	struct ebb_arena *arena;
	const char *why; /* the first fault; NULL: none */
};

static bool
nonsense(struct reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

size_t
ebb_reply_depth(const char *text, size_t length)
{
	size_t depth = 0, deepest = 0;
	bool is_string = false;

	for (size_t i = 0; i < length; i++) {
		if (is_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				is_string = false;
		} else if (text[i] == '"')
			is_string = true;
		else if (text[i] == '{' || text[i] == '[') {
			if (++depth > deepest)
				deepest = depth;
		} else if ((text[i] == '}' || text[i] == ']') && depth > 0)
			depth--;
	}
	return deepest;
}

/* A text of at most `most` bytes, copied; absent or null: NULL. */
static bool
text(struct reader *r, json_t *from, const char *key, size_t most, const char **text_r)
{
	json_t *value = json_object_get(from, key);

	*text_r = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value) || json_string_length(value) > most)
		return nonsense(r, "a text is none, or too long");
	*text_r = ebb_arena_dup(r->arena, json_string_value(value), json_string_length(value));
	return true;
}

static bool
text_must(struct reader *r, json_t *from, const char *key, size_t most, const char **text_r)
{
	return text(r, from, key, most, text_r) && (*text_r != NULL || nonsense(r, "a text is missing"));
}

static bool
integer(struct reader *r, json_t *from, const char *key, int64_t *value_r)
{
	json_t *value = json_object_get(from, key);

	*value_r = 0;
	if (value == NULL)
		return true;
	if (!json_is_integer(value))
		return nonsense(r, "a number is none");
	*value_r = (int64_t)json_integer_value(value);
	return true;
}

/* A JSON object as text again; absent or null: NULL. */
static bool
object(struct reader *r, json_t *from, const char *key, const char **text_r)
{
	json_t *value = json_object_get(from, key);
	char *dumped;

	*text_r = NULL;
	if (value == NULL || json_is_null(value))
		return true;
	dumped = json_is_object(value) ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
	if (dumped == NULL || strlen(dumped) > EBB_REPLY_ARGS_MAX) {
		free(dumped);
		return nonsense(r, "arguments are no JSON object, or too long");
	}
	*text_r = ebb_arena_strdup(r->arena, dumped);
	free(dumped);
	return true;
}

/* An array of at most `most` objects; absent: none. */
static bool
rows(struct reader *r, json_t *from, const char *key, size_t most, json_t **array_r, size_t *count_r)
{
	json_t *array = json_object_get(from, key), *row;
	size_t i;

	*array_r = array;
	*count_r = 0;
	if (array == NULL)
		return true;
	if (!json_is_array(array) || json_array_size(array) > most)
		return nonsense(r, "a list is none, or too long");
	json_array_foreach(array, i, row)
		if (!json_is_object(row))
			return nonsense(r, "a list holds what does not belong there");
	*count_r = json_array_size(array);
	return true;
}

static bool
word(struct reader *r, json_t *from, const char *key, const char *words, const char **word_r)
{
	if (!text_must(r, from, key, WORD_MAX, word_r))
		return false;
	for (const char *at = words; *at != '\0'; at += strlen(at) + 1)
		if (strcmp(at, *word_r) == 0)
			return true;
	return nonsense(r, "a word is none of ours");
}

static bool
duration(struct reader *r, json_t *from, int64_t *us_r)
{
	/* An hour: nothing takes so long. */
	return integer(r, from, "duration_us", us_r) && ((*us_r >= 0 && *us_r <= INT64_C(3600000000)) || nonsense(r, "a duration cannot be"));
}

static bool
read_logs(struct reader *r, json_t *from, struct ebb_reply *reply)
{
	json_t *array;

	if (!rows(r, from, "logs", EBB_REPLY_LOGS, &array, &reply->log_count))
		return false;
	reply->logs = ebb_arena_zalloc(r->arena, (reply->log_count + 1) * sizeof *reply->logs);
	for (size_t i = 0; i < reply->log_count; i++) {
		json_t *row = json_array_get(array, i);

		if (!word(r, row, "level", "debug\0info\0warning\0error\0", &reply->logs[i].level) ||
		    !text_must(r, row, "text", EBB_REPLY_LOG_MAX, &reply->logs[i].text))
			return false;
	}
	return true;
}

static bool
read_suggestions(struct reader *r, json_t *from, struct ebb_reply *reply)
{
	json_t *array;

	if (!rows(r, from, "suggestions", EBB_REPLY_SUGGESTIONS, &array, &reply->suggestion_count))
		return false;
	reply->suggestions = ebb_arena_zalloc(r->arena, (reply->suggestion_count + 1) * sizeof *reply->suggestions);
	for (size_t i = 0; i < reply->suggestion_count; i++) {
		struct ebb_reply_suggestion *s = &reply->suggestions[i];
		json_t *row = json_array_get(array, i), *confidence = json_object_get(row, "confidence");

		if (!word(r, row, "field", "service_id\0request_type_id\0impact\0urgency\0team_id\0category\0", &s->field) ||
		    !text_must(r, row, "value", EBB_REPLY_TEXT_MAX, &s->value) ||
		    !text_must(r, row, "explanation", EBB_REPLY_TEXT_MAX, &s->explanation))
			return false;
		s->confidence = json_number_value(confidence);
		if (!json_is_number(confidence) || !(s->confidence >= 0 && s->confidence <= 1))
			return nonsense(r, "a confidence is not from 0 to 1");
	}
	return true;
}

static bool
read_action(struct reader *r, json_t *row, struct ebb_reply_action *a)
{
	if (!text_must(r, row, "action", WORD_MAX, &a->action) || !object(r, row, "args", &a->args) ||
	    !text_must(r, row, "explanation", EBB_REPLY_TEXT_MAX, &a->explanation) || !text(r, row, "rule", RULE_MAX, &a->rule) ||
	    !integer(r, row, "rule_version", &a->rule_version) || !object(r, row, "inputs", &a->inputs))
		return false;
	if (!ebb_about_is_name(a->action, WORD_MAX))
		return nonsense(r, "an action has no name that can be");
	return a->args != NULL || nonsense(r, "an action has no args");
}

static bool
read_result(struct reader *r, json_t *row, int64_t event_id, struct ebb_reply_result *result)
{
	json_t *array;

	if (!integer(r, row, "event_id", &result->event_id) || !duration(r, row, &result->duration_us) ||
	    !word(r, row, "result", "ok\0skip\0fail\0later\0", &result->result) ||
	    !text(r, row, "sentence", EBB_REPLY_TEXT_MAX, &result->sentence) ||
	    !rows(r, row, "actions", EBB_REPLY_ACTIONS, &array, &result->action_count))
		return false;
	if (result->event_id != event_id)
		return nonsense(r, "it answers for an event that was not asked");
	if (result->action_count > 0 && strcmp(result->result, "ok") != 0)
		return nonsense(r, "it acts and says that it does not");
	result->actions = ebb_arena_zalloc(r->arena, (result->action_count + 1) * sizeof *result->actions);
	for (size_t i = 0; i < result->action_count; i++)
		if (!read_action(r, json_array_get(array, i), &result->actions[i]))
			return false;
	return true;
}

static bool
read_results(struct reader *r, json_t *from, const struct ebb_reply_want *want, struct ebb_reply *reply)
{
	json_t *array;

	if (!rows(r, from, "results", EBB_CALL_EVENTS, &array, &reply->result_count))
		return false;
	/* start() failed: nothing was begun, and one sentence is for all. */
	if (reply->result_count == 0 && strcmp(reply->result, "fail") == 0)
		return true;
	if (reply->result_count != want->event_count)
		return nonsense(r, "it does not answer for each event");
	reply->results = ebb_arena_zalloc(r->arena, (reply->result_count + 1) * sizeof *reply->results);
	for (size_t i = 0; i < reply->result_count; i++)
		if (!read_result(r, json_array_get(array, i), want->event_ids[i], &reply->results[i]))
			return false;
	return true;
}

static bool
read_document(struct reader *r, json_t *from, struct ebb_reply *reply)
{
	json_t *value = json_object_get(from, "document");
	size_t length = json_string_length(value);
	unsigned char *bytes;
	const char *end;

	if (value == NULL)
		return true;
	if (!json_is_string(value))
		return nonsense(r, "the document is no text");
	bytes = ebb_arena_alloc(r->arena, length / 4 * 3 + 4);
	if (sodium_base642bin(bytes, length / 4 * 3 + 4, json_string_value(value), length, NULL, &reply->document_length, &end,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    end != json_string_value(value) + length || reply->document_length > EBB_REPLY_DOCUMENT_MAX)
		return nonsense(r, "the document is no base64, or too long");
	reply->document = bytes;
	return true;
}

/* What belongs to another kind of call makes it nonsense. */
static bool
read_kind(struct reader *r, json_t *from, const struct ebb_reply_want *want, struct ebb_reply *reply)
{
	if ((want->kind != EBB_CALL_CATEGORISE && json_object_get(from, "suggestions") != NULL) ||
	    (want->kind != EBB_CALL_AUTOMATE && json_object_get(from, "results") != NULL) ||
	    (want->kind != EBB_CALL_REPORT && json_object_get(from, "document") != NULL))
		return nonsense(r, "it answers what was not asked");
	switch (want->kind) {
	case EBB_CALL_CATEGORISE:
		return read_suggestions(r, from, reply);
	case EBB_CALL_AUTOMATE:
		return read_results(r, from, want, reply);
	case EBB_CALL_REPORT:
		return read_document(r, from, reply);
	default:
		return true;
	}
}

static bool
read_all(struct reader *r, json_t *from, const struct ebb_reply_want *want, struct ebb_reply *reply)
{
	if (!json_is_object(from))
		return nonsense(r, "it is no JSON object");
	if (!word(r, from, "result", "ok\0skip\0fail\0", &reply->result) || !text(r, from, "pointer", 512, &reply->pointer) ||
	    !text(r, from, "sentence", EBB_REPLY_TEXT_MAX, &reply->sentence) || !duration(r, from, &reply->duration_us) ||
	    !read_logs(r, from, reply) || !read_kind(r, from, want, reply))
		return false;
	if (strcmp(reply->result, "ok") != 0 && (reply->suggestion_count > 0 || reply->document != NULL))
		return nonsense(r, "it says something and says that it does not");
	return true;
}

struct ebb_reply *
ebb_reply_read(const char *body, size_t length, const struct ebb_reply_want *want, struct ebb_arena *arena,
	       const char **why_r)
{
	struct ebb_reply *reply = EBB_NEW(arena, struct ebb_reply);
	struct reader r = { .arena = arena };
	json_t *from = NULL;
	bool is_good;

	if (ebb_reply_depth(body, length) > EBB_REPLY_DEPTH)
		is_good = nonsense(&r, "it nests too deep");
	else {
		from = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
		is_good = from != NULL ? read_all(&r, from, want, reply) : nonsense(&r, "it is no JSON");
	}
	json_decref(from);
	*why_r = r.why;
	return is_good ? reply : NULL;
}

void
ebb_reply_suggestions_json(struct ebb_str *to, const struct ebb_reply *reply)
{
	ebb_str_char(to, '[');
	for (size_t i = 0; i < reply->suggestion_count; i++) {
		const struct ebb_reply_suggestion *s = &reply->suggestions[i];

		ebb_str_printf(to, "%s{\"field\":\"%s\",\"value\":", i == 0 ? "" : ",", s->field);
		ebb_str_json(to, s->value);
		ebb_str_printf(to, ",\"confidence\":%.6f,\"explanation\":", s->confidence);
		ebb_str_json(to, s->explanation);
		ebb_str_char(to, '}');
	}
	ebb_str_char(to, ']');
}

static void
action_json(struct ebb_str *to, const struct ebb_reply_action *a)
{
	ebb_str_printf(to, "{\"action\":\"%s\",\"args\":%s,\"explanation\":", a->action, a->args);
	ebb_str_json(to, a->explanation);
	ebb_str_add(to, ",\"rule\":");
	ebb_str_json(to, a->rule);
	ebb_str_printf(to, ",\"rule_version\":%" PRId64 ",\"inputs\":%s}", a->rule_version, a->inputs != NULL ? a->inputs : "null");
}

void
ebb_reply_results_json(struct ebb_str *to, const struct ebb_reply *reply)
{
	ebb_str_char(to, '[');
	for (size_t i = 0; i < reply->result_count; i++) {
		const struct ebb_reply_result *result = &reply->results[i];

		ebb_str_printf(to, "%s{\"event_id\":%" PRId64 ",\"result\":\"%s\",\"sentence\":", i == 0 ? "" : ",", result->event_id, result->result);
		ebb_str_json(to, result->sentence);
		ebb_str_printf(to, ",\"duration_us\":%" PRId64 ",\"actions\":[", result->duration_us);
		for (size_t k = 0; k < result->action_count; k++) {
			ebb_str_add(to, k == 0 ? "" : ",");
			action_json(to, &result->actions[k]);
		}
		ebb_str_add(to, "]}");
	}
	ebb_str_char(to, ']');
}

void
ebb_reply_document_json(struct ebb_str *to, const struct ebb_reply *reply)
{
	size_t room = sodium_base64_ENCODED_LEN(reply->document_length, sodium_base64_VARIANT_ORIGINAL);

	if (reply->document == NULL) {
		ebb_str_add(to, "null");
		return;
	}
	ebb_str_char(to, '"');
	if (ebb_str_room(to, room)) {
		sodium_bin2base64(to->text + to->length, room, reply->document, reply->document_length,
				  sodium_base64_VARIANT_ORIGINAL);
		to->length += room - 1;
	}
	ebb_str_char(to, '"');
}
