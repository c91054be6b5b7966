/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: last words of a plugin's process: of what it dies and in which callback, whether its memory was used up, and
 *          where; on standard error, which the keeper keeps.
 * Memory:  a static alternate stack; nothing is allocated after the signal came.
 * Must not know: the call's facts: they are nobody's business in a log.
 */
#include "plugin/host.h"
#include "plugin/host_args.h"
#include "plugin/jail.h"

#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES     48
#define STACK_ROOM 65536
#define NEARLY_PERCENT 85

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM, SIGXCPU, SIGXFSZ, SIGTRAP };
static char alternate_stack[STACK_ROOM];

static void
say(const char *what)
{
	char text[256];
	unsigned used, most;
	int n;

	ebb_jail_memory(&used, &most);
	n = snprintf(text, sizeof text, EBB_HOST_SAYS "%s %s", what,
		     ebb_host.callback == HOST_LOAD ? "while it was loaded"
		     : ebb_host.callback == HOST_IDLE ? "between two calls" : "in ");
	if (ebb_host.callback > HOST_LOAD)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s()", ebb_host_callback_name(ebb_host.callback));
	if (most > 0 && used * 100 >= most * NEARLY_PERCENT)
		n += snprintf(text + n, sizeof text - (size_t)n, ", memory used up (%u of %u MiB)", used, most);
	n += snprintf(text + n, sizeof text - (size_t)n, "\n");
	(void)!write(STDERR_FILENO, text, (size_t)n);
}

static void
last_words(int signal_number)
{
	void *frames[FRAMES];
	const char *abbreviation = sigabbrev_np(signal_number);
	char what[64];

	if (signal_number == SIGALRM)
		snprintf(what, sizeof what, "ran out of time");
	else if (signal_number == SIGXCPU)
		snprintf(what, sizeof what, "used up its CPU seconds");
	else
		snprintf(what, sizeof what, "died of SIG%s", abbreviation != NULL ? abbreviation : "?");
	say(what);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
	/* SA_RESETHAND put the default back. */
	raise(signal_number);
	_exit(EBB_HOST_EXIT_START);
}

/* A host leaves by _exit(): who comes here called exit(). */
static void
on_exit_called(void)
{
	say("called exit()");
}

void
ebb_host_watch(void)
{
	const stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof alternate_stack };
	struct sigaction act;
	void *warm_up[1];

	/* The first call loads a library. */
	(void)backtrace(warm_up, 1);
	atexit(on_exit_called);
	sigaltstack(&stack, NULL);
	memset(&act, 0, sizeof act);
	act.sa_handler = last_words;
	act.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < EBB_COUNT(fatal_signals); i++)
		sigaction(fatal_signals[i], &act, NULL);
	act.sa_handler = SIG_IGN;
	act.sa_flags = 0;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
}
