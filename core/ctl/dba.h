/* SPDX-License-Identifier: Apache-2.0
 * Purpose: runs sql/apply, the one migrator, as the database administrator whom PGUSER or --dba names.
 * Memory: ctl->arena.
 * Must not know: what a migration is.
 */
#ifndef EBB_CTL_DBA_H
#define EBB_CTL_DBA_H

#include "ctl/ctl.h"

#ifndef EBB_DATADIR
#define EBB_DATADIR "/usr/share/ebb"
#endif

/* EBB_SQL, the tree this program was built in, the installed one; NULL, and the sentence is said, when there is none. */
const char *ebb_dba_find_apply(struct ebb_ctl *ctl);
/* "host=/run dbname='my db' user=postgres" to PGHOST, PGDATABASE, PGUSER ... False: it is written in another form. */
bool ebb_dba_export(struct ebb_ctl *ctl, const char *conninfo);

/* Runs sql/apply with these arguments (NULL ends them) in a child. conninfo: --dba, or NULL for PGUSER (else postgres) at the place
 * of the configuration. What it says goes to *said_r, or, when it fails, becomes the error. Returns its exit code. */
int ebb_dba_apply(struct ebb_ctl *ctl, const char *conninfo, const char *const *arguments, const char **said_r);

#endif
