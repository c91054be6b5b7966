/* SPDX-License-Identifier: Apache-2.0
 * Days off from iCalendar texts: each case is a file and the dates it means.
 */
#include "ctl/ical.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FILE_OF(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\n" events "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\nUID:1@example\r\nDTSTAMP:20250101T000000Z\r\n" lines "END:VEVENT\r\n"

struct fixture {
    struct ebb_arena *arena;
    struct ebb_err err;
};

static int set_up(void **state)
{
    static struct fixture f;
    f.arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
    ebb_err_init(&f.err, f.arena);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    ebb_arena_free(&f->arena);
    return 0;
}

static void means(void **state, const char *text, const char *dates)
{
    struct fixture *f = *state;
    struct ebb_ical ical;
    char all[512] = "";
    assert_int_equal(ebb_ical_read(&ical, text, "2025-01-01", "2027-12-31", f->arena, &f->err), EBB_OK);
    for (size_t i = 0; i < ical.count; i++) {
        strcat(all, i > 0 ? " " : "");
        strcat(all, ical.days[i].date);
    }
    assert_string_equal(all, dates);
}

static void a_day(void **state)
{
    means(state, FILE_OF(EVENT("SUMMARY:Labour Day\r\nDTSTART;VALUE=DATE:20250501\r\n")), "2025-05-01");
}

static void its_end_is_not_off(void **state)
{
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20251225\r\nDTEND;VALUE=DATE:20251227\r\n")), "2025-12-25 2025-12-26");
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20251225\r\nDURATION:P2D\r\n")), "2025-12-25 2025-12-26");
}

static void each_year(void **state)
{
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20200101\r\nRRULE:FREQ=YEARLY\r\n")), "2025-01-01 2026-01-01 2027-01-01");
    /* Thanksgiving: the fourth Thursday of November. */
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20241128\r\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\r\n")), "2025-11-27 2026-11-26 2027-11-25");
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20240229\r\nRRULE:FREQ=YEARLY\r\n")), "");
}

static void exceptions(void **state)
{
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20250101\r\nRRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20260101\r\n")), "2025-01-01 2027-01-01");
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20250101\r\nRDATE;VALUE=DATE:20250606\r\n")), "2025-01-01 2025-06-06");
}

static void what_reaches_into_the_span(void **state)
{
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20241230\r\nDTEND;VALUE=DATE:20250103\r\n")), "2025-01-01 2025-01-02");
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20271231\r\nDTEND;VALUE=DATE:20280103\r\n")), "2027-12-31");
}

static void no_days_off(void **state)
{
    struct fixture *f = *state;
    struct ebb_ical ical;
    means(state, FILE_OF(EVENT("STATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20250501\r\n")), "");
    means(state, FILE_OF(EVENT("SUMMARY:Lunch\r\nDTSTART:20250501T120000Z\r\nDTEND:20250501T130000Z\r\n")), "");
    means(state, FILE_OF(EVENT("SUMMARY:none\r\n")), "");
    assert_int_equal(ebb_ical_read(&ical, FILE_OF(EVENT("SUMMARY:Lunch\r\nDTSTART:20250501T120000Z\r\n")), "2025-01-01", "2025-12-31", f->arena, &f->err), EBB_OK);
    assert_int_equal(ical.timed, 1);
    assert_string_equal(ical.timed_name, "Lunch");
}

static void twice_is_once(void **state)
{
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20250501\r\n") EVENT("DTSTART;VALUE=DATE:20250501\r\n")), "2025-05-01");
    means(state, FILE_OF(EVENT("DTSTART;VALUE=DATE:20250502\r\n")) FILE_OF(EVENT("DTSTART;VALUE=DATE:20250501\r\n")), "2025-05-01 2025-05-02");
}

static void refusals(void **state)
{
    struct fixture *f = *state;
    struct ebb_ical ical;
    static const char *const none[] = { "", "hello", "BEGIN:VEVENT\r\nEND:VEVENT\r\n" };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(ebb_ical_read(&ical, none[i], "2025-01-01", "2025-12-31", f->arena, &f->err), EBB_E_INVALID);
    assert_int_equal(ebb_ical_read(&ical, FILE_OF(""), "2025-02-30", "2025-12-31", f->arena, &f->err), EBB_E_INVALID);
    assert_int_equal(ebb_ical_read(&ical, FILE_OF(""), "2026-01-01", "2025-12-31", f->arena, &f->err), EBB_E_INVALID);
    /* Every second without end: bounded by the span and by the number of days. */
    assert_int_equal(ebb_ical_read(&ical, FILE_OF(EVENT("DTSTART;VALUE=DATE:19000101\r\nRRULE:FREQ=DAILY\r\n")), "1900-01-01", "2100-12-31", f->arena, &f->err), EBB_E_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(its_end_is_not_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_year, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exceptions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_reaches_into_the_span, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_days_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(twice_is_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("days off from iCalendar files", tests, NULL, NULL);
}
