/* SPDX-License-Identifier: Apache-2.0
 * The unix sockets nginx talks to. FastCGI knows no authentication: who can open the socket is trusted, so there
 * is no TCP, the mode is 0660, and the folder may not be writable by strangers.
 *
 * Memory: none; the descriptors belong to the master. It must not know: FastCGI.
 */
#ifndef EBB_RUN_LISTEN_H
#define EBB_RUN_LISTEN_H

#include <stddef.h>

struct ebb_listen_how {
	const char *group; /* may connect; "": the process's own */
	const char *user;  /* the folder may be theirs, too; "": nobody's */
	int backlog;
};

/* The reason path cannot be a socket of ours, or NULL. */
const char *ebb_listen_refusal(const char *path, const char *user);

/* A listening descriptor, non-blocking, close-on-exec; -1 with a sentence in why. */
int ebb_listen_open(const char *path, const struct ebb_listen_how *how, char *why, size_t why_size);

#endif
