/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a file that claims to be a plugin is described or refused with a sentence, whatever stands in it; what is
 *          described keeps the limits of the contract.
 * Input:   the file's bytes.
 * Memory:  one arena, reset each time.
 * Must not know: the loader.
 */
#include "base/utf8.h"
#include "plugin/elf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_about(const struct ebb_plugin_about *about, struct ebb_arena *arena)
{
	struct ebb_str json;

	EBB_ASSERT(ebb_about_is_name(about->name, EBB_PLUGIN_NAME_MAX) && about->kinds != 0 && about->major == EBB_PLUGIN_MAJOR);
	for (size_t i = 0; i < about->param_count; i++)
		EBB_ASSERT(ebb_utf8_is_valid(about->params[i].help, strlen(about->params[i].help)));
	ebb_str_init(&json, arena, 0);
	ebb_about_json(&json, about);
	EBB_ASSERT(ebb_str_done(&json) != NULL && ebb_utf8_is_valid(json.text, json.length));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ebb_arena *arena;
	struct ebb_plugin_about *about;
	struct ebb_err err;
	void *bytes = malloc(size + 1);

	if (arena == NULL)
		arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	ebb_err_init(&err, arena);
	EBB_ASSERT(bytes != NULL);
	if (size > 0)
		memcpy(bytes, data, size);
	if (ebb_about_read_bytes(bytes, size, arena, &about, &err) == EBB_OK)
		check_about(about, arena);
	else
		EBB_ASSERT(err.sentence != NULL && err.sentence[0] != '\0');
	free(bytes);
	return 0;
}
