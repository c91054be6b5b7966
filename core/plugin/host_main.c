/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin's process from exec to its end, in the order that makes it safe: read the description, load the
 *          system's libraries, go to jail, and only then let foreign code in.
 * Memory:  one arena for the life of the process.
 * Must not know: what is served.
 */
#include "plugin/host.h"
#include "plugin/host_args.h"
#include "plugin/jail.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Noreturn void
cannot_start(const struct ebb_err *err)
{
	dprintf(STDERR_FILENO, EBB_HOST_SAYS "cannot start: %s\n", err->sentence);
	for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next)
		dprintf(STDERR_FILENO, "  %s %s\n", item->pointer, item->detail);
	_exit(EBB_HOST_EXIT_START);
}

static enum ebb_rc
load(struct ebb_arena *arena, struct ebb_err *err)
{
	struct ebb_jail_opts jail = { .memory_mib = ebb_host.opts.memory_mib,
				      .is_patient = ebb_host.opts.lane == EBB_LANE_ACT,
				      .plugin_fd = EBB_HOST_PLUGIN_FD };
	struct ebb_plugin_about *about;
	enum ebb_rc rc;

	EBB_TRY(ebb_about_read(EBB_HOST_PLUGIN_FD, arena, &about, err));
	ebb_host.about = about;
	if (strcmp(about->name, ebb_host.opts.name) != 0)
		return ebb_fail(err, EBB_E_INVALID, "It calls itself %s, not %s.", about->name, ebb_host.opts.name);
	EBB_TRY(ebb_loader_prepare(about, arena, err));
	jail.has_network = ebb_host.opts.has_network && (about->needs & EBB_PLUGIN_NEEDS_NETWORK);
	EBB_TRY(ebb_jail_enter(&jail, err));
	ebb_host_enter(HOST_LOAD);
	unsigned serial = ebb_host.serial;

	rc = ebb_loader_open(ebb_jail_plugin_path(), &ebb_host.plugin, err);
	ebb_host_leave(serial);
	ebb_jail_loaded();
	return rc;
}

int
ebb_host_main(int argc, char **argv)
{
	struct ebb_arena *arena = ebb_arena_new("host", EBB_ARENA_PLAIN);
	char name[16];
	struct ebb_err err;

	ebb_err_init(&err, arena);
	ebb_log_process("plugin");
	if (!ebb_host_args_read(argc, argv, &ebb_host.opts) || fcntl(EBB_HOST_CONTROL_FD, F_GETFD) < 0) {
		fputs("plugin-host is started by the desk, not by hand: see ebbctl plugin test\n", stderr);
		_exit(EBB_HOST_EXIT_START);
	}
	snprintf(name, sizeof name, "ebb:%s", ebb_host.opts.name);
	prctl(PR_SET_NAME, name);
	ebb_host.call.arena = ebb_arena_new("call", EBB_ARENA_PLAIN);
	ebb_host_services(&ebb_host.services);
	ebb_host_watch();
	if (load(arena, &err) != EBB_OK)
		cannot_start(&err);
	ebb_host_serve();
	/* Not exit(): what a plugin hung there is not run, and its libraries' ends neither. */
	_exit(EBB_HOST_EXIT_LEFT);
}
