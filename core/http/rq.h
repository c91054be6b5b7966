/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one request from accept to log line.
 * Memory:  lives in its worker and is re-used; everything inside belongs to rq->arena, which the worker
 *          resets between two requests.
 * Must not know: FastCGI (fcgi.c fills it), SQL, plugins.
 */
#ifndef EBB_HTTP_RQ_H
#define EBB_HTTP_RQ_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "http/reply.h"
#include "http/route.h"

#include <stdbool.h>
#include <stdint.h>

struct ebb_pg;
struct ebb_conf;
struct ebb_hooks;
struct json_t;

#define EBB_RQ_MAGIC 0x65627271u /* "ebrq" */
#define EBB_HASH_HEX 65          /* sha256 in hex, and NUL */

/* What http needs of the configuration; the worker copies it at start and reload. */
struct ebb_http_opts {
	size_t body_limit_bytes;
	int request_deadline_ms;
	bool is_cookie_secure;
	const char *public_url; /* "" or without a final slash */
};

/* Request headers and CGI variables in use, copied to the arena; NULL when absent. */
struct ebb_rq_head {
	const char *content_type, *accept, *authorization, *cookie, *if_match, *if_none_match,
		*idempotency_key, *origin, *sec_fetch_site, *csrf, *host, *user_agent, *remote_addr;
	const char *proxy_user; /* nginx's own word (EBB_USER), never a header's */
};

struct ebb_rq {
	uint32_t magic;
	struct ebb_arena *arena;
	struct ebb_err err;
	struct ebb_log_ctx log;
	const struct ebb_http_opts *opts;
	const struct ebb_conf *conf; /* for handlers outside http */
	struct ebb_pg *pg;           /* for handlers outside http */
	struct ebb_hooks *hooks;     /* the same: the way to plugins; NULL: there is none here */
	void *worker;                /* core/run's own */

	const char *request_id;
	enum ebb_method method;
	const char *method_text; /* as sent */
	bool is_head;            /* HEAD: as GET, without body */
	const char *path;
	const char *query; /* raw, "" when none */
	struct ebb_rq_head head;
	const char *body;
	size_t body_bytes;
	bool is_body_too_large; /* read and thrown away: 413 */
	bool is_body_cut;       /* the sender broke off */

	const struct ebb_route *route;
	int64_t path_ids[EBB_ROUTE_PARAMS];
	const char *allow; /* 405: the methods that are there */
	const char *args; /* one JSON object for the function */
	struct json_t *json; /* the body's object, or NULL; owned by the arena */
	int limit;        /* LIST */
	bool wants_csv;
	int row_count;    /* LIST: rows in the reply */

	char token_hash[EBB_HASH_HEX]; /* "" : nobody */
	bool is_by_cookie;
	const char *key; /* Idempotency-Key or NULL */
	char key_hash[EBB_HASH_HEX];

	int64_t began_us;    /* monotonic, at accept */
	int64_t deadline_us; /* monotonic */
	int64_t queued_ms;   /* nginx's stamp to accept; -1 unknown */
	int64_t db_us;
	struct ebb_reply reply;
};

/* Ready for the next request: resets the arena, keeps opts, conf, pg, worker. */
void ebb_rq_begin(struct ebb_rq *rq);
/* Once per worker: gives it its arena. */
void ebb_rq_init(struct ebb_rq *rq);
void ebb_rq_fini(struct ebb_rq *rq);
/* The access line, after the reply was sent. */
void ebb_rq_log(struct ebb_rq *rq);

/* identity.c: token from Authorization or cookie, hashed; refuses changes by cookie that come from another site or without
 * the session's X-Ebb-Csrf (403). */
EBB_MUST enum ebb_rc ebb_identity_read(struct ebb_rq *rq);
/* Hash of the session cookie's token, also where nobody has to be signed in; false when there is none. */
bool ebb_identity_cookie_hash(const struct ebb_rq *rq, char hash[EBB_HASH_HEX]);
/* Sets the session cookie of a new token, or ends it (NULL). */
void ebb_identity_cookie(struct ebb_rq *rq, const char *token, int64_t max_age_s);

/* hash.c: lower-case hex of sha256 over the parts. */
struct ebb_hash_part {
	const void *bytes;
	size_t length;
};
void ebb_hash_hex(char hex[EBB_HASH_HEX], const struct ebb_hash_part *parts, unsigned count);
/* In constant time; false for NULL. */
bool ebb_hash_is_equal(const char hex[EBB_HASH_HEX], const char *given);

#endif
