/* SPDX-License-Identifier: Apache-2.0
 * The tables that counting and exposing share. Constant; it must not know anything else.
 */
#ifndef EBB_RUN_METRICS_TABLES_H
#define EBB_RUN_METRICS_TABLES_H

#include "run/metrics.h"

extern const uint32_t ebb_metric_bound_us[EBB_METRIC_BOUNDS];
extern const int ebb_metric_code[EBB_METRIC_CODES];
extern const char *const ebb_metric_plugin_kind[EBB_METRIC_PLUGIN_KINDS];
extern const char *const ebb_metric_plugin_result[EBB_METRIC_PLUGIN_RESULTS];

#endif
