/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see progress.h. Memory: none. Must not know: what the work is.
 */
#include "ctl/progress.h"

#include "base/time.h"

#include <stdio.h>
#include <unistd.h>

static bool is_shown; /* a line stands on the terminal */

void ebb_progress_begin(struct ebb_progress *p, const char *doing, const char *unit, bool is_quiet)
{
    int64_t now_us = ebb_mono_us();
    *p = (struct ebb_progress) { doing, unit, now_us, now_us, is_quiet };
}

void ebb_progress_clear(void)
{
    if (is_shown)
        fputs("\r\033[K", stderr);
    is_shown = false;
}

void ebb_progress_tell(struct ebb_progress *p, long long done, double share)
{
    bool is_terminal = isatty(STDERR_FILENO);
    int64_t now_us = ebb_mono_us();
    if (p->is_quiet || now_us - p->told_us < (is_terminal ? 200000 : 5000000))
        return;
    p->told_us = now_us;
    double seconds = (double)(now_us - p->began_us) / 1e6;
    double left = share > 0 && share < 1 ? seconds * (1 - share) / share : 0;
    ebb_progress_clear();
    fprintf(stderr, "%s: %lld %s, %.0f %%, %.0f %s/s, about %.0f s left%s", p->doing, done, p->unit, share * 100, (double)done / seconds, p->unit,
        left, is_terminal ? "" : "\n");
    is_shown = is_terminal;
}
