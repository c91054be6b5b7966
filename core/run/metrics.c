/* SPDX-License-Identifier: Apache-2.0
 * Counting. The text for Prometheus is made in expose.c.
 * Owner of the memory: the scoreboard. It must not know: names of routes.
 */
#include "run/metrics.h"

#include "run/metrics_tables.h"

#include <stdio.h>
#include <string.h>

const uint32_t ebb_metric_bound_us[EBB_METRIC_BOUNDS] = {
	250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000,
};

/* What the desk answers; anything else is counted under the last entry, 0. */
const int ebb_metric_code[EBB_METRIC_CODES] = {
	200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 406, 409,
	412, 413, 415, 422, 428, 429, 500, 501, 502, 503, 504, 0,
};

const char *const ebb_metric_plugin_kind[EBB_METRIC_PLUGIN_KINDS] = { "categorise", "automate", "report", "check" };
const char *const ebb_metric_plugin_result[EBB_METRIC_PLUGIN_RESULTS] = {
	"ok", "skip", "fail", "later", "late", "busy", "gone", "nonsense",
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

struct ebb_plugin_metrics *
ebb_metrics_plugin(struct ebb_metrics *m, const char *name)
{
	int count = atomic_load(&m->plugin_count);

	for (int i = 0; i < count && i < EBB_METRIC_PLUGINS; i++)
		if (atomic_load(&m->plugin[i].is_named) != 0 && strcmp(m->plugin[i].name, name) == 0)
			return &m->plugin[i];
	return NULL;
}

/* Two keepers of two generations may name one plugin at the same moment; who shows the figures takes the first. */
struct ebb_plugin_metrics *
ebb_metrics_plugin_add(struct ebb_metrics *m, const char *name)
{
	struct ebb_plugin_metrics *plugin = ebb_metrics_plugin(m, name);
	int place = plugin == NULL ? atomic_load(&m->plugin_count) : 0;

	if (plugin != NULL)
		return plugin;
	do
		if (place >= EBB_METRIC_PLUGINS)
			return NULL;
	while (!atomic_compare_exchange_weak(&m->plugin_count, &place, place + 1));
	plugin = &m->plugin[place];
	snprintf(plugin->name, sizeof plugin->name, "%s", name);
	atomic_store(&plugin->is_named, 1);
	return ebb_metrics_plugin(m, name);
}

static int
place_of(const char *const *words, int count, const char *word)
{
	for (int i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

void
ebb_metrics_plugin_call(struct ebb_metrics *m, const char *plugin_name, const char *kind, const char *result,
			int64_t duration_us)
{
	struct ebb_plugin_metrics *plugin = ebb_metrics_plugin(m, plugin_name);
	int k = place_of(ebb_metric_plugin_kind, EBB_METRIC_PLUGIN_KINDS, kind);
	int r = place_of(ebb_metric_plugin_result, EBB_METRIC_PLUGIN_RESULTS, result);

	if (plugin == NULL || k < 0 || r < 0)
		return;
	atomic_fetch_add_explicit(&plugin->calls[k][r], 1, memory_order_relaxed);
	if (duration_us >= 0)
		ebb_metrics_observe(&plugin->duration, (uint64_t)duration_us);
}
