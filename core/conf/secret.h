/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: secrets that the database keeps and cannot read: sealed with libsodium's secretbox under a key that lies in a
 *          file of this host and never in the database, and bound to their place: copied elsewhere they do not open.
 *          Two forms: one text, and a plugin's configuration: {"key": {"$secret": "base64"}} as the database keeps it,
 *          {"key": "text"} as the plugin gets it.
 * Memory:  the key belongs to the caller, who wipes it; texts hang on the arena (a secret one for ebb_secret_open).
 * Must not know: which parameters there are, who may set them, the database.
 */
#ifndef EBB_CONF_SECRET_H
#define EBB_CONF_SECRET_H

#include "base/err.h"

#include <stdbool.h>

#define EBB_SECRET_KEY_BYTES 32

struct ebb_secret_key {
	unsigned char bytes[EBB_SECRET_KEY_BYTES];
};

/* Whose configuration it is. */
struct ebb_secret_place {
	const char *plugin;
	int department_id;
};

/* Reads the key file.  With may_make a missing one is made: 0600, and as root of the folder's owner, so that the daemon can
 * read what an administrator's command made.  Refused, with a sentence: a link, another owner than root, this user or
 * the folder's; any right for group or others; a folder in which others may write. */
EBB_MUST enum ebb_rc ebb_secret_key_load(struct ebb_secret_key *key, const char *path, bool may_make,
					 struct ebb_err *err);
void ebb_secret_key_wipe(struct ebb_secret_key *key);

/* One text, as base64.  place says what it is and whose, "totp/7": what is sealed for one place opens at no other. */
EBB_MUST enum ebb_rc ebb_secret_seal_text(const struct ebb_secret_key *key, const char *place, const char *text,
					  struct ebb_arena *arena, const char **sealed_r, struct ebb_err *err);
/* EBB_E_CONFIG with a sentence when it does not open here. */
EBB_MUST enum ebb_rc ebb_secret_open_text(const struct ebb_secret_key *key, const char *place, const char *sealed,
					  struct ebb_arena *arena, const char **text_r, struct ebb_err *err);

/* Seals the texts of these keys (NULL ends the list); what is sealed already, and every other key, stays as it is. */
EBB_MUST enum ebb_rc ebb_secret_seal(const struct ebb_secret_key *key, const struct ebb_secret_place *place,
				     const char *config, const char *const *keys, struct ebb_arena *arena,
				     const char **sealed_r, struct ebb_err *err);
/* Opens whatever is sealed.  EBB_E_CONFIG with a sentence that names the parameter when one does not open here. */
EBB_MUST enum ebb_rc ebb_secret_open(const struct ebb_secret_key *key, const struct ebb_secret_place *place,
				     const char *config, struct ebb_arena *arena, const char **clear_r,
				     struct ebb_err *err);
/* True when a configuration holds a sealed value: only then the key file is needed. */
bool ebb_secret_is_in(const char *config);

#endif
