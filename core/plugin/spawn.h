/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: starts a plugin's process (a host) and says how it ended. The host is this program itself, executed anew
 *          with an empty environment and three descriptors, so nothing of its parent is in its memory.
 * Memory:  options are read only during the call; descriptors of the child belong to the caller.
 * Must not know: who calls the plugin, the database, quarantine.
 *
 * The life of a host.  It reads the description, loads needed libraries, goes to jail, loads the plugin, then serves the
 * connections that come by TAKE, one call at a time.  Per connection: HELLO; CONFIG when its config_version is newer than
 * what runs stops and starts the plugin (start() has 2 s, then the host dies of SIGALRM); CALL is answered by BEGUN, then
 * REPLY.  A CALL before any CONFIG runs with the parameters' initials.  When start() fails, every CALL is answered by a
 * REPLY with result "fail" and start()'s sentence, without BEGUN, until a newer CONFIG comes.
 * A host leaves by itself (exit EBB_HOST_EXIT_LEFT, between two calls) when idle, when it has used its share of CPU seconds
 * or most of its memory, or when the keeper is gone: a caller that sees END before BEGUN may dial again; no plugin code
 * saw its call.
 */
#ifndef EBB_PLUGIN_SPAWN_H
#define EBB_PLUGIN_SPAWN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum ebb_lane { EBB_LANE_ASK, EBB_LANE_ACT };

#define EBB_HOST_START_LIMIT_MS 2000
#define EBB_HOST_MEMORY_MIB     256
#define EBB_HOST_IDLE_MS        300000
#define EBB_HOST_CPU_S          300  /* CPU seconds after which a fresh process takes over */
#define EBB_HOST_LINES          256  /* connections a host serves; one more is closed at once */
/* Not 0: a plugin that calls exit(0) has not left in order. */
#define EBB_HOST_EXIT_LEFT      40
#define EBB_HOST_EXIT_START     69   /* EX_UNAVAILABLE: could not load or jail the plugin; stderr says why */

struct ebb_host_opts {
	const char *executable; /* NULL: /proc/self/exe; tests name build/core/ebbd */
	const char *name;       /* of the plugin */
	int plugin_fd;          /* ebb_plugin_file.fd: the sealed copy that was verified */
	int department_id;      /* 0: none (trial, ebbctl) */
	enum ebb_lane lane;
	unsigned index;         /* in the pool */
	unsigned memory_mib;    /* 0: EBB_HOST_MEMORY_MIB; on top of what the program itself needs */
	int idle_ms;            /* 0: EBB_HOST_IDLE_MS */
	bool has_network;       /* granted by the operator; counts only where the description asks for it */
};

struct ebb_host_child {
	pid_t pid;
	int control_fd; /* SOCK_SEQPACKET, non-blocking: ebb_control_send/receive; closing it ends the host */
	int stderr_fd;  /* non-blocking pipe: why it could not start, or the backtrace. Drain it; keep the first 16 KiB. */
};

/* Forks and executes; returns before the host is ready: TAKE may be sent at once. The caller reaps the pid. */
EBB_MUST enum ebb_rc ebb_host_spawn(const struct ebb_host_opts *opts, struct ebb_host_child *child_r,
				    struct ebb_err *err);
/* Makes a stream pair and gives one end to the host by TAKE; returns the other (close-on-exec) or -1 with errno. */
EBB_MUST int ebb_host_dial(const struct ebb_host_child *child);

enum ebb_host_end {
	EBB_HOST_LEFT,    /* idle, told to, worn out: no incident */
	EBB_HOST_KILLED,  /* SIGKILL or SIGTERM from outside: whoever sent it knows why */
	EBB_HOST_START,   /* never came to serve: not loadable, no jail, crashed or hung in start(): incident "start" */
	EBB_HOST_CRASH,   /* a signal or exit() in a callback: incident "crash" */
	EBB_HOST_HANG,    /* out of time or out of CPU seconds by its own clock: incident "hang" */
	EBB_HOST_MEMORY   /* a signal with the memory used up: incident "memory" */
};

/* Judges by the status of waitpid() and the text of stderr_fd. */
enum ebb_host_end ebb_host_end(int wait_status, const char *last_words);
/* "crash", "hang", "memory", "start" as ctl.plugin_incident wants it; NULL for LEFT and KILLED. */
const char *ebb_host_incident(enum ebb_host_end end);
/* One line of the last words, without line end: "died of SIGSEGV in categorise()"; never NULL. */
const char *ebb_host_sentence(struct ebb_arena *arena, const char *name, int wait_status, const char *last_words);

/* Both mains call this first when argv[1] is "plugin-host"; returns the exit code. */
int ebb_host_main(int argc, char **argv);

#endif
