/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a plugin's process may still do once it runs foreign code: limits, and a list of system calls; all others
 *          fail with EPERM or EACCES.  Opening a file is not among them: the loader's own open of the plugin is answered
 *          with a copy of the descriptor that was verified, and, with network granted, a few files that name resolution
 *          reads with descriptors that were opened before.
 * Memory:  static, per process.
 * Must not know: frames, what a callback is.
 */
#ifndef EBB_PLUGIN_JAIL_H
#define EBB_PLUGIN_JAIL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ebb_jail_opts {
	unsigned memory_mib; /* on top of what is used now */
	bool has_network;
	bool is_patient; /* lane act: yields to those that people wait for */
	int plugin_fd;
};

/* Once, before any code of the plugin. EBB_E_UNAVAILABLE with a sentence where the system cannot. */
EBB_MUST enum ebb_rc ebb_jail_enter(const struct ebb_jail_opts *opts, struct ebb_err *err);
/* The path that the loader is to be given. */
const char *ebb_jail_plugin_path(void);
/* After loading: no file at all from now on. */
void ebb_jail_loaded(void);

/* How much of the allowance is in use, in MiB, and how large it is; reads a descriptor, allocates nothing. */
void ebb_jail_memory(unsigned *used_mib_r, unsigned *most_mib_r);

/* For jail.c: the answers to trapped calls (jail_trap.c). */
void ebb_jail_trap_begin(int plugin_fd, bool has_network);
EBB_MUST bool ebb_jail_trap_install(void);
void ebb_jail_trap_loaded(void);

#endif
