/* SPDX-License-Identifier: Apache-2.0
 * The two tables that counting and exposing share. Constant; it must not know anything else.
 */
#ifndef EBB_RUN_METRICS_TABLES_H
#define EBB_RUN_METRICS_TABLES_H

#include "run/metrics.h"

extern const uint32_t ebb_metric_bound_us[EBB_METRIC_BOUNDS];
extern const int ebb_metric_code[EBB_METRIC_CODES];

#endif
