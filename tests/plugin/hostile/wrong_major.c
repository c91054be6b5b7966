/* SPDX-License-Identifier: Apache-2.0 */
/* Made for another version of the contract. */
#include <ebb/plugin.h>

EBB_PLUGIN = { .size = sizeof ebb_plugin_v1, .major = 2, .name = "wrong_major", .version = "1.0", .licence = "Apache-2.0" };
