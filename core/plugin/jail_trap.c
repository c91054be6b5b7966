/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: answers the two system calls that the filter hands over by SIGSYS: openat and newfstatat. The filter sees
 *          numbers only, and what may be opened is a matter of names.
 * Memory:  static. The handler allocates nothing.
 * Must not know: who calls; a name of one of ours is answered to anybody in the process.
 */
#include "plugin/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* What the C library reads to find a name's address, and TLS libraries to trust somebody. */
static const char *const served_paths[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf",
	"/etc/host.conf", "/etc/services", "/etc/ssl/certs/ca-certificates.crt",
};
static int served_fds[EBB_COUNT(served_paths)];
static bool has_served;
static int the_plugin_fd = -1;
static char plugin_path[32];
static volatile sig_atomic_t is_loaded;

#if defined(__x86_64__)
#define REGISTER(context, n) ((uint64_t)(context)->uc_mcontext.gregs[(n)])
static uint64_t
argument(const ucontext_t *context, int n)
{
	static const int registers[] = { REG_RDI, REG_RSI, REG_RDX, REG_R10 };

	return REGISTER(context, registers[n]);
}
static void
answer(ucontext_t *context, long value)
{
	context->uc_mcontext.gregs[REG_RAX] = value;
}
#elif defined(__aarch64__)
static uint64_t
argument(const ucontext_t *context, int n)
{
	return context->uc_mcontext.regs[n];
}
static void
answer(ucontext_t *context, long value)
{
	context->uc_mcontext.regs[0] = (uint64_t)value;
}
#else
#define NO_TRAP 1
#endif

#ifndef NO_TRAP
/* -1: none of ours. */
static int
served_fd(const char *path)
{
	if (!is_loaded && strcmp(path, plugin_path) == 0)
		return the_plugin_fd;
	for (size_t i = 0; has_served && i < EBB_COUNT(served_paths); i++)
		if (strcmp(path, served_paths[i]) == 0)
			return served_fds[i];
	return -1;
}

/* A copy shares the place in the file: each reader begins at the start. Files of the served kind are read by one
 * reader at a time: there is one thread. */
static long
open_served(const char *path, int flags)
{
	int fd = served_fd(path), copy;

	if (fd < 0 || (flags & (O_ACCMODE | O_CREAT | O_TRUNC)) != O_RDONLY)
		return -EACCES;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0)
		return -errno;
	lseek(copy, 0, SEEK_SET);
	return copy;
}

/* fstat() of the C library is newfstatat() of an empty name. */
static long
stat_served(int fd, const char *path, void *to, int flags)
{
	if (path[0] != '\0')
		fd = served_fd(path);
	else if (!(flags & AT_EMPTY_PATH))
		fd = -1;
	if (fd < 0)
		return -EACCES;
	return syscall(SYS_fstat, fd, to) == 0 ? 0 : -errno;
}

static void
on_trap(int signal_number, siginfo_t *info, void *context_void)
{
	ucontext_t *context = context_void;
	int saved = errno;
	const char *path = (const char *)argument(context, 1);

	(void)signal_number;
	if (info->si_syscall == SYS_openat)
		answer(context, path != NULL ? open_served(path, (int)argument(context, 2)) : -EFAULT);
	else if (info->si_syscall == SYS_newfstatat)
		answer(context, path != NULL ? stat_served((int)argument(context, 0), path, (void *)argument(context, 2),
							   (int)argument(context, 3))
					     : -EFAULT);
	else
		answer(context, -EPERM);
	errno = saved;
}
#endif

void
ebb_jail_trap_begin(int plugin_fd, bool has_network)
{
	the_plugin_fd = plugin_fd;
	snprintf(plugin_path, sizeof plugin_path, "/proc/self/fd/%d", plugin_fd);
	for (size_t i = 0; has_network && i < EBB_COUNT(served_paths); i++)
		served_fds[i] = open(served_paths[i], O_RDONLY | O_CLOEXEC | O_NOCTTY);
	has_served = has_network;
}

bool
ebb_jail_trap_install(void)
{
#ifdef NO_TRAP
	return false;
#else
	struct sigaction act;

	memset(&act, 0, sizeof act);
	act.sa_sigaction = on_trap;
	act.sa_flags = SA_SIGINFO | SA_NODEFER;
	sigemptyset(&act.sa_mask);
	return sigaction(SIGSYS, &act, NULL) == 0;
#endif
}

void
ebb_jail_trap_loaded(void)
{
	is_loaded = 1;
	close(the_plugin_fd);
}

const char *
ebb_jail_plugin_path(void)
{
	return plugin_path;
}
