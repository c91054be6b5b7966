/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: what a plugin says of itself, read from its file without running any of it: the constant ebb_plugin_v1 and
 *          all it points to, followed as the loader would (program headers, dynamic section, relocations).
 * Memory:  the description is copied into the arena; the file stays the caller's.
 * Must not know: who installed the file, what a host does.
 */
#ifndef EBB_PLUGIN_ELF_H
#define EBB_PLUGIN_ELF_H

#include "base/err.h"
#include "base/str.h"
#include "ebb/plugin.h"

#include <stdbool.h>
#include <stdint.h>

#define EBB_PLUGIN_FILE_MAX ((size_t)64 << 20)
#define EBB_PLUGIN_NAME_MAX 31

/* Kinds of work, as bits: ebb.plugin.kinds, api.plugin_hooks().kinds. */
#define EBB_KIND_CATEGORISE 1u
#define EBB_KIND_AUTOMATE   2u
#define EBB_KIND_REPORT     4u

/* Arrays are counted and hold no end mark; their texts are valid UTF-8 within the limits of the contract. */
struct ebb_plugin_about {
	const char *name, *version, *licence, *summary;
	uint32_t major, minor;
	uint32_t needs;  /* EBB_PLUGIN_NEEDS_... */
	uint32_t tick_s;
	uint32_t kinds;  /* EBB_KIND_... */
	bool has_start, has_stop, has_check;
	const struct ebb_plugin_param *params;
	size_t param_count;
	const struct ebb_plugin_statement *statements;
	size_t statement_count;
	const struct ebb_plugin_report *reports;
	size_t report_count;
	const char *const *events;
	size_t event_count;
	const char *const *reads;
	size_t read_count;
	const char *const *libraries; /* what it is linked with (DT_NEEDED) */
	size_t library_count;
};

/* Reads from a regular file or memory file, from its first byte wherever the offset stands. Refusals are
 * EBB_E_INVALID with a sentence that says what to change, and items ("/params/2/key", ...) for faults of the
 * description. */
EBB_MUST enum ebb_rc ebb_about_read(int fd, struct ebb_arena *arena, struct ebb_plugin_about **about_r,
				    struct ebb_err *err);
/* The same from bytes; they may be patched while they are read, so they are the caller's own copy. */
EBB_MUST enum ebb_rc ebb_about_read_bytes(void *bytes, size_t size, struct ebb_arena *arena,
					  struct ebb_plugin_about **about_r, struct ebb_err *err);

/* All libraries stand in the system's folders, and each symbol that is asked for is in one of them. */
EBB_MUST enum ebb_rc ebb_elf_links(void *bytes, size_t size, struct ebb_arena *arena, struct ebb_err *err);
/* Where the system keeps a library by that name; NULL when it does not. */
const char *ebb_elf_library(struct ebb_arena *arena, const char *soname);

/* The description as ctl.plugin_install takes it: {"name","version","licence","summary","abi":[1,0],"needs",
 * "tick_s","kinds","params":[{"key","help","unit","initial","least","most","type"}],"statements":[{"name","sql",
 * "report","when"}],"reports":[{"name","title","formats":[],"params":[]}],"events":[],"reads":[]}. type is a word:
 * text, integer, boolean, duration, choice, secret, json. */
void ebb_about_json(struct ebb_str *to, const struct ebb_plugin_about *about);
/* Word of an enum ebb_plugin_type. */
const char *ebb_about_type(uint32_t type);

/* [a-z][a-z0-9_]{0,longest-1} */
bool ebb_about_is_name(const char *text, size_t longest);

#endif
