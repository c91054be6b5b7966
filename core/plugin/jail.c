/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see jail.h: the limits and the filter.
 * Memory:  static; libseccomp's own is given back before the plugin is loaded.
 * Must not know: what a callback is.
 */
#include "plugin/jail.h"

#include "plugin/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MIB          ((size_t)1 << 20)
#define STACK_BYTES  (8 * MIB)
#define SPARE_FDS    32
#define CPU_GRACE_S  30 /* a host leaves by itself before; this is for one that does not come to it */
#define LAST_GRACE_S 5

/* AddressSanitizer reserves terabytes and maps its heap into them: there private pages are counted, not addresses. */
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_LIMIT  RLIMIT_DATA
#define MEMORY_COLUMN 5
#else
#define MEMORY_LIMIT  RLIMIT_AS
#define MEMORY_COLUMN 0
#endif

static int statm_fd = -1;
static size_t memory_before, memory_more;

/* The kernel's own count, by the descriptor that was opened before the jail. */
static size_t
memory_now(void)
{
	char text[128];
	ssize_t n = pread(statm_fd, text, sizeof text - 1, 0);
	char *at = text;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	for (int column = 0; column < MEMORY_COLUMN; column++) {
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	return (size_t)strtoull(at, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

void
ebb_jail_memory(unsigned *used_mib_r, unsigned *most_mib_r)
{
	size_t now = memory_now();

	*most_mib_r = (unsigned)(memory_more / MIB);
	*used_mib_r = now > memory_before ? (unsigned)((now - memory_before) / MIB) : 0;
}

static bool
limit(__rlimit_resource_t what, size_t soft, size_t hard)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0)
		return false;
	/* Not above what the operator or the service manager allows. */
	if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max)
		hard = now.rlim_max;
	if (soft > hard)
		soft = hard;
	return setrlimit(what, &(struct rlimit){ soft, hard }) == 0;
}

static bool
set_limits(const struct ebb_jail_opts *opts)
{
	const size_t cpu_s = EBB_HOST_CPU_S + CPU_GRACE_S;

	memory_more = (size_t)opts->memory_mib * MIB;
	memory_before = memory_now();
	return memory_before > 0 && limit(MEMORY_LIMIT, memory_before + memory_more, memory_before + memory_more) &&
	       limit(RLIMIT_NOFILE, EBB_HOST_LINES + SPARE_FDS, EBB_HOST_LINES + SPARE_FDS) && limit(RLIMIT_FSIZE, 0, 0) &&
	       limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NPROC, 0, 0) && limit(RLIMIT_MEMLOCK, 0, 0) &&
	       limit(RLIMIT_MSGQUEUE, 0, 0) && limit(RLIMIT_STACK, STACK_BYTES, STACK_BYTES) &&
	       limit(RLIMIT_CPU, cpu_s, cpu_s + LAST_GRACE_S);
}

/* The first to go when memory is short, and not before those that people wait for. Both may fail without harm. */
static void
step_back(bool is_patient)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "500", 3);
		close(fd);
	}
	if (is_patient)
		(void)setpriority(PRIO_PROCESS, 0, 5);
}

static int
allow_listed(scmp_filter_ctx filter, bool has_network)
{
	static const struct {
		const char *name;
		bool is_network;
	} calls[] = {
#define ALLOW(name)   { #name, false },
#define NETWORK(name) { #name, true },
#include "plugin/jail_calls.def"
#undef ALLOW
#undef NETWORK
	};
	int failed = 0;

	for (size_t i = 0; i < EBB_COUNT(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i].name);

		/* Below zero: this machine has no such call (poll on AArch64). */
		if (number >= 0 && (has_network || !calls[i].is_network))
			failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	return failed;
}

/* Calls that are right or wrong by an argument. */
static int
allow_some(scmp_filter_ctx filter)
{
	static const int fcntls[] = { F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC };
	int failed = 0;

	for (size_t i = 0; i < EBB_COUNT(fcntls); i++)
		failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)fcntls[i]));
	/* abort() and our own last words signal this process, and nobody else. */
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0(SCMP_CMP_EQ, 0),
				   SCMP_A2(SCMP_CMP_EQ, 0));
	/* Asking where it is, as AddressSanitizer does, not moving it. */
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 1, SCMP_A0(SCMP_CMP_EQ, 0));
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setitimer), 1, SCMP_A0(SCMP_CMP_EQ, ITIMER_REAL));
	failed |= seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(openat), 0);
	failed |= seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(newfstatat), 0);
	return failed;
}

/* Files by other doors: the answer that a file without rights would give. */
static int
deny_files(scmp_filter_ctx filter)
{
	static const char *const calls[] = { "open",	  "creat",  "openat2", "stat",	   "lstat",	"statx",	   "access",
					     "faccessat", "faccessat2", "readlink", "readlinkat", "open_by_handle_at", "unlink",
					     "unlinkat",  "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link",
					     "linkat", "symlink", "symlinkat", "chmod", "fchmodat", "chown", "fchownat", "truncate" };
	int failed = 0;

	for (size_t i = 0; i < EBB_COUNT(calls); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number >= 0)
			failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), number, 0);
	}
	return failed;
}

static int
allow_network(scmp_filter_ctx filter)
{
	static const int families[] = { AF_INET, AF_INET6 }, types[] = { SOCK_STREAM, SOCK_DGRAM };
	int failed = 0;

	for (size_t f = 0; f < EBB_COUNT(families); f++)
		for (size_t t = 0; t < EBB_COUNT(types); t++)
			failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
						   SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[f]),
						   SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, (scmp_datum_t)types[t]));
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, FIONREAD));
	/* Blocking or not, but never signals on arrival. */
	failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 2, SCMP_A1(SCMP_CMP_EQ, F_SETFL),
				   SCMP_A2(SCMP_CMP_MASKED_EQ, O_ASYNC, 0));
	return failed;
}

static enum ebb_rc
load_filter(bool has_network, struct ebb_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int rc;

	if (filter == NULL)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "The list of allowed system calls cannot be made: no memory.");
	rc = allow_listed(filter, has_network) | allow_some(filter) | deny_files(filter) | (has_network ? allow_network(filter) : 0);
	/* Searched as a tree: the calls of each frame stand anywhere in the list. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (rc != 0)
		return ebb_fail(err, EBB_E_UNAVAILABLE,
				"This system does not let a process give up system calls (seccomp: %s), so no plugin can run here: allow seccomp in the kernel, or in the container's profile.",
				strerror(-rc));
	return EBB_OK;
}

enum ebb_rc
ebb_jail_enter(const struct ebb_jail_opts *opts, struct ebb_err *err)
{
	statm_fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	step_back(opts->is_patient);
	ebb_jail_trap_begin(opts->plugin_fd, opts->has_network);
	if (!ebb_jail_trap_install())
		return ebb_fail(err, EBB_E_UNAVAILABLE, "There is no jail for plugins on this kind of machine: use x86-64 or AArch64.");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "The process cannot give up its rights: %s.", strerror(errno));
	if (statm_fd < 0 || !set_limits(opts))
		return ebb_fail(err, EBB_E_UNAVAILABLE, "The limits of a plugin's process cannot be set: %s; is /proc mounted?", strerror(errno));
	return load_filter(opts->has_network, err);
}

void
ebb_jail_loaded(void)
{
	ebb_jail_trap_loaded();
}
