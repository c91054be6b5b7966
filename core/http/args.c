/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: path, query, body and If-Match as one checked JSON object, see args.h.
 * Memory:  the request's arena; jansson's tree hangs on it.
 * Must not know: what the fields mean, the database.
 */
#include "http/args.h"

#include "base/utf8.h"
#include "http/rq.h"

#include <inttypes.h>
#include <jansson.h>
#include <strings.h>

#define KEY_MOST    255
#define SHOWN_BYTES 100 /* of a name that somebody made up */

static const struct ebb_field field_limit = { "limit", EBB_F_INT, 1, EBB_LIMIT_MOST, NULL, 0, "" };
static const struct ebb_field field_cursor = { "cursor", EBB_F_STR, 1, EBB_CURSOR_MOST, NULL, 0, "" };

enum ebb_rc
ebb_args_prescan(struct ebb_err *err, const char *body, size_t length)
{
	size_t depth = 0, began = 0;
	bool is_inside = false;

	if (memchr(body, '\0', length) != NULL)
		return ebb_fail(err, EBB_E_BAD_REQUEST, "The body holds a NUL byte.");
	if (!ebb_utf8_is_valid(body, length))
		return ebb_fail(err, EBB_E_BAD_REQUEST, "The body is not valid UTF-8.");
	for (size_t i = 0; i < length; i++) {
		char c = body[i];

		if (is_inside) {
			if (c == '\\') {
				i++;
			} else if (c == '"') {
				is_inside = false;
				/* Only a key is followed by a colon. */
				if (i - began > EBB_JSON_KEY_BYTES && body[i + 1 + strspn(body + i + 1, " \t\r\n")] == ':')
					return ebb_fail(err, EBB_E_BAD_REQUEST, "The body has a key of more than %d bytes.",
							EBB_JSON_KEY_BYTES);
			}
		} else if (c == '"') {
			is_inside = true;
			began = i + 1;
		} else if (c == '{' || c == '[') {
			if (++depth > EBB_JSON_DEPTH)
				return ebb_fail(err, EBB_E_BAD_REQUEST, "The body nests more than %d levels deep.",
						EBB_JSON_DEPTH);
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return EBB_OK;
}

static void
free_json(void *json)
{
	json_decref(json);
}

static enum ebb_rc
parse_body(struct ebb_rq *rq)
{
	json_error_t error;
	json_t *json;

	EBB_TRY(ebb_args_prescan(&rq->err, rq->body, rq->body_bytes));
	json = json_loadb(rq->body, rq->body_bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json == NULL && json_error_code(&error) == json_error_numeric_overflow) {
		ebb_err_item(&rq->err, "", "Line %d, column %d: the number is too large.", error.line, error.column);
		return ebb_fail_items(&rq->err, EBB_E_INVALID, "Some fields are not acceptable.");
	}
	if (json == NULL)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The body is not JSON: line %d, column %d: %s.", error.line,
				error.column,
				json_error_code(&error) == json_error_duplicate_key ? "a key stands there twice" :
										      "this cannot be read");
	ebb_arena_defer(rq->arena, free_json, json);
	if (!json_is_object(json)) {
		ebb_err_item(&rq->err, "", "The body must be a JSON object.");
		return ebb_fail_items(&rq->err, EBB_E_INVALID, "The body must be a JSON object.");
	}
	rq->json = json;
	return EBB_OK;
}

/* application/json, for PATCH also application/merge-patch+json; a charset other than UTF-8 is none. */
static bool
is_json_type(const struct ebb_rq *rq)
{
	const char *type = rq->head.content_type, *charset;
	size_t length;

	if (type == NULL)
		return false;
	length = strcspn(type, "; \t");
	if (!(length == 16 && strncasecmp(type, "application/json", 16) == 0) &&
	    !(length == 28 && strncasecmp(type, "application/merge-patch+json", 28) == 0 &&
	      rq->method == EBB_PATCH))
		return false;
	charset = strcasestr(type, "charset=");
	if (charset == NULL)
		return true;
	charset += 8 + (charset[8] == '"');
	return strncasecmp(charset, "utf-8", 5) == 0;
}

static bool
has_required(const struct ebb_route *route)
{
	for (const struct ebb_field *field = route->fields; field->name != NULL; field++)
		if ((field->flags & EBB_F_REQUIRED) != 0)
			return true;
	return false;
}

/* An action without fields may come without a body. */
static enum ebb_rc
read_body(struct ebb_rq *rq)
{
	if (rq->is_body_too_large)
		return ebb_fail(&rq->err, EBB_E_TOO_LARGE, "A body may have %zu bytes.", rq->opts->body_limit_bytes);
	if (rq->is_body_cut)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The body is shorter than its Content-Length.");
	if (rq->method != EBB_GET && rq->body_bytes == 0 && has_required(rq->route))
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The body is empty; a JSON object is needed.");
	if (rq->method == EBB_GET || rq->body_bytes == 0) {
		rq->json = json_object();
		EBB_ASSERT(rq->json != NULL);
		ebb_arena_defer(rq->arena, free_json, rq->json);
		return EBB_OK;
	}
	if (!is_json_type(rq))
		return ebb_fail(&rq->err, EBB_E_MEDIA_TYPE, "Send the body as application/json.");
	return parse_body(rq);
}

static const struct ebb_field *
find_field(const struct ebb_route *route, const char *name)
{
	for (const struct ebb_field *field = route->fields; field->name != NULL; field++)
		if (strcmp(field->name, name) == 0)
			return field;
	return NULL;
}

static void
put_path_ids(struct ebb_rq *rq, struct ebb_str *out)
{
	const char *name;
	size_t length;

	for (unsigned i = 0; (name = ebb_route_param(rq->route->pattern, i, &length)) != NULL; i++) {
		if (out->length > 1)
			ebb_str_char(out, ',');
		ebb_str_json_n(out, name, length);
		ebb_str_char(out, ':');
		ebb_str_int(out, rq->path_ids[i]);
	}
}

static void
unknown_field(struct ebb_rq *rq, const char *name)
{
	struct ebb_str pointer;

	if (rq->err.item_count >= EBB_FAULTS_MOST)
		return;
	ebb_str_init(&pointer, rq->arena, 64);
	ebb_str_pointer(&pointer, name, ebb_utf8_cut(name, strlen(name), SHOWN_BYTES));
	ebb_err_item(&rq->err, ebb_str_done(&pointer), "There is no such field.");
}

static void
collect_body(struct ebb_rq *rq, struct ebb_str *out)
{
	size_t known = 0;
	const char *name;
	json_t *value;

	for (const struct ebb_field *field = rq->route->fields; field->name != NULL; field++) {
		value = json_object_get(rq->json, field->name);
		known += value != NULL;
		if (value != NULL)
			ebb_field_json(&rq->err, out, field, value);
		else if ((field->flags & EBB_F_REQUIRED) != 0)
			ebb_err_item(&rq->err, ebb_arena_printf(rq->arena, "/%s", field->name), "This field is needed.");
	}
	if (known == json_object_size(rq->json))
		return;
	json_object_foreach(rq->json, name, value)
		if (find_field(rq->route, name) == NULL)
			unknown_field(rq, name);
}

/* What only the document's maker knows: a text under a plain name. */
static enum ebb_rc
collect_free(struct ebb_rq *rq, struct ebb_str *params, const char *name, const char *value)
{
	size_t length = strlen(value);

	if (name[0] < 'a' || name[0] > 'z' || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(name) ||
	    strlen(name) > 41)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "There is no parameter \"%.*s\" here.",
				(int)ebb_utf8_cut(name, strlen(name), SHOWN_BYTES), name);
	if (length > EBB_PARAM_BYTES)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The parameter \"%s\" has more than %d bytes.", name,
				EBB_PARAM_BYTES);
	if (params->length > 1)
		ebb_str_char(params, ',');
	ebb_str_json(params, name);
	ebb_str_char(params, ':');
	ebb_str_json_n(params, value, length);
	return EBB_OK;
}

/* One parameter: 400 for what does not exist, an item for what is wrong with one that does. */
static enum ebb_rc
collect_param(struct ebb_rq *rq, struct ebb_str *out, const char *name, const char *value)
{
	const struct ebb_field *field = rq->method == EBB_GET ? find_field(rq->route, name) : NULL;

	if (rq->route->kind == EBB_ROUTE_LIST && field == NULL) {
		if (strcmp(name, "limit") == 0) {
			size_t before = rq->err.item_count;
			struct ebb_str scratch;

			ebb_str_init(&scratch, rq->arena, 32);
			ebb_field_text(&rq->err, &scratch, &field_limit, value);
			if (rq->err.item_count == before)
				rq->limit = (int)strtol(value, NULL, 10);
			return EBB_OK;
		}
		if (strcmp(name, "cursor") == 0)
			field = &field_cursor;
	}
	if (field == NULL)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "There is no parameter \"%.*s\" here.",
				(int)ebb_utf8_cut(name, strlen(name), SHOWN_BYTES), name);
	ebb_field_text(&rq->err, out, field, value);
	return EBB_OK;
}

static enum ebb_rc
collect_query(struct ebb_rq *rq, struct ebb_str *out)
{
	bool has_free = (rq->route->flags & EBB_ROUTE_DOCUMENT) != 0;
	const char *seen[32 + EBB_PARAMS_MOST], *at = rq->query;
	struct ebb_str params;
	char *name, *value;
	unsigned count = 0;
	bool is_bad;

	rq->limit = EBB_LIMIT_DEFAULT;
	ebb_str_init(&params, rq->arena, 64);
	ebb_str_char(&params, '{');
	while (ebb_query_next(rq->arena, &at, &name, &value, &is_bad)) {
		if (is_bad)
			return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The query cannot be decoded.");
		for (unsigned i = 0; i < count; i++)
			if (strcmp(seen[i], name) == 0)
				return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "The parameter \"%s\" is given twice.", name);
		if ((rq->route->flags & EBB_ROUTE_FOREIGN) != 0 && find_field(rq->route, name) == NULL)
			continue;
		if (has_free && count >= EBB_PARAMS_MOST)
			return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "A query may have %d parameters.", EBB_PARAMS_MOST);
		if (has_free && find_field(rq->route, name) == NULL)
			EBB_TRY(collect_free(rq, &params, name, value));
		else
			EBB_TRY(collect_param(rq, out, name, value));
		/* Only known names come here, each once; there are fewer of them than slots. */
		EBB_ASSERT(count < EBB_COUNT(seen));
		seen[count++] = name;
	}
	if (has_free)
		ebb_str_printf(out, "%s\"params\":%s}", out->length > 1 ? "," : "", ebb_str_done(&params));
	return EBB_OK;
}

/* The hash covers what makes two requests the same: method, path (with query) and body. */
static enum ebb_rc
read_key(struct ebb_rq *rq)
{
	const char *key = rq->head.idempotency_key, *end = key;
	const char *method = ebb_method_name(rq->method);

	if (key == NULL || rq->method != EBB_POST)
		return EBB_OK;
	while (*end >= 0x21 && *end <= 0x7e)
		end++;
	if (end == key || *end != '\0' || end - key > KEY_MOST)
		return ebb_fail(&rq->err, EBB_E_BAD_REQUEST, "Idempotency-Key takes 1 to %d visible ASCII characters.",
				KEY_MOST);
	rq->key = key;
	ebb_hash_hex(rq->key_hash,
		     (const struct ebb_hash_part[]){ { method, strlen(method) },
						     { "\n", 1 },
						     { rq->path, strlen(rq->path) },
						     { "?", 1 },
						     { rq->query, strlen(rq->query) },
						     { "\n", 1 },
						     { rq->body, rq->body_bytes } },
		     7);
	return EBB_OK;
}

static void
put_member(struct ebb_str *out, const char *name, int64_t value)
{
	ebb_str_printf(out, "%s\"%s\":%" PRId64, out->length > 1 ? "," : "", name, value);
}

enum ebb_rc
ebb_args_collect(struct ebb_rq *rq)
{
	struct ebb_str out;
	int64_t version;

	EBB_TRY(read_body(rq));
	EBB_TRY(read_key(rq));
	ebb_str_init(&out, rq->arena, 256);
	ebb_str_char(&out, '{');
	put_path_ids(rq, &out);
	EBB_TRY(collect_query(rq, &out));
	EBB_TRY(ebb_fail_items(&rq->err, EBB_E_BAD_REQUEST, "Some parameters are not acceptable."));
	if (rq->method != EBB_GET)
		collect_body(rq, &out);
	EBB_TRY(ebb_fail_items(&rq->err, EBB_E_INVALID, "Some fields are not acceptable."));
	EBB_TRY(ebb_etag_if_match(rq, &version));
	if (version >= 0)
		put_member(&out, "if_match", version);
	if (rq->route->kind == EBB_ROUTE_LIST) {
		put_member(&out, "limit", rq->limit);
		rq->wants_csv = ebb_accept_csv(rq->head.accept);
	}
	ebb_str_char(&out, '}');
	rq->args = ebb_str_done(&out);
	EBB_ASSERT(rq->args != NULL);
	return EBB_OK;
}

enum ebb_rc
ebb_args_body(struct ebb_rq *rq, json_t **object_r)
{
	EBB_ASSERT(rq->json != NULL);
	*object_r = rq->json;
	return EBB_OK;
}
