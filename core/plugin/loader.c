/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see loader.h. The only file with dlfcn.h.
 * Memory:  the loader's.
 * Must not know: what is called in it.
 */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <string.h>

enum ebb_rc
ebb_loader_prepare(const struct ebb_plugin_about *about, struct ebb_arena *arena, struct ebb_err *err)
{
	for (size_t i = 0; i < about->library_count; i++) {
		const char *path = ebb_elf_library(arena, about->libraries[i]);

		if (path == NULL)
			return ebb_fail(err, EBB_E_UNAVAILABLE, "It is linked with %.80s, which is in no folder of the system: install the package it comes from.",
					about->libraries[i]);
		/* Kept: the plugin's own loading then finds it by its name, without opening anything. */
		if (dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL)
			return ebb_fail(err, EBB_E_UNAVAILABLE, "A library of it cannot be loaded: %.300s.", dlerror());
	}
	return EBB_OK;
}

enum ebb_rc
ebb_loader_open(const char *path, struct ebb_plugin *plugin_r, struct ebb_err *err)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct ebb_plugin *theirs;

	if (handle == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "It cannot be loaded: %.300s.", dlerror());
	theirs = dlsym(handle, EBB_PLUGIN_SYMBOL);
	if (theirs == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "It has no " EBB_PLUGIN_SYMBOL ".");
	memset(plugin_r, 0, sizeof *plugin_r);
	memcpy(plugin_r, theirs, theirs->size < sizeof *plugin_r ? theirs->size : sizeof *plugin_r);
	return EBB_OK;
}
