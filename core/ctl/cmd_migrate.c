/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl migrate: runs sql/apply, the one migrator, against the configured database. As whom is the caller's choice
 * (PGUSER): it must be somebody who may become the owner roles.
 * Memory: ctl->arena. Must not know: what a migration is.
 */
#include "conf/conf.h"
#include "ctl/ctl.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef EBB_DATADIR
#define EBB_DATADIR "/usr/share/ebb"
#endif

struct options {
    bool is_check, has_roles;
};

static const struct argp_option options[] = {
    { "check", 'c', NULL, 0, "Only say whether the schema is current (exit 75 when it is not)", 0 },
    { "roles", 'r', NULL, 0, "First make or mend roles and schemas (needs a superuser)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    (void)arg;
    switch (key) {
    case 'c': o->is_check = true; return 0;
    case 'r': o->has_roles = true; return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* EBB_SQL, the tree this program was built in, the installed one. */
static const char *find_apply(struct ebb_ctl *ctl)
{
    const char *home = ebb_ctl_home(ctl), *own = getenv("EBB_SQL");
    const char *candidates[] = { own == NULL ? NULL : ebb_arena_printf(ctl->arena, "%s/apply", own),
        ebb_arena_printf(ctl->arena, "%s/../sql/apply", home), ebb_arena_printf(ctl->arena, "%s/../../sql/apply", home), EBB_DATADIR "/sql/apply" };
    for (size_t i = 0; i < EBB_COUNT(candidates); i++)
        if (candidates[i] != NULL && access(candidates[i], X_OK) == 0)
            return candidates[i];
    return NULL;
}

/* "host=/run dbname='my db'" to PGHOST and PGDATABASE, for psql under sql/apply. False: it is written in another form. */
static bool export_conninfo(struct ebb_ctl *ctl, const char *conninfo)
{
    static const char *const names[][2] = { { "host", "PGHOST" }, { "hostaddr", "PGHOSTADDR" }, { "port", "PGPORT" }, { "dbname", "PGDATABASE" },
        { "service", "PGSERVICE" }, { "sslmode", "PGSSLMODE" }, { "sslrootcert", "PGSSLROOTCERT" }, { "passfile", "PGPASSFILE" },
        { "connect_timeout", "PGCONNECT_TIMEOUT" }, { "target_session_attrs", "PGTARGETSESSIONATTRS" } };
    char *at = ebb_arena_strdup(ctl->arena, conninfo);
    while (*(at += strspn(at, " \t")) != '\0') {
        char *key = at, *equals = strchr(at, '=');
        if (equals == NULL)
            return false;
        *equals = '\0';
        char *value = equals + 1, end = ' ';
        if (*value == '\'')
            end = *value++;
        at = strchr(value, end);
        if (at != NULL)
            *at++ = '\0';
        for (size_t i = 0; i < EBB_COUNT(names); i++)
            if (strcmp(names[i][0], key) == 0)
                setenv(names[i][1], value, 1);
        if (at == NULL)
            break;
    }
    return true;
}

int ebb_cmd_migrate(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, options, parse, "PGUSER must name somebody who may SET ROLE to the owner roles; --roles needs a superuser.", &o, argc, argv);
    const char *apply = find_apply(ctl), *file = ebb_ctl_config_file(ctl);
    if (apply == NULL)
        return ebb_ctl_fail(ctl, EX_UNAVAILABLE, "sql/apply is neither beside this program nor in %s/sql; name its folder by EBB_SQL.", EBB_DATADIR);
    struct ebb_conf *conf = NULL;
    if (file != NULL && ebb_conf_load(&conf, file, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (conf != NULL && !export_conninfo(ctl, conf->database))
        return ebb_ctl_fail(ctl, EX_CONFIG, "The \"database\" of %s is no list of key=value; name the place by PGHOST and PGDATABASE instead.", file);
    const char *args[5] = { apply };
    int count = 1;
    if (o.is_check)
        args[count++] = "--check";
    else if (ctl->is_dry_run)
        args[count++] = "--dry-run";
    if (o.has_roles)
        args[count++] = "--roles";
    execv(apply, (char *const *)(uintptr_t)args);
    return ebb_ctl_fail(ctl, EX_UNAVAILABLE, "%s cannot be run: %s.", apply, strerror(errno));
}
