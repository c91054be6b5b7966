/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl's way to the database: where it is, as whom, and calls of functions in schema ctl.
 * Memory: ctl->arena; the connection goes with the program.
 * Must not know: what a command does; any SQL.
 */
#include "conf/conf.h"
#include "ctl/ctl.h"
#include "db/call.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef EBB_SYSCONFDIR
#define EBB_SYSCONFDIR "/etc"
#endif

const char *ebb_ctl_home(struct ebb_ctl *ctl)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return ".";
    path[len] = '\0';
    return ebb_arena_strdup(ctl->arena, dirname(path));
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0';
}

const char *ebb_ctl_config_file(struct ebb_ctl *ctl)
{
    if (ctl->config != NULL)
        return ctl->config;
    if (is_set("EBB_CONF"))
        return getenv("EBB_CONF");
    /* Whoever names a database means that one, and not whichever lies about. */
    if (is_set("PGHOST") || is_set("PGDATABASE") || is_set("PGSERVICE") || is_set("PGHOSTADDR"))
        return NULL;
    if (access(EBB_SYSCONFDIR "/ebb/ebb.conf", R_OK) == 0)
        return EBB_SYSCONFDIR "/ebb/ebb.conf";
    const char *demo = ebb_arena_printf(ctl->arena, "%s/../demo/ebb.conf", ebb_ctl_home(ctl));
    return access(demo, R_OK) == 0 ? demo : NULL;
}

enum ebb_rc ebb_ctl_connect(struct ebb_ctl *ctl)
{
    if (ctl->pg != NULL)
        return EBB_OK;
    const char *file = ebb_ctl_config_file(ctl);
    struct ebb_conf *conf = NULL;
    if (file != NULL)
        EBB_TRY(ebb_conf_load(&conf, file, &ctl->err));
    const struct ebb_pg_opts opts = {
        .conninfo = conf == NULL ? NULL : conf->database,
        .user = is_set("PGUSER") ? NULL : "ebb_ctl",
        .application_name = "ebbctl",
        .connect_timeout_s = conf == NULL ? 5 : conf->connect_timeout_s,
        .reconnect_ms = 1, /* somebody waits at the terminal: say at once that it is not there */
    };
    ctl->pg = ebb_pg_new(&opts);
    if (conf != NULL)
        ebb_conf_free(&conf);
    if (ebb_pg_ready(ctl->pg, &ctl->err) == EBB_OK)
        return EBB_OK;
    const char *why = ebb_ctl_log_last(ctl);
    ebb_err_init(&ctl->err, ctl->arena);
    return ebb_fail(&ctl->err, EBB_E_DB_LOST, "The database cannot be reached (by %s). Start PostgreSQL, or name another place: --config FILE, or PGHOST, PGPORT and PGDATABASE.%s%s",
        file != NULL ? file : "PGHOST, PGDATABASE ...", why == NULL ? "" : "\n  ", why == NULL ? "" : why);
}

enum ebb_rc ebb_ctl_call(struct ebb_ctl *ctl, const char *fn, const char *const *params, int count, const char **text_r)
{
    EBB_TRY(ebb_ctl_connect(ctl));
    const struct ebb_db_plain call = {
        .fn = ebb_arena_printf(ctl->arena, "ctl.%s", fn),
        .params = params,
        .param_count = count,
        .arena = ctl->arena,
        .err = &ctl->err,
    };
    return ebb_db_value(ctl->pg, &call, text_r);
}

static void drop(void *what)
{
    json_decref(what);
}

enum ebb_rc ebb_ctl_call_json(struct ebb_ctl *ctl, const char *fn, json_t *args_take, json_t **answer_r)
{
    char *args = json_dumps(args_take, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(args_take);
    if (args == NULL)
        return ebb_fail(&ctl->err, EBB_E_INVALID, "An argument is not UTF-8.");
    ebb_arena_defer(ctl->arena, free, args);
    const char *const params[] = { args };
    const char *text = NULL;
    EBB_TRY(ebb_ctl_call(ctl, fn, params, 1, &text));
    *answer_r = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
    if (*answer_r == NULL)
        return ebb_fail(&ctl->err, EBB_E_INTERNAL, "The database's answer to ctl.%s is no JSON.", fn);
    ebb_arena_defer(ctl->arena, drop, *answer_r);
    return EBB_OK;
}
