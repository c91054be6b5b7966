/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see plugin.h: a plugin's process for one check or trial of ebbctl, jailed as on the desk.
 * Memory: ctl->arena; the process ends with ebb_ctl_host_stop().
 * Must not know: what the plugin is asked.
 */
#include "ctl/plugin.h"

#include "plugin/wire.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

bool ebb_ctl_host_start(struct ebb_ctl *ctl, struct ebb_ctl_host *host, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *entry)
{
    const struct ebb_host_opts opts = {
        .name = file->about->name,
        .plugin_fd = file->fd,
        .lane = EBB_LANE_ASK,
        .memory_mib = entry == NULL ? 0 : entry->memory_mib,
        .has_network = entry != NULL && entry->has_network,
    };
    *host = (struct ebb_ctl_host){ .ctl = ctl, .name = opts.name, .fd = -1 };
    ebb_str_init(&host->last_words, ctl->arena, 256);
    ebb_str_limit(&host->last_words, 16384);
    if (ebb_host_spawn(&opts, &host->child, &ctl->err) != EBB_OK)
        return false;
    host->fd = ebb_host_dial(&host->child);
    return true;
}

static void drain(struct ebb_ctl_host *host)
{
    char piece[2048];
    ssize_t length;
    while ((length = read(host->child.stderr_fd, piece, sizeof piece)) > 0)
        ebb_str_addn(&host->last_words, piece, (size_t)length);
}

/* Its status once it is there, up to two seconds; then it is ended. */
static int reap(struct ebb_ctl_host *host)
{
    int status = 0, fd = pidfd_open(host->child.pid, 0);
    struct pollfd end = { .fd = fd, .events = POLLIN };
    if (fd < 0 || poll(&end, 1, 2000) <= 0)
        kill(host->child.pid, SIGKILL);
    (void)waitpid(host->child.pid, &status, 0);
    if (fd >= 0)
        close(fd);
    host->child.pid = 0;
    return status;
}

static void explain(struct ebb_ctl_host *host)
{
    struct ebb_ctl *ctl = host->ctl;
    int status = reap(host);
    drain(host);
    const char *words = ebb_str_done(&host->last_words);
    const char *sentence = ebb_host_sentence(ctl->arena, host->name, status, words == NULL ? "" : words);
    ebb_err_init(&ctl->err, ctl->arena);
    (void)!ebb_fail(&ctl->err, EBB_E_INTERNAL, "The plugin's process ended: %s", sentence);
}

struct ebb_reply *ebb_ctl_host_ask(struct ebb_ctl_host *host, const char *config, const char *call, const struct ebb_reply_want *want, int limit_ms)
{
    struct ebb_ctl *ctl = host->ctl;
    const char *body = NULL, *why = NULL;
    enum ebb_rc rc = ebb_host_ask(host->fd, ++host->config_version, config, call, limit_ms, ctl->arena, &body, &ctl->err);
    if (rc == EBB_E_UNAVAILABLE && host->child.pid > 0)
        explain(host);
    if (rc != EBB_OK)
        return NULL;
    struct ebb_reply *reply = ebb_reply_read(body, strlen(body), want, ctl->arena, &why);
    if (reply == NULL)
        (void)!ebb_fail(&ctl->err, EBB_E_INVALID, "The plugin's answer does not fit the contract: %s", why);
    return reply;
}

void ebb_ctl_host_stop(struct ebb_ctl_host *host)
{
    if (host->fd >= 0)
        close(host->fd);
    if (host->child.pid > 0) {
        (void)!ebb_control_send(host->child.control_fd, EBB_CONTROL_LEAVE, -1);
        (void)reap(host);
    }
    close(host->child.control_fd);
    close(host->child.stderr_fd);
    *host = (struct ebb_ctl_host){ .fd = -1 };
}
