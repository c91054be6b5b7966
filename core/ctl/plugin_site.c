/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see plugin.h: where plugins lie, whom they may belong to, the running desk.
 * Memory: ctl->arena. Must not know: what a plugin does; the database.
 */
#include "ctl/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#ifndef EBB_PLUGINDIR
#define EBB_PLUGINDIR "/usr/lib/ebb/plugins"
#endif

static bool find_owner(struct ebb_ctl *ctl, struct ebb_site *site, int *code_r)
{
    site->owner_name = site->conf == NULL || *site->conf->plugin_owner == '\0' ? "root" : site->conf->plugin_owner;
    const struct passwd *user = getpwnam(site->owner_name);
    if (user == NULL) {
        *code_r = ebb_ctl_fail(ctl, EX_CONFIG, "plugin_owner is \"%s\", and there is no such user.", site->owner_name);
        return false;
    }
    site->owner = user->pw_uid;
    return true;
}

bool ebb_site_load(struct ebb_ctl *ctl, struct ebb_site *site, int *code_r)
{
    const char *file = ebb_ctl_config_file(ctl);
    *site = (struct ebb_site){ 0 };
    if (file != NULL && ebb_conf_load(&site->conf, file, &ctl->err) != EBB_OK) {
        *code_r = ebb_ctl_failed(ctl);
        return false;
    }
    site->folder = site->conf == NULL || *site->conf->plugin_dir == '\0' ? EBB_PLUGINDIR : site->conf->plugin_dir;
    if (!find_owner(ctl, site, code_r))
        return false;
    if (ebb_installed_read(site->folder, site->owner, ctl->arena, &site->installed, &ctl->err) != EBB_OK) {
        *code_r = ebb_ctl_failed(ctl);
        return false;
    }
    return true;
}

const char *ebb_site_path(struct ebb_ctl *ctl, const struct ebb_site *site, const char *name)
{
    return ebb_arena_printf(ctl->arena, "%s/%s.so", site->folder, name);
}

/* Whoever holds the lock on the pid file is the master; a number in a stale file is nobody. */
static pid_t master_of(const char *pid_file)
{
    int fd = open(pid_file, O_RDONLY | O_CLOEXEC);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    /* Asking for a write lock needs no right to write. */
    bool is_held = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return is_held ? lock.l_pid : 0;
}

const char *ebb_site_reload(struct ebb_ctl *ctl, const struct ebb_site *site)
{
    if (site->conf == NULL)
        return "Where ebbd is configured, tell it: systemctl reload ebbd (SIGHUP to its master).";
    pid_t pid = master_of(site->conf->pid_file);
    if (pid == 0)
        return access(site->conf->pid_file, R_OK) == 0 || errno == ENOENT
                   ? "ebbd does not run by this configuration; it will take the change up when it starts."
                   : ebb_arena_printf(ctl->arena, "Whether ebbd runs cannot be seen from here (%s); tell it: systemctl reload ebbd.", site->conf->pid_file);
    if (kill(pid, SIGHUP) == 0)
        return ebb_arena_printf(ctl->arena, "ebbd (pid %ld) was told to take the change over.", (long)pid);
    return ebb_arena_printf(ctl->arena, "ebbd runs and this user may not signal it. Tell it: kill -HUP %ld", (long)pid);
}

static bool is_file(const char *what)
{
    size_t length = strlen(what);
    return strchr(what, '/') != NULL || (length > 3 && strcmp(what + length - 3, ".so") == 0);
}

bool ebb_site_open(struct ebb_ctl *ctl, const struct ebb_site *site, const char *what, struct ebb_plugin_file **file_r,
    const struct ebb_installed_plugin **entry_r, int *code_r)
{
    char *folder = *what == '/' ? NULL : getcwd(NULL, 0);
    const char *path = folder == NULL ? what : ebb_arena_printf(ctl->arena, "%s/%s", folder, what), *sha256 = NULL;
    free(folder);
    *entry_r = NULL;
    if (!is_file(what)) {
        *entry_r = ebb_installed_find(site->installed, what);
        if (*entry_r == NULL) {
            *code_r = ebb_ctl_fail(ctl, EX_DATAERR, "No plugin \"%s\" is installed in %s; a file is named with its folder or its .so.", what, site->folder);
            return false;
        }
        path = ebb_site_path(ctl, site, what);
        sha256 = (*entry_r)->sha256;
    }
    if (ebb_plugin_verify(path, site->owner, sha256, ctl->arena, file_r, &ctl->err) == EBB_OK)
        return true;
    *code_r = ebb_ctl_failed(ctl);
    return false;
}
