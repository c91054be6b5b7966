/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl assess: asks ctl.assess for the assessment and prints it as text, HTML or the JSON as it came.
 * Memory: ctl->arena. Must not know: what stands in the assessment.
 */
#include "ctl/assess.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct options {
    const char *import, *source, *department, *as_of, *format;
};

static const struct argp_option options[] = {
    { "import", 'i', "ID", 0, "Only what this import brought", 0 },
    { "source", 's', "NAME", 0, "The same by the name of the source", 0 },
    { "department", 'd', "CODE", 0, "Only this department", 0 },
    { "as-of", 'a', "TIME", 0, "As things stood then (RFC 3339; default: now, for an import its last event)", 0 },
    { "format", 'f', "FORMAT", 0, "text (default), html (one file, for reading and printing) or json", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'i':
        (void)ebb_ctl_number(state, "import", arg, 1, 2000000000);
        o->import = arg;
        return 0;
    case 's': o->source = arg; return 0;
    case 'd': o->department = arg; return 0;
    case 'a': o->as_of = arg; return 0;
    case 'f':
        if (strcmp(arg, "text") != 0 && strcmp(arg, "html") != 0 && strcmp(arg, "json") != 0 && strcmp(arg, "pdf") != 0)
            argp_error(state, "--format must be text, html or json, not \"%s\"", arg);
        o->format = arg;
        return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

int ebb_cmd_assess(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .format = "text" };
    ebb_ctl_parse(ctl, command, options, parse, "Without --import, --source or --department it is about the whole desk, without imported logs.", &o, argc, argv);
    if (ctl->is_json)
        o.format = "json";
    if (strcmp(o.format, "pdf") == 0)
        return ebb_ctl_fail(ctl, EX_UNAVAILABLE, "There is no PDF writer here yet; --format html gives one file that any browser prints to PDF.");
    json_t *args = json_pack("{s:s*, s:s*, s:s*, s:s*}", "import_id", o.import, "source_name", o.source, "department", o.department, "as_of", o.as_of);
    char *text = args == NULL ? NULL : json_dumps(args, JSON_COMPACT);
    json_decref(args);
    if (text == NULL)
        return ebb_ctl_fail(ctl, EX_DATAERR, "An argument is not UTF-8.");
    const char *const params[] = { text };
    const char *answer = NULL;
    enum ebb_rc rc = ebb_ctl_call(ctl, "assess", params, 1, &answer);
    free(text);
    if (rc != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (answer != NULL && strcmp(o.format, "json") == 0) {
        puts(answer);
        return EX_OK;
    }
    json_t *document = answer == NULL ? NULL : json_loads(answer, 0, NULL);
    if (document == NULL)
        return ebb_ctl_fail(ctl, EX_SOFTWARE, "The database's answer to ctl.assess is no JSON object.");
    if (strcmp(o.format, "html") == 0)
        ebb_assess_html(ctl, document, stdout);
    else
        ebb_assess_text(ctl, document, stdout);
    json_decref(document);
    return EX_OK;
}
