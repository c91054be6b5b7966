/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl person-data export, erase; ebbctl retention list, set, run: what is kept about people, given out, erased, and for how long.
 * Memory: ctl->arena.
 * Must not know: what is kept where; the database has the list.
 */
#include "ctl/grid.h"
#include "ctl/sla.h"

#include <string.h>
#include <sysexits.h>

struct options {
    const char *word[2];
    int count, wanted;
    const char *department, *reason;
    bool is_sure, is_off, is_on;
};

enum { KEY_REASON = 0x3100, KEY_YES, KEY_OFF, KEY_ON };

static const struct argp_option no_options[] = { { 0 } };
static const struct argp_option erase_options[] = {
    { "reason", KEY_REASON, "TEXT", 0, "Why; stands in the audit and must not name the person", 0 },
    { "yes", KEY_YES, NULL, 0, "It cannot be undone, and is meant; without it you are only told what would go", 0 },
    { 0 },
};
static const struct argp_option department_options[] = { { "department", 'd', "CODE", 0, "Only this department", 0 }, { 0 } };
static const struct argp_option set_options[] = {
    { "department", 'd', "CODE", 0, "The department", 0 },
    { "off", KEY_OFF, NULL, 0, "The rule rests: nothing goes by it", 0 },
    { "on", KEY_ON, NULL, 0, "The rule holds again", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd': o->department = arg; return 0;
    case KEY_REASON: o->reason = arg; return 0;
    case KEY_YES: o->is_sure = true; return 0;
    case KEY_OFF: o->is_off = true; return 0;
    case KEY_ON: o->is_on = true; return 0;
    case ARGP_KEY_ARG:
        if (o->count == o->wanted)
            argp_error(state, "\"%s\" is one argument too many", arg);
        o->word[o->count++] = arg;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* ---- a person ---- */

int ebb_cmd_person_data_export(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1 };
    json_t *data = NULL;
    ebb_ctl_parse(ctl, command, no_options, parse, "JSON on standard output: the person, and by place every row that names them. It stands in the audit as an export.", &o, argc, argv);
    if (o.count < 1)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say whose: ebbctl person-data export PERSON, by address or number.");
    if (ebb_ctl_call_json(ctl, "person_data_export", json_pack("{s:s}", "person", o.word[0]), &data) != EBB_OK)
        return ebb_ctl_failed(ctl);
    ebb_ctl_print(data);
    return EX_OK;
}

static void tell_counts(struct ebb_ctl *ctl, const json_t *counts)
{
    const char *table;
    json_t *count;
    json_object_foreach((json_t *)(uintptr_t)counts, table, count)
        if (json_integer_value(count) > 0)
            printf("  %-20s %s\n", table, ebb_ctl_count(ctl, json_integer_value(count)));
}

int ebb_cmd_person_data_erase(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 1 };
    json_t *done = NULL;
    ebb_ctl_parse(ctl, command, erase_options, parse,
        "Name, address and accounts go, and every text of the tickets the person asked for or wrote; times, counts and responsibilities stay under a\n"
        "number. Refused while the person holds or waits for work. What an import brought comes again with the next import of the same source,\n"
        "unless it is erased there, too; backups hold it until they end.",
        &o, argc, argv);
    if (o.count < 1 || o.reason == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say whom and why: ebbctl person-data erase PERSON --reason TEXT.");
    bool is_trial = ctl->is_dry_run || !o.is_sure;
    json_t *args = json_pack("{s:s, s:s, s:b}", "person", o.word[0], "reason", o.reason, "is_dry_run", is_trial);
    if (ebb_ctl_call_json(ctl, "person_data_erase", args, &done) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_object_set_new(done, "is_done", json_boolean(!is_trial));
        ebb_ctl_print(done);
    } else {
        printf("%s person %lld; rows changed or removed:\n", is_trial ? "Would erase" : "Erased", ebb_sla_number(done, "person_id"));
        tell_counts(ctl, json_object_get(done, "counts"));
    }
    if (is_trial && !ctl->is_dry_run)
        return ebb_ctl_fail(ctl, EX_USAGE, "Nothing was erased: it cannot be undone. Say --yes to do it.");
    return EX_OK;
}

/* ---- rules of keeping ---- */

int ebb_cmd_retention_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { "department", "what", ">days", ">due now", ">gone so far", "what that is" };
    struct options o = { 0 };
    struct ebb_grid grid;
    json_t *list = NULL, *rule;
    size_t i;
    ebb_ctl_parse(ctl, command, department_options, parse, "What has no number of days is kept.", &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "retention_list", json_pack("{s:s*}", "department_code", o.department), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "rules", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, rule) {
        bool is_there = json_is_integer(json_object_get(rule, "keep_days")), is_active = json_is_true(json_object_get(rule, "is_active"));
        const char *const cells[] = { ebb_sla_member(rule, "department_code"), ebb_sla_member(rule, "retention_kind"),
            !is_there ? "kept" : ebb_arena_printf(ctl->arena, "%s%s", ebb_ctl_count(ctl, ebb_sla_number(rule, "keep_days")), is_active ? "" : " (rests)"),
            is_there ? ebb_ctl_count(ctl, ebb_sla_number(rule, "due_count")) : "", is_there ? ebb_ctl_count(ctl, ebb_sla_number(rule, "last_count")) : "", ebb_sla_member(rule, "retention_text") };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

int ebb_cmd_retention_set(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .wanted = 2 };
    json_t *rule = NULL;
    char *end = NULL;
    ebb_ctl_parse(ctl, command, set_options, parse, "The clock looks every five minutes. Rehearse with --dry-run: it says how much would go at once.", &o, argc, argv);
    long days = o.count == 2 ? strtol(o.word[1], &end, 10) : 0;
    if (o.count < 1 || o.department == NULL || (o.count == 1 && !o.is_off && !o.is_on) || (end != NULL && (*end != '\0' || days < 1)))
        return ebb_ctl_fail(ctl, EX_USAGE, "Say what, for how many days, and where: ebbctl retention set ticket_text 730 --department it.");
    json_t *args = json_pack("{s:s, s:s, s:b}", "department_code", o.department, "retention_kind", o.word[0], "is_dry_run", ctl->is_dry_run);
    if (o.count == 2)
        json_object_set_new(args, "keep_days", json_integer(days));
    if (o.is_off || o.is_on)
        json_object_set_new(args, "is_active", json_boolean(!o.is_off));
    if (ebb_ctl_call_json(ctl, "retention_set", args, &rule) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(rule);
    else
        printf("%s: %s of %s, %s days%s; due now: %s.\n", ctl->is_dry_run ? "Would hold" : "Holds", o.word[0], o.department, ebb_ctl_count(ctl, ebb_sla_number(rule, "keep_days")),
            json_is_true(json_object_get(rule, "is_active")) ? "" : ", but rests", ebb_ctl_count(ctl, ebb_sla_number(rule, "due_count")));
    return EX_OK;
}

int ebb_cmd_retention_run(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *step = NULL;
    long long total = 0;
    ebb_ctl_parse(ctl, command, department_options, parse, "Works all rules off now, batch by batch, each a transaction of its own, instead of waiting for the clock.", &o, argc, argv);
    do {
        if (ebb_ctl_call_json(ctl, "retention_step", json_pack("{s:s*, s:b}", "department_code", o.department, "is_dry_run", ctl->is_dry_run), &step) != EBB_OK)
            return ebb_ctl_failed(ctl);
        total += ebb_sla_number(step, "count");
    } while (!json_is_true(json_object_get(step, "is_done")));
    if (ctl->is_json) {
        json_t *all = json_pack("{s:I}", "count", (json_int_t)total);
        ebb_ctl_print(all);
        json_decref(all);
    } else {
        printf("%s: %s\n", ctl->is_dry_run ? "Due" : "Gone", ebb_ctl_count(ctl, total));
    }
    return EX_OK;
}
