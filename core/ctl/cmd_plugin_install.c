/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl plugin verify, install, remove: the operator's key. An installation goes: judge the file, try it in a throw-away
 * process, make the database ready (one transaction), put the file in place, note it, tell the running desk. Whatever
 * fails, what was there before is there again.
 * Memory: ctl->arena. Must not know: what a plugin does.
 */
#include "ctl/dba.h"
#include "ctl/plugin.h"
#include "ctl/plugin_place.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

enum { KEY_SQL = 0x2000, KEY_NETWORK, KEY_NO_NETWORK, KEY_PROCESSES, KEY_MEMORY, KEY_QUARANTINE, KEY_DBA };

struct options {
    const char *what, *sql, *dba, *quarantine;
    long processes, memory_mib;
    int has_network; /* -1: as it was */
};

static const struct argp_option install_options[] = {
    { "sql", KEY_SQL, "DIR", 0, "The plugin's own tables: DIR/NNNN_*.sql once each, DIR/code/*.sql anew each time", 0 },
    { "network", KEY_NETWORK, NULL, 0, "Grant it the network that it asks for", 0 },
    { "no-network", KEY_NO_NETWORK, NULL, 0, "Take that back", 0 },
    { "processes", KEY_PROCESSES, "N", 0, "Processes for each department that ask it at a time (1 to 8, at first 1)", 0 },
    { "memory", KEY_MEMORY, "MIB", 0, "Memory of each process (16 to 4096, at first 256)", 0 },
    { "quarantine", KEY_QUARANTINE, "SCOPE", 0, "What three strikes in ten minutes cost: department (at first) or everywhere", 0 },
    { "dba", KEY_DBA, "CONNINFO", 0, "The database as an administrator (else PGUSER, else postgres)", 0 },
    { 0 },
};
static const struct argp_option remove_options[] = {
    { "dba", KEY_DBA, "CONNINFO", 0, "The database as an administrator (else PGUSER, else postgres)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_SQL: o->sql = arg; return 0;
    case KEY_DBA: o->dba = arg; return 0;
    case KEY_NETWORK: o->has_network = 1; return 0;
    case KEY_NO_NETWORK: o->has_network = 0; return 0;
    case KEY_PROCESSES: o->processes = ebb_ctl_number(state, "processes", arg, 1, 8); return 0;
    case KEY_MEMORY: o->memory_mib = ebb_ctl_number(state, "memory", arg, 16, 4096); return 0;
    case KEY_QUARANTINE:
        if (strcmp(arg, "department") != 0 && strcmp(arg, "everywhere") != 0)
            argp_error(state, "--quarantine must be department or everywhere, not \"%s\"", arg);
        o->quarantine = arg;
        return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->what);
    }
}

/* ---- verify ---- */

static int try_out(struct ebb_ctl *ctl, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *entry, const char **remark_r)
{
    const struct ebb_host_opts opts = { .memory_mib = entry == NULL ? 0 : entry->memory_mib, .has_network = entry != NULL && entry->has_network };
    *remark_r = NULL;
    return ebb_plugin_trial(file, &opts, NULL, ctl->arena, remark_r, &ctl->err) == EBB_OK ? EX_OK : ebb_ctl_failed(ctl);
}

int ebb_cmd_plugin_verify(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .has_network = -1 };
    struct ebb_site site;
    struct ebb_plugin_file *file = NULL;
    const struct ebb_installed_plugin *entry = NULL;
    const char *remark = NULL;
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, NULL, parse, "Says what a file, or an installed plugin, declares, without running it; then starts and stops it in a throw-away process.", &o, argc, argv);
    if (!ebb_site_load(ctl, &site, &code) || !ebb_site_open(ctl, &site, o.what, &file, &entry, &code))
        return code;
    code = try_out(ctl, file, entry, &remark);
    if (code != EX_OK)
        return code;
    if (ctl->is_json) {
        json_t *json = ebb_plugin_about_json(ctl, file);
        json_object_set_new(json, "remark", remark == NULL ? json_null() : json_string(remark));
        ebb_ctl_print(json);
        json_decref(json);
        return EX_OK;
    }
    ebb_plugin_show_about(ctl, file);
    printf("It may be installed: owner, mode and file are in order, and it %s.\n", remark == NULL ? "started and stopped in a process of its own" : "was loaded in a process of its own");
    if (remark != NULL)
        printf("It does not start without being configured: %s\n", remark);
    return EX_OK;
}

/* ---- install ---- */

/* What ctl.plugin_install takes, in a memory file that sql/apply reads as /proc/.../fd/N. */
static const char *description_file(struct ebb_ctl *ctl, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *entry)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:o}", "plugin_name", entry->name, "plugin_version", entry->version, "sha256", entry->sha256, "processes",
        (int)entry->processes, "network", entry->has_network, "quarantine", entry->is_quarantined_everywhere ? "everywhere" : "department", "description",
        ebb_plugin_about_json(ctl, file));
    int fd = memfd_create("plugin", MFD_CLOEXEC);
    EBB_ASSERT(json != NULL && fd >= 0 && json_dumpfd(json, fd, JSON_COMPACT) == 0);
    json_decref(json);
    return ebb_arena_printf(ctl->arena, "/proc/%ld/fd/%d", (long)getpid(), fd);
}

/* What was decided before stays unless it is said anew. */
static struct ebb_installed_plugin new_entry(const struct options *o, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *old)
{
    struct ebb_installed_plugin entry = { .processes = 1, .memory_mib = EBB_HOST_MEMORY_MIB };
    if (old != NULL)
        entry = *old;
    entry.name = file->about->name;
    entry.version = file->about->version;
    entry.sha256 = file->sha256;
    if (o->has_network >= 0)
        entry.has_network = o->has_network;
    if ((file->about->needs & EBB_PLUGIN_NEEDS_NETWORK) == 0)
        entry.has_network = false;
    if (o->processes > 0)
        entry.processes = (unsigned)o->processes;
    if (o->memory_mib > 0)
        entry.memory_mib = (unsigned)o->memory_mib;
    if (o->quarantine != NULL)
        entry.is_quarantined_everywhere = strcmp(o->quarantine, "everywhere") == 0;
    return entry;
}

static int connect_database(struct ebb_ctl *ctl, const struct options *o, const char *name, const char *call, const char **said_r)
{
    const char *arguments[10] = { "--plugin", name, "--call", call };
    int count = 4;
    if (o->sql != NULL) {
        arguments[count++] = "--sql";
        arguments[count++] = o->sql;
    }
    if (ctl->is_dry_run)
        arguments[count++] = "--dry-run";
    return ebb_dba_apply(ctl, o->dba, arguments, said_r);
}

static int check_wishes(struct ebb_ctl *ctl, const struct options *o, const struct ebb_plugin_file *file)
{
    const char *name = file->about->name;
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, "_call") == 0)
        return ebb_ctl_fail(ctl, EX_DATAERR, "A plugin's name must not end in _call: \"%s\" would be taken for a role of another one.", name);
    if (o->has_network == 1 && (file->about->needs & EBB_PLUGIN_NEEDS_NETWORK) == 0)
        return ebb_ctl_fail(ctl, EX_DATAERR, "%s does not ask for the network, so it cannot be granted: leave --network out.", name);
    return EX_OK;
}

static void say_installed(struct ebb_ctl *ctl, const struct ebb_site *site, const struct ebb_installed_plugin *old, const struct ebb_installed_plugin *entry,
    const struct ebb_plugin_file *file, const char *remark)
{
    const char *reload = ebb_site_reload(ctl, site);
    if (ctl->is_json) {
        json_t *json = json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s*, s:s}", "plugin_name", entry->name, "plugin_version", entry->version, "sha256", entry->sha256, "previous_version",
            old == NULL ? NULL : old->version, "file", ebb_site_path(ctl, site, entry->name), "remark", remark, "reload", reload);
        ebb_ctl_print(json);
        json_decref(json);
        return;
    }
    if (old == NULL)
        printf("%s %s is installed in %s.\n", entry->name, entry->version, site->folder);
    else
        printf("%s %s is installed in place of %s; what departments configured stays.\n", entry->name, entry->version, old->version);
    if ((file->about->needs & EBB_PLUGIN_NEEDS_NETWORK) != 0 && !entry->has_network)
        printf("It asks for the network and has none; --network grants it.\n");
    printf("%s\n", reload);
    if (old == NULL)
        printf("Next  ebbctl plugin enable %s --department CODE\n", entry->name);
}

/* The database first, as most can go wrong there; then two renames, each of which can be taken back. */
static int put(struct ebb_ctl *ctl, const struct options *o, struct ebb_site *site, const struct ebb_plugin_file *file, const struct ebb_installed_plugin *entry)
{
    struct ebb_place place;
    const char *said = "";
    int code = ebb_place_begin(ctl, &place, site, file);
    const struct ebb_installed_plugin *was = code == EX_OK ? ebb_installed_find(site->installed, entry->name) : NULL;
    /* A copy: putting the new one in changes the list. */
    const struct ebb_installed_plugin before = was == NULL ? *entry : *was;
    if (code == EX_OK)
        code = connect_database(ctl, o, entry->name, description_file(ctl, file, entry), &said);
    if (code == EX_OK) {
        code = ebb_place_commit(ctl, &place, site, entry);
        if (code != EX_OK && place.before != NULL && was != NULL) {
            struct options plain = { .dba = o->dba, .has_network = -1 };
            (void)connect_database(ctl, &plain, before.name, description_file(ctl, place.before, &before), &said);
        } else if (code != EX_OK) {
            const char *const arguments[] = { "--unplug", entry->name, "--call", ebb_place_name_file(ctl, entry->name), NULL };
            (void)ebb_dba_apply(ctl, o->dba, arguments, &said);
        }
    }
    ebb_place_end(&place);
    if (code == EX_OK && !ctl->is_json && strstr(said, "migrated: ") != NULL)
        fputs(said, stdout);
    return code;
}

int ebb_cmd_plugin_install(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .has_network = -1 };
    struct ebb_site site;
    struct ebb_plugin_file *file = NULL;
    const struct ebb_installed_plugin *same = NULL, *old;
    const char *remark = NULL, *said = "";
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, install_options, parse,
        "The file and all folders above it must belong to root or to plugin_owner, and others must not be able to write there. An installed plugin of the same name is replaced, and keeps its tables, its departments and their configuration.",
        &o, argc, argv);
    if (!ebb_site_load(ctl, &site, &code) || !ebb_site_open(ctl, &site, o.what, &file, &same, &code))
        return code;
    old = ebb_installed_find(site.installed, file->about->name);
    struct ebb_installed_plugin entry = new_entry(&o, file, old), before = old == NULL ? entry : *old;
    if ((code = check_wishes(ctl, &o, file)) != EX_OK || (code = try_out(ctl, file, &entry, &remark)) != EX_OK)
        return code;
    if (ctl->is_dry_run) {
        code = connect_database(ctl, &o, entry.name, "/dev/null", &said);
        if (code == EX_OK)
            printf("would install %s %s in %s%s%s\n%s", entry.name, entry.version, site.folder, old == NULL ? "" : " in place of ", old == NULL ? "" : old->version, said);
        return code;
    }
    code = put(ctl, &o, &site, file, &entry);
    if (code == EX_OK)
        say_installed(ctl, &site, old == NULL ? NULL : &before, &entry, file, remark);
    return code;
}

/* ---- remove ---- */

/* "installed", "quarantined", "removed", or NULL when the database does not know it. */
static const char *state_of(struct ebb_ctl *ctl, const char *name)
{
    json_t *plugins = NULL, *plugin;
    size_t i;
    if (ebb_ctl_call_json(ctl, "plugin_list", json_pack("{s:b}", "with_removed", 1), &plugins) != EBB_OK)
        return "unknown";
    json_array_foreach(plugins, i, plugin)
        if (strcmp(json_string_value(json_object_get(plugin, "plugin_name")), name) == 0)
            return json_string_value(json_object_get(plugin, "state"));
    return NULL;
}

int ebb_cmd_plugin_remove(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .has_network = -1 };
    struct ebb_site site;
    const char *said = "";
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, remove_options, parse,
        "No department uses it any more; what each configured is kept, and so are the plugin's tables, which BI roles read as before (schema x_<name>).", &o, argc, argv);
    if (!ebb_site_load(ctl, &site, &code))
        return code;
    const char *state = state_of(ctl, o.what);
    bool is_here = ebb_installed_find(site.installed, o.what) != NULL, is_known = state != NULL && strcmp(state, "removed") != 0;
    if (state != NULL && strcmp(state, "unknown") == 0)
        return ebb_ctl_failed(ctl);
    if (!is_here && !is_known)
        return ebb_ctl_fail(ctl, EX_DATAERR, "There is no plugin \"%s\" to remove.", o.what);
    if (ctl->is_dry_run) {
        printf("would remove %s: %s, statements and rights in the database; its tables stay\n", o.what, ebb_site_path(ctl, &site, o.what));
        return EX_OK;
    }
    const char *const arguments[] = { "--unplug", o.what, is_known ? "--call" : NULL, is_known ? ebb_place_name_file(ctl, o.what) : NULL, NULL };
    code = ebb_dba_apply(ctl, o.dba, arguments, &said);
    if (code == EX_OK)
        code = ebb_place_remove(ctl, &site, o.what);
    if (code != EX_OK)
        return code;
    const char *reload = ebb_site_reload(ctl, &site);
    if (ctl->is_json)
        printf("{\"plugin_name\":\"%s\",\"state\":\"removed\",\"reload\":\"%s\"}\n", o.what, reload);
    else
        printf("%s is removed; its tables stay in schema x_%s.\n%s\n", o.what, o.what, reload);
    return EX_OK;
}
