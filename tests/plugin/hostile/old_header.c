/* SPDX-License-Identifier: Apache-2.0 */
/* Built as if by an older header, whose struct ended before report; it is in order, and loads. */
#include <ebb/plugin.h>

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	(void)state;
	(void)ticket;
	host->log(host, EBB_PLUGIN_INFO, "the old one is here");
	return EBB_PLUGIN_SKIP;
}

/* The same members under the exported name, without the last. */
struct old_plugin {
	size_t size;
	uint32_t major, minor;
	const char *name, *version, *licence, *summary;
	uint32_t needs, tick_s;
	const void *params, *statements, *reports, *events, *reads;
	void *start, *stop, *check;
	int (*categorise)(const struct ebb_plugin_host *, void *, const struct ebb_plugin_ticket *);
	void *automate;
};
const struct old_plugin old __asm__("ebb_plugin_v1") __attribute__((visibility("default")));
const struct old_plugin old = {
	.size = sizeof old, .major = 1, .name = "old_header", .version = "1.0", .licence = "Apache-2.0",
	.summary = "Comes from an older header.", .categorise = categorise,
};
