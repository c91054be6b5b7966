/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl provider list, show, create, change, remove, group, link: where people sign in besides the desk's own accounts.
 * Memory: ctl->arena; a secret is sealed with the desk's key before it leaves this program.
 * Must not know: which settings a kind of provider has; the database says.
 */
#include "ctl/grid.h"
#include "ctl/prompt.h"
#include "ctl/provider.h"

#include "conf/conf.h"

#include <string.h>
#include <sysexits.h>

enum { SETS_MOST = 40, SECRET_ROOM = 4096 };
enum { KEY_NAME = 1000, KEY_SECRET, KEY_MAY_CREATE, KEY_MAY_NOT_CREATE, KEY_TRUST_EMAIL, KEY_DISTRUST_EMAIL, KEY_ENABLE, KEY_DISABLE, KEY_IF_VERSION,
    KEY_ROLE, KEY_TEAM, KEY_REMOVE, KEY_SUBJECT, KEY_UNLINK };

struct options {
    const char *word[2];
    int words, wanted;
    const char *kind, *name, *department, *role, *team, *subject;
    const char *sets[SETS_MOST];
    size_t set_count;
    bool has_secret, is_removal, is_unlink;
    int may_create, trusts_email, is_active; /* -1: not said */
    long if_version;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'k': o->kind = arg; return 0;
    case 'd': o->department = arg; return 0;
    case KEY_NAME: o->name = arg; return 0;
    case KEY_SECRET: o->has_secret = true; return 0;
    case KEY_MAY_CREATE: o->may_create = 1; return 0;
    case KEY_MAY_NOT_CREATE: o->may_create = 0; return 0;
    case KEY_TRUST_EMAIL: o->trusts_email = 1; return 0;
    case KEY_DISTRUST_EMAIL: o->trusts_email = 0; return 0;
    case KEY_ENABLE: o->is_active = 1; return 0;
    case KEY_DISABLE: o->is_active = 0; return 0;
    case KEY_IF_VERSION: o->if_version = ebb_ctl_number(state, "if-version", arg, 1, 1000000000); return 0;
    case KEY_ROLE: o->role = arg; return 0;
    case KEY_TEAM: o->team = arg; return 0;
    case KEY_REMOVE: o->is_removal = true; return 0;
    case KEY_SUBJECT: o->subject = arg; return 0;
    case KEY_UNLINK: o->is_unlink = true; return 0;
    case 's':
        if (strchr(arg, '=') == NULL || *arg == '=' || o->set_count == SETS_MOST)
            argp_error(state, "--set takes NAME=VALUE, at most %d times", SETS_MOST);
        else
            o->sets[o->set_count++] = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (o->words == o->wanted)
            argp_error(state, "there is nothing to do with \"%s\"", arg);
        else
            o->word[o->words++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (o->words < o->wanted)
            argp_error(state, "something is missing: see --help");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

#define CHANGE_OPTIONS \
    { "name", KEY_NAME, "TEXT", 0, "Name on the button people sign in by", 0 }, \
    { "set", 's', "NAME=VALUE", 0, "A setting; without a value it is taken away (docs/providers.md lists them)", 0 }, \
    { "secret", KEY_SECRET, NULL, 0, "Read the client secret, or the searching account's pass-phrase, from standard input", 0 }, \
    { "department", 'd', "CODE", 0, "Department of the persons it brings", 0 }, \
    { "may-create", KEY_MAY_CREATE, NULL, 0, "Whoever it vouches for and is not known becomes a person", 0 }, \
    { "may-not-create", KEY_MAY_NOT_CREATE, NULL, 0, "Only persons who are known sign in (default)", 0 }, \
    { "trust-email", KEY_TRUST_EMAIL, NULL, 0, "At the first sign-in, an address tells who it is", 0 }, \
    { "distrust-email", KEY_DISTRUST_EMAIL, NULL, 0, "An address tells nothing (default)", 0 }

static const struct argp_option no_options[] = { { 0 } };
static const struct argp_option create_options[] = {
    { "kind", 'k', "KIND", 0, "oidc, ldap or proxy", 0 },
    CHANGE_OPTIONS,
    { 0 },
};
static const struct argp_option change_options[] = {
    CHANGE_OPTIONS,
    { "enable", KEY_ENABLE, NULL, 0, "People sign in by it", 0 },
    { "disable", KEY_DISABLE, NULL, 0, "Nobody signs in by it", 0 },
    { "if-version", KEY_IF_VERSION, "N", 0, "Only when this is its version", 0 },
    { 0 },
};
static const struct argp_option group_options[] = {
    { "department", 'd', "CODE", 0, "Department of the role or team", 0 },
    { "role", KEY_ROLE, "ROLE", 0, "agent, lead, owner, admin or auditor", 0 },
    { "team", KEY_TEAM, "NAME", 0, "A team of the department", 0 },
    { "remove", KEY_REMOVE, NULL, 0, "It means this no longer", 0 },
    { 0 },
};
static const struct argp_option link_options[] = {
    { "subject", KEY_SUBJECT, "TEXT", 0, "What the provider tells the account apart by (sub, entryUUID, the name at the proxy)", 0 },
    { "unlink", KEY_UNLINK, NULL, 0, "The account is nobody's any more; the person's sessions end", 0 },
    { 0 },
};

json_t *ebb_ctl_provider_args(const char *code)
{
    return json_pack("{s:s}", "provider_code", code);
}

const char *ebb_ctl_key_file(struct ebb_ctl *ctl, int *code)
{
    const char *file = ebb_ctl_config_file(ctl), *path;
    struct ebb_conf *conf = NULL;
    if (file == NULL) {
        *code = ebb_ctl_fail(ctl, EX_CONFIG, "Secrets are sealed by the desk's secret_key_file: name its ebb.conf by --config or EBB_CONF.");
        return NULL;
    }
    if (ebb_conf_load(&conf, file, &ctl->err) != EBB_OK) {
        *code = ebb_ctl_failed(ctl);
        return NULL;
    }
    path = ebb_arena_strdup(ctl->arena, conf->secret_key_file);
    ebb_conf_free(&conf);
    return path;
}

/* ---- list, show ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

static void show(struct ebb_ctl *ctl, const json_t *p)
{
    const char *name;
    const json_t *one;
    size_t i;
    if (ctl->is_json) {
        ebb_ctl_print(p);
        return;
    }
    printf("%s \"%s\": %s, version %lld%s\n", text_of(p, "provider_code"), text_of(p, "provider_name"), text_of(p, "provider_kind"),
        (long long)json_integer_value(json_object_get(p, "version")), json_is_true(json_object_get(p, "is_active")) ? "" : ", switched off");
    json_object_foreach(json_object_get(p, "settings"), name, one)
        printf("  %-20s %s\n", name, json_string_value(one));
    printf("  secret: %s; new persons: %s%s; an address tells who it is: %s; accounts bound: %lld\n", json_is_true(json_object_get(p, "has_secret")) ? "set" : "none",
        json_is_true(json_object_get(p, "may_create")) ? "to " : "no", json_is_true(json_object_get(p, "may_create")) ? text_of(p, "department_code") : "",
        json_is_true(json_object_get(p, "is_email_trusted")) ? "yes" : "no", (long long)json_integer_value(json_object_get(p, "identity_count")));
    json_array_foreach(json_object_get(p, "groups"), i, one)
        printf("  group \"%s\": %s %s in %s\n", text_of(one, "group_name"), *text_of(one, "role_code") != '\0' ? "role" : "team",
            *text_of(one, "role_code") != '\0' ? text_of(one, "role_code") : text_of(one, "team_name"), text_of(one, "department_code"));
}

int ebb_cmd_provider_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { "code", "name", "kind", "active", "new persons", ">accounts", ">groups" };
    struct options o = { .wanted = 0 };
    struct ebb_grid grid;
    json_t *list = NULL, *p;
    size_t i;
    ebb_ctl_parse(ctl, command, no_options, parse, NULL, &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "provider_list", json_object(), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "providers", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, p) {
        const char *const cells[] = { text_of(p, "provider_code"), text_of(p, "provider_name"), text_of(p, "provider_kind"),
            json_is_true(json_object_get(p, "is_active")) ? "yes" : "no", json_is_true(json_object_get(p, "may_create")) ? text_of(p, "department_code") : "no",
            ebb_ctl_count(ctl, json_integer_value(json_object_get(p, "identity_count"))), ebb_ctl_count(ctl, (long long)json_array_size(json_object_get(p, "groups"))) };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

int ebb_cmd_provider_show(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1 };
    json_t *p = NULL;
    ebb_ctl_parse(ctl, command, no_options, parse, NULL, &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "provider_show", ebb_ctl_provider_args(o.word[0]), &p) != EBB_OK)
        return ebb_ctl_failed(ctl);
    show(ctl, p);
    return EX_OK;
}

/* ---- create, change, remove ---- */

/* Takes args over. On a dry run the database does it and undoes it. */
static enum ebb_rc apply(struct ebb_ctl *ctl, const char *action, json_t *args, json_t **answer_r)
{
    json_object_set_new(args, "action", json_string(action));
    json_object_set_new(args, "is_dry_run", json_boolean(ctl->is_dry_run));
    return ebb_ctl_call_json(ctl, "provider_apply", args, answer_r);
}

static int seal(struct ebb_ctl *ctl, const char *code, json_t *args)
{
    struct ebb_arena *secret = ebb_arena_new("provider secret", EBB_ARENA_SECRET);
    char *text = ebb_arena_zalloc(secret, SECRET_ROOM);
    struct ebb_secret_key key;
    const char *sealed = NULL, *path;
    int exit_code = EX_OK;
    if (!ebb_prompt_secret("Secret: ", text, SECRET_ROOM) || *text == '\0')
        exit_code = ebb_ctl_fail(ctl, EX_DATAERR, "No secret came on standard input: one line, please.");
    else if ((path = ebb_ctl_key_file(ctl, &exit_code)) != NULL) {
        enum ebb_rc rc = ebb_secret_key_load(&key, path, true, &ctl->err);
        if (rc == EBB_OK) {
            rc = ebb_secret_seal_text(&key, ebb_provider_place(code, ctl->arena), text, ctl->arena, &sealed, &ctl->err);
            ebb_secret_key_wipe(&key);
        }
        if (rc == EBB_OK)
            json_object_set_new(args, "sealed_secret", json_string(sealed));
        else
            exit_code = ebb_ctl_failed(ctl);
    }
    ebb_arena_free(&secret);
    return exit_code;
}

/* NULL with *exit_code set when something is wrong. */
static json_t *gather(struct ebb_ctl *ctl, const struct options *o, int *exit_code)
{
    json_t *args = ebb_ctl_provider_args(o->word[0]), *settings = json_object();
    for (size_t i = 0; i < o->set_count; i++) {
        const char *equals = strchr(o->sets[i], '=');
        const char *name = ebb_arena_dup(ctl->arena, o->sets[i], (size_t)(equals - o->sets[i]));
        json_object_set_new(settings, name, equals[1] == '\0' ? json_null() : json_string(equals + 1));
    }
    json_object_set_new(args, "settings", settings);
    if (o->kind != NULL)
        json_object_set_new(args, "provider_kind", json_string(o->kind));
    if (o->name != NULL)
        json_object_set_new(args, "provider_name", json_string(o->name));
    if (o->department != NULL)
        json_object_set_new(args, "department_code", json_string(o->department));
    if (o->may_create >= 0)
        json_object_set_new(args, "may_create", json_boolean(o->may_create));
    if (o->trusts_email >= 0)
        json_object_set_new(args, "is_email_trusted", json_boolean(o->trusts_email));
    if (o->is_active >= 0)
        json_object_set_new(args, "is_active", json_boolean(o->is_active));
    if (o->if_version > 0)
        json_object_set_new(args, "if_match", json_integer(o->if_version));
    *exit_code = o->has_secret ? seal(ctl, o->word[0], args) : EX_OK;
    if (*exit_code != EX_OK) {
        json_decref(args);
        return NULL;
    }
    return args;
}

static int write_provider(struct ebb_ctl *ctl, const struct options *o, const char *action)
{
    json_t *p = NULL;
    int exit_code;
    json_t *args = gather(ctl, o, &exit_code);
    if (args == NULL)
        return exit_code;
    if (apply(ctl, action, args, &p) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_dry_run && !ctl->is_json)
        printf("would be kept so:\n");
    show(ctl, p);
    return EX_OK;
}

int ebb_cmd_provider_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1, .may_create = -1, .trusts_email = -1, .is_active = -1 };
    ebb_ctl_parse(ctl, command, create_options, parse, "A secret is no setting: it comes on standard input and is sealed with the desk's secret_key_file.", &o, argc, argv);
    return write_provider(ctl, &o, "create");
}

int ebb_cmd_provider_change(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1, .may_create = -1, .trusts_email = -1, .is_active = -1 };
    ebb_ctl_parse(ctl, command, change_options, parse, "What is not named stays. Sessions that are open stay open; disable a person to end theirs.", &o, argc, argv);
    return write_provider(ctl, &o, "change");
}

int ebb_cmd_provider_remove(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1 };
    json_t *p = NULL;
    ebb_ctl_parse(ctl, command, no_options, parse, "Persons stay; roles and teams that its groups have given go.", &o, argc, argv);
    if (apply(ctl, "remove", ebb_ctl_provider_args(o.word[0]), &p) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(p);
    else
        printf("%s %s; %lld people signed in by it.\n", ctl->is_dry_run ? "would remove" : "Removed", text_of(p, "provider_code"),
            (long long)json_integer_value(json_object_get(p, "identity_count")));
    return EX_OK;
}

/* ---- group, link ---- */

int ebb_cmd_provider_group(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 2 };
    json_t *p = NULL;
    ebb_ctl_parse(ctl, command, group_options, parse, "Given and taken at the next sign-in or sync.", &o, argc, argv);
    json_t *args = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:b}", "provider_code", o.word[0], "group_name", o.word[1], "department_code", o.department, "role_code", o.role,
        "team_name", o.team, "is_removal", o.is_removal);
    if (apply(ctl, "group", args, &p) != EBB_OK)
        return ebb_ctl_failed(ctl);
    show(ctl, p);
    return EX_OK;
}

int ebb_cmd_provider_link(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 2 };
    json_t *p = NULL;
    ebb_ctl_parse(ctl, command, link_options, parse, NULL, &o, argc, argv);
    if ((o.subject == NULL) != o.is_unlink)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say which account by --subject, or --unlink.");
    json_t *args = json_pack("{s:s, s:s, s:s*}", "provider_code", o.word[0], "email", o.word[1], "subject", o.subject);
    if (apply(ctl, "link", args, &p) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(p);
    else
        printf("%s %s: %s.\n", ctl->is_dry_run ? "would bind" : o.is_unlink ? "Unbound" : "Bound", text_of(p, "person_name"), o.word[0]);
    return EX_OK;
}
