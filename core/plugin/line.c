/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see line.h.
 * Memory:  one malloc'ed struct; buffers are the wire's.
 * Must not know: what is asked and answered.
 */
#include "plugin/line.h"

#include "base/obj.h"
#include "base/str.h"
#include "base/time.h"
#include "plugin/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAGIC EBB_MAGIC('l', 'i', 'n', 'e')
#define NO_VERSION (-1)
#define FRAMES_MOST 256  /* a pump ends, whoever sends without end: then the deadline is looked at */
#define BEGUN_MOST 10000 /* more events than any batch has */

struct ebb_line {
	uint32_t magic;
	int fd, door_fd;
	struct ebb_door_msg about; /* what the keeper is told of this line, but for the kind */
	enum ebb_line_state state;
	int config_version;
	uint32_t call_no;
	int64_t deadline_us, event_id;
	bool has_begun, is_greeted;
	unsigned begun_count;
	struct ebb_wire wire;
	const char *reply; /* in the wire, until its next read */
	size_t reply_length;
};

static bool
is_over(const struct ebb_line *line)
{
	return line->state != EBB_LINE_WAITING && line->state != EBB_LINE_BEGUN;
}

/* Configurations hold secrets, and replies other people's words: neither stays behind in freed memory. */
static void
hang_up(struct ebb_line *line)
{
	if (line->fd < 0)
		return;
	if (line->wire.out != NULL)
		explicit_bzero(line->wire.out, line->wire.out_room);
	if (line->wire.in != NULL)
		explicit_bzero(line->wire.in, line->wire.in_room);
	ebb_wire_drop(&line->wire);
	close(line->fd);
	line->fd = -1;
}

static enum ebb_line_state
end(struct ebb_line *line, enum ebb_line_state state)
{
	line->state = state;
	hang_up(line);
	return state;
}

static void
tell_keeper(struct ebb_line *line, enum ebb_door_kind kind, const char *sentence)
{
	line->about.kind = kind;
	snprintf(line->about.sentence, sizeof line->about.sentence, "%s", sentence);
	/* A keeper that is gone took its hosts with it. */
	(void)ebb_door_send(line->door_fd, &line->about, -1);
}

static enum ebb_line_state
nonsense(struct ebb_line *line, const char *sentence)
{
	tell_keeper(line, EBB_DOOR_NONSENSE, sentence);
	return end(line, EBB_LINE_NONSENSE);
}

struct ebb_line *
ebb_line_dial(int door_fd, const struct ebb_line_key *key)
{
	struct ebb_line *line;
	int ends[2];
	bool is_sent;

	if (door_fd < 0 || strlen(key->plugin) >= EBB_PLUGIN_NAME_ROOM ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
		return NULL;
	line = calloc(1, sizeof *line);
	EBB_ASSERT(line != NULL);
	line->magic = LINE_MAGIC;
	line->fd = ends[0];
	line->door_fd = door_fd;
	line->config_version = NO_VERSION;
	line->state = EBB_LINE_REPLIED; /* ready for a call */
	line->about = (struct ebb_door_msg){
		.kind = EBB_DOOR_DIAL,
		.department_id = key->department_id,
		.lane = key->lane,
		.index = key->index,
		.dialled_us = ebb_mono_us(),
	};
	snprintf(line->about.plugin, sizeof line->about.plugin, "%s", key->plugin);
	ebb_wire_init(&line->wire, ends[0], EBB_WIRE_CORE);
	is_sent = ebb_door_send(door_fd, &line->about, ends[1]);
	close(ends[1]);
	if (!is_sent)
		ebb_line_free(&line);
	return line;
}

void
ebb_line_free(struct ebb_line **line_pp)
{
	struct ebb_line *line;

	if (*line_pp == NULL)
		return;
	EBB_TAKE(line, line_pp, LINE_MAGIC);
	hang_up(line);
	free(line);
}

/* ---- out ---- */

/* A host that left since the last call shows as the end of the file. */
bool
ebb_line_is_ready(const struct ebb_line *line)
{
	char byte;
	ssize_t n;

	EBB_CHECK(line, LINE_MAGIC);
	if (line->fd < 0 || line->state != EBB_LINE_REPLIED)
		return false;
	n = recv(line->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

bool
ebb_line_config(struct ebb_line *line, int config_version, const char *config)
{
	struct ebb_arena *arena;
	struct ebb_str body;
	const char *text;
	bool is_sent;

	EBB_CHECK(line, LINE_MAGIC);
	if (line->config_version == config_version)
		return true;
	if (!ebb_line_is_ready(line))
		return false;
	arena = ebb_arena_new("configuration", EBB_ARENA_SECRET);
	ebb_str_init(&body, arena, strlen(config) + 128);
	ebb_str_limit(&body, EBB_WIRE_TO_HOST_MAX);
	ebb_str_printf(&body, "{\"department_id\":%d,\"config_version\":%d,\"config\":", line->about.department_id,
		       config_version);
	ebb_str_add(&body, config);
	ebb_str_char(&body, '}');
	text = ebb_str_done(&body);
	line->config_version = config_version;
	is_sent = text != NULL &&
		  ebb_wire_send(&line->wire, EBB_WIRE_CONFIG, 0, text, body.length) != EBB_WIRE_END;
	ebb_arena_free(&arena);
	return is_sent;
}

void
ebb_line_request(struct ebb_line *line, const char *request_id)
{
	EBB_CHECK(line, LINE_MAGIC);
	snprintf(line->about.request_id, sizeof line->about.request_id, "%s", request_id != NULL ? request_id : "");
}

bool
ebb_line_call(struct ebb_line *line, const char *body, size_t length, int64_t deadline_us)
{
	EBB_CHECK(line, LINE_MAGIC);
	if (!ebb_line_is_ready(line) || length > EBB_WIRE_TO_HOST_MAX)
		return false;
	line->call_no++;
	line->deadline_us = deadline_us;
	line->event_id = 0;
	line->has_begun = false;
	line->begun_count = 0;
	line->reply = NULL;
	line->state = EBB_LINE_WAITING;
	if (ebb_wire_send(&line->wire, EBB_WIRE_CALL, line->call_no, body, length) != EBB_WIRE_END)
		return true;
	end(line, EBB_LINE_GONE);
	return false;
}

void
ebb_line_extend(struct ebb_line *line, int64_t deadline_us)
{
	EBB_CHECK(line, LINE_MAGIC);
	line->deadline_us = deadline_us;
}

int
ebb_line_fd(const struct ebb_line *line)
{
	EBB_CHECK(line, LINE_MAGIC);
	return line->fd;
}

short
ebb_line_events(const struct ebb_line *line)
{
	EBB_CHECK(line, LINE_MAGIC);
	return line->fd < 0 ? 0 : ebb_wire_events(&line->wire);
}

/* ---- in ---- */

static void
note_begun(struct ebb_line *line, const struct ebb_wire_frame *frame)
{
	const char *at = strstr(frame->body, "\"event_id\"");

	line->has_begun = true;
	line->begun_count++;
	line->state = EBB_LINE_BEGUN;
	at = at != NULL ? strchr(at, ':') : NULL;
	if (at != NULL)
		line->event_id = strtoll(at + 1, NULL, 10);
}

/* What is wrong with a frame, or NULL. */
static const char *
fault_of(const struct ebb_line *line, const struct ebb_wire_frame *frame)
{
	if (frame->type == EBB_WIRE_HELLO)
		return line->is_greeted ? "it greeted twice" : NULL;
	if (!line->is_greeted)
		return "it did not greet";
	if (frame->call_no != line->call_no)
		return "it answered what nobody asked";
	if (frame->type == EBB_WIRE_BEGUN && line->begun_count >= BEGUN_MOST)
		return "it began more often than it was called";
	return NULL;
}

static void
take_frame(struct ebb_line *line, const struct ebb_wire_frame *frame)
{
	const char *fault = fault_of(line, frame);

	if (fault != NULL) {
		nonsense(line, fault);
		return;
	}
	switch (frame->type) {
	case EBB_WIRE_HELLO:
		line->is_greeted = true;
		break;
	case EBB_WIRE_BEGUN:
		note_begun(line, frame);
		break;
	default:
		line->reply = frame->body;
		line->reply_length = frame->length;
		line->state = EBB_LINE_REPLIED;
	}
}

static void
read_all(struct ebb_line *line)
{
	struct ebb_wire_frame frame;

	for (int frames = 0; frames < FRAMES_MOST && !is_over(line); frames++) {
		switch (ebb_wire_read(&line->wire, &frame)) {
		case EBB_WIRE_DONE:
			take_frame(line, &frame);
			break;
		case EBB_WIRE_AGAIN:
			return;
		case EBB_WIRE_END:
			if (line->has_begun)
				tell_keeper(line, EBB_DOOR_GONE, "");
			end(line, EBB_LINE_GONE);
			return;
		case EBB_WIRE_BAD:
			nonsense(line, "it sent what is no frame, or announced more than an answer may have");
			return;
		}
	}
}

enum ebb_line_state
ebb_line_pump(struct ebb_line *line, int64_t now_us)
{
	EBB_CHECK(line, LINE_MAGIC);
	if (is_over(line))
		return line->state;
	/* Who closed may have answered before: reading decides. */
	if (ebb_wire_flush(&line->wire) == EBB_WIRE_BAD)
		return nonsense(line, "it sent what is no frame");
	read_all(line);
	if (is_over(line) || now_us < line->deadline_us)
		return line->state;
	if (line->has_begun) {
		tell_keeper(line, EBB_DOOR_OVERDUE, "");
		return end(line, EBB_LINE_LATE);
	}
	tell_keeper(line, EBB_DOOR_BUSY, "");
	return end(line, EBB_LINE_BUSY);
}

const char *
ebb_line_reply(const struct ebb_line *line, size_t *length_r)
{
	EBB_CHECK(line, LINE_MAGIC);
	EBB_ASSERT(line->state == EBB_LINE_REPLIED && line->reply != NULL);
	*length_r = line->reply_length;
	return line->reply;
}

bool
ebb_line_has_begun(const struct ebb_line *line)
{
	EBB_CHECK(line, LINE_MAGIC);
	return line->has_begun;
}

int64_t
ebb_line_event(const struct ebb_line *line)
{
	EBB_CHECK(line, LINE_MAGIC);
	return line->event_id;
}

void
ebb_line_blame(struct ebb_line *line, const char *sentence)
{
	EBB_CHECK(line, LINE_MAGIC);
	nonsense(line, sentence);
}
