/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a plugin's file in plugin_dir and its line in installed.json, changed together or not at all.
 * Memory: ctl->arena.
 * Must not know: the database, what a plugin does.
 */
#ifndef EBB_CTL_PLUGIN_PLACE_H
#define EBB_CTL_PLUGIN_PLACE_H

#include "ctl/plugin.h"

struct ebb_place {
    int folder_fd;
    const char *path, *staged, *kept; /* the file; the new one beside it; a second name of the old one, NULL: there was none */
    struct ebb_plugin_file *before;   /* the old one; NULL: none, or none that can be read */
};

/* Writes the verified copy beside its place: 0644, synced. Whatever can fail for want of room or right fails here. */
int ebb_place_begin(struct ebb_ctl *ctl, struct ebb_place *place, struct ebb_site *site, const struct ebb_plugin_file *file);
/* Puts it in place and notes it; what fails is taken back. */
int ebb_place_commit(struct ebb_ctl *ctl, struct ebb_place *place, struct ebb_site *site, const struct ebb_installed_plugin *entry);
/* Leaves no second names behind. */
void ebb_place_end(struct ebb_place *place);
/* Takes line and file away. */
int ebb_place_remove(struct ebb_ctl *ctl, struct ebb_site *site, const char *name);
/* {"plugin_name": name} as a file that sql/apply can read. */
const char *ebb_place_name_file(struct ebb_ctl *ctl, const char *name);

#endif
