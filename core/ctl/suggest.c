/* SPDX-License-Identifier: Apache-2.0
 * Purpose: guesses a mapping from names and values of columns. It needs not be right, only a better beginning than an empty
 * file; what it says is valid, so that it can be tried at once.
 * Memory: ctl->arena; the JSON is the caller's. Must not know: the database.
 */
#define _GNU_SOURCE
#include "ctl/columns.h"

#include "ctl/date.h"

#include <string.h>
#include <strings.h>

/* Words that give a column away, the surest first. */
static const char *const id_words[] = { "case:concept:name", "incident_id", "ticket_id", "case_id", "caseid", "case id", "ticket id", "number", "incident",
    "ticket", "issue key", "key", "reference", "ref", "id", NULL };
static const char *const state_words[] = { "incident_state", "state", "status", "lifecycle:transition", "activity", "concept:name", NULL };
static const char *const team_words[] = { "assignment_group", "assignment group", "support group", "organization involved", "team", "queue", "org:group", "group", NULL };
static const char *const assignee_words[] = { "assigned_to", "assigned to", "assignee", "org:resource", "agent", "resolver", "owner", NULL };
static const char *const requester_words[] = { "caller_id", "caller", "requester", "requested for", "reporter", "customer", "contact", NULL };
static const char *const service_words[] = { "service", "product", "application", "category", "ci_name", "component", "system", NULL };
static const char *const subject_words[] = { "short_description", "short description", "subject", "summary", "title", NULL };
static const char *const no_words[] = { "count", "code", "id_", NULL };
static const char *const opened_words[] = { "opened", "open_time", "open time", "created", "create", "start", "reported", NULL };
static const char *const resolved_words[] = { "resolved", "solved", "resolution time", NULL };
static const char *const closed_words[] = { "closed", "close_time", "close time", "completed", NULL };
static const char *const reopened_words[] = { "reopen", NULL };
static const char *const updated_words[] = { "sys_updated", "updated", "modified", "last change", "timestamp", "time:timestamp", "date", NULL };

static const struct ebb_profile *by_words(const struct ebb_profiles *all, const char *const *words, const char *const *never, bool may_be_empty)
{
    for (; *words != NULL; words++)
        for (int i = 0; i < all->count; i++) {
            const struct ebb_profile *p = &all->column[i];
            bool is_never = false;
            for (const char *const *n = never; n != NULL && *n != NULL; n++)
                is_never = is_never || strcasestr(p->name, *n) != NULL;
            if (!is_never && strcasestr(p->name, *words) != NULL && (p->filled > 0 || may_be_empty))
                return p;
        }
    return NULL;
}

static bool is_absence(const char *text)
{
    static const char *const tokens[] = { "?", "-", "--", "null", "none", "n/a", "na", "(null)", "(empty)", "nil", "ns", "unknown", "\\n", NULL };
    for (int i = 0; tokens[i] != NULL; i++)
        if (strcasecmp(tokens[i], text) == 0)
            return true;
    return false;
}

static const char *date_form(const struct ebb_profile *p)
{
    static const char *const forms[] = { "iso", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
        "%d-%b-%Y %H:%M:%S", "%d-%b-%y %H:%M", "%d/%b/%y %I:%M %p", "%d/%m/%y %H:%M", "%m/%d/%y %H:%M", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "epoch_milliseconds", "epoch_seconds" };
    for (size_t k = 0; k < EBB_COUNT(forms); k++) {
        int dates = 0, others = 0;
        for (int i = 0; i < p->distinct; i++) {
            struct ebb_date date;
            const char *text = p->value[i].text;
            if (is_absence(text))
                continue;
            bool is_plausible = ebb_date_read(forms[k], text, strlen(text), &date) == NULL && date.year >= 1985 && date.year <= 2100;
            is_plausible ? dates++ : others++;
        }
        if (dates > 0 && others * 20 <= dates)
            return forms[k];
    }
    return NULL;
}

static json_t *guess_state(const char *word)
{
    static const struct {
        const char *part, *state;
    } guesses[] = { { "cancel", "cancelled" }, { "withdrawn", "cancelled" }, { "reject", "cancelled" }, { "clos", "closed" }, { "complet", "closed" }, { "done", "closed" },
        { "resol", "resolved" }, { "solved", "resolved" }, { "fixed", "resolved" }, { "await", "waiting" }, { "wait", "waiting" }, { "pending", "waiting" },
        { "hold", "waiting" }, { "new", "new" }, { "open", "new" }, { "logged", "new" }, { "regist", "new" } };
    if (is_absence(word))
        return json_null();
    const char *state = "active";
    for (size_t i = 0; i < EBB_COUNT(guesses); i++)
        if (strcasestr(word, guesses[i].part) != NULL) {
            state = guesses[i].state;
            break;
        }
    if (strcasestr(word, "awaiting assign") != NULL || strcasestr(word, "reopen") != NULL)
        state = "active";
    if (strcmp(state, "waiting") != 0)
        return json_string(state);
    return json_pack("{s:s, s:s}", "state", "waiting", "waiting_reason", strcasestr(word, "vendor") != NULL || strcasestr(word, "suppl") != NULL ? "supplier" : "requester");
}

static void set_state(json_t *mapping, const struct ebb_profile *p)
{
    json_t *map = json_object();
    for (int i = 0; i < p->distinct; i++)
        json_object_set_new(map, p->value[i].text, guess_state(p->value[i].text));
    json_object_set_new(mapping, "state", json_pack("{s:s, s:o, s:s}", "column", p->name, "map", map, "default", "active"));
}

/* A number stands first in every value, or high, medium and low can be told apart. */
static void set_scale(json_t *mapping, const char *member, const struct ebb_profiles *all, int most)
{
    static const struct {
        const char *part;
        int level[2]; /* of three, of four */
    } words[] = { { "crit", { 1, 1 } }, { "major", { 1, 1 } }, { "urgent", { 1, 1 } }, { "high", { 1, 2 } }, { "med", { 2, 3 } }, { "moder", { 2, 3 } }, { "normal", { 2, 3 } },
        { "low", { 3, 4 } }, { "minor", { 3, 4 } } };
    const char *const names[] = { member, NULL };
    const struct ebb_profile *p = by_words(all, names, NULL, false);
    if (p == NULL || p->has_more)
        return;
    json_t *map = json_object();
    bool is_plain = true;
    for (int i = 0; i < p->distinct; i++) {
        const char *text = p->value[i].text;
        bool has_number = text[0] >= '1' && text[0] <= '0' + most && !(text[1] >= '0' && text[1] <= '9');
        int level = has_number ? text[0] - '0' : 0;
        for (size_t k = 0; k < EBB_COUNT(words) && level == 0; k++)
            if (strcasestr(text, words[k].part) != NULL)
                level = words[k].level[most == 4];
        is_plain = is_plain && (has_number || is_absence(text));
        json_object_set_new(map, text, level > 0 ? json_integer(level) : json_null());
    }
    if (is_plain)
        json_object_set_new(mapping, member, json_string(p->name));
    else
        json_object_set_new(mapping, member, json_pack("{s:s, s:O, s:n}", "column", p->name, "map", map, "default"));
    json_decref(map);
}

static const struct ebb_profile *date_by_words(const struct ebb_profiles *all, const char *const *words, const char **form)
{
    for (; *words != NULL; words++)
        for (int i = 0; i < all->count; i++) {
            const struct ebb_profile *p = &all->column[i];
            const char *other = strcasestr(p->name, *words) == NULL ? NULL : date_form(p);
            if (other != NULL && (*form == NULL || strcmp(other, *form) == 0)) {
                *form = other;
                return p;
            }
        }
    return NULL;
}

static void set_moment(json_t *columns, const char *moment, const struct ebb_profiles *all, const char *const *words, const char *form)
{
    const struct ebb_profile *p = date_by_words(all, words, &form);
    if (p != NULL)
        json_object_set_new(columns, moment, json_string(p->name));
}

static void set_at(json_t *mapping, const struct ebb_profiles *all, bool is_ticket_shape)
{
    const char *form = NULL;
    const struct ebb_profile *p = date_by_words(all, is_ticket_shape ? opened_words : updated_words, &form);
    for (int i = 0; i < all->count && p == NULL; i++)
        if ((form = date_form(&all->column[i])) != NULL)
            p = &all->column[i];
    json_t *columns = is_ticket_shape ? json_object() : json_string(p == NULL ? "the column with the time" : p->name);
    if (is_ticket_shape) {
        json_object_set_new(columns, "opened", json_string(p == NULL ? "the column with the time of opening" : p->name));
        set_moment(columns, "resolved", all, resolved_words, form);
        set_moment(columns, "reopened", all, reopened_words, form);
        set_moment(columns, "closed", all, closed_words, form);
        set_moment(columns, "updated", all, updated_words, form);
    }
    json_object_set_new(mapping, "at", json_pack("{s:o, s:s, s:s}", "columns", columns, "format", form == NULL ? "iso" : form, "zone", "UTC"));
}

static void set_column(json_t *mapping, const char *member, const struct ebb_profile *p)
{
    if (p != NULL)
        json_object_set_new(mapping, member, json_string(p->name));
}

static void set_missing(json_t *mapping, const struct ebb_profiles *all)
{
    json_t *missing = json_array(), *seen = json_object();
    for (int i = 0; i < all->count; i++)
        for (int k = 0; k < all->column[i].distinct; k++) {
            const char *text = all->column[i].value[k].text;
            if (is_absence(text) && json_object_get(seen, text) == NULL && json_array_size(missing) < 10) {
                json_object_set_new(seen, text, json_true());
                json_array_append_new(missing, json_string(text));
            }
        }
    json_decref(seen);
    if (json_array_size(missing) > 0)
        json_object_set(mapping, "missing", missing);
    json_decref(missing);
}

json_t *ebb_suggest(struct ebb_ctl *ctl, const struct ebb_profiles *all)
{
    static const char *const reassign[] = { "reassign", NULL }, *const reopen[] = { "reopen_count", "reopen count", "reopens", NULL };
    const struct ebb_profile *id = by_words(all, id_words, NULL, false), *state = by_words(all, state_words, NULL, false);
    const struct ebb_profile *reassigned = by_words(all, reassign, NULL, false), *reopened = by_words(all, reopen, NULL, false);
    json_t *mapping = json_object(), *counters = json_object();
    bool is_ticket_shape = id != NULL && !id->is_repeated && id->is_unique && all->rows > 1;
    (void)ctl;
    json_object_set_new(mapping, "shape", json_string(is_ticket_shape ? "ticket" : "event"));
    set_missing(mapping, all);
    json_object_set_new(mapping, "id", json_string(id == NULL ? "the column with the ticket's reference" : id->name));
    set_at(mapping, all, is_ticket_shape);
    if (state != NULL)
        set_state(mapping, state);
    else if (!is_ticket_shape)
        json_object_set_new(mapping, "state", json_pack("{s:s}", "value", "active"));
    set_column(mapping, "team", by_words(all, team_words, no_words, false));
    set_column(mapping, "assignee", by_words(all, assignee_words, no_words, false));
    set_column(mapping, "requester", by_words(all, requester_words, no_words, false));
    set_column(mapping, "subject", by_words(all, subject_words, no_words, false));
    set_column(mapping, "service", by_words(all, service_words, no_words, false));
    json_object_set_new(mapping, "default_service", json_string("Unknown service"));
    set_scale(mapping, "priority", all, 4);
    set_scale(mapping, "impact", all, 3);
    set_scale(mapping, "urgency", all, 3);
    set_column(counters, "reassignment_count", reassigned);
    set_column(counters, "reopen_count", reopened);
    if (json_object_size(counters) > 0)
        json_object_set(mapping, "counters", counters);
    json_decref(counters);
    return mapping;
}
