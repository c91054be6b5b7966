/* SPDX-License-Identifier: Apache-2.0
 * The pid file: a lock first, a number second. A record lock dies with its master and is not inherited by fork,
 * so a stale file never hinders a start. Memory: none. It must not know: what the process does.
 */
#ifndef EBB_RUN_PIDFILE_H
#define EBB_RUN_PIDFILE_H

#include <stddef.h>

/* Descriptor that must stay open, or -1 with a sentence in why. */
int ebb_pidfile_take(const char *path, char *why, size_t why_size);
void ebb_pidfile_drop(int fd, const char *path);

#endif
