/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see plugin.h: what a department does with a plugin, in the four steps that the API takes, too: the database says what
 * it would be, the plugin's own check() says whether it can work with it, secrets are sealed, the database checks again and keeps it.
 * Memory: a secret arena for what is in the open. A secret goes to the plugin's process and into the seal, and nowhere else:
 * for the first step the database gets as many x, because a statement may be logged.
 * Must not know: what the parameters mean.
 */
#include "base/utf8.h"
#include "conf/secret.h"
#include "ctl/plugin.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { CHECK_LIMIT_MS = 5000, PARAMS_MAX = 200 };

struct work {
    struct ebb_ctl *ctl;
    const struct ebb_ctl_change *change;
    struct ebb_arena *secret;
    const char *keys[PARAMS_MAX + 1]; /* parameters that are secrets */
    size_t key_count;
    json_t *prepared;
};

json_t *ebb_ctl_plugin_args(const char *plugin, const char *department)
{
    json_t *args = json_pack("{s:s}", "plugin_name", plugin);
    bool is_id = department != NULL && *department != '\0' && department[strspn(department, "0123456789")] == '\0';
    if (department != NULL)
        json_object_set_new(args, is_id ? "department_id" : "department", is_id ? json_integer(atoll(department)) : json_string(department));
    return args;
}

const json_t *ebb_ctl_plugin_param(const json_t *params, const char *key)
{
    size_t i;
    const json_t *param;
    json_array_foreach((json_t *)(uintptr_t)params, i, param)
        if (strcmp(json_string_value(json_object_get(param, "key")), key) == 0)
            return param;
    return NULL;
}

static void find_secrets(struct work *w, const json_t *params)
{
    size_t i;
    const json_t *param;
    json_array_foreach((json_t *)(uintptr_t)params, i, param) {
        const char *type = json_string_value(json_object_get(param, "type"));
        if (type != NULL && strcmp(type, "secret") == 0 && w->key_count < PARAMS_MAX)
            w->keys[w->key_count++] = json_string_value(json_object_get(param, "key"));
    }
    w->keys[w->key_count] = NULL;
}

/* The change as it may be shown: each secret as many x as it has characters. */
static json_t *masked(struct work *w)
{
    json_t *config = json_deep_copy(w->change->config);
    for (size_t i = 0; i < w->key_count; i++) {
        const json_t *value = json_object_get(config, w->keys[i]);
        if (!json_is_string(value))
            continue;
        size_t count = ebb_utf8_count(json_string_value(value), json_string_length(value));
        char *mask = ebb_arena_zalloc(w->ctl->arena, count + 1);
        memset(mask, 'x', count);
        json_object_set_new(config, w->keys[i], json_string(mask));
    }
    return config;
}

static json_t *settings(const struct ebb_ctl_change *change)
{
    json_t *args = ebb_ctl_plugin_args(change->plugin, change->department);
    if (change->is_enabled >= 0)
        json_object_set_new(args, "is_enabled", json_boolean(change->is_enabled));
    if (change->position > 0)
        json_object_set_new(args, "position", json_integer(change->position));
    if (change->mode != NULL)
        json_object_set_new(args, "mode", json_string(change->mode));
    if (change->min_confidence != NULL)
        json_object_set_new(args, "min_confidence", json_real(strtod(change->min_confidence, NULL)));
    return args;
}

static enum ebb_rc prepare(struct work *w)
{
    json_t *plugin = NULL, *args = settings(w->change);
    if (w->change->config != NULL) {
        enum ebb_rc rc = ebb_ctl_call_json(w->ctl, "plugin_get", ebb_ctl_plugin_args(w->change->plugin, NULL), &plugin);
        if (rc != EBB_OK) {
            json_decref(args);
            return rc;
        }
        find_secrets(w, json_object_get(plugin, "params"));
        json_object_set_new(args, "config", masked(w));
    }
    EBB_TRY(ebb_ctl_call_json(w->ctl, "plugin_prepare", args, &w->prepared));
    w->key_count = 0;
    find_secrets(w, json_object_get(w->prepared, "params"));
    /* Where the x stand come the secrets themselves. */
    json_t *config = json_object_get(w->prepared, "config");
    for (size_t i = 0; i < w->key_count; i++) {
        json_t *value = w->change->config == NULL ? NULL : json_object_get(w->change->config, w->keys[i]);
        if (json_is_string(value) && json_is_string(json_object_get(config, w->keys[i])))
            json_object_set(config, w->keys[i], value);
    }
    return EBB_OK;
}

/* The whole configuration in the open, for the plugin alone. */
static enum ebb_rc opened(struct work *w, const struct ebb_secret_key *key, const struct ebb_secret_place *place, const char **clear_r)
{
    char *text = json_dumps(json_object_get(w->prepared, "config"), JSON_COMPACT);
    EBB_ASSERT(text != NULL);
    const char *config = ebb_arena_strdup(w->secret, text);
    memset(text, 0, strlen(text));
    free(text);
    *clear_r = config;
    return key == NULL ? EBB_OK : ebb_secret_open(key, place, config, w->secret, clear_r, &w->ctl->err);
}

static enum ebb_rc refused(struct ebb_ctl *ctl, const struct ebb_reply *reply)
{
    const char *sentence = reply->sentence != NULL ? reply->sentence : "The plugin refuses this configuration.";
    const char *pointer = reply->pointer != NULL && *reply->pointer != '\0' ? reply->pointer : "";
    ebb_err_item(&ctl->err, ebb_arena_printf(ctl->arena, "/config%s%s", *pointer == '\0' || *pointer == '/' ? "" : "/", pointer), "%s", sentence);
    return ebb_fail_items(&ctl->err, EBB_E_INVALID, sentence);
}

/* Asks check() in a process of its own. A plugin that is not on this host is configured unasked: its own hosts will say. */
static int check(struct work *w, const char *clear)
{
    struct ebb_ctl *ctl = w->ctl;
    struct ebb_site site;
    struct ebb_ctl_host host;
    struct ebb_plugin_file *file = NULL;
    const struct ebb_installed_plugin *entry = NULL;
    const struct ebb_reply_want want = { .kind = EBB_CALL_CHECK };
    int code = EX_OK;
    if (!ebb_site_load(ctl, &site, &code))
        return code;
    if (ebb_installed_find(site.installed, w->change->plugin) == NULL) {
        fprintf(stderr, "%s is not installed on this host, so its own check of the configuration was not asked.\n", w->change->plugin);
        return EX_OK;
    }
    if (!ebb_site_open(ctl, &site, w->change->plugin, &file, &entry, &code))
        return code;
    if (!file->about->has_check)
        return EX_OK;
    const char *call = ebb_arena_printf(w->secret, "{\"kind\":\"check\",\"config\":%s}", clear);
    struct ebb_reply *reply = ebb_ctl_host_start(ctl, &host, file, entry) ? ebb_ctl_host_ask(&host, NULL, call, &want, CHECK_LIMIT_MS) : NULL;
    if (host.name != NULL)
        ebb_ctl_host_stop(&host);
    if (reply != NULL && strcmp(reply->result, "fail") == 0)
        (void)!refused(ctl, reply);
    else if (reply != NULL)
        return EX_OK;
    return ebb_ctl_failed(ctl);
}

/* The whole configuration goes back, what is new of its secrets sealed: a seal that stays is not made anew. */
static enum ebb_rc sealed_whole(struct work *w, const struct ebb_secret_key *key, const struct ebb_secret_place *place, json_t **config_r)
{
    char *text = json_dumps(json_object_get(w->prepared, "config"), JSON_COMPACT);
    EBB_ASSERT(text != NULL);
    const char *open = ebb_arena_strdup(w->secret, text), *sealed = open;
    memset(text, 0, strlen(text));
    free(text);
    if (key != NULL)
        EBB_TRY(ebb_secret_seal(key, place, open, w->keys, w->ctl->arena, &sealed, &w->ctl->err));
    *config_r = json_loads(sealed, 0, NULL);
    return EBB_OK;
}

static int seal_and_save(struct work *w, const struct ebb_secret_key *key, const struct ebb_secret_place *place, json_t **answer_r)
{
    struct ebb_ctl *ctl = w->ctl;
    json_t *config = NULL;
    if (w->change->config != NULL && sealed_whole(w, key, place, &config) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_t *args = settings(w->change);
    if (config != NULL)
        json_object_set_new(args, "config", config);
    json_object_set(args, "if_match", json_object_get(w->prepared, "version"));
    return ebb_ctl_call_json(ctl, "plugin_configure", args, answer_r) == EBB_OK ? EX_OK : ebb_ctl_failed(ctl);
}

static bool has_secret(const struct work *w)
{
    const json_t *config = json_object_get(w->prepared, "config");
    for (size_t i = 0; i < w->key_count; i++)
        if (json_object_get(config, w->keys[i]) != NULL)
            return true;
    return false;
}

static int load_key(struct ebb_ctl *ctl, struct ebb_secret_key *key)
{
    const char *file = ebb_ctl_config_file(ctl);
    struct ebb_conf *conf = NULL;
    if (file == NULL)
        return ebb_ctl_fail(ctl, EX_CONFIG, "Secrets are sealed by the desk's secret_key_file: name its ebb.conf by --config or EBB_CONF.");
    if (ebb_conf_load(&conf, file, &ctl->err) != EBB_OK || ebb_secret_key_load(key, conf->secret_key_file, true, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    return EX_OK;
}

int ebb_ctl_configure(struct ebb_ctl *ctl, const struct ebb_ctl_change *change, json_t **answer_r)
{
    struct work w = { .ctl = ctl, .change = change, .secret = ebb_arena_new("plugin secrets", EBB_ARENA_SECRET) };
    struct ebb_secret_key key;
    const char *clear = NULL;
    int code = prepare(&w) == EBB_OK ? EX_OK : ebb_ctl_failed(ctl);
    bool is_sealed = code == EX_OK && has_secret(&w);
    const struct ebb_secret_place place = { change->plugin, (int)json_integer_value(json_object_get(w.prepared, "department_id")) };
    if (is_sealed)
        code = load_key(ctl, &key);
    if (code == EX_OK && opened(&w, is_sealed ? &key : NULL, &place, &clear) != EBB_OK)
        code = ebb_ctl_failed(ctl);
    if (code == EX_OK && (change->config != NULL || change->is_enabled == 1))
        code = check(&w, clear);
    *answer_r = NULL;
    if (code == EX_OK && !ctl->is_dry_run)
        code = seal_and_save(&w, is_sealed ? &key : NULL, &place, answer_r);
    if (is_sealed)
        ebb_secret_key_wipe(&key);
    ebb_arena_free(&w.secret);
    return code;
}
