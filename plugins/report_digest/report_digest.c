/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a team's week on one sheet: what came, what went, what is left and how old, against the week before, and the ten
 *          oldest tickets. As JSON, CSV and HTML.
 * Memory:  none of its own.
 * Must not know: how a figure comes about: statements read the reporting contract, sql/code/digest.sql.
 */
#include "digest.h"

#include <string.h>

static int
has_columns(const struct ebb_plugin_rows *rows, size_t least)
{
	return rows != NULL && (rows->row_count == 0 || rows->column_count >= least);
}

static int
report(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_request *request)
{
	const struct digest digest = {
		.week = host->rows(host, "week"),
		.figures = host->rows(host, "figures"),
		.ages = host->rows(host, "ages"),
		.oldest = host->rows(host, "oldest"),
		.ticket_link = host->config(host, "ticket_link"),
	};
	struct sheet sheet = { .host = host };

	(void)state;
	if (!has_columns(digest.week, WEEK_COLUMNS) || digest.week->row_count != 1 || !has_columns(digest.figures, FIGURE_COLUMNS) ||
	    !has_columns(digest.ages, AGE_COLUMNS) || !has_columns(digest.oldest, OLDEST_COLUMNS))
		return host->fail(host, NULL, "The rows of the digest are missing.");
	if (digest_cell(digest.week, 0, POINTER)[0] != '\0')
		return host->fail(host, digest_cell(digest.week, 0, POINTER), digest_cell(digest.week, 0, DETAIL));
	if (strcmp(request->format, "csv") == 0)
		digest_csv(&sheet, &digest);
	else if (strcmp(request->format, "html") == 0)
		digest_html(&sheet, &digest);
	else
		digest_json(&sheet, &digest);
	return sheet.is_full ? host->fail(host, NULL, "The digest is longer than a document may be.") : EBB_PLUGIN_OK;
}

/* Goes into pages: an address of this desk or of the web, and nothing that leaves an attribute. */
static int
check(const struct ebb_plugin_host *host)
{
	const char *link = host->config(host, "ticket_link");

	if (strstr(link, "{ticket_id}") == NULL)
		return host->fail(host, "/ticket_link", "The address must say where the number of the ticket stands: {ticket_id}.");
	if ((link[0] != '/' || link[1] == '/') && strncmp(link, "https://", 8) != 0 && strncmp(link, "http://", 7) != 0)
		return host->fail(host, "/ticket_link", "The address must begin with /, https:// or http://.");
	for (const char *s = link; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || strchr("\"'<>\\", *s) != NULL)
			return host->fail(host, "/ticket_link", "The address must not have blanks, quotes, brackets or backslashes.");
	return EBB_PLUGIN_OK;
}

static const struct ebb_plugin_param params[] = {
    { .key = "ticket_link", .help = "Address of a ticket in the digest; {ticket_id} stands for its number.", .initial = "/api/v1/tickets/{ticket_id}",
      .least = 1, .most = 300, .type = EBB_PLUGIN_TEXT },
    { .key = NULL },
};
static const struct ebb_plugin_statement statements[] = {
    { .name = "week", .sql = "select * from x_report_digest.asked($1::jsonb)", .report = "weekly", .when = EBB_PLUGIN_WHEN_REPORT },
    { .name = "figures", .sql = "select * from x_report_digest.figures($1::jsonb)", .report = "weekly", .when = EBB_PLUGIN_WHEN_REPORT },
    { .name = "ages", .sql = "select * from x_report_digest.ages($1::jsonb)", .report = "weekly", .when = EBB_PLUGIN_WHEN_REPORT },
    { .name = "oldest", .sql = "select * from x_report_digest.oldest($1::jsonb)", .report = "weekly", .when = EBB_PLUGIN_WHEN_REPORT },
    { .name = NULL },
};
static const struct ebb_plugin_report reports[] = {
    { .name = "weekly", .title = "Weekly digest of a team", .formats = "html|json|csv", .params = "team_id|week" },
    { .name = NULL },
};
static const char *const reads[] = { "contract_info", "dim_teams", "dim_agents", "dim_age_bands", "dim_statuses", "dim_priorities", "flow_daily", "handovers_daily",
	                             "ticket_spans", "sla_clocks", "tickets", NULL };

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = "report_digest",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "A team's week on one sheet: what came, what went, what is left and how old, against the week before.",
    .params = params,
    .statements = statements,
    .reports = reports,
    .reads = reads,
    .check = check,
    .report = report,
};
