/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: an LDAP directory as the place where people's pass-phrases are: who is it, and is this theirs. Over TLS with
 *          verification only; a few seconds, then it counts as away.
 * Memory:  the caller's arena; connections live for one call.
 * Must not know: persons of the desk, the database.
 */
#ifndef EBB_AUTH_LDAP_H
#define EBB_AUTH_LDAP_H

#include "base/err.h"

#include <stdbool.h>

struct ebb_str;

#define EBB_LDAP_LIMIT_S 3

/* "" or NULL where nothing was configured. */
struct ebb_ldap_conf {
	const char *url;     /* ldap:// (StartTLS before anything else) or ldaps:// */
	const char *ca_file; /* whom to believe instead of the system's authorities */
	const char *bind_dn, *bind_password; /* the account that searches; none: people are found by user_dn */
	const char *base_dn, *user_filter;   /* where people are, and which: (&(objectClass=person)(mail={login})) */
	const char *user_dn;                 /* uid={login},ou=people,dc=example: no search */
	const char *people_filter;           /* everybody, for a sync: (objectClass=person) */
	const char *subject_attribute, *name_attribute, *email_attribute;
	const char *group_base_dn, *group_filter, *group_attribute; /* (member={dn}), cn */
	const char *member_of_attribute;     /* memberOf: names of groups are then their DNs */
};

struct ebb_ldap_person {
	const char *dn, *subject; /* subject never changes, whatever the person is called */
	const char *name, *email; /* NULL: it does not say */
	const char *groups_json;  /* an array of texts; NULL: groups were not asked for */
};

/* Looks the person up and binds as them. *is_right_r false: nobody of that name, or another pass-phrase; both take the same
 * steps. EBB_E_UNAVAILABLE with a sentence: the directory could not be asked. */
EBB_MUST enum ebb_rc ebb_ldap_sign_in(const struct ebb_ldap_conf *conf, const char *login, const char *password,
				      struct ebb_ldap_person *person, bool *is_right_r, struct ebb_arena *arena,
				      struct ebb_err *err);
/* The same steps without anybody: for an account that is not the directory's, so that it costs the same. */
EBB_MUST enum ebb_rc ebb_ldap_pretend(const struct ebb_ldap_conf *conf, const char *login, struct ebb_arena *arena,
				      struct ebb_err *err);
/* Connection, TLS and the searching account, for `ebbctl provider test`. */
EBB_MUST enum ebb_rc ebb_ldap_test(const struct ebb_ldap_conf *conf, struct ebb_arena *arena, struct ebb_err *err);

/* Everybody, page by page; a false answer ends the walk. */
typedef bool ebb_ldap_person_fn(void *ctx, const struct ebb_ldap_person *person);
EBB_MUST enum ebb_rc ebb_ldap_people(const struct ebb_ldap_conf *conf, ebb_ldap_person_fn *fn, void *ctx,
				     struct ebb_arena *arena, struct ebb_err *err);

/* ---- ldap_text.c ---- */

/* A filter (RFC 4515) or a DN (RFC 4514) with {login} and {dn} in place, whatever they hold; NULL as dn: there is none. */
const char *ebb_ldap_filter(const char *pattern, const char *login, const char *dn, struct ebb_arena *arena);
const char *ebb_ldap_dn(const char *pattern, const char *login, struct ebb_arena *arena);
/* A value as text: as it is, or in hexadecimal where it is no line of UTF-8 (Active Directory's objectGUID). */
const char *ebb_ldap_value(const char *bytes, size_t length, struct ebb_arena *arena);

#endif
