/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what goes back: status, headers, one body.  Built in memory, sent once by fcgi.c.
 * Memory:  headers in the request's arena; the body is only pointed to and must live as long.
 * Must not know: FastCGI, SQL.
 */
#ifndef EBB_HTTP_REPLY_H
#define EBB_HTTP_REPLY_H

#include "base/err.h"
#include "base/str.h"

struct ebb_rq;

struct ebb_reply {
	int status; /* 0: nothing set yet */
	const char *content_type;
	const char *body;
	size_t body_bytes;
	struct ebb_str headers; /* "Name: value\r\n" lines */
};

void ebb_reply_init(struct ebb_reply *reply, struct ebb_arena *arena);
/* Forgets status, body and headers: a problem replaces a half-built answer. */
void ebb_reply_clear(struct ebb_reply *reply);
/* A value with control characters is dropped: no caller can split the head. */
void ebb_reply_header(struct ebb_rq *rq, const char *name, const char *value);
enum ebb_rc ebb_reply_json(struct ebb_rq *rq, int status, const char *json, size_t length);
enum ebb_rc ebb_reply_body(struct ebb_rq *rq, int status, const char *content_type, const char *body,
			   size_t length);
enum ebb_rc ebb_reply_empty(struct ebb_rq *rq, int status); /* 204, 304 */

/* problem.c: makes application/problem+json (RFC 9457) of the request's error slot. */
void ebb_problem(struct ebb_rq *rq);
/* etag.c: ETag (and Location for LOCATION routes) from the head of a changeable object's JSON. */
void ebb_etag_from_json(struct ebb_rq *rq, const char *json, size_t length);
/* If-Match as version; *version_r = -1 without the header.  400 malformed, 412 foreign, 428 by the route. */
EBB_MUST enum ebb_rc ebb_etag_if_match(struct ebb_rq *rq, int64_t *version_r);
/* True when If-None-Match names this version. */
bool ebb_etag_is_fresh(const struct ebb_rq *rq, int64_t version);
/* Version from `{"version":N,`; -1 when the head is another. *id_r: the `"..._id":M` that follows, or -1. */
int64_t ebb_etag_head(const char *json, size_t length, int64_t *id_r);

#endif
