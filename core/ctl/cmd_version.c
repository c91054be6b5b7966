/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl version. Memory: none. Must not know: the database.
 */
#include "ctl/ctl.h"
#include "schema.h"

#include <sysexits.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    return key == ARGP_KEY_ARG ? ebb_ctl_no_argument(state) : ARGP_ERR_UNKNOWN;
}

int ebb_cmd_version(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    ebb_ctl_parse(ctl, command, NULL, parse, NULL, NULL, argc, argv);
    if (ctl->is_json)
        printf("{\"version\":\"%s\",\"schema\":%d}\n", PACKAGE_VERSION, EBB_SCHEMA);
    else
        printf("ebbctl %s, schema %d\n", PACKAGE_VERSION, EBB_SCHEMA);
    return EX_OK;
}
