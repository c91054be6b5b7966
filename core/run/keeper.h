/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the keeper's files share: the plugins that are installed, the hosts that run, and what became of those
 *          that died.  keeper.c is the process, keeper_files.c trusts files, keeper_hosts.c starts and watches hosts,
 *          keeper_bury.c says how they ended, keeper_scribe.c writes that to the database.
 * Memory:  one struct per keeper; texts of plugins in its arena, hosts and graves in arrays of their own.
 * Must not know: what is asked of a plugin; workers, courier, the master.
 */
#ifndef EBB_RUN_KEEPER_H
#define EBB_RUN_KEEPER_H

#include "plugin/door.h"
#include "run/process.h"

#include <stddef.h>

#define EBB_KEEPER_WORDS ((size_t)16 << 10) /* of a host's standard error */
#define EBB_KEEPER_GRAVES 512

struct ebb_keeper_plugin {
	const char *name;
	int fd; /* the verified copy; -1: it is refused */
	bool has_network, is_refusal_told;
	unsigned processes, memory_mib;
	const char *refusal;
	struct ebb_plugin_metrics *metrics; /* NULL: no place */
};

struct ebb_keeper_key {
	const struct ebb_keeper_plugin *plugin;
	int department_id;
	enum ebb_lane lane;
	unsigned index;
};

enum ebb_keeper_state { EBB_KEPT_FREE, EBB_KEPT_ALIVE, EBB_KEPT_LEAVING, EBB_KEPT_DOOMED };

struct ebb_keeper_host {
	enum ebb_keeper_state state;
	struct ebb_keeper_key key;
	struct ebb_host_child child;
	int64_t first_dial_us; /* lines dialled since then are this host's */
	int64_t last_dial_us;
	int64_t pinged_us;   /* 0: no answer is awaited */
	int64_t answered_us; /* when it last did */
	const char *doom;    /* DOOMED: kind of incident */
	char sentence[EBB_DOOR_SENTENCE_ROOM];
	char request_id[40];
	bool is_silent;        /* its standard error is closed */
	bool has_left_in_call; /* a caller saw it go in the middle of a call */
	char *words;
	size_t word_count;
};

/* How often a key's hosts died lately, so that one that dies at once does not burn a core. */
struct ebb_keeper_grave {
	struct ebb_keeper_key key; /* plugin NULL: free */
	int64_t died_us, not_before_us;
	int64_t first_dial_us;
	unsigned deaths;
	bool was_quiet; /* it left by itself: who was in a call with it will say so */
};

struct ebb_keeper {
	struct ebb_process *process;
	struct ebb_log_ctx log;
	struct ebb_arena *arena;
	struct ebb_keeper_plugin *plugins;
	size_t plugin_count;
	struct ebb_keeper_host *hosts;
	unsigned room, alive;
	struct ebb_keeper_grave graves[EBB_KEEPER_GRAVES];
	int scribe_fd;
	pid_t scribe_pid;
	char host_name[64];
	char unknown[EBB_PLUGIN_NAME_ROOM]; /* the last one that was dialled and is not installed: told once */
};

/* keeper_files.c: reads installed.json, opens and verifies each plugin; a refusal is logged and costs that plugin only. */
void ebb_keeper_files(struct ebb_keeper *keeper);
struct ebb_keeper_plugin *ebb_keeper_plugin(struct ebb_keeper *keeper, const char *name);

/* keeper_hosts.c */
void ebb_keeper_dial(struct ebb_keeper *keeper, const struct ebb_door_msg *msg, int fd);
void ebb_keeper_complaint(struct ebb_keeper *keeper, const struct ebb_door_msg *msg);
/* What came over a host's control socket or standard error. */
void ebb_keeper_hear(struct ebb_keeper_host *host);
/* Asks the silent whether they live, ends those that do not answer. */
void ebb_keeper_watch(struct ebb_keeper *keeper, int64_t now_us);
void ebb_keeper_dismiss_all(struct ebb_keeper *keeper);
void ebb_keeper_kill(struct ebb_keeper_host *host, const char *kind, const char *sentence);
bool ebb_keeper_is_key(const struct ebb_keeper_key *a, const struct ebb_keeper_key *b);
void ebb_keeper_read_words(struct ebb_keeper_host *host);

/* keeper_bury.c */
void ebb_keeper_reap(struct ebb_keeper *keeper);
/* The grave of a key, NULL when none of its hosts died lately. */
struct ebb_keeper_grave *ebb_keeper_grave(struct ebb_keeper *keeper, const struct ebb_keeper_key *key);
void ebb_keeper_incident(struct ebb_keeper *keeper, const struct ebb_keeper_key *key, const char *kind,
			 const char *sentence, const char *backtrace, const char *request_id);

/* keeper_scribe.c: a process of its own, so that a database that does not answer holds up nobody. */
void ebb_keeper_scribe(struct ebb_keeper *keeper);
/* Never waits; false: it has more to write than it may keep. */
bool ebb_keeper_write(const struct ebb_keeper *keeper, const char *json, size_t length);

#endif
