/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as fcgi.c would have filled it, for tests of what comes after.
 * Memory: one static request, re-used; its arena lives as long as the test program.
 */
#ifndef EBB_TESTS_UNIT_REQUEST_H
#define EBB_TESTS_UNIT_REQUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "http/args.h"
#include "http/rq.h"

static struct ebb_http_opts rq_opts;
static struct ebb_rq rq_one;

static inline struct ebb_rq *
rq_make(const char *method, const char *path, const char *query, const char *body)
{
	rq_opts = (struct ebb_http_opts){
		.body_limit_bytes = 1 << 20,
		.request_deadline_ms = 10000,
		.is_cookie_secure = true,
		.public_url = "https://desk.example",
	};
	if (rq_one.magic == 0) {
		ebb_rq_init(&rq_one);
		rq_one.opts = &rq_opts;
	}
	ebb_rq_begin(&rq_one);
	rq_one.method_text = method;
	rq_one.method = ebb_method_of(method);
	rq_one.path = path;
	rq_one.query = query;
	rq_one.body = body;
	rq_one.body_bytes = strlen(body);
	rq_one.request_id = "test";
	if (body[0] != '\0')
		rq_one.head.content_type = "application/json";
	return &rq_one;
}

/* Route and arguments in one go, as api/serve.c does. */
static inline enum ebb_rc
rq_collect(struct ebb_rq *rq)
{
	assert_int_equal(ebb_route_find(rq), EBB_OK);
	return ebb_args_collect(rq);
}

/* The detail told for a pointer, or NULL. */
static inline const char *
rq_fault(const struct ebb_rq *rq, const char *pointer)
{
	for (const struct ebb_err_item *item = rq->err.items; item != NULL; item = item->next)
		if (strcmp(item->pointer, pointer) == 0)
			return item->detail;
	return NULL;
}

#endif
