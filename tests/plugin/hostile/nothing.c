/* SPDX-License-Identifier: Apache-2.0 */
/* Serves no kind of work. */
#include <ebb/plugin.h>

EBB_PLUGIN = {
	.size = sizeof ebb_plugin_v1, .major = EBB_PLUGIN_MAJOR, .name = "nothing", .version = "1.0", .licence = "Apache-2.0",
	.summary = "Does nothing at all.",
};
