/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the ages of what is open as bars, two for each band: this week and the week before. Title and description say
 *          the same in words; the table below has the figures.
 * Memory:  none.
 * Must not know: the page around it.
 */
#include "digest.h"

#define BAND_HEIGHT 44
#define BAR_LEFT 160
#define BAR_WIDTH 380
#define LEGEND_HEIGHT 28

static long long
longest(const struct ebb_plugin_rows *ages)
{
	long long most = 1;

	for (size_t row = 0; row < ages->row_count; row++)
		for (size_t column = AGE_THIS_WEEK; column <= AGE_WEEK_BEFORE; column++)
			most = digest_number(ages, row, column) > most ? digest_number(ages, row, column) : most;
	return most;
}

static void
bar(struct sheet *sheet, long long top, long long figure, long long most, const char *colour)
{
	sheet_print(sheet, "<rect x=\"%d\" y=\"%lld\" width=\"%lld\" height=\"14\" fill=\"%s\"/><text x=\"%lld\" y=\"%lld\" font-size=\"12\" fill=\"currentColor\">%lld</text>\n",
	            BAR_LEFT, top, figure * BAR_WIDTH / most, colour, BAR_LEFT + figure * BAR_WIDTH / most + 6, top + 12, figure);
}

void
digest_svg(struct sheet *sheet, const struct digest *digest)
{
	const struct ebb_plugin_rows *ages = digest->ages;
	long long most = longest(ages);

	sheet_print(sheet, "<svg role=\"img\" aria-labelledby=\"ages-title ages-text\" viewBox=\"0 0 600 %zu\" width=\"600\" height=\"%zu\">\n"
			   "<title id=\"ages-title\">Open tickets by age</title>\n<desc id=\"ages-text\">",
	            ages->row_count * BAND_HEIGHT + LEGEND_HEIGHT, ages->row_count * BAND_HEIGHT + LEGEND_HEIGHT);
	for (size_t row = 0; row < ages->row_count; row++) {
		sheet_add(sheet, row == 0 ? "" : "; ");
		html_text(sheet, digest_cell(ages, row, AGE_BAND));
		sheet_print(sheet, ": %lld, a week before %lld", digest_number(ages, row, AGE_THIS_WEEK), digest_number(ages, row, AGE_WEEK_BEFORE));
	}
	sheet_add(sheet, ".</desc>\n<rect x=\"160\" y=\"4\" width=\"14\" height=\"14\" fill=\"#2563a8\"/><text x=\"180\" y=\"16\" font-size=\"12\" fill=\"currentColor\">this week</text>"
			 "<rect x=\"280\" y=\"4\" width=\"14\" height=\"14\" fill=\"#9a9a9a\"/><text x=\"300\" y=\"16\" font-size=\"12\" fill=\"currentColor\">week before</text>\n");
	for (size_t row = 0; row < ages->row_count; row++) {
		long long top = (long long)row * BAND_HEIGHT + LEGEND_HEIGHT;

		sheet_print(sheet, "<text x=\"150\" y=\"%lld\" font-size=\"13\" text-anchor=\"end\" fill=\"currentColor\">", top + 20);
		html_text(sheet, digest_cell(ages, row, AGE_BAND));
		sheet_add(sheet, "</text>\n");
		bar(sheet, top, digest_number(ages, row, AGE_THIS_WEEK), most, "#2563a8");
		bar(sheet, top + 17, digest_number(ages, row, AGE_WEEK_BEFORE), most, "#9a9a9a");
	}
	sheet_add(sheet, "</svg>\n");
}
