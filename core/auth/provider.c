/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see provider.h.
 * Memory:  the caller's arena.
 * Must not know: who signs in, HTTP routes.
 */
#include "auth/provider.h"

#include "conf/secret.h"

static void
free_json(void *json)
{
	json_decref(json);
}

enum ebb_rc
ebb_provider_read(struct ebb_provider *provider, const char *text, size_t length, struct ebb_arena *arena, struct ebb_err *err)
{
	json_t *json = text == NULL ? NULL : json_loadb(text, length, 0, NULL);

	*provider = (struct ebb_provider){ 0 };
	if (!json_is_object(json)) {
		json_decref(json);
		return ebb_fail(err, EBB_E_NOT_FOUND, "There is no such way to sign in.");
	}
	ebb_arena_defer(arena, free_json, json);
	*provider = (struct ebb_provider){
		.provider_id = json_integer_value(json_object_get(json, "provider_id")),
		.version = json_integer_value(json_object_get(json, "version")),
		.code = json_string_value(json_object_get(json, "provider_code")),
		.name = json_string_value(json_object_get(json, "provider_name")),
		.kind = json_string_value(json_object_get(json, "provider_kind")),
		.sealed_secret = json_string_value(json_object_get(json, "sealed_secret")),
		.settings = json_object_get(json, "settings"),
	};
	EBB_ASSERT(provider->code != NULL && provider->kind != NULL);
	return EBB_OK;
}

const char *
ebb_provider_setting(const struct ebb_provider *provider, const char *name)
{
	const char *value = json_string_value(json_object_get(provider->settings, name));

	return value == NULL ? "" : value;
}

const char *
ebb_provider_place(const char *code, struct ebb_arena *arena)
{
	return ebb_arena_printf(arena, "provider/%s", code);
}

enum ebb_rc
ebb_provider_open(struct ebb_provider *provider, const char *key_file, struct ebb_arena *arena, struct ebb_err *err)
{
	struct ebb_secret_key key;
	enum ebb_rc rc;

	if (provider->sealed_secret == NULL)
		return EBB_OK;
	EBB_TRY(ebb_secret_key_load(&key, key_file, false, err));
	rc = ebb_secret_open_text(&key, ebb_provider_place(provider->code, arena), provider->sealed_secret, arena, &provider->secret, err);
	ebb_secret_key_wipe(&key);
	return rc;
}

void
ebb_provider_ldap(struct ebb_ldap_conf *conf, const struct ebb_provider *provider)
{
	*conf = (struct ebb_ldap_conf){
		.url = ebb_provider_setting(provider, "url"),
		.ca_file = ebb_provider_setting(provider, "ca_file"),
		.bind_dn = ebb_provider_setting(provider, "bind_dn"),
		.bind_password = provider->secret,
		.base_dn = ebb_provider_setting(provider, "base_dn"),
		.user_filter = ebb_provider_setting(provider, "user_filter"),
		.user_dn = ebb_provider_setting(provider, "user_dn"),
		.people_filter = ebb_provider_setting(provider, "people_filter"),
		.subject_attribute = ebb_provider_setting(provider, "subject_attribute"),
		.name_attribute = ebb_provider_setting(provider, "name_attribute"),
		.email_attribute = ebb_provider_setting(provider, "email_attribute"),
		.group_base_dn = ebb_provider_setting(provider, "group_base_dn"),
		.group_filter = ebb_provider_setting(provider, "group_filter"),
		.group_attribute = ebb_provider_setting(provider, "group_attribute"),
		.member_of_attribute = ebb_provider_setting(provider, "member_of_attribute"),
	};
}
