/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl migrate: runs sql/apply, the one migrator, against the configured database. As whom is the caller's choice
 * (PGUSER): it must be somebody who may become the owner roles.
 * Memory: ctl->arena. Must not know: what a migration is.
 */
#include "conf/conf.h"
#include "ctl/dba.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

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

int ebb_cmd_migrate(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, options, parse, "PGUSER must name somebody who may SET ROLE to the owner roles; --roles needs a superuser.", &o, argc, argv);
    const char *apply = ebb_dba_find_apply(ctl), *file = ebb_ctl_config_file(ctl);
    if (apply == NULL)
        return EX_UNAVAILABLE;
    struct ebb_conf *conf = NULL;
    if (file != NULL && ebb_conf_load(&conf, file, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (conf != NULL && !ebb_dba_export(ctl, conf->database))
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
