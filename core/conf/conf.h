/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: ebb.conf as one immutable struct, made from the rows of params.def.
 * Memory:  a configuration owns its arena and all its texts; reload makes a new one beside it.
 * Must not know: what the parameters are used for.
 */
#ifndef EBB_CONF_CONF_H
#define EBB_CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EBB_CONF_MAGIC 0x636f6e66u /* "conf" */

struct ebb_conf {
	uint32_t magic;
	struct ebb_arena *arena;
	const char *file;   /* absolute path it was read from; "" for defaults */
	const char *folder; /* folder of file, or the working folder */
#define PARAM_STR(name, def, reload, text) const char *name;
#define PARAM_PATH(name, def, reload, text) const char *name; /* absolute, or "" */
#define PARAM_INT(name, unit, def, least, most, reload, text) int name;
#define PARAM_BOOL(name, def, reload, text) bool name;
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_INT
#undef PARAM_BOOL
};

/* Reads and checks a file.  On failure err holds every fault as an item ("line 12", sentence), nothing is
 * returned in conf_r, and nothing else has happened. */
EBB_MUST enum ebb_rc ebb_conf_load(struct ebb_conf **conf_r, const char *path, struct ebb_err *err);
/* The same from memory; file names are resolved against folder. */
EBB_MUST enum ebb_rc ebb_conf_parse(struct ebb_conf **conf_r, const char *text, const char *folder,
				    struct ebb_err *err);
void ebb_conf_free(struct ebb_conf **conf);

/* True when a FIXED parameter differs (its name in *name_r): a reload has to say so. */
bool ebb_conf_needs_restart(const struct ebb_conf *now, const struct ebb_conf *next, const char **name_r);
/* A path of the configuration made absolute (in the configuration's arena). */
const char *ebb_conf_path(const struct ebb_conf *conf, const char *path);

/* `ebbd --sample`: a commented file that says all defaults; `ebbd --params`: the table for the docs. */
void ebb_conf_print_sample(FILE *out);
void ebb_conf_print_table(FILE *out);

#endif
