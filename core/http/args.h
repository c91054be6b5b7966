/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: checks path, query and body against the route's fields and collects them into ONE JSON object
 *          for the function; all faults at once, each with its pointer.  Shape and size only, no meaning.
 * Memory:  everything in the request's arena; jansson's tree hangs on it.
 * Must not know: what the fields mean, the database.
 */
#ifndef EBB_HTTP_ARGS_H
#define EBB_HTTP_ARGS_H

#include "base/err.h"
#include "base/str.h"
#include "http/route.h"

#define EBB_LIMIT_DEFAULT 50
#define EBB_LIMIT_MOST 200
#define EBB_CURSOR_MOST 512
#define EBB_JSON_DEPTH 32
#define EBB_JSON_KEY_BYTES 4096
#define EBB_FAULTS_MOST 50 /* field errors told at once */
#define EBB_PARAMS_MOST 20 /* a document's own parameters */
#define EBB_PARAM_BYTES 500

struct ebb_rq;
struct json_t;

/* Fills rq->args, limit, key, key_hash, wants_csv. */
EBB_MUST enum ebb_rc ebb_args_collect(struct ebb_rq *rq);
/* A handler's own look at the body, which collect has checked (a json_t object, never NULL on EBB_OK). */
EBB_MUST enum ebb_rc ebb_args_body(struct ebb_rq *rq, struct json_t **object_r);
/* Refuses what jansson would let pass or take badly: depth, long keys, invalid UTF-8, NUL (400). */
EBB_MUST enum ebb_rc ebb_args_prescan(struct ebb_err *err, const char *body, size_t length);
/* field.c: checks one value and writes it as JSON, or adds an item to err (pointer /name). */
void ebb_field_json(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, struct json_t *value);
/* The same for a query parameter; text is decoded and NUL-terminated. */
void ebb_field_text(struct ebb_err *err, struct ebb_str *out, const struct ebb_field *field, const char *text);
/* query.c: one name=value of a query string, decoded into the arena. False at the end; *is_bad_r: undecodable. */
bool ebb_query_next(struct ebb_arena *arena, const char **at, char **name_r, char **value_r, bool *is_bad_r);
/* query.c: should a list be answered as CSV? */
bool ebb_accept_csv(const char *accept);

#endif
