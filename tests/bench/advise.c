/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a categorising plugin costs when it does its work quickly: looks for twenty words and suggests an urgency.
 *          Compiled under several names (-DNAME) to enable several at once.
 * Memory:  none.
 * Must not know: what is measured.
 */
#include <ebb/plugin.h>

#include <string.h>

static const char *const words[] = { "outage", "nobody", "fire", "flood", "stolen", "ransom", "breach", "virus", "smoke", "leak",
				     "payroll", "boss", "board", "audit", "customs", "invoice", "deadline", "connection", "today", "asap" };

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strstr(ticket->subject, words[i]) != NULL || strstr(ticket->description, words[i]) != NULL)
			return host->suggest(host, &(struct ebb_plugin_suggestion){
			    .size = sizeof(struct ebb_plugin_suggestion),
			    .field = "urgency",
			    .value = "2",
			    .confidence = 0.8,
			    .explanation = words[i],
			});
	return EBB_PLUGIN_SKIP;
}

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = NAME,
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "For the bench.",
    .categorise = categorise,
};
