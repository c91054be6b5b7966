/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: ebb.conf with anything in it: either a configuration or a list of faults with lines, and the next file
 *          is read as if this one had not been.
 * Memory:  one arena, reset each time.
 * Must not know: what parameters mean.
 */
#include "conf/conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ebb_arena *arena;
	struct ebb_conf *conf;
	struct ebb_err err;

	if (arena == NULL)
		arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	if (size > 16384 || memchr(data, '\0', size) != NULL)
		return 0;
	ebb_err_init(&err, arena);
	if (ebb_conf_parse(&conf, ebb_arena_dup(arena, (const char *)data, size), "/etc/ebb", &err) == EBB_OK)
		ebb_conf_free(&conf);
	else
		EBB_ASSERT(conf == NULL && err.item_count > 0);
	ebb_err_init(&err, arena);
	EBB_ASSERT(ebb_conf_parse(&conf, "workers = 2\n", "/etc/ebb", &err) == EBB_OK && conf->workers == 2);
	ebb_conf_free(&conf);
	return 0;
}
