/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: days off from an iCalendar text. Whatever comes, the days lie within the span, in order, each once.
 */
#include "ctl/ical.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ebb_arena *arena = ebb_arena_new("fuzz", EBB_ARENA_PLAIN);
    struct ebb_err err;
    struct ebb_ical ical;
    char *text = ebb_arena_alloc(arena, size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    ebb_err_init(&err, arena);
    if (ebb_ical_read(&ical, text, "2025-01-01", "2027-12-31", arena, &err) == EBB_OK)
        for (size_t i = 0; i < ical.count; i++)
            if (strcmp(ical.days[i].date, "2025-01-01") < 0 || strcmp(ical.days[i].date, "2027-12-31") > 0 ||
                (i > 0 && strcmp(ical.days[i - 1].date, ical.days[i].date) >= 0))
                abort();
    ebb_arena_free(&arena);
    return 0;
}
