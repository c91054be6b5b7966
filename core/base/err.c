/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the error slot, see err.h.
 * Memory:  texts go to the slot's arena.
 * Must not know: HTTP beyond a status number, SQL beyond a state.
 */
#include "base/err.h"

#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct ebb_code codes[] = {
#define CODE(name, status, sqlstate, slug, title) { #name, status, sqlstate, slug, title },
#include "base/codes.def"
#undef CODE
};

const struct ebb_code *
ebb_code(enum ebb_rc rc)
{
	EBB_ASSERT(rc > EBB_OK && rc < EBB_RC_COUNT);
	return &codes[rc - 1];
}

enum ebb_rc
ebb_code_of_sqlstate(const char *sqlstate)
{
	if (sqlstate == NULL || sqlstate[0] != 'Z' || sqlstate[1] != 'E')
		return EBB_OK;
	for (size_t i = 0; i < EBB_COUNT(codes); i++)
		if (strcmp(codes[i].sqlstate, sqlstate) == 0)
			return (enum ebb_rc)(i + 1);
	return EBB_OK;
}

void
ebb_err_init(struct ebb_err *err, struct ebb_arena *arena)
{
	*err = (struct ebb_err){ .arena = arena };
}

enum ebb_rc
ebb_fail(struct ebb_err *err, enum ebb_rc rc, const char *format, ...)
{
	va_list ap;

	EBB_ASSERT(rc > EBB_OK && rc < EBB_RC_COUNT);
	err->rc = rc;
	va_start(ap, format);
	err->sentence = ebb_arena_vprintf(err->arena, format, ap);
	va_end(ap);
	return rc;
}

void
ebb_err_item(struct ebb_err *err, const char *pointer, const char *format, ...)
{
	struct ebb_err_item *item = EBB_NEW(err->arena, struct ebb_err_item);
	va_list ap;

	item->pointer = ebb_arena_strdup(err->arena, pointer);
	va_start(ap, format);
	item->detail = ebb_arena_vprintf(err->arena, format, ap);
	va_end(ap);
	if (err->last == NULL)
		err->items = item;
	else
		err->last->next = item;
	err->last = item;
	err->item_count++;
}

enum ebb_rc
ebb_fail_items(struct ebb_err *err, enum ebb_rc rc, const char *sentence)
{
	if (err->item_count == 0)
		return EBB_OK;
	return ebb_fail(err, rc, "%s", sentence);
}

const char *
ebb_err_log_id(struct ebb_err *err)
{
	static unsigned serial;

	/* Unique enough to be found in the log; it opens nothing, so it may be guessed. */
	if (err->log_id[0] == '\0')
		snprintf(err->log_id, sizeof err->log_id, "%08x%04x%04x",
			 (unsigned)(ebb_wall_ms() / 1000), (unsigned)getpid() & 0xffff, ++serial & 0xffff);
	return err->log_id;
}
