/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the master: binds the sockets, forks everybody, watches and restarts them, reloads and stops.
 * Memory:  one static struct; the present configuration, and during a reload the one before.
 * Must not know: requests, the database. It parses nothing that comes from outside but its own configuration.
 */
#ifndef EBB_RUN_MASTER_H
#define EBB_RUN_MASTER_H

struct ebb_conf;

/* Takes the configuration over. ready_fd: gets one byte when everybody is up, then is closed; -1: nobody waits.
 * Returns the exit code of the daemon. */
int ebb_master_run(struct ebb_conf *conf_take, int ready_fd);

#endif
