/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what the commands about service levels share: words of the command line, files that are read, long work that may be
 * interrupted between two steps, and how instants and durations are written.
 * Memory: ctl->arena.
 * Must not know: any rule of working time or targets; those are the database's.
 */
#ifndef EBB_CTL_SLA_H
#define EBB_CTL_SLA_H

#include "ctl/ctl.h"

/* ---- arguments: sla_args.c ---- */

struct ebb_sla_args {
    const char *word[2]; /* as many as `wanted`, in their order */
    int count, wanted;
    const char *department, *note, *from, *to;
    long if_version; /* 0: not asked for */
};

/* -d --department, --note, --from, --to, --if-version and the words; further options are the command's own. */
error_t ebb_sla_parse(int key, char *arg, struct argp_state *state);
enum { EBB_SLA_KEY_NOTE = 0x2000, EBB_SLA_KEY_FROM, EBB_SLA_KEY_TO, EBB_SLA_KEY_IF_VERSION, EBB_SLA_KEY_OWN };

/* "-" is standard input; at most 16 MiB. False: ctl->err says why. */
bool ebb_sla_text(struct ebb_ctl *ctl, const char *path, const char **text_r);
bool ebb_sla_json(struct ebb_ctl *ctl, const char *path, json_t **json_r);
/* {"action", kind: word, "department_code", "if_version", "is_dry_run", "values"}; `values` is taken over. */
json_t *ebb_sla_change(struct ebb_ctl *ctl, const struct ebb_sla_args *args, const char *action, const char *kind, const char *word, json_t *values_take);

/* ---- long work: sla_step.c ---- */

struct ebb_sla_work {
    const char *fn, *doing; /* the step's function; "recomputing" */
    const char *key;        /* the member that names the job */
    long long id;
    long limit;             /* tickets a step */
    const char *go_on;      /* the command that goes on with it */
};

/* Steps until it is done, telling progress. Otherwise said, with the command that goes on: the exit code. */
int ebb_sla_work(struct ebb_ctl *ctl, const struct ebb_sla_work *work);

/* ---- words ---- */

const char *ebb_sla_member(const json_t *object, const char *member); /* "" when there is none */
long long ebb_sla_number(const json_t *object, const char *member);
/* "2026-03-02T08:00:00.5+00:00" to "2026-03-02 08:00:00". */
const char *ebb_sla_instant(struct ebb_ctl *ctl, const char *text);
/* Working seconds as "6:00:00". */
const char *ebb_sla_duration(struct ebb_ctl *ctl, double seconds);
/* The same, rounded to what people say: "6 h", "1 h 30 min". */
const char *ebb_sla_time(struct ebb_ctl *ctl, long long seconds);

#endif
