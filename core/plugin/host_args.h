/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a host is told on its command line, written by the spawner and read by the host: visible to an operator
 *          in ps, and no secret.
 * Memory:  the struct holds its texts; a host's options point into its argv.
 * Must not know: what the options are for.
 */
#ifndef EBB_PLUGIN_HOST_ARGS_H
#define EBB_PLUGIN_HOST_ARGS_H

#include "plugin/spawn.h"

/* A host's own lines on standard error begin so. */
#define EBB_HOST_SAYS "host: "

/* Where the descriptors of a host stand when it begins. */
#define EBB_HOST_CONTROL_FD 3
#define EBB_HOST_PLUGIN_FD  4

#define EBB_HOST_WORDS 9

struct ebb_host_args {
	char title[64];
	char text[EBB_HOST_WORDS][48];
	char *argv[EBB_HOST_WORDS + 2];
};

void ebb_host_args_write(struct ebb_host_args *args, const struct ebb_host_opts *opts);
/* False: this is no command line of ours. */
EBB_MUST bool ebb_host_args_read(int argc, char **argv, struct ebb_host_opts *opts_r);

#endif
