/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl rehearse sla: what a draft of a calendar or a policy would have done to the clocks of the last months.
 * Memory: ctl->arena. Must not know: how a draft is played.
 */
#include "ctl/grid.h"
#include "ctl/sla.h"

#include <string.h>
#include <sysexits.h>

enum { KEY_MONTHS = EBB_SLA_KEY_OWN, KEY_TICKETS, KEY_CONTINUE, KEY_BATCH };

struct options {
    const char *department, *draft;
    long months, tickets, id, batch;
};

static const struct argp_option options[] = {
    { "department", 'd', "CODE", 0, "The department whose tickets are looked at", 0 },
    { "draft", 'f', "FILE", 0, "JSON: {\"policy\": {\"sla_policy_id\": 3, \"targets\": [...]}} or {\"calendar\": {\"calendar_id\": 2, \"weekly\": [...]}}, or both", 0 },
    { "months", KEY_MONTHS, "N", 0, "How far to look back (default: 6)", 0 },
    { "tickets", KEY_TICKETS, "N", 0, "How many changed clocks to list (default: 50)", 0 },
    { "continue", KEY_CONTINUE, "ID", 0, "Go on with a rehearsal that was interrupted, or show one again", 0 },
    { "batch", KEY_BATCH, "N", 0, "Tickets in a step, each a transaction (default: 20000)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd': o->department = arg; return 0;
    case 'f': o->draft = arg; return 0;
    case KEY_MONTHS: o->months = ebb_ctl_number(state, "months", arg, 1, 60); return 0;
    case KEY_TICKETS: o->tickets = ebb_ctl_number(state, "tickets", arg, 0, 1000000); return 0;
    case KEY_CONTINUE: o->id = ebb_ctl_number(state, "continue", arg, 1, 2000000000); return 0;
    case KEY_BATCH: o->batch = ebb_ctl_number(state, "batch", arg, 1, 20000); return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const char *figure(struct ebb_ctl *ctl, const json_t *object, const char *member)
{
    return ebb_ctl_count(ctl, ebb_sla_number(object, member));
}

static void show_groups(struct ebb_ctl *ctl, const json_t *groups)
{
    static const char *const titles[] = { "service", "team", "priority", "target", ">clocks", ">was met", ">would be", ">was broken", ">would be" };
    struct ebb_grid grid;
    size_t i;
    const json_t *g;
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach((json_t *)(uintptr_t)groups, i, g) {
        const char *const cells[] = { ebb_sla_member(g, "service_name"), ebb_sla_member(g, "team_name"), figure(ctl, g, "priority"), ebb_sla_member(g, "target_code"), figure(ctl, g, "clock_count"),
            figure(ctl, g, "was_met_count"), figure(ctl, g, "met_count"), figure(ctl, g, "was_breached_count"), figure(ctl, g, "breached_count") };
        ebb_grid_row(&grid, cells);
    }
    if (grid.rows > 0) {
        printf("\n");
        ebb_grid_print(&grid, "  ");
    }
}

static const char *status_words(const char *status)
{
    return *status == '\0' ? "(no such clock)" : status;
}

static void show_tickets(struct ebb_ctl *ctl, const json_t *tickets, long long changed)
{
    static const char *const titles[] = { "ticket", "target", "was", "would be", "was due (UTC)", "would be due (UTC)" };
    struct ebb_grid grid;
    size_t i;
    const json_t *t;
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach((json_t *)(uintptr_t)tickets, i, t) {
        const char *const cells[] = { ebb_arena_printf(ctl->arena, "EBB-%lld", ebb_sla_number(t, "ticket_id")), ebb_sla_member(t, "target_code"), status_words(ebb_sla_member(t, "was_status")),
            status_words(ebb_sla_member(t, "status")), ebb_sla_instant(ctl, ebb_sla_member(t, "was_due_at")), ebb_sla_instant(ctl, ebb_sla_member(t, "due_at")) };
        ebb_grid_row(&grid, cells);
    }
    printf("\nClocks whose state would have been another: %s\n", ebb_ctl_count(ctl, changed));
    if (grid.rows > 0)
        ebb_grid_print(&grid, "  ");
    if (changed > (long long)grid.rows)
        printf("  and %s more; --tickets N lists them\n", ebb_ctl_count(ctl, changed - (long long)grid.rows));
}

static int show(struct ebb_ctl *ctl, const struct options *o)
{
    json_t *r = NULL;
    if (ebb_ctl_call_json(ctl, "rehearsal_show", json_pack("{s:I, s:I}", "sla_rehearsal_id", (json_int_t)o->id, "tickets", (json_int_t)o->tickets), &r) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (strcmp(ebb_sla_member(r, "status"), "failed") == 0)
        return ebb_ctl_fail(ctl, EX_DATAERR, "Rehearsal %ld came to nothing: %s", o->id, ebb_sla_member(r, "failed_sentence"));
    if (ctl->is_json) {
        ebb_ctl_print(r);
        return EX_OK;
    }
    const json_t *totals = json_object_get(r, "totals");
    printf("Rehearsal %ld: %s tickets opened from %s to %s UTC. Nothing on the desk has changed.\n", o->id, figure(ctl, r, "ticket_count"), ebb_sla_instant(ctl, ebb_sla_member(r, "from_at")),
        ebb_sla_instant(ctl, ebb_sla_member(r, "until_at")));
    printf("Of %s clocks, %s were met and would have been %s; %s were broken and would have been %s.\n", figure(ctl, totals, "clock_count"), figure(ctl, totals, "was_met_count"),
        figure(ctl, totals, "met_count"), figure(ctl, totals, "was_breached_count"), figure(ctl, totals, "breached_count"));
    show_groups(ctl, json_object_get(r, "groups"));
    show_tickets(ctl, json_object_get(r, "tickets"), ebb_sla_number(r, "changed_count"));
    return EX_OK;
}

/* A new one, or that which was named; its number goes into o->id. 0: there is one. */
static int take_up(struct ebb_ctl *ctl, struct options *o)
{
    json_t *draft = NULL, *r = NULL;
    if (o->id > 0) {
        if (ebb_ctl_call_json(ctl, "rehearsal_show", json_pack("{s:I, s:i}", "sla_rehearsal_id", (json_int_t)o->id, "tickets", 0), &r) != EBB_OK)
            return ebb_ctl_failed(ctl);
        return EX_OK;
    }
    if (o->department == NULL || o->draft == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "A rehearsal needs --department CODE and --draft FILE.");
    if (!ebb_sla_json(ctl, o->draft, &draft))
        return ebb_ctl_failed(ctl);
    if (!json_is_object(draft) || json_object_get(draft, "department_code") != NULL || json_object_get(draft, "months") != NULL)
        return ebb_ctl_fail(ctl, EX_DATAERR, "A draft is an object with calendar, policy, or both; department and months are options.");
    json_t *args = json_copy(draft);
    json_object_set_new(args, "department_code", json_string(o->department));
    json_object_set_new(args, "months", json_integer(o->months));
    if (ebb_ctl_call_json(ctl, "rehearsal_begin", args, &r) != EBB_OK)
        return ebb_ctl_failed(ctl);
    o->id = (long)ebb_sla_number(r, "sla_rehearsal_id");
    return EX_OK;
}

int ebb_cmd_rehearse_sla(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .months = 6, .tickets = 50, .batch = 20000 };
    ebb_ctl_parse(ctl, command, options, parse,
        "What is not in the draft stays as it is. Tickets opened in the span are computed by the draft as they would have been; the desk stays\n"
        "as it is. Rehearsals are kept for 30 days.",
        &o, argc, argv);
    int code = take_up(ctl, &o);
    if (code != EX_OK)
        return code;
    const struct ebb_sla_work work = {
        .fn = "rehearsal_step", .doing = "rehearsing", .key = "sla_rehearsal_id", .id = o.id, .limit = o.batch, .go_on = ebb_arena_printf(ctl->arena, "ebbctl rehearse sla --continue %ld", o.id),
    };
    code = ebb_sla_work(ctl, &work);
    return code != EX_OK ? code : show(ctl, &o);
}
