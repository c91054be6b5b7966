/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which plugins this host may run: installed.json and the files beside it, opened once and verified (chain of
 *          folders, owner, mode, hash, description).  What happens to the paths afterwards changes nothing until a reload.
 * Memory:  the keeper's arena; the descriptors of the verified copies hang on it.
 * Must not know: hosts, callers.
 */
#include "run/keeper.h"

#include "base/arena.h"
#include "base/err.h"
#include "conf/conf.h"
#include "plugin/installed.h"
#include "plugin/verify.h"

#include <pwd.h>
#include <string.h>

#ifndef EBB_PLUGINDIR
#define EBB_PLUGINDIR "/usr/lib/ebb/plugins"
#endif

static const char *
sentence_of(struct ebb_arena *arena, const struct ebb_err *err)
{
	const char *sentence = err->sentence != NULL ? err->sentence : ebb_code(err->rc)->title;

	for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next)
		sentence = ebb_arena_printf(arena, "%s %s: %s", sentence, item->pointer, item->detail);
	return err->hint != NULL ? ebb_arena_printf(arena, "%s %s", sentence, err->hint) : sentence;
}

static void
take_file(struct ebb_keeper *keeper, const struct ebb_installed_plugin *entry, const char *folder, uid_t owner)
{
	struct ebb_keeper_plugin *plugin = &keeper->plugins[keeper->plugin_count++];
	struct ebb_log_ctx ctx = keeper->log;
	struct ebb_plugin_file *file;
	struct ebb_err err;

	*plugin = (struct ebb_keeper_plugin){
		.name = entry->name,
		.fd = -1,
		.has_network = entry->has_network,
		.processes = entry->processes,
		.memory_mib = entry->memory_mib,
		.metrics = ebb_metrics_plugin_add(&keeper->process->board->metrics, entry->name),
	};
	if (plugin->metrics != NULL)
		atomic_store(&plugin->metrics->hosts[keeper->process->generation & 1], 0);
	ctx.plugin = entry->name;
	ebb_err_init(&err, keeper->arena);
	if (ebb_plugin_verify(ebb_arena_printf(keeper->arena, "%s/%s.so", folder, entry->name), owner, entry->sha256,
			      keeper->arena, &file, &err) == EBB_OK) {
		plugin->fd = file->fd;
		ebb_log(EBB_INFO, &ctx, "plugin %s %s is verified: %.12s", entry->name, file->about->version,
			file->sha256);
		return;
	}
	plugin->refusal = sentence_of(keeper->arena, &err);
	ebb_log(EBB_ERROR, &ctx, "plugin %s is refused: %s", entry->name, plugin->refusal);
}

void
ebb_keeper_files(struct ebb_keeper *keeper)
{
	const struct ebb_conf *conf = keeper->process->conf;
	const char *folder = conf->plugin_dir[0] != '\0' ? conf->plugin_dir : EBB_PLUGINDIR;
	const struct passwd *owner = getpwnam(conf->plugin_owner);
	struct ebb_installed *installed;
	struct ebb_err err;

	if (owner == NULL) {
		ebb_log(EBB_ERROR, &keeper->log, "no plugin is run: plugin_owner %s is no user of this host",
			conf->plugin_owner);
		return;
	}
	ebb_err_init(&err, keeper->arena);
	uid_t uid = owner->pw_uid;
	if (ebb_installed_read(folder, uid, keeper->arena, &installed, &err) != EBB_OK) {
		ebb_log(EBB_ERROR, &keeper->log, "no plugin is run: %s", sentence_of(keeper->arena, &err));
		return;
	}
	keeper->plugins = ebb_arena_zalloc(keeper->arena, (installed->count + 1) * sizeof *keeper->plugins);
	for (size_t i = 0; i < installed->count; i++)
		take_file(keeper, &installed->plugins[i], folder, uid);
}

struct ebb_keeper_plugin *
ebb_keeper_plugin(struct ebb_keeper *keeper, const char *name)
{
	for (size_t i = 0; i < keeper->plugin_count; i++)
		if (strcmp(keeper->plugins[i].name, name) == 0)
			return &keeper->plugins[i];
	return NULL;
}
