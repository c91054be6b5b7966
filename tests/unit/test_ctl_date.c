/* SPDX-License-Identifier: Apache-2.0
 * Dates of foreign logs: what is read, and what is refused.
 */
#include "ctl/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static const char *read(const char *form, const char *text)
{
    static char out[EBB_DATE_TEXT];
    struct ebb_date date;
    if (ebb_date_read(form, text, strlen(text), &date) != NULL)
        return "refused";
    ebb_date_write(&date, out);
    return out;
}

static void reads_iso(void **state)
{
    (void)state;
    assert_string_equal(read("iso", "2012-03-15T11:53:52+01:00"), "2012-03-15 11:53:52+01:00");
    assert_string_equal(read("iso", "2012-03-15T11:53:52.25Z"), "2012-03-15 11:53:52.250000+00:00");
    assert_string_equal(read("iso", "2012-03-15 11:53:52,123456789-0330"), "2012-03-15 11:53:52.123456-03:30");
    assert_string_equal(read("iso", " 2012-03-15 11:53 "), "2012-03-15 11:53:00");
    assert_string_equal(read("iso", "2012-03-15"), "2012-03-15 00:00:00");
    assert_string_equal(read("iso", "20120315T115352Z"), "2012-03-15 11:53:52+00:00");
    assert_string_equal(read("iso", "2012-03-15 11:53:52 UTC"), "2012-03-15 11:53:52+00:00");
    assert_string_equal(read("iso", "2012-03-15 11:53:52+02"), "2012-03-15 11:53:52+02:00");
}

static void reads_patterns(void **state)
{
    (void)state;
    assert_string_equal(read("%d/%m/%Y %H:%M", "29/2/2016 01:16"), "2016-02-29 01:16:00");
    assert_string_equal(read("%m/%d/%y %I:%M %p", "3/9/16 12:05 AM"), "2016-03-09 00:05:00");
    assert_string_equal(read("%m/%d/%y %I:%M%p", "3/9/16 12:05pm"), "2016-03-09 12:05:00");
    assert_string_equal(read("%d-%b-%Y %T", "05-Mar-2013 07:08:09"), "2013-03-05 07:08:09");
    assert_string_equal(read("%B %d, %Y", "september 3, 1999"), "1999-09-03 00:00:00");
    assert_string_equal(read("%a, %d %b %Y %T %z", "Mon, 14 Nov 2022 10:00:00 +0530"), "2022-11-14 10:00:00+05:30");
    assert_string_equal(read("%d.%m.%Y %H:%M:%S.%f", "1.2.2020 3:4:5.5"), "2020-02-01 03:04:05.500000");
    assert_string_equal(read("%F %R", "2020-02-29   23:59"), "2020-02-29 23:59:00");
    assert_string_equal(read("%Y%m%d%H%M", "202002292359"), "2020-02-29 23:59:00");
    assert_string_equal(read("%d%%%m%%%Y", "1%2%2020"), "2020-02-01 00:00:00");
    assert_string_equal(read("%d/%m/%y", "1/1/69"), "1969-01-01 00:00:00");
    assert_string_equal(read("%d/%m/%y", "1/1/68"), "2068-01-01 00:00:00");
}

static void reads_numbers(void **state)
{
    (void)state;
    assert_string_equal(read("epoch_seconds", "1331808832"), "2012-03-15 10:53:52+00:00");
    assert_string_equal(read("epoch_seconds", "1331808832.5"), "2012-03-15 10:53:52.500000+00:00");
    assert_string_equal(read("epoch_milliseconds", "1331808832123"), "2012-03-15 10:53:52.123000+00:00");
    assert_string_equal(read("excel", "42429"), "2016-02-29 00:00:00");
    assert_string_equal(read("excel", "42429.5"), "2016-02-29 12:00:00");
    assert_string_equal(read("epoch_seconds", "99999999999999999"), "refused");
    assert_string_equal(read("epoch_seconds", "-5"), "refused");
    assert_string_equal(read("excel", "1e3"), "refused");
    assert_string_equal(read("epoch_seconds", ""), "refused");
}

static void refuses_what_is_no_date(void **state)
{
    (void)state;
    assert_string_equal(read("%d/%m/%Y", "31/02/2016"), "refused");
    assert_string_equal(read("%d/%m/%Y", "29/2/2015"), "refused");
    assert_string_equal(read("%d/%m/%Y", "0/1/2015"), "refused");
    assert_string_equal(read("%d/%m/%Y", "1/13/2015"), "refused");
    assert_string_equal(read("%d/%m/%Y", "1/1/15"), "refused");
    assert_string_equal(read("%d/%m/%Y", "1/1/2015 10:00"), "refused");
    assert_string_equal(read("%d/%m/%Y %H:%M", "1/1/2015 24:00"), "refused");
    assert_string_equal(read("%d/%m/%Y %I:%M %p", "1/1/2015 13:00 PM"), "refused");
    assert_string_equal(read("iso", "0000-00-00 00:00:00"), "refused");
    assert_string_equal(read("iso", "2012-03-15 25:00"), "refused");
    assert_string_equal(read("iso", "2012-3-15"), "refused");
    assert_string_equal(read("iso", "2012-03-15T11:53:52+99:00"), "refused");
    assert_string_equal(read("iso", "2012-03-15T11:53:52 Europe/Berlin"), "refused");
    assert_string_equal(read("iso", ""), "refused");
}

static void judges_forms(void **state)
{
    (void)state;
    assert_null(ebb_date_form_fault("iso"));
    assert_null(ebb_date_form_fault("%d/%m/%Y %H:%M"));
    assert_null(ebb_date_form_fault("%F %T"));
    assert_null(ebb_date_form_fault("%d %b %y %I %p"));
    assert_non_null(ebb_date_form_fault("%d/%m"));
    assert_non_null(ebb_date_form_fault("%d/%m/%Y %I:%M"));
    assert_non_null(ebb_date_form_fault("%d/%m/%Y %H:%M %p"));
    assert_non_null(ebb_date_form_fault("%d/%m/%Y %q"));
    assert_non_null(ebb_date_form_fault("%d/%m/%Y %"));
    assert_non_null(ebb_date_form_fault(""));
}

static void compares(void **state)
{
    struct ebb_date a, b;
    (void)state;
    assert_null(ebb_date_read("iso", "2012-03-15T11:00:00+01:00", 25, &a));
    assert_null(ebb_date_read("iso", "2012-03-15T10:00:00Z", 20, &b));
    assert_int_equal(ebb_date_compare(&a, &b), 0);
    b.minute = 1;
    assert_int_equal(ebb_date_compare(&a, &b), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_iso),
        cmocka_unit_test(reads_patterns),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(refuses_what_is_no_date),
        cmocka_unit_test(judges_forms),
        cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
