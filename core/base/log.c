/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: JSON lines, see log.h.
 * Memory:  one static line buffer (a process serves one thing at a time); a longer message is cut.
 * Must not know: secrets.
 */
#include "base/log.h"

#include "base/time.h"
#include "base/utf8.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_ROOM    8192
#define MESSAGE_ROOM 4096
#define PATH_ROOM    4096

static struct {
	int fd;
	char path[PATH_ROOM];
	enum ebb_level least;
	const char *process;
	const struct ebb_log_ctx *current;
} log_state = { .fd = STDERR_FILENO, .least = EBB_INFO };

struct line {
	char text[LINE_ROOM];
	size_t length;
};

static const char *const level_names[] = { "debug", "info", "notice", "warning", "error" };

int
ebb_log_open(const char *path)
{
	int fd = STDERR_FILENO;

	if (path != NULL && path[0] != '\0') {
		if (strlen(path) >= sizeof log_state.path)
			return ENAMETOOLONG;
		fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
		if (fd < 0)
			return errno;
	}
	if (log_state.fd != STDERR_FILENO && log_state.fd != fd)
		close(log_state.fd);
	log_state.fd = fd;
	if (path != log_state.path)
		snprintf(log_state.path, sizeof log_state.path, "%s", path == NULL ? "" : path);
	return 0;
}

int
ebb_log_reopen(void)
{
	return ebb_log_open(log_state.path);
}

void
ebb_log_threshold(enum ebb_level least)
{
	log_state.least = least;
}

void
ebb_log_process(const char *process)
{
	log_state.process = process;
}

void
ebb_log_current(const struct ebb_log_ctx *ctx)
{
	log_state.current = ctx;
}

/* Room for the closing brace and newline is always kept. */
static void
put(struct line *line, const char *text, size_t length)
{
	if (length <= sizeof line->text - 3 - line->length) {
		memcpy(line->text + line->length, text, length);
		line->length += length;
	}
}

static void
put_escaped(struct line *line, const char *text)
{
	char one[8];

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		/* Leaves room for the quote: a cut value is still a JSON string. */
		if (line->length + 16 > sizeof line->text)
			break;
		if (*at == '"' || *at == '\\') {
			one[0] = '\\';
			one[1] = (char)*at;
			put(line, one, 2);
		} else if (*at < 0x20 || *at == 0x7f) {
			put(line, one, (size_t)snprintf(one, sizeof one, "\\u%04x", *at));
		} else {
			put(line, (const char *)at, 1);
		}
	}
}

static void
put_text(struct line *line, const char *name, const char *text)
{
	char shown[MESSAGE_ROOM];
	size_t length;

	if (text == NULL || text[0] == '\0')
		return;
	length = strlen(text);
	if (length >= sizeof shown)
		length = ebb_utf8_cut(text, length, sizeof shown - 1);
	memcpy(shown, text, length);
	shown[length] = '\0';
	/* Foreign bytes would make the line unreadable for every JSON parser. */
	if (!ebb_utf8_is_valid(shown, length))
		for (size_t i = 0; i < length; i++)
			if ((unsigned char)shown[i] >= 0x80)
				shown[i] = '?';
	if (line->length + strlen(name) + 24 > sizeof line->text)
		return;
	put(line, ",\"", 2);
	put(line, name, strlen(name));
	put(line, "\":\"", 3);
	put_escaped(line, shown);
	put(line, "\"", 1);
}

static void
put_number(struct line *line, const char *name, int64_t value)
{
	char text[64];

	if (value >= 0)
		put(line, text, (size_t)snprintf(text, sizeof text, ",\"%s\":%" PRId64, name, value));
}

static void
put_ms(struct line *line, const char *name, int64_t us)
{
	char text[64];

	if (us >= 0)
		put(line, text, (size_t)snprintf(text, sizeof text, ",\"%s\":%" PRId64 ".%03d", name,
						 us / 1000, (int)(us % 1000)));
}

static void
put_ctx(struct line *line, const struct ebb_log_ctx *ctx)
{
	put_text(line, "request_id", ctx->request_id);
	put_text(line, "method", ctx->method);
	put_text(line, "route", ctx->route);
	put_number(line, "status", ctx->status);
	put_ms(line, "ms", ctx->us);
	put_ms(line, "db_ms", ctx->db_us);
	put_number(line, "bytes", ctx->bytes);
	put_text(line, "sqlstate", ctx->sqlstate);
	put_text(line, "error_id", ctx->error_id);
	put_text(line, "plugin", ctx->plugin);
}

static void
write_line(struct line *line)
{
	size_t done = 0;

	line->text[line->length++] = '}';
	line->text[line->length++] = '\n';
	while (done < line->length) {
		ssize_t n = write(log_state.fd, line->text + done, line->length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* a full disk must not stop the desk */
		done += (size_t)n;
	}
}

void
ebb_log(enum ebb_level level, const struct ebb_log_ctx *ctx, const char *format, ...)
{
	static struct line line;
	char message[MESSAGE_ROOM], head[96], ts[EBB_TIME_ROOM];
	va_list ap;
	int saved = errno;

	if (level < log_state.least)
		return;
	va_start(ap, format);
	vsnprintf(message, sizeof message, format, ap);
	va_end(ap);
	ebb_time_rfc3339(ts, ebb_wall_ms());
	line.length = 0;
	put(&line, head, (size_t)snprintf(head, sizeof head, "{\"ts\":\"%s\",\"level\":\"%s\"", ts,
					  level_names[level]));
	put_number(&line, "pid", getpid());
	put_text(&line, "process", ctx != NULL && ctx->process != NULL ? ctx->process : log_state.process);
	put_text(&line, "msg", message);
	if (ctx != NULL)
		put_ctx(&line, ctx);
	write_line(&line);
	errno = saved;
}

_Noreturn void
ebb_panic(const char *file, int line, const char *claim)
{
	static volatile sig_atomic_t is_panicking;
	void *frames[48];
	int count;

	if (!is_panicking) {
		is_panicking = 1;
		ebb_log(EBB_ERROR, log_state.current, "broken invariant at %s:%d: %s", file, line, claim);
		count = backtrace(frames, 48);
		backtrace_symbols_fd(frames, count, log_state.fd);
	}
	abort();
}
