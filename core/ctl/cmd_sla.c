/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl sla explain, recompute: why the clocks of a ticket say what they say, and having them computed anew.
 * Memory: ctl->arena. Must not know: how a clock is computed.
 */
#include "ctl/sla.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { KEY_AT = EBB_SLA_KEY_OWN, KEY_INTERVALS, KEY_ALL, KEY_OPEN, KEY_CHOOSE, KEY_BATCH };

/* ---- explain ---- */

struct explain {
    const char *ticket, *at;
    bool with_intervals;
};

static const struct argp_option explain_options[] = {
    { "at", KEY_AT, "TIME", 0, "As the clocks stood or will stand then (RFC 3339; default: now)", 0 },
    { "intervals", KEY_INTERVALS, NULL, 0, "Every working interval, not only the first of a stretch", 0 },
    { 0 },
};

/* "4711" or "EBB-4711"; 0: neither. */
static long long ticket_number(const char *text)
{
    const char *digits = strncasecmp(text, "EBB-", 4) == 0 ? text + 4 : text;
    bool is_number = *digits != '\0' && strlen(digits) <= 18 && digits[strspn(digits, "0123456789")] == '\0';
    return is_number ? atoll(digits) : 0;
}

static error_t parse_explain(int key, char *arg, struct argp_state *state)
{
    struct explain *o = state->input;
    switch (key) {
    case KEY_AT: o->at = arg; return 0;
    case KEY_INTERVALS: o->with_intervals = true; return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->ticket);
    }
}

static void show_intervals(struct ebb_ctl *ctl, const json_t *piece, bool is_all)
{
    const json_t *intervals = json_object_get(piece, "working_intervals");
    size_t shown = is_all ? json_array_size(intervals) : 5;
    long long count = ebb_sla_number(piece, "interval_count");
    /* One that is the whole stretch says nothing more. */
    if (json_array_size(intervals) < 2 && !is_all)
        return;
    for (size_t i = 0; i < shown && i < json_array_size(intervals); i++) {
        const json_t *pair = json_array_get(intervals, i);
        printf("          worked %s to %s\n", ebb_sla_instant(ctl, json_string_value(json_array_get(pair, 0))), ebb_sla_instant(ctl, json_string_value(json_array_get(pair, 1))));
    }
    if (count > (long long)shown)
        printf("          and %s more%s\n", ebb_ctl_count(ctl, count - (long long)shown), is_all ? "" : "; --intervals shows them");
}

static void show_clock(struct ebb_ctl *ctl, const json_t *clock, bool is_all)
{
    size_t i;
    json_t *value;
    long long cycle = ebb_sla_number(clock, "cycle");
    printf("\n%s%s: %s\n", ebb_sla_member(clock, "target_code"), cycle > 1 ? ebb_arena_printf(ctl->arena, " %lld", cycle) : "", ebb_sla_member(clock, "clock_status"));
    json_array_foreach(json_object_get(clock, "sentences"), i, value)
        printf("  %s\n", json_string_value(value));
    json_array_foreach(json_object_get(clock, "pieces"), i, value) {
        bool is_running = json_is_true(json_object_get(value, "is_running"));
        double seconds = json_number_value(json_object_get(value, "working_seconds"));
        printf("    %s to %s  %10s  %s\n", ebb_sla_instant(ctl, ebb_sla_member(value, "from")), ebb_sla_instant(ctl, ebb_sla_member(value, "to")),
            is_running ? ebb_sla_duration(ctl, seconds) : "-", ebb_sla_member(value, "cause"));
        if (is_running)
            show_intervals(ctl, value, is_all);
    }
}

int ebb_cmd_sla_explain(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct explain o = { 0 };
    json_t *answer = NULL, *clock;
    size_t i;
    ebb_ctl_parse(ctl, command, explain_options, parse_explain, "Instants are in UTC. What is counted adds up to what the clock shows; a stretch without a figure stood still.", &o, argc, argv);
    long long ticket = ticket_number(o.ticket);
    if (ticket == 0)
        return ebb_ctl_fail(ctl, EX_USAGE, "A ticket is named by its number, such as 4711 or EBB-4711, not \"%s\".", o.ticket);
    if (ebb_ctl_call_json(ctl, "sla_explain", json_pack("{s:I, s:s*}", "ticket_id", (json_int_t)ticket, "at", o.at), &answer) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        ebb_ctl_print(answer);
        return EX_OK;
    }
    const json_t *policy = json_object_get(answer, "policy"), *clocks = json_object_get(answer, "clocks");
    printf("EBB-%lld as of %s UTC\n", ticket, ebb_sla_instant(ctl, ebb_sla_member(answer, "at")));
    printf("%s\n", json_is_object(policy) ? ebb_sla_member(policy, "sentence") : "No policy grants this ticket anything.");
    json_array_foreach((json_t *)(uintptr_t)clocks, i, clock)
        show_clock(ctl, clock, o.with_intervals);
    if (json_array_size(clocks) == 0)
        printf("No target has begun for it.\n");
    return EX_OK;
}

/* ---- recompute ---- */

struct recompute {
    json_t *tickets;
    const char *department;
    long batch;
    bool is_all, is_open, is_choosing;
};

static const struct argp_option recompute_options[] = {
    { "ticket", 't', "ID", 0, "This ticket; may be given again", 0 },
    { "department", 'd', "CODE", 0, "All tickets of this department", 0 },
    { "all", KEY_ALL, NULL, 0, "All tickets", 0 },
    { "open", KEY_OPEN, NULL, 0, "Of these, only open ones", 0 },
    { "choose", KEY_CHOOSE, NULL, 0, "Choose the policy of open tickets anew, by the conditions of today", 0 },
    { "batch", KEY_BATCH, "N", 0, "Tickets in a step, each a transaction (default: 2000)", 0 },
    { 0 },
};

static error_t parse_recompute(int key, char *arg, struct argp_state *state)
{
    struct recompute *o = state->input;
    switch (key) {
    case 't':
        if (ticket_number(arg) == 0)
            argp_error(state, "--ticket must be a number such as 4711 or EBB-4711, not \"%s\"", arg);
        json_array_append_new(o->tickets, json_integer(ticket_number(arg)));
        return 0;
    case 'd': o->department = arg; return 0;
    case KEY_ALL: o->is_all = true; return 0;
    case KEY_OPEN: o->is_open = true; return 0;
    case KEY_CHOOSE: o->is_choosing = true; return 0;
    case KEY_BATCH: o->batch = ebb_ctl_number(state, "batch", arg, 1, 20000); return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* The same words again find the job that was cut short. */
static const char *same_again(struct ebb_ctl *ctl, const struct recompute *o)
{
    struct ebb_str text;
    size_t i;
    const json_t *ticket;
    ebb_str_init(&text, ctl->arena, 128);
    ebb_str_printf(&text, "ebbctl sla recompute");
    if (o->is_all)
        ebb_str_printf(&text, " --all");
    if (o->department != NULL)
        ebb_str_printf(&text, " --department %s", o->department);
    json_array_foreach(o->tickets, i, ticket)
        ebb_str_printf(&text, " --ticket %lld", (long long)json_integer_value(ticket));
    ebb_str_printf(&text, "%s%s", o->is_open ? " --open" : "", o->is_choosing ? " --choose" : "");
    return ebb_str_done(&text);
}

static json_t *scope_of(const struct ebb_ctl *ctl, const struct recompute *o)
{
    json_t *scope = json_pack("{s:s*}", "department_code", o->department);
    if (json_array_size(o->tickets) > 0)
        json_object_set(scope, "ticket_ids", o->tickets);
    if (o->is_open)
        json_object_set_new(scope, "is_open", json_true());
    if (o->is_choosing)
        json_object_set_new(scope, "is_choosing", json_true());
    if (ctl->is_dry_run)
        json_object_set_new(scope, "is_dry_run", json_true());
    return scope;
}

static int recompute(struct ebb_ctl *ctl, const struct recompute *o)
{
    json_t *job = NULL;
    if (ebb_ctl_call_json(ctl, "sla_recompute_begin", scope_of(ctl, o), &job) != EBB_OK)
        return ebb_ctl_failed(ctl);
    long long whole = ebb_sla_number(job, "ticket_count");
    const char *count = ebb_ctl_count(ctl, whole);
    if (ctl->is_dry_run) {
        if (ctl->is_json)
            ebb_ctl_print(job);
        else
            printf("would recompute the clocks of %s ticket%s\n", count, whole == 1 ? "" : "s");
        return EX_OK;
    }
    if (ebb_sla_number(job, "done_count") > 0 && !ctl->is_json)
        fprintf(stderr, "Going on after %s of %s tickets.\n", ebb_ctl_count(ctl, ebb_sla_number(job, "done_count")), count);
    const struct ebb_sla_work work = {
        .fn = "sla_recompute_step", .doing = "recomputing", .key = "sla_recompute_id", .id = ebb_sla_number(job, "sla_recompute_id"), .limit = o->batch, .go_on = same_again(ctl, o),
    };
    int code = ebb_sla_work(ctl, &work);
    if (code != EX_OK)
        return code;
    /* One more step of a finished job changes nothing and tells how it ended. */
    if (ebb_ctl_call_json(ctl, work.fn, json_pack("{s:I}", work.key, (json_int_t)work.id), &job) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(job);
    else
        printf("Recomputed the clocks of %s ticket%s; %s changed.\n", count, whole == 1 ? "" : "s", ebb_ctl_count(ctl, ebb_sla_number(job, "changed_count")));
    return EX_OK;
}

int ebb_cmd_sla_recompute(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct recompute o = { .tickets = json_array(), .batch = 2000 };
    ebb_ctl_parse(ctl, command, recompute_options, parse_recompute,
        "Each step is kept. What was interrupted is taken up by the same command. What has been told is not told again.", &o, argc, argv);
    int ways = (json_array_size(o.tickets) > 0) + (o.department != NULL) + o.is_all;
    int code = ways == 1 ? recompute(ctl, &o) : ebb_ctl_fail(ctl, EX_USAGE, "Say which tickets, in one way: --ticket ID, --department CODE or --all.");
    json_decref(o.tickets);
    return code;
}
