/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the loader of shared objects, inside a plugin's process only.
 * Memory:  what is loaded stays until the process ends.
 * Must not know: what is called in it.
 */
#ifndef EBB_PLUGIN_LOADER_H
#define EBB_PLUGIN_LOADER_H

#include "base/err.h"
#include "plugin/elf.h"

/* Before the jail: what the plugin is linked with, from the system's folders. */
EBB_MUST enum ebb_rc ebb_loader_prepare(const struct ebb_plugin_about *about, struct ebb_arena *arena, struct ebb_err *err);
/* In jail: the plugin itself; copies its struct as far as both sides know it, the rest is zero. */
EBB_MUST enum ebb_rc ebb_loader_open(const char *path, struct ebb_plugin *plugin_r, struct ebb_err *err);

#endif
