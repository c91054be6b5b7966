/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see panic.h.
 * Memory:  static; nothing is allocated after the signal came.
 * Must not know: requests beyond the context's texts.
 */
#include "run/panic.h"

#include "base/log.h"

#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define FRAMES 32
#define STACK_ROOM 65536
#define TEXT_ROOM 1536

/* Where the linker put the program: an offset from here is what addr2line wants, address randomised or not. */
extern const char __executable_start[];
extern const char etext[];

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
static const struct ebb_log_ctx *watched;
static char alternate_stack[STACK_ROOM];

static void
write_frames(char *text, size_t room)
{
	void *frames[FRAMES];
	int count = backtrace(frames, FRAMES);
	size_t length = 0;
	uintptr_t first = (uintptr_t)__executable_start, last = (uintptr_t)etext;

	text[0] = '\0';
	for (int i = 0; i < count && length + 24 < room; i++) {
		uintptr_t at = (uintptr_t)frames[i];
		int n = at >= first && at < last
			    ? snprintf(text + length, room - length, " +0x%lx", (unsigned long)(at - first))
			    : snprintf(text + length, room - length, " 0x%lx", (unsigned long)at);
		length += (size_t)n;
	}
}

static void
last_words(int signal_number)
{
	char frames[TEXT_ROOM];

	write_frames(frames, sizeof frames);
	ebb_log(EBB_ERROR, watched, "dies of signal %d (%s), frames (addr2line -e ebbd):%s", signal_number,
		sigabbrev_np(signal_number), frames);
	/* SA_RESETHAND put the default back: the master shall see the real cause. */
	raise(signal_number);
}

void
ebb_panic_watch(const struct ebb_log_ctx *ctx)
{
	const stack_t stack = { .ss_sp = alternate_stack, .ss_size = sizeof alternate_stack };
	const struct rlimit none = { 0, 0 };
	struct sigaction act;
	void *warm_up[1];

	watched = ctx;
	ebb_log_current(ctx);
	/* The first call loads a library and allocates: not in a dying process. */
	(void)backtrace(warm_up, 1);
	/* A core file would hold tickets and credentials. */
	setrlimit(RLIMIT_CORE, &none);
	sigaltstack(&stack, NULL);
	memset(&act, 0, sizeof act);
	act.sa_handler = last_words;
	act.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < EBB_COUNT(fatal_signals); i++)
		sigaction(fatal_signals[i], &act, NULL);
}
