/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: FastCGI in and out, see fcgi.h.  libfcgi reads the request; the answer is framed here, because
 *          libfcgi would send it in pieces of 8 KiB, one write(2) each, and close the connection with four
 *          more system calls.
 * Memory:  the front owns libfcgi's request; all that a request keeps is copied to rq->arena.
 * Must not know: routes, JSON, the database.
 */
#include "http/fcgi.h"

#include "base/obj.h"
#include "base/str.h"
#include "base/time.h"
#include "http/rq.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fastcgi.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define FCGI_MAGIC EBB_MAGIC('f', 'c', 'g', 'i')
/* A record holds at most 65535 bytes; a multiple of 8 needs no padding. */
#define RECORD_MOST 65528u
#define READ_STEP   ((size_t)32 << 10)

struct ebb_fcgi {
	uint32_t magic;
	bool is_open; /* a request is being served */
	FCGX_Request fcgi;
};

void
ebb_fcgi_setup(void)
{
	/* libfcgi would linger up to two seconds on each close, and wait as long for a peer that says nothing. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "100", 1);
	EBB_ASSERT(FCGX_Init() == 0);
}

struct ebb_fcgi *
ebb_fcgi_new(int listen_fd)
{
	struct ebb_fcgi *front = calloc(1, sizeof *front);

	EBB_ASSERT(front != NULL);
	front->magic = FCGI_MAGIC;
	EBB_ASSERT(FCGX_InitRequest(&front->fcgi, listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
	return front;
}

/* Ends the request our way: whatever had to be sent is sent, and libfcgi shall add nothing to it. */
static void
close_request(struct ebb_fcgi *front)
{
	int fd = front->fcgi.ipcFd;

	front->fcgi.ipcFd = -1;
	FCGX_Free(&front->fcgi, 0);
	if (fd >= 0)
		close(fd);
	front->is_open = false;
}

void
ebb_fcgi_free(struct ebb_fcgi **front_pp)
{
	struct ebb_fcgi *front;

	if (*front_pp == NULL)
		return;
	EBB_TAKE(front, front_pp, FCGI_MAGIC);
	close_request(front);
	free(front);
}

/* ---- in ---- */

enum var {
	V_REQUEST_METHOD, V_DOCUMENT_URI, V_REQUEST_URI, V_QUERY_STRING, V_CONTENT_TYPE, V_CONTENT_LENGTH,
	V_REMOTE_ADDR, V_EBB_REQID, V_EBB_T0, V_EBB_USER, V_HTTP_X_REQUEST_ID, V_HTTP_ACCEPT, V_HTTP_AUTHORIZATION,
	V_HTTP_COOKIE, V_HTTP_IF_MATCH, V_HTTP_IF_NONE_MATCH, V_HTTP_IDEMPOTENCY_KEY, V_HTTP_ORIGIN,
	V_HTTP_SEC_FETCH_SITE, V_HTTP_X_EBB_CSRF, V_HTTP_HOST, V_HTTP_USER_AGENT, V_COUNT
};

#define VAR(name) [V_##name] = { #name, sizeof #name - 1 }
static const struct {
	const char *name;
	size_t length;
} vars[V_COUNT] = {
	VAR(REQUEST_METHOD), VAR(DOCUMENT_URI), VAR(REQUEST_URI), VAR(QUERY_STRING), VAR(CONTENT_TYPE),
	VAR(CONTENT_LENGTH), VAR(REMOTE_ADDR), VAR(EBB_REQID), VAR(EBB_T0), VAR(EBB_USER), VAR(HTTP_X_REQUEST_ID), VAR(HTTP_ACCEPT),
	VAR(HTTP_AUTHORIZATION), VAR(HTTP_COOKIE), VAR(HTTP_IF_MATCH), VAR(HTTP_IF_NONE_MATCH),
	VAR(HTTP_IDEMPOTENCY_KEY), VAR(HTTP_ORIGIN), VAR(HTTP_SEC_FETCH_SITE), VAR(HTTP_X_EBB_CSRF), VAR(HTTP_HOST), VAR(HTTP_USER_AGENT),
};

/* The first of a name counts; what nginx sets comes before what a client sends.  An empty variable of nginx's is
 * an absent one; an empty header was sent so. */
static void
read_vars(char **envp, struct ebb_arena *arena, const char *got[V_COUNT])
{
	for (; *envp != NULL; envp++) {
		const char *equals = strchr(*envp, '=');
		size_t length = equals == NULL ? 0 : (size_t)(equals - *envp);

		if (length == 0 || (equals[1] == '\0' && strncmp(*envp, "HTTP_", 5) != 0))
			continue;
		for (unsigned i = 0; i < V_COUNT; i++) {
			if (vars[i].length != length || memcmp(vars[i].name, *envp, length) != 0)
				continue;
			if (got[i] == NULL)
				got[i] = ebb_arena_strdup(arena, equals + 1);
			break;
		}
	}
}

static const char *
request_id(struct ebb_rq *rq, const char *given)
{
	static unsigned serial;
	size_t length = given == NULL ? 0 : strlen(given);

	if (length >= 1 && length <= 64 &&
	    strspn(given, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") == length)
		return given;
	return ebb_arena_printf(rq->arena, "%012llx%05x%04x", (unsigned long long)ebb_wall_ms(), (unsigned)getpid(),
				++serial & 0xffff);
}

/* Milliseconds between nginx's stamp (seconds.millis) and now. */
static int64_t
queued_ms(const char *t0)
{
	char *end;
	double seconds;
	int64_t ms;

	if (t0 == NULL)
		return -1;
	seconds = strtod(t0, &end);
	if (end == t0 || !(seconds > 0 && seconds < 1e11))
		return -1;
	ms = ebb_wall_ms() - (int64_t)(seconds * 1000);
	return ms < 0 ? 0 : ms;
}

static void
fill_head(struct ebb_rq *rq, const char *const got[V_COUNT])
{
	const char *uri = got[V_DOCUMENT_URI] != NULL ? got[V_DOCUMENT_URI] : got[V_REQUEST_URI];

	rq->method_text = got[V_REQUEST_METHOD] == NULL ? "" : got[V_REQUEST_METHOD];
	rq->method = ebb_method_of(rq->method_text);
	rq->is_head = strcmp(rq->method_text, "HEAD") == 0;
	rq->path = uri == NULL ? "" : ebb_arena_dup(rq->arena, uri, strcspn(uri, "?"));
	rq->query = got[V_QUERY_STRING] == NULL ? "" : got[V_QUERY_STRING];
	rq->head = (struct ebb_rq_head){
		.content_type = got[V_CONTENT_TYPE],
		.accept = got[V_HTTP_ACCEPT],
		.authorization = got[V_HTTP_AUTHORIZATION],
		.cookie = got[V_HTTP_COOKIE],
		.if_match = got[V_HTTP_IF_MATCH],
		.if_none_match = got[V_HTTP_IF_NONE_MATCH],
		.idempotency_key = got[V_HTTP_IDEMPOTENCY_KEY],
		.origin = got[V_HTTP_ORIGIN],
		.sec_fetch_site = got[V_HTTP_SEC_FETCH_SITE],
		.csrf = got[V_HTTP_X_EBB_CSRF],
		.host = got[V_HTTP_HOST],
		.user_agent = got[V_HTTP_USER_AGENT],
		.remote_addr = got[V_REMOTE_ADDR],
		.proxy_user = got[V_EBB_USER],
	};
	rq->request_id = request_id(rq, got[V_EBB_REQID] != NULL ? got[V_EBB_REQID] : got[V_HTTP_X_REQUEST_ID]);
	rq->queued_ms = queued_ms(got[V_EBB_T0]);
	rq->log.request_id = rq->request_id;
	rq->log.method = rq->method == EBB_METHOD_OTHER ? "other" : ebb_method_name(rq->method);
}

/* Always to its end, also when nobody wants it: an unread rest would reset the connection under the answer. */
static void
read_body(struct ebb_fcgi *front, struct ebb_rq *rq, const char *declared)
{
	unsigned long long length = declared == NULL ? 0 : strtoull(declared, NULL, 10);
	size_t limit = rq->opts->body_limit_bytes, room = length > limit ? 0 : (size_t)length, used = 0;
	char *body = ebb_arena_alloc(rq->arena, room + 1);
	char rest[4096];
	int n;

	while (used < room && (n = FCGX_GetStr(body + used, (int)(room - used), front->fcgi.in)) > 0)
		used += (size_t)n;
	/* Without (or beyond) a declared length the body grows in steps. */
	while (!rq->is_body_too_large && (n = FCGX_GetStr(rest, sizeof rest, front->fcgi.in)) > 0) {
		if (used + (size_t)n > limit) {
			rq->is_body_too_large = true;
			break;
		}
		if (used + (size_t)n > room) {
			body = ebb_arena_grow(rq->arena, body, room + 1, room + READ_STEP + 1);
			room += READ_STEP;
		}
		memcpy(body + used, rest, (size_t)n);
		used += (size_t)n;
	}
	while (FCGX_GetStr(rest, sizeof rest, front->fcgi.in) > 0)
		;
	body[used] = '\0';
	rq->is_body_cut = !rq->is_body_too_large && used < length;
	rq->body = body;
	rq->body_bytes = used;
}

enum ebb_fcgi_got
ebb_fcgi_accept(struct ebb_fcgi *front, struct ebb_rq *rq)
{
	const char *got[V_COUNT] = { NULL };

	EBB_CHECK(front, FCGI_MAGIC);
	EBB_ASSERT(!front->is_open);
	if (FCGX_Accept_r(&front->fcgi) < 0)
		return EBB_FCGI_NOTHING;
	front->is_open = true;
	ebb_rq_begin(rq);
	read_vars(front->fcgi.envp, rq->arena, got);
	fill_head(rq, got);
	read_body(front, rq, got[V_CONTENT_LENGTH]);
	return EBB_FCGI_RQ;
}

bool
ebb_fcgi_is_gone(const struct ebb_fcgi *front)
{
	struct pollfd pfd = { .fd = front->fcgi.ipcFd, .events = POLLRDHUP };

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* ---- out ---- */

static bool
write_all(int fd, struct iovec *iov, size_t count)
{
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = count };
	ssize_t n;

	while (message.msg_iovlen > 0) {
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		while (message.msg_iovlen > 0 && (size_t)n >= message.msg_iov->iov_len) {
			n -= (ssize_t)message.msg_iov->iov_len;
			message.msg_iov++;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen > 0) {
			message.msg_iov->iov_base = (char *)message.msg_iov->iov_base + n;
			message.msg_iov->iov_len -= (size_t)n;
		}
	}
	return true;
}

static void
set_header(FCGI_Header *header, int type, int request_id_number, size_t length)
{
	*header = (FCGI_Header){
		.version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(request_id_number >> 8),
		.requestIdB0 = (unsigned char)request_id_number,
		.contentLengthB1 = (unsigned char)(length >> 8),
		.contentLengthB0 = (unsigned char)length,
	};
}

/* Head and body as STDOUT records, end of STDOUT, end of request: one write for all that fits the socket. */
static bool
send_records(struct ebb_fcgi *front, struct ebb_arena *arena, const char *head, size_t head_bytes, const char *body,
	     size_t body_bytes)
{
	size_t records = (head_bytes + body_bytes) / RECORD_MOST + 3, used = 0, at = 0;
	FCGI_Header *headers = ebb_arena_alloc(arena, records * sizeof *headers);
	struct iovec *iov = ebb_arena_alloc(arena, (records * 3 + 1) * sizeof *iov);
	FCGI_EndRequestBody end = { .protocolStatus = FCGI_REQUEST_COMPLETE };
	int id = front->fcgi.requestId;

	/* iovec has no const; nobody writes there. */
	union {
		const char *text;
		char *bytes;
	} from;

	EBB_ASSERT(head_bytes < RECORD_MOST);
	while (head_bytes > 0 || at < body_bytes) {
		size_t part = body_bytes - at < RECORD_MOST - head_bytes ? body_bytes - at : RECORD_MOST - head_bytes;

		set_header(headers, FCGI_STDOUT, id, head_bytes + part);
		iov[used++] = (struct iovec){ headers++, sizeof *headers };
		if (head_bytes > 0) {
			from.text = head;
			iov[used++] = (struct iovec){ from.bytes, head_bytes };
		}
		if (part > 0) {
			from.text = body + at;
			iov[used++] = (struct iovec){ from.bytes, part };
		}
		head_bytes = 0;
		at += part;
	}
	set_header(headers, FCGI_STDOUT, id, 0);
	set_header(headers + 1, FCGI_END_REQUEST, id, sizeof end);
	iov[used++] = (struct iovec){ headers, 2 * sizeof *headers };
	iov[used++] = (struct iovec){ &end, sizeof end };
	return write_all(front->fcgi.ipcFd, iov, used);
}

/* RFC 9112 wants a blank after the number even without words; nginx sends what we say, so say the words. */
static const char *
reason_phrase(int status)
{
	switch (status) {
	case 200: return "OK";
	case 201: return "Created";
	case 204: return "No Content";
	case 302: return "Found";
	case 303: return "See Other";
	case 304: return "Not Modified";
	case 400: return "Bad Request";
	case 401: return "Unauthorized";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 409: return "Conflict";
	case 412: return "Precondition Failed";
	case 413: return "Content Too Large";
	case 415: return "Unsupported Media Type";
	case 422: return "Unprocessable Content";
	case 428: return "Precondition Required";
	case 429: return "Too Many Requests";
	case 503: return "Service Unavailable";
	default: return status < 400 ? "Done" : "Internal Server Error";
	}
}

bool
ebb_fcgi_send(struct ebb_fcgi *front, struct ebb_rq *rq)
{
	struct ebb_reply *reply = &rq->reply;
	bool has_body = reply->status != 204 && reply->status != 304;
	struct ebb_str head;
	bool is_sent;

	EBB_CHECK(front, FCGI_MAGIC);
	EBB_ASSERT(front->is_open && reply->status >= 200);
	ebb_str_init(&head, rq->arena, 512);
	ebb_str_addn(&head, "Status: ", 8);
	ebb_str_int(&head, reply->status);
	ebb_str_char(&head, ' ');
	ebb_str_add(&head, reason_phrase(reply->status));
	if (has_body) {
		ebb_str_add(&head, "\r\nContent-Type: ");
		ebb_str_add(&head, reply->content_type);
		ebb_str_add(&head, "\r\nContent-Length: ");
		ebb_str_int(&head, (int64_t)reply->body_bytes);
	}
	ebb_str_add(&head, "\r\nX-Request-Id: ");
	ebb_str_add(&head, rq->request_id);
	ebb_str_addn(&head, "\r\n", 2);
	ebb_str_add(&head, ebb_str_done(&reply->headers));
	ebb_str_addn(&head, "\r\n", 2);
	is_sent = send_records(front, rq->arena, head.text, head.length, reply->body,
			       has_body && !rq->is_head ? reply->body_bytes : 0);
	close_request(front);
	return is_sent;
}

void
ebb_fcgi_drop(struct ebb_fcgi *front)
{
	EBB_CHECK(front, FCGI_MAGIC);
	close_request(front);
}
