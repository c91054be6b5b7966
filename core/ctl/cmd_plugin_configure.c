/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl plugin configure: a department's values for a plugin's parameters, from the command line, a file, and, what is
 * secret, from standard input.
 * Memory: ctl->arena; secrets in a secret arena until they are in the change.
 * Must not know: what the parameters mean.
 */
#include "ctl/plugin.h"
#include "ctl/prompt.h"

#include <string.h>
#include <sysexits.h>

enum { LIST_MAX = 100, SECRET_ROOM = 65536 };

struct options {
    const char *name, *department, *mode, *file, *min_confidence;
    const char *sets[LIST_MAX], *unsets[LIST_MAX], *secrets[LIST_MAX];
    size_t set_count, unset_count, secret_count;
    long position;
    bool is_show;
};

enum { KEY_CONFIG_FILE = 0x2000, KEY_SHOW, KEY_CONFIDENCE };

static const struct argp_option options[] = {
    { "department", 'd', "CODE", 0, "The department (its code, or its number)", 0 },
    { "set", 's', "KEY=VALUE", 0, "Set a parameter; may be given several times", 0 },
    { "unset", 'u', "KEY", 0, "Take a value away: the initial one counts again", 0 },
    { "secret", 'S', "KEY", 0, "Set a secret; its value is a line of standard input, or asked for without echo", 0 },
    { "values", KEY_CONFIG_FILE, "FILE", 0, "A JSON object of parameters and values", 0 },
    { "position", 'p', "N", 0, "Place in the department's order; the lowest is asked first", 0 },
    { "mode", 'm', "MODE", 0, "shadow: only keep what it would do; act: do it", 0 },
    { "min-confidence", KEY_CONFIDENCE, "NUMBER", 0, "From 0 to 1: suggestions below are kept and not followed", 0 },
    { "show", KEY_SHOW, NULL, 0, "Print what is set, and change nothing else; secrets are never shown", 0 },
    { 0 },
};

static void add(struct argp_state *state, const char **list, size_t *count, const char *arg)
{
    if (*count == LIST_MAX)
        argp_error(state, "more than %d values; use --values FILE", LIST_MAX);
    list[(*count)++] = arg;
}

/* Digits and one point: no words such as nan, which a number may be in C. */
static bool is_share(const char *text)
{
    char *rest;
    double value = strtod(text, &rest);
    return *text != '\0' && strspn(text, "0123456789.") == strlen(text) && *rest == '\0' && value >= 0 && value <= 1;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd': o->department = arg; return 0;
    case 'p': o->position = ebb_ctl_number(state, "position", arg, 1, 999999); return 0;
    case KEY_CONFIG_FILE: o->file = arg; return 0;
    case KEY_SHOW: o->is_show = true; return 0;
    case KEY_CONFIDENCE:
        if (!is_share(arg))
            argp_error(state, "--min-confidence must be a number from 0 to 1, not \"%s\"", arg);
        o->min_confidence = arg;
        return 0;
    case 'u': add(state, o->unsets, &o->unset_count, arg); return 0;
    case 'S': add(state, o->secrets, &o->secret_count, arg); return 0;
    case 's':
        if (strchr(arg, '=') == NULL || *arg == '=')
            argp_error(state, "--set takes KEY=VALUE, not \"%s\"", arg);
        add(state, o->sets, &o->set_count, arg);
        return 0;
    case 'm':
        if (strcmp(arg, "act") != 0 && strcmp(arg, "shadow") != 0)
            argp_error(state, "--mode must be act or shadow, not \"%s\"", arg);
        o->mode = arg;
        return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->name);
    }
}

static bool is_secret(const json_t *params, const char *key)
{
    const json_t *param = ebb_ctl_plugin_param(params, key);
    const char *type = json_string_value(json_object_get(param, "type"));
    return type != NULL && strcmp(type, "secret") == 0;
}

static int read_values(struct ebb_ctl *ctl, const struct options *o, json_t *config)
{
    json_error_t error;
    json_t *values = json_load_file(o->file, JSON_REJECT_DUPLICATES, &error);
    if (values == NULL)
        return ebb_ctl_fail(ctl, EX_DATAERR, error.line > 0 ? "%s is no JSON: line %d, column %d: %s." : "%s cannot be read.", o->file, error.line, error.column, error.text);
    bool is_object = json_is_object(values);
    if (is_object)
        json_object_update(config, values);
    json_decref(values);
    return is_object ? EX_OK : ebb_ctl_fail(ctl, EX_DATAERR, "%s must hold a JSON object: {\"key\": \"value\"}.", o->file);
}

static int read_secrets(struct ebb_ctl *ctl, const struct options *o, const json_t *params, json_t *config)
{
    struct ebb_arena *secret = ebb_arena_new("plugin secrets", EBB_ARENA_SECRET);
    char *text = ebb_arena_zalloc(secret, SECRET_ROOM);
    int code = EX_OK;
    for (size_t i = 0; i < o->secret_count && code == EX_OK; i++) {
        const char *key = o->secrets[i];
        if (ebb_ctl_plugin_param(params, key) != NULL && !is_secret(params, key))
            code = ebb_ctl_fail(ctl, EX_USAGE, "\"%s\" is no secret: set it by --set %s=VALUE.", key, key);
        else if (!ebb_prompt_secret(ebb_arena_printf(ctl->arena, "%s: ", key), text, SECRET_ROOM) || *text == '\0')
            code = ebb_ctl_fail(ctl, EX_DATAERR, "No value for the secret \"%s\" came on standard input: one line for each --secret.", key);
        else if (json_object_set_new(config, key, json_string(text)) != 0)
            code = ebb_ctl_fail(ctl, EX_DATAERR, "The secret \"%s\" is not UTF-8.", key);
    }
    ebb_arena_free(&secret);
    return code;
}

/* File first, then single values over it. */
static int gather(struct ebb_ctl *ctl, const struct options *o, const json_t *params, json_t *config)
{
    int code = o->file == NULL ? EX_OK : read_values(ctl, o, config);
    for (size_t i = 0; i < o->set_count && code == EX_OK; i++) {
        const char *equals = strchr(o->sets[i], '=');
        const char *key = ebb_arena_dup(ctl->arena, o->sets[i], (size_t)(equals - o->sets[i]));
        if (is_secret(params, key))
            code = ebb_ctl_fail(ctl, EX_USAGE, "\"%s\" is a secret, and a command line is no place for one: use --secret %s, its value comes on standard input.", key, key);
        else if (json_object_set_new(config, key, json_string(equals + 1)) != 0)
            code = ebb_ctl_fail(ctl, EX_DATAERR, "The value of \"%s\" is not UTF-8.", key);
    }
    for (size_t i = 0; i < o->unset_count && code == EX_OK; i++)
        json_object_set_new(config, o->unsets[i], json_null());
    return code == EX_OK ? read_secrets(ctl, o, params, config) : code;
}

static int show(struct ebb_ctl *ctl, const struct options *o, const json_t *params)
{
    json_t *department = NULL;
    if (ebb_ctl_call_json(ctl, "plugin_department_get", ebb_ctl_plugin_args(o->name, o->department), &department) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(department);
    else
        ebb_plugin_show_department(ctl, department, params);
    return EX_OK;
}

static int save(struct ebb_ctl *ctl, const struct options *o, const json_t *params, json_t *config)
{
    const struct ebb_ctl_change change = { .plugin = o->name, .department = o->department, .mode = o->mode, .is_enabled = -1, .position = o->position,
        .min_confidence = o->min_confidence, .config = json_object_size(config) > 0 ? config : NULL };
    json_t *answer = NULL;
    int code = ebb_ctl_configure(ctl, &change, &answer);
    if (code != EX_OK)
        return code;
    if (answer == NULL)
        printf("would be accepted: %s for %s\n", o->name, o->department);
    else if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        ebb_plugin_show_department(ctl, answer, params);
    return EX_OK;
}

int ebb_cmd_plugin_configure(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *plugin = NULL;
    ebb_ctl_parse(ctl, command, options, parse,
        "The plugin itself is asked whether it can work with the new values before they are kept. A secret is sealed with the desk's secret_key_file before it leaves this program; a parameter that is not named stays as it is.",
        &o, argc, argv);
    if (o.department == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "Name the department by --department CODE.");
    if (ebb_ctl_call_json(ctl, "plugin_get", ebb_ctl_plugin_args(o.name, NULL), &plugin) != EBB_OK)
        return ebb_ctl_failed(ctl);
    const json_t *params = json_object_get(plugin, "params");
    bool has_change = o.file != NULL || o.set_count + o.unset_count + o.secret_count > 0 || o.mode != NULL || o.position > 0 || o.min_confidence != NULL;
    if (o.is_show || !has_change)
        return show(ctl, &o, params);
    json_t *config = json_object();
    int code = gather(ctl, &o, params, config);
    if (code == EX_OK)
        code = save(ctl, &o, params, config);
    json_decref(config);
    return code;
}
