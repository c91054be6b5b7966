/* SPDX-License-Identifier: Apache-2.0
 * Purpose: dates of foreign logs; see date.h. strptime(3) is not used: it bends 31 February into March, follows the locale
 * and knows no fractions of a second.
 * Memory: none. Must not know: time zones, mappings, files.
 */
#include "ctl/date.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cursor {
    const char *at, *end;
};

struct parts {
    struct ebb_date date;
    bool is_pm, has_half, has_12;
    int weekday_seen;
};

static const char *const months[] = { "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december" };
static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && is_leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 and back, after Howard Hinnant's civil-day algorithms. */
static int64_t days_from_civil(int y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t z, struct ebb_date *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    d->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    d->month = (int)(mp + (mp < 10 ? 3 : -9));
    d->year = (int)(yoe + era * 400 + (d->month <= 2));
}

static bool read_number(struct cursor *c, int min_digits, int max_digits, int *value_r)
{
    int n = 0, value = 0;
    while (c->at < c->end && n < max_digits && is_digit(*c->at)) {
        value = value * 10 + (*c->at++ - '0');
        n++;
    }
    *value_r = value;
    return n >= min_digits;
}

/* A name or its first three letters, in any case; the long one first, so that "March" does not leave "ch" behind. */
static bool read_name(struct cursor *c, const char *const *names, int count, int *index_r)
{
    size_t left = (size_t)(c->end - c->at);
    for (int i = 0; i < count; i++) {
        size_t full = strlen(names[i]);
        for (size_t len = full;; len = 3) {
            if (left >= len && strncasecmp(c->at, names[i], len) == 0) {
                c->at += len;
                if (c->at < c->end && *c->at == '.')
                    c->at++;
                *index_r = i;
                return true;
            }
            if (len == 3)
                break;
        }
    }
    return false;
}

static bool read_fraction(struct cursor *c, int *micro_r)
{
    int digits = 0, value = 0;
    while (c->at < c->end && is_digit(*c->at)) {
        if (digits < 6)
            value = value * 10 + (*c->at - '0');
        digits++;
        c->at++;
    }
    for (int i = digits; i < 6; i++)
        value *= 10;
    *micro_r = value;
    return digits > 0;
}

/* Z, UTC, GMT, +01, +0100 or +01:00. */
static bool read_offset(struct cursor *c, struct ebb_date *d)
{
    if (c->at >= c->end)
        return false;
    d->has_offset = true;
    d->offset_min = 0;
    size_t left = (size_t)(c->end - c->at);
    if (left >= 3 && (strncasecmp(c->at, "utc", 3) == 0 || strncasecmp(c->at, "gmt", 3) == 0)) {
        c->at += 3;
        return true;
    }
    if (*c->at == 'Z' || *c->at == 'z') {
        c->at++;
        return true;
    }
    if (*c->at != '+' && *c->at != '-')
        return false;
    int sign = *c->at++ == '-' ? -1 : 1;
    int hours = 0, minutes = 0;
    if (!read_number(c, 2, 2, &hours))
        return false;
    if (c->at < c->end && *c->at == ':')
        c->at++;
    if (c->at < c->end && is_digit(*c->at) && !read_number(c, 2, 2, &minutes))
        return false;
    d->offset_min = sign * (hours * 60 + minutes);
    return hours <= 15 && minutes <= 59;
}

static const char *const value_faults[] = { "the year is not between 1900 and 2199", "there is no such month", "that month has no such day",
    "there is no such time of day" };

static const char *date_fault(const struct ebb_date *d)
{
    if (d->year < 1900 || d->year > 2199)
        return value_faults[0];
    if (d->month < 1 || d->month > 12)
        return value_faults[1];
    if (d->day < 1 || d->day > days_in_month(d->year, d->month))
        return value_faults[2];
    if (d->hour > 23 || d->minute > 59 || d->second > 60)
        return value_faults[3];
    return NULL;
}

bool ebb_date_fits_form(const char *fault)
{
    for (size_t i = 0; i < sizeof value_faults / sizeof *value_faults; i++)
        if (fault == value_faults[i])
            return true;
    return fault == NULL;
}

static bool read_half(struct cursor *c, struct parts *p)
{
    if (c->at >= c->end)
        return false;
    char first = *c->at;
    bool is_am = first == 'a' || first == 'A';
    p->is_pm = first == 'p' || first == 'P';
    if (!is_am && !p->is_pm)
        return false;
    c->at++;
    if (c->at < c->end && *c->at == '.')
        c->at++;
    if (c->at < c->end && (*c->at == 'm' || *c->at == 'M'))
        c->at++;
    if (c->at < c->end && *c->at == '.')
        c->at++;
    p->has_half = true;
    return true;
}

static const char *expansion(char code)
{
    switch (code) {
    case 'F': return "%Y-%m-%d";
    case 'T': return "%H:%M:%S";
    case 'R': return "%H:%M";
    default: return NULL;
    }
}

static bool read_year(struct cursor *c, char code, int *year_r)
{
    if (code == 'Y')
        return read_number(c, 4, 4, year_r);
    if (!read_number(c, 2, 2, year_r))
        return false;
    *year_r += *year_r < 69 ? 2000 : 1900;
    return true;
}

static const char *read_code(struct cursor *c, char code, struct parts *p)
{
    struct ebb_date *d = &p->date;
    int index = 0;
    switch (code) {
    case 'd': return read_number(c, 1, 2, &d->day) ? NULL : "no day where the form has %d";
    case 'm': return read_number(c, 1, 2, &d->month) ? NULL : "no month where the form has %m";
    case 'Y': return read_year(c, code, &d->year) ? NULL : "no year of four digits where the form has %Y";
    case 'y': return read_year(c, code, &d->year) ? NULL : "no year of two digits where the form has %y";
    case 'H': return read_number(c, 1, 2, &d->hour) ? NULL : "no hour where the form has %H";
    case 'I':
        p->has_12 = true;
        return read_number(c, 1, 2, &d->hour) && d->hour >= 1 && d->hour <= 12 ? NULL : "no hour from 1 to 12 where the form has %I";
    case 'M': return read_number(c, 1, 2, &d->minute) ? NULL : "no minute where the form has %M";
    case 'S': return read_number(c, 1, 2, &d->second) ? NULL : "no second where the form has %S";
    case 'f': return read_fraction(c, &d->micro) ? NULL : "no fraction of a second where the form has %f";
    case 'p': return read_half(c, p) ? NULL : "neither AM nor PM where the form has %p";
    case 'z': return read_offset(c, d) ? NULL : "no offset such as +01:00 where the form has %z";
    case 'b':
    case 'B':
        if (!read_name(c, months, 12, &index))
            return "no English month name where the form has %b";
        d->month = index + 1;
        return NULL;
    case 'a':
    case 'A': return read_name(c, weekdays, 7, &index) ? NULL : "no English weekday where the form has %a";
    default: return "the form has a code that is not known";
    }
}

static const char *read_pattern(const char *form, struct cursor *c, struct parts *p)
{
    for (const char *f = form; *f != '\0'; f++) {
        if (is_blank(*f)) {
            if (c->at >= c->end || !is_blank(*c->at))
                return "it ends or goes on where the form has a blank";
            while (c->at < c->end && is_blank(*c->at))
                c->at++;
            continue;
        }
        const char *fault = NULL;
        if (*f == '%' && f[1] != '\0' && f[1] != '%') {
            f++;
            const char *longer = expansion(*f);
            fault = longer != NULL ? read_pattern(longer, c, p) : read_code(c, *f, p);
        } else {
            f += *f == '%';
            if (c->at >= c->end || *c->at != *f)
                fault = "a separator differs from the form's";
            else
                c->at++;
        }
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static const char *read_iso_time(struct cursor *c, struct ebb_date *d, bool is_basic)
{
    if (!read_number(c, 2, 2, &d->hour))
        return "no hour of two digits";
    if (!is_basic && (c->at >= c->end || *c->at++ != ':'))
        return "no colon after the hour";
    if (!read_number(c, 2, 2, &d->minute))
        return "no minute of two digits";
    bool has_second = is_basic ? c->at < c->end && is_digit(*c->at) : c->at < c->end && *c->at == ':';
    if (has_second) {
        c->at += !is_basic;
        if (!read_number(c, 2, 2, &d->second))
            return "no second of two digits";
        if (c->at < c->end && (*c->at == '.' || *c->at == ',')) {
            c->at++;
            if (!read_fraction(c, &d->micro))
                return "no digits after the decimal point";
        }
    }
    if (c->at < c->end && *c->at == ' ')
        c->at++;
    if (c->at < c->end && !read_offset(c, d))
        return "what follows the time is no offset";
    return NULL;
}

/* ISO 8601 / RFC 3339: extended or basic form, "T" or a blank between, fraction and offset if any; a date alone is its midnight. */
static const char *read_iso(struct cursor *c, struct ebb_date *d)
{
    if (!read_number(c, 4, 4, &d->year))
        return "no year of four digits";
    bool is_basic = c->at < c->end && is_digit(*c->at);
    if (!is_basic && (c->at >= c->end || *c->at++ != '-'))
        return "no dash after the year";
    if (!read_number(c, 2, 2, &d->month))
        return "no month of two digits";
    if (!is_basic && (c->at >= c->end || *c->at++ != '-'))
        return "no dash after the month";
    if (!read_number(c, 2, 2, &d->day))
        return "no day of two digits";
    if (c->at >= c->end)
        return NULL;
    if (*c->at != 'T' && *c->at != 't' && *c->at != ' ')
        return "neither T nor a blank after the date";
    c->at++;
    return read_iso_time(c, d, is_basic);
}

/* A number with at most one point. Seconds are kept as integer and micro part, so that no binary fraction is lost. */
static const char *read_epoch(struct cursor *c, int64_t unit_micro, struct ebb_date *d)
{
    int64_t whole = 0;
    int digits = 0;
    while (c->at < c->end && is_digit(*c->at) && digits < 16) {
        whole = whole * 10 + (*c->at++ - '0');
        digits++;
    }
    int fraction = 0;
    if (digits == 0)
        return "no number";
    if (c->at < c->end && *c->at == '.') {
        c->at++;
        if (!read_fraction(c, &fraction))
            return "no digits after the decimal point";
    }
    if (whole > INT64_C(8000000000000000) / unit_micro)
        return "the number is too large for a time of this unit";
    int64_t micro = whole * unit_micro + (int64_t)fraction * unit_micro / 1000000;
    int64_t seconds = micro / 1000000;
    civil_from_days(seconds / 86400, d);
    d->hour = (int)(seconds % 86400 / 3600);
    d->minute = (int)(seconds % 3600 / 60);
    d->second = (int)(seconds % 60);
    d->micro = (int)(micro % 1000000);
    d->has_offset = true;
    d->offset_min = 0;
    return NULL;
}

/* A spreadsheet's serial date: a wall clock without zone, good to the second. */
static const char *read_excel(struct cursor *c, struct ebb_date *d)
{
    char number[32];
    size_t len = (size_t)(c->end - c->at);
    if (len == 0 || len >= sizeof number)
        return "no serial number of a day";
    for (size_t i = 0; i < len; i++)
        if (!is_digit(c->at[i]) && c->at[i] != '.')
            return "no serial number of a day";
    memcpy(number, c->at, len);
    number[len] = '\0';
    char *rest = NULL;
    double days = strtod(number, &rest);
    if (*rest != '\0' || days < 1 || days > 109574)
        return "no serial number of a day";
    int64_t seconds = llround(days * 86400);
    civil_from_days(seconds / 86400 - 25569, d);
    d->hour = (int)(seconds % 86400 / 3600);
    d->minute = (int)(seconds % 3600 / 60);
    d->second = (int)(seconds % 60);
    c->at = c->end;
    return NULL;
}

static const char *read_form(const char *form, struct cursor *c, struct parts *p)
{
    if (strcmp(form, "iso") == 0)
        return read_iso(c, &p->date);
    if (strcmp(form, "epoch_seconds") == 0)
        return read_epoch(c, 1000000, &p->date);
    if (strcmp(form, "epoch_milliseconds") == 0)
        return read_epoch(c, 1000, &p->date);
    if (strcmp(form, "excel") == 0)
        return read_excel(c, &p->date);
    return read_pattern(form, c, p);
}

const char *ebb_date_read(const char *form, const char *text, size_t len, struct ebb_date *date_r)
{
    struct cursor c = { text, text + len };
    struct parts p = { 0 };
    while (c.at < c.end && is_blank(*c.at))
        c.at++;
    while (c.end > c.at && is_blank(c.end[-1]))
        c.end--;
    const char *fault = read_form(form, &c, &p);
    if (fault != NULL)
        return fault;
    if (c.at != c.end)
        return "it goes on after the end of the form";
    if (p.has_12)
        p.date.hour = p.date.hour % 12 + (p.is_pm ? 12 : 0);
    fault = date_fault(&p.date);
    if (fault == NULL)
        *date_r = p.date;
    return fault;
}

const char *ebb_date_form_fault(const char *form)
{
    static const char *const named[] = { "iso", "epoch_seconds", "epoch_milliseconds", "excel" };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(form, named[i]) == 0)
            return NULL;
    char seen[128] = { 0 };
    for (const char *f = form; *f != '\0'; f++) {
        if (*f != '%')
            continue;
        f++;
        if (*f == '\0' || strchr("dmYyHIMSfpzbBaAFTR%", *f) == NULL)
            return "only %d %m %Y %y %H %I %M %S %f %p %z %b %B %a %F %T %R and %% may follow a percent sign";
        seen[(unsigned char)*f] = 1;
        for (const char *longer = expansion(*f); longer != NULL && *longer != '\0'; longer++)
            if (*longer == '%')
                seen[(unsigned char)longer[1]] = 1;
    }
    if (!seen['d'] || !(seen['m'] || seen['b'] || seen['B']) || !(seen['Y'] || seen['y']))
        return "it must hold day, month and year (%d, %m or %b, %Y or %y), or be iso, epoch_seconds, epoch_milliseconds or excel";
    if (seen['I'] != seen['p'])
        return "%I (hours 1 to 12) and %p (AM, PM) need each other; hours from 0 to 23 are %H";
    return NULL;
}

void ebb_date_write(const struct ebb_date *d, char text_r[static EBB_DATE_TEXT])
{
    int n = snprintf(text_r, EBB_DATE_TEXT, "%04d-%02d-%02d %02d:%02d:%02d", d->year, d->month, d->day, d->hour, d->minute, d->second);
    if (d->micro != 0)
        n += snprintf(text_r + n, EBB_DATE_TEXT - (size_t)n, ".%06d", d->micro);
    if (d->has_offset)
        snprintf(text_r + n, EBB_DATE_TEXT - (size_t)n, "%c%02d:%02d", d->offset_min < 0 ? '-' : '+', abs(d->offset_min) / 60,
            abs(d->offset_min) % 60);
}

static int64_t wall_micro(const struct ebb_date *d)
{
    int64_t seconds = days_from_civil(d->year, d->month, d->day) * 86400 + d->hour * 3600 + d->minute * 60 + d->second;
    return seconds * 1000000 + d->micro;
}

int ebb_date_compare(const struct ebb_date *a, const struct ebb_date *b)
{
    int64_t x = wall_micro(a), y = wall_micro(b);
    if (a->has_offset && b->has_offset) {
        x -= (int64_t)a->offset_min * 60000000;
        y -= (int64_t)b->offset_min * 60000000;
    }
    return (x > y) - (x < y);
}
