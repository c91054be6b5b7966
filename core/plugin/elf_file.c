/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see elf_file.h: header, segments, dynamic section, symbols.
 * Memory:  the arena's; libelf reads the bytes where they are.
 * Must not know: what a plugin is.
 */
#include "plugin/elf_file.h"

#include <string.h>

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#define OUR_NAME    "x86-64"
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#define OUR_NAME    "AArch64"
#else
#define OUR_MACHINE EM_NONE
#define OUR_NAME    "a machine without a jail for plugins"
#endif

#define REFUSE(elf, ...) ebb_fail((elf)->err, EBB_E_INVALID, __VA_ARGS__)

static enum ebb_rc
check_header(struct ebb_elf *elf, GElf_Ehdr *head)
{
	const char *ident;

	if (elf->size < EI_NIDENT || memcmp(elf->bytes, ELFMAG, SELFMAG) != 0 || elf->elf == NULL ||
	    elf_kind(elf->elf) != ELF_K_ELF || gelf_getehdr(elf->elf, head) == NULL)
		return REFUSE(elf, "It is no ELF file: build it with cc -shared.");
	ident = elf_getident(elf->elf, NULL);
	if (OUR_MACHINE == EM_NONE || ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB ||
	    head->e_machine != OUR_MACHINE)
		return REFUSE(elf, "It is built for another kind of machine than this one (" OUR_NAME "): build it here.");
	if (head->e_type != ET_DYN || head->e_phentsize != sizeof(Elf64_Phdr))
		return REFUSE(elf, "It is no shared object: link it with -shared.");
	return EBB_OK;
}

static enum ebb_rc
add_segment(struct ebb_elf *elf, const GElf_Phdr *head)
{
	const struct ebb_elf_segment *last = elf->segment_count > 0 ? &elf->segments[elf->segment_count - 1] : NULL;

	if (head->p_offset > elf->size || head->p_filesz > elf->size - head->p_offset || head->p_filesz > head->p_memsz ||
	    head->p_memsz > (uint64_t)1 << 40 || head->p_vaddr > (uint64_t)1 << 40)
		return REFUSE(elf, "It is damaged: a segment reaches beyond the end of the file. Build or copy it anew.");
	if ((last != NULL && head->p_vaddr < last->at + last->in_memory) || elf->segment_count == EBB_ELF_SEGMENTS)
		return REFUSE(elf, "It is damaged: its segments overlap. Build or copy it anew.");
	elf->segments[elf->segment_count++] = (struct ebb_elf_segment){ .at = head->p_vaddr,
									.in_file = head->p_filesz,
									.in_memory = head->p_memsz,
									.offset = head->p_offset,
									.is_writable = (head->p_flags & PF_W) != 0 };
	return EBB_OK;
}

static enum ebb_rc
read_segments(struct ebb_elf *elf, GElf_Phdr *dynamic_r)
{
	size_t count = 0;
	GElf_Phdr head;

	if (elf_getphdrnum(elf->elf, &count) != 0 || count > 256)
		return REFUSE(elf, "It is damaged: its program headers cannot be read. Build or copy it anew.");
	dynamic_r->p_filesz = 0;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(elf->elf, (int)i, &head) == NULL)
			return REFUSE(elf, "It is damaged: its program headers cannot be read. Build or copy it anew.");
		if (head.p_type == PT_LOAD)
			EBB_TRY(add_segment(elf, &head));
		else if (head.p_type == PT_DYNAMIC)
			*dynamic_r = head;
		else if (head.p_type == PT_GNU_STACK && (head.p_flags & PF_X))
			return REFUSE(elf, "It asks for an executable stack: link it with -Wl,-z,noexecstack.");
		else if (head.p_type == PT_GNU_RELRO) {
			elf->relro_at = head.p_vaddr;
			elf->relro_size = head.p_memsz;
		}
	}
	return EBB_OK;
}

const unsigned char *
ebb_elf_at(const struct ebb_elf *elf, uint64_t at, uint64_t length)
{
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct ebb_elf_segment *s = &elf->segments[i];

		if (at >= s->at && at - s->at <= s->in_file && length <= s->in_file - (at - s->at))
			return elf->bytes + s->offset + (at - s->at);
	}
	return NULL;
}

bool
ebb_elf_is_constant(const struct ebb_elf *elf, uint64_t at, uint64_t length)
{
	if (at >= elf->relro_at && at - elf->relro_at <= elf->relro_size &&
	    length <= elf->relro_size - (at - elf->relro_at))
		return true;
	for (size_t i = 0; i < elf->segment_count; i++) {
		const struct ebb_elf_segment *s = &elf->segments[i];

		if (at >= s->at && at - s->at < s->in_memory)
			return !s->is_writable;
	}
	return false;
}

/* A name in the table of names. */
static const char *
name_at(const struct ebb_elf *elf, uint64_t offset)
{
	const unsigned char *table = ebb_elf_at(elf, elf->text_at, elf->text_size);

	if (table == NULL || offset >= elf->text_size || memchr(table + offset, '\0', elf->text_size - offset) == NULL)
		return NULL;
	return (const char *)table + offset;
}

bool
ebb_elf_symbol(const struct ebb_elf *elf, size_t index, struct ebb_elf_symbol *symbol_r)
{
	const unsigned char *at = ebb_elf_at(elf, elf->symbols_at + index * sizeof(Elf64_Sym), sizeof(Elf64_Sym));
	Elf64_Sym raw;
	unsigned binding, visibility;

	if (at == NULL || index > elf->size)
		return false;
	memcpy(&raw, at, sizeof raw);
	binding = ELF64_ST_BIND(raw.st_info);
	visibility = ELF64_ST_VISIBILITY(raw.st_other);
	*symbol_r = (struct ebb_elf_symbol){ .name = name_at(elf, raw.st_name),
					     .at = raw.st_value,
					     .size = raw.st_size,
					     .type = ELF64_ST_TYPE(raw.st_info),
					     .is_defined = raw.st_shndx != SHN_UNDEF,
					     .is_weak = binding == STB_WEAK };
	symbol_r->is_exported = symbol_r->is_defined && binding != STB_LOCAL &&
				(visibility == STV_DEFAULT || visibility == STV_PROTECTED);
	return symbol_r->name != NULL;
}

/* How many symbols there are stands in the hash table alone: the last chain's end. */
static bool
count_gnu(struct ebb_elf *elf, uint64_t at)
{
	uint32_t head[4], bucket, link, last = 0;
	const unsigned char *p = ebb_elf_at(elf, at, sizeof head);
	uint64_t buckets_at, chains_at;

	if (p == NULL)
		return false;
	memcpy(head, p, sizeof head);
	buckets_at = at + sizeof head + (uint64_t)head[2] * 8;
	chains_at = buckets_at + (uint64_t)head[0] * 4;
	p = ebb_elf_at(elf, buckets_at, (uint64_t)head[0] * 4);
	if (p == NULL)
		return false;
	for (uint32_t i = 0; i < head[0]; i++) {
		memcpy(&bucket, p + (size_t)i * 4, 4);
		if (bucket > last)
			last = bucket;
	}
	elf->symbol_count = head[1];
	if (last < head[1])
		return head[1] <= elf->size / sizeof(Elf64_Sym);
	do {
		p = ebb_elf_at(elf, chains_at + ((uint64_t)last - head[1]) * 4, 4);
		if (p == NULL)
			return false;
		memcpy(&link, p, 4);
		last++;
	} while (!(link & 1));
	elf->symbol_count = last;
	return last <= elf->size / sizeof(Elf64_Sym);
}

static bool
count_symbols(struct ebb_elf *elf, const uint64_t *dynamic)
{
	const unsigned char *p;
	uint32_t head[2];

	if (dynamic[EBB_TAG_GNU_HASH] != 0)
		return count_gnu(elf, dynamic[EBB_TAG_GNU_HASH]);
	p = dynamic[EBB_TAG_HASH] != 0 ? ebb_elf_at(elf, dynamic[EBB_TAG_HASH], sizeof head) : NULL;
	if (p == NULL)
		return false;
	memcpy(head, p, sizeof head);
	elf->symbol_count = head[1];
	return head[1] <= elf->size / sizeof(Elf64_Sym);
}

static int
tag_place(int64_t tag)
{
	switch (tag) {
	case DT_STRTAB: return EBB_TAG_STRTAB;
	case DT_STRSZ: return EBB_TAG_STRSZ;
	case DT_SYMTAB: return EBB_TAG_SYMTAB;
	case DT_HASH: return EBB_TAG_HASH;
	case DT_GNU_HASH: return EBB_TAG_GNU_HASH;
	case DT_RELA: return EBB_TAG_RELA;
	case DT_RELASZ: return EBB_TAG_RELASZ;
	case DT_JMPREL: return EBB_TAG_JMPREL;
	case DT_PLTRELSZ: return EBB_TAG_PLTRELSZ;
	case 36: return EBB_TAG_RELR; /* DT_RELR, not in every elf.h yet */
	case 35: return EBB_TAG_RELRSZ;
	default: return -1;
	}
}

/* What makes the loader look elsewhere, or write where code stands. */
static enum ebb_rc
refuse_tag(struct ebb_elf *elf, const GElf_Dyn *entry)
{
	if (entry->d_tag == DT_RPATH || entry->d_tag == DT_RUNPATH)
		return REFUSE(elf, "It says where its libraries lie (RPATH or RUNPATH): link it without -rpath.");
	if (entry->d_tag == DT_AUDIT || entry->d_tag == DT_DEPAUDIT || entry->d_tag == DT_FILTER || entry->d_tag == DT_AUXILIARY)
		return REFUSE(elf, "It brings an auditor or a filter: link it without --audit, --depaudit, -f and -F.");
	if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
		return REFUSE(elf, "Its code is not position independent: compile it with -fPIC.");
	if (entry->d_tag == DT_REL)
		return REFUSE(elf, "Its relocations have no addends: link it with the linker of this system.");
	return EBB_OK;
}

static enum ebb_rc
read_dynamic(struct ebb_elf *elf, const GElf_Phdr *place, bool is_plugin, uint64_t *dynamic)
{
	const unsigned char *p = ebb_elf_at(elf, place->p_vaddr, place->p_filesz);
	uint64_t needed[EBB_ELF_LIBRARIES];
	Elf_Data *data;
	GElf_Dyn entry;

	data = p != NULL && place->p_filesz > 0
		   ? elf_getdata_rawchunk(elf->elf, p - elf->bytes, place->p_filesz, ELF_T_DYN)
		   : NULL;
	if (data == NULL)
		return REFUSE(elf, "It has no dynamic section: link it with -shared.");
	for (int i = 0; gelf_getdyn(data, i, &entry) != NULL && entry.d_tag != DT_NULL; i++) {
		int tag = tag_place(entry.d_tag);

		if (is_plugin)
			EBB_TRY(refuse_tag(elf, &entry));
		if (tag >= 0)
			dynamic[tag] = entry.d_un.d_val;
		else if (entry.d_tag == DT_NEEDED) {
			if (elf->library_count == EBB_ELF_LIBRARIES)
				return REFUSE(elf, "It is linked with more than %d libraries: leave out some.", EBB_ELF_LIBRARIES);
			needed[elf->library_count++] = entry.d_un.d_val;
		}
	}
	elf->text_at = dynamic[EBB_TAG_STRTAB];
	elf->text_size = dynamic[EBB_TAG_STRSZ];
	elf->symbols_at = dynamic[EBB_TAG_SYMTAB];
	for (size_t i = 0; i < elf->library_count; i++) {
		elf->libraries[i] = name_at(elf, needed[i]);
		if (elf->libraries[i] == NULL)
			return REFUSE(elf, "It is damaged: the name of a library cannot be read. Build or copy it anew.");
	}
	return EBB_OK;
}

enum ebb_rc
ebb_elf_open(struct ebb_elf *elf, void *bytes, size_t size, bool is_plugin, struct ebb_arena *arena,
	     struct ebb_err *err)
{
	uint64_t dynamic[EBB_TAG_COUNT] = { 0 };
	GElf_Phdr place = { 0 };
	GElf_Ehdr head;

	*elf = (struct ebb_elf){ .arena = arena, .err = err, .bytes = bytes, .size = size };
	if (elf_version(EV_CURRENT) != EV_NONE && size >= EI_NIDENT)
		elf->elf = elf_memory(bytes, size);
	EBB_TRY(check_header(elf, &head));
	EBB_TRY(read_segments(elf, &place));
	EBB_TRY(read_dynamic(elf, &place, is_plugin, dynamic));
	if (!count_symbols(elf, dynamic))
		return REFUSE(elf, "It is damaged: its table of symbols cannot be read. Build or copy it anew.");
	return is_plugin ? ebb_elf_read_fixups(elf, dynamic) : EBB_OK;
}

void
ebb_elf_close(struct ebb_elf *elf)
{
	if (elf->elf != NULL)
		elf_end(elf->elf);
	elf->elf = NULL;
}
