/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what else follows from the rows of params.def: sample file, table for the docs, and the
 *          question whether a reload is enough.
 * Memory:  owns none.
 * Must not know: libconfuse.
 */
#include "conf/conf.h"

#include <string.h>

#define RELOAD 0
#define FIXED  1

struct row {
	const char *name, *type, *unit, *text;
	const char *def_text; /* NULL: number in def */
	long def, least, most;
	int is_fixed;
};

static const struct row rows[] = {
#define PARAM_STR(name, def, reload, text) { #name, "text", "", text, def, 0, 0, 0, reload },
#define PARAM_PATH(name, def, reload, text) { #name, "path", "", text, def, 0, 0, 0, reload },
#define PARAM_BOOL(name, def, reload, text) { #name, "boolean", "", text, NULL, def, 0, 1, reload },
#define PARAM_INT(name, unit, def, least, most, reload, text)                                      \
	{ #name, "integer", unit, text, NULL, def, least, most, reload },
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
};

static void
print_default(FILE *out, const struct row *row, const char *quote)
{
	if (row->def_text != NULL)
		fprintf(out, "%s%s%s", quote, row->def_text, quote);
	else if (strcmp(row->type, "boolean") == 0)
		fputs(row->def ? "true" : "false", out);
	else
		fprintf(out, "%ld", row->def);
}

void
ebb_conf_print_sample(FILE *out)
{
	fputs("# Ebb's configuration. Every line below says the default; take its # away to change it.\n"
	      "# `ebbd --check FILE` tells every fault with its line.\n",
	      out);
	for (size_t i = 0; i < EBB_COUNT(rows); i++) {
		fprintf(out, "\n# %s\n# %s", rows[i].text, rows[i].is_fixed ? "Needs a restart." : "Taken over on reload.");
		if (strcmp(rows[i].type, "integer") == 0)
			fprintf(out, " From %ld to %ld%s%s.", rows[i].least, rows[i].most, rows[i].unit[0] ? " " : "",
				rows[i].unit);
		fprintf(out, "\n#%s = ", rows[i].name);
		print_default(out, &rows[i], "\"");
		fputc('\n', out);
	}
}

void
ebb_conf_print_table(FILE *out)
{
	fputs("| parameter | type | default | range | reload | meaning |\n| --- | --- | --- | --- | --- | --- |\n", out);
	for (size_t i = 0; i < EBB_COUNT(rows); i++) {
		fprintf(out, "| `%s` | %s | ", rows[i].name, rows[i].type);
		if (rows[i].def_text != NULL && rows[i].def_text[0] == '\0')
			fputs("empty", out);
		else
			print_default(out, &rows[i], "`");
		fputs(" | ", out);
		if (strcmp(rows[i].type, "integer") == 0)
			fprintf(out, "%ld to %ld %s", rows[i].least, rows[i].most, rows[i].unit);
		fprintf(out, " | %s | %s |\n", rows[i].is_fixed ? "restart" : "reload", rows[i].text);
	}
}

static bool
differs(const char *a, const char *b)
{
	return strcmp(a, b) != 0;
}

bool
ebb_conf_needs_restart(const struct ebb_conf *now, const struct ebb_conf *next, const char **name_r)
{
#define PARAM_STR(name, def, reload, text)                                                         \
	if ((reload) == FIXED && differs(now->name, next->name)) {                                 \
		*name_r = #name;                                                                   \
		return true;                                                                       \
	}
#define PARAM_PATH PARAM_STR
#define PARAM_INT(name, unit, def, least, most, reload, text)                                      \
	if ((reload) == FIXED && now->name != next->name) {                                        \
		*name_r = #name;                                                                   \
		return true;                                                                       \
	}
#define PARAM_BOOL(name, def, reload, text) PARAM_INT(name, "", def, 0, 1, reload, text)
#include "conf/params.def"
#undef PARAM_STR
#undef PARAM_PATH
#undef PARAM_BOOL
#undef PARAM_INT
	return false;
}
