/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the handlers behind the routes, and the one entry for a worker.
 * Memory:  per request in rq->arena; the OpenAPI document is kept per worker.
 * Must not know: FastCGI, sockets, processes.
 */
#ifndef EBB_API_API_H
#define EBB_API_API_H

#include "base/err.h"
#include "base/str.h"

struct ebb_rq;

/* handler column of routes.def: session_<verb> is ebb_session_<verb>() of
 * auth/session.h; all others are ebb_api_<handler>() of this file. */
typedef enum ebb_rc ebb_handler(struct ebb_rq *rq);

/* A whole request: route, identity, arguments, handler; rq->reply is always filled when it returns. */
void ebb_api_serve(struct ebb_rq *rq);

ebb_handler ebb_api_generic;
ebb_handler ebb_api_health;
ebb_handler ebb_api_ready;
ebb_handler ebb_api_metrics;
ebb_handler ebb_api_openapi;
ebb_handler ebb_api_configure; /* plugin.c: PATCH of a department's use of a plugin */
ebb_handler ebb_api_report;    /* plugin.c */
ebb_handler ebb_api_token_create; /* token.c */

/* Steps of the generic handler, for handlers that need C in between. */
EBB_MUST enum ebb_rc ebb_api_call(struct ebb_rq *rq, const char *fn, const char *args, const char **json_r,
				  size_t *length_r);
/* For a look before a change: read only, and without the Idempotency-Key, which is the change's. */
EBB_MUST enum ebb_rc ebb_api_call_read(struct ebb_rq *rq, const char *fn, const char *args, const char **json_r,
				       size_t *length_r);
/* The same without api.enter, for functions open to anyone. */
EBB_MUST enum ebb_rc ebb_api_call_open(struct ebb_rq *rq, const char *fn, const char *args,
				       const char **json_r, size_t *length_r);

/* note.c: a refusal (403) and data taken out are noted in the audit; what cannot be noted is not handed out. */
void ebb_note_refusal(struct ebb_rq *rq);
EBB_MUST enum ebb_rc ebb_note_export(struct ebb_rq *rq);

/* core/run puts the route on the scoreboard, so that the master can name it when this process dies; called once
 * per request, as soon as rq->route is known. NULL: nobody wants it. */
extern void (*ebb_api_routed_hook)(struct ebb_rq *rq);
/* core/run adds its figures (Prometheus text) to /api/metrics. */
extern void (*ebb_api_metrics_hook)(struct ebb_str *out);
/* core/run notes the route as soon as it is known. */
extern void (*ebb_api_routed_hook)(struct ebb_rq *rq);
/* Drops what the worker keeps (the OpenAPI document); called on NOTIFY ebb_cache. */
void ebb_api_forget(void);

#endif
