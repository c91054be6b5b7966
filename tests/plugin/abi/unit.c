/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: names every type and number of the plugin contract, so that abidw sees them all. Compiled, never run.
 * Memory:  none.
 * Must not know: the desk.
 */
#include <ebb/plugin.h>

#define SHOWN extern __attribute__((visibility("default")))

/* Numbers that are macros; the minor number is not among them, for it is to grow. */
enum numbers {
	UNIT_MAJOR = EBB_PLUGIN_MAJOR,
	UNIT_NEEDS_NETWORK = EBB_PLUGIN_NEEDS_NETWORK
};
struct unit {
	enum numbers numbers;
	enum ebb_plugin_result result;
	enum ebb_plugin_level level;
	enum ebb_plugin_type type;
	enum ebb_plugin_when when;
};

SHOWN const struct unit unit;
SHOWN const struct ebb_plugin_param unit_param;
SHOWN const struct ebb_plugin_statement unit_statement;
SHOWN const struct ebb_plugin_report unit_report;
SHOWN const struct ebb_plugin_rows unit_rows;
SHOWN const struct ebb_plugin_ticket unit_ticket;
SHOWN const struct ebb_plugin_event unit_event;
SHOWN const struct ebb_plugin_request unit_request;
SHOWN const struct ebb_plugin_suggestion unit_suggestion;
SHOWN const struct ebb_plugin_action unit_action;
SHOWN const struct ebb_plugin_host unit_host;

const struct unit unit = { UNIT_MAJOR, EBB_PLUGIN_OK, EBB_PLUGIN_DEBUG, EBB_PLUGIN_TEXT, EBB_PLUGIN_WHEN_REPORT };
const struct ebb_plugin_param unit_param = { .key = NULL };
const struct ebb_plugin_statement unit_statement = { .name = NULL };
const struct ebb_plugin_report unit_report = { .name = NULL };
const struct ebb_plugin_rows unit_rows = { .size = sizeof unit_rows };
const struct ebb_plugin_ticket unit_ticket = { .size = sizeof unit_ticket };
const struct ebb_plugin_event unit_event = { .size = sizeof unit_event };
const struct ebb_plugin_request unit_request = { .size = sizeof unit_request };
const struct ebb_plugin_suggestion unit_suggestion = { .size = sizeof unit_suggestion };
const struct ebb_plugin_action unit_action = { .size = sizeof unit_action };
const struct ebb_plugin_host unit_host = { .size = sizeof unit_host };

EBB_PLUGIN = { .size = sizeof ebb_plugin_v1 };
