/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl plugin test and record: what happened to a ticket, played to a plugin in a jailed process of its own. No server
 * need run, nothing is changed: what the plugin would suggest, do or write is printed.
 * Memory: ctl->arena. Must not know: what the answers mean.
 */
#include "ctl/plugin.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { EVENTS_MAX = 1000, CALL_LIMIT_MS = 15000, KEY_TICKET = 0x2000, KEY_EVENTS, KEY_VALUES, KEY_PLUGIN };

struct options {
    const char *what, *events, *values, *plugin;
    long ticket;
};

static const struct argp_option test_options[] = {
    { "ticket", KEY_TICKET, "ID", 0, "What happened to this ticket, read from the database", 0 },
    { "events", KEY_EVENTS, "FILE", 0, "What ebbctl plugin record has written, or one wrote oneself; - for standard input", 0 },
    { "values", KEY_VALUES, "FILE", 0, "A JSON object of parameters and values; the others have their initial ones", 0 },
    { 0 },
};
static const struct argp_option record_options[] = {
    { "ticket", KEY_TICKET, "ID", 0, "Of which ticket", 0 },
    { "plugin", KEY_PLUGIN, "NAME", 0, "With the rows that this installed plugin's statements return", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_TICKET: o->ticket = ebb_ctl_number(state, "ticket", arg, 1, 2000000000); return 0;
    case KEY_EVENTS: o->events = arg; return 0;
    case KEY_VALUES: o->values = arg; return 0;
    case KEY_PLUGIN: o->plugin = arg; return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &o->what);
    }
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
    return key == ARGP_KEY_ARG ? ebb_ctl_no_argument(state) : key == ARGP_KEY_END ? ARGP_ERR_UNKNOWN : parse(key, arg, state);
}

static bool record(struct ebb_ctl *ctl, const struct options *o, json_t **calls_r)
{
    return ebb_ctl_call_json(ctl, "plugin_record", json_pack("{s:I, s:s*}", "ticket_id", (json_int_t)o->ticket, "plugin_name", o->plugin), calls_r) == EBB_OK;
}

int ebb_cmd_plugin_record(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *calls = NULL;
    ebb_ctl_parse(ctl, command, record_options, parse_record, "The facts are those of the moment of each event; words of the ticket are as they are now.", &o, argc, argv);
    if (o.ticket == 0)
        return ebb_ctl_fail(ctl, EX_USAGE, "Name the ticket by --ticket ID.");
    if (!record(ctl, &o, &calls))
        return ebb_ctl_failed(ctl);
    json_dumpf(calls, stdout, ctl->is_json ? JSON_COMPACT : JSON_INDENT(1));
    putchar('\n');
    return EX_OK;
}

static json_t *read_json(struct ebb_ctl *ctl, const char *path)
{
    json_error_t error;
    json_t *json = strcmp(path, "-") == 0 ? json_loadf(stdin, 0, &error) : json_load_file(path, 0, &error);
    if (json == NULL)
        (void)ebb_ctl_fail(ctl, EX_DATAERR, "%s cannot be read as JSON: line %d, column %d: %s.", path, error.line, error.column, error.text);
    return json;
}

/* Which of the plugin's callbacks a call is for; 0 when it is none that can be played. */
static unsigned kind_of(const json_t *call)
{
    const char *kind = json_string_value(json_object_get(call, "kind"));
    if (kind == NULL)
        return 0;
    return strcmp(kind, "categorise") == 0 ? EBB_KIND_CATEGORISE : strcmp(kind, "automate") == 0 ? EBB_KIND_AUTOMATE : strcmp(kind, "report") == 0 ? EBB_KIND_REPORT : 0;
}

static bool wants(const struct ebb_plugin_about *about, const char *name)
{
    for (size_t i = 0; i < about->event_count && name != NULL; i++) {
        size_t length = strlen(about->events[i]);
        bool is_all = length > 1 && about->events[i][length - 1] == '*';
        if (is_all ? strncmp(about->events[i], name, length - 1) == 0 : strcmp(about->events[i], name) == 0)
            return true;
    }
    return name != NULL && about->tick_s > 0 && strcmp(name, "tick") == 0;
}

/* Only the events that the desk would deliver. */
static void keep_wanted(json_t *call, const struct ebb_plugin_about *about)
{
    json_t *events = json_object_get(call, "events");
    for (size_t i = json_array_size(events); i > 0; i--)
        if (!wants(about, json_string_value(json_object_get(json_array_get(events, i - 1), "name"))))
            json_array_remove(events, i - 1);
}

static bool want_of(struct ebb_ctl *ctl, const json_t *call, struct ebb_reply_want *want)
{
    json_t *events = json_object_get(call, "events");
    size_t count = json_array_size(events);
    unsigned kind = kind_of(call);
    *want = (struct ebb_reply_want){ .kind = kind == EBB_KIND_CATEGORISE ? EBB_CALL_CATEGORISE : kind == EBB_KIND_AUTOMATE ? EBB_CALL_AUTOMATE : EBB_CALL_REPORT };
    if (kind != EBB_KIND_AUTOMATE)
        return true;
    if (count > EVENTS_MAX)
        return false;
    int64_t *ids = ebb_arena_alloc(ctl->arena, (count + 1) * sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = json_integer_value(json_object_get(json_array_get(events, i), "event_id"));
    want->event_ids = ids;
    want->event_count = count;
    return true;
}

static json_t *as_json(struct ebb_ctl *ctl, const json_t *call, const struct ebb_reply *reply)
{
    struct ebb_str text;
    json_t *json = json_pack("{s:O, s:s, s:I, s:s*}", "kind", json_object_get(call, "kind"), "result", reply->result, "duration_us", (json_int_t)reply->duration_us, "sentence", reply->sentence);
    ebb_str_init(&text, ctl->arena, 256);
    if (reply->results != NULL)
        ebb_reply_results_json(&text, reply);
    else
        ebb_reply_suggestions_json(&text, reply);
    json_object_set_new(json, reply->results != NULL ? "results" : "suggestions", json_loads(ebb_str_done(&text), 0, NULL));
    if (reply->document != NULL)
        json_object_set_new(json, "document", json_stringn((const char *)reply->document, reply->document_length));
    return json;
}

struct play {
    struct ebb_ctl *ctl;
    struct ebb_plugin_file *file;
    const struct ebb_installed_plugin *entry;
    struct ebb_ctl_host host;
    const char *config;
    json_t *replies;
    size_t played, failed;
};

static bool play_call(struct play *p, json_t *call)
{
    struct ebb_ctl *ctl = p->ctl;
    struct ebb_reply_want want;
    if ((kind_of(call) & p->file->about->kinds) == 0)
        return true;
    if (kind_of(call) == EBB_KIND_AUTOMATE)
        keep_wanted(call, p->file->about);
    if (!want_of(ctl, call, &want) || (kind_of(call) == EBB_KIND_AUTOMATE && want.event_count == 0))
        return true;
    char *text = json_dumps(call, JSON_COMPACT);
    ebb_arena_defer(ctl->arena, free, text);
    const struct ebb_reply *reply = ebb_ctl_host_ask(&p->host, p->config, text, &want, CALL_LIMIT_MS);
    if (reply == NULL)
        return false;
    p->played++;
    p->failed += strcmp(reply->result, "fail") == 0;
    for (size_t i = 0; i < reply->result_count; i++)
        p->failed += strcmp(reply->results[i].result, "fail") == 0;
    if (ctl->is_json)
        json_array_append_new(p->replies, as_json(ctl, call, reply));
    else
        ebb_plugin_show_reply(ctl, call, reply);
    return true;
}

static int play_all(struct play *p, json_t *recorded)
{
    json_t *calls = json_object_get(recorded, "calls"), *call;
    size_t i;
    bool is_fine = ebb_ctl_host_start(p->ctl, &p->host, p->file, p->entry);
    if (json_is_array(calls))
        json_array_foreach(calls, i, call)
            is_fine = is_fine && play_call(p, call);
    else if (is_fine)
        is_fine = play_call(p, recorded);
    if (p->host.name != NULL)
        ebb_ctl_host_stop(&p->host);
    if (!is_fine)
        return ebb_ctl_failed(p->ctl);
    if (p->played == 0)
        return ebb_ctl_fail(p->ctl, EX_DATAERR, "Nothing of this is for %s: it serves other kinds of work, or wants other events.", p->file->about->name);
    return p->failed > 0 ? EX_DATAERR : EX_OK;
}

/* Values as texts, as a plugin is given them. */
static bool read_values(struct play *p, const char *path)
{
    json_t *values = path == NULL ? NULL : read_json(p->ctl, path), *config = json_object(), *value;
    const char *key;
    if (path != NULL && values == NULL)
        return false;
    json_object_foreach(values, key, value) {
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        json_object_set_new(config, key, text == NULL ? json_incref(value) : json_string(text));
        free(text);
    }
    char *all = json_dumps(config, JSON_COMPACT);
    p->config = ebb_arena_strdup(p->ctl->arena, all);
    free(all);
    json_decref(config);
    json_decref(values);
    return true;
}

int ebb_cmd_plugin_test(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    struct play p = { .ctl = ctl };
    struct ebb_site site;
    json_t *recorded = NULL;
    int code = EX_OK;
    ebb_ctl_parse(ctl, command, test_options, parse,
        "Exit code 65 when the plugin fails a call, 70 when its process dies. No server need run; for --events no database either.", &o, argc, argv);
    if ((o.ticket == 0) == (o.events == NULL))
        return ebb_ctl_fail(ctl, EX_USAGE, "Say what to play: --ticket ID or --events FILE.");
    if (!ebb_site_load(ctl, &site, &code) || !ebb_site_open(ctl, &site, o.what, &p.file, &p.entry, &code))
        return code;
    if (!read_values(&p, o.values))
        return EX_DATAERR;
    o.plugin = p.entry == NULL ? NULL : p.entry->name;
    if (o.ticket > 0 && !record(ctl, &o, &recorded))
        return ebb_ctl_failed(ctl);
    if (o.events != NULL && (recorded = read_json(ctl, o.events)) == NULL)
        return EX_DATAERR;
    p.replies = json_array();
    code = play_all(&p, recorded);
    if (ctl->is_json && p.played > 0) {
        json_t *all = json_pack("{s:s, s:s, s:O}", "plugin_name", p.file->about->name, "plugin_version", p.file->about->version, "replies", p.replies);
        ebb_ctl_print(all);
        json_decref(all);
    }
    json_decref(p.replies);
    if (o.events != NULL)
        json_decref(recorded);
    return code;
}
