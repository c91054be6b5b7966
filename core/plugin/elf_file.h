/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a shared object as the loader will see it, read from bytes that nobody vouches for: segments, dynamic
 *          section, symbols, relocations. Section headers are not looked at: the loader does not either.
 * Memory:  the file's tables lie in the arena, the bytes are the caller's; ebb_elf_close() gives libelf's part back.
 * Must not know: what a plugin is.
 */
#ifndef EBB_PLUGIN_ELF_FILE_H
#define EBB_PLUGIN_ELF_FILE_H

#include "base/err.h"

#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>

#define EBB_ELF_SEGMENTS  32
#define EBB_ELF_LIBRARIES 32

struct ebb_elf_segment {
	uint64_t at, in_file, in_memory, offset; /* address, bytes, bytes, place in the file */
	bool is_writable;
};

/* What the loader writes before anybody reads. */
struct ebb_elf_fixup {
	uint64_t at;
	uint64_t value;
	uint32_t order;
	bool is_foreign; /* known only when loaded: another library's, or the result of code */
};

struct ebb_elf {
	struct ebb_arena *arena;
	struct ebb_err *err;
	Elf *elf;
	const unsigned char *bytes;
	size_t size;
	struct ebb_elf_segment segments[EBB_ELF_SEGMENTS];
	size_t segment_count;
	uint64_t relro_at, relro_size;
	uint64_t text_at, text_size; /* DT_STRTAB */
	uint64_t symbols_at;
	size_t symbol_count;
	struct ebb_elf_fixup *fixups; /* by address */
	size_t fixup_count;
	const char *libraries[EBB_ELF_LIBRARIES];
	size_t library_count;
};

struct ebb_elf_symbol {
	const char *name;
	uint64_t at, size;
	unsigned char type; /* STT_... */
	bool is_defined, is_exported, is_weak;
};

/* EBB_E_INVALID with a sentence when the loader would not or should not take it. For a library of the system
 * (is_plugin false) only what is needed to list its symbols is read, and nothing is held against it. */
EBB_MUST enum ebb_rc ebb_elf_open(struct ebb_elf *elf, void *bytes, size_t size, bool is_plugin,
				  struct ebb_arena *arena, struct ebb_err *err);
void ebb_elf_close(struct ebb_elf *elf);

/* The bytes at an address, as the file has them; NULL when they are not all in the file. */
const unsigned char *ebb_elf_at(const struct ebb_elf *elf, uint64_t at, uint64_t length);
/* A NUL-terminated text of at most `longest` bytes that the loader leaves as it is; NULL when there is none. */
const char *ebb_elf_text(const struct ebb_elf *elf, uint64_t at, size_t longest);
/* False when a fixup touches these bytes or they are not in the file. */
bool ebb_elf_plain(const struct ebb_elf *elf, uint64_t at, void *to, size_t length);
/* A pointer as it will be: 0 for NULL. False when it cannot be told. */
bool ebb_elf_pointer(const struct ebb_elf *elf, uint64_t at, uint64_t *value_r, bool *is_foreign_r);
/* Read-only once it is loaded. */
bool ebb_elf_is_constant(const struct ebb_elf *elf, uint64_t at, uint64_t length);
bool ebb_elf_symbol(const struct ebb_elf *elf, size_t index, struct ebb_elf_symbol *symbol_r);

/* For elf_fixup.c. */
EBB_MUST enum ebb_rc ebb_elf_read_fixups(struct ebb_elf *elf, const uint64_t *dynamic);

/* Tags of the dynamic section that count, as places in an array. */
enum ebb_elf_tag {
	EBB_TAG_STRTAB, EBB_TAG_STRSZ, EBB_TAG_SYMTAB, EBB_TAG_HASH, EBB_TAG_GNU_HASH, EBB_TAG_RELA, EBB_TAG_RELASZ,
	EBB_TAG_JMPREL, EBB_TAG_PLTRELSZ, EBB_TAG_RELR, EBB_TAG_RELRSZ, EBB_TAG_COUNT
};

#endif
