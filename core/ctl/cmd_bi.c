/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl bi create, list, password, drop: the roles of BI tools. They are made over a database administrator's connection
 * (sql/apply --bi), because whoever may make roles may make one for themselves; the list comes by the desk's own door. A password
 * is made here, shown once, and reaches the server as what SCRAM keeps of it.
 * Memory: ctl->arena; passwords are wiped. Must not know: what a role may do.
 */
#include "auth/password.h"
#include "auth/scram.h"
#include "ctl/dba.h"
#include "ctl/grid.h"

#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

enum { KEY_TEXT = 0x2000, KEY_PERSON, KEY_CONNECTIONS, KEY_TIMEOUT, KEY_NO_PASSWORD, KEY_DBA };

struct options {
    const char *name, *person, *dba;
    json_t *departments;
    bool has_text, has_no_password;
    long connections, timeout_s;
};

static const struct argp_option create_options[] = {
    { "department", 'd', "CODE", 0, "A department that it reads; may be given more than once", 0 },
    { "text", KEY_TEXT, NULL, 0, "It also reads free text and names (reporting_v1_text)", 0 },
    { "person", KEY_PERSON, "EMAIL", 0, "Whose it is: when that person is disabled, it reads nothing any more", 0 },
    { "connections", KEY_CONNECTIONS, "N", 0, "Connections at a time (1 to 100, default 3)", 0 },
    { "timeout", KEY_TIMEOUT, "SECONDS", 0, "Longest statement (1 to 86400, default 60); a transaction has ten times that", 0 },
    { "no-password", KEY_NO_PASSWORD, NULL, 0, "It logs in without one: by peer or certificate", 0 },
    { "dba", KEY_DBA, "CONNINFO", 0, "The database as an administrator (else PGUSER, else postgres)", 0 },
    { 0 },
};
static const struct argp_option dba_options[] = {
    { "dba", KEY_DBA, "CONNINFO", 0, "The database as an administrator (else PGUSER, else postgres)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd':
        if (json_array_append_new(o->departments, json_string(arg)) != 0)
            argp_error(state, "--department is not UTF-8");
        return 0;
    case KEY_TEXT: o->has_text = true; return 0;
    case KEY_PERSON: o->person = arg; return 0;
    case KEY_CONNECTIONS: o->connections = ebb_ctl_number(state, "connections", arg, 1, 100); return 0;
    case KEY_TIMEOUT: o->timeout_s = ebb_ctl_number(state, "timeout", arg, 1, 86400); return 0;
    case KEY_NO_PASSWORD: o->has_no_password = true; return 0;
    case KEY_DBA: o->dba = arg; return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->name);
    }
}

static error_t parse_list(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    return key == ARGP_KEY_ARG ? ebb_ctl_no_argument(state) : ARGP_ERR_UNKNOWN;
}

/* "finance" and "bi_finance" are the same role. */
static const char *role_of(struct ebb_ctl *ctl, const char *name)
{
    return strncmp(name, "bi_", 3) == 0 ? name : ebb_arena_printf(ctl->arena, "bi_%s", name);
}

/* Runs sql/bi/<what>.sql with the JSON in a memory file; takes the JSON over. */
static int over_dba(struct ebb_ctl *ctl, const struct options *o, const char *what, json_t *call)
{
    const char *said = "";
    int fd = memfd_create("bi", MFD_CLOEXEC);
    EBB_ASSERT(fd >= 0);
    if (call == NULL || json_dumpfd(call, fd, JSON_COMPACT) != 0) {
        json_decref(call);
        close(fd);
        return ebb_ctl_fail(ctl, EX_DATAERR, "An argument is not UTF-8.");
    }
    json_decref(call);
    const char *const arguments[] = { "--bi", what, "--call", ebb_arena_printf(ctl->arena, "/proc/%ld/fd/%d", (long)getpid(), fd), ctl->is_dry_run ? "--dry-run" : NULL, NULL };
    int code = ebb_dba_apply(ctl, o->dba, arguments, &said);
    close(fd);
    return code;
}

/* What is shown once. */
static void say_password(struct ebb_ctl *ctl, const char *role, const char *password, const char *sentence)
{
    if (ctl->is_json) {
        json_t *json = json_pack("{s:s, s:s*}", "role_name", role, "password", password);
        ebb_ctl_print(json);
        json_decref(json);
        return;
    }
    if (password != NULL)
        printf("%s\n", password);
    fprintf(stderr, "%s%s\n", sentence, password == NULL ? "" : " Keep the password now, it is not shown again.");
}

static enum ebb_rc new_password(struct ebb_ctl *ctl, char password[EBB_SCRAM_PASSWORD], char verifier[EBB_SCRAM_VERIFIER])
{
    EBB_TRY(ebb_scram_password(password, &ctl->err));
    return ebb_scram_verifier(verifier, password, NULL, &ctl->err);
}

int ebb_cmd_bi_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .departments = json_array(), .connections = 3, .timeout_s = 60 };
    char password[EBB_SCRAM_PASSWORD], verifier[EBB_SCRAM_VERIFIER];
    ebb_ctl_parse(ctl, command, create_options, parse, "Makes the role bi_NAME, which reads the reporting contract of these departments and nothing else. Its password is shown this once.", &o, argc, argv);
    const char *role = role_of(ctl, o.name);
    if (json_array_size(o.departments) == 0) {
        json_decref(o.departments);
        return ebb_ctl_fail(ctl, EX_USAGE, "Say which department %s reads: --department CODE.", role);
    }
    if (new_password(ctl, password, verifier) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_t *call = json_pack("{s:s, s:o, s:s?, s:b, s:I, s:I, s:s?}", "role_name", role, "departments", o.departments, "email", o.person, "has_text", o.has_text,
        "connection_limit", (json_int_t)o.connections, "statement_limit_s", (json_int_t)o.timeout_s, "verifier", o.has_no_password ? NULL : verifier);
    int code = over_dba(ctl, &o, "create", call);
    if (code == EX_OK && ctl->is_dry_run)
        printf("would make the role %s\n", role);
    else if (code == EX_OK)
        say_password(ctl, role, o.has_no_password ? NULL : password,
            ebb_arena_printf(ctl->arena, "%s is made: %ld connection%s, %ld s a statement. pg_hba.conf says from where it may log in.", role, o.connections, o.connections == 1 ? "" : "s", o.timeout_s));
    ebb_secret_wipe(password, sizeof password);
    return code;
}

int ebb_cmd_bi_password(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    char password[EBB_SCRAM_PASSWORD], verifier[EBB_SCRAM_VERIFIER];
    ebb_ctl_parse(ctl, command, dba_options, parse, "The one before is good for nothing at once; connections that are open stay.", &o, argc, argv);
    const char *role = role_of(ctl, o.name);
    if (new_password(ctl, password, verifier) != EBB_OK)
        return ebb_ctl_failed(ctl);
    int code = over_dba(ctl, &o, "password", json_pack("{s:s, s:s}", "role_name", role, "verifier", verifier));
    if (code == EX_OK && ctl->is_dry_run)
        printf("would give %s another password\n", role);
    else if (code == EX_OK)
        say_password(ctl, role, password, ebb_arena_printf(ctl->arena, "%s has another password.", role));
    ebb_secret_wipe(password, sizeof password);
    return code;
}

int ebb_cmd_bi_drop(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    ebb_ctl_parse(ctl, command, dba_options, parse, "Its connections end, and what was granted to it in this database goes with it.", &o, argc, argv);
    const char *role = role_of(ctl, o.name);
    int code = over_dba(ctl, &o, "drop", json_pack("{s:s}", "role_name", role));
    if (code != EX_OK)
        return code;
    if (ctl->is_json)
        printf("{\"role_name\":\"%s\",\"is_dropped\":%s}\n", role, ctl->is_dry_run ? "false" : "true");
    else
        printf("%s %s.\n", ctl->is_dry_run ? "would drop" : "dropped", role);
    return EX_OK;
}

/* ---- list ---- */

static const char *words(struct ebb_ctl *ctl, const json_t *list, const char *between)
{
    struct ebb_str text;
    size_t i;
    const json_t *word;
    ebb_str_init(&text, ctl->arena, 64);
    json_array_foreach((json_t *)(uintptr_t)list, i, word)
        ebb_str_printf(&text, "%s%s", i == 0 ? "" : between, json_string_value(word));
    return text.length == 0 ? "none" : ebb_str_done(&text);
}

static const char *number(struct ebb_ctl *ctl, const json_t *role, const char *member, const char *unit)
{
    const json_t *value = json_object_get(role, member);
    return json_is_number(value) ? ebb_arena_printf(ctl->arena, "%lld%s", (long long)json_number_value(value), unit) : "no limit";
}

static const char *owner(struct ebb_ctl *ctl, const json_t *role)
{
    const char *email = json_string_value(json_object_get(role, "email"));
    if (email == NULL)
        return json_is_integer(json_object_get(role, "person_id")) ? "a person without address" : "a tool's own";
    return json_is_false(json_object_get(role, "is_person_active")) ? ebb_arena_printf(ctl->arena, "%s (disabled)", email) : email;
}

int ebb_cmd_bi_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { "role", "departments", "reads now", "text", "whose", ">connected", ">at most", ">statement", "last use" };
    struct ebb_grid grid;
    json_t *list = NULL, *role;
    size_t i;
    ebb_ctl_parse(ctl, command, NULL, parse_list, "When a role was used last is not known: PostgreSQL does not keep it. With log_connections on, the server's log has it.", NULL, argc, argv);
    if (ebb_ctl_call_json(ctl, "bi_list", json_object(), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        ebb_ctl_print(list);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, role) {
        const char *const cells[] = { json_string_value(json_object_get(role, "role_name")), words(ctl, json_object_get(role, "departments"), ", "),
            words(ctl, json_object_get(role, "reads_now"), ", "), json_is_true(json_object_get(role, "has_text")) ? "yes" : "no", owner(ctl, role),
            number(ctl, role, "connected_count", ""), number(ctl, role, "connection_limit", ""), number(ctl, role, "statement_limit_s", " s"),
            json_integer_value(json_object_get(role, "connected_count")) > 0 ? "now" : "unknown" };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    json_array_foreach(list, i, role)
        if (json_array_size(json_object_get(role, "faults")) > 0)
            printf("\n%s: %s\n", json_string_value(json_object_get(role, "role_name")), words(ctl, json_object_get(role, "faults"), "\n  "));
    return EX_OK;
}
