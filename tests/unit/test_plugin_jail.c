/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a plugin cannot do, each refusal proved by a plugin that tries and tells the errno it saw.
 * Memory:  the guest's.
 * Must not know: callers, the database.
 */
#include "guest.h"

#include <sys/prctl.h>

/* Each of "what: SAID" stands in the reply's logs. */
static void
expect_told(struct guest *guest, const char *const *told)
{
	for (; *told != NULL; told++)
		assert_has(guest->reply, *told);
}

static void
no_process_no_thread_no_program(void **state)
{
	static const char *const told[] = { "\"fork: EPERM\"", "\"vfork: EPERM\"", "\"posix_spawn: EPERM\"", "\"pthread_create: EPERM\"",
					    "\"execve: EPERM\"", "\"system: 32512\"" /* as if the shell could not be run */, NULL };
	struct guest *guest = guest_start("forker");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	expect_told(guest, told);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
no_file_not_even_its_own(void **state)
{
	static const char *const told[] = {
		"\"/etc/passwd: EACCES\"", "\"/etc/ebb/ebb.conf: EACCES\"", "\"/proc/self/environ: EACCES\"",
		"\"/proc/self/fd/4: EACCES\"", "\"/proc/self/mem: EACCES\"", "\".: EACCES\"", "\"creat: EACCES\"", "\"open: EACCES\"",
		"\"openat2: EACCES\"", "\"stat: EACCES\"", "\"readlink: EACCES\"", "\"unlink: EACCES\"", "\"fstat: 0\"", "\"chdir: EPERM\"",
		"\"memfd: EPERM\"", NULL,
	};
	struct guest *guest = guest_start("opener");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	expect_told(guest, told);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
no_socket(void **state)
{
	static const char *const told[] = { "\"unix: EPERM\"", "\"socketpair: EPERM\"", "\"raw: EPERM\"", "\"netlink: EPERM\"",
					    "\"packet: EPERM\"", "\"tcp: EPERM\"", "\"connect: EPERM\"", "\"connect_unix: EPERM\"",
					    "\"bind: EPERM\"", "\"listen: EPERM\"", "\"udp: EPERM\"", NULL };
	struct guest *guest = guest_start("connector");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	expect_told(guest, told);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
with_network_granted_only_outgoing_tcp_and_udp(void **state)
{
	static const char *const told[] = { "\"unix: EPERM\"", "\"socketpair: EPERM\"", "\"raw: EPERM\"", "\"netlink: EPERM\"",
					    "\"packet: EPERM\"", "\"tcp: 0\"", "\"connect: ECONNREFUSED\"", "\"bind: EPERM\"",
					    "\"listen: EPERM\"", NULL };
	struct guest *guest =
	    guest_start_with("connector", PLUGIN("connector"), (struct ebb_host_opts){ .department_id = 3, .has_network = true });

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	expect_told(guest, told);
	/* Connected already, to the keeper, and to nobody else ever. */
	assert_null(strstr(guest->reply, "connect_unix: 0"));
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
network_that_its_description_does_not_ask_for_is_not_granted(void **state)
{
	struct guest *guest = guest_start_with("forker", PLUGIN("forker"), (struct ebb_host_opts){ .has_network = true });

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"fork: EPERM\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
no_hand_on_other_processes_nor_on_its_own_limits(void **state)
{
	static const char *const told[] = { "\"kill_parent: EPERM\"", "\"kill_all: EPERM\"", "\"kill_group: EPERM\"", "\"tgkill: EPERM\"",
					    "\"sigqueue: EPERM\"", "\"pidfd: EPERM\"", "\"ptrace: EPERM\"", "\"vm_readv: EPERM\"",
					    "\"setown: EPERM\"", "\"setsig: EPERM\"", "\"setfl: EPERM\"", "\"sigaction: EPERM\"",
					    "\"prctl: EPERM\"", "\"setrlimit: EPERM\"", "\"setuid: EPERM\"", "\"nice: EPERM\"",
					    "\"bpf: EPERM\"", NULL };
	struct guest *guest = guest_start("killer");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	expect_told(guest, told);
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

/* In a call that never ends it reads nothing: only the kernel can tell it that its keeper is gone. */
static void
it_dies_with_its_keeper(void **state)
{
	int ends[2], status = 0;
	pid_t keeper, pid = 0;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	keeper = fork();
	if (keeper == 0) {
		struct guest *guest = guest_start("hang");

		guest_send(guest, CATEGORISE);
		while (!guest->has_begun)
			(void)guest_wait(guest, 50);
		(void)!write(ends[1], &guest->child.pid, sizeof pid);
		_exit(0);
	}
	assert_int_equal(read(ends[0], &pid, sizeof pid), sizeof pid);
	assert_int_equal(waitpid(keeper, &status, 0), keeper);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(ends[0]);
	close(ends[1]);
}

static void
its_memory_holds_no_environment_and_no_foreign_descriptor(void **state)
{
	char path[64], environment[64], name[64];
	struct guest *guest;
	FILE *in;

	(void)state;
	assert_int_equal(setenv("EBB_TEST_SECRET", "hush", 1), 0);
	guest = guest_start("honest");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	snprintf(path, sizeof path, "/proc/%d/environ", (int)guest->child.pid);
	in = fopen(path, "r");
	/* Not dumpable: an ordinary user may not even look. */
	if (in != NULL) {
		assert_int_equal(fread(environment, 1, sizeof environment, in), 0);
		fclose(in);
	}
	for (int fd = 5; fd < 64; fd++) {
		snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)guest->child.pid, fd);
		ssize_t n = readlink(path, name, sizeof name - 1);

		if (n > 0) {
			name[n] = '\0';
			if (strncmp(name, "socket:", 7) != 0)
				assert_has(name, "/statm");
		}
	}
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_process_no_thread_no_program),
		cmocka_unit_test(no_file_not_even_its_own),
		cmocka_unit_test(no_socket),
		cmocka_unit_test(with_network_granted_only_outgoing_tcp_and_udp),
		cmocka_unit_test(network_that_its_description_does_not_ask_for_is_not_granted),
		cmocka_unit_test(no_hand_on_other_processes_nor_on_its_own_limits),
		cmocka_unit_test(it_dies_with_its_keeper),
		cmocka_unit_test(its_memory_holds_no_environment_and_no_foreign_descriptor),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
