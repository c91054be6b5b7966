/* SPDX-License-Identifier: Apache-2.0
 * Purpose: reads a foreign log's date in a stated form, strictly: what is not a real date is refused, never bent into one.
 * Memory: none of its own; the caller lends text and result.
 * Must not know: time zones (PostgreSQL resolves a zone's name), mappings, files.
 */
#ifndef EBB_CTL_DATE_H
#define EBB_CTL_DATE_H

#include <stdbool.h>
#include <stddef.h>

enum { EBB_DATE_TEXT = 40 };

struct ebb_date {
    int year, month, day, hour, minute, second, micro;
    bool has_offset;
    int offset_min;
};

/* Is the form itself sound? NULL, or a sentence that says what is wrong with it.
 * A form is "iso", "epoch_seconds", "epoch_milliseconds", "excel" (days since 1899-12-30), or a pattern of
 * %d %m %Y %y %H %I %M %S %f %p %z %b %B %a and of %F (%Y-%m-%d), %T (%H:%M:%S), %R (%H:%M), %%. */
const char *ebb_date_form_fault(const char *form);

/* NULL, or why the text is not a date of this form. */
const char *ebb_date_read(const char *form, const char *text, size_t len, struct ebb_date *date_r);

/* Whether the text had the form, and only what it says is no real date: of several forms, that one was meant. */
bool ebb_date_fits_form(const char *fault);

/* "2012-03-15 11:53:52[.250000][+01:00]": what PostgreSQL reads without guessing. */
void ebb_date_write(const struct ebb_date *date, char text_r[static EBB_DATE_TEXT]);

/* Orders two dates of one log by what they say: instants when both have an offset, else wall clock. */
int ebb_date_compare(const struct ebb_date *a, const struct ebb_date *b);

#endif
