/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see plugin_place.h. Memory: ctl->arena. Must not know: the database, what a plugin does.
 */
#include "ctl/plugin_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* Open and locked: of two commands at a time the second waits, and then reads what the first has written. */
static int open_folder(struct ebb_ctl *ctl, struct ebb_site *site)
{
    if (geteuid() != 0 && geteuid() != site->owner) {
        (void)ebb_ctl_fail(ctl, EX_NOPERM, "Plugins are installed by root%s%s%s.", site->owner == 0 ? "" : " or by ", site->owner == 0 ? "" : site->owner_name,
            site->owner == 0 ? ", or by whom plugin_owner names" : " (plugin_owner)");
        return -1;
    }
    /* Its own folder only: one that is missing further up is a slip of the pen. */
    (void)!mkdir(site->folder, 0755);
    int fd = open(site->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0)
        (void)ebb_ctl_fail(ctl, EX_CANTCREAT, "%s, the folder of plugins (plugin_dir), cannot be opened: %s.", site->folder, strerror(errno));
    else if (ebb_installed_read(site->folder, site->owner, ctl->arena, &site->installed, &ctl->err) == EBB_OK)
        return fd;
    else
        (void)ebb_ctl_failed(ctl);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool copy(int from, size_t size, const char *to)
{
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    off_t at = 0;
    bool is_fine = fd >= 0;
    while (is_fine && (size_t)at < size)
        is_fine = sendfile(fd, from, &at, size - (size_t)at) > 0;
    is_fine = is_fine && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
    if (fd >= 0 && close(fd) != 0)
        is_fine = false;
    return is_fine;
}

int ebb_place_begin(struct ebb_ctl *ctl, struct ebb_place *place, struct ebb_site *site, const struct ebb_plugin_file *file)
{
    const char *name = file->about->name;
    *place = (struct ebb_place){ .folder_fd = open_folder(ctl, site), .path = ebb_site_path(ctl, site, name) };
    if (place->folder_fd < 0)
        return geteuid() != 0 && geteuid() != site->owner ? EX_NOPERM : EX_CANTCREAT;
    place->staged = ebb_arena_printf(ctl->arena, "%s/.%s.new.%ld", site->folder, name, (long)getpid());
    if (!copy(file->fd, file->size, place->staged))
        return ebb_ctl_fail(ctl, EX_CANTCREAT, "%s cannot be written: %s.", place->staged, strerror(errno));
    const char *kept = ebb_arena_printf(ctl->arena, "%s/.%s.old.%ld", site->folder, name, (long)getpid());
    if (link(place->path, kept) == 0)
        place->kept = kept;
    else if (errno != ENOENT)
        return ebb_ctl_fail(ctl, EX_CANTCREAT, "%s cannot be kept aside: %s.", place->path, strerror(errno));
    if (place->kept != NULL && ebb_plugin_verify(place->path, site->owner, NULL, ctl->arena, &place->before, &ctl->err) != EBB_OK) {
        place->before = NULL;
        ebb_err_init(&ctl->err, ctl->arena);
    }
    return EX_OK;
}

int ebb_place_commit(struct ebb_ctl *ctl, struct ebb_place *place, struct ebb_site *site, const struct ebb_installed_plugin *entry)
{
    if (rename(place->staged, place->path) != 0)
        return ebb_ctl_fail(ctl, EX_CANTCREAT, "%s cannot be put in place: %s.", place->path, strerror(errno));
    place->staged = NULL;
    ebb_installed_put(site->installed, ctl->arena, entry);
    if (ebb_installed_write(site->folder, site->installed, ctl->arena, &ctl->err) == EBB_OK) {
        (void)!fsync(place->folder_fd);
        return EX_OK;
    }
    if (place->kept == NULL)
        unlink(place->path);
    else if (rename(place->kept, place->path) == 0)
        place->kept = NULL;
    return ebb_ctl_failed(ctl);
}

void ebb_place_end(struct ebb_place *place)
{
    if (place->staged != NULL)
        unlink(place->staged);
    if (place->kept != NULL)
        unlink(place->kept);
    if (place->folder_fd >= 0)
        close(place->folder_fd);
}

int ebb_place_remove(struct ebb_ctl *ctl, struct ebb_site *site, const char *name)
{
    int fd = open_folder(ctl, site);
    if (fd < 0)
        return EX_CANTCREAT;
    bool is_noted = ebb_installed_remove(site->installed, name);
    enum ebb_rc rc = is_noted ? ebb_installed_write(site->folder, site->installed, ctl->arena, &ctl->err) : EBB_OK;
    /* The line goes first: a file without one is no plugin, a line without its file would be a fault. */
    if (rc == EBB_OK && unlink(ebb_site_path(ctl, site, name)) != 0 && errno != ENOENT)
        rc = ebb_fail(&ctl->err, EBB_E_CONFIG, "%s cannot be removed: %s.", ebb_site_path(ctl, site, name), strerror(errno));
    (void)!fsync(fd);
    close(fd);
    return rc == EBB_OK ? EX_OK : ebb_ctl_failed(ctl);
}

const char *ebb_place_name_file(struct ebb_ctl *ctl, const char *name)
{
    int fd = memfd_create("plugin", MFD_CLOEXEC);
    EBB_ASSERT(fd >= 0 && dprintf(fd, "{\"plugin_name\":\"%s\"}", name) > 0);
    return ebb_arena_printf(ctl->arena, "/proc/%ld/fd/%d", (long)getpid(), fd);
}
