/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see plugin.h: plugins as text for people.
 * Memory: ctl->arena. Must not know: where what is shown comes from.
 */
#include "ctl/plugin.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *member)
{
    const char *text = json_string_value(json_object_get(object, member));
    return text == NULL ? "" : text;
}

static long long number_of(const json_t *object, const char *member)
{
    return (long long)json_number_value(json_object_get(object, member));
}

/* ---- verify ---- */

static const char *const kind_words[] = { "categorise", "automate", "report" }; /* bits of EBB_KIND_... */

json_t *ebb_plugin_about_json(struct ebb_ctl *ctl, const struct ebb_plugin_file *file)
{
    struct ebb_str text;
    ebb_str_init(&text, ctl->arena, 1024);
    ebb_about_json(&text, file->about);
    json_t *json = json_loads(ebb_str_done(&text), 0, NULL);
    EBB_ASSERT(json != NULL);
    json_object_set_new(json, "sha256", json_string(file->sha256));
    json_t *kinds = json_array();
    for (size_t i = 0; i < EBB_COUNT(kind_words); i++)
        if (file->about->kinds & (1u << i))
            json_array_append_new(kinds, json_string(kind_words[i]));
    json_object_set_new(json, "kinds", kinds);
    return json;
}

static void show_words(const char *title, const char *const *words, size_t count)
{
    if (count > 0)
        printf("  %-11s", title);
    for (size_t i = 0; i < count; i++)
        printf("%s%s", i == 0 ? "" : ", ", words[i]);
    if (count > 0)
        printf("\n");
}

static void show_param(const struct ebb_plugin_param *param)
{
    printf("  parameter  %-20s %s", param->key, ebb_about_type(param->type));
    if (param->least != 0 || param->most != 0)
        printf(" %lld to %lld", (long long)param->least, (long long)param->most);
    if (param->unit != NULL)
        printf(" (%s)", param->unit);
    if (param->initial != NULL)
        printf(", initially %s", *param->initial == '\0' ? "empty" : param->initial);
    else
        printf(", to be set");
    printf("%s%s\n", param->help == NULL ? "" : ". ", param->help == NULL ? "" : param->help);
}

void ebb_plugin_show_about(struct ebb_ctl *ctl, const struct ebb_plugin_file *file)
{
    const struct ebb_plugin_about *about = file->about;
    printf("%s %s (%s), ABI %u.%u\n  %s\n", about->name, about->version, about->licence, about->major, about->minor, about->summary);
    const char *kinds[EBB_COUNT(kind_words)];
    size_t kind_count = 0;
    for (size_t i = 0; i < EBB_COUNT(kind_words); i++)
        if (about->kinds & (1u << i))
            kinds[kind_count++] = kind_words[i];
    show_words("does", kinds, kind_count);
    if (about->needs & EBB_PLUGIN_NEEDS_NETWORK)
        printf("  asks for   network: not granted unless it is installed with --network\n");
    if (about->tick_s > 0)
        printf("  ticks      every %u s\n", about->tick_s);
    show_words("events", about->events, about->event_count);
    show_words("reads", about->reads, about->read_count);
    show_words("needs", about->libraries, about->library_count);
    for (size_t i = 0; i < about->param_count; i++)
        show_param(&about->params[i]);
    for (size_t i = 0; i < about->statement_count; i++)
        printf("  statement  %s\n", about->statements[i].name);
    for (size_t i = 0; i < about->report_count; i++)
        printf("  report     %s: %s (%s)\n", about->reports[i].name, about->reports[i].title, about->reports[i].formats);
    printf("  sha256     %s\n", file->sha256);
    (void)ctl;
}

/* ---- list ---- */

static const char *joined(struct ebb_ctl *ctl, const json_t *words)
{
    struct ebb_str text;
    size_t i;
    const json_t *word;
    ebb_str_init(&text, ctl->arena, 64);
    json_array_foreach((json_t *)(uintptr_t)words, i, word)
        ebb_str_printf(&text, "%s%s", i == 0 ? "" : ", ", json_string_value(word));
    return ebb_str_done(&text);
}

/* Those that use it, first those that are asked first. */
static const char *users_of(struct ebb_ctl *ctl, const json_t *plugin)
{
    struct ebb_str text;
    size_t i;
    const json_t *d;
    ebb_str_init(&text, ctl->arena, 64);
    json_array_foreach(json_object_get(plugin, "departments"), i, d)
        if (strcmp(text_of(d, "state"), "off") != 0 && strcmp(text_of(d, "state"), "removed") != 0)
            ebb_str_printf(&text, "%s%s (%s, position %lld)", text.length == 0 ? "" : ", ", text_of(d, "department_code"), text_of(d, "state"), number_of(d, "position"));
    return text.length == 0 ? "no department uses it" : ebb_str_done(&text);
}

static void show_trouble(const json_t *plugin)
{
    size_t i;
    const json_t *d, *newest = NULL;
    if (json_is_string(json_object_get(plugin, "quarantine_reason")))
        printf("  quarantine   %s\n", text_of(plugin, "quarantine_reason"));
    json_array_foreach(json_object_get(plugin, "departments"), i, d) {
        if (json_is_string(json_object_get(d, "quarantine_reason")))
            printf("  quarantine   %s: %s\n", text_of(d, "department_code"), text_of(d, "quarantine_reason"));
        if (json_is_string(json_object_get(d, "last_error")) && (newest == NULL || strcmp(text_of(d, "last_error_at"), text_of(newest, "last_error_at")) > 0))
            newest = d;
    }
    if (newest != NULL)
        printf("  last error   %s, %.16s: %s\n", text_of(newest, "department_code"), text_of(newest, "last_error_at"), text_of(newest, "last_error"));
    if (json_is_string(json_object_get(plugin, "file")))
        printf("  file         %s\n", text_of(plugin, "file"));
}

void ebb_plugin_show_list(struct ebb_ctl *ctl, const json_t *plugins)
{
    size_t i;
    const json_t *plugin;
    if (json_array_size(plugins) == 0)
        printf("No plugin is installed. Example:  ebbctl plugin install automate_rules.so --sql sql\n");
    json_array_foreach((json_t *)(uintptr_t)plugins, i, plugin) {
        printf("%s %s  ABI %s  %s  %s\n", text_of(plugin, "plugin_name"), text_of(plugin, "plugin_version"), text_of(plugin, "abi"),
            joined(ctl, json_object_get(plugin, "kinds")), text_of(plugin, "state"));
        if (strcmp(text_of(plugin, "state"), "removed") == 0)
            continue;
        printf("  departments  %s\n", users_of(ctl, plugin));
        printf("  last 24 h    %s calls, %s failed, %.1f ms altogether, the longest %.1f ms; incidents in 7 days: %s\n", ebb_ctl_count(ctl, number_of(plugin, "call_count")),
            ebb_ctl_count(ctl, number_of(plugin, "failed_count")), json_number_value(json_object_get(plugin, "total_ms")),
            json_number_value(json_object_get(plugin, "longest_ms")), ebb_ctl_count(ctl, number_of(plugin, "incident_count")));
        show_trouble(plugin);
    }
}

/* ---- configure ---- */

void ebb_plugin_show_department(struct ebb_ctl *ctl, const json_t *department, const json_t *params)
{
    size_t i;
    const json_t *param, *config = json_object_get(department, "config");
    printf("%s in %s: %s, position %lld, mode %s\n", text_of(department, "plugin_name"), text_of(department, "department_code"), text_of(department, "state"),
        number_of(department, "position"), text_of(department, "mode"));
    json_array_foreach((json_t *)(uintptr_t)params, i, param) {
        const char *key = text_of(param, "key"), *initial = json_string_value(json_object_get(param, "initial"));
        const json_t *value = json_object_get(config, key);
        const char *shown = json_is_object(value) ? "(secret, set)" : json_is_string(value) ? json_string_value(value)
                            : initial == NULL ? "(not set)" : ebb_arena_printf(ctl->arena, "%s  (initial)", initial);
        printf("  %-22s %s\n", key, shown);
    }
}

/* ---- test ---- */

static void show_action(const struct ebb_reply_action *action)
{
    printf("    %s %s", action->action, action->args);
    if (action->rule != NULL)
        printf("  [%s, version %lld]", action->rule, (long long)action->rule_version);
    printf("%s%s\n", action->explanation == NULL ? "" : "\n      ", action->explanation == NULL ? "" : action->explanation);
}

static const char *sentence_of(struct ebb_ctl *ctl, const char *sentence)
{
    return sentence == NULL ? "" : ebb_arena_printf(ctl->arena, ": %s", sentence);
}

static void show_events(struct ebb_ctl *ctl, const json_t *call, const struct ebb_reply *reply)
{
    const json_t *events = json_object_get(call, "events");
    for (size_t i = 0; i < reply->result_count; i++) {
        const struct ebb_reply_result *result = &reply->results[i];
        const json_t *event = json_array_get(events, i);
        printf("%s %s (%lld)  %s in %.2f ms%s\n", "automate", text_of(event, "name"), (long long)result->event_id, result->result, (double)result->duration_us / 1000,
            sentence_of(ctl, result->sentence));
        for (size_t k = 0; k < result->action_count; k++)
            show_action(&result->actions[k]);
    }
}

void ebb_plugin_show_reply(struct ebb_ctl *ctl, const json_t *call, const struct ebb_reply *reply)
{
    const char *kind = text_of(call, "kind");
    if (strcmp(kind, "automate") == 0)
        show_events(ctl, call, reply);
    else
        printf("%s  %s in %.2f ms%s\n", kind, reply->result, (double)reply->duration_us / 1000, sentence_of(ctl, reply->sentence));
    for (size_t i = 0; i < reply->suggestion_count; i++) {
        const struct ebb_reply_suggestion *s = &reply->suggestions[i];
        printf("    %s = %s  (%.2f)  %s\n", s->field, s->value, s->confidence, s->explanation == NULL ? "" : s->explanation);
    }
    for (size_t i = 0; i < reply->log_count; i++)
        printf("    log, %s: %s\n", reply->logs[i].level, reply->logs[i].text);
    if (reply->document != NULL) {
        fwrite(reply->document, 1, reply->document_length, stdout);
        printf("\n");
    }
}
