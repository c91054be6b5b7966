/* SPDX-License-Identifier: Apache-2.0
 * Counters and latency histograms in shared memory, one set for all processes of this host, so that the figures
 * outlive each of them. Written by relaxed atomic additions (a few per request), read by whoever is asked.
 *
 * Memory: part of the scoreboard's mapping. It must not know: how a request is served or who wants the figures.
 */
#ifndef EBB_RUN_METRICS_H
#define EBB_RUN_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#define EBB_METRIC_ROUTES 160 /* the last one stands for "no such route" */
#define EBB_METRIC_CODES 24
#define EBB_METRIC_BOUNDS 15

enum ebb_counter {
#define COUNTER(id, name, labels, text) EBB_C_##id,
#include "run/counters.def"
#undef COUNTER
	EBB_COUNTERS
};

struct ebb_histogram {
	_Atomic uint64_t bucket[EBB_METRIC_BOUNDS + 1];
	_Atomic uint64_t sum_us;
};

struct ebb_route_metrics {
	_Atomic uint64_t code[EBB_METRIC_CODES];
	struct ebb_histogram duration;
};

struct ebb_metrics {
	struct ebb_route_metrics route[EBB_METRIC_ROUTES];
	struct ebb_histogram queue; /* from nginx's clock to the worker's first look */
	struct ebb_histogram db;
	_Atomic uint64_t counter[EBB_COUNTERS];
};

/* route < 0: no such route. */
void ebb_metrics_request(struct ebb_metrics *m, int route, int status, uint64_t duration_us);
void ebb_metrics_observe(struct ebb_histogram *h, uint64_t us);
void ebb_metrics_add(struct ebb_metrics *m, enum ebb_counter counter, uint64_t n);

#endif
