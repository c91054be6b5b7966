/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the clocks, and RFC 3339 in and out.  Deadlines use the monotonic clock only.
 * Memory:  owns none.
 */
#ifndef EBB_BASE_TIME_H
#define EBB_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EBB_TIME_ROOM 32

int64_t ebb_mono_us(void);
int64_t ebb_wall_ms(void);
/* "2026-11-22T03:34:48.123Z" of a wall time; returns its length. */
size_t ebb_time_rfc3339(char text[EBB_TIME_ROOM], int64_t wall_ms);
/* A whole RFC 3339 date-time with offset (Z or +hh:mm) that names a real day. */
bool ebb_time_is_rfc3339(const char *text, size_t length);
/* A real day, YYYY-MM-DD. */
bool ebb_time_is_date(const char *text, size_t length);

#endif
