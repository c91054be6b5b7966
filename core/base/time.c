/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: clocks and RFC 3339, see time.h.
 * Memory:  owns none.
 */
#include "base/time.h"

#include "base/check.h"

#include <time.h>

int64_t
ebb_mono_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
ebb_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static char *
put_digits(char *at, unsigned value, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--, value /= 10)
		at[i - 1] = (char)('0' + value % 10);
	return at + digits;
}

size_t
ebb_time_rfc3339(char text[EBB_TIME_ROOM], int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;
	char *at = text;

	gmtime_r(&seconds, &tm);
	at = put_digits(at, (unsigned)(tm.tm_year + 1900), 4);
	*at++ = '-';
	at = put_digits(at, (unsigned)(tm.tm_mon + 1), 2);
	*at++ = '-';
	at = put_digits(at, (unsigned)tm.tm_mday, 2);
	*at++ = 'T';
	at = put_digits(at, (unsigned)tm.tm_hour, 2);
	*at++ = ':';
	at = put_digits(at, (unsigned)tm.tm_min, 2);
	*at++ = ':';
	at = put_digits(at, (unsigned)tm.tm_sec, 2);
	*at++ = '.';
	at = put_digits(at, (unsigned)(wall_ms % 1000), 3);
	*at++ = 'Z';
	*at = '\0';
	return (size_t)(at - text);
}

/* Exactly `digits` digits with a value in least..most; advances. */
static bool
take_number(const char **at, const char *end, unsigned digits, unsigned least, unsigned most, unsigned *value_r)
{
	unsigned value = 0;

	if ((size_t)(end - *at) < digits)
		return false;
	for (unsigned i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (unsigned)(**at - '0');
	}
	*value_r = value;
	return value >= least && value <= most;
}

static bool
take_char(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	(*at)++;
	return true;
}

static bool
take_date(const char **at, const char *end)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned year, month, day;
	bool is_leap;

	if (!take_number(at, end, 4, 1, 9999, &year) || !take_char(at, end, '-') ||
	    !take_number(at, end, 2, 1, 12, &month) || !take_char(at, end, '-') ||
	    !take_number(at, end, 2, 1, 31, &day))
		return false;
	is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return day <= (unsigned)days[month - 1] + (month == 2 && is_leap);
}

/* "Z", or an offset as far as PostgreSQL takes it (below 16 hours). */
static bool
take_offset(const char **at, const char *end)
{
	unsigned n;

	if (take_char(at, end, 'Z') || take_char(at, end, 'z'))
		return true;
	if (!take_char(at, end, '+') && !take_char(at, end, '-'))
		return false;
	return take_number(at, end, 2, 0, 15, &n) && take_char(at, end, ':') &&
	       take_number(at, end, 2, 0, 59, &n);
}

bool
ebb_time_is_date(const char *text, size_t length)
{
	const char *at = text, *end = text + length;

	return take_date(&at, end) && at == end;
}

bool
ebb_time_is_rfc3339(const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	unsigned n, digits = 0;

	if (!take_date(&at, end) || (!take_char(&at, end, 'T') && !take_char(&at, end, 't')) ||
	    !take_number(&at, end, 2, 0, 23, &n) || !take_char(&at, end, ':') ||
	    !take_number(&at, end, 2, 0, 59, &n) || !take_char(&at, end, ':') ||
	    !take_number(&at, end, 2, 0, 60, &n))
		return false;
	if (take_char(&at, end, '.')) {
		for (; at < end && *at >= '0' && *at <= '9'; at++)
			digits++;
		if (digits < 1 || digits > 9)
			return false;
	}
	return take_offset(&at, end) && at == end;
}
