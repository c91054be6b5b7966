/* SPDX-License-Identifier: Apache-2.0 */
/* Signals others, looks into others, becomes others. */
#include "hostile.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int
misbehave(const struct ebb_plugin_host *host)
{
	char bytes[16];
	struct iovec mine = { bytes, sizeof bytes }, theirs = { (void *)host, sizeof bytes };
	struct rlimit more = { RLIM_INFINITY, RLIM_INFINITY };

	tell(host, "kill_parent", kill(getppid(), SIGKILL));
	tell(host, "kill_all", kill(-1, SIGKILL));
	tell(host, "kill_group", kill(0, SIGKILL));
	tell(host, "tgkill", syscall(SYS_tgkill, getppid(), getppid(), SIGKILL));
	tell(host, "sigqueue", syscall(SYS_rt_sigqueueinfo, getppid(), SIGKILL, NULL));
	tell(host, "pidfd", syscall(434, getppid(), 0));
	tell(host, "ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
	tell(host, "vm_readv", process_vm_readv(getppid(), &mine, 1, &theirs, 1, 0));
	tell(host, "setown", fcntl(3, F_SETOWN, getppid()));
	tell(host, "setsig", fcntl(3, 10 /* F_SETSIG */, SIGKILL));
	tell(host, "setfl", fcntl(3, F_SETFL, O_ASYNC));
	tell(host, "sigaction", signal(SIGSEGV, SIG_IGN) == SIG_ERR ? -1 : 0);
	tell(host, "prctl", prctl(PR_SET_PDEATHSIG, 0));
	tell(host, "setrlimit", setrlimit(RLIMIT_AS, &more));
	tell(host, "setuid", setuid(0));
	tell(host, "nice", setpriority(PRIO_PROCESS, 0, -5));
	tell(host, "bpf", syscall(SYS_seccomp, 0, 0, NULL));
	return EBB_PLUGIN_OK;
}

HOSTILE("killer");
