/* SPDX-License-Identifier: Apache-2.0
 * Purpose: what the commands of `ebbctl plugin` share: where plugins lie and whom they may belong to, the running desk that is told
 * of a change, a plugin's process for a check or a trial, and configuring.
 * Memory: ctl->arena.
 * Must not know: what a plugin does.
 */
#ifndef EBB_CTL_PLUGIN_H
#define EBB_CTL_PLUGIN_H

#include "conf/conf.h"
#include "ctl/ctl.h"
#include "plugin/installed.h"
#include "plugin/reply.h"
#include "plugin/verify.h"

/* ---- where: plugin_site.c ---- */

struct ebb_site {
    struct ebb_conf *conf;
    const char *folder; /* plugin_dir */
    const char *owner_name;
    uid_t owner; /* plugin_owner */
    struct ebb_installed *installed;
};

/* Reads configuration and installed.json. False: said, *code_r is the exit code. */
bool ebb_site_load(struct ebb_ctl *ctl, struct ebb_site *site, int *code_r);
const char *ebb_site_path(struct ebb_ctl *ctl, const struct ebb_site *site, const char *name);
/* Tells the running master (SIGHUP) to take the plugins over; returns a sentence on what was done or is to do. */
const char *ebb_site_reload(struct ebb_ctl *ctl, const struct ebb_site *site);
/* NAME of an installed plugin, or a file (with / or .so): its verified copy. False: said. */
bool ebb_site_open(struct ebb_ctl *ctl, const struct ebb_site *site, const char *what, struct ebb_plugin_file **file_r,
    const struct ebb_installed_plugin **entry_r, int *code_r);

/* ---- its process: plugin_host.c ---- */

struct ebb_ctl_host {
    struct ebb_ctl *ctl;
    const char *name;
    struct ebb_host_child child;
    int fd, config_version;
    struct ebb_str last_words;
};

bool ebb_ctl_host_start(struct ebb_ctl *ctl, struct ebb_ctl_host *host, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *entry);
/* One call. NULL: ctl->err says why (the process died, or was too late, or spoke nonsense). */
struct ebb_reply *ebb_ctl_host_ask(struct ebb_ctl_host *host, const char *config, const char *call, const struct ebb_reply_want *want, int limit_ms);
void ebb_ctl_host_stop(struct ebb_ctl_host *host);

/* ---- configuring, for enable and configure: plugin_config.c ---- */

struct ebb_ctl_change {
    const char *plugin, *department;
    const char *mode;
    int is_enabled;  /* -1: as it is */
    long position;   /* 0: as it is */
    const char *min_confidence;
    json_t *config;  /* {key: value}, secrets in the open; NULL: as it is */
};

/* prepare, the plugin's check(), seal, configure. Returns the exit code; *answer_r is what the department then has. */
int ebb_ctl_configure(struct ebb_ctl *ctl, const struct ebb_ctl_change *change, json_t **answer_r);
/* {"plugin_name": .., "department" or "department_id": ..} */
json_t *ebb_ctl_plugin_args(const char *plugin, const char *department);
/* A parameter's declaration, NULL when there is none. */
const json_t *ebb_ctl_plugin_param(const json_t *params, const char *key);

/* ---- showing: plugin_show.c ---- */

void ebb_plugin_show_about(struct ebb_ctl *ctl, const struct ebb_plugin_file *file);
/* As JSON: the description, sha256. */
json_t *ebb_plugin_about_json(struct ebb_ctl *ctl, const struct ebb_plugin_file *file);
void ebb_plugin_show_list(struct ebb_ctl *ctl, const json_t *plugins);
void ebb_plugin_show_department(struct ebb_ctl *ctl, const json_t *department, const json_t *params);
void ebb_plugin_show_reply(struct ebb_ctl *ctl, const json_t *call, const struct ebb_reply *reply);

#endif
