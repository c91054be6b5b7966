/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl user: sets a pass-phrase, removes one-time codes. The key is derived here (argon2id); the database gets salt, cost and the SHA-256
 * of the key, and neither the pass-phrase nor the key.
 * Memory: a secret arena for what was typed, wiped at the end.
 * Must not know: how a log-in compares.
 */
#include "auth/password.h"
#include "auth/phrase.h"
#include "ctl/ctl.h"
#include "ctl/prompt.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PHRASE_MAX = 1024 };

struct options {
    const char *email;
    bool may_keep;
};

static const struct argp_option password_options[] = {
    { "keep", 'k', NULL, 0, "The person may keep it (default: signing in takes a new one)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == 'k') {
        o->may_keep = true;
        return 0;
    }
    return ebb_ctl_one_argument(state, key, arg, &o->email);
}

static error_t parse_email(int key, char *arg, struct argp_state *state)
{
    return ebb_ctl_one_argument(state, key, arg, state->input);
}

/* NULL, or what is wrong. */
static const char *ask(const char *email, char *phrase, char *again)
{
    if (!ebb_prompt_secret("New pass-phrase: ", phrase, PHRASE_MAX))
        return "No pass-phrase came on standard input.";
    const char *fault = ebb_phrase_fault(phrase, strlen(phrase), email, NULL);
    if (fault != NULL)
        return fault;
    if (!isatty(STDIN_FILENO))
        return NULL;
    if (!ebb_prompt_secret("Once more: ", again, PHRASE_MAX) || strcmp(phrase, again) != 0)
        return "The two differ; nothing was changed.";
    return NULL;
}

static enum ebb_rc set_password(struct ebb_ctl *ctl, const struct options *o, const char *phrase, json_t **answer_r)
{
    struct ebb_password_cost cost;
    char proof[EBB_PROOF_HEX], verifier[EBB_PROOF_HEX], salt[EBB_SALT_HEX];
    EBB_TRY(ebb_password_new_cost(&cost, &ctl->err));
    EBB_TRY(ebb_password_derive(proof, phrase, strlen(phrase), &cost, &ctl->err));
    ebb_password_verifier(verifier, proof);
    ebb_secret_wipe(proof, sizeof proof);
    ebb_password_salt_hex(salt, &cost);
    return ebb_ctl_call_json(ctl, "user_password", json_pack("{s:s, s:s, s:I, s:I, s:s, s:b}", "email", o->email, "salt", salt, "opslimit",
        (json_int_t)cost.opslimit, "memlimit", (json_int_t)cost.memlimit, "verifier", verifier, "must_change", !o->may_keep), answer_r);
}

int ebb_cmd_user_password(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    json_t *answer = NULL;
    ebb_ctl_parse(ctl, command, password_options, parse, "From a terminal it is asked twice without echo; otherwise the first line of standard input is it.",
        &o, argc, argv);
    if (ctl->is_dry_run) {
        printf("would set the pass-phrase of %s and end that person's sessions\n", o.email);
        return EX_OK;
    }
    struct ebb_arena *secret = ebb_arena_new("pass-phrase", EBB_ARENA_SECRET);
    char *phrase = ebb_arena_zalloc(secret, PHRASE_MAX), *again = ebb_arena_zalloc(secret, PHRASE_MAX);
    const char *fault = ask(o.email, phrase, again);
    int code = EX_OK;
    if (fault != NULL)
        code = ebb_ctl_fail(ctl, EX_DATAERR, "%s", fault);
    else if (set_password(ctl, &o, phrase, &answer) != EBB_OK)
        code = ebb_ctl_failed(ctl);
    else if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("The pass-phrase of %s is set; sessions of that person have ended.%s\n", json_string_value(json_object_get(answer, "email")),
            o.may_keep ? "" : " At the next sign-in the person chooses another.");
    ebb_arena_free(&secret);
    return code;
}

int ebb_cmd_user_totp(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    const char *email = NULL;
    json_t *answer = NULL;
    ebb_ctl_parse(ctl, command, NULL, parse_email, "For somebody who has lost device and recovery codes: make sure who is asking.", &email, argc, argv);
    if (ctl->is_dry_run) {
        printf("would remove the one-time codes of %s\n", email);
        return EX_OK;
    }
    if (ebb_ctl_call_json(ctl, "user_totp", json_pack("{s:s}", "email", email), &answer) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (ctl->is_json)
        ebb_ctl_print(answer);
    else if (json_is_true(json_object_get(answer, "was_on")))
        printf("%s signs in with the pass-phrase alone again.\n", email);
    else
        printf("%s had no one-time codes.\n", email);
    return EX_OK;
}
