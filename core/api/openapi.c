/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the OpenAPI 3.1 document, made of the rows of routes.def and of what api.catalogue() says about
 *          functions and replies.
 * Memory:  the finished text is kept per worker until ebb_api_forget(), for a minute at most.
 * Must not know: any route by name.
 */
#include "api/api.h"

#include "base/time.h"
#include "config.h"
#include "http/args.h"
#include "http/rq.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define KEEP_US ((int64_t)60 * 1000000)

static struct {
	char *text;
	size_t length;
	int64_t until_us;
} kept;

struct catalogue {
	json_t *functions; /* name: comment */
	json_t *schemas;   /* name: JSON Schema */
};

void
ebb_api_forget(void)
{
	free(kept.text);
	kept.text = NULL;
}

/* ---- schemas of arguments ---- */

static void
put_choices(struct ebb_str *out, const char *choices)
{
	const char *at = choices;
	size_t length;

	ebb_str_add(out, "\"enum\":[");
	for (;; at += length + 1) {
		length = strcspn(at, "|");
		ebb_str_json_n(out, at, length);
		if (at[length] == '\0')
			break;
		ebb_str_char(out, ',');
	}
	ebb_str_char(out, ']');
}

static void
put_type(struct ebb_str *out, const char *type, bool is_nullable)
{
	ebb_str_printf(out, is_nullable ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", type);
}

static void
put_schema(struct ebb_str *out, const struct ebb_field *field)
{
	bool is_nullable = (field->flags & EBB_F_NULLABLE) != 0;

	ebb_str_char(out, '{');
	switch (field->type) {
	case EBB_F_STR:
	case EBB_F_TEXT:
		put_type(out, "string", is_nullable);
		ebb_str_printf(out, ",\"minLength\":%" PRId64 ",\"maxLength\":%" PRId64 "%s", field->least, field->most,
			       (field->flags & EBB_F_SECRET) != 0 ? ",\"format\":\"password\",\"writeOnly\":true" : "");
		break;
	case EBB_F_INT:
	case EBB_F_ID:
		put_type(out, "integer", is_nullable);
		ebb_str_printf(out, ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64, field->least, field->most);
		break;
	case EBB_F_BOOL:
		put_type(out, "boolean", is_nullable);
		break;
	case EBB_F_DATETIME:
		put_type(out, "string", is_nullable);
		ebb_str_add(out, ",\"format\":\"date-time\"");
		break;
	case EBB_F_ENUM:
		put_type(out, "string", is_nullable);
		ebb_str_char(out, ',');
		put_choices(out, field->choices);
		break;
	case EBB_F_SET:
		ebb_str_add(out, "\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\",");
		put_choices(out, field->choices);
		ebb_str_char(out, '}');
		break;
	case EBB_F_NUMBER:
		put_type(out, "number", is_nullable);
		ebb_str_printf(out, ",\"minimum\":%" PRId64 ",\"maximum\":%" PRId64, field->least, field->most);
		break;
	case EBB_F_OBJECT:
		put_type(out, "object", is_nullable);
		break;
	case EBB_F_ARRAY:
		put_type(out, "array", is_nullable);
		ebb_str_add(out, ",\"items\":{}");
		break;
	}
	ebb_str_char(out, '}');
}

static void
put_parameter(struct ebb_str *out, const struct ebb_field *field)
{
	ebb_str_printf(out, ",{\"name\":\"%s\",\"in\":\"query\",\"description\":", field->name);
	ebb_str_json(out, field->text);
	if (field->type == EBB_F_SET)
		ebb_str_add(out, ",\"style\":\"form\",\"explode\":false");
	if ((field->flags & EBB_F_REQUIRED) != 0)
		ebb_str_add(out, ",\"required\":true");
	ebb_str_add(out, ",\"schema\":");
	put_schema(out, field);
	ebb_str_char(out, '}');
}

static void
put_ref(struct ebb_str *out, const char *name)
{
	ebb_str_printf(out, ",{\"$ref\":\"#/components/parameters/%s\"}", name);
}

static void
put_parameters(struct ebb_str *out, const struct ebb_route *route)
{
	size_t before, length;
	const char *name;

	ebb_str_add(out, ",\"parameters\":[");
	before = out->length;
	for (unsigned i = 0; (name = ebb_route_param(route->pattern, i, &length)) != NULL; i++)
		ebb_str_printf(out,
			       ",{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"integer\","
			       "\"minimum\":1}}",
			       (int)length, name);
	for (const struct ebb_field *f = route->fields; route->method == EBB_GET && f->name != NULL; f++)
		put_parameter(out, f);
	if (route->kind == EBB_ROUTE_LIST) {
		put_ref(out, "limit");
		put_ref(out, "cursor");
	}
	if ((route->flags & EBB_ROUTE_DOCUMENT) != 0)
		ebb_str_add(out, ",{\"name\":\"params\",\"in\":\"query\",\"style\":\"form\",\"explode\":true,\"description\":\"The report's "
				 "own\",\"schema\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}}");
	else if (route->kind == EBB_ROUTE_OBJECT)
		put_ref(out, "ifNoneMatch");
	if (route->kind == EBB_ROUTE_WRITE && route->access == EBB_PERSON)
		put_ref(out, (route->flags & EBB_ROUTE_IF_MATCH) != 0 ? "ifMatch" : "ifMatchOptional");
	if (route->method == EBB_POST)
		put_ref(out, "idempotencyKey");
	/* Every entry above begins with a comma; the first has none before it. */
	if (out->length > before)
		out->text[before] = ' ';
	ebb_str_char(out, ']');
}

static void
put_body(struct ebb_str *out, const struct ebb_route *route)
{
	const char *type = route->method == EBB_PATCH ? "application/merge-patch+json" : "application/json";
	unsigned required = 0;

	if (route->method == EBB_GET || route->fields[0].name == NULL)
		return;
	for (const struct ebb_field *f = route->fields; f->name != NULL; f++)
		required += (f->flags & EBB_F_REQUIRED) != 0;
	ebb_str_printf(out,
		       ",\"requestBody\":{\"required\":%s,\"content\":{\"%s\":{\"schema\":{\"type\":\"object\","
		       "\"additionalProperties\":false,\"properties\":{",
		       required > 0 ? "true" : "false", type);
	for (const struct ebb_field *f = route->fields; f->name != NULL; f++) {
		ebb_str_printf(out, "%s\"%s\":", f == route->fields ? "" : ",", f->name);
		put_schema(out, f);
		/* A schema never ends empty: its description joins it. */
		out->length--;
		ebb_str_add(out, ",\"description\":");
		ebb_str_json(out, f->text);
		ebb_str_char(out, '}');
	}
	ebb_str_char(out, '}');
	if (required > 0) {
		const char *comma = ",\"required\":[";

		for (const struct ebb_field *f = route->fields; f->name != NULL; f++) {
			if ((f->flags & EBB_F_REQUIRED) == 0)
				continue;
			ebb_str_printf(out, "%s\"%s\"", comma, f->name);
			comma = ",";
		}
		ebb_str_char(out, ']');
	}
	ebb_str_add(out, "}}}}");
}

/* ---- replies ---- */

static void
put_reply_schema(struct ebb_str *out, const struct ebb_route *route, const struct catalogue *catalogue)
{
	char ref[160] = "{\"type\":\"object\"}";

	/* A schema that the database does not describe must not become a reference into nothing. */
	if (route->schema[0] != '\0' && json_object_get(catalogue->schemas, route->schema) != NULL)
		snprintf(ref, sizeof ref, "{\"$ref\":\"#/components/schemas/%s\"}", route->schema);
	if (route->kind != EBB_ROUTE_LIST) {
		ebb_str_add(out, ref);
		return;
	}
	ebb_str_printf(out,
		       "{\"type\":\"object\",\"required\":[\"items\",\"next_cursor\"],\"properties\":{\"items\":{"
		       "\"type\":\"array\",\"items\":%s},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}",
		       ref);
}

static void
put_success(struct ebb_str *out, const struct ebb_route *route, const struct catalogue *catalogue)
{
	bool is_document = (route->flags & EBB_ROUTE_DOCUMENT) != 0;
	bool has_version = !is_document && (route->kind == EBB_ROUTE_OBJECT || route->kind == EBB_ROUTE_WRITE);

	ebb_str_printf(out, "\"%d\":{\"description\":\"%s\"", route->status,
		       route->status == 201 ? "Made" :
		       route->status == 204 ? "Done" :
					      "Here it is");
	if (route->status == 204) {
		ebb_str_char(out, '}');
		return;
	}
	ebb_str_add(out, ",\"headers\":{\"X-Request-Id\":{\"$ref\":\"#/components/headers/requestId\"}");
	if (has_version)
		ebb_str_add(out, ",\"ETag\":{\"$ref\":\"#/components/headers/etag\"}");
	if ((route->flags & EBB_ROUTE_LOCATION) != 0)
		ebb_str_add(out, ",\"Location\":{\"schema\":{\"type\":\"string\"}}");
	if (route->kind == EBB_ROUTE_LIST)
		ebb_str_add(out, ",\"Link\":{\"$ref\":\"#/components/headers/link\"}");
	ebb_str_add(out, "},\"content\":{\"application/json\":{\"schema\":");
	put_reply_schema(out, route, catalogue);
	ebb_str_char(out, '}');
	if (route->kind == EBB_ROUTE_LIST)
		ebb_str_add(out, ",\"text/csv\":{\"schema\":{\"type\":\"string\"}}");
	if (is_document)
		ebb_str_add(out, ",\"text/csv\":{},\"text/html\":{},\"application/pdf\":{}");
	ebb_str_add(out, "}}");
}

static bool
can_fail_with(const struct ebb_route *route, int status)
{
	bool is_write = route->kind == EBB_ROUTE_WRITE;

	switch (status) {
	case 400:
	case 429:
	case 503:
		return true;
	case 401:
		return route->access == EBB_PERSON || is_write;
	case 403:
	case 404:
		return route->access == EBB_PERSON;
	case 409:
	case 412:
		return is_write && route->access == EBB_PERSON;
	case 413:
	case 415:
	case 422:
		return is_write || (status == 422 && (route->flags & EBB_ROUTE_DOCUMENT) != 0);
	case 428:
		return (route->flags & EBB_ROUTE_IF_MATCH) != 0;
	default:
		return false;
	}
}

static void
put_responses(struct ebb_str *out, const struct ebb_route *route, const struct catalogue *catalogue)
{
	int last = 0;

	ebb_str_add(out, ",\"responses\":{");
	put_success(out, route, catalogue);
	if (route->kind == EBB_ROUTE_OBJECT && (route->flags & EBB_ROUTE_DOCUMENT) == 0)
		ebb_str_add(out, ",\"304\":{\"description\":\"Your copy is still good\"}");
	for (enum ebb_rc rc = EBB_OK + 1; rc < EBB_RC_COUNT && route->kind != EBB_ROUTE_OWN; rc++) {
		int status = ebb_code(rc)->status;

		if (status == last || !can_fail_with(route, status))
			continue;
		last = status;
		ebb_str_printf(out, ",\"%d\":{\"$ref\":\"#/components/responses/problem%d\"}", status, status);
	}
	ebb_str_char(out, '}');
}

/* ---- operations ---- */

static void
put_operation(struct ebb_str *out, const struct ebb_route *route, const struct catalogue *catalogue)
{
	const char *comment = json_string_value(json_object_get(catalogue->functions, route->fn));
	char method[8];

	snprintf(method, sizeof method, "%s", ebb_method_name(route->method));
	for (char *at = method; *at != '\0'; at++)
		*at = (char)(*at | 0x20);
	ebb_str_printf(out, "\"%s\":{\"operationId\":\"%s\",\"tags\":[\"%.*s\"],\"summary\":", method, route->fn,
		       (int)strcspn(route->fn, "_"), route->fn);
	ebb_str_json(out, route->text);
	if (comment != NULL) {
		ebb_str_add(out, ",\"description\":");
		ebb_str_json(out, comment);
	}
	if (route->access == EBB_ANYONE)
		ebb_str_add(out, ",\"security\":[]");
	put_parameters(out, route);
	put_body(out, route);
	put_responses(out, route, catalogue);
	ebb_str_char(out, '}');
}

static bool
is_first_of_path(unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (strcmp(ebb_routes[i].pattern, ebb_routes[index].pattern) == 0)
			return false;
	return (ebb_routes[index].flags & EBB_ROUTE_HIDDEN) == 0;
}

static void
put_paths(struct ebb_str *out, const struct catalogue *catalogue)
{
	const char *path_comma = "";

	ebb_str_add(out, ",\"paths\":{");
	for (unsigned i = 0; i < ebb_route_count; i++) {
		const char *comma = "";

		if (!is_first_of_path(i))
			continue;
		ebb_str_printf(out, "%s\"%s\":{", path_comma, ebb_routes[i].pattern);
		path_comma = ",";
		for (unsigned j = i; j < ebb_route_count; j++) {
			if (strcmp(ebb_routes[j].pattern, ebb_routes[i].pattern) != 0)
				continue;
			ebb_str_add(out, comma);
			put_operation(out, &ebb_routes[j], catalogue);
			comma = ",";
		}
		ebb_str_char(out, '}');
	}
	ebb_str_char(out, '}');
}

static const char components[] =
	",\"components\":{\"securitySchemes\":{"
	"\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"A token that begins with ebb_\"},"
	"\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-ebb\",\"description\":\"The page's session; "
	"changes must come from the page's own origin and repeat the session's csrf_token in the header X-Ebb-Csrf\"}},"
	"\"parameters\":{"
	"\"limit\":{\"name\":\"limit\",\"in\":\"query\",\"description\":\"Rows per answer\",\"schema\":{\"type\":"
	"\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}},"
	"\"cursor\":{\"name\":\"cursor\",\"in\":\"query\",\"description\":\"next_cursor of the answer before\","
	"\"schema\":{\"type\":\"string\",\"maxLength\":512}},"
	"\"ifMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"required\":true,\"description\":\"ETag of the version that "
	"this change is meant for\",\"schema\":{\"type\":\"string\"}},"
	"\"ifMatchOptional\":{\"name\":\"If-Match\",\"in\":\"header\",\"description\":\"ETag of the version that this "
	"change is meant for\",\"schema\":{\"type\":\"string\"}},"
	"\"ifNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\",\"description\":\"ETag of the copy at hand\","
	"\"schema\":{\"type\":\"string\"}},"
	"\"idempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"description\":\"Makes a repeated request "
	"safe for 24 hours: the same answer comes again\",\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":"
	"255}}},"
	"\"headers\":{"
	"\"etag\":{\"description\":\"Version of the object, where it has one\",\"schema\":{\"type\":\"string\"}},"
	"\"link\":{\"description\":\"rel=next, while there is more\",\"schema\":{\"type\":\"string\"}},"
	"\"requestId\":{\"description\":\"Stands in the desk's log, too\",\"schema\":{\"type\":\"string\"}}},";

static const char problem_schema[] =
	"{\"type\":\"object\",\"description\":\"RFC 9457 problem details\",\"required\":[\"type\",\"title\",\"status\","
	"\"detail\",\"instance\"],\"properties\":{\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"title\":{"
	"\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"instance\":{\"type\":"
	"\"string\"},\"log_id\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	"\"required\":[\"pointer\",\"detail\"],\"properties\":{\"pointer\":{\"type\":\"string\"},\"detail\":{\"type\":"
	"\"string\"}}}}}}";

static void
put_problems(struct ebb_str *out)
{
	int last = 0;

	ebb_str_add(out, "\"responses\":{");
	for (enum ebb_rc rc = EBB_OK + 1; rc < EBB_RC_COUNT; rc++) {
		const struct ebb_code *code = ebb_code(rc);

		/* The rows stand in the order of their status; one answer per status. */
		if (code->status == last || code->status < 400)
			continue;
		ebb_str_printf(out, "%s\"problem%d\":{\"description\":", last == 0 ? "" : ",", code->status);
		last = code->status;
		ebb_str_json(out, code->title);
		ebb_str_add(out, ",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":"
				 "\"#/components/schemas/Problem\"}}}}");
	}
	ebb_str_add(out, "},");
}

static void
free_text(void *text)
{
	free(text);
}

static void
put_schemas(struct ebb_str *out, const struct catalogue *catalogue)
{
	const char *name;
	json_t *schema;

	ebb_str_printf(out, "\"schemas\":{\"Problem\":%s", problem_schema);
	json_object_foreach(catalogue->schemas, name, schema) {
		char *text = json_dumps(schema, JSON_COMPACT);

		EBB_ASSERT(text != NULL);
		ebb_arena_defer(out->arena, free_text, text);
		ebb_str_char(out, ',');
		ebb_str_json(out, name);
		ebb_str_char(out, ':');
		ebb_str_add(out, text);
	}
	ebb_str_add(out, "}}");
}

static void
make_document(struct ebb_str *out, const char *public_url, const struct catalogue *catalogue)
{
	ebb_str_add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Ebb\",\"version\":\"" PACKAGE_VERSION "\",\"summary\":"
			 "\"A service desk in which the backlog goes out\",\"license\":{\"name\":\"Apache-2.0\","
			 "\"identifier\":\"Apache-2.0\"}},\"servers\":[{\"url\":");
	ebb_str_json(out, public_url == NULL || public_url[0] == '\0' ? "/" : public_url);
	ebb_str_add(out, "}],\"security\":[{\"bearer\":[]},{\"cookie\":[]}]");
	put_paths(out, catalogue);
	ebb_str_add(out, components);
	put_problems(out);
	put_schemas(out, catalogue);
	ebb_str_char(out, '}');
}

static void
free_json(void *json)
{
	json_decref(json);
}

enum ebb_rc
ebb_api_openapi(struct ebb_rq *rq)
{
	struct catalogue catalogue;
	const char *json, *text;
	size_t length;
	struct ebb_str out;
	json_t *root;

	if (kept.text == NULL || ebb_mono_us() > kept.until_us) {
		EBB_TRY(ebb_api_call_open(rq, "catalogue", NULL, &json, &length));
		root = json == NULL ? NULL : json_loadb(json, length, 0, NULL);
		ebb_arena_defer(rq->arena, free_json, root);
		catalogue.functions = json_object_get(root, "functions");
		catalogue.schemas = json_object_get(root, "schemas");
		ebb_str_init(&out, rq->arena, (size_t)128 << 10);
		make_document(&out, rq->opts->public_url, &catalogue);
		text = ebb_str_done(&out);
		EBB_ASSERT(text != NULL);
		ebb_api_forget();
		kept.text = strdup(text);
		EBB_ASSERT(kept.text != NULL);
		kept.length = out.length;
		kept.until_us = ebb_mono_us() + KEEP_US;
	}
	ebb_reply_header(rq, "Cache-Control", "no-cache");
	return ebb_reply_json(rq, 200, kept.text, kept.length);
}
