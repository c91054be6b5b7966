/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what pg.c (talks to libpq) and life.c (remembers, decides when to connect) share.  Nobody else
 *          includes it.
 * Memory:  struct ebb_pg and its copies are malloc'ed.
 */
#ifndef EBB_DB_PG_PRIV_H
#define EBB_DB_PG_PRIV_H

#include "base/obj.h"
#include "db/pg.h"

#define EBB_PG_MAGIC    EBB_MAGIC('p', 'g', 'c', 'n')
#define EBB_PG_STMTS    512 /* power of two, well above twice the number of functions called */
#define EBB_PG_CHANNELS 8

struct pg_conn; /* libpq's */

struct ebb_pg {
	uint32_t magic;
	char *conninfo, *user, *application_name;
	int connect_timeout_s, statement_timeout_ms, reconnect_ms;
	struct pg_conn *conn;
	bool is_stale; /* to be replaced before the next use */
	bool is_unsure; /* the server warned at COMMIT */
	bool was_up;
	int64_t down_since_us;
	char *prepared[EBB_PG_STMTS]; /* names known to the server, open addressing */
	unsigned prepared_count;
	char *channels[EBB_PG_CHANNELS];
	unsigned channel_count;
	ebb_pg_notify_fn *on_notify;
	void *on_notify_ctx;
	struct ebb_pg_stats stats;
};

enum ebb_pg_outcome { DONE, REFUSED, LOST, LATE, UNSURE, OUTDATED };

/* life.c: names of the statements that the server knows. */
bool ebb_pg_is_prepared(struct ebb_pg *pg, const char *name);
void ebb_pg_note_prepared(struct ebb_pg *pg, const char *name);
void ebb_pg_forget_prepared(struct ebb_pg *pg);
/* life.c: what the caller is told when there is no clean answer. */
enum ebb_rc ebb_pg_no_answer(struct ebb_pg *pg, const struct ebb_pg_job *job, enum ebb_pg_outcome outcome,
			     bool is_refused);

/* pg.c */
bool ebb_pg_connect(struct ebb_pg *pg);
void ebb_pg_disconnect(struct ebb_pg *pg);
const char *ebb_pg_why(const struct ebb_pg *pg);
/* Reads what is pending, hands notifications out; false when the connection is gone. */
bool ebb_pg_drain(struct ebb_pg *pg);
bool ebb_pg_is_idle(const struct ebb_pg *pg);

#endif
