/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which plugins the operator installed: <plugin_dir>/installed.json beside the files.
 * Memory:  the arena's.
 * Must not know: departments, the database.
 */
#ifndef EBB_PLUGIN_INSTALLED_H
#define EBB_PLUGIN_INSTALLED_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ebb_installed_plugin {
	const char *name, *version, *sha256;
	bool has_network;
	unsigned processes;  /* 1 to 8 */
	unsigned memory_mib; /* 16 to 4096 */
	bool is_quarantined_everywhere; /* "quarantine": what three strikes cost: false: "department" */
};

struct ebb_installed {
	struct ebb_installed_plugin *plugins; /* by name */
	size_t count;
};

/* A folder without the file has no plugins. Owner, mode and chain are checked as for a plugin. EBB_E_CONFIG or
 * EBB_E_FORBIDDEN with a sentence when it cannot be trusted or understood. */
EBB_MUST enum ebb_rc ebb_installed_read(const char *plugin_dir, uid_t owner, struct ebb_arena *arena,
					struct ebb_installed **installed_r, struct ebb_err *err);
/* Written beside and renamed, 0644, synced. */
EBB_MUST enum ebb_rc ebb_installed_write(const char *plugin_dir, const struct ebb_installed *installed,
					 struct ebb_arena *arena, struct ebb_err *err);
/* NULL when there is none. */
const struct ebb_installed_plugin *ebb_installed_find(const struct ebb_installed *installed, const char *name);
/* Adds or replaces (texts are only pointed to); takes out. */
void ebb_installed_put(struct ebb_installed *installed, struct ebb_arena *arena, const struct ebb_installed_plugin *plugin);
bool ebb_installed_remove(struct ebb_installed *installed, const char *name);

#endif
