/* SPDX-License-Identifier: Apache-2.0
 * Counting. The text for Prometheus is made in expose.c.
 * Owner of the memory: the scoreboard. It must not know: names of routes.
 */
#include "run/metrics.h"

#include "run/metrics_tables.h"

const uint32_t ebb_metric_bound_us[EBB_METRIC_BOUNDS] = {
	250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

/* What the desk answers; anything else is counted under the last entry, 0. */
const int ebb_metric_code[EBB_METRIC_CODES] = {
	200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409,
	412, 413, 415, 422, 428, 429, 500, 501, 502, 503, 504, 0,
};

void
ebb_metrics_observe(struct ebb_histogram *h, uint64_t us)
{
	int i = 0;
	while (i < EBB_METRIC_BOUNDS && us > ebb_metric_bound_us[i])
		i++;
	atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_us, us, memory_order_relaxed);
}

void
ebb_metrics_request(struct ebb_metrics *m, int route, int status, uint64_t duration_us)
{
	int code = 0;
	while (code < EBB_METRIC_CODES - 1 && ebb_metric_code[code] != status)
		code++;
	if (route < 0 || route >= EBB_METRIC_ROUTES - 1)
		route = EBB_METRIC_ROUTES - 1;
	atomic_fetch_add_explicit(&m->route[route].code[code], 1, memory_order_relaxed);
	ebb_metrics_observe(&m->route[route].duration, duration_us);
}

void
ebb_metrics_add(struct ebb_metrics *m, enum ebb_counter counter, uint64_t n)
{
	atomic_fetch_add_explicit(&m->counter[counter], n, memory_order_relaxed);
}
