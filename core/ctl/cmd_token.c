/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl token: makes and revokes API tokens. A token's text is made here and shown once; the database gets its hash.
 * Memory: ctl->arena; the token's text is wiped.
 * Must not know: how tokens are looked up.
 */
#include "auth/password.h"
#include "auth/token.h"
#include "ctl/ctl.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct options {
    const char *person, *name, *scopes;
    long days;
    json_t *departments;
};

static const struct argp_option create_options[] = {
    { "person", 'p', "EMAIL", 0, "Whose token it is", 0 },
    { "name", 'n', "NAME", 0, "What it is for, to find it again", 0 },
    { "days", 'd', "DAYS", 0, "How long it is good (default: 90)", 0 },
    { "scope", 's', "SCOPES", 0, "What it may do besides reading: write, configure, audit, with commas; none: only read (default: all that the person may)", 0 },
    { "department", 'D', "CODE", 0, "Where it is good; may be given again (default: wherever the person is)", 0 },
    { 0 },
};

static const struct argp_option revoke_options[] = {
    { "person", 'p', "EMAIL", 0, "Whose tokens; without --person one token is read from standard input", 0 },
    { "name", 'n', "NAME", 0, "Only those of this name (default: all of the person)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case 'p': o->person = arg; return 0;
    case 'n': o->name = arg; return 0;
    case 's': o->scopes = arg; return 0;
    case 'D':
        if (o->departments == NULL)
            o->departments = json_array();
        json_array_append_new(o->departments, json_string(arg));
        return 0;
    case 'd': o->days = ebb_ctl_number(state, "days", arg, 1, 3650); return 0;
    case ARGP_KEY_ARG: return ebb_ctl_no_argument(state);
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* "write,audit" as an array; NULL: all. */
static json_t *scopes_of(struct ebb_ctl *ctl, const char *text)
{
    json_t *scopes = json_array();
    char *rest = ebb_arena_strdup(ctl->arena, text);
    for (char *word = strtok_r(rest, ", ", &rest); word != NULL; word = strtok_r(NULL, ", ", &rest))
        if (strcmp(word, "none") != 0)
            json_array_append_new(scopes, json_string(word));
    return scopes;
}

int ebb_cmd_token_create(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { .days = 90 };
    char text[EBB_TOKEN_TEXT], hash[EBB_TOKEN_HASH];
    json_t *answer = NULL;
    ebb_ctl_parse(ctl, command, create_options, parse, "The token is shown this once; the database keeps its SHA-256 only.", &o, argc, argv);
    if (o.person == NULL || o.name == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "A token needs --person EMAIL and --name NAME.");
    if (ctl->is_dry_run) {
        printf("would make a token \"%s\" for %s, good for %ld days\n", o.name, o.person, o.days);
        return EX_OK;
    }
    if (ebb_token_new(text, hash, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_t *args = json_pack("{s:s, s:s, s:I, s:s}", "email", o.person, "name", o.name, "days", (json_int_t)o.days, "token", hash);
    if (o.scopes != NULL)
        json_object_set_new(args, "scopes", scopes_of(ctl, o.scopes));
    if (o.departments != NULL)
        json_object_set_new(args, "departments", o.departments);
    if (ebb_ctl_call_json(ctl, "token_create", args, &answer) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json) {
        json_object_set_new(answer, "token", json_string(text));
        ebb_ctl_print(answer);
    } else {
        printf("%s\n", text);
        fprintf(stderr, "Keep it now, it is not shown again. It is %s's and ends at %s.\n", o.person, json_string_value(json_object_get(answer, "expires_at")));
    }
    ebb_secret_wipe(text, sizeof text);
    return EX_OK;
}

static json_t *one_token(void)
{
    char text[200], hash[EBB_TOKEN_HASH];
    if (isatty(STDIN_FILENO))
        fputs("Token to revoke: ", stderr);
    if (fgets(text, sizeof text, stdin) == NULL)
        return NULL;
    text[strcspn(text, "\r\n")] = '\0';
    if (strncmp(text, "ebb_", 4) != 0)
        return NULL;
    ebb_token_hash(hash, text);
    ebb_secret_wipe(text, sizeof text);
    return json_pack("{s:s}", "token", hash);
}

int ebb_cmd_token_revoke(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *answer = NULL;
    ebb_ctl_parse(ctl, command, revoke_options, parse, NULL, &o, argc, argv);
    json_t *args = o.person == NULL ? one_token() : json_pack("{s:s, s:s*}", "email", o.person, "name", o.name);
    if (args == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say whose tokens by --person EMAIL, or give one token (ebb_...) on standard input.");
    if (ctl->is_dry_run) {
        json_decref(args);
        printf("would revoke %s\n", o.person == NULL ? "that token" : o.name == NULL ? "all tokens of that person" : "that person's tokens of that name");
        return EX_OK;
    }
    if (ebb_ctl_call_json(ctl, "token_revoke", args, &answer) != EBB_OK)
        return ebb_ctl_failed(ctl);
    json_int_t count = json_integer_value(json_object_get(answer, "revoked_count"));
    if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("%lld token%s revoked\n", (long long)count, count == 1 ? "" : "s");
    return count > 0 ? EX_OK : EX_DATAERR;
}
