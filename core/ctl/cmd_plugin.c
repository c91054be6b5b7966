/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl plugin list, enable, disable, configure, quarantine, lift: what departments and operators decide about an
 * installed plugin. Rules are the database's, the same as for the API.
 * Memory: ctl->arena. Must not know: files of plugins.
 */
#include "ctl/plugin.h"

#include <string.h>
#include <sysexits.h>

struct options {
    const char *name, *department, *reason, *mode;
    long position;
    bool is_all;
};

static const struct argp_option department_options[] = {
    { "department", 'd', "CODE", 0, "The department (its code, or its number)", 0 },
    { 0 },
};
static const struct argp_option enable_options[] = {
    { "department", 'd', "CODE", 0, "The department (its code, or its number)", 0 },
    { "position", 'p', "N", 0, "Place in the department's order; the lowest is asked first (at first: 100)", 0 },
    { "mode", 'm', "MODE", 0, "shadow: only keep what it would do (at first); act: do it", 0 },
    { 0 },
};
static const struct argp_option quarantine_options[] = {
    { "department", 'd', "CODE", 0, "Only for this department; without it, everywhere", 0 },
    { "reason", 'r', "TEXT", 0, "Why; everybody who uses it reads this", 0 },
    { 0 },
};
static const struct argp_option lift_options[] = {
    { "department", 'd', "CODE", 0, "Only for this department; without it, everywhere", 0 },
    { 0 },
};
static const struct argp_option list_options[] = {
    { "all", 'a', NULL, 0, "Removed ones too", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd': o->department = arg; return 0;
    case 'r': o->reason = arg; return 0;
    case 'a': o->is_all = true; return 0;
    case 'p': o->position = ebb_ctl_number(state, "position", arg, 1, 999999); return 0;
    case 'm':
        if (strcmp(arg, "act") != 0 && strcmp(arg, "shadow") != 0)
            argp_error(state, "--mode must be act or shadow, not \"%s\"", arg);
        o->mode = arg;
        return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->name);
    }
}

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
    return key == ARGP_KEY_ARG ? ebb_ctl_no_argument(state) : key == 'a' ? parse(key, arg, state) : ARGP_ERR_UNKNOWN;
}

/* What of a plugin is not as the database has it. */
static const char *fault_of_file(struct ebb_ctl *ctl, const struct ebb_site *site, const json_t *plugin)
{
    const char *name = json_string_value(json_object_get(plugin, "plugin_name")), *sha256 = json_string_value(json_object_get(plugin, "sha256"));
    const struct ebb_installed_plugin *entry = ebb_installed_find(site->installed, name);
    if (entry == NULL)
        return ebb_arena_printf(ctl->arena, "not installed on this host (%s): run ebbctl plugin install", site->folder);
    if (strcmp(entry->sha256, sha256) != 0)
        return ebb_arena_printf(ctl->arena, "this host has version %s, the database knows another file: install the same one here", entry->version);
    return NULL;
}

static void add_files(struct ebb_ctl *ctl, json_t *plugins)
{
    struct ebb_site site;
    int code;
    size_t i;
    json_t *plugin;
    /* A host that only administers has no plugins, and need not have any. */
    if (ebb_ctl_config_file(ctl) == NULL || !ebb_site_load(ctl, &site, &code))
        return;
    json_array_foreach(plugins, i, plugin) {
        const char *state = json_string_value(json_object_get(plugin, "state"));
        const char *fault = strcmp(state, "removed") == 0 ? NULL : fault_of_file(ctl, &site, plugin);
        if (fault != NULL)
            json_object_set_new(plugin, "file", json_string(fault));
    }
}

int ebb_cmd_plugin_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *plugins = NULL;
    ebb_ctl_parse(ctl, command, list_options, parse_list, NULL, &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "plugin_list", json_pack("{s:b}", "with_removed", o.is_all), &plugins) != EBB_OK)
        return ebb_ctl_failed(ctl);
    add_files(ctl, plugins);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "plugins", plugins);
        ebb_ctl_print(all);
        json_decref(all);
    } else {
        ebb_plugin_show_list(ctl, plugins);
    }
    return EX_OK;
}

static int change(struct ebb_ctl *ctl, const struct options *o, int is_enabled)
{
    const struct ebb_ctl_change wanted = { .plugin = o->name, .department = o->department, .mode = o->mode, .is_enabled = is_enabled, .position = o->position };
    json_t *answer = NULL;
    if (o->department == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "Name the department by --department CODE.");
    int code = ebb_ctl_configure(ctl, &wanted, &answer);
    if (code != EX_OK)
        return code;
    if (answer == NULL)
        printf("would %s %s for %s\n", is_enabled ? "enable" : "disable", o->name, o->department);
    else if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("%s is %s for %s.\n", o->name, !is_enabled ? "off" : strcmp(json_string_value(json_object_get(answer, "mode")), "act") == 0 ? "on, and acts," : "on, in shadow,", o->department);
    return EX_OK;
}

int ebb_cmd_plugin_enable(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, enable_options, parse,
        "A plugin begins in shadow: what it would do is kept (reporting_v1.automation_runs) and not done. Parameters without an initial value must be set first: ebbctl plugin configure.",
        &o, argc, argv);
    return change(ctl, &o, true);
}

int ebb_cmd_plugin_disable(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, department_options, parse, "Its configuration is kept.", &o, argc, argv);
    return change(ctl, &o, false);
}

/* quarantine and lift: one call with the plugin, the department and a reason. */
static int call_door(struct ebb_ctl *ctl, const struct options *o, const char *fn, const char *done)
{
    const char *where = o->department == NULL ? "everywhere" : ebb_arena_printf(ctl->arena, "for %s", o->department);
    json_t *answer = NULL;
    if (ctl->is_dry_run) {
        if (ebb_ctl_call_json(ctl, "plugin_get", ebb_ctl_plugin_args(o->name, NULL), &answer) != EBB_OK)
            return ebb_ctl_failed(ctl);
        printf("would act: %s %s %s\n", o->name, done, where);
        return EX_OK;
    }
    json_t *args = ebb_ctl_plugin_args(o->name, o->department);
    if (o->reason != NULL)
        json_object_set_new(args, "reason", json_string(o->reason));
    if (ebb_ctl_call_json(ctl, fn, args, &answer) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("%s %s %s.\n", o->name, done, where);
    return EX_OK;
}

int ebb_cmd_plugin_quarantine(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, quarantine_options, parse, NULL, &o, argc, argv);
    if (o.reason == NULL || *o.reason == '\0')
        return ebb_ctl_fail(ctl, EX_USAGE, "Say why by --reason TEXT: whoever misses the plugin will read it.");
    return call_door(ctl, &o, "plugin_quarantine", "is in quarantine");
}

int ebb_cmd_plugin_lift(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, lift_options, parse, "Strikes before this instant count no more.", &o, argc, argv);
    return call_door(ctl, &o, "plugin_lift", "is out of quarantine");
}
