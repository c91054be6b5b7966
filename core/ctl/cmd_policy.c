/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl policy list, show, create, change: policies of service levels from JSON files.
 * Memory: ctl->arena. Must not know: which targets and conditions are possible.
 */
#include "ctl/grid.h"
#include "ctl/sla.h"

#include <string.h>
#include <sysexits.h>

static const struct argp_option list_options[] = {
    { "department", 'd', "CODE", 0, "Only this department's", 0 },
    { 0 },
};
static const struct argp_option change_options[] = {
    { "department", 'd', "CODE", 0, "The department", 0 },
    { "note", EBB_SLA_KEY_NOTE, "TEXT", 0, "Why; stands with the version", 0 },
    { "if-version", EBB_SLA_KEY_IF_VERSION, "N", 0, "Only when this is the latest version", 0 },
    { 0 },
};

/* ---- words ---- */

static const char *joined(struct ebb_ctl *ctl, const json_t *words, const char *if_none)
{
    struct ebb_str text;
    size_t i;
    const json_t *word;
    ebb_str_init(&text, ctl->arena, 64);
    json_array_foreach((json_t *)(uintptr_t)words, i, word)
        ebb_str_printf(&text, "%s%s", i == 0 ? "" : ", ", json_string_value(word));
    return text.length == 0 ? if_none : ebb_str_done(&text);
}

static const char *granted(struct ebb_ctl *ctl, const json_t *by_priority, const char *priority)
{
    const json_t *seconds = json_object_get(by_priority, priority);
    return seconds == NULL ? "-" : ebb_sla_time(ctl, (long long)json_integer_value(seconds));
}

static void show_targets(struct ebb_ctl *ctl, const json_t *targets)
{
    static const char *const titles[] = { "target", "kind", ">critical", ">high", ">moderate", ">low", "starts on", "stops on", "pauses in" };
    struct ebb_grid grid;
    size_t i;
    const json_t *t;
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach((json_t *)(uintptr_t)targets, i, t) {
        const json_t *s = json_object_get(t, "target_s");
        const char *const cells[] = { ebb_sla_member(t, "target_code"), ebb_sla_member(t, "target_kind"), granted(ctl, s, "1"), granted(ctl, s, "2"), granted(ctl, s, "3"), granted(ctl, s, "4"),
            ebb_sla_member(t, "starts_on"), joined(ctl, json_object_get(t, "stops_on"), "the end"), joined(ctl, json_object_get(t, "pauses_in"), "nothing") };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "  ");
}

static void show_steps(struct ebb_ctl *ctl, const json_t *steps)
{
    size_t i;
    const json_t *s;
    json_array_foreach((json_t *)(uintptr_t)steps, i, s) {
        long long offset = ebb_sla_number(s, "offset_s"), person = ebb_sla_number(s, "person_id");
        const char *when = offset == 0 ? "when it is due" : ebb_arena_printf(ctl->arena, "%s %s due", ebb_sla_time(ctl, offset < 0 ? -offset : offset), offset < 0 ? "before it is" : "after it was");
        printf("  %s, %s: told is %s%s%s\n", ebb_sla_member(s, "target_code"), when, ebb_sla_member(s, "recipient"),
            *ebb_sla_member(s, "role_code") == '\0' ? "" : ebb_arena_printf(ctl->arena, " %s", ebb_sla_member(s, "role_code")),
            person == 0 ? "" : ebb_arena_printf(ctl->arena, " %lld", person));
    }
}

static void show_policy(struct ebb_ctl *ctl, const json_t *y)
{
    printf("%lld \"%s\" (%s), version %lld, valid from %s UTC\n", ebb_sla_number(y, "sla_policy_id"), ebb_sla_member(y, "sla_policy_name"), ebb_sla_member(y, "department_code"),
        ebb_sla_number(y, "version"), ebb_sla_instant(ctl, ebb_sla_member(y, "valid_from")));
    if (*ebb_sla_member(y, "note") != '\0')
        printf("  %s\n", ebb_sla_member(y, "note"));
    if (*ebb_sla_member(y, "condition") != '\0')
        printf("  place %lld, for tickets for which this holds%s: %s\n", ebb_sla_number(y, "position"), json_is_false(json_object_get(y, "is_active")) ? " (switched off)" : "",
            ebb_sla_member(y, "condition"));
    printf("  policy of services: %s\n", joined(ctl, json_object_get(y, "services"), "none"));
    show_targets(ctl, json_object_get(y, "targets"));
    show_steps(ctl, json_object_get(y, "escalations"));
}

/* ---- commands ---- */

int ebb_cmd_policy_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { ">id", "policy", "department", ">version", "valid from (UTC)", ">services", ">place", "condition" };
    struct ebb_sla_args a = { .wanted = 0 };
    struct ebb_grid grid;
    json_t *list = NULL, *y;
    size_t i;
    ebb_ctl_parse(ctl, command, list_options, ebb_sla_parse, "The first condition that holds for a ticket chooses its policy; where none does, it is that of its service.", &a, argc, argv);
    if (ebb_ctl_call_json(ctl, "sla_policy_list", json_pack("{s:s*}", "department_code", a.department), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "policies", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, y) {
        long long place = ebb_sla_number(y, "position");
        bool is_off = json_is_false(json_object_get(y, "is_active"));
        const char *const cells[] = { ebb_arena_printf(ctl->arena, "%lld", ebb_sla_number(y, "sla_policy_id")), ebb_sla_member(y, "sla_policy_name"), ebb_sla_member(y, "department_code"),
            ebb_ctl_count(ctl, ebb_sla_number(y, "version")), ebb_sla_instant(ctl, ebb_sla_member(y, "valid_from")), ebb_ctl_count(ctl, ebb_sla_number(y, "service_count")),
            is_off ? "off" : place == 0 ? "-" : ebb_ctl_count(ctl, place), ebb_sla_member(y, "condition") };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

int ebb_cmd_policy_show(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 1 };
    json_t *y = NULL;
    ebb_ctl_parse(ctl, command, list_options, ebb_sla_parse, NULL, &a, argc, argv);
    if (ebb_ctl_call_json(ctl, "sla_policy_show", json_pack("{s:s, s:s*}", "policy", a.word[0], "department_code", a.department), &y) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(y);
    else
        show_policy(ctl, y);
    return EX_OK;
}

static int apply(struct ebb_ctl *ctl, const struct ebb_sla_args *a, const char *action, const char *word, const char *file, const char *did)
{
    json_t *values = NULL, *y = NULL;
    if (!ebb_sla_json(ctl, file, &values) || ebb_ctl_call_json(ctl, "sla_policy_apply", ebb_sla_change(ctl, a, action, "policy", word, json_deep_copy(values)), &y) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(y);
    else
        printf("%s policy %lld \"%s\" of %s, version %lld.\n", did, ebb_sla_number(y, "sla_policy_id"), ebb_sla_member(y, "sla_policy_name"), ebb_sla_member(y, "department_code"),
            ebb_sla_number(y, "version"));
    return EX_OK;
}

int ebb_cmd_policy_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 1 };
    ebb_ctl_parse(ctl, command, change_options, ebb_sla_parse,
        "The file: {\"sla_policy_name\": \"Fast\", \"targets\": [{\"target_kind\": \"resolve\", \"target_s\": {\"1\": 14400, \"2\": 28800}}],\n"
        "\"escalations\": [{\"target_code\": \"resolve\", \"offset_s\": -3600, \"recipient\": \"lead\"}]}. Seconds are working time.",
        &a, argc, argv);
    return apply(ctl, &a, "create", NULL, a.word[0], ctl->is_dry_run ? "would make" : "Made");
}

int ebb_cmd_policy_change(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 2 };
    ebb_ctl_parse(ctl, command, change_options, ebb_sla_parse,
        "What the file does not name stays as in the version before. Tickets opened from then on use it; those that are open keep theirs, unless\n"
        "ebbctl sla recompute --choose has them chosen anew. What it would do to the months behind: ebbctl rehearse sla.",
        &a, argc, argv);
    return apply(ctl, &a, "change", a.word[0], a.word[1], ctl->is_dry_run ? "would change" : "Changed");
}
