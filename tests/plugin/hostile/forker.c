/* SPDX-License-Identifier: Apache-2.0 */
/* Makes processes and threads. */
#include "hostile.h"

#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *
idle(void *what)
{
	return what;
}

static int
misbehave(const struct ebb_plugin_host *host)
{
	char *const argv[] = { "true", NULL }, *const envp[] = { NULL };
	pthread_t thread;
	pid_t pid;

	tell(host, "fork", fork());
	tell(host, "vfork", syscall(SYS_clone, 0x4000 | 0x100 | 17, 0, 0, 0, 0));
	errno = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, envp);
	tell(host, "posix_spawn", errno ? -1 : 0);
	errno = pthread_create(&thread, NULL, idle, NULL);
	tell(host, "pthread_create", errno ? -1 : 0);
	tell(host, "execve", execve("/bin/true", argv, envp));
	tell(host, "system", system("true"));
	return EBB_PLUGIN_OK;
}

HOSTILE("forker");
