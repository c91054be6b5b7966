/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see sla.h: arguments, files and words. Memory: ctl->arena. Must not know: what is in the files.
 */
#include "ctl/sla.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (16u << 20)

error_t ebb_sla_parse(int key, char *arg, struct argp_state *state)
{
    struct ebb_sla_args *a = state->input;
    switch (key) {
    case 'd': a->department = arg; return 0;
    case EBB_SLA_KEY_NOTE: a->note = arg; return 0;
    case EBB_SLA_KEY_FROM: a->from = arg; return 0;
    case EBB_SLA_KEY_TO: a->to = arg; return 0;
    case EBB_SLA_KEY_IF_VERSION: a->if_version = ebb_ctl_number(state, "if-version", arg, 1, 2000000000); return 0;
    case ARGP_KEY_ARG:
        if (a->count == a->wanted)
            argp_error(state, "\"%s\" is one argument too many", arg);
        a->word[a->count++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->count < a->wanted)
            argp_error(state, "an argument is missing");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

bool ebb_sla_text(struct ebb_ctl *ctl, const char *path, const char **text_r)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    if (file == NULL) {
        (void)!ebb_fail(&ctl->err, EBB_E_INVALID, "%s cannot be read: %m.", path);
        return false;
    }
    size_t room = 1u << 16, size = 0;
    char *text = malloc(room);
    while (text != NULL) {
        size += fread(text + size, 1, room - 1 - size, file);
        if (size < room - 1 || room > MOST_BYTES)
            break;
        char *grown = realloc(text, room *= 2);
        if (grown == NULL)
            free(text);
        text = grown;
    }
    bool is_read = text != NULL && !ferror(file) && size <= MOST_BYTES;
    if (!is_stdin)
        fclose(file);
    if (is_read)
        *text_r = ebb_arena_dup(ctl->arena, text, size);
    free(text);
    /* What is text has no zero bytes; with one in it, the rest would be passed over. */
    if (is_read && strlen(*text_r) == size)
        return true;
    (void)!ebb_fail(&ctl->err, EBB_E_INVALID, "%s cannot be read: it is no text of at most 16 MiB.", path);
    return false;
}

static void drop(void *what)
{
    json_decref(what);
}

bool ebb_sla_json(struct ebb_ctl *ctl, const char *path, json_t **json_r)
{
    const char *text = NULL;
    json_error_t error;
    if (!ebb_sla_text(ctl, path, &text))
        return false;
    *json_r = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (*json_r == NULL) {
        (void)!ebb_fail(&ctl->err, EBB_E_INVALID, "%s is no JSON: line %d, column %d: %s.", path, error.line, error.column, error.text);
        return false;
    }
    ebb_arena_defer(ctl->arena, drop, *json_r);
    return true;
}

json_t *ebb_sla_change(struct ebb_ctl *ctl, const struct ebb_sla_args *a, const char *action, const char *kind, const char *word, json_t *values_take)
{
    if (a->note != NULL)
        json_object_set_new(values_take, "note", json_string(a->note));
    json_t *args = json_pack("{s:s, s:s*, s:s*, s:b, s:o}", "action", action, kind, word, "department_code", a->department, "is_dry_run", ctl->is_dry_run, "values", values_take);
    if (a->if_version > 0)
        json_object_set_new(args, "if_version", json_integer(a->if_version));
    return args;
}

const char *ebb_sla_member(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text == NULL ? "" : text;
}

long long ebb_sla_number(const json_t *object, const char *member)
{
    return (long long)json_number_value(json_object_get(object, member));
}

const char *ebb_sla_instant(struct ebb_ctl *ctl, const char *text)
{
    if (text == NULL || *text == '\0')
        return "-";
    bool is_instant = strlen(text) >= 19 && text[4] == '-' && text[10] == 'T' && text[13] == ':';
    return is_instant ? ebb_arena_printf(ctl->arena, "%.10s %.8s", text, text + 11) : text;
}

const char *ebb_sla_duration(struct ebb_ctl *ctl, double seconds)
{
    long long whole = (long long)fabs(seconds);
    return ebb_arena_printf(ctl->arena, "%s%lld:%02lld:%02lld", seconds < 0 ? "-" : "", whole / 3600, whole / 60 % 60, whole % 60);
}

const char *ebb_sla_time(struct ebb_ctl *ctl, long long seconds)
{
    long long h = seconds / 3600, min = seconds / 60 % 60;
    if (seconds % 60 != 0)
        return ebb_sla_duration(ctl, (double)seconds);
    if (h == 0 || min == 0)
        return ebb_arena_printf(ctl->arena, "%lld %s", h == 0 ? min : h, h == 0 ? "min" : "h");
    return ebb_arena_printf(ctl->arena, "%lld h %lld min", h, min);
}
