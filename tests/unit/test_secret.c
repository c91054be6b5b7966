/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets of plugins: what is sealed does not show, opens at its own place and nowhere else; the key file is made private and
 * refused, with a sentence, when others could have read or changed it.
 */
#include "conf/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ebb_arena *arena;
static struct ebb_err err;
static char folder[] = "/tmp/ebb-secret-XXXXXX";
static char path[64];

static const struct ebb_secret_place it = { "probe", 1 };
static const char *const secret_keys[] = { "password", "absent", NULL };

static int
set_up(void **state)
{
	(void)state;
	arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_err_init(&err, arena);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/secret.key", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	ebb_arena_free(&arena);
	return 0;
}

static int
fresh(void **state)
{
	(void)state;
	unlink(path);
	chmod(folder, 0700);
	ebb_err_init(&err, arena);
	return 0;
}

static struct ebb_secret_key
made_key(void)
{
	struct ebb_secret_key key;
	assert_int_equal(ebb_secret_key_load(&key, path, true, &err), EBB_OK);
	return key;
}

static void
assert_refused(const char *words)
{
	struct ebb_secret_key key;
	ebb_err_init(&err, arena);
	assert_int_equal(ebb_secret_key_load(&key, path, true, &err), EBB_E_CONFIG);
	if (strstr(err.sentence, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.sentence, words);
}

static void
write_file(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void
a_key_is_made_once_and_private(void **state)
{
	struct ebb_secret_key key, again;
	struct stat file;

	(void)state;
	assert_int_equal(ebb_secret_key_load(&key, path, false, &err), EBB_E_CONFIG);
	assert_non_null(strstr(err.sentence, "cannot be read"));
	key = made_key();
	assert_int_equal(ebb_secret_key_load(&again, path, true, &err), EBB_OK);
	assert_memory_equal(&key, &again, sizeof key);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);
	assert_int_equal(file.st_nlink, 1);
}

static void
a_key_that_others_could_reach_is_refused(void **state)
{
	(void)state;
	(void)made_key();
	assert_int_equal(chmod(path, 0640), 0);
	assert_refused("chmod 600");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_refused("chmod go-w");
	assert_int_equal(chmod(folder, 0700), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_refused("belongs to user 12345");
	}
}

static void
a_key_file_that_is_none_is_refused(void **state)
{
	(void)state;
	write_file("short\n", 0600);
	assert_refused("64 hexadecimal digits");
	write_file("zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0600);
	assert_refused("64 hexadecimal digits");
	unlink(path);
	assert_int_equal(symlink("/dev/zero", path), 0);
	assert_refused("symbolic link");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused("no regular file");
	rmdir(path);
}

static void
what_is_sealed_opens_again(void **state)
{
	struct ebb_secret_key key = made_key();
	const char *sealed, *twice, *clear;

	(void)state;
	assert_int_equal(ebb_secret_seal(&key, &it, "{\"limit\":\"3\",\"password\":\"s3cret \\u00fc\"}", secret_keys, arena,
					 &sealed, &err),
			 EBB_OK);
	assert_null(strstr(sealed, "s3cret"));
	assert_non_null(strstr(sealed, "\"limit\":\"3\""));
	assert_true(ebb_secret_is_in(sealed));
	assert_int_equal(ebb_secret_seal(&key, &it, sealed, secret_keys, arena, &twice, &err), EBB_OK);
	assert_string_equal(sealed, twice);
	assert_int_equal(ebb_secret_open(&key, &it, sealed, arena, &clear, &err), EBB_OK);
	assert_string_equal(clear, "{\"limit\":\"3\",\"password\":\"s3cret \xc3\xbc\"}");
	assert_false(ebb_secret_is_in(clear));
}

static void
it_opens_nowhere_else(void **state)
{
	static const struct ebb_secret_place others[] = { { "probe", 2 }, { "prob", 1 } };
	struct ebb_secret_key key = made_key(), wrong = key;
	const char *sealed, *clear;

	(void)state;
	assert_int_equal(ebb_secret_seal(&key, &it, "{\"password\":\"x\"}", secret_keys, arena, &sealed, &err), EBB_OK);
	for (size_t i = 0; i < 2; i++) {
		ebb_err_init(&err, arena);
		assert_int_equal(ebb_secret_open(&key, &others[i], sealed, arena, &clear, &err), EBB_E_CONFIG);
		assert_non_null(strstr(err.sentence, "\"password\""));
	}
	wrong.bytes[0] ^= 1;
	assert_int_equal(ebb_secret_open(&wrong, &it, sealed, arena, &clear, &err), EBB_E_CONFIG);
	char *moved = ebb_arena_printf(arena, "{\"passwort\":%s", strchr(sealed, ':') + 1);
	assert_int_equal(ebb_secret_open(&key, &it, moved, arena, &clear, &err), EBB_E_CONFIG);
}

static void
what_is_no_sealed_text_is_refused(void **state)
{
	static const char *const bad[] = { "{\"password\":{\"$secret\":\"\"}}", "{\"password\":{\"$secret\":\"////\"}}",
					   "{\"password\":{\"$secret\":\"not base64!\"}}" };
	struct ebb_secret_key key = made_key();
	const char *clear;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ebb_secret_open(&key, &it, bad[i], arena, &clear, &err), EBB_E_CONFIG);
	assert_int_equal(ebb_secret_open(&key, &it, "[]", arena, &clear, &err), EBB_E_INVALID);
	assert_int_equal(ebb_secret_seal(&key, &it, "{", secret_keys, arena, &clear, &err), EBB_E_INVALID);
}

static void
a_text_opens_at_its_own_place_only(void **state)
{
	struct ebb_secret_key key = made_key(), wrong = key;
	const char *sealed, *again, *clear;

	(void)state;
	assert_int_equal(ebb_secret_seal_text(&key, "totp/7", "JBSWY3DP", arena, &sealed, &err), EBB_OK);
	assert_int_equal(ebb_secret_seal_text(&key, "totp/7", "JBSWY3DP", arena, &again, &err), EBB_OK);
	assert_string_not_equal(sealed, again);
	assert_null(strstr(sealed, "JBSWY3DP"));
	assert_int_equal(ebb_secret_open_text(&key, "totp/7", sealed, arena, &clear, &err), EBB_OK);
	assert_string_equal(clear, "JBSWY3DP");
	assert_int_equal(ebb_secret_open_text(&key, "totp/8", sealed, arena, &clear, &err), EBB_E_CONFIG);
	assert_int_equal(ebb_secret_open_text(&key, "totp/7", "", arena, &clear, &err), EBB_E_CONFIG);
	wrong.bytes[0] ^= 1;
	assert_int_equal(ebb_secret_open_text(&wrong, "totp/7", sealed, arena, &clear, &err), EBB_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_key_is_made_once_and_private, fresh),
		cmocka_unit_test_setup(a_key_that_others_could_reach_is_refused, fresh),
		cmocka_unit_test_setup(a_key_file_that_is_none_is_refused, fresh),
		cmocka_unit_test_setup(what_is_sealed_opens_again, fresh),
		cmocka_unit_test_setup(it_opens_nowhere_else, fresh),
		cmocka_unit_test_setup(a_text_opens_at_its_own_place_only, fresh),
		cmocka_unit_test_setup(what_is_no_sealed_text_is_refused, fresh),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
