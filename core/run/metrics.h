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
#define EBB_METRIC_PLUGINS 64
#define EBB_METRIC_PLUGIN_KINDS 4   /* as ebb_metric_plugin_kind names them */
#define EBB_METRIC_PLUGIN_RESULTS 8 /* as ebb_metric_plugin_result names them */

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

/* One plugin's, for all departments: their number has no bound. */
struct ebb_plugin_metrics {
	_Atomic int32_t is_named; /* set after the name */
	char name[32];
	_Atomic uint64_t calls[EBB_METRIC_PLUGIN_KINDS][EBB_METRIC_PLUGIN_RESULTS];
	struct ebb_histogram duration;
	_Atomic int32_t hosts[2]; /* of even and odd generations: during a reload there are both */
};

struct ebb_metrics {
	struct ebb_route_metrics route[EBB_METRIC_ROUTES];
	struct ebb_histogram queue; /* from nginx's clock to the worker's first look */
	struct ebb_histogram db;
	_Atomic uint64_t counter[EBB_COUNTERS];
	_Atomic int32_t plugin_count; /* places taken, some of them not named yet */
	struct ebb_plugin_metrics plugin[EBB_METRIC_PLUGINS];
};

/* route < 0: no such route. */
void ebb_metrics_request(struct ebb_metrics *m, int route, int status, uint64_t duration_us);
void ebb_metrics_observe(struct ebb_histogram *h, uint64_t us);
void ebb_metrics_add(struct ebb_metrics *m, enum ebb_counter counter, uint64_t n);

/* NULL: the keeper has not given it a place. */
struct ebb_plugin_metrics *ebb_metrics_plugin(struct ebb_metrics *m, const char *name);
/* By the keeper, at its start. NULL: more plugins than places; they are served, and not counted. */
struct ebb_plugin_metrics *ebb_metrics_plugin_add(struct ebb_metrics *m, const char *name);
/* kind and result by their words; others are not counted. duration_us < 0: it did not end by itself. */
void ebb_metrics_plugin_call(struct ebb_metrics *m, const char *plugin, const char *kind, const char *result,
			     int64_t duration_us);

#endif
