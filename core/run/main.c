/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: ebbd's command line: read it, read the configuration, go to the background if asked, hand over to the
 *          master. Every way out has an exit code of sysexits.h.
 * Memory:  the configuration is handed to the master.
 * Must not know: processes, sockets.
 */
#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "conf/conf.h"
#include "plugin/spawn.h"
#include "run/inform.h"
#include "run/master.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifndef EBB_SYSCONFDIR
#define EBB_SYSCONFDIR "/etc"
#endif
#define DEFAULT_FILE EBB_SYSCONFDIR "/ebb/ebb.conf"

enum task { TASK_SERVE, TASK_CHECK, TASK_ROUTES, TASK_PARAMS, TASK_SAMPLE, TASK_VERSION };

struct wish {
	enum task task;
	const char *file;
	bool is_foreground;
};

static const struct argp_option options[] = {
	{ "config", 'c', "FILE", 0, "Read FILE (default: $EBB_CONF, then " DEFAULT_FILE ")", 0 },
	{ "foreground", 'f', NULL, 0, "Stay in the foreground, as a service manager wants it", 0 },
	{ "check", 'k', NULL, 0, "Check the configuration, name every fault, change nothing; 0 or 78", 1 },
	{ "routes", 'r', NULL, 0, "Print the operations this binary serves", 1 },
	{ "params", 'p', NULL, 0, "Print the parameters of ebb.conf as a table", 1 },
	{ "sample", 's', NULL, 0, "Print an ebb.conf that says all defaults", 1 },
	{ "version", 'V', NULL, 0, "Print the version", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static error_t
take_option(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case 'c':
		wish->file = arg;
		return 0;
	case 'f':
		wish->is_foreground = true;
		return 0;
	case 'k':
		wish->task = TASK_CHECK;
		return 0;
	case 'r':
		wish->task = TASK_ROUTES;
		return 0;
	case 'p':
		wish->task = TASK_PARAMS;
		return 0;
	case 's':
		wish->task = TASK_SAMPLE;
		return 0;
	case 'V':
		wish->task = TASK_VERSION;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is not understood", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	options,
	take_option,
	NULL,
	"Example: ebbd --config /etc/ebb/ebb.conf --foreground\n\n"
	"ebbd serves the desk behind nginx.\v"
	"Signals to the master: TERM finishes requests and stops, QUIT stops at once, HUP reads the "
	"configuration "
	"anew without losing a request, USR1 opens the log anew.",
	NULL,
	NULL,
	NULL,
};

static enum ebb_rc
load(const char *file, struct ebb_conf **conf_r)
{
	struct ebb_arena *arena = ebb_arena_new("start", EBB_ARENA_PLAIN);
	struct ebb_err err;
	enum ebb_rc rc;

	ebb_err_init(&err, arena);
	rc = ebb_conf_load(conf_r, file, &err);
	if (rc != EBB_OK)
		ebb_inform_faults_on(stderr, file, &err);
	ebb_arena_free(&arena);
	return rc;
}

static int
check(const char *file)
{
	struct ebb_conf *conf;
	bool is_usable;

	if (load(file, &conf) != EBB_OK)
		return EX_CONFIG;
	is_usable = ebb_inform_is_usable(stderr, conf);
	ebb_conf_free(&conf);
	if (!is_usable)
		return EX_CONFIG;
	printf("%s is good\n", file);
	return EX_OK;
}

/* A terminal shows nothing of a log file, so it is named where a start fails. */
static int
say_where(int rc, const char *log_file)
{
	if (rc != EX_OK && log_file[0] != '\0')
		fprintf(stderr, "ebbd: did not start: %s says why\n", log_file);
	return rc;
}

/* The caller's process waits until the desk is ready, so that "started" means something. Returns in the new
 * process with the descriptor to say so. */
static int
go_to_background(const char *log_file)
{
	int ends[2], status = 0;
	char byte;
	pid_t pid = -1;
	ssize_t n;

	if (pipe2(ends, O_CLOEXEC) != 0 || (pid = fork()) < 0) {
		fprintf(stderr, "ebbd: cannot go to the background: %s\n", strerror(errno));
		exit(EX_OSERR);
	}
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		close(ends[0]);
		setsid();
		if (null >= 0) {
			dup2(null, STDIN_FILENO);
			dup2(null, STDOUT_FILENO);
			if (log_file[0] != '\0')
				dup2(null, STDERR_FILENO);
		}
		return ends[1];
	}
	close(ends[1]);
	do
		n = read(ends[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EX_OK);
	/* The pipe closed without a byte: it is on its way out, and its exit code says why. */
	waitpid(pid, &status, 0);
	_exit(say_where(WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE, log_file));
}

static int
serve(const struct wish *wish)
{
	struct ebb_conf *conf;
	char log_file[PATH_MAX];
	int rc, ready_fd = -1;

	if (load(wish->file, &conf) != EBB_OK)
		return EX_CONFIG;
	/* The master takes the configuration over and frees it. */
	snprintf(log_file, sizeof log_file, "%s", conf->log_file[0] != '\0' ? ebb_conf_path(conf, conf->log_file) : "");
	rc = ebb_log_open(log_file);
	if (rc != 0) {
		fprintf(stderr, "ebbd: log %s: %s\n", log_file, strerror(rc));
		ebb_conf_free(&conf);
		return EX_CANTCREAT;
	}
	ebb_inform_level(conf->log_level);
	if (!wish->is_foreground)
		ready_fd = go_to_background(log_file);
	return say_where(ebb_master_run(conf, ready_fd), log_file);
}

int
main(int argc, char **argv)
{
	struct wish wish = { .task = TASK_SERVE, .file = getenv("EBB_CONF") };

	if (argc > 1 && strcmp(argv[1], "plugin-host") == 0)
		return ebb_host_main(argc, argv);
	argp_err_exit_status = EX_USAGE;
	argp_parse(&parser, argc, argv, 0, NULL, &wish);
	if (wish.file == NULL || wish.file[0] == '\0')
		wish.file = DEFAULT_FILE;
	switch (wish.task) {
	case TASK_CHECK:
		return check(wish.file);
	case TASK_ROUTES:
		ebb_inform_routes(stdout);
		return EX_OK;
	case TASK_PARAMS:
		ebb_conf_print_table(stdout);
		return EX_OK;
	case TASK_SAMPLE:
		ebb_conf_print_sample(stdout);
		return EX_OK;
	case TASK_VERSION:
		ebb_inform_version(stdout);
		return EX_OK;
	default:
		return serve(&wish);
	}
}
