/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: one JSON object per line and event: ts, level, msg, pid, and what the context knows.
 *          One write(2) per line, so lines of many processes do not mix.
 * Memory:  owns the descriptor; contexts belong to their users and are only read.
 * Must not know: secrets.  No token, cookie, pass-phrase or body is ever handed to it.
 */
#ifndef EBB_BASE_LOG_H
#define EBB_BASE_LOG_H

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>

enum ebb_level { EBB_DEBUG, EBB_INFO, EBB_NOTICE, EBB_WARNING, EBB_ERROR };

/* Members that are NULL or below zero are left out of the line. */
struct ebb_log_ctx {
	const char *process;    /* worker, session, clock, courier, master */
	const char *request_id;
	const char *method;
	const char *route;      /* the pattern, never the raw path */
	const char *sqlstate;
	const char *error_id;   /* the id that the caller was shown */
	const char *plugin;
	int status;
	int64_t us;    /* whole request, microseconds; written as ms */
	int64_t db_us; /* part of it spent waiting for the database */
	int64_t bytes; /* of the reply's body */
};

#define EBB_LOG_CTX_NONE ((struct ebb_log_ctx){ .status = -1, .us = -1, .db_us = -1, .bytes = -1 })

/* NULL or "" is stderr.  Returns 0 or an errno. */
int ebb_log_open(const char *path);
/* After logrotate moved the file.  Keeps the old descriptor when the new one cannot be had. */
int ebb_log_reopen(void);
void ebb_log_threshold(enum ebb_level least);
/* Name of this process in every line; and what ebb_panic() shall tell.  Both are only pointed to. */
void ebb_log_process(const char *process);
void ebb_log_current(const struct ebb_log_ctx *ctx);

void ebb_log(enum ebb_level level, const struct ebb_log_ctx *ctx, const char *format, ...)
	EBB_PRINTF(3, 4);

#endif
