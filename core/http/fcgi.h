/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: FastCGI in and out.  fcgi.c is the only file that includes fcgiapp.h.
 * Memory:  a front owns libfcgi's request; what the request needs is copied into rq->arena.
 * Must not know: routes, JSON, the database.
 */
#ifndef EBB_HTTP_FCGI_H
#define EBB_HTTP_FCGI_H

#include "base/err.h"

#include <stdbool.h>

struct ebb_rq;
struct ebb_fcgi;

/* Once per process, before fork and after our own signal handlers stand: sets libfcgi's time-outs. */
void ebb_fcgi_setup(void);

struct ebb_fcgi *ebb_fcgi_new(int listen_fd);
void ebb_fcgi_free(struct ebb_fcgi **front);

enum ebb_fcgi_got {
	EBB_FCGI_RQ,      /* rq is filled, the body read whole */
	EBB_FCGI_NOTHING, /* somebody else was faster, a signal came, or the peer spoke nonsense */
};

/* Takes one waiting connection; call when the socket is readable.  Calls ebb_rq_begin(rq) itself. */
enum ebb_fcgi_got ebb_fcgi_accept(struct ebb_fcgi *front, struct ebb_rq *rq);
/* nginx has given up on this request: nobody would read the answer. */
bool ebb_fcgi_is_gone(const struct ebb_fcgi *front);
/* Sends rq->reply with Content-Length and ends the request.  False: the peer did not take it. */
bool ebb_fcgi_send(struct ebb_fcgi *front, struct ebb_rq *rq);
/* Ends the request without an answer. */
void ebb_fcgi_drop(struct ebb_fcgi *front);

#endif
