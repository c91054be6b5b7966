/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see sla.h: long work in steps, each a transaction of its own, so that it can be stopped between two of them and taken up
 * again. A second Ctrl-C ends the program at once.
 * Memory: ctl->arena. Must not know: what a step does.
 */
#include "ctl/progress.h"
#include "ctl/sla.h"

#include <signal.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static volatile sig_atomic_t is_asked_to_stop;

static void on_signal(int number)
{
    (void)number;
    is_asked_to_stop = 1;
}

static void watch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static bool is_done(const json_t *state)
{
    const json_t *finished = json_object_get(state, "finished_at");
    return json_is_true(json_object_get(state, "is_done")) || json_is_string(finished);
}

int ebb_sla_work(struct ebb_ctl *ctl, const struct ebb_sla_work *work)
{
    struct ebb_progress progress;
    json_t *state = NULL;
    long long before = -1;
    watch_signals();
    ebb_progress_begin(&progress, work->doing, "tickets", ctl->is_json);
    for (;;) {
        json_t *args = json_pack("{s:I, s:I}", work->key, (json_int_t)work->id, "limit", (json_int_t)work->limit);
        if (ebb_ctl_call_json(ctl, work->fn, args, &state) != EBB_OK) {
            ebb_progress_clear();
            int code = ebb_ctl_failed(ctl);
            fprintf(stderr, "What was done is kept. To go on: %s\n", work->go_on);
            return code;
        }
        long long done = ebb_sla_number(state, "done_count"), whole = ebb_sla_number(state, "ticket_count");
        if (is_done(state))
            break;
        if (is_asked_to_stop) {
            ebb_progress_clear();
            fprintf(stderr, "Stopped after %s of %s tickets; they are kept. To go on: %s\n", ebb_ctl_count(ctl, done), ebb_ctl_count(ctl, whole), work->go_on);
            return EX_TEMPFAIL;
        }
        ebb_progress_tell(&progress, done, whole == 0 ? 1 : (double)done / (double)whole);
        /* Somebody else is at this very job: look again in a while. */
        if (done == before)
            usleep(100000);
        before = done;
    }
    ebb_progress_clear();
    return EX_OK;
}
