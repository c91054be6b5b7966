/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see expose.h. Names as in the administrators' page; no user, ticket or other unbounded label.
 * Memory:  the caller's builder.
 * Must not know: who asks.
 */
#include "run/expose.h"

#include "api/api.h"
#include "base/str.h"
#include "base/time.h"
#include "http/route.h"
#include "run/metrics_tables.h"
#include "run/scoreboard.h"
#include "schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

struct counter_row {
	const char *name, *labels, *text;
};

static const struct counter_row counter_rows[EBB_COUNTERS] = {
#define COUNTER(id, name, labels, text) { name, labels, text },
#include "run/counters.def"
#undef COUNTER
};

static const struct ebb_board *shown;

static void
head(struct ebb_str *out, const char *name, const char *type, const char *text)
{
	ebb_str_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, text, name, type);
}

static uint64_t
value(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* labels end in a comma or are empty. */
static void
histogram(struct ebb_str *out, const char *name, const char *labels, const struct ebb_histogram *h)
{
	uint64_t sum = 0;

	for (int i = 0; i < EBB_METRIC_BOUNDS; i++) {
		sum += value(&h->bucket[i]);
		ebb_str_printf(out, "%s_bucket{%sle=\"%g\"} %" PRIu64 "\n", name, labels, ebb_metric_bound_us[i] / 1e6,
			       sum);
	}
	sum += value(&h->bucket[EBB_METRIC_BOUNDS]);
	ebb_str_printf(out, "%s_bucket{%sle=\"+Inf\"} %" PRIu64 "\n", name, labels, sum);
	if (labels[0] == '\0') {
		ebb_str_printf(out, "%s_sum %.6f\n%s_count %" PRIu64 "\n", name, (double)value(&h->sum_us) / 1e6, name,
			       sum);
		return;
	}
	int width = (int)strlen(labels) - 1;
	ebb_str_printf(out, "%s_sum{%.*s} %.6f\n%s_count{%.*s} %" PRIu64 "\n", name, width, labels,
		       (double)value(&h->sum_us) / 1e6, name, width, labels, sum);
}

/* Labels of a route; the last place stands for requests without one. */
static const char *
route_labels(char *text, size_t room, unsigned i)
{
	if (i < ebb_route_count)
		snprintf(text, room, "route=\"%s\",method=\"%s\",", ebb_routes[i].pattern,
			 ebb_method_name(ebb_routes[i].method));
	else
		snprintf(text, room, "route=\"none\",method=\"none\",");
	return text;
}

static bool
was_used(const struct ebb_route_metrics *route)
{
	for (int c = 0; c < EBB_METRIC_CODES; c++)
		if (value(&route->code[c]) != 0)
			return true;
	return false;
}

static void
routes(const struct ebb_board *board, struct ebb_str *out)
{
	const struct ebb_route_metrics *all = board->metrics.route;
	char labels[160];

	head(out, "ebb_http_requests_total", "counter", "Requests answered by a worker.");
	for (unsigned i = 0; i < EBB_METRIC_ROUTES; i++)
		for (int c = 0; c < EBB_METRIC_CODES; c++)
			if (value(&all[i].code[c]) != 0)
				ebb_str_printf(out, "ebb_http_requests_total{%scode=\"%d\"} %" PRIu64 "\n",
					       route_labels(labels, sizeof labels, i), ebb_metric_code[c],
					       value(&all[i].code[c]));
	head(out, "ebb_http_request_duration_seconds", "histogram", "From accept to the reply being written.");
	for (unsigned i = 0; i < EBB_METRIC_ROUTES; i++)
		if (was_used(&all[i]))
			histogram(out, "ebb_http_request_duration_seconds", route_labels(labels, sizeof labels, i),
				  &all[i].duration);
}

static void
processes(const struct ebb_board *board, struct ebb_str *out)
{
	head(out, "ebb_processes", "gauge", "Processes of this host by kind and state.");
	for (int k = 0; k < EBB_PROC_KINDS; k++) {
		enum ebb_proc kind = (enum ebb_proc)k;
		ebb_str_printf(out, "ebb_processes{kind=\"%s\",state=\"idle\"} %u\n", ebb_proc_name(kind),
			       ebb_board_count(board, kind, EBB_SLOT_IDLE));
		ebb_str_printf(out, "ebb_processes{kind=\"%s\",state=\"busy\"} %u\n", ebb_proc_name(kind),
			       ebb_board_count(board, kind, EBB_SLOT_BUSY));
	}
	head(out, "ebb_http_inflight", "gauge", "Requests being served.");
	ebb_str_printf(out, "ebb_http_inflight %u\n",
		       ebb_board_count(board, EBB_PROC_WORKER, EBB_SLOT_BUSY) +
			   ebb_board_count(board, EBB_PROC_SESSION, EBB_SLOT_BUSY));
	head(out, "ebb_uptime_seconds", "gauge", "Since the master started.");
	ebb_str_printf(out, "ebb_uptime_seconds %.3f\n", (double)(ebb_mono_us() / 1000 - board->started_ms) / 1e3);
}

static void
build_and_clock(const struct ebb_board *board, struct ebb_str *out)
{
	int64_t due_ms = atomic_load(&board->sla_due_ms), now_ms = ebb_mono_us() / 1000;

	head(out, "ebb_build_info", "gauge", "Always 1; the labels tell.");
	ebb_str_printf(out, "ebb_build_info{version=\"%s\",schema=\"%d\"} 1\n", PACKAGE_VERSION, EBB_SCHEMA);
	/* Only the host whose clock leads has a figure: elsewhere nothing is due. */
	if (due_ms == 0)
		return;
	head(out, "ebb_clock_overdue_seconds", "gauge", "How late this host's clock is with its most frequent tick.");
	ebb_str_printf(out, "ebb_clock_overdue_seconds %.3f\n",
		       now_ms > due_ms ? (double)(now_ms - due_ms) / 1e3 : 0.0);
}

static void
counters(const struct ebb_board *board, struct ebb_str *out)
{
	const char *last = "";

	for (int i = 0; i < EBB_COUNTERS; i++) {
		const struct counter_row *row = &counter_rows[i];
		if (strcmp(row->name, last) != 0)
			head(out, row->name, "counter", row->text);
		last = row->name;
		ebb_str_printf(out, "%s%s%s%s %" PRIu64 "\n", row->name, row->labels[0] ? "{" : "", row->labels,
			       row->labels[0] ? "}" : "", value(&board->metrics.counter[i]));
	}
}

/* The i-th plugin, or NULL when it has no name yet or had its place before. */
static const struct ebb_plugin_metrics *
plugin_at(const struct ebb_board *board, int i)
{
	const struct ebb_plugin_metrics *plugin = &board->metrics.plugin[i];

	if (atomic_load(&plugin->is_named) == 0)
		return NULL;
	for (int before = 0; before < i; before++)
		if (strcmp(board->metrics.plugin[before].name, plugin->name) == 0)
			return NULL;
	return plugin;
}

static void
plugin_calls(const struct ebb_plugin_metrics *plugin, struct ebb_str *out)
{
	for (int k = 0; k < EBB_METRIC_PLUGIN_KINDS; k++)
		for (int r = 0; r < EBB_METRIC_PLUGIN_RESULTS; r++)
			if (value(&plugin->calls[k][r]) > 0)
				ebb_str_printf(out, "ebb_plugin_calls_total{plugin=\"%s\",kind=\"%s\",result=\"%s\"} %" PRIu64 "\n",
					       plugin->name, ebb_metric_plugin_kind[k], ebb_metric_plugin_result[r],
					       value(&plugin->calls[k][r]));
}

static void
plugins(const struct ebb_board *board, struct ebb_str *out)
{
	const struct ebb_plugin_metrics *plugin;
	char labels[64];

	if (atomic_load(&board->metrics.plugin_count) == 0)
		return;
	head(out, "ebb_plugin_calls_total", "counter", "Calls of plugins by kind and result.");
	for (int i = 0; i < EBB_METRIC_PLUGINS; i++)
		if ((plugin = plugin_at(board, i)) != NULL)
			plugin_calls(plugin, out);
	head(out, "ebb_plugin_duration_seconds", "histogram", "Time in a plugin's own code, calls that ended by themselves.");
	for (int i = 0; i < EBB_METRIC_PLUGINS; i++)
		if ((plugin = plugin_at(board, i)) != NULL) {
			snprintf(labels, sizeof labels, "plugin=\"%s\",", plugin->name);
			histogram(out, "ebb_plugin_duration_seconds", labels, &plugin->duration);
		}
	head(out, "ebb_plugin_hosts", "gauge", "Processes of plugins on this host.");
	for (int i = 0; i < EBB_METRIC_PLUGINS; i++)
		if ((plugin = plugin_at(board, i)) != NULL)
			ebb_str_printf(out, "ebb_plugin_hosts{plugin=\"%s\"} %d\n", plugin->name,
				       atomic_load(&plugin->hosts[0]) + atomic_load(&plugin->hosts[1]));
}

void
ebb_expose(const struct ebb_board *board, struct ebb_str *out)
{
	routes(board, out);
	head(out, "ebb_queue_wait_seconds", "histogram", "From nginx having read the request to a worker taking it.");
	histogram(out, "ebb_queue_wait_seconds", "", &board->metrics.queue);
	head(out, "ebb_db_query_duration_seconds", "histogram", "Part of a request spent waiting for the database.");
	histogram(out, "ebb_db_query_duration_seconds", "", &board->metrics.db);
	counters(board, out);
	plugins(board, out);
	processes(board, out);
	build_and_clock(board, out);
}

static void
add_to_reply(struct ebb_str *out)
{
	ebb_expose(shown, out);
}

void
ebb_expose_for(const struct ebb_board *board)
{
	shown = board;
	ebb_api_metrics_hook = add_to_reply;
}
