/* SPDX-License-Identifier: Apache-2.0 */
/* Says what is no text: conversions, control characters, broken UTF-8, a megabyte. */
#include "hostile.h"

static int
misbehave(const struct ebb_plugin_host *host)
{
	static char long_text[1 << 20];
	static const struct ebb_plugin_suggestion bad[] = {
		{ sizeof *bad, "category", "\xff\xfe", 0.5, "why" },
		{ sizeof *bad, "no_such_field", "1", 0.5, "why" },
		{ sizeof *bad, "category", "1", __builtin_nan(""), "why" },
		{ sizeof *bad, "category", "1", 2.0, "why" },
		{ 8, "category", "1", 0.5, "why" },
		{ sizeof *bad, NULL, NULL, 0.5, NULL },
	};

	memset(long_text, 'x', sizeof long_text - 1);
	host->log(host, EBB_PLUGIN_INFO, "%s%n%s%x%999999999d");
	host->log(host, EBB_PLUGIN_INFO, "broken \xc3\x28 \xf0\x9f\x98 \xed\xa0\x80 \x01\x1b[31m");
	host->log(host, (enum ebb_plugin_level)99, long_text);
	host->log(host, EBB_PLUGIN_INFO, NULL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		tell(host, "suggest", host->suggest(host, &bad[i]));
	tell(host, "suggest", host->suggest(host, NULL));
	tell(host, "act", host->act(host, NULL));
	tell(host, "write", host->write(host, NULL, (size_t)-1));
	tell(host, "rows", host->rows(host, "no such") == NULL);
	tell(host, "config", host->config(host, "no such") == NULL && host->config(host, NULL) == NULL);
	return host->fail(host, "\xff", "fails \xff with %s%n");
}

HOSTILE("talker");
