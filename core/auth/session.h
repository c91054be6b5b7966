/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: signing in and out with a pass-phrase: the handlers of POST and DELETE /api/v1/session.
 * Memory:  the request's arena; the pass-phrase is wiped as soon as the proof is made.
 * Must not know: who the person is and what they may do; the database says.
 */
#ifndef EBB_AUTH_SESSION_H
#define EBB_AUTH_SESSION_H

#include "base/err.h"

struct ebb_rq;

enum ebb_rc ebb_session_open(struct ebb_rq *rq);
enum ebb_rc ebb_session_close(struct ebb_rq *rq);

#endif
