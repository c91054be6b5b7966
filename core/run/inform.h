/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what the operator is told: faults of a configuration, the tables behind --routes, the version.
 * Memory:  none of its own.
 * Must not know: processes.
 */
#ifndef EBB_RUN_INFORM_H
#define EBB_RUN_INFORM_H

#include <stdbool.h>
#include <stdio.h>

struct ebb_conf;
struct ebb_err;

/* Into the log, one line per fault. */
void ebb_inform_faults(const char *doing, const struct ebb_err *err);
/* The same for a terminal. */
void ebb_inform_faults_on(FILE *out, const char *file, const struct ebb_err *err);
/* What only this machine can tell of a configuration: folders, socket paths. Prints what it finds. */
bool ebb_inform_is_usable(FILE *out, const struct ebb_conf *conf);
void ebb_inform_level(const char *name);
void ebb_inform_routes(FILE *out);
void ebb_inform_version(FILE *out);

#endif
