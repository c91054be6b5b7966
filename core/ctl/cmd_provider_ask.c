/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl provider test, sync: asks a provider as ebbd would, and takes over a directory's people and their groups.
 * Memory: ctl->arena; each batch of a sync is given away before the next begins.
 * Must not know: what becomes of a person; the database says.
 */
#include "auth/oidc.h"
#include "ctl/grid.h"
#include "ctl/provider.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { BATCH = 200, ASK_S = 15 };
enum { KEY_DISABLE = 1000 };

struct options {
    const char *code;
    bool is_disabling;
};

static const struct argp_option no_options[] = { { 0 } };
static const struct argp_option sync_options[] = {
    { "disable-missing", KEY_DISABLE, NULL, 0, "Disable persons whom the directory no longer has; else they only lose what its groups gave", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == KEY_DISABLE) {
        o->is_disabling = true;
        return 0;
    }
    return ebb_ctl_one_argument(state, key, arg, &o->code);
}

/* The provider with its secret opened. */
static int open_provider(struct ebb_ctl *ctl, const char *code, struct ebb_provider *provider)
{
    json_t *conf = NULL;
    int exit_code = EX_OK;
    if (ebb_ctl_call_json(ctl, "provider_conf", ebb_ctl_provider_args(code), &conf) != EBB_OK)
        return ebb_ctl_failed(ctl);
    char *text = json_dumps(conf, JSON_COMPACT);
    EBB_ASSERT(text != NULL);
    enum ebb_rc rc = ebb_provider_read(provider, text, strlen(text), ctl->arena, &ctl->err);
    free(text);
    if (rc == EBB_OK && provider->sealed_secret != NULL) {
        const char *path = ebb_ctl_key_file(ctl, &exit_code);
        if (path == NULL)
            return exit_code;
        rc = ebb_provider_open(provider, path, ctl->arena, &ctl->err);
    }
    return rc == EBB_OK ? EX_OK : ebb_ctl_failed(ctl);
}

/* ---- test ---- */

static int test_oidc(struct ebb_ctl *ctl, const struct ebb_provider *provider)
{
    const struct ebb_oidc_ask ask = { .provider = provider, .deadline_us = ebb_mono_us() + (int64_t)ASK_S * 1000000, .arena = ctl->arena, .err = &ctl->err };
    const struct ebb_oidc_doc *doc = NULL;
    size_t count = 0;
    if (ebb_oidc_discover(&ask, &doc) != EBB_OK || ebb_oidc_keys(&ask, &count) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_t *answer = json_pack("{s:b, s:s, s:s, s:s, s:I}", "is_reachable", true, "issuer", doc->issuer, "authorization_endpoint", doc->authorization_endpoint, "token_endpoint",
            doc->token_endpoint, "key_count", (json_int_t)count);
        ebb_ctl_print(answer);
        json_decref(answer);
    } else
        printf("%s answers and publishes %zu key%s; people are sent to %s. Whether the client secret is right shows at the first sign-in.\n", doc->issuer, count, count == 1 ? "" : "s",
            doc->authorization_endpoint);
    return EX_OK;
}

static int test_ldap(struct ebb_ctl *ctl, const struct ebb_provider *provider)
{
    struct ebb_ldap_conf conf;
    ebb_provider_ldap(&conf, provider);
    if (ebb_ldap_test(&conf, ctl->arena, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        puts("{\"is_reachable\":true}");
    else
        printf("%s answers over TLS with a certificate that is believed%s.\n", conf.url, *conf.bind_dn != '\0' ? ", and takes the account that searches" : "");
    return EX_OK;
}

int ebb_cmd_provider_test(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    struct ebb_provider provider;
    ebb_ctl_parse(ctl, command, no_options, parse, NULL, &o, argc, argv);
    int code = open_provider(ctl, o.code, &provider);
    if (code != EX_OK)
        return code;
    if (strcmp(provider.kind, "oidc") == 0)
        return test_oidc(ctl, &provider);
    if (strcmp(provider.kind, "ldap") == 0)
        return test_ldap(ctl, &provider);
    return ebb_ctl_fail(ctl, EX_USAGE, "A proxy asks us; there is nothing to ask it.");
}

/* ---- sync ---- */

struct sync {
    struct ebb_ctl *ctl;
    const char *code;
    json_t *people, *subjects, *told; /* told: what is worth a line */
    long long seen, bound, changed, same, skipped;
    bool has_failed;
};

static void count(struct sync *s, const json_t *items)
{
    size_t i;
    json_t *item;
    json_array_foreach((json_t *)(uintptr_t)items, i, item) {
        const char *outcome = json_string_value(json_object_get(item, "outcome"));
        long long *counter = strcmp(outcome, "bound") == 0 ? &s->bound : strcmp(outcome, "changed") == 0 ? &s->changed : strcmp(outcome, "same") == 0 ? &s->same : &s->skipped;
        (*counter)++;
        if (counter != &s->same)
            json_array_append(s->told, item);
    }
}

static bool hand_over(struct sync *s)
{
    json_t *items = NULL;
    if (json_array_size(s->people) == 0)
        return true;
    json_t *args = json_pack("{s:s, s:O, s:b}", "provider_code", s->code, "people", s->people, "is_dry_run", s->ctl->is_dry_run);
    s->has_failed = ebb_ctl_call_json(s->ctl, "provider_sync", args, &items) != EBB_OK;
    if (!s->has_failed)
        count(s, items);
    json_array_clear(s->people);
    return !s->has_failed;
}

static bool on_person(void *ctx, const struct ebb_ldap_person *person)
{
    struct sync *s = ctx;
    json_t *groups = person->groups_json == NULL ? NULL : json_loads(person->groups_json, 0, NULL);
    s->seen++;
    json_array_append_new(s->subjects, json_string(person->subject));
    json_array_append_new(s->people, json_pack("{s:s, s:s*, s:s*, s:b, s:o*}", "subject", person->subject, "name", person->name, "email", person->email, "is_email_verified", true, "groups", groups));
    return json_array_size(s->people) < BATCH || hand_over(s);
}

static void tell(struct sync *s, const json_t *gone)
{
    size_t i;
    const json_t *item;
    json_array_foreach(s->told, i, item) {
        const char *reason = json_string_value(json_object_get(item, "reason"));
        const char *name = json_string_value(json_object_get(item, "name")), *email = json_string_value(json_object_get(item, "email"));
        printf("  %-8s %s <%s>%s%s\n", json_string_value(json_object_get(item, "outcome")), name == NULL ? "" : name, email == NULL ? "" : email, reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
    }
    json_array_foreach((json_t *)(uintptr_t)gone, i, item)
        printf("  %-8s %s\n", json_string_value(json_object_get(item, "outcome")), json_string_value(json_object_get(item, "person_name")));
    printf("%s%lld people in the directory: %lld bound, %lld changed, %lld as before, %lld skipped; %zu of the desk's are not there any more.\n", s->ctl->is_dry_run ? "Would do: " : "", s->seen,
        s->bound, s->changed, s->same, s->skipped, json_array_size(gone));
}

static int finish(struct sync *s, bool is_disabling)
{
    json_t *gone = NULL;
    json_t *args = json_pack("{s:s, s:O, s:b, s:b}", "provider_code", s->code, "subjects", s->subjects, "is_disabling", is_disabling, "is_dry_run", s->ctl->is_dry_run);
    if (ebb_ctl_call_json(s->ctl, "provider_gone", args, &gone) != EBB_OK)
        return ebb_ctl_failed(s->ctl);
    if (s->ctl->is_json) {
        json_t *answer = json_pack("{s:I, s:I, s:I, s:I, s:I, s:O, s:O}", "seen_count", (json_int_t)s->seen, "bound_count", (json_int_t)s->bound, "changed_count", (json_int_t)s->changed,
            "same_count", (json_int_t)s->same, "skipped_count", (json_int_t)s->skipped, "people", s->told, "gone", gone);
        ebb_ctl_print(answer);
        json_decref(answer);
    } else
        tell(s, gone);
    return s->skipped > 0 ? EX_DATAERR : EX_OK;
}

int ebb_cmd_provider_sync(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    struct ebb_provider provider;
    struct ebb_ldap_conf conf;
    ebb_ctl_parse(ctl, command, sync_options, parse,
        "Everybody whom people_filter finds is bound, made (with --may-create) or brought up to date, with the roles and teams of their groups.\n"
        "Exits 65 when somebody had to be skipped.",
        &o, argc, argv);
    int code = open_provider(ctl, o.code, &provider);
    if (code != EX_OK)
        return code;
    if (strcmp(provider.kind, "ldap") != 0)
        return ebb_ctl_fail(ctl, EX_USAGE, "Only a directory can be asked for everybody; %s is of kind %s.", o.code, provider.kind);
    ebb_provider_ldap(&conf, &provider);
    struct sync s = { .ctl = ctl, .code = o.code, .people = json_array(), .subjects = json_array(), .told = json_array() };
    if (ebb_ldap_people(&conf, on_person, &s, ctl->arena, &ctl->err) != EBB_OK || s.has_failed || !hand_over(&s))
        code = ebb_ctl_failed(ctl);
    /* Nobody there is a fault of the settings, not a company without people. */
    else if (s.seen == 0)
        code = ebb_ctl_fail(ctl, EX_DATAERR, "The directory has nobody below %s that people_filter finds, so nothing was done.", conf.base_dn);
    else
        code = finish(&s, o.is_disabling);
    json_decref(s.people);
    json_decref(s.subjects);
    json_decref(s.told);
    return code;
}
