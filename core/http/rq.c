/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the life of struct ebb_rq, see rq.h.
 * Memory:  owns the arena; everything else lies in it or is only pointed to.
 * Must not know: FastCGI, SQL, plugins.
 */
#include "http/rq.h"

#include "base/obj.h"
#include "base/time.h"

void
ebb_rq_init(struct ebb_rq *rq)
{
	*rq = (struct ebb_rq){ .magic = EBB_RQ_MAGIC, .arena = ebb_arena_new("request", EBB_ARENA_PLAIN) };
	rq->log = EBB_LOG_CTX_NONE;
}

void
ebb_rq_fini(struct ebb_rq *rq)
{
	EBB_CHECK(rq, EBB_RQ_MAGIC);
	ebb_arena_free(&rq->arena);
	rq->magic = EBB_MAGIC_DEAD;
}

void
ebb_rq_begin(struct ebb_rq *rq)
{
	struct ebb_rq fresh = {
		.magic = EBB_RQ_MAGIC,
		.arena = rq->arena,
		.log = EBB_LOG_CTX_NONE,
		.opts = rq->opts,
		.conf = rq->conf,
		.pg = rq->pg,
		.hooks = rq->hooks,
		.worker = rq->worker,
		.request_id = "",
		.method_text = "",
		.path = "",
		.query = "",
		.body = "",
		.args = "{}",
		.queued_ms = -1,
		.began_us = ebb_mono_us(),
	};

	EBB_CHECK(rq, EBB_RQ_MAGIC);
	ebb_arena_reset(rq->arena);
	fresh.deadline_us = fresh.began_us + (int64_t)rq->opts->request_deadline_ms * 1000;
	*rq = fresh;
	ebb_err_init(&rq->err, rq->arena);
	ebb_reply_init(&rq->reply, rq->arena);
}

void
ebb_rq_log(struct ebb_rq *rq)
{
	bool is_probe = rq->route != NULL && rq->route->kind == EBB_ROUTE_OWN && rq->reply.status < 400;

	rq->log.status = rq->reply.status;
	rq->log.us = ebb_mono_us() - rq->began_us;
	rq->log.db_us = rq->db_us;
	rq->log.bytes = (int64_t)rq->reply.body_bytes;
	rq->log.sqlstate = rq->err.sqlstate;
	rq->log.error_id = rq->err.log_id;
	ebb_log(is_probe ? EBB_DEBUG : rq->reply.status >= 500 ? EBB_WARNING : EBB_INFO, &rq->log, "request");
}
