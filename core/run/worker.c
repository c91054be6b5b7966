/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a worker: takes one request at a time from the shared socket and serves it. Between requests it drops
 *          caches that a notification names and notices a lost database before anybody asks.
 * Memory:  one request struct, re-used; one database connection; both live as long as the process.
 * Must not know: what routes mean. The few it names are counted apart, no more.
 */
#include "api/api.h"
#include "base/time.h"
#include "conf/conf.h"
#include "db/pg.h"
#include "http/fcgi.h"
#include "http/rq.h"
#include "plugin/ask.h"
#include "plugin/dispatch.h"
#include "plugin/hooks.h"
#include "run/expose.h"
#include "run/process.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CACHE_CHANNEL "ebb_cache"

struct worker {
	struct ebb_process *process;
	struct ebb_fcgi *front;
	struct ebb_pg *pg;
	struct ebb_rq rq;
	struct ebb_http_opts opts;
	struct ebb_hooks *hooks;
	struct ebb_ask ask;
	int epoll_fd;
	int watched_fd;         /* the database's socket in epoll, or -1 */
	uint64_t watched_since; /* connections made so far when it was put there */
	const struct ebb_route *login;
};

static void
on_notify(void *ctx, const char *channel, const char *payload)
{
	const struct worker *w = ctx;

	(void)channel;
	(void)payload;
	/* Cheap to fill again, so nobody asks which of them is meant; an empty payload says some may be missing.
	 */
	ebb_api_forget();
	ebb_dispatch_forget();
	ebb_hooks_forget(w->hooks);
}

static void
watch_fd(const struct worker *w, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	EBB_ASSERT(epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

/* The connection comes and goes below us, and the kernel re-uses numbers of descriptors. */
static void
watch_database(struct worker *w)
{
	int fd = ebb_pg_fd(w->pg);
	uint64_t since = ebb_pg_stats(w->pg)->reconnects;

	if (fd == w->watched_fd && since == w->watched_since)
		return;
	if (fd >= 0) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.fd = fd };
		if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST)
			fd = -1;
	}
	w->watched_fd = fd;
	w->watched_since = since;
}

static const struct worker *counting;

static void
count_call(const char *plugin, const char *kind, const char *result, int64_t duration_us)
{
	ebb_metrics_plugin_call(&counting->process->board->metrics, plugin, kind, result, duration_us);
}

/* Session workers have no door and ask nobody. */
static void
set_up_plugins(struct worker *w)
{
	const struct ebb_process *process = w->process;
	const struct ebb_hooks_opts opts = {
		.door = EBB_HOOKS_API,
		.door_fd = process->door_fd,
		.lane = EBB_LANE_ASK,
		.caller_no = (unsigned)(process->slot - process->board->slot),
		.key_file = process->conf->secret_key_file,
	};

	w->hooks = ebb_hooks_new(&opts);
	w->rq.hooks = w->hooks;
	w->ask = (struct ebb_ask){ .hooks = w->hooks, .rq = &w->rq, .limit_ms = process->conf->plugin_ask_ms };
	counting = w;
	ebb_plugin_counted_hook = count_call;
	if (process->door_fd >= 0)
		ebb_ask_begin(&w->ask);
}

static void
set_up(struct worker *w, struct ebb_process *process)
{
	const struct ebb_conf *conf = process->conf;
	const struct sched_param param = { 0 };

	w->process = process;
	w->watched_fd = -1;
	w->opts = (struct ebb_http_opts){
		.body_limit_bytes = (size_t)conf->body_limit_bytes,
		.request_deadline_ms = conf->request_deadline_ms,
		.is_cookie_secure = conf->session_cookie_secure,
		.public_url = conf->public_url,
	};
	EBB_ASSERT(ebb_route_count < EBB_METRIC_ROUTES && ebb_route_count <= EBB_DISPATCH_OPERATIONS);
	ebb_rq_init(&w->rq);
	/* Only who serves the log-in may open sessions. */
	w->pg = ebb_process_pg(process, process->kind == EBB_PROC_SESSION ? "ebb_session" : "ebb_app");
	ebb_pg_on_notify(w->pg, on_notify, w);
	w->rq.opts = &w->opts;
	w->rq.conf = conf;
	w->rq.pg = w->pg;
	w->rq.worker = w;
	set_up_plugins(w);
	for (unsigned i = 0; i < ebb_route_count; i++)
		if (strcmp(ebb_routes[i].fn, "session_open") == 0)
			w->login = &ebb_routes[i];
	/* A batch process is not woken over PostgreSQL's running backend: fewer switches, measured. */
	(void)sched_setscheduler(0, SCHED_BATCH, &param);
	ebb_fcgi_setup();
	w->front = ebb_fcgi_new(process->listen_fd);
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	EBB_ASSERT(w->epoll_fd >= 0);
	watch_fd(w, process->signal_fd, EPOLLIN);
	/* One of the idle is woken, and the last one to fall asleep first: its caches are warm. */
	watch_fd(w, process->listen_fd, EPOLLIN | EPOLLEXCLUSIVE);
}

static void
count(struct worker *w)
{
	const struct ebb_rq *rq = &w->rq;
	struct ebb_metrics *m = &w->process->board->metrics;
	bool is_login = rq->route != NULL && rq->route == w->login;

	ebb_metrics_request(m, rq->route ? (int)ebb_route_index(rq->route) : -1, rq->reply.status,
			    (uint64_t)(ebb_mono_us() - rq->began_us));
	if (rq->db_us > 0)
		ebb_metrics_observe(&m->db, (uint64_t)rq->db_us);
	if (rq->queued_ms >= 0)
		ebb_metrics_observe(&m->queue, (uint64_t)rq->queued_ms * 1000);
	if (is_login)
		ebb_metrics_add(m,
				rq->reply.status < 300   ? EBB_C_LOGIN_OK
				: rq->reply.status < 500 ? EBB_C_LOGIN_REFUSED
							 : EBB_C_LOGIN_BUSY,
				1);
	switch (rq->err.rc) {
	case EBB_OK:
		break;
	case EBB_E_REPLAY:
		ebb_metrics_add(m, EBB_C_IDEM_REPLAY, 1);
		break;
	case EBB_E_UNAUTHENTICATED:
		ebb_metrics_add(m, EBB_C_AUTH_NONE, is_login ? 0 : 1);
		break;
	case EBB_E_FORBIDDEN:
		ebb_metrics_add(m, EBB_C_DENIED, 1);
		break;
	case EBB_E_DB_LOST:
		ebb_metrics_add(m, EBB_C_DB_LOST, 1);
		break;
	case EBB_E_UNKNOWN_OUTCOME:
		ebb_metrics_add(m, EBB_C_UNKNOWN_OUTCOME, 1);
		break;
	case EBB_E_TIMEOUT:
		ebb_metrics_add(m, EBB_C_TIMEOUT, 1);
		break;
	default:
		break;
	}
}

/* The queue before us is nginx's and the kernel's: whoever waited longer than anybody waits is told so at once.
 */
static bool
is_stale(struct ebb_rq *rq)
{
	if (rq->queued_ms < 0 || rq->queued_ms < rq->opts->request_deadline_ms)
		return false;
	rq->err.retry_after_s = 1;
	(void)ebb_fail(&rq->err, EBB_E_UNAVAILABLE, "The desk is overloaded: this waited too long in the queue.");
	ebb_problem(rq);
	return true;
}

static void
serve_one(struct worker *w)
{
	struct ebb_rq *rq = &w->rq;
	struct ebb_slot *slot = w->process->slot;
	struct ebb_metrics *m = &w->process->board->metrics;

	/* Busy before the first byte is read: a peer that sends half a record must not hold us unseen. */
	ebb_slot_busy(slot, "");
	if (ebb_fcgi_accept(w->front, rq) != EBB_FCGI_RQ) {
		ebb_slot_idle(slot);
		return;
	}
	ebb_slot_busy(slot, rq->request_id);
	if (ebb_fcgi_is_gone(w->front)) {
		ebb_metrics_add(m, EBB_C_SHED_HANGUP, 1);
		ebb_fcgi_drop(w->front);
		ebb_slot_idle(slot);
		return;
	}
	if (is_stale(rq))
		ebb_metrics_add(m, EBB_C_SHED_DEADLINE, 1);
	else
		ebb_api_serve(rq);
	if (!ebb_fcgi_send(w->front, rq))
		ebb_metrics_add(m, EBB_C_UNREAD, 1);
	count(w);
	ebb_rq_log(rq);
	ebb_slot_idle(slot);
}

/* The route is known only inside ebb_api_serve(); the scoreboard wants it before anything can go wrong. */
static void
on_route(struct ebb_rq *rq)
{
	const struct worker *w = rq->worker;

	ebb_slot_route(w->process->slot, ebb_method_name(rq->route->method), rq->route->pattern);
}

/* When the whole desk stops, what already waits in the socket is still served: nobody else will. */
static void
drain(struct worker *w)
{
	struct pollfd queue = { .fd = w->process->listen_fd, .events = POLLIN };

	while (atomic_load(&w->process->board->stopping) != 0 && poll(&queue, 1, 0) > 0)
		serve_one(w);
}

static void
listen_for_changes(struct worker *w)
{
	struct ebb_err err;

	/* Without a database this is done again at the first connection; until then there is nothing to forget.
	 */
	ebb_err_init(&err, w->rq.arena);
	if (ebb_pg_listen(w->pg, CACHE_CHANNEL, &err) != EBB_OK)
		ebb_process_complain(w->process, "no database yet", &err);
}

int
ebb_worker_live(struct ebb_process *process)
{
	static struct worker worker;
	struct worker *w = &worker;
	struct epoll_event events[4];

	ebb_process_begin(process, &w->rq.log);
	set_up(w, process);
	ebb_api_routed_hook = on_route;
	ebb_expose_for(process->board);
	ebb_slot_idle(process->slot);
	listen_for_changes(w);
	while (!process->is_leaving) {
		watch_database(w);
		int n = epoll_wait(w->epoll_fd, events, (int)EBB_COUNT(events), -1);
		bool is_wanted = false;
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == process->signal_fd)
				ebb_process_signals(process);
			else if (fd == process->listen_fd)
				is_wanted = true;
			else
				(void)ebb_pg_pump(w->pg);
		}
		/* A request taken from the queue is ours to finish, even when TERM came in the same moment. */
		if (is_wanted && !process->is_leaving)
			serve_one(w);
	}
	drain(w);
	ebb_fcgi_free(&w->front);
	ebb_hooks_free(&w->hooks);
	ebb_pg_free(&w->pg);
	return 0;
}
