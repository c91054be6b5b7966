/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl doctor: one line per thing that can be wrong, and what to do about it. Facts come from ctl.doctor and from
 * this host; what they mean is decided here.
 * Memory: ctl->arena. Must not know: tables.
 */
#include "ctl/ctl.h"
#include "schema.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

enum level { OK, WARN, FAIL };
static const char *const level_names[] = { "ok", "warn", "fail" };

struct visit {
    struct ebb_ctl *ctl;
    json_t *findings;
    enum level worst;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    return key == ARGP_KEY_ARG ? ebb_ctl_no_argument(state) : ARGP_ERR_UNKNOWN;
}

static void find(struct visit *v, enum level level, const char *check, const char *text, const char *cure)
{
    if (level > v->worst)
        v->worst = level;
    json_array_append_new(v->findings, json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "level", level_names[level], "text", text, "cure", level == OK ? NULL : cure));
    if (v->ctl->is_json)
        return;
    bool has_colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    static const char *const colours[] = { "\033[32m", "\033[33m", "\033[31m" };
    printf("%s%-4s%s  %-10s %s\n", has_colour ? colours[level] : "", level_names[level], has_colour ? "\033[0m" : "", check, text);
    if (level != OK)
        printf("                 -> %s\n", cure);
}

static const char *number(struct visit *v, const json_t *facts, const char *member)
{
    return ebb_ctl_count(v->ctl, json_integer_value(json_object_get(facts, member)));
}

static void check_schema(struct visit *v, const json_t *facts)
{
    long long have = json_integer_value(json_object_get(facts, "schema"));
    const char *text = ebb_arena_printf(v->ctl->arena, "schema %lld; this ebbctl belongs to %d", have, EBB_SCHEMA);
    if (have < EBB_SCHEMA)
        find(v, FAIL, "schema", text, "Run ebbctl migrate.");
    else
        find(v, have > EBB_SCHEMA ? WARN : OK, "schema", text, "The database is newer than this program: install the newer Ebb.");
    bool is_writable = json_is_true(json_object_get(facts, "writable"));
    find(v, is_writable ? OK : FAIL, "writable", is_writable ? "the database takes writes" : "the database is a standby and takes no writes",
        "Name the primary too in \"database\" and add target_session_attrs=read-write.");
}

static void check_roles(struct visit *v, const json_t *facts)
{
    struct ebb_str text;
    size_t i;
    json_t *item, *missing = json_object_get(facts, "roles_missing");
    ebb_str_init(&text, v->ctl->arena, 64);
    ebb_str_add(&text, "missing:");
    json_array_foreach(missing, i, item)
        ebb_str_printf(&text, " %s", json_string_value(item));
    bool has_all = json_array_size(missing) == 0;
    find(v, has_all ? OK : FAIL, "roles", has_all ? "all roles are there" : ebb_str_done(&text), "Run PGUSER=postgres ebbctl migrate --roles.");
}

static void check_mail(struct visit *v, const json_t *facts)
{
    long long age_s = json_integer_value(json_object_get(facts, "mail_oldest_s"));
    const char *error = json_string_value(json_object_get(facts, "mail_error"));
    const char *text = ebb_arena_printf(v->ctl->arena, "%s mails wait, the oldest for %s s%s%s", number(v, facts, "mails_waiting"), number(v, facts, "mail_oldest_s"),
        error != NULL ? "; the last refusal: " : "", error != NULL ? error : "");
    find(v, age_s > 900 ? WARN : OK, "mail", text, "Set smtp_url and mail_from in ebb.conf; ebbctl mail test says what the mail server says, ebbctl mail list what waits.");
}

static void check_work(struct visit *v, const json_t *facts)
{
    bool has_leader = json_is_true(json_object_get(facts, "clock_leads"));
    find(v, has_leader ? OK : WARN, "clock", has_leader ? "one clock leads" : "no clock leads: nobody notes breaches or cleans up",
        "Start ebbd; on a stopped or importing desk this is as it should be.");
    long long age_s = json_integer_value(json_object_get(facts, "outbox_oldest_s"));
    const char *text = ebb_arena_printf(v->ctl->arena, "%s messages wait, the oldest for %s s", number(v, facts, "outbox_pending"), number(v, facts, "outbox_oldest_s"));
    find(v, age_s > 3600 ? FAIL : age_s > 300 ? WARN : OK, "outbox", text, "See that the courier runs (ebbd) and read its log for refused deliveries.");
    check_mail(v, facts);
    size_t i;
    json_t *item, *cut = json_object_get(facts, "imports_unfinished");
    json_array_foreach(cut, i, item)
        find(v, WARN, "import", ebb_arena_printf(v->ctl->arena, "the import of \"%s\" was cut short, or is running", json_string_value(item)),
            "Run the same ebbctl import again: it goes on where it stopped.");
    if (json_array_size(cut) == 0)
        find(v, OK, "import", "no import was cut short", "");
}

static void check_disk(struct visit *v, const char *what, const char *folder)
{
    struct statvfs fs;
    if (statvfs(folder, &fs) != 0 || fs.f_blocks == 0)
        return;
    double free_gib = (double)fs.f_bavail * (double)fs.f_frsize / (1 << 30), share = (double)fs.f_bavail / (double)fs.f_blocks;
    const char *text = ebb_arena_printf(v->ctl->arena, "%.1f GiB (%.0f %%) free in %s (%s)", free_gib, share * 100, folder, what);
    enum level level = free_gib < 0.5 ? FAIL : share < 0.1 && free_gib < 10 ? WARN : OK;
    find(v, level, "disk", text, "Make room, or move what grows elsewhere.");
}

int ebb_cmd_doctor(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct visit v = { .ctl = ctl, .findings = json_array() };
    json_t *facts = NULL;
    ebb_ctl_parse(ctl, command, NULL, parse, "Exit code: 0 when nothing fails (warnings included), 69 when the database cannot be reached, 78 otherwise.",
        NULL, argc, argv);
    const char *file = ebb_ctl_config_file(ctl);
    const char *place = file == NULL ? "PGHOST, PGDATABASE ..." : file;
    int code = EX_OK;
    if (ebb_ctl_connect(ctl) != EBB_OK) {
        find(&v, FAIL, "connection", ebb_arena_printf(ctl->arena, "no connection (by %s)", place), "Start PostgreSQL, or correct the place; see ebb.conf, \"database\".");
        code = EX_UNAVAILABLE;
    } else {
        find(&v, OK, "connection", ebb_arena_printf(ctl->arena, "connected (by %s)", place), "");
        if (ebb_ctl_call_json(ctl, "doctor", json_object(), &facts) != EBB_OK) {
            find(&v, FAIL, "schema", "the database does not answer as Ebb's", "Run ebbctl migrate (--roles the first time).");
        } else {
            check_schema(&v, facts);
            check_roles(&v, facts);
            check_work(&v, facts);
        }
    }
    if (file != NULL)
        check_disk(&v, "configuration, log, sockets", dirname(ebb_arena_strdup(ctl->arena, file)));
    check_disk(&v, "temporary files", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    json_t *report = json_pack("{s:s, s:o}", "level", level_names[v.worst], "findings", v.findings);
    if (ctl->is_json)
        ebb_ctl_print(report);
    json_decref(report);
    return code != EX_OK ? code : v.worst == FAIL ? EX_CONFIG : EX_OK;
}
