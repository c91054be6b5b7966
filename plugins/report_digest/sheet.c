/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: cells and sheet of digest.h.
 * Memory:  none.
 * Must not know: any of the forms.
 */
#include "digest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
digest_cell(const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	const char *cell = rows->cells[row * rows->column_count + column];

	return cell == NULL ? "" : cell;
}

int
digest_is_true(const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	return digest_cell(rows, row, column)[0] == 't';
}

long long
digest_number(const struct ebb_plugin_rows *rows, size_t row, size_t column)
{
	return strtoll(digest_cell(rows, row, column), NULL, 10);
}

static void
add_bytes(struct sheet *sheet, const char *text, size_t length)
{
	if (!sheet->is_full && length > 0)
		sheet->is_full = sheet->host->write(sheet->host, text, length) != EBB_PLUGIN_OK;
}

void
sheet_add(struct sheet *sheet, const char *text)
{
	add_bytes(sheet, text, strlen(text));
}

void
sheet_print(struct sheet *sheet, const char *format, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	sheet_add(sheet, text);
}

void
sheet_escape(struct sheet *sheet, const char *text, const char *special, const char *const *instead)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, special);

		add_bytes(sheet, text, plain);
		text += plain;
		if (*text != '\0')
			sheet_add(sheet, instead[strchr(special, *text++) - special]);
	}
}

void
digest_link(const struct digest *digest, size_t row, char *link, size_t size)
{
	const char *mark = strstr(digest->ticket_link, "{ticket_id}");

	snprintf(link, size, "%.*s%s%s", (int)(mark - digest->ticket_link), digest->ticket_link, digest_cell(digest->oldest, row, TICKET_ID),
	         mark + strlen("{ticket_id}"));
}
