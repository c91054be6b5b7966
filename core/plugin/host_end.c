/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: how a host ended, judged from outside: its status and what it said on standard error, which a plugin can
 *          write to as well: the text decides a word and a sentence, nothing else.
 * Memory:  the sentence is the arena's.
 * Must not know: quarantine.
 */
#include "plugin/spawn.h"

#include "base/utf8.h"
#include "plugin/host_args.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define SENTENCE_MAX 200

/* The host's own first line; NULL when it said nothing. */
static const char *
own_words(const char *last_words)
{
	const char *at = last_words != NULL ? strstr(last_words, EBB_HOST_SAYS) : NULL;

	return at != NULL ? at + sizeof EBB_HOST_SAYS - 1 : NULL;
}

static bool
says(const char *line, const char *what)
{
	size_t length = line != NULL ? strcspn(line, "\n") : 0;

	return line != NULL && memmem(line, length, what, strlen(what)) != NULL;
}

enum ebb_host_end
ebb_host_end(int wait_status, const char *last_words)
{
	const char *line = own_words(last_words);

	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EBB_HOST_EXIT_LEFT)
		return EBB_HOST_LEFT;
	if (WIFSIGNALED(wait_status) && (WTERMSIG(wait_status) == SIGKILL || WTERMSIG(wait_status) == SIGTERM))
		return EBB_HOST_KILLED;
	if (says(line, "memory used up"))
		return EBB_HOST_MEMORY;
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == EBB_HOST_EXIT_START)
		return EBB_HOST_START;
	if (says(line, " in start()") || says(line, " while it was loaded"))
		return EBB_HOST_START;
	if (WIFSIGNALED(wait_status) && (WTERMSIG(wait_status) == SIGALRM || WTERMSIG(wait_status) == SIGXCPU))
		return EBB_HOST_HANG;
	return EBB_HOST_CRASH;
}

const char *
ebb_host_incident(enum ebb_host_end end)
{
	switch (end) {
	case EBB_HOST_START:
		return "start";
	case EBB_HOST_CRASH:
		return "crash";
	case EBB_HOST_HANG:
		return "hang";
	case EBB_HOST_MEMORY:
		return "memory";
	default:
		return NULL;
	}
}

const char *
ebb_host_sentence(struct ebb_arena *arena, const char *name, int wait_status, const char *last_words)
{
	const char *line = own_words(last_words);
	size_t length = line != NULL ? strcspn(line, "\n") : 0;
	char *text;

	if (length > 0 && ebb_utf8_is_valid(line, length)) {
		text = ebb_arena_dup(arena, line, ebb_utf8_cut(line, length, SENTENCE_MAX));
		for (char *c = text; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				*c = ' ';
		return ebb_arena_printf(arena, "%s: %s", name, text);
	}
	if (WIFSIGNALED(wait_status)) {
		const char *abbreviation = sigabbrev_np(WTERMSIG(wait_status));

		return ebb_arena_printf(arena, "%s: died of SIG%s", name, abbreviation != NULL ? abbreviation : "?");
	}
	if (WEXITSTATUS(wait_status) == EBB_HOST_EXIT_LEFT)
		return ebb_arena_printf(arena, "%s: left", name);
	return ebb_arena_printf(arena, "%s: its process ended with status %d", name, WEXITSTATUS(wait_status));
}
