/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl calendar list, show, create, change, holidays: working-time calendars from JSON files, days off from iCalendar files.
 * Memory: ctl->arena. Must not know: which calendars are possible, how they are compiled.
 */
#include "ctl/grid.h"
#include "ctl/ical.h"
#include "ctl/sla.h"

#include <string.h>
#include <sysexits.h>
#include <time.h>

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
static const struct argp_option holidays_options[] = {
    { "department", 'd', "CODE", 0, "The department", 0 },
    { "from", EBB_SLA_KEY_FROM, "DATE", 0, "First day to take over (default: 1 January of this year)", 0 },
    { "to", EBB_SLA_KEY_TO, "DATE", 0, "Last day (default: 31 December in five years)", 0 },
    { "note", EBB_SLA_KEY_NOTE, "TEXT", 0, "Why; stands with the version", 0 },
    { "if-version", EBB_SLA_KEY_IF_VERSION, "N", 0, "Only when this is the latest version", 0 },
    { 0 },
};

/* ---- words ---- */

static const char *const day_words[] = { "", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };

static void show_spans(const json_t *spans)
{
    size_t i;
    const json_t *span;
    json_array_foreach((json_t *)(uintptr_t)spans, i, span)
        printf("%s%s-%s", i == 0 ? "" : ", ", ebb_sla_member(span, "from"), ebb_sla_member(span, "to"));
    printf("%s\n", json_array_size(spans) == 0 ? "no work" : "");
}

static void show_week(const json_t *weekly)
{
    for (int day = 1; day <= 7; day++) {
        json_t *spans = json_array();
        size_t i;
        json_t *span;
        json_array_foreach((json_t *)(uintptr_t)weekly, i, span)
            if (ebb_sla_number(span, "day") == day)
                json_array_append(spans, span);
        printf("  %-10s ", day_words[day]);
        show_spans(spans);
        json_decref(spans);
    }
}

static void show_days(const json_t *days)
{
    size_t i;
    const json_t *day;
    json_array_foreach((json_t *)(uintptr_t)days, i, day)
        printf("    %s  %s\n", ebb_sla_member(day, "date"), ebb_sla_member(day, "name"));
}

static void show_calendar(struct ebb_ctl *ctl, const json_t *c)
{
    size_t i;
    const json_t *x;
    printf("%lld \"%s\" (%s), version %lld, valid from %s UTC, in %s\n", ebb_sla_number(c, "calendar_id"), ebb_sla_member(c, "calendar_name"), ebb_sla_member(c, "department_code"),
        ebb_sla_number(c, "version"), ebb_sla_instant(ctl, ebb_sla_member(c, "valid_from")), ebb_sla_member(c, "time_zone_name"));
    if (*ebb_sla_member(c, "note") != '\0')
        printf("  %s\n", ebb_sla_member(c, "note"));
    show_week(json_object_get(c, "weekly"));
    json_array_foreach(json_object_get(c, "exceptions"), i, x) {
        printf("  %s ", ebb_sla_member(x, "date"));
        show_spans(json_object_get(x, "spans"));
    }
    const json_t *holidays = json_object_get(c, "holidays");
    printf("  %zu days off\n", json_array_size(holidays));
    show_days(holidays);
    json_array_foreach(json_object_get(c, "services"), i, x)
        printf("  works by it: %s\n", json_string_value(x));
}

/* ---- list, show ---- */

int ebb_cmd_calendar_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { ">id", "calendar", "department", ">version", "valid from (UTC)", "time zone", ">days off", ">services" };
    struct ebb_sla_args a = { .wanted = 0 };
    struct ebb_grid grid;
    json_t *list = NULL, *c;
    size_t i;
    ebb_ctl_parse(ctl, command, list_options, ebb_sla_parse, NULL, &a, argc, argv);
    if (ebb_ctl_call_json(ctl, "calendar_list", json_pack("{s:s*}", "department_code", a.department), &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "calendars", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, c) {
        const char *const cells[] = { ebb_arena_printf(ctl->arena, "%lld", ebb_sla_number(c, "calendar_id")), ebb_sla_member(c, "calendar_name"), ebb_sla_member(c, "department_code"),
            ebb_ctl_count(ctl, ebb_sla_number(c, "version")), ebb_sla_instant(ctl, ebb_sla_member(c, "valid_from")), ebb_sla_member(c, "time_zone_name"),
            ebb_ctl_count(ctl, ebb_sla_number(c, "holiday_count")), ebb_ctl_count(ctl, ebb_sla_number(c, "service_count")) };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

int ebb_cmd_calendar_show(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 1 };
    json_t *c = NULL;
    ebb_ctl_parse(ctl, command, list_options, ebb_sla_parse, NULL, &a, argc, argv);
    if (ebb_ctl_call_json(ctl, "calendar_show", json_pack("{s:s, s:s*}", "calendar", a.word[0], "department_code", a.department), &c) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(c);
    else
        show_calendar(ctl, c);
    return EX_OK;
}

/* ---- create, change ---- */

static int told(struct ebb_ctl *ctl, const json_t *c, const char *did, const char *would)
{
    if (ctl->is_json)
        ebb_ctl_print(c);
    else
        printf("%s calendar %lld \"%s\" of %s, version %lld.\n", ctl->is_dry_run ? would : did, ebb_sla_number(c, "calendar_id"), ebb_sla_member(c, "calendar_name"),
            ebb_sla_member(c, "department_code"), ebb_sla_number(c, "version"));
    return EX_OK;
}

static int apply(struct ebb_ctl *ctl, const struct ebb_sla_args *a, const char *action, const char *word, const char *file, json_t **calendar_r)
{
    json_t *values = NULL;
    if (!ebb_sla_json(ctl, file, &values) || ebb_ctl_call_json(ctl, "calendar_apply", ebb_sla_change(ctl, a, action, "calendar", word, json_deep_copy(values)), calendar_r) != EBB_OK)
        return ebb_ctl_failed(ctl);
    return EX_OK;
}

int ebb_cmd_calendar_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 1 };
    json_t *c = NULL;
    ebb_ctl_parse(ctl, command, change_options, ebb_sla_parse,
        "The file: {\"calendar_name\": \"Office Berlin\", \"time_zone_name\": \"Europe/Berlin\", \"weekly\": [{\"day\": 1, \"from\": \"08:00\", \"to\": \"17:30\"}],\n"
        "\"holidays\": [\"2026-12-25\"]}. Days run from 1 (Monday) to 7; an end at or before the begin lies on the next day.",
        &a, argc, argv);
    int code = apply(ctl, &a, "create", NULL, a.word[0], &c);
    return code != EX_OK ? code : told(ctl, c, "Made", "would make");
}

int ebb_cmd_calendar_change(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 2 };
    json_t *c = NULL;
    ebb_ctl_parse(ctl, command, change_options, ebb_sla_parse,
        "What the file does not name stays as in the version before. Clocks that run follow the new version; those that have stopped keep\n"
        "what they were measured by. What it would do to the months behind: ebbctl rehearse sla.",
        &a, argc, argv);
    int code = apply(ctl, &a, "change", a.word[0], a.word[1], &c);
    return code != EX_OK ? code : told(ctl, c, "Changed", "would change");
}

/* ---- holidays ---- */

static void default_span(struct ebb_ctl *ctl, struct ebb_sla_args *a)
{
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    a->from = a->from != NULL ? a->from : ebb_arena_printf(ctl->arena, "%d-01-01", tm.tm_year + 1900);
    a->to = a->to != NULL ? a->to : ebb_arena_printf(ctl->arena, "%d-12-31", tm.tm_year + 1905);
}

static json_t *days_of(const struct ebb_ical *ical)
{
    json_t *days = json_array();
    for (size_t i = 0; i < ical->count; i++)
        json_array_append_new(days, json_pack("{s:s, s:s*}", "date", ical->days[i].date, "name", *ical->days[i].name == '\0' ? NULL : ical->days[i].name));
    return days;
}

static void tell_left_out(const struct ebb_ical *ical)
{
    if (ical->timed > 0)
        fprintf(stderr, "Left out: %zu event%s with a time of day, such as \"%s\"; they take no whole day off.\n", ical->timed, ical->timed == 1 ? "" : "s", ical->timed_name);
    if (ical->cancelled > 0)
        fprintf(stderr, "Left out: %zu cancelled event%s.\n", ical->cancelled, ical->cancelled == 1 ? "" : "s");
}

int ebb_cmd_calendar_holidays(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct ebb_sla_args a = { .wanted = 2 };
    struct ebb_ical ical;
    const char *text = NULL;
    json_t *c = NULL;
    ebb_ctl_parse(ctl, command, holidays_options, ebb_sla_parse,
        "All-day events become days off, recurring ones for as long as --to says. Days that the calendar has already stay as they are; a file\n"
        "that brings nothing new makes no version.",
        &a, argc, argv);
    default_span(ctl, &a);
    if (!ebb_sla_text(ctl, a.word[1], &text) || ebb_ical_read(&ical, text, a.from, a.to, ctl->arena, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_t *values = json_pack("{s:o}", "holidays", days_of(&ical));
    if (ebb_ctl_call_json(ctl, "calendar_apply", ebb_sla_change(ctl, &a, "holidays", "calendar", a.word[0], values), &c) != EBB_OK)
        return ebb_ctl_failed(ctl);
    const json_t *added = json_object_get(c, "added");
    json_object_set_new(c, "left_out", json_pack("{s:I, s:I}", "timed_count", (json_int_t)ical.timed, "cancelled_count", (json_int_t)ical.cancelled));
    if (ctl->is_json) {
        ebb_ctl_print(c);
        return EX_OK;
    }
    tell_left_out(&ical);
    printf("%zu days off from %s to %s in the file, %zu of them new.\n", ical.count, a.from, a.to, json_array_size(added));
    show_days(added);
    return json_array_size(added) == 0 ? EX_OK : told(ctl, c, "Changed", "would change");
}
