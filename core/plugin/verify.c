/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see verify.h: what is copied, and what is asked of the copy. Who could have changed the file is
 *          verify_path.c's.
 * Memory:  the copy is a sealed memory file, closed with the arena.
 * Must not know: the database, the running desk.
 */
#include "plugin/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static void
close_it(void *fd)
{
	close((int)(intptr_t)fd);
}

/* A file in memory that may be mapped as code; older kernels do not know the flag and allow it anyway. */
static int
memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	return fd >= 0 || errno != EINVAL ? fd : memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

static bool
write_all(int fd, const unsigned char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		ssize_t n = write(fd, bytes + at, length - at);

		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* What is hashed is what is written to the copy. */
static enum ebb_rc
copy(int from, int to, struct ebb_plugin_file *file, struct ebb_err *err)
{
	unsigned char bytes[4096], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state sha;
	ssize_t n;

	crypto_hash_sha256_init(&sha);
	while ((n = read(from, bytes, sizeof bytes)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ebb_fail(err, EBB_E_UNAVAILABLE, "It cannot be read: %s.", strerror(errno));
		file->size += (size_t)n;
		if (file->size > EBB_PLUGIN_FILE_MAX)
			return ebb_fail(err, EBB_E_INVALID, "It is larger than %zu MiB: no plugin is; strip it.", EBB_PLUGIN_FILE_MAX >> 20);
		crypto_hash_sha256_update(&sha, bytes, (unsigned long long)n);
		if (!write_all(to, bytes, (size_t)n))
			return ebb_fail(err, EBB_E_UNAVAILABLE, "It cannot be copied to memory: %s.", strerror(errno));
	}
	crypto_hash_sha256_final(&sha, hash);
	sodium_bin2hex(file->sha256, sizeof file->sha256, hash, sizeof hash);
	if (fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "Its copy cannot be sealed: %s.", strerror(errno));
	return EBB_OK;
}

static enum ebb_rc
take_copy(int from, const char *name, struct ebb_arena *arena, struct ebb_plugin_file *file, struct ebb_err *err)
{
	file->fd = memory_file(name);
	if (file->fd < 0)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "This system gives no memory file that may be run (%s): see the sysctl vm.memfd_noexec.",
				strerror(errno));
	ebb_arena_defer(arena, close_it, (void *)(intptr_t)file->fd);
	return copy(from, file->fd, file, err);
}

/* "<name>.so" of a path; "" when it does not end so. */
static void
name_of(const char *path, char name[EBB_PLUGIN_NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	size_t length = strlen(base);

	name[0] = '\0';
	if (length < 4 || length - 3 > EBB_PLUGIN_NAME_MAX || strcmp(base + length - 3, ".so") != 0)
		return;
	memcpy(name, base, length - 3);
	name[length - 3] = '\0';
	if (!ebb_about_is_name(name, EBB_PLUGIN_NAME_MAX))
		name[0] = '\0';
}

static enum ebb_rc
judge(const struct ebb_plugin_file *file, struct ebb_arena *arena, struct ebb_err *err, struct ebb_plugin_about **about_r)
{
	void *bytes;
	enum ebb_rc rc;

	if (file->size == 0)
		return ebb_fail(err, EBB_E_INVALID, "It is empty: copy it anew.");
	bytes = mmap(NULL, file->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file->fd, 0);
	if (bytes == MAP_FAILED)
		return ebb_fail(err, EBB_E_UNAVAILABLE, "It cannot be read now: no memory for it.");
	rc = ebb_about_read_bytes(bytes, file->size, arena, about_r, err);
	if (rc == EBB_OK)
		rc = ebb_elf_links(bytes, file->size, arena, err);
	munmap(bytes, file->size);
	return rc;
}

enum ebb_rc
ebb_plugin_verify(const char *path, uid_t owner, const char *sha256, struct ebb_arena *arena,
		  struct ebb_plugin_file **file_r, struct ebb_err *err)
{
	struct ebb_plugin_file *file = EBB_NEW(arena, struct ebb_plugin_file);
	char name[EBB_PLUGIN_NAME_MAX + 1];
	enum ebb_rc rc;
	int fd;

	*file_r = NULL;
	file->fd = -1;
	name_of(path, name);
	if (name[0] == '\0')
		return ebb_fail(err, EBB_E_INVALID, "%.200s: a plugin's file is named <name>.so, in lower case, at most %d characters: rename it.",
				path, EBB_PLUGIN_NAME_MAX);
	EBB_TRY(ebb_verify_open(path, owner, &fd, err));
	rc = take_copy(fd, name, arena, file, err);
	close(fd);
	EBB_TRY(rc);
	if (sha256 != NULL && strcmp(sha256, file->sha256) != 0)
		return ebb_fail(err, EBB_E_FORBIDDEN, "%.200s is not the file that was installed (sha256 %.12s, installed was %.12s): install it again with ebbctl plugin install, if the change was yours.",
				path, file->sha256, sha256);
	EBB_TRY(judge(file, arena, err, &file->about));
	if (strcmp(file->about->name, name) != 0)
		return ebb_fail(err, EBB_E_INVALID, "It calls itself %s, but the file is %s.so: name it %s.so.", file->about->name, name, file->about->name);
	*file_r = file;
	return EBB_OK;
}
