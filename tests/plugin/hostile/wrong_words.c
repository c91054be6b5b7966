/* SPDX-License-Identifier: Apache-2.0 */
/* Says of itself what cannot be, in many places. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	(void)host;
	return EBB_PLUGIN_OK;
}

static const struct ebb_plugin_param params[] = {
	{ .key = "Upper", .help = "Help.", .type = EBB_PLUGIN_TEXT },
	{ .key = "twice", .help = "Help.", .type = EBB_PLUGIN_INTEGER, .initial = "11", .least = 1, .most = 10 },
	{ .key = "twice", .help = NULL, .type = 17 },
	{ .key = "word", .help = "Help.", .type = EBB_PLUGIN_CHOICE, .unit = "a|b", .initial = "c" },
	{ .key = "hidden", .help = "Help.", .type = EBB_PLUGIN_SECRET, .initial = "12345" },
	{ .key = "data", .help = "Help.", .type = EBB_PLUGIN_JSON, .initial = "{" },
	{ .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
	{ .name = "ends", .sql = "select 1;", .when = EBB_PLUGIN_WHEN_AUTOMATE },
	{ .name = "never", .sql = "select 1", .when = 0 },
	{ .name = "whose", .sql = "select 1", .when = EBB_PLUGIN_WHEN_REPORT, .report = "missing" },
	{ .name = NULL },
};

HOSTILE("wrong_words", .params = params, .statements = statements, .needs = 1u << 30, .tick_s = 5);
