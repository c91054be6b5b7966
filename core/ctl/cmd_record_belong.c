/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl person role, person skill, team member, operator list, grant, take: what belongs to a person.
 * Memory: ctl->arena.
 * Must not know: which roles there are, who may grant what.
 */
#include "ctl/grid.h"
#include "ctl/record.h"

#include <string.h>
#include <sysexits.h>

struct args {
    const char *word[2], *department, *as;
    json_t *grant, *take;
    int count, wanted;
    long level;
    bool is_removed;
};

enum { KEY_GRANT = 0x2000, KEY_TAKE, KEY_AS, KEY_LEVEL, KEY_REMOVE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case 'd': a->department = arg; return 0;
    case KEY_GRANT: json_array_append_new(a->grant, json_string(arg)); return 0;
    case KEY_TAKE: json_array_append_new(a->take, json_string(arg)); return 0;
    case KEY_AS: a->as = arg; return 0;
    case KEY_LEVEL: a->level = ebb_ctl_number(state, "level", arg, 1, 3); return 0;
    case KEY_REMOVE: a->is_removed = true; return 0;
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

/* `args` is taken over; NULL: something typed was not UTF-8. */
static int belong(struct ebb_ctl *ctl, json_t *args, const char *did, const char *would)
{
    json_t *person = NULL;
    if (args == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "What was typed is not UTF-8.");
    json_object_set_new(args, "is_dry_run", json_boolean(ctl->is_dry_run));
    if (ebb_ctl_call_json(ctl, "record_belong", args, &person) != EBB_OK)
        return ebb_ctl_failed(ctl);
    return ebb_record_told(ctl, ebb_record_of("person"), person, did, would);
}

int ebb_cmd_person_role(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const struct argp_option options[] = { { "department", 'd', "CODE", 0, "The department", 0 }, { "grant", KEY_GRANT, "ROLE", 0, "agent, lead, owner, admin or auditor; may be given again", 0 },
        { "take", KEY_TAKE, "ROLE", 0, "Take a role away; may be given again", 0 }, { 0 } };
    struct args a = { .wanted = 1, .grant = json_array(), .take = json_array() };
    ebb_ctl_parse(ctl, command, options, parse, "What is not named stays as it is.", &a, argc, argv);
    return belong(ctl, json_pack("{s:s, s:s, s:s*, s:o, s:o}", "what", "roles", "person", a.word[0], "department_code", a.department, "grant", a.grant, "take", a.take),
        "Changed the roles of", "would change the roles of");
}

int ebb_cmd_person_skill(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const struct argp_option options[] = { { "department", 'd', "CODE", 0, "The department", 0 }, { "level", KEY_LEVEL, "N", 0, "1 knows it, 2 works with it, 3 teaches it", 0 },
        { "remove", KEY_REMOVE, NULL, 0, "Take the skill away", 0 }, { 0 } };
    struct args a = { .wanted = 2 };
    ebb_ctl_parse(ctl, command, options, parse, NULL, &a, argc, argv);
    if ((a.level == 0) != a.is_removed)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say how well by --level N, or --remove.");
    return belong(ctl, json_pack("{s:s, s:s, s:s, s:s*, s:o}", "what", "skill", "person", a.word[0], "skill", a.word[1], "department_code", a.department, "level",
        a.is_removed ? json_null() : json_integer(a.level)), "Changed the skills of", "would change the skills of");
}

int ebb_cmd_team_member(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const struct argp_option options[] = { { "department", 'd', "CODE", 0, "The department", 0 }, { "as", KEY_AS, "ROLE", 0, "member (the default), deputy or lead", 0 },
        { "remove", KEY_REMOVE, NULL, 0, "The person leaves the team", 0 }, { 0 } };
    struct args a = { .wanted = 2, .as = "member" };
    ebb_ctl_parse(ctl, command, options, parse, NULL, &a, argc, argv);
    if (strcmp(a.as, "member") != 0 && strcmp(a.as, "deputy") != 0 && strcmp(a.as, "lead") != 0)
        return ebb_ctl_fail(ctl, EX_USAGE, "--as is member, deputy or lead.");
    return belong(ctl, json_pack("{s:s, s:s, s:s, s:s*, s:o}", "what", "member", "team", a.word[0], "person", a.word[1], "department_code", a.department, "as",
        a.is_removed ? json_null() : json_string(a.as)), "Changed the teams of", "would change the teams of");
}

static int operator_set(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv, bool is_operator)
{
    static const struct argp_option none[] = { { 0 } };
    struct args a = { .wanted = 1 };
    ebb_ctl_parse(ctl, command, none, parse, NULL, &a, argc, argv);
    return belong(ctl, json_pack("{s:s, s:s, s:b}", "what", "operator", "person", a.word[0], "is_operator", is_operator), is_operator ? "Made an operator:" : "No operator any more:",
        is_operator ? "would make an operator:" : "would take the office of:");
}

int ebb_cmd_operator_grant(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    return operator_set(ctl, command, argc, argv, true);
}

int ebb_cmd_operator_take(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    return operator_set(ctl, command, argc, argv, false);
}

int ebb_cmd_operator_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { ">id", "operator", "address", "since (UTC)", "active" };
    static const char *const members[] = { "person_id", "person_name", "email", "granted_at", "is_active" };
    static const struct argp_option none[] = { { 0 } };
    const char *cells[EBB_COUNT(titles)];
    struct args a = { .wanted = 0 };
    struct ebb_grid grid;
    json_t *list = NULL, *row;
    size_t i;
    ebb_ctl_parse(ctl, command, none, parse, NULL, &a, argc, argv);
    if (ebb_ctl_call_json(ctl, "operator_list", json_object(), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "operators", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, row) {
        for (size_t c = 0; c < EBB_COUNT(titles); c++)
            cells[c] = ebb_record_text(ctl, json_object_get(row, members[c]));
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}
