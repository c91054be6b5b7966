/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the rows of routes.def as data, and the search for the row of a request.
 * Memory:  all static.
 * Must not know: handlers (api/ compiles routes.def a second time for those), the database.
 */
#ifndef EBB_HTTP_ROUTE_H
#define EBB_HTTP_ROUTE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_rq;

enum ebb_method { EBB_GET, EBB_POST, EBB_PATCH, EBB_PUT, EBB_DELETE, EBB_METHOD_COUNT, EBB_METHOD_OTHER };

enum ebb_route_kind {
	EBB_ROUTE_OBJECT, /* read of one json value */
	EBB_ROUTE_LIST,   /* read of typed rows, JSON or CSV */
	EBB_ROUTE_WRITE,  /* change; the reply is kept under the Idempotency-Key */
	EBB_ROUTE_OWN,    /* the handler does it all: health, document, metrics */
};

enum ebb_access { EBB_PERSON, EBB_ANYONE };

enum ebb_route_flag {
	EBB_ROUTE_PLAIN = 0,
	EBB_ROUTE_IF_MATCH = 1 << 0, /* 428 without If-Match */
	EBB_ROUTE_LOCATION = 1 << 1, /* 201 names the new object: path + "/" + id */
	EBB_ROUTE_HIDDEN = 1 << 2,   /* not in the OpenAPI document */
	EBB_ROUTE_EXPORT = 1 << 4,   /* takes data out: noted in the audit; so are a document and every CSV */
	EBB_ROUTE_FOREIGN = 1 << 4,  /* another site wrote the query: what we do not know in it is passed over */
	EBB_ROUTE_DOCUMENT = 1 << 3, /* a document of its own type; what else is in the query is collected as texts in "params" */
};

enum ebb_field_type {
	EBB_F_STR,      /* one line of text; least..most code points */
	EBB_F_TEXT,     /* text with line breaks; at most `most` code points */
	EBB_F_INT,
	EBB_F_ID,       /* 1 .. 2^53-1 */
	EBB_F_BOOL,
	EBB_F_DATETIME, /* RFC 3339 with offset */
	EBB_F_ENUM,     /* one of a|b|c */
	EBB_F_SET,      /* comma list out of a|b|c, as one string */
	EBB_F_NUMBER,   /* with or without a fraction, least..most; bodies only */
	EBB_F_OBJECT,   /* a JSON object of whatever members; bodies only */
	EBB_F_ARRAY,    /* a JSON array of whatever elements; bodies only */
};

enum ebb_field_flag { EBB_F_OPTIONAL = 0, EBB_F_REQUIRED = 1 << 0, EBB_F_NULLABLE = 1 << 1, EBB_F_SECRET = 1 << 2 };

struct ebb_field {
	const char *name; /* NULL ends the list */
	enum ebb_field_type type;
	int64_t least, most;
	const char *choices;
	unsigned flags;
	const char *text;
};

#define EBB_ROUTE_PARAMS 2
#define EBB_ID_MOST 9007199254740991 /* 2^53-1: what JSON readers keep exact */

struct ebb_route {
	const char *fn; /* operation id; function in schema api */
	enum ebb_method method;
	const char *pattern;
	enum ebb_route_kind kind;
	int status; /* of success */
	enum ebb_access access;
	const char *schema; /* components.schemas of the reply; "" for none */
	unsigned flags;
	const struct ebb_field *fields;
	const char *text;
};

extern const struct ebb_route ebb_routes[];
extern const unsigned ebb_route_count;

/* Fills rq->route, rq->path_ids; 404, or 405 with Allow in the reply. */
EBB_MUST enum ebb_rc ebb_route_find(struct ebb_rq *rq);
/* The n-th {name} of a pattern and its length; NULL when there are fewer. */
const char *ebb_route_param(const char *pattern, unsigned n, size_t *length_r);
enum ebb_method ebb_method_of(const char *name);
const char *ebb_method_name(enum ebb_method method);
unsigned ebb_route_index(const struct ebb_route *route);

#endif
