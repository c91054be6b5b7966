/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see ctl.h: arguments, errors, exit codes. Connection: connect.c. Memory: ctl->arena.
 * Must not know: what a command does.
 */
#define _GNU_SOURCE
#include "ctl/ctl.h"

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>
#include <unistd.h>

enum { KEY_HELP = 'h', KEY_CONFIG = 0x1000, KEY_JSON, KEY_DRY_RUN };

struct shared {
    struct ebb_ctl *ctl;
    const struct ebb_ctl_command *command;
    const char *text;
    void *own;
};

static void show_help(struct argp_state *state)
{
    const struct shared *shared = state->input;
    printf("Example:\n  %s\n\n%s\n", shared->command->example, shared->command->summary);
    if (shared->text != NULL)
        printf("\n%s\n", shared->text);
    printf("\n");
    argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_LONG | ARGP_HELP_EXIT_OK);
}

static error_t parse_shared(int key, char *arg, struct argp_state *state)
{
    const struct shared *shared = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = shared->own; return 0;
    case KEY_HELP: show_help(state); return 0;
    case KEY_CONFIG: shared->ctl->config = arg; return 0;
    case KEY_JSON: shared->ctl->is_json = true; return 0;
    case KEY_DRY_RUN:
        if (!shared->command->is_writing)
            argp_error(state, "this command changes nothing, so it has no --dry-run");
        shared->ctl->is_dry_run = true;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

void ebb_ctl_parse(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, const struct argp_option *options, argp_parser_t parse,
    const char *text, void *own, int argc, char **argv)
{
    const struct argp_option options_shared[] = {
        { "config", KEY_CONFIG, "FILE", 0, "Take the database from this ebb.conf (else EBB_CONF, else PGHOST, PGDATABASE ...)", -2 },
        { "json", KEY_JSON, NULL, 0, "Print one JSON object; errors as application/problem+json", -2 },
        { "dry-run", KEY_DRY_RUN, NULL, command->is_writing ? 0 : OPTION_HIDDEN, "Say what would be done and change nothing", -2 },
        { "help", KEY_HELP, NULL, 0, "Show this", -1 },
        { 0 },
    };
    struct argp own_argp = { options, parse, NULL, NULL, NULL, NULL, NULL };
    struct argp_child children[] = { { &own_argp, 0, NULL, 0 }, { 0 } };
    const struct argp whole = { options_shared, parse_shared, command->args, NULL, children, NULL, NULL };
    struct shared shared = { ctl, command, text, own };
    char *name = ebb_arena_printf(ctl->arena, "ebbctl %s%s%s", command->noun, *command->verb == '\0' ? "" : " ", command->verb);
    argv[0] = name;
    argp_err_exit_status = EX_USAGE;
    error_t rc = argp_parse(&whole, argc, argv, ARGP_NO_HELP, NULL, &shared);
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", name, strerror(rc));
        exit(EX_USAGE);
    }
}

error_t ebb_ctl_one_argument(struct argp_state *state, int key, char *arg, const char **to)
{
    if (key == ARGP_KEY_ARG) {
        if (*to != NULL)
            argp_error(state, "one argument is enough; \"%s\" is too much", arg);
        *to = arg;
        return 0;
    }
    if (key == ARGP_KEY_END && *to == NULL)
        argp_error(state, "an argument is missing");
    return ARGP_ERR_UNKNOWN;
}

error_t ebb_ctl_no_argument(struct argp_state *state)
{
    argp_error(state, "there is nothing to be said beyond options");
    return EINVAL;
}

long ebb_ctl_number(struct argp_state *state, const char *option, const char *arg, long least, long most)
{
    char *rest;
    errno = 0;
    long value = strtol(arg, &rest, 10);
    if (*arg == '\0' || *rest != '\0' || errno != 0 || value < least || value > most)
        argp_error(state, "--%s must be a number from %ld to %ld, not \"%s\"", option, least, most, arg);
    return value;
}

static int exit_code(enum ebb_rc rc)
{
    switch (rc) {
    case EBB_E_CONFIG: return EX_CONFIG;
    case EBB_E_UNAUTHENTICATED:
    case EBB_E_FORBIDDEN: return EX_NOPERM;
    case EBB_E_DB_LOST: return EX_UNAVAILABLE;
    case EBB_E_UNAVAILABLE:
    case EBB_E_TIMEOUT:
    case EBB_E_BUSY:
    case EBB_E_UNKNOWN_OUTCOME: return EX_TEMPFAIL;
    case EBB_E_INTERNAL: return EX_SOFTWARE;
    default: return EX_DATAERR;
    }
}

static json_t *items_as_json(const struct ebb_err *err)
{
    json_t *items = err->items_json != NULL ? json_loads(err->items_json, 0, NULL) : json_array();
    for (const struct ebb_err_item *item = err->items; item != NULL; item = item->next)
        json_array_append_new(items, json_pack("{s:s, s:s}", "pointer", item->pointer, "detail", item->detail));
    return items != NULL ? items : json_array();
}

static const char *whole_sentence(const struct ebb_ctl *ctl)
{
    const struct ebb_err *err = &ctl->err;
    const char *sentence = err->sentence != NULL ? err->sentence : ebb_code(err->rc)->title;
    bool has_hint = err->hint != NULL && *err->hint != '\0';
    return ebb_arena_printf(ctl->arena, "%s%s%s", sentence, has_hint ? " " : "", has_hint ? err->hint : "");
}

static int log_fd = -1;

void ebb_ctl_log_begin(void)
{
    char path[40];
    log_fd = memfd_create("ebbctl log", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", log_fd);
    if (log_fd >= 0 && ebb_log_open(path) != 0)
        log_fd = -1;
}

const char *ebb_ctl_log_last(struct ebb_ctl *ctl)
{
    char text[8192];
    off_t size = log_fd < 0 ? 0 : lseek(log_fd, 0, SEEK_END), from = size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0;
    ssize_t len = size <= 0 ? 0 : pread(log_fd, text, sizeof text - 1, from);
    while (len > 0 && text[len - 1] == '\n')
        len--;
    if (len <= 0)
        return NULL;
    text[len] = '\0';
    const char *line = strrchr(text, '\n') == NULL ? text : strrchr(text, '\n') + 1;
    json_t *json = json_loads(line, 0, NULL);
    const char *message = json_string_value(json_object_get(json, "msg"));
    message = message == NULL ? NULL : ebb_arena_strdup(ctl->arena, message);
    json_decref(json);
    return message;
}

int ebb_ctl_failed(struct ebb_ctl *ctl)
{
    const struct ebb_code *code = ebb_code(ctl->err.rc);
    json_t *items = items_as_json(&ctl->err);
    if (ctl->is_json) {
        json_t *problem = json_pack("{s:s+, s:s, s:i, s:s, s:o}", "type", "urn:ebb:problem:", code->slug, "title", code->title, "status",
            code->status, "detail", whole_sentence(ctl), "errors", items);
        json_dumpf(problem, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        json_decref(problem);
        return exit_code(ctl->err.rc);
    }
    fprintf(stderr, "ebbctl: %s\n", whole_sentence(ctl));
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item) {
        const char *pointer = json_string_value(json_object_get(item, "pointer")), *detail = json_string_value(json_object_get(item, "detail"));
        bool is_new = detail != NULL && (ctl->err.sentence == NULL || strstr(ctl->err.sentence, detail) == NULL);
        if (is_new)
            fprintf(stderr, "  %s: %s\n", pointer == NULL ? "" : pointer, detail);
    }
    json_decref(items);
    const char *whole_story = ctl->err.log_id[0] == '\0' ? NULL : ebb_ctl_log_last(ctl);
    if (whole_story != NULL)
        fprintf(stderr, "  %s: %s\n", ctl->err.log_id, whole_story);
    return exit_code(ctl->err.rc);
}

int ebb_ctl_fail(struct ebb_ctl *ctl, int code, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    const char *sentence = ebb_arena_vprintf(ctl->arena, format, ap);
    va_end(ap);
    enum ebb_rc rc = code == EX_CONFIG ? EBB_E_CONFIG : code == EX_UNAVAILABLE ? EBB_E_UNAVAILABLE : EBB_E_INVALID;
    ebb_err_init(&ctl->err, ctl->arena);
    (void)!ebb_fail(&ctl->err, rc, "%s", sentence);
    (void)ebb_ctl_failed(ctl);
    return code;
}

void ebb_ctl_print(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    fputc('\n', stdout);
}

const char *ebb_ctl_count(struct ebb_ctl *ctl, long long number)
{
    char digits[32], text[48];
    int n = snprintf(digits, sizeof digits, "%lld", number < 0 ? -number : number), at = 0;
    if (number < 0)
        text[at++] = '-';
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            text[at++] = ',';
        text[at++] = digits[i];
    }
    return ebb_arena_dup(ctl->arena, text, (size_t)at);
}
