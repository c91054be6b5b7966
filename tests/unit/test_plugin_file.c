/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: which files may become plugins: who could have changed them, what they say of themselves, whether they start;
 *          and the list of what is installed.
 * Memory:  one arena a test.
 * Must not know: hosts.
 */
#include "plugin/installed.h"
#include "plugin/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUILT "/check/plugin/hostile/"

static struct ebb_arena *arena;
static struct ebb_err err;
static struct ebb_plugin_file *file;
static char folder[64];

static int
begin(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/ebb-plugins-XXXXXX");
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
end(void **state)
{
	char command[128];

	(void)state;
	ebb_arena_free(&arena);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static char *
in_folder(const char *name)
{
	return ebb_arena_printf(arena, "%s/%s", folder, name);
}

static void
shell(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* A copy of a built plugin, under a name. */
static char *
put(const char *built, const char *name)
{
	char *path = in_folder(name);

	shell(ebb_arena_printf(arena, "cp %s" BUILT "%s.so %s && chmod 755 %s", EBB_TEST_BUILD, built, path, path));
	return path;
}

static enum ebb_rc
verify(const char *path)
{
	ebb_err_init(&err, arena);
	return ebb_plugin_verify(path, getuid(), NULL, arena, &file, &err);
}

static void
expect_refusal(const char *path, enum ebb_rc rc, const char *sentence)
{
	assert_int_equal(verify(path), rc);
	assert_null(file);
	if (strstr(err.sentence, sentence) == NULL)
		print_error("%s\n  lacks %s\n", err.sentence, sentence);
	assert_non_null(strstr(err.sentence, sentence));
}

static void
a_good_one(void **state)
{
	char *path = put("honest", "honest.so");
	struct ebb_str json;

	(void)state;
	assert_int_equal(verify(path), EBB_OK);
	assert_string_equal(file->about->name, "honest");
	assert_int_equal(file->about->kinds, EBB_KIND_CATEGORISE | EBB_KIND_AUTOMATE | EBB_KIND_REPORT);
	ebb_str_init(&json, arena, 0);
	ebb_about_json(&json, file->about);
	assert_string_equal(ebb_str_done(&json),
			    "{\"name\":\"honest\",\"version\":\"1.0\",\"licence\":\"Apache-2.0\",\"summary\":\"Keeps all its promises.\",\"abi\":[1,0],"
			    "\"needs\":0,\"tick_s\":0,\"kinds\":7,\"params\":[{\"key\":\"word\",\"help\":\"What it suggests.\",\"unit\":null,"
			    "\"initial\":\"printer\",\"least\":1,\"most\":20,\"type\":\"text\"}],\"statements\":[{\"name\":\"words\","
			    "\"sql\":\"select 'a' as word, null as no\",\"report\":null,\"when\":1}],\"reports\":[{\"name\":\"any\","
			    "\"title\":\"Anything\",\"formats\":[\"json\"],\"params\":[]}],\"events\":[\"ticket.*\"],\"reads\":[]}");
	assert_int_equal(strlen(file->sha256), 64);
	/* By its hash, and by no other. */
	assert_int_equal(ebb_plugin_verify(path, getuid(), ebb_arena_strdup(arena, file->sha256), arena, &file, &err), EBB_OK);
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_plugin_verify(path, getuid(), "00", arena, &file, &err), EBB_E_FORBIDDEN);
	assert_non_null(strstr(err.sentence, "is not the file that was installed"));
}

static void
who_could_have_changed_it(void **state)
{
	char *path = put("honest", "honest.so"), *link = in_folder("linked.so"), *other = in_folder("other");

	(void)state;
	assert_int_equal(chmod(path, 0775), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "Others than the owner may write to ");
	assert_int_equal(chmod(path, 0757), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "chmod go-w");
	assert_int_equal(chmod(path, 04755), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "set-uid");
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(verify(path), EBB_OK);
	assert_int_equal(symlink(path, link), 0);
	expect_refusal(link, EBB_E_FORBIDDEN, "is a symbolic link");
	assert_int_equal(mkdir(in_folder("pipe"), 0755), 0);
	assert_int_equal(mkfifo(in_folder("pipe/honest.so"), 0644), 0);
	expect_refusal(in_folder("pipe/honest.so"), EBB_E_FORBIDDEN, "is no regular file");
	expect_refusal(in_folder("missing.so"), EBB_E_NOT_FOUND, "There is no ");
	expect_refusal(in_folder("missing/honest.so"), EBB_E_NOT_FOUND, "There is no ");
	/* A folder that a link of ours leads to is as good as itself; one that others may write to is not. */
	assert_int_equal(symlink(folder, other), 0);
	assert_int_equal(verify(in_folder("other/honest.so")), EBB_OK);
	assert_int_equal(chmod(folder, 0777), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "may write to the folder");
	expect_refusal(in_folder("other/honest.so"), EBB_E_FORBIDDEN, "may write to the folder");
	assert_int_equal(chmod(folder, 01777), 0);
	assert_int_equal(verify(path), EBB_OK);
	if (getuid() != 0) {
		print_message("# as an ordinary user, foreign owners are not tried\n");
		return;
	}
	assert_int_equal(chown(path, 65534, 65534), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "belongs to uid 65534, who could change it: chown root");
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_plugin_verify(path, 65534, NULL, arena, &file, &err), EBB_OK);
	assert_int_equal(chown(path, 0, 0), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chown(folder, 65534, 65534), 0);
	expect_refusal(path, EBB_E_FORBIDDEN, "belongs to uid 65534");
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(lchown(other, 65534, 65534), 0);
	expect_refusal(in_folder("other/honest.so"), EBB_E_FORBIDDEN, "belongs to uid 65534");
}

static void
what_it_is_called(void **state)
{
	(void)state;
	expect_refusal(put("honest", "Honest.so"), EBB_E_INVALID, "named <name>.so");
	expect_refusal(put("honest", "honest.dll"), EBB_E_INVALID, "rename it");
	expect_refusal(put("honest", ".so"), EBB_E_INVALID, "named <name>.so");
	expect_refusal(put("honest", "a23456789012345678901234567890123.so"), EBB_E_INVALID, "at most 31");
	expect_refusal(put("wrong_name", "wrong_name.so"), EBB_E_INVALID, "It calls itself right_name, but the file is wrong_name.so");
}

static bool
has_item(const char *pointer, const char *detail)
{
	for (const struct ebb_err_item *item = err.items; item != NULL; item = item->next)
		if (strcmp(item->pointer, pointer) == 0 && strstr(item->detail, detail) != NULL)
			return true;
	print_error("no %s: %s\n", pointer, detail);
	return false;
}

static void
what_it_says_of_itself(void **state)
{
	(void)state;
	expect_refusal(put("liar_size", "liar_size.so"), EBB_E_INVALID, ".size = 1048576");
	expect_refusal(put("zero_size", "zero_size.so"), EBB_E_INVALID, ".size = 0");
	expect_refusal(put("wrong_major", "wrong_major.so"), EBB_E_INVALID, "version 2.0 of the contract; this desk speaks 1.0");
	expect_refusal(put("two_symbols", "two_symbols.so"), EBB_E_INVALID, "exports strike besides ebb_plugin_v1");
	expect_refusal(put("undefined", "undefined.so"), EBB_E_INVALID, "ebb_nobody_has_this");
	expect_refusal(put("nothing", "nothing.so"), EBB_E_INVALID, "cannot be used");
	assert_true(has_item("", "serves nothing"));
	expect_refusal(put("wrong_words", "wrong_words.so"), EBB_E_INVALID, "cannot be used");
	assert_true(has_item("/needs", "0x40000000"));
	assert_true(has_item("/tick_s", "from 60 seconds"));
	assert_true(has_item("/params/0", "lower-case name"));
	assert_true(has_item("/params/1/initial", "a whole number from 1 to 10"));
	assert_true(has_item("/params/2", "stands above"));
	assert_true(has_item("/params/2", "type"));
	assert_true(has_item("/params/2/help", "must be given"));
	assert_true(has_item("/params/3/initial", "one of a|b"));
	assert_true(has_item("/params/4", "secret"));
	assert_true(has_item("/params/5/initial", "JSON"));
	assert_true(has_item("/statements/0", "semicolon"));
	assert_true(has_item("/statements/1", ".when"));
	assert_true(has_item("/statements/2", "missing"));
	assert_int_equal(verify(put("old_header", "old_header.so")), EBB_OK);
	assert_int_equal(verify(put("new_header", "new_header.so")), EBB_OK);
	assert_int_equal(file->about->minor, 7);
}

static void
what_no_loader_should_take(void **state)
{
	char *path = in_folder("honest.so");

	(void)state;
	shell(ebb_arena_printf(arena, ": > %s", path));
	expect_refusal(path, EBB_E_INVALID, "It is empty");
	shell(ebb_arena_printf(arena, "echo 'int main;' > %s", path));
	expect_refusal(path, EBB_E_INVALID, "It is no ELF file");
	shell(ebb_arena_printf(arena, "cp %s/ebbd %s && chmod 755 %s", EBB_TEST_BUILD, path, path));
	assert_int_not_equal(verify(path), EBB_OK);
	put("honest", "honest.so");
	/* Of another machine, and cut off. */
	shell(ebb_arena_printf(arena, "printf '\\002\\000' | dd of=%s bs=1 seek=18 conv=notrunc 2>/dev/null", path));
	expect_refusal(path, EBB_E_INVALID, "another kind of machine");
	put("honest", "honest.so");
	for (int size = 16000; size > 0; size -= 611) {
		assert_int_equal(truncate(path, size), 0);
		/* What the loader needs comes first: without what comes after it is a plugin still. */
		assert_true(verify(path) == EBB_OK ? size > 8000 : err.sentence != NULL);
	}
	if (system("command -v cc >/dev/null") != 0) {
		print_message("# no compiler: RPATH and executable stack are not tried\n");
		return;
	}
#define COMPILE(flags) \
	shell(ebb_arena_printf(arena, "cc -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -I%s/../../include " flags " -o %s %s/../plugin/hostile/honest.c", \
			       EBB_TEST_DATA, path, EBB_TEST_DATA))
	COMPILE("-Wl,-rpath,/tmp");
	expect_refusal(path, EBB_E_INVALID, "without -rpath");
	COMPILE("-Wl,-z,execstack");
	expect_refusal(path, EBB_E_INVALID, "executable stack");
	COMPILE("-Wl,-z,norelro");
	expect_refusal(path, EBB_E_INVALID, "can be written to");
	COMPILE("-Wl,-soname,libnot.so");
	assert_int_equal(verify(path), EBB_OK);
}

/* What was judged is what runs: whatever is put at the path in between is another file. */
static void
a_swap_changes_nothing(void **state)
{
	char *path = put("honest", "honest.so"), *good = put("honest", "good"), *bad = put("crash", "bad"), *next = in_folder("next");
	char wanted[EBB_SHA256_HEX];
	int refused = 0, status;
	pid_t pid;

	(void)state;
	assert_int_equal(verify(path), EBB_OK);
	memcpy(wanted, file->sha256, sizeof wanted);
	pid = fork();
	if (pid == 0)
		for (;;) {
			if (link(bad, next) == 0)
				(void)!rename(next, path);
			if (link(good, next) == 0)
				(void)!rename(next, path);
		}
	for (int i = 0; i < 2000; i++) {
		struct ebb_arena *one = ebb_arena_new("one", EBB_ARENA_PLAIN);
		struct ebb_plugin_file *mine;
		struct ebb_err fault;

		ebb_err_init(&fault, one);
		if (ebb_plugin_verify(path, getuid(), wanted, one, &mine, &fault) == EBB_OK) {
			assert_string_equal(mine->about->name, "honest");
			assert_int_equal(write(mine->fd, "x", 1), -1);
			assert_int_equal(errno, EPERM);
		} else
			refused++;
		ebb_arena_free(&one);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	print_message("# %d of 2000 met the other file and were refused\n", refused);
}

static enum ebb_rc
try(const char *name, const char *config, const char **remark)
{
	const struct ebb_host_opts opts = { .executable = EBB_TEST_BUILD "/ebbd", .memory_mib = 64 };

	assert_int_equal(verify(put(name, ebb_arena_printf(arena, "%s.so", name))), EBB_OK);
	return ebb_plugin_trial(file, &opts, config, arena, remark, &err);
}

static void
a_trial_tells_whether_it_starts(void **state)
{
	const char *remark;

	(void)state;
	assert_int_equal(try("honest", NULL, &remark), EBB_OK);
	assert_null(remark);
	assert_int_equal(try("honest", "{\"word\":\"no\"}", &remark), EBB_E_INVALID);
	assert_non_null(strstr(err.sentence, "The word must not be no."));
	assert_int_equal(try("fail_start", NULL, &remark), EBB_E_INVALID);
	assert_non_null(strstr(err.sentence, "The department is not good yet."));
	assert_int_equal(try("fail_start", "{\"is_good\":\"true\"}", &remark), EBB_OK);
	assert_int_equal(try("crash_start", NULL, &remark), EBB_E_INVALID);
	assert_non_null(strstr(err.sentence, "in start()"));
	assert_non_null(strstr(err.hint, "host: "));
	assert_int_equal(try("crash_load", NULL, &remark), EBB_E_INVALID);
	assert_non_null(strstr(err.sentence, "while it was loaded"));
	assert_int_equal(try("hang_start", NULL, &remark), EBB_E_INVALID);
	assert_non_null(strstr(err.sentence, "ran out of time in start()"));
}

static void
the_list_of_what_is_installed(void **state)
{
	static const char sha[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct ebb_installed_plugin one = { "zebra", "1.0", sha, false, 1, 256, false }, two = { "ape", "2.1", sha, true, 4, 64, true };
	struct ebb_installed *list;

	(void)state;
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_installed_read(in_folder("none"), getuid(), arena, &list, &err), EBB_OK);
	assert_int_equal(list->count, 0);
	ebb_installed_put(list, arena, &one);
	ebb_installed_put(list, arena, &two);
	one.version = "1.1";
	ebb_installed_put(list, arena, &one);
	assert_int_equal(ebb_installed_write(folder, list, arena, &err), EBB_OK);
	assert_int_equal(ebb_installed_read(folder, getuid(), arena, &list, &err), EBB_OK);
	assert_int_equal(list->count, 2);
	assert_string_equal(list->plugins[0].name, "ape");
	assert_true(list->plugins[0].has_network && list->plugins[0].is_quarantined_everywhere);
	assert_int_equal(list->plugins[0].memory_mib, 64);
	assert_string_equal(ebb_installed_find(list, "zebra")->version, "1.1");
	assert_true(ebb_installed_remove(list, "ape"));
	assert_false(ebb_installed_remove(list, "ape"));
	assert_null(ebb_installed_find(list, "ape"));
	assert_int_equal(chmod(in_folder("installed.json"), 0666), 0);
	assert_int_equal(ebb_installed_read(folder, getuid(), arena, &list, &err), EBB_E_FORBIDDEN);
	shell(ebb_arena_printf(arena, "echo '{\"plugins\":{\"a\":{\"version\":\"1\",\"sha256\":\"%s\",\"processes\":9}}}' > %s; chmod 644 %s", sha,
			       in_folder("installed.json"), in_folder("installed.json")));
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_installed_read(folder, getuid(), arena, &list, &err), EBB_E_CONFIG);
	assert_non_null(strstr(err.sentence, "processes must be from 1 to 8"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_good_one),	   TEST(who_could_have_changed_it),  TEST(what_it_is_called),
		TEST(what_it_says_of_itself), TEST(what_no_loader_should_take), TEST(a_swap_changes_nothing),
		TEST(a_trial_tells_whether_it_starts), TEST(the_list_of_what_is_installed),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
