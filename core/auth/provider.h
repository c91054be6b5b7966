/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a provider as the database describes it (fn.provider_conf), ready to be asked: its settings, its secret opened
 *          with this host's key.
 * Memory:  the caller's arena; the secret's is a secret one.
 * Must not know: who signs in, HTTP routes.
 */
#ifndef EBB_AUTH_PROVIDER_H
#define EBB_AUTH_PROVIDER_H

#include "auth/ldap.h"
#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

struct ebb_provider {
	int64_t provider_id, version;
	const char *code, *name, *kind;
	const char *sealed_secret; /* NULL: none */
	const char *secret;        /* opened; NULL: none, or not opened yet */
	const json_t *settings;
};

/* From the JSON of fn.provider_conf; EBB_E_NOT_FOUND when there is none. */
EBB_MUST enum ebb_rc ebb_provider_read(struct ebb_provider *provider, const char *text, size_t length,
				       struct ebb_arena *arena, struct ebb_err *err);
/* "" where nothing is set. */
const char *ebb_provider_setting(const struct ebb_provider *provider, const char *name);
/* Opens the secret, if there is one, with the key of that file. */
EBB_MUST enum ebb_rc ebb_provider_open(struct ebb_provider *provider, const char *key_file, struct ebb_arena *arena,
				       struct ebb_err *err);
/* Under what name the secret of a provider is sealed. */
const char *ebb_provider_place(const char *code, struct ebb_arena *arena);
void ebb_provider_ldap(struct ebb_ldap_conf *conf, const struct ebb_provider *provider);

#endif
