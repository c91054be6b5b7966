/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl audit list, verify, export: who did what, whether all of it still stands as it was written, and a copy to keep elsewhere.
 * Memory: ctl->arena; a page of an export in an arena of its own, which is reset after it.
 * Must not know: how an entry is hashed; the database computes it, and docs/audit.md says how anybody else can.
 */
#include "ctl/grid.h"
#include "ctl/sla.h"
#include "db/call.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct options {
    const char *department, *action, *kind, *ref, *actor, *since, *until;
    const char *head[16]; /* noted earlier */
    int head_count;
    long limit;
};

enum { KEY_ACTION = 0x3000, KEY_KIND, KEY_REF, KEY_ACTOR, KEY_SINCE, KEY_UNTIL, KEY_HEAD, KEY_LIMIT };

#define FILTERS \
    { "department", 'd', "CODE", 0, "Only this department's", 0 }, \
    { "action", KEY_ACTION, "WORD", 0, "Only this, or what begins with it: person, plugin.install, denied, export", 0 }, \
    { "kind", KEY_KIND, "NOUN", 0, "Only of objects of this kind", 0 }, { "object", KEY_REF, "NAME", 0, "Only of this object; persons by number", 0 }, \
    { "actor", KEY_ACTOR, "EMAIL", 0, "Only what this person did", 0 }, { "since", KEY_SINCE, "TIME", 0, "From this date or instant on", 0 }, \
    { "until", KEY_UNTIL, "TIME", 0, "Before this date or instant", 0 }

static const struct argp_option list_options[] = { FILTERS, { "limit", KEY_LIMIT, "N", 0, "At most so many, the latest (default: 50)", 0 }, { 0 } };
static const struct argp_option export_options[] = { FILTERS, { 0 } };
static const struct argp_option verify_options[] = {
    { "head", KEY_HEAD, "HASH", 0, "A head noted earlier: the chain must pass through it. May be given several times", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'd': o->department = arg; return 0;
    case KEY_ACTION: o->action = arg; return 0;
    case KEY_KIND: o->kind = arg; return 0;
    case KEY_REF: o->ref = arg; return 0;
    case KEY_ACTOR: o->actor = arg; return 0;
    case KEY_SINCE: o->since = arg; return 0;
    case KEY_UNTIL: o->until = arg; return 0;
    case KEY_LIMIT: o->limit = ebb_ctl_number(state, "limit", arg, 1, 10000); return 0;
    case KEY_HEAD:
        if (strlen(arg) != 64 || strspn(arg, "0123456789abcdef") != 64)
            argp_error(state, "--head takes the 64 hexadecimal digits that \"ebbctl audit verify\" printed");
        if (o->head_count == (int)EBB_COUNT(o->head))
            argp_error(state, "more than %d heads at once", o->head_count);
        o->head[o->head_count++] = arg;
        return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static json_t *filters(const struct options *o)
{
    return json_pack("{s:s*, s:s*, s:s*, s:s*, s:s*, s:s*, s:s*}", "department_code", o->department, "action", o->action, "object_kind", o->kind, "object_ref", o->ref, "actor", o->actor,
        "since", o->since, "until", o->until);
}

/* ---- list ---- */

static const char *who(struct ebb_ctl *ctl, const json_t *entry)
{
    const char *name = ebb_sla_member(entry, "actor_name");
    return *name == '\0' ? ebb_sla_member(entry, "actor_kind") : ebb_arena_printf(ctl->arena, "%s (%lld)", name, ebb_sla_number(entry, "actor_id"));
}

int ebb_cmd_audit_list(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    static const char *const titles[] = { ">no", "when (UTC)", "department", "who", "what", "of which" };
    struct options o = { .limit = 50 };
    struct ebb_grid grid;
    json_t *list = NULL, *entry;
    size_t i;
    ebb_ctl_parse(ctl, command, list_options, parse, "Before and after stand in --json, and in the export.", &o, argc, argv);
    json_t *args = filters(&o);
    json_object_set_new(args, "limit", json_integer(o.limit));
    if (ebb_ctl_call_json(ctl, "audit_list", args, &list) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *all = json_pack("{s:O}", "entries", list);
        ebb_ctl_print(all);
        json_decref(all);
        return EX_OK;
    }
    ebb_grid_begin(&grid, ctl, titles, (int)EBB_COUNT(titles));
    json_array_foreach(list, i, entry) {
        const char *const cells[] = { ebb_ctl_count(ctl, ebb_sla_number(entry, "chain_no")), ebb_sla_instant(ctl, ebb_sla_member(entry, "occurred_at")), ebb_sla_member(entry, "department_code"),
            who(ctl, entry), ebb_sla_member(entry, "action"),
            ebb_arena_printf(ctl->arena, "%s %s", ebb_sla_member(entry, "object_kind"), ebb_sla_member(entry, "object_ref")) };
        ebb_grid_row(&grid, cells);
    }
    ebb_grid_print(&grid, "");
    return EX_OK;
}

/* ---- verify ---- */

static void tell(struct ebb_ctl *ctl, const json_t *found)
{
    const json_t *faults = json_object_get(found, "faults"), *fault;
    long long count = ebb_sla_number(found, "fault_count");
    size_t i;
    json_array_foreach((json_t *)(uintptr_t)faults, i, fault)
        printf("%s\n", ebb_sla_member(fault, "sentence"));
    if (count > (long long)json_array_size(faults))
        printf("... and %s more.\n", ebb_ctl_count(ctl, count - (long long)json_array_size(faults)));
    printf("%s entr%s, %s: ", ebb_ctl_count(ctl, ebb_sla_number(found, "entry_count")), ebb_sla_number(found, "entry_count") == 1 ? "y" : "ies",
        count == 0 ? "the chain holds" : count == 1 ? "1 fault" : ebb_arena_printf(ctl->arena, "%s faults", ebb_ctl_count(ctl, count)));
    printf("head %s at %s\n", *ebb_sla_member(found, "row_hash") == '\0' ? "missing" : ebb_sla_member(found, "row_hash"), ebb_ctl_count(ctl, ebb_sla_number(found, "chain_no")));
    if (count == 0)
        fprintf(stderr, "Note the head where nobody of this machine can change it, and give it to the next check: --head %.12s...\n", ebb_sla_member(found, "row_hash"));
}

int ebb_cmd_audit_verify(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *found = NULL, *noted = json_array();
    ebb_ctl_parse(ctl, command, verify_options, parse,
        "Computes every hash anew. Entries changed, removed, moved or slipped in are named. Whoever may write every table could also write a whole\n"
        "new chain, or cut off its end; that is found by a head that was noted before. Exit code 65 when something does not fit.",
        &o, argc, argv);
    for (int i = 0; i < o.head_count; i++)
        json_array_append_new(noted, json_string(o.head[i]));
    if (ebb_ctl_call_json(ctl, "audit_verify", json_pack("{s:o}", "noted", noted), &found) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(found);
    else
        tell(ctl, found);
    return ebb_sla_number(found, "fault_count") == 0 ? EX_OK : EX_DATAERR;
}

/* ---- export ---- */

static void csv_row(struct ebb_str *out, const struct ebb_rows *rows, int row)
{
    for (int column = 0; column < ebb_rows_columns(rows); column++) {
        size_t length = 0;
        const char *text = row < 0 ? ebb_rows_name(rows, column) : ebb_rows_text(rows, row, column, &length);
        if (column > 0)
            ebb_str_char(out, ',');
        if (text != NULL)
            ebb_str_csv(out, text, row < 0 ? strlen(text) : length, true);
    }
    ebb_str_add(out, "\r\n");
}

/* One page to standard output; how many rows, and where the next begins. */
static enum ebb_rc page(struct ebb_ctl *ctl, struct ebb_arena *arena, json_t *args, long long *after, int *count)
{
    struct ebb_rows *rows = NULL;
    struct ebb_str out;
    json_object_set_new(args, "after", json_integer(*after));
    char *text = json_dumps(args, JSON_COMPACT);
    if (text == NULL)
        return ebb_fail(&ctl->err, EBB_E_INVALID, "An argument is not UTF-8.");
    ebb_arena_defer(arena, free, text);
    const char *const params[] = { text };
    const struct ebb_db_plain call = { .fn = "ctl.audit_page", .params = params, .param_count = 1, .arena = arena, .err = &ctl->err };
    EBB_TRY(ebb_db_rows(ctl->pg, &call, &rows));
    *count = ebb_rows_count(rows);
    ebb_str_init(&out, arena, (size_t)1 << 16);
    if (*after == 0)
        csv_row(&out, rows, -1);
    for (int row = 0; row < *count; row++)
        csv_row(&out, rows, row);
    if (*count > 0)
        *after = strtoll(ebb_rows_text(rows, *count - 1, 0, NULL), NULL, 10);
    if (ebb_str_done(&out) == NULL || fwrite(ebb_str_done(&out), 1, out.length, stdout) != out.length)
        return ebb_fail(&ctl->err, EBB_E_INTERNAL, "The export cannot be written: %m.");
    return EBB_OK;
}

int ebb_cmd_audit_export(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *head = NULL;
    long long after = 0, total = 0;
    int count = 1;
    enum ebb_rc rc = EBB_OK;
    ebb_ctl_parse(ctl, command, export_options, parse,
        "CSV after RFC 4180 on standard output, in the order of the chain; a spreadsheet takes no cell for a formula. The column hashed_text is what\n"
        "was hashed, so that others can check the chain (docs/audit.md). The export itself stands in the audit.",
        &o, argc, argv);
    if (ebb_ctl_call_json(ctl, "audit_export", filters(&o), &head) != EBB_OK)
        return ebb_ctl_failed(ctl);
    struct ebb_arena *arena = ebb_arena_new("audit page", EBB_ARENA_PLAIN);
    json_t *args = filters(&o);
    json_object_set(args, "through", json_object_get(head, "chain_no"));
    while (rc == EBB_OK && count > 0) {
        rc = page(ctl, arena, args, &after, &count);
        total += count;
        ebb_arena_reset(arena);
    }
    json_decref(args);
    ebb_arena_free(&arena);
    if (rc != EBB_OK || fflush(stdout) != 0)
        return rc != EBB_OK ? ebb_ctl_failed(ctl) : ebb_ctl_fail(ctl, EX_IOERR, "The export cannot be written: %m.");
    fprintf(stderr, "%s entries; head %s at %s.\n", ebb_ctl_count(ctl, total), ebb_sla_member(head, "row_hash"), ebb_ctl_count(ctl, ebb_sla_number(head, "chain_no")));
    return EX_OK;
}
