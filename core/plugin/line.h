/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a caller's connection to a plugin's host: dialled through the door of its generation, kept for many calls, one
 *          call at a time.  Nothing here waits: the caller polls, several lines at once where it likes, and pumps.
 * Memory:  a line is malloc'ed and owns its descriptor and buffers; a reply is borrowed until the next call or free.
 * Must not know: what is asked and answered (bodies are bytes), hosts, the database.
 */
#ifndef EBB_PLUGIN_LINE_H
#define EBB_PLUGIN_LINE_H

#include "plugin/door.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ebb_line;

struct ebb_line_key {
	const char *plugin;
	int department_id;
	enum ebb_lane lane;
	unsigned index; /* below the plugin's `processes`; lane act has one, 0 */
};

enum ebb_line_state {
	EBB_LINE_WAITING,  /* the call is sent, or on its way; the plugin has not begun */
	EBB_LINE_BEGUN,    /* the plugin is at it */
	EBB_LINE_REPLIED,  /* ebb_line_reply() has the body, and the line takes another call */
	EBB_LINE_LATE,     /* it had begun when the time was over; the keeper knows and ends that host */
	EBB_LINE_BUSY,     /* the time was over before it began: no fault of this call */
	EBB_LINE_GONE,     /* the host died, left, or never came */
	EBB_LINE_NONSENSE, /* it sent what is no frame of ours; the keeper knows */
};

/* NULL: there is no keeper to dial, or it is overrun.  The line can be written to at once. */
struct ebb_line *ebb_line_dial(int door_fd, const struct ebb_line_key *key);
void ebb_line_free(struct ebb_line **line);

/* The last call was answered, or there was none, and the host has not left since. */
bool ebb_line_is_ready(const struct ebb_line *line);
/* The configuration, {key: text} with secrets opened; sent only when this line has not carried that version yet.  Copied, and
 * wiped once sent. */
bool ebb_line_config(struct ebb_line *line, int config_version, const char *config);
/* Whose doing the call is, for the keeper's log; borrowed nowhere. */
void ebb_line_request(struct ebb_line *line, const char *request_id);
/* Sends a call; deadline_us is monotonic.  The one before must be over.  False: the line is of no use any more (dial anew),
 * or the body is longer than a frame may be. */
bool ebb_line_call(struct ebb_line *line, const char *body, size_t length, int64_t deadline_us);
/* More time for the call under way: automate() has its time event by event. */
void ebb_line_extend(struct ebb_line *line, int64_t deadline_us);

/* For poll(). */
int ebb_line_fd(const struct ebb_line *line);
short ebb_line_events(const struct ebb_line *line);
/* Sends and reads what can be without waiting and says how it stands.  All after REPLIED but that are final: free the line. */
enum ebb_line_state ebb_line_pump(struct ebb_line *line, int64_t now_us);

/* The body of the reply, NUL-terminated; only when REPLIED. */
const char *ebb_line_reply(const struct ebb_line *line, size_t *length_r);
/* Whether the plugin ever began with this call: what it did not begin may be asked again. */
bool ebb_line_has_begun(const struct ebb_line *line);
/* The event that automate() was last begun with, 0 before the first. */
int64_t ebb_line_event(const struct ebb_line *line);
/* The reader of replies found nonsense in a sound frame: tells the keeper; the line is of no use any more. */
void ebb_line_blame(struct ebb_line *line, const char *sentence);

#endif
