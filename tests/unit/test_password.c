/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens and proofs: their form, that they differ, that what the database stores follows from them, and that a
 * host's places to hash in are few.
 */
#include "auth/password.h"
#include "auth/token.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct ebb_arena *arena;
static struct ebb_err err;

static int
set_up(void **state)
{
	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_err_init(&err, arena);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	ebb_arena_free(&arena);
	return 0;
}

static void
a_token_has_the_promised_form(void **state)
{
	static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char text[EBB_TOKEN_TEXT], hash[EBB_TOKEN_HASH], again[EBB_TOKEN_HASH], other[EBB_TOKEN_TEXT];

	(void)state;
	assert_int_equal(ebb_token_new(text, hash, &err), EBB_OK);
	assert_int_equal(strlen(text), 47);
	assert_memory_equal(text, "ebb_", 4);
	assert_int_equal(strspn(text + 4, base64url), 43);
	assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
	ebb_token_hash(again, text);
	assert_string_equal(hash, again);
	assert_int_equal(ebb_token_new(other, again, &err), EBB_OK);
	assert_string_not_equal(text, other);
}

static void
the_hash_is_sha256_of_the_whole_text(void **state)
{
	char hash[EBB_TOKEN_HASH];

	(void)state;
	ebb_token_hash(hash, "abc");
	assert_string_equal(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* The same numbers as in tests/lib/fixture.sql, made by another program. */
static void
a_proof_and_its_verifier_agree_with_the_fixture(void **state)
{
	static const char phrase[] = "fixture pass-phrase";
	struct ebb_password_cost cost;
	char proof[EBB_PROOF_HEX], verifier[EBB_PROOF_HEX], salt[EBB_SALT_HEX];

	(void)state;
	assert_int_equal(ebb_password_read_cost(&cost, "\\x6562622d666978747572652d73616c74", "1", "8192", &err),
			 EBB_OK);
	ebb_password_salt_hex(salt, &cost);
	assert_string_equal(salt, "6562622d666978747572652d73616c74");
	assert_int_equal(ebb_password_derive(proof, phrase, strlen(phrase), &cost, &err), EBB_OK);
	assert_string_equal(proof, "01c7302cae03313c9219fdba619d36ab214a38e9cbdb317618c9eee8512cf490");
	ebb_password_verifier(verifier, proof);
	assert_string_equal(verifier, "8aef9c0af024ce40b4d05cd7db1b4e325e462c2a7432ec7b7bc474403cda1b3c");
}

static void
a_cost_that_is_none_is_refused(void **state)
{
	static const char salt[] = "00112233445566778899aabbccddeeff";
	struct ebb_password_cost cost;

	(void)state;
	assert_int_equal(ebb_password_read_cost(&cost, salt, "2", "67108864", &err), EBB_OK);
	assert_int_equal(ebb_password_read_cost(&cost, NULL, "2", "67108864", &err), EBB_E_INTERNAL);
	assert_int_equal(ebb_password_read_cost(&cost, "0011", "2", "67108864", &err), EBB_E_INTERNAL);
	assert_int_equal(ebb_password_read_cost(&cost, "zz112233445566778899aabbccddeeff", "2", "67108864", &err),
			 EBB_E_INTERNAL);
	assert_int_equal(ebb_password_read_cost(&cost, salt, "0", "67108864", &err), EBB_E_INTERNAL);
	assert_int_equal(ebb_password_read_cost(&cost, salt, "2", "99999999999", &err), EBB_E_INTERNAL);
	assert_int_equal(ebb_password_new_cost(&cost, &err), EBB_OK);
	assert_int_equal(cost.opslimit, EBB_ARGON_OPS);
}

/* Record locks count per process, so each holder is one of its own. */
static pid_t
hold_a_place(const char *file, int end)
{
	pid_t pid = fork();
	char byte;

	if (pid == 0) {
		int place = ebb_password_place(file, ebb_mono_us());
		_exit(place < 0 || write(end, "", 1) != 1 || read(end, &byte, 1) != 1);
	}
	return pid;
}

static void
only_so_many_hash_at_once(void **state)
{
	char file[] = "/tmp/ebb-hash-XXXXXX", byte;
	int fd = mkstemp(file), status;

	(void)state;
	int ends[EBB_HASHES_AT_ONCE][2];
	pid_t pids[EBB_HASHES_AT_ONCE];
	for (int i = 0; i < EBB_HASHES_AT_ONCE; i++) {
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		memcpy(ends[i], pair, sizeof pair);
		pids[i] = hold_a_place(file, pair[1]);
		assert_int_equal(read(pair[0], &byte, 1), 1);
	}
	assert_int_equal(ebb_password_place(file, ebb_mono_us() + 30000), -1);
	/* One dies without giving its place back: the kernel does. */
	kill(pids[0], SIGKILL);
	assert_int_equal(waitpid(pids[0], &status, 0), pids[0]);
	int place = ebb_password_place(file, ebb_mono_us() + 1000000);
	assert_true(place >= 0);
	close(place);
	for (int i = 1; i < EBB_HASHES_AT_ONCE; i++) {
		assert_int_equal(write(ends[i][0], "", 1), 1);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	close(fd);
	unlink(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_has_the_promised_form),
		cmocka_unit_test(the_hash_is_sha256_of_the_whole_text),
		cmocka_unit_test(a_proof_and_its_verifier_agree_with_the_fixture),
		cmocka_unit_test(a_cost_that_is_none_is_refused),
		cmocka_unit_test(only_so_many_hash_at_once),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
