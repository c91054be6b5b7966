/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see elf_file.h: relocations, and constants read through them as they will stand in memory.
 * Memory:  the arena's.
 * Must not know: what a plugin is.
 */
#include "plugin/elf_file.h"

#include <stdlib.h>
#include <string.h>

#define FIXUPS_MAX ((size_t)1 << 20)

#if defined(__aarch64__)
#define IS_RELATIVE(type) ((type) == 1027) /* R_AARCH64_RELATIVE */
#define IS_SYMBOL(type)   ((type) == 257 || (type) == 1025 || (type) == 1026) /* ABS64, GLOB_DAT, JUMP_SLOT */
#else
#define IS_RELATIVE(type) ((type) == R_X86_64_RELATIVE)
#define IS_SYMBOL(type)   ((type) == R_X86_64_64 || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_JUMP_SLOT)
#endif

static enum ebb_rc
damaged(struct ebb_elf *elf)
{
	return ebb_fail(elf->err, EBB_E_INVALID, "It is damaged: its relocations cannot be read. Build or copy it anew.");
}

static bool
add(struct ebb_elf *elf, size_t *room, struct ebb_elf_fixup fixup)
{
	if (elf->fixup_count == FIXUPS_MAX)
		return false;
	if (elf->fixup_count == *room) {
		size_t more = *room == 0 ? 64 : *room * 2;

		elf->fixups = ebb_arena_grow(elf->arena, elf->fixups, *room * sizeof fixup, more * sizeof fixup);
		*room = more;
	}
	fixup.order = (uint32_t)elf->fixup_count;
	elf->fixups[elf->fixup_count++] = fixup;
	return true;
}

static bool
add_rela(struct ebb_elf *elf, size_t *room, uint64_t at, uint64_t size)
{
	const unsigned char *p = ebb_elf_at(elf, at, size);
	Elf64_Rela rela;

	if (size == 0)
		return true;
	if (p == NULL)
		return false;
	for (uint64_t i = 0; i + sizeof rela <= size; i += sizeof rela) {
		struct ebb_elf_fixup fixup = { .is_foreign = true };
		struct ebb_elf_symbol symbol;
		unsigned long type;

		memcpy(&rela, p + i, sizeof rela);
		type = ELF64_R_TYPE(rela.r_info);
		fixup.at = rela.r_offset;
		if (IS_RELATIVE(type)) {
			fixup.value = (uint64_t)rela.r_addend;
			fixup.is_foreign = false;
		} else if (IS_SYMBOL(type) && ebb_elf_symbol(elf, ELF64_R_SYM(rela.r_info), &symbol) &&
			   symbol.is_defined && symbol.type != STT_GNU_IFUNC) {
			fixup.value = symbol.at + (uint64_t)rela.r_addend;
			fixup.is_foreign = false;
		}
		if (!add(elf, room, fixup))
			return false;
	}
	return true;
}

/* Packed: an even word is an address, an odd one is a map of the 63 words after the last. */
static bool
add_relr(struct ebb_elf *elf, size_t *room, uint64_t at, uint64_t size)
{
	const unsigned char *p = ebb_elf_at(elf, at, size), *in_place;
	uint64_t next = 0, word;

	if (size == 0)
		return true;
	if (p == NULL)
		return false;
	for (uint64_t i = 0; i + sizeof word <= size; i += sizeof word) {
		uint64_t map = 1, first;

		memcpy(&word, p + i, sizeof word);
		first = word & 1 ? next : word;
		if (word & 1)
			map = word >> 1;
		for (int bit = 0; bit < 63 && map >> bit != 0; bit++) {
			struct ebb_elf_fixup fixup = { .at = first + (uint64_t)bit * 8 };

			if (!(map >> bit & 1))
				continue;
			in_place = ebb_elf_at(elf, fixup.at, 8);
			if (in_place == NULL)
				return false;
			memcpy(&fixup.value, in_place, 8);
			if (!add(elf, room, fixup))
				return false;
		}
		next = first + (word & 1 ? 63 * 8 : 8);
	}
	return true;
}

static int
by_address(const void *a, const void *b)
{
	const struct ebb_elf_fixup *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

enum ebb_rc
ebb_elf_read_fixups(struct ebb_elf *elf, const uint64_t *dynamic)
{
	size_t room = 0;

	if (!add_relr(elf, &room, dynamic[EBB_TAG_RELR], dynamic[EBB_TAG_RELRSZ]) ||
	    !add_rela(elf, &room, dynamic[EBB_TAG_RELA], dynamic[EBB_TAG_RELASZ]) ||
	    !add_rela(elf, &room, dynamic[EBB_TAG_JMPREL], dynamic[EBB_TAG_PLTRELSZ]))
		return damaged(elf);
	if (elf->fixup_count > 1)
		qsort(elf->fixups, elf->fixup_count, sizeof *elf->fixups, by_address);
	return EBB_OK;
}

/* The first fixup at or behind an address. */
static size_t
first_from(const struct ebb_elf *elf, uint64_t at)
{
	size_t low = 0, high = elf->fixup_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (elf->fixups[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A fixup writes eight bytes; larger ones (TLS descriptors) do not point into constants. */
static bool
is_touched(const struct ebb_elf *elf, uint64_t at, uint64_t length)
{
	size_t i = first_from(elf, at >= 7 ? at - 7 : 0);

	return i < elf->fixup_count && elf->fixups[i].at < at + length;
}

bool
ebb_elf_plain(const struct ebb_elf *elf, uint64_t at, void *to, size_t length)
{
	const unsigned char *p = ebb_elf_at(elf, at, length);

	if (p == NULL || is_touched(elf, at, length))
		return false;
	memcpy(to, p, length);
	return true;
}

const char *
ebb_elf_text(const struct ebb_elf *elf, uint64_t at, size_t longest)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct ebb_elf_segment *s = &elf->segments[i];
		const unsigned char *p, *end;
		uint64_t room;

		if (at < s->at || at - s->at >= s->in_file)
			continue;
		p = elf->bytes + s->offset + (at - s->at);
		room = s->in_file - (at - s->at);
		end = memchr(p, '\0', room > longest + 1 ? longest + 1 : room);
		if (end == NULL || is_touched(elf, at, (uint64_t)(end - p) + 1))
			return NULL;
		return (const char *)p;
	}
	return NULL;
}

bool
ebb_elf_pointer(const struct ebb_elf *elf, uint64_t at, uint64_t *value_r, bool *is_foreign_r)
{
	const unsigned char *p = ebb_elf_at(elf, at, 8);
	size_t i = first_from(elf, at >= 7 ? at - 7 : 0);
	const struct ebb_elf_fixup *mine = NULL;

	*value_r = 0;
	*is_foreign_r = false;
	if (p == NULL)
		return false;
	for (; i < elf->fixup_count && elf->fixups[i].at < at + 8; i++) {
		if (elf->fixups[i].at != at)
			return false;
		mine = &elf->fixups[i];
	}
	if (mine == NULL) {
		memcpy(value_r, p, 8);
		return *value_r == 0;
	}
	*value_r = mine->value;
	*is_foreign_r = mine->is_foreign;
	return mine->is_foreign || mine->value != 0;
}
