/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what every command of ebbctl gets and gives: options that all share, a connection when it is needed, errors in one
 * form, exit codes after sysexits.h. A command group is one cmd_*.c; commands.def lists the commands.
 * Memory: everything hangs on ctl->arena and goes with the program.
 * Must not know: what a command does.
 */
#ifndef EBB_CTL_CTL_H
#define EBB_CTL_CTL_H

#include "base/err.h"
#include "base/str.h"
#include "db/pg.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct ebb_ctl {
    struct ebb_arena *arena;
    struct ebb_err err;
    struct ebb_pg *pg; /* NULL until ebb_ctl_connect */
    const char *config;
    bool is_json, is_dry_run;
};

struct ebb_ctl_command {
    const char *noun, *verb;
    int (*run)(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv);
    bool is_writing;
    const char *args, *summary, *example;
};

#define COMMAND(noun, verb, function, is_writing, args, summary, example) \
    int ebb_cmd_##function(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv);
#include "ctl/commands.def"
#undef COMMAND

/* Reads a command's arguments: its own options (parse gets `own` as state->input) and those that all share. `text` is what
 * --help says beyond the table. Ends the program by itself on --help and on wrong use (64). */
void ebb_ctl_parse(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, const struct argp_option *options, argp_parser_t parse,
    const char *text, void *own, int argc, char **argv);
/* For parsers: a command without arguments, or with exactly one. */
error_t ebb_ctl_no_argument(struct argp_state *state);
error_t ebb_ctl_one_argument(struct argp_state *state, int key, char *arg, const char **to);
/* A number option within bounds; ends the program when it is none. */
long ebb_ctl_number(struct argp_state *state, const char *option, const char *arg, long least, long most);

/* By --config, EBB_CONF, the environment of libpq (PGHOST, PGDATABASE, PGSERVICE), the installed ebb.conf, the demo's. */
EBB_MUST enum ebb_rc ebb_ctl_connect(struct ebb_ctl *ctl);
/* Where the connection's parameters come from: a path, or NULL for libpq's environment. */
const char *ebb_ctl_config_file(struct ebb_ctl *ctl);
/* Folder of the program itself. */
const char *ebb_ctl_home(struct ebb_ctl *ctl);

/* Calls ctl.<fn>; *text_r is the answer as text, NULL for SQL NULL. */
EBB_MUST enum ebb_rc ebb_ctl_call(struct ebb_ctl *ctl, const char *fn, const char *const *params, int count, const char **text_r);
/* The same with one JSON object, which is taken over, and a JSON answer, which hangs on the arena. */
EBB_MUST enum ebb_rc ebb_ctl_call_json(struct ebb_ctl *ctl, const char *fn, json_t *args_take, json_t **answer_r);

/* People read standard error here, so the log's lines are kept aside, and only told when a sentence is not the whole story. */
void ebb_ctl_log_begin(void);
/* What the last line of the log says, or NULL. */
const char *ebb_ctl_log_last(struct ebb_ctl *ctl);

/* Says what stands in ctl->err, as sentences or (--json) as a problem document, on standard error; returns the exit code. */
int ebb_ctl_failed(struct ebb_ctl *ctl);
/* The same for a sentence of one's own. */
int ebb_ctl_fail(struct ebb_ctl *ctl, int exit_code, const char *format, ...) EBB_PRINTF(3, 4);
/* Prints a JSON value and a line end on standard output. */
void ebb_ctl_print(const json_t *json);
/* "119,997" */
const char *ebb_ctl_count(struct ebb_ctl *ctl, long long number);

#endif
