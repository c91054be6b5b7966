/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl, the administrator's command. Finds the command in the table and runs it.
 * Memory: one arena for the whole run.
 * Must not know: what a command does.
 */
#include "base/log.h"
#include "ctl/ctl.h"
#include "plugin/spawn.h"

#include <sodium.h>
#include <string.h>
#include <sysexits.h>

static const struct ebb_ctl_command commands[] = {
#define COMMAND(noun, verb, function, is_writing, args, summary, example) { noun, verb, ebb_cmd_##function, is_writing, args, summary, example },
#include "ctl/commands.def"
#undef COMMAND
};

static void list_commands(FILE *to, const char *noun)
{
    for (size_t i = 0; i < EBB_COUNT(commands); i++) {
        const struct ebb_ctl_command *c = &commands[i];
        if (noun == NULL || strcmp(noun, c->noun) == 0)
            fprintf(to, "  ebbctl %-12s %-10s %s\n", c->noun, c->verb, c->summary);
    }
}

static int show_help(FILE *to, const char *noun, int code)
{
    const char *example = "ebbctl doctor";
    for (size_t i = 0; i < EBB_COUNT(commands) && noun != NULL; i++)
        if (strcmp(commands[i].noun, noun) == 0) {
            example = commands[i].example;
            break;
        }
    fprintf(to, "Example:\n  %s\n\nCommands (each has --help with an example and its options):\n", example);
    list_commands(to, noun);
    if (noun == NULL)
        fprintf(to, "\nAll take --config FILE, --json and --help, those that change something --dry-run.\n"
                    "Exit codes after sysexits.h: 0 done, 64 wrong use, 65 data refused, 69 unavailable, 70 fault in Ebb,\n"
                    "73/74 files, 75 try again, 77 no permission, 78 configuration or mapping.\n");
    return code;
}

/* "ebbctl token" is a noun that needs a verb; "ebbctl import" is a command by itself. */
static int run(struct ebb_ctl *ctl, int argc, char **argv)
{
    const char *noun = argc > 1 ? argv[1] : "--help", *verb = argc > 2 ? argv[2] : "";
    if (strcmp(noun, "--help") == 0 || strcmp(noun, "-h") == 0 || strcmp(noun, "help") == 0)
        return show_help(argc > 1 ? stdout : stderr, NULL, argc > 1 ? EX_OK : EX_USAGE);
    if (strcmp(noun, "--version") == 0 || strcmp(noun, "-V") == 0)
        noun = "version";
    bool is_noun = false;
    for (size_t i = 0; i < EBB_COUNT(commands); i++) {
        const struct ebb_ctl_command *c = &commands[i];
        if (strcmp(c->noun, noun) != 0)
            continue;
        is_noun = true;
        int skip = *c->verb == '\0' ? 1 : 2;
        if (skip == 1 || strcmp(c->verb, verb) == 0)
            return c->run(ctl, c, argc - skip, argv + skip);
    }
    if (is_noun && (*verb == '\0' || strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0))
        return show_help(*verb == '\0' ? stderr : stdout, noun, *verb == '\0' ? EX_USAGE : EX_OK);
    fprintf(stderr, "ebbctl: there is no command \"%s%s%s\". The commands are:\n", noun, is_noun ? " " : "", is_noun ? verb : "");
    list_commands(stderr, is_noun ? noun : NULL);
    return EX_USAGE;
}

int main(int argc, char **argv)
{
    /* A plugin's process is this program, executed anew. */
    if (argc > 1 && strcmp(argv[1], "plugin-host") == 0)
        return ebb_host_main(argc, argv);
    struct ebb_ctl ctl = { .arena = ebb_arena_new("ebbctl", EBB_ARENA_PLAIN) };
    ebb_err_init(&ctl.err, ctl.arena);
    ebb_log_process("ebbctl");
    ebb_ctl_log_begin();
    if (sodium_init() < 0) {
        fputs("ebbctl: libsodium could not be started\n", stderr);
        return EX_SOFTWARE;
    }
    int code = run(&ctl, argc, argv);
    if (ctl.pg != NULL)
        ebb_pg_free(&ctl.pg);
    ebb_arena_free(&ctl.arena);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("ebbctl: standard output could not be written\n", stderr);
        return EX_IOERR;
    }
    return code;
}
