/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a plugin is linked with: each library stands in a folder of the system, and each symbol it asks for is in
 *          one of them; said at installation, with the name, and not by the loader one day.
 * Memory:  the arena's; libraries are mapped while they are read.
 * Must not know: the description.
 */
#include "plugin/elf.h"

#include "plugin/elf_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIBRARIES_MAX 64 /* with those that libraries need */

#if defined(__x86_64__)
#define TRIPLET "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TRIPLET "aarch64-linux-gnu"
#else
#define TRIPLET "none"
#endif

struct wanted {
	const char *name;
	bool is_found;
};

struct linking {
	struct ebb_arena *arena;
	struct ebb_err *err;
	struct wanted *wanted;
	size_t wanted_count;
	const char *libraries[LIBRARIES_MAX];
	size_t library_count;
};

const char *
ebb_elf_library(struct ebb_arena *arena, const char *soname)
{
	static const char *const folders[] = { "/lib/" TRIPLET, "/usr/lib/" TRIPLET, "/lib64", "/usr/lib64", "/lib", "/usr/lib" };
	struct stat st;

	if (strchr(soname, '/') != NULL)
		return NULL;
	for (size_t i = 0; i < EBB_COUNT(folders); i++) {
		char *path = ebb_arena_printf(arena, "%s/%s", folders[i], soname);

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0)
			return path;
	}
	return NULL;
}

static int
by_name(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool
is_given_by_us(const char *name)
{
#ifdef __SANITIZE_ADDRESS__
	return strncmp(name, "__asan_", 7) == 0 || strncmp(name, "__ubsan_", 8) == 0 || strncmp(name, "__sanitizer_", 12) == 0;
#else
	(void)name;
	return false;
#endif
}

static void
collect_wanted(struct linking *l, const struct ebb_elf *elf)
{
	struct ebb_elf_symbol symbol;

	l->wanted = ebb_arena_zalloc(l->arena, (elf->symbol_count + 1) * sizeof *l->wanted);
	for (size_t i = 1; i < elf->symbol_count; i++)
		if (ebb_elf_symbol(elf, i, &symbol) && !symbol.is_defined && !symbol.is_weak && symbol.name[0] != '\0' &&
		    !is_given_by_us(symbol.name))
			l->wanted[l->wanted_count++].name = ebb_arena_strdup(l->arena, symbol.name);
	qsort(l->wanted, l->wanted_count, sizeof *l->wanted, by_name);
}

static void
add_libraries(struct linking *l, const struct ebb_elf *elf)
{
	for (size_t i = 0; i < elf->library_count; i++) {
		size_t k = 0;

		while (k < l->library_count && strcmp(l->libraries[k], elf->libraries[i]) != 0)
			k++;
		if (k == l->library_count && k < LIBRARIES_MAX)
			l->libraries[l->library_count++] = ebb_arena_strdup(l->arena, elf->libraries[i]);
	}
}

static void
find_in(struct linking *l, const struct ebb_elf *elf)
{
	struct ebb_elf_symbol symbol;

	for (size_t i = 1; i < elf->symbol_count; i++) {
		struct wanted key, *found;

		if (!ebb_elf_symbol(elf, i, &symbol) || !symbol.is_exported)
			continue;
		key.name = symbol.name;
		found = bsearch(&key, l->wanted, l->wanted_count, sizeof key, by_name);
		if (found != NULL)
			found->is_found = true;
	}
}

/* A library of the system that cannot be read is passed over: the loader will say more. */
static void
look_into(struct linking *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct ebb_err err;
	struct ebb_elf elf;
	struct stat st;
	void *bytes;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		bytes = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (bytes != MAP_FAILED) {
			ebb_err_init(&err, l->arena);
			if (ebb_elf_open(&elf, bytes, (size_t)st.st_size, false, l->arena, &err) == EBB_OK) {
				add_libraries(l, &elf);
				find_in(l, &elf);
			}
			ebb_elf_close(&elf);
			munmap(bytes, (size_t)st.st_size);
		}
	}
	close(fd);
}

static enum ebb_rc
search(struct linking *l, size_t direct_count)
{
	for (size_t i = 0; i < l->library_count; i++) {
		const char *path = ebb_elf_library(l->arena, l->libraries[i]);

		if (path != NULL)
			look_into(l, path);
		else if (i < direct_count)
			return ebb_fail(l->err, EBB_E_INVALID,
					"It is linked with %.80s, which is in no folder of the system: install the package it comes from, or link it in statically.",
					l->libraries[i]);
	}
	for (size_t i = 0; i < l->wanted_count; i++)
		if (!l->wanted[i].is_found)
			return ebb_fail(l->err, EBB_E_INVALID,
					"It asks for the symbol %.80s, which none of its libraries has: write it, or link with the library it is in (-Wl,-z,defs tells when it is linked).",
					l->wanted[i].name);
	return EBB_OK;
}

enum ebb_rc
ebb_elf_links(void *bytes, size_t size, struct ebb_arena *arena, struct ebb_err *err)
{
	struct linking linking = { .arena = arena, .err = err };
	struct ebb_elf elf;
	enum ebb_rc rc = ebb_elf_open(&elf, bytes, size, true, arena, err);

	if (rc == EBB_OK) {
		collect_wanted(&linking, &elf);
		add_libraries(&linking, &elf);
	}
	ebb_elf_close(&elf);
	return rc == EBB_OK ? search(&linking, linking.library_count) : rc;
}
