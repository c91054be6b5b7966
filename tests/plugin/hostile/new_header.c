/* SPDX-License-Identifier: Apache-2.0 */
/* Built as if by a newer header, whose struct goes on; it is in order, and loads. */
#include <ebb/plugin.h>

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	(void)state;
	(void)ticket;
	host->log(host, EBB_PLUGIN_INFO, "the new one is here");
	return EBB_PLUGIN_SKIP;
}

static int
later(void)
{
	return 0;
}

struct new_plugin {
	struct ebb_plugin known;
	int (*invent)(void);
	const char *const *more;
};
static const char *const more[] = { "more", NULL };
const struct new_plugin new_one __asm__("ebb_plugin_v1") __attribute__((visibility("default")));
const struct new_plugin new_one = {
	{ .size = sizeof new_one, .major = 1, .minor = 7, .name = "new_header", .version = "1.0", .licence = "Apache-2.0",
	  .summary = "Comes from a newer header.", .categorise = categorise },
	later, more,
};
