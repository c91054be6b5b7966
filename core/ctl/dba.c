/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see dba.h. Memory: ctl->arena. Must not know: what a migration is.
 */
#include "ctl/dba.h"

#include "conf/conf.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 12 };

const char *ebb_dba_find_apply(struct ebb_ctl *ctl)
{
    const char *home = ebb_ctl_home(ctl), *own = getenv("EBB_SQL");
    const char *candidates[] = { own == NULL ? NULL : ebb_arena_printf(ctl->arena, "%s/apply", own),
        ebb_arena_printf(ctl->arena, "%s/../sql/apply", home), ebb_arena_printf(ctl->arena, "%s/../../sql/apply", home), EBB_DATADIR "/sql/apply" };
    for (size_t i = 0; i < EBB_COUNT(candidates); i++)
        if (candidates[i] != NULL && access(candidates[i], X_OK) == 0)
            return candidates[i];
    (void)ebb_ctl_fail(ctl, EX_UNAVAILABLE, "sql/apply is neither beside this program nor in %s/sql; name its folder by EBB_SQL.", EBB_DATADIR);
    return NULL;
}

bool ebb_dba_export(struct ebb_ctl *ctl, const char *conninfo)
{
    static const char *const names[][2] = { { "host", "PGHOST" }, { "hostaddr", "PGHOSTADDR" }, { "port", "PGPORT" }, { "dbname", "PGDATABASE" },
        { "user", "PGUSER" }, { "service", "PGSERVICE" }, { "sslmode", "PGSSLMODE" }, { "sslrootcert", "PGSSLROOTCERT" }, { "passfile", "PGPASSFILE" },
        { "connect_timeout", "PGCONNECT_TIMEOUT" }, { "target_session_attrs", "PGTARGETSESSIONATTRS" } };
    char *at = ebb_arena_strdup(ctl->arena, conninfo);
    while (*(at += strspn(at, " \t")) != '\0') {
        char *key = at, *equals = strchr(at, '=');
        if (equals == NULL)
            return false;
        *equals = '\0';
        char *value = equals + 1, end = ' ';
        if (*value == '\'')
            end = *value++;
        at = strchr(value, end);
        if (at != NULL)
            *at++ = '\0';
        for (size_t i = 0; i < EBB_COUNT(names); i++)
            if (strcmp(names[i][0], key) == 0)
                setenv(names[i][1], value, 1);
        if (at == NULL)
            break;
    }
    return true;
}

static int place(struct ebb_ctl *ctl, const char *conninfo)
{
    const char *file = ebb_ctl_config_file(ctl);
    struct ebb_conf *conf = NULL;
    if (file != NULL && ebb_conf_load(&conf, file, &ctl->err) != EBB_OK)
        return ebb_ctl_failed(ctl);
    if (conf != NULL && !ebb_dba_export(ctl, conf->database))
        return ebb_ctl_fail(ctl, EX_CONFIG, "The \"database\" of %s is no list of key=value; name the place by PGHOST and PGDATABASE instead.", file);
    if (conninfo != NULL && !ebb_dba_export(ctl, conninfo))
        return ebb_ctl_fail(ctl, EX_USAGE, "--dba must be a list of key=value, for example \"host=/run/postgresql dbname=ebb user=postgres\".");
    setenv("PGUSER", "postgres", 0);
    return EX_OK;
}

static void become_apply(const char *apply, const char *const *arguments, int out, int err)
{
    const char *args[ARGUMENTS_MAX] = { apply };
    for (size_t i = 0; arguments[i] != NULL; i++) {
        EBB_ASSERT(i + 2 < ARGUMENTS_MAX);
        args[i + 1] = arguments[i];
    }
    if (dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0)
        execv(apply, (char *const *)(uintptr_t)args);
    dprintf(err, "sql/apply: %s cannot be run: %s.\n", apply, strerror(errno));
    _exit(EX_UNAVAILABLE);
}

static const char *all_of(struct ebb_ctl *ctl, FILE *file)
{
    struct ebb_str text;
    char piece[4096];
    size_t length;
    ebb_str_init(&text, ctl->arena, 512);
    rewind(file);
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        ebb_str_addn(&text, piece, length);
    const char *whole = ebb_str_done(&text);
    return whole == NULL ? "" : whole;
}

/* "sql/apply: what is wrong." without its beginning and its line end. */
static int say_failure(struct ebb_ctl *ctl, const char *text, int code)
{
    static const char begin[] = "sql/apply: ";
    const char *last = text, *at = text;
    while ((at = strstr(at, begin)) != NULL)
        last = at += sizeof begin - 1;
    return ebb_ctl_fail(ctl, code, "The database: %.*s", (int)strcspn(last, "\n"), last);
}

int ebb_dba_apply(struct ebb_ctl *ctl, const char *conninfo, const char *const *arguments, const char **said_r)
{
    const char *apply = ebb_dba_find_apply(ctl);
    int code = apply == NULL ? EX_UNAVAILABLE : EX_OK, status = 0;
    FILE *out = tmpfile(), *err = tmpfile();
    if (code == EX_OK && (out == NULL || err == NULL))
        code = ebb_ctl_fail(ctl, EX_CANTCREAT, "A temporary file cannot be made: %s.", strerror(errno));
    pid_t pid = -1;
    if (code == EX_OK) {
        fflush(stdout);
        pid = fork();
        if (pid == 0) {
            if ((code = place(ctl, conninfo)) != EX_OK)
                _exit(code);
            become_apply(apply, arguments, fileno(out), fileno(err));
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
            code = ebb_ctl_fail(ctl, EX_OSERR, "sql/apply cannot be run: %s.", strerror(errno));
        else if (WIFEXITED(status) && WEXITSTATUS(status) == EX_OK)
            *said_r = all_of(ctl, out);
        else
            code = say_failure(ctl, all_of(ctl, err), WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
    }
    if (out != NULL)
        fclose(out);
    if (err != NULL)
        fclose(err);
    return code;
}
