/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see secret.h. Sealed text: base64 of nonce (24 bytes) and secretbox (16 bytes more than the text).
 * Memory: clear text on the caller's arena only; keys and texts of our own are wiped, what jansson's parser has freed is not.
 * Must not know: which parameters there are, the database.
 */
#include "conf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALED "$secret"
enum {
	KEY_TEXT = 2 * EBB_SECRET_KEY_BYTES,
	SECRET_MAX = 64 * 1024,
	BOX_EXTRA = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES
};

/* ---- the key file ---- */

static int
open_folder(const char *path, struct stat *folder, struct ebb_err *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL   ? "."
			   : slash == path ? "/"
					   : ebb_arena_dup(err->arena, path, (size_t)(slash - path));
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, folder) != 0) {
		(void)!ebb_fail(err, EBB_E_CONFIG, "%s, the folder of secret_key_file, cannot be opened: %s.", name,
				strerror(errno));
		return fd >= 0 ? (close(fd), -1) : -1;
	}
	if ((folder->st_mode & (S_IWGRP | S_IWOTH)) != 0 && (folder->st_mode & S_ISVTX) == 0) {
		(void)!ebb_fail(err, EBB_E_CONFIG,
				"Others than its owner may write in %s, so a key cannot lie there. Run chmod go-w %s.",
				name, name);
		close(fd);
		return -1;
	}
	return fd;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash == NULL ? path : slash + 1;
}

/* Written aside and linked into place: nobody ever reads half a key, and of two makers one wins. */
static enum ebb_rc
make_key(int folder_fd, const struct stat *folder, const char *path, struct ebb_err *err)
{
	unsigned char key[EBB_SECRET_KEY_BYTES];
	char text[KEY_TEXT + 2], aside[300];
	int fd;
	bool is_written;

	snprintf(aside, sizeof aside, ".%.200s.%ld", base_name(path), (long)getpid());
	fd = openat(folder_fd, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ebb_fail(err, EBB_E_CONFIG, "%s, the key of the desk's secrets, cannot be made: %s.", path,
				strerror(errno));
	randombytes_buf(key, sizeof key);
	sodium_bin2hex(text, sizeof text, key, sizeof key);
	memcpy(text + KEY_TEXT, "\n", 2);
	is_written = write(fd, text, KEY_TEXT + 1) == KEY_TEXT + 1 && fchmod(fd, 0600) == 0 &&
		     (geteuid() != 0 || fchown(fd, folder->st_uid, folder->st_gid) == 0) && fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	sodium_memzero(text, sizeof text);
	is_written = is_written && (linkat(folder_fd, aside, folder_fd, base_name(path), 0) == 0 || errno == EEXIST) &&
		     fsync(folder_fd) == 0;
	int why = errno;
	unlinkat(folder_fd, aside, 0);
	close(fd);
	return is_written ? EBB_OK
			  : ebb_fail(err, EBB_E_CONFIG, "%s, the key of the desk's secrets, cannot be written: %s.",
				     path, strerror(why));
}

static enum ebb_rc
check_file(const struct stat *file, const struct stat *folder, const char *path, struct ebb_err *err)
{
	if (!S_ISREG(file->st_mode))
		return ebb_fail(err, EBB_E_CONFIG, "%s, the key of the desk's secrets, is no regular file.", path);
	if (file->st_uid != 0 && file->st_uid != geteuid() && file->st_uid != folder->st_uid)
		return ebb_fail(err, EBB_E_CONFIG,
				"%s, the key of the desk's secrets, belongs to user %u. It must belong to root or to "
				"the user that ebbd runs as.",
				path, (unsigned)file->st_uid);
	if ((file->st_mode & 077) != 0)
		return ebb_fail(err, EBB_E_CONFIG,
				"%s, the key of the desk's secrets, may be read or written by others than its owner "
				"(mode %04o). Run chmod 600 %s.",
				path, (unsigned)(file->st_mode & 07777), path);
	return EBB_OK;
}

static enum ebb_rc
read_key(struct ebb_secret_key *key, int fd, const char *path, struct ebb_err *err)
{
	char text[KEY_TEXT + 2];
	size_t bytes = 0;
	ssize_t length = read(fd, text, sizeof text);
	bool is_key = (length == KEY_TEXT || (length == KEY_TEXT + 1 && text[KEY_TEXT] == '\n')) &&
		      sodium_hex2bin(key->bytes, sizeof key->bytes, text, KEY_TEXT, NULL, &bytes, NULL) == 0 &&
		      bytes == sizeof key->bytes;

	sodium_memzero(text, sizeof text);
	if (is_key)
		return EBB_OK;
	ebb_secret_key_wipe(key);
	return ebb_fail(err, EBB_E_CONFIG,
			"%s, the key of the desk's secrets, does not hold 64 hexadecimal digits. Put the kept copy "
			"back; a new key does not open old secrets.",
			path);
}

static enum ebb_rc
load_in(struct ebb_secret_key *key, int folder_fd, const struct stat *folder, const char *path, bool may_make,
	struct ebb_err *err)
{
	struct stat file;
	enum ebb_rc rc;
	int fd = openat(folder_fd, base_name(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && may_make) {
		EBB_TRY(make_key(folder_fd, folder, path, err));
		fd = openat(folder_fd, base_name(path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	if (fd < 0 || fstat(fd, &file) != 0) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return ebb_fail(err, EBB_E_CONFIG, "%s, the key of the desk's secrets, cannot be read: %s.", path,
				why == ELOOP ? "it is a symbolic link" : strerror(why));
	}
	rc = check_file(&file, folder, path, err);
	if (rc == EBB_OK)
		rc = read_key(key, fd, path, err);
	close(fd);
	return rc;
}

enum ebb_rc
ebb_secret_key_load(struct ebb_secret_key *key, const char *path, bool may_make, struct ebb_err *err)
{
	struct stat folder;

	if (sodium_init() < 0)
		return ebb_fail(err, EBB_E_INTERNAL, "libsodium could not be started.");
	int folder_fd = open_folder(path, &folder, err);
	if (folder_fd < 0)
		return EBB_E_CONFIG;
	enum ebb_rc rc = load_in(key, folder_fd, &folder, path, may_make, err);
	close(folder_fd);
	return rc;
}

void
ebb_secret_key_wipe(struct ebb_secret_key *key)
{
	sodium_memzero(key->bytes, sizeof key->bytes);
}

/* ---- sealing ---- */

struct context {
	char text[200];
};

static struct context
context_of(const struct ebb_secret_place *place, const char *param)
{
	struct context context;
	int length = snprintf(context.text, sizeof context.text, "ebb plugin secret/%s/%d/%s", place->plugin,
			      place->department_id, param);

	EBB_ASSERT(length > 0 && length < (int)sizeof context.text);
	return context;
}

static struct context
context_of_text(const char *place)
{
	struct context context;
	int length = snprintf(context.text, sizeof context.text, "ebb secret/%s", place);

	EBB_ASSERT(length > 0 && length < (int)sizeof context.text);
	return context;
}

/* A key of its own for each place: what is copied to another department, plugin or parameter does not open there. */
static void
key_of(unsigned char out[crypto_secretbox_KEYBYTES], const struct ebb_secret_key *key, const struct context *context)
{
	crypto_generichash(out, crypto_secretbox_KEYBYTES, (const unsigned char *)context->text, strlen(context->text),
			   key->bytes, sizeof key->bytes);
}

static const char *
seal_text(const struct ebb_secret_key *key, const struct context *context, const char *text, size_t length,
	  struct ebb_arena *arena)
{
	unsigned char own[crypto_secretbox_KEYBYTES];
	unsigned char *box = ebb_arena_zalloc(arena, length + BOX_EXTRA);
	size_t room = sodium_base64_ENCODED_LEN(length + BOX_EXTRA, sodium_base64_VARIANT_ORIGINAL);
	char *base64 = ebb_arena_zalloc(arena, room);

	key_of(own, key, context);
	randombytes_buf(box, crypto_secretbox_NONCEBYTES);
	crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)text, length, box, own);
	sodium_memzero(own, sizeof own);
	sodium_bin2base64(base64, room, box, length + BOX_EXTRA, sodium_base64_VARIANT_ORIGINAL);
	return base64;
}

/* NULL when it is none that was sealed here for this place. */
static const char *
open_text(const struct ebb_secret_key *key, const struct context *context, const char *base64, struct ebb_arena *arena)
{
	unsigned char own[crypto_secretbox_KEYBYTES];
	size_t room = strlen(base64) / 4 * 3 + 3, length = 0;
	unsigned char *box = ebb_arena_zalloc(arena, room);
	char *text = ebb_arena_zalloc(arena, room);

	if (sodium_base642bin(box, room, base64, strlen(base64), NULL, &length, NULL, sodium_base64_VARIANT_ORIGINAL) !=
		0 ||
	    length < BOX_EXTRA)
		return NULL;
	key_of(own, key, context);
	int rc = crypto_secretbox_open_easy((unsigned char *)text, box + crypto_secretbox_NONCEBYTES,
					    length - crypto_secretbox_NONCEBYTES, box, own);
	sodium_memzero(own, sizeof own);
	return rc == 0 ? text : NULL;
}

enum ebb_rc
ebb_secret_seal_text(const struct ebb_secret_key *key, const char *place, const char *text, struct ebb_arena *arena,
		     const char **sealed_r, struct ebb_err *err)
{
	const struct context context = context_of_text(place);
	size_t length = strlen(text);

	if (length > SECRET_MAX)
		return ebb_fail(err, EBB_E_INVALID, "A secret is at most 64 KiB long.");
	*sealed_r = seal_text(key, &context, text, length, arena);
	return EBB_OK;
}

enum ebb_rc
ebb_secret_open_text(const struct ebb_secret_key *key, const char *place, const char *sealed, struct ebb_arena *arena,
		     const char **text_r, struct ebb_err *err)
{
	const struct context context = context_of_text(place);

	*text_r = open_text(key, &context, sealed, arena);
	if (*text_r != NULL)
		return EBB_OK;
	return ebb_fail(err, EBB_E_CONFIG,
			"A kept secret (%s) does not open with this host's secret_key_file. Put the key file that "
			"sealed it in place, or set the secret anew.",
			place);
}

static json_t *
read_config(const char *config, struct ebb_err *err)
{
	json_t *json = json_loads(config, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	(void)!ebb_fail(err, EBB_E_INVALID, "The configuration is no JSON object.");
	return NULL;
}

static enum ebb_rc
print(json_t *json_take, struct ebb_arena *arena, const char **text_r)
{
	char *text = json_dumps(json_take, JSON_COMPACT);

	json_decref(json_take);
	EBB_ASSERT(text != NULL);
	*text_r = ebb_arena_strdup(arena, text);
	sodium_memzero(text, strlen(text));
	free(text);
	return EBB_OK;
}

enum ebb_rc
ebb_secret_seal(const struct ebb_secret_key *key, const struct ebb_secret_place *place, const char *config,
		const char *const *keys, struct ebb_arena *arena, const char **sealed_r, struct ebb_err *err)
{
	json_t *json = read_config(config, err);

	if (json == NULL)
		return EBB_E_INVALID;
	for (size_t i = 0; keys[i] != NULL; i++) {
		const json_t *value = json_object_get(json, keys[i]);
		if (!json_is_string(value))
			continue;
		if (json_string_length(value) > SECRET_MAX) {
			json_decref(json);
			return ebb_fail(err, EBB_E_INVALID, "The secret \"%s\" is longer than 64 KiB.", keys[i]);
		}
		const struct context context = context_of(place, keys[i]);
		json_object_set_new(json, keys[i],
				    json_pack("{s:s}", SEALED,
					      seal_text(key, &context, json_string_value(value),
							json_string_length(value), arena)));
	}
	return print(json, arena, sealed_r);
}

enum ebb_rc
ebb_secret_open(const struct ebb_secret_key *key, const struct ebb_secret_place *place, const char *config,
		struct ebb_arena *arena, const char **clear_r, struct ebb_err *err)
{
	json_t *json = read_config(config, err), *value;
	const char *param;
	void *next;

	if (json == NULL)
		return EBB_E_INVALID;
	json_object_foreach_safe(json, next, param, value)
	{
		const char *sealed = json_string_value(json_object_get(value, SEALED));
		if (sealed == NULL)
			continue;
		const struct context context = context_of(place, param);
		const char *clear = open_text(key, &context, sealed, arena);
		json_t *text = clear == NULL ? NULL : json_string(clear);
		if (text == NULL) {
			enum ebb_rc rc = ebb_fail(
			    err, EBB_E_CONFIG,
			    "The secret \"%s\" of plugin %s for department %d does not open with this host's "
			    "secret_key_file. Put the key file that sealed it in place, or set the secret anew.",
			    param, place->plugin, place->department_id);
			json_decref(json);
			return rc;
		}
		json_object_set_new(json, param, text);
	}
	return print(json, arena, clear_r);
}

bool
ebb_secret_is_in(const char *config)
{
	return strstr(config, "\"" SEALED "\"") != NULL;
}
