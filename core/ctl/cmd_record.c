/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl person, team, department, service, request-type, skill, shift, absence: list, show, create, change, remove. The noun
 * chooses the rows of records.def, and from those come options and columns.
 * Memory: ctl->arena.
 * Must not know: any of these nouns by itself.
 */
#include "ctl/grid.h"
#include "ctl/record.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { KEY_IF_VERSION = 0x2000, KEY_FIELD = 0x3000, MOST_FIELDS = 128 };

struct args {
    const struct ebb_record *record;
    const char *word, *department, *match;
    long if_version;
    bool is_all, wants_word;
    const char *value[MOST_FIELDS]; /* by the row of records.def */
};

static bool takes(const struct ebb_record *record, const struct ebb_record_field *field, int where)
{
    return strcmp(field->kind, record->kind) == 0 && (field->where & where) != 0 && (where == EBB_RECORD_LIST || *field->option != '\0');
}

static error_t take_value(struct args *a, size_t i, char *arg, struct argp_state *state)
{
    const struct ebb_record_field *field = &ebb_record_fields[i];
    bool is_yes = strcmp(arg, "yes") == 0 || strcmp(arg, "true") == 0, is_no = strcmp(arg, "no") == 0 || strcmp(arg, "false") == 0;
    if (field->type == EBB_RECORD_FLAG && !is_yes && !is_no)
        argp_error(state, "--%s is yes or no, not \"%s\"", field->option, arg);
    if (field->type == EBB_RECORD_NUMBER)
        (void)ebb_ctl_number(state, field->option, arg, 0, 2000000000);
    a->value[i] = field->type == EBB_RECORD_FLAG ? (is_yes ? "yes" : "no") : arg;
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case 'd': a->department = arg; return 0;
    case 'm': a->match = arg; return 0;
    case 'a': a->is_all = true; return 0;
    case KEY_IF_VERSION: a->if_version = ebb_ctl_number(state, "if-version", arg, 1, 2000000000); return 0;
    case ARGP_KEY_ARG:
        if (!a->wants_word || a->word != NULL)
            argp_error(state, "\"%s\" is one argument too many", arg);
        a->word = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->wants_word && a->word == NULL)
            argp_error(state, "an argument is missing");
        return 0;
    default:
        if (key >= KEY_FIELD && (size_t)(key - KEY_FIELD) < ebb_record_field_count)
            return take_value(a, (size_t)(key - KEY_FIELD), arg, state);
        return ARGP_ERR_UNKNOWN;
    }
}

/* --department, what the command itself has, then a row of records.def an option. */
static const struct argp_option *options_of(struct ebb_ctl *ctl, const struct ebb_record *record, int where)
{
    static const struct argp_option department = { "department", 'd', "CODE", 0, "The department", 0 };
    static const struct argp_option listing[] = { { "match", 'm', "TEXT", 0, "Only names and addresses with this in them", 0 },
        { "all", 'a', NULL, 0, "What has ended, too", 0 } };
    static const struct argp_option versioned = { "if-version", KEY_IF_VERSION, "N", 0, "Only when this is its version", 0 };
    struct argp_option *options = ebb_arena_zalloc(ctl->arena, (ebb_record_field_count + 5) * sizeof *options);
    size_t n = 0;
    EBB_ASSERT(ebb_record_field_count <= MOST_FIELDS);
    options[n++] = department;
    if (where == EBB_RECORD_LIST) {
        options[n++] = listing[0];
        options[n++] = listing[1];
        return options;
    }
    if (where != EBB_RECORD_CREATE)
        options[n++] = versioned;
    for (size_t i = 0; i < ebb_record_field_count; i++) {
        const struct ebb_record_field *field = &ebb_record_fields[i];
        if (takes(record, field, where))
            options[n++] = (struct argp_option) { field->option, KEY_FIELD + (int)i, field->arg, 0, field->help, 1 };
    }
    return options;
}

static void begin(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, struct args *a, int where, bool wants_word, const char *text, int argc, char **argv)
{
    *a = (struct args) { .record = ebb_record_of(command->noun), .wants_word = wants_word };
    ebb_ctl_parse(ctl, command, options_of(ctl, a->record, where), parse, text, a, argc, argv);
}

/* ---- list, show ---- */

int ebb_cmd_record_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct args a;
    struct ebb_grid grid;
    const char *titles[EBB_GRID_COLUMNS], *members[EBB_GRID_COLUMNS], *cells[EBB_GRID_COLUMNS];
    json_t *list = NULL, *row;
    size_t i;
    int n = 0;
    begin(ctl, command, &a, EBB_RECORD_LIST, false, NULL, argc, argv);
    json_t *args = json_pack("{s:s, s:s*, s:s*, s:b}", "kind", a.record->kind, "department_code", a.department, "match", a.match, "is_all", a.is_all);
    if (args == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "What was typed is not UTF-8.");
    if (ebb_ctl_call_json(ctl, "record_list", args, &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", a.record->plural, list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    titles[n] = ">id";
    members[n++] = ebb_arena_printf(ctl->arena, "%s_id", a.record->kind);
    if (*a.record->name != '\0') {
        titles[n] = a.record->noun;
        members[n++] = a.record->name;
    }
    for (i = 0; i < ebb_record_field_count && n < EBB_GRID_COLUMNS; i++)
        if (takes(a.record, &ebb_record_fields[i], EBB_RECORD_LIST)) {
            titles[n] = ebb_record_fields[i].title;
            members[n++] = ebb_record_fields[i].shown;
        }
    ebb_grid_begin(&grid, ctl, titles, n);
    json_array_foreach(list, i, row) {
        for (int c = 0; c < n; c++)
            cells[c] = ebb_record_text(ctl, json_object_get(row, members[c]));
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

int ebb_cmd_record_show(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct args a;
    json_t *row = NULL;
    begin(ctl, command, &a, 0, true, NULL, argc, argv);
    json_t *args = json_pack("{s:s, s:s, s:s*}", "kind", a.record->kind, "word", a.word, "department_code", a.department);
    if (args == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "What was typed is not UTF-8.");
    if (ebb_ctl_call_json(ctl, "record_show", args, &row) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(row);
    else
        ebb_record_print(ctl, a.record, row);
    return EX_OK;
}

/* ---- create, change, remove ---- */

static json_t *values_of(const struct args *a)
{
    json_t *values = json_object();
    for (size_t i = 0; i < ebb_record_field_count; i++) {
        const struct ebb_record_field *field = &ebb_record_fields[i];
        const char *text = a->value[i];
        if (text == NULL)
            continue;
        json_t *value = field->type == EBB_RECORD_FLAG ? json_boolean(strcmp(text, "yes") == 0) : field->type == EBB_RECORD_NUMBER ? json_integer(atoll(text)) : json_string(text);
        if (value == NULL || json_object_set_new(values, field->field, value) != 0) {
            json_decref(values);
            return NULL;
        }
    }
    return values;
}

static int apply(struct ebb_ctl *ctl, struct args *a, const char *action, const char *did, const char *would)
{
    json_t *row = NULL, *values = values_of(a);
    bool is_new = strcmp(action, "create") == 0;
    if (values != NULL && is_new && a->word != NULL && json_object_set_new(values, a->record->name, json_string(a->word)) != 0) {
        json_decref(values);
        values = NULL;
    }
    json_t *args = values == NULL ? NULL : json_pack("{s:s, s:s, s:s*, s:s*, s:b, s:o}", "kind", a->record->kind, "action", action, "word", is_new ? NULL : a->word,
        "department_code", a->department, "is_dry_run", ctl->is_dry_run, "values", values);
    if (args == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "What was typed is not UTF-8.");
    if (a->if_version > 0)
        json_object_set_new(args, "if_version", json_integer(a->if_version));
    if (ebb_ctl_call_json(ctl, "record_apply", args, &row) != EBB_OK)
        return ebb_ctl_failed(ctl);
    return ebb_record_told(ctl, a->record, row, did, would);
}

int ebb_cmd_record_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct args a;
    begin(ctl, command, &a, EBB_RECORD_CREATE, *ebb_record_of(command->noun)->name != '\0', NULL, argc, argv);
    return apply(ctl, &a, "create", "Made", "would make");
}

int ebb_cmd_record_change(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct args a;
    begin(ctl, command, &a, EBB_RECORD_CHANGE, true, "What is not named stays. An empty value takes one away: --site ''.", argc, argv);
    return apply(ctl, &a, "change", "Changed", "would change");
}

int ebb_cmd_record_remove(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct args a;
    begin(ctl, command, &a, 0, true, NULL, argc, argv);
    return apply(ctl, &a, "remove", "Removed", "would remove");
}
