/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl user: sets a pass-phrase. The key is derived here (argon2id); the database gets salt, cost and the SHA-256
 * of the key, and neither the pass-phrase nor the key.
 * Memory: a secret arena for what was typed, wiped at the end.
 * Must not know: how a log-in compares.
 */
#include "auth/password.h"
#include "base/utf8.h"
#include "ctl/ctl.h"
#include "ctl/prompt.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { PHRASE_MAX = 1024 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return ebb_ctl_one_argument(state, key, arg, state->input);
}

/* NULL, or what is wrong. */
static const char *ask(char *phrase, char *again)
{
    if (!ebb_prompt_secret("New pass-phrase: ", phrase, PHRASE_MAX))
        return "No pass-phrase came on standard input.";
    if (!ebb_utf8_is_valid(phrase, strlen(phrase)))
        return "The pass-phrase is not UTF-8.";
    if (ebb_utf8_count(phrase, strlen(phrase)) < EBB_PASSWORD_LEAST)
        return "A pass-phrase has at least 12 characters; several words are easier than signs.";
    if (!isatty(STDIN_FILENO))
        return NULL;
    if (!ebb_prompt_secret("Once more: ", again, PHRASE_MAX) || strcmp(phrase, again) != 0)
        return "The two differ; nothing was changed.";
    return NULL;
}

static enum ebb_rc set_password(struct ebb_ctl *ctl, const char *email, const char *phrase, json_t **answer_r)
{
    struct ebb_password_cost cost;
    char proof[EBB_PROOF_HEX], verifier[EBB_PROOF_HEX], salt[EBB_SALT_HEX];
    EBB_TRY(ebb_password_new_cost(&cost, &ctl->err));
    EBB_TRY(ebb_password_derive(proof, phrase, strlen(phrase), &cost, &ctl->err));
    ebb_password_verifier(verifier, proof);
    ebb_secret_wipe(proof, sizeof proof);
    ebb_password_salt_hex(salt, &cost);
    return ebb_ctl_call_json(ctl, "user_password", json_pack("{s:s, s:s, s:I, s:I, s:s}", "email", email, "salt", salt, "opslimit",
        (json_int_t)cost.opslimit, "memlimit", (json_int_t)cost.memlimit, "verifier", verifier), answer_r);
}

int ebb_cmd_user_password(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    const char *email = NULL;
    json_t *answer = NULL;
    ebb_ctl_parse(ctl, command, NULL, parse, "From a terminal it is asked twice without echo; otherwise the first line of standard input is it.",
        &email, argc, argv);
    if (ctl->is_dry_run) {
        printf("would set the pass-phrase of %s and end that person's sessions\n", email);
        return EX_OK;
    }
    struct ebb_arena *secret = ebb_arena_new("pass-phrase", EBB_ARENA_SECRET);
    char *phrase = ebb_arena_zalloc(secret, PHRASE_MAX), *again = ebb_arena_zalloc(secret, PHRASE_MAX);
    const char *fault = ask(phrase, again);
    int code = EX_OK;
    if (fault != NULL)
        code = ebb_ctl_fail(ctl, EX_DATAERR, "%s", fault);
    else if (set_password(ctl, email, phrase, &answer) != EBB_OK)
        code = ebb_ctl_failed(ctl);
    else if (ctl->is_json)
        ebb_ctl_print(answer);
    else
        printf("The pass-phrase of %s is set; sessions of that person have ended.\n", json_string_value(json_object_get(answer, "email")));
    ebb_arena_free(&secret);
    return code;
}
