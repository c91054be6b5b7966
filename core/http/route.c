/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: routes.def as data, and the search for the row of a request.
 * Memory:  all static.
 * Must not know: handlers, the database.
 */
#include "http/rq.h"

#include <stdio.h>

#define OPT    EBB_F_OPTIONAL
#define REQ    EBB_F_REQUIRED
#define NUL    EBB_F_NULLABLE
#define SECRET EBB_F_SECRET

#define FIELDS(...) __VA_ARGS__
#define STR(name, least, most, flags, text)  { #name, EBB_F_STR, least, most, NULL, flags, text },
#define TEXT(name, most, flags, text)        { #name, EBB_F_TEXT, ((flags) & EBB_F_REQUIRED) != 0, most, NULL, flags, text },
#define INT(name, least, most, flags, text)  { #name, EBB_F_INT, least, most, NULL, flags, text },
#define ID(name, flags, text)                { #name, EBB_F_ID, 1, EBB_ID_MOST, NULL, flags, text },
#define BOOL(name, flags, text)              { #name, EBB_F_BOOL, 0, 0, NULL, flags, text },
#define DATETIME(name, flags, text)          { #name, EBB_F_DATETIME, 0, 0, NULL, flags, text },
#define ENUM(name, choices, flags, text)     { #name, EBB_F_ENUM, 0, 0, choices, flags, text },
#define SET(name, choices, flags, text)      { #name, EBB_F_SET, 0, 0, choices, flags, text },
#define NUM(name, least, most, flags, text)  { #name, EBB_F_NUMBER, least, most, NULL, flags, text },
#define OBJ(name, flags, text)               { #name, EBB_F_OBJECT, 0, 0, NULL, flags, text },
#define ARR(name, flags, text)               { #name, EBB_F_ARRAY, 0, 0, NULL, flags, text },

#define ROUTE(fn, method, path, kind, status, access, handler, schema, flags, fields, text)        \
	static const struct ebb_field fields_of_##fn[] = { fields { .name = NULL } };
#include "http/routes.def"
#undef ROUTE

const struct ebb_route ebb_routes[] = {
#define ROUTE(fn, method, path, kind, status, access, handler, schema, flags, fields, text)        \
	{ #fn,     EBB_##method, path, EBB_ROUTE_##kind, status, EBB_##access,                     \
	  #schema, EBB_ROUTE_##flags, fields_of_##fn, text },
#include "http/routes.def"
#undef ROUTE
};

const unsigned ebb_route_count = EBB_COUNT(ebb_routes);

static const char *const method_names[EBB_METHOD_COUNT] = { "GET", "POST", "PATCH", "PUT", "DELETE" };

enum ebb_method
ebb_method_of(const char *name)
{
	for (unsigned i = 0; i < EBB_METHOD_COUNT; i++)
		if (strcmp(method_names[i], name) == 0)
			return (enum ebb_method)i;
	return strcmp(name, "HEAD") == 0 ? EBB_GET : EBB_METHOD_OTHER;
}

const char *
ebb_method_name(enum ebb_method method)
{
	return method < EBB_METHOD_COUNT ? method_names[method] : "";
}

unsigned
ebb_route_index(const struct ebb_route *route)
{
	EBB_ASSERT(route >= ebb_routes && route < ebb_routes + ebb_route_count);
	return (unsigned)(route - ebb_routes);
}

const char *
ebb_route_param(const char *pattern, unsigned n, size_t *length_r)
{
	const char *at = pattern;

	while ((at = strchr(at, '{')) != NULL) {
		at++;
		*length_r = strcspn(at, "}");
		if (n-- == 0)
			return at;
	}
	return NULL;
}

/* 1 .. 2^53-1 without sign or leading zero; advances.  0: none. */
static int64_t
take_id(const char **at)
{
	int64_t value = 0;

	if (**at == '0')
		return 0;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		value = value * 10 + (**at - '0');
		if (value > EBB_ID_MOST)
			return 0;
	}
	return value;
}

static bool
matches(const char *pattern, const char *path, int64_t ids[EBB_ROUTE_PARAMS])
{
	unsigned count = 0;

	while (*pattern != '\0') {
		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		EBB_ASSERT(count < EBB_ROUTE_PARAMS);
		ids[count] = take_id(&path);
		if (ids[count++] == 0)
			return false;
		pattern = strchr(pattern, '}') + 1;
	}
	return *path == '\0';
}

enum ebb_rc
ebb_route_find(struct ebb_rq *rq)
{
	int64_t ids[EBB_ROUTE_PARAMS];
	char allow[64] = "";

	for (unsigned i = 0; i < ebb_route_count; i++) {
		const struct ebb_route *route = &ebb_routes[i];

		if (!matches(route->pattern, rq->path, ids))
			continue;
		if (route->method == rq->method) {
			memcpy(rq->path_ids, ids, sizeof ids);
			rq->route = route;
			rq->log.route = route->pattern;
			return EBB_OK;
		}
		snprintf(allow + strlen(allow), sizeof allow - strlen(allow), "%s%s%s", allow[0] ? ", " : "",
			 ebb_method_name(route->method), route->method == EBB_GET ? ", HEAD" : "");
	}
	if (allow[0] == '\0')
		return ebb_fail(&rq->err, EBB_E_NOT_FOUND, "There is nothing at this address.");
	rq->allow = ebb_arena_strdup(rq->arena, allow);
	return ebb_fail(&rq->err, EBB_E_METHOD, "This address takes %s.", allow);
}
