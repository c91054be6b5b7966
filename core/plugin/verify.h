/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: may this file be run as a plugin? Who could have changed it (the whole chain of folders, owner, mode), is it
 *          what its name says, what does it say of itself; and, when asked, does it start in a throw-away process.
 * Memory:  the file's content is copied once into a sealed memory file, and everything is judged and later run from that
 *          copy: what happens to the path afterwards changes nothing.
 * Must not know: the database, the running desk.
 */
#ifndef EBB_PLUGIN_VERIFY_H
#define EBB_PLUGIN_VERIFY_H

#include "plugin/elf.h"
#include "plugin/spawn.h"

#include <sys/types.h>

#define EBB_SHA256_HEX 65

struct ebb_plugin_file {
	int fd; /* the sealed copy, close-on-exec, hung on the arena: dup it to keep it longer */
	size_t size;
	char sha256[EBB_SHA256_HEX];
	struct ebb_plugin_about *about;
};

/*
 * path    must end in <name>.so; each folder and the file are owned by root or by `owner`, and no group or other may
 *         write there (a sticky folder like /tmp excepted).
 * owner   uid of conf plugin_owner.
 * sha256  in hex: what it must be (installed.json); NULL: anything.
 * Refusals: EBB_E_FORBIDDEN (owner, mode), EBB_E_NOT_FOUND, EBB_E_INVALID (what it is), each a sentence and a hint with
 * the cure, items for faults of the description.
 */
EBB_MUST enum ebb_rc ebb_plugin_verify(const char *path, uid_t owner, const char *sha256, struct ebb_arena *arena,
				       struct ebb_plugin_file **file_r, struct ebb_err *err);

/* Only who could change it: the chain, owner, mode, type. Returns an O_RDONLY descriptor, the caller's. For other
 * files of the same trust: installed.json, a plugin's sql/. */
EBB_MUST enum ebb_rc ebb_verify_open(const char *path, uid_t owner, int *fd_r, struct ebb_err *err);

/* Starts it in a process of its own with the initial values (or `config`: JSON {key: text}, NULL for none), asks
 * check() when there is one, stops it. opts: executable, memory_mib, has_network count; name and plugin_fd are filled in
 * here. A start() that fails because a parameter without initial was not set is no refusal: the sentence comes back in
 * *remark_r (else NULL). */
EBB_MUST enum ebb_rc ebb_plugin_trial(const struct ebb_plugin_file *file, const struct ebb_host_opts *opts,
				      const char *config, struct ebb_arena *arena, const char **remark_r,
				      struct ebb_err *err);

/* One CALL to a throw-away or running host of the caller's own, blocking up to limit_ms (ebbctl plugin check, test):
 * fd from ebb_host_dial(). The REPLY's body lands in the arena. EBB_E_TIMEOUT, EBB_E_UNAVAILABLE (died: see
 * ebb_host_end) or EBB_E_INVALID (nonsense). */
EBB_MUST enum ebb_rc ebb_host_ask(int fd, int config_version, const char *config, const char *call, int limit_ms,
				  struct ebb_arena *arena, const char **reply_r, struct ebb_err *err);

#endif
