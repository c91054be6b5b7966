/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the parts of a plugin's process share: which callback is running, what it has handed over so far, and
 *          what the process serves.
 * Memory:  one host per process, static; what a call needs lies in call.arena, reset after it.
 * Must not know: the database, other departments, other plugins.
 */
#ifndef EBB_PLUGIN_HOST_H
#define EBB_PLUGIN_HOST_H

#include "plugin/loader.h"
#include "plugin/reply.h"
#include "plugin/spawn.h"
#include "plugin/wire.h"

#include <jansson.h>

enum host_callback { HOST_IDLE, HOST_LOAD, HOST_START, HOST_STOP, HOST_CHECK, HOST_CATEGORISE, HOST_AUTOMATE, HOST_REPORT };

/* Memory that alloc() gave out. */
struct host_block {
	struct host_block *older;
	size_t size;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct host_rows {
	const char *statement;
	struct ebb_plugin_rows rows;
	struct host_rows *older;
};

struct host_call {
	struct ebb_arena *arena;
	json_t *body;
	json_t *rows_json;   /* of this call or event; borrowed from body */
	struct host_rows *rows;
	json_t *config;      /* of CHECK; else NULL: the host's */
	int64_t now;
	struct host_block *blocks;
	char pointer[512], sentence[EBB_REPLY_TEXT_MAX + 1]; /* of fail(); "" none */
	struct ebb_str suggestions, actions;                 /* JSON, without brackets */
	unsigned suggestion_count, action_count;
	struct ebb_str results; /* AUTOMATE: of all events so far */
	unsigned char *document;
	size_t document_length, document_room;
};

struct host_line {
	struct ebb_wire wire; /* fd -1: free place */
};

struct host {
	struct ebb_host_opts opts;
	const struct ebb_plugin_about *about;
	struct ebb_plugin plugin;       /* copied: members that its header does not know are NULL */
	struct ebb_plugin_host services; /* what the plugin is handed */

	enum host_callback callback;
	unsigned serial;                /* of callbacks: a jump into an old one is found */
	size_t given;                   /* bytes by alloc(), of state and call together */

	int config_version;
	json_t *config;                 /* {key: text}; NULL: initials */
	bool is_started, is_start_failed, is_restart_due;
	char start_fault[EBB_REPLY_TEXT_MAX + 1];
	void *state;
	struct host_block *state_blocks; /* of start(), until stop() */

	struct host_call call;
	struct {
		const char *level;
		char text[EBB_REPLY_LOG_MAX + 4];
	} logs[EBB_REPLY_LOGS];
	unsigned log_count;

	struct host_line lines[EBB_HOST_LINES];
};

/* One process, one plugin. */
extern struct host ebb_host;

/* host.c: serves until there is nothing left to do. */
void ebb_host_serve(void);
/* host_work.c: one frame of a caller. False: the line is of no further use. */
EBB_MUST bool ebb_host_take_frame(struct host_line *line, const struct ebb_wire_frame *frame);
void ebb_host_stop(void);
/* host_run.c: around each callback: names it for last words, and gives it its time. */
void ebb_host_enter(enum host_callback callback);
void ebb_host_leave(unsigned serial);
const char *ebb_host_callback_name(enum host_callback callback);
/* host_facts.c: the borrowed structs of a call, from its body. */
void ebb_host_ticket(struct host_call *call, json_t *from, struct ebb_plugin_ticket *to);
void ebb_host_event(struct host_call *call, json_t *from, struct ebb_plugin_event *to);
void ebb_host_request(struct host_call *call, json_t *from, struct ebb_plugin_request *to);
const struct ebb_plugin_rows *ebb_host_find_rows(struct host_call *call, const char *statement);
int64_t ebb_host_int(json_t *from, const char *key);
/* A text, or NULL; other values as JSON. */
const char *ebb_host_text(struct host_call *call, json_t *from, const char *key);
/* host_services.c */
void ebb_host_services(struct ebb_plugin_host *services);
void ebb_host_free_blocks(struct host_block **blocks);
/* Valid UTF-8 without control characters, cut at `room`. */
void ebb_host_copy_text(char *to, size_t room, const char *from);
/* host_answer.c: the body of a REPLY from what the call left. */
void ebb_host_answer(struct ebb_str *to, int result, int64_t duration_us);
const char *ebb_host_result_word(int result);
void ebb_host_add_result(int64_t event_id, int result, int64_t duration_us);
/* host_crash.c */
void ebb_host_watch(void);

#endif
