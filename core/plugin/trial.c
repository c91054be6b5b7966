/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see verify.h: asks a host and waits for the answer, for those who have nothing else to do; and tries a plugin
 *          in a process of its own.
 * Memory:  the arena's; the process is gone when it returns.
 * Must not know: the database, the running desk.
 */
#include "plugin/verify.h"

#include "base/time.h"
#include "plugin/reply.h"
#include "plugin/wire.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX     16384
#define LEAVE_MS      4000 /* stop() has its own, shorter time */
#define SLOW_START_MS 10000 /* exec and libraries on a busy machine; start() itself has its own, shorter time */

static int
left_ms(int64_t deadline_us)
{
	int64_t us = deadline_us - ebb_mono_us();

	return us > 0 ? (int)(us / 1000) + 1 : 0;
}

/* Pumps until the answer is there: DONE, or AGAIN when the time is over. */
static enum ebb_wire_rc
wait_reply(struct ebb_wire *wire, int64_t deadline_us, struct ebb_wire_frame *frame_r)
{
	for (;;) {
		enum ebb_wire_rc rc = ebb_wire_flush(wire);
		struct pollfd one = { .fd = wire->fd };

		if (rc == EBB_WIRE_END)
			return rc;
		rc = ebb_wire_read(wire, frame_r);
		if (rc == EBB_WIRE_DONE && frame_r->type == EBB_WIRE_REPLY)
			return rc;
		if (rc == EBB_WIRE_DONE)
			continue;
		if (rc != EBB_WIRE_AGAIN)
			return rc;
		one.events = ebb_wire_events(wire);
		if (poll(&one, 1, left_ms(deadline_us)) == 0)
			return EBB_WIRE_AGAIN;
	}
}

enum ebb_rc
ebb_host_ask(int fd, int config_version, const char *config, const char *call, int limit_ms, struct ebb_arena *arena,
	     const char **reply_r, struct ebb_err *err)
{
	int64_t deadline_us = ebb_mono_us() + (int64_t)limit_ms * 1000;
	enum ebb_wire_rc rc = EBB_WIRE_DONE;
	struct ebb_wire_frame frame;
	struct ebb_wire wire;
	char *body;

	*reply_r = NULL;
	ebb_wire_init(&wire, fd, EBB_WIRE_CORE);
	if (config != NULL) {
		body = ebb_arena_printf(arena, "{\"department_id\":0,\"config_version\":%d,\"config\":%s}", config_version, config);
		rc = ebb_wire_send(&wire, EBB_WIRE_CONFIG, 0, body, strlen(body));
	}
	if (rc != EBB_WIRE_END)
		rc = ebb_wire_send(&wire, EBB_WIRE_CALL, 1, call, strlen(call));
	if (rc != EBB_WIRE_END)
		rc = wait_reply(&wire, deadline_us, &frame);
	if (rc == EBB_WIRE_DONE)
		*reply_r = ebb_arena_dup(arena, frame.body, frame.length);
	ebb_wire_drop(&wire);
	switch (rc) {
	case EBB_WIRE_DONE:
		return EBB_OK;
	case EBB_WIRE_AGAIN:
		return ebb_fail(err, EBB_E_TIMEOUT, "It did not answer within %d ms.", limit_ms);
	case EBB_WIRE_END:
		return ebb_fail(err, EBB_E_UNAVAILABLE, "Its process ended before it answered.");
	default:
		return ebb_fail(err, EBB_E_INVALID, "Its process sent what is no answer.");
	}
}

struct trial {
	struct ebb_host_child child;
	int fd;
	char words[WORDS_MAX];
	size_t words_length;
	enum ebb_host_end end;
	int status;
};

/* Reads the last words to their end, which is the process's, or to the limit. */
static void
await_end(struct trial *trial, int limit_ms)
{
	int64_t deadline_us = ebb_mono_us() + (int64_t)limit_ms * 1000;
	char more[4096];
	ssize_t n;

	for (;;) {
		struct pollfd one = { .fd = trial->child.stderr_fd, .events = POLLIN };

		n = read(one.fd, more, sizeof more);
		if (n == 0)
			break;
		if (n > 0) {
			size_t room = sizeof trial->words - 1 - trial->words_length, take = (size_t)n < room ? (size_t)n : room;

			memcpy(trial->words + trial->words_length, more, take);
			trial->words_length += take;
		} else if (errno != EINTR && (errno != EAGAIN || poll(&one, 1, left_ms(deadline_us)) == 0)) {
			kill(trial->child.pid, SIGKILL);
			break;
		}
	}
	trial->words[trial->words_length] = '\0';
	while (waitpid(trial->child.pid, &trial->status, 0) < 0 && errno == EINTR)
		;
	trial->end = ebb_host_end(trial->status, trial->words);
}

static void
finish(struct trial *trial)
{
	if (!ebb_control_send(trial->child.control_fd, EBB_CONTROL_LEAVE, -1))
		kill(trial->child.pid, SIGKILL);
	if (trial->fd >= 0)
		close(trial->fd);
	await_end(trial, LEAVE_MS);
	close(trial->child.control_fd);
	close(trial->child.stderr_fd);
}

static bool
lacks_values(const struct ebb_plugin_about *about)
{
	for (size_t i = 0; i < about->param_count; i++)
		if (about->params[i].initial == NULL)
			return true;
	return false;
}

/* One question of the trial; a "fail" is a remark where the operator could not have known better. */
static enum ebb_rc
ask(struct trial *trial, const struct ebb_plugin_about *about, const char *config, const char *call, bool is_new,
    struct ebb_arena *arena, const char **remark_r, struct ebb_err *err)
{
	const struct ebb_reply_want want = { .kind = EBB_CALL_CHECK };
	const char *body, *why;
	struct ebb_reply *reply;

	EBB_TRY(ebb_host_ask(trial->fd, 1, is_new ? (config != NULL ? config : "{}") : NULL, call, SLOW_START_MS, arena, &body, err));
	reply = ebb_reply_read(body, strlen(body), &want, arena, &why);
	if (reply == NULL)
		return ebb_fail(err, EBB_E_INVALID, "What it answered cannot be: %s.", why);
	if (strcmp(reply->result, "fail") != 0)
		return EBB_OK;
	if (config == NULL && lacks_values(about)) {
		*remark_r = reply->sentence;
		return EBB_OK;
	}
	return ebb_fail(err, EBB_E_INVALID, "It does not start with %s: %s", config != NULL ? "this configuration" : "its initial values",
			reply->sentence != NULL ? reply->sentence : "it does not say why.");
}

enum ebb_rc
ebb_plugin_trial(const struct ebb_plugin_file *file, const struct ebb_host_opts *opts, const char *config,
		 struct ebb_arena *arena, const char **remark_r, struct ebb_err *err)
{
	struct trial *trial = EBB_NEW(arena, struct trial);
	struct ebb_host_opts mine = *opts;
	struct ebb_err ask_err;
	enum ebb_rc rc;
	char *call;

	*remark_r = NULL;
	mine.name = file->about->name;
	mine.plugin_fd = file->fd;
	ebb_err_init(&ask_err, arena);
	EBB_TRY(ebb_host_spawn(&mine, &trial->child, err));
	trial->fd = ebb_host_dial(&trial->child);
	call = ebb_arena_printf(arena, "{\"kind\":\"check\",\"config\":%s}", config != NULL ? config : "{}");
	rc = ask(trial, file->about, config, call, true, arena, remark_r, &ask_err);
	if (rc == EBB_OK)
		rc = ask(trial, file->about, config, "{\"kind\":\"start\"}", false, arena, remark_r, &ask_err);
	finish(trial);
	/* How it ended says more than that it did not answer. */
	if (trial->end != EBB_HOST_LEFT && (trial->end != EBB_HOST_KILLED || rc == EBB_OK)) {
		rc = ebb_fail(err, EBB_E_INVALID, "It was tried, and %s", ebb_host_sentence(arena, file->about->name, trial->status, trial->words));
		err->hint = ebb_arena_strdup(arena, trial->words);
		return rc;
	}
	return rc == EBB_OK ? EBB_OK : ebb_fail(err, rc, "%s", ask_err.sentence);
}
