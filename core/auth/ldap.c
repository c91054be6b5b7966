/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see ldap.h. The one file that knows libldap. Its defaults from files and environment are switched off: what
 *          holds is what was configured.
 * Memory:  the caller's arena; connections and messages live for one call.
 * Must not know: persons of the desk, the database.
 */
#include "auth/ldap.h"

#include "base/str.h"

#include <ldap.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
#define GROUPS_MOST 1000
#define PAGE_SIZE 500

struct walk {
	const struct ebb_ldap_conf *conf;
	LDAP *ld;
	struct ebb_arena *arena;
	struct ebb_err *err;
};

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static enum ebb_rc
away(const struct walk *w, const char *step, int rc)
{
	char *why = NULL;

	if (w->ld != NULL)
		ldap_get_option(w->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &why);
	(void)!ebb_fail(w->err, EBB_E_UNAVAILABLE, "%.200s: %s: %s%s%.200s.", w->conf->url, step, ldap_err2string(rc),
			is_set(why) ? ", " : "", why == NULL ? "" : why);
	if (why != NULL)
		ldap_memfree(why);
	return EBB_E_UNAVAILABLE;
}

/* ---- connection ---- */

static enum ebb_rc
set_options(const struct walk *w)
{
	const struct timeval limit = { .tv_sec = EBB_LDAP_LIMIT_S };
	const char *ca_file = is_set(w->conf->ca_file) ? w->conf->ca_file : SYSTEM_AUTHORITIES;
	int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_HARD, tls = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;

	if (ldap_set_option(w->ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_NETWORK_TIMEOUT, &limit) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_TIMEOUT, &limit) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_X_TLS_CACERTFILE, ca_file) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &tls) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(w->ld, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS)
		return ebb_fail(w->err, EBB_E_UNAVAILABLE, "%.200s: TLS cannot be set up; can %.200s be read?", w->conf->url, ca_file);
	return EBB_OK;
}

static enum ebb_rc
dial(struct walk *w)
{
	int rc;

	setenv("LDAPNOINIT", "1", 1);
	if (strncmp(w->conf->url, "ldap://", 7) != 0 && strncmp(w->conf->url, "ldaps://", 8) != 0)
		return ebb_fail(w->err, EBB_E_UNAVAILABLE, "%.200s is no address of a directory: ldap:// or ldaps://.", w->conf->url);
	rc = ldap_initialize(&w->ld, w->conf->url);
	if (rc != LDAP_SUCCESS)
		return away(w, "address", rc);
	EBB_TRY(set_options(w));
	/* Nothing is said in the clear, not even who asks. */
	if (strncmp(w->conf->url, "ldap://", 7) == 0) {
		rc = ldap_start_tls_s(w->ld, NULL, NULL);
		if (rc != LDAP_SUCCESS)
			return away(w, "StartTLS", rc);
	}
	return EBB_OK;
}

static void
hang_up(struct walk *w)
{
	if (w->ld != NULL)
		ldap_unbind_ext_s(w->ld, NULL, NULL);
	w->ld = NULL;
}

static int
bind_as(const struct walk *w, const char *dn, const char *password)
{
	/* libldap's struct has no const; it only reads. */
	union {
		const char *text;
		char *bytes;
	} secret = { .text = password };
	struct berval cred = { .bv_len = strlen(password), .bv_val = secret.bytes };

	/* A bind without a name or without a password succeeds as nobody (RFC 4513, 5.1.2): it must never come to that. */
	EBB_ASSERT(dn[0] != '\0' && password[0] != '\0');
	return ldap_sasl_bind_s(w->ld, dn, LDAP_SASL_SIMPLE, &cred, NULL, NULL, NULL);
}

static enum ebb_rc
bind_service(const struct walk *w)
{
	int rc;

	if (!is_set(w->conf->bind_dn))
		return EBB_OK;
	if (!is_set(w->conf->bind_password))
		return ebb_fail(w->err, EBB_E_UNAVAILABLE, "%.200s: the account that searches has no pass-phrase.", w->conf->url);
	rc = bind_as(w, w->conf->bind_dn, w->conf->bind_password);
	return rc == LDAP_SUCCESS ? EBB_OK : away(w, "the account that searches", rc);
}

/* What the directory says when the pass-phrase is not right, or the account may not be used. */
static bool
is_no(int rc)
{
	return rc == LDAP_INVALID_CREDENTIALS || rc == LDAP_INAPPROPRIATE_AUTH || rc == LDAP_CONSTRAINT_VIOLATION ||
	       rc == LDAP_UNWILLING_TO_PERFORM || rc == LDAP_NO_SUCH_OBJECT || rc == LDAP_INVALID_DN_SYNTAX ||
	       rc == LDAP_INSUFFICIENT_ACCESS;
}

/* ---- entries ---- */

static const char *
attribute(const struct walk *w, LDAPMessage *entry, const char *name)
{
	struct berval **values = is_set(name) ? ldap_get_values_len(w->ld, entry, name) : NULL;
	const char *text = NULL;

	if (values != NULL && values[0] != NULL && values[0]->bv_len > 0)
		text = ebb_ldap_value(values[0]->bv_val, values[0]->bv_len, w->arena);
	ldap_value_free_len(values);
	return text;
}

static void
add_group(struct ebb_str *out, unsigned *count, const char *name)
{
	if (name == NULL || *count == GROUPS_MOST)
		return;
	if ((*count)++ > 0)
		ebb_str_char(out, ',');
	ebb_str_json(out, name);
}

static enum ebb_rc
search_groups(const struct walk *w, const char *dn, struct ebb_str *out, unsigned *count)
{
	const struct ebb_ldap_conf *conf = w->conf;
	char *attributes[] = { ebb_arena_strdup(w->arena, is_set(conf->group_attribute) ? conf->group_attribute : "cn"), NULL };
	LDAPMessage *found = NULL;
	int rc = ldap_search_ext_s(w->ld, is_set(conf->group_base_dn) ? conf->group_base_dn : conf->base_dn, LDAP_SCOPE_SUBTREE,
				   ebb_ldap_filter(conf->group_filter, "", dn, w->arena), attributes, 0, NULL, NULL, NULL,
				   GROUPS_MOST, &found);

	if (rc == LDAP_SUCCESS)
		for (LDAPMessage *entry = ldap_first_entry(w->ld, found); entry != NULL; entry = ldap_next_entry(w->ld, entry))
			add_group(out, count, attribute(w, entry, attributes[0]));
	ldap_msgfree(found);
	return rc == LDAP_SUCCESS ? EBB_OK : away(w, "groups", rc);
}

/* Where the groups stand with the groups. */
static enum ebb_rc
find_groups(const struct walk *w, struct ebb_ldap_person *person)
{
	struct ebb_str out;
	unsigned count = 0;

	if (is_set(w->conf->member_of_attribute) || !is_set(w->conf->group_filter))
		return EBB_OK;
	ebb_str_init(&out, w->arena, 256);
	ebb_str_char(&out, '[');
	EBB_TRY(search_groups(w, person->dn, &out, &count));
	ebb_str_char(&out, ']');
	person->groups_json = ebb_str_done(&out);
	return EBB_OK;
}

/* Where they stand with the person. */
static const char *
own_groups(const struct walk *w, LDAPMessage *entry)
{
	struct berval **values;
	struct ebb_str out;
	unsigned count = 0;

	if (!is_set(w->conf->member_of_attribute))
		return NULL;
	values = ldap_get_values_len(w->ld, entry, w->conf->member_of_attribute);
	ebb_str_init(&out, w->arena, 256);
	ebb_str_char(&out, '[');
	for (int i = 0; values != NULL && values[i] != NULL; i++)
		add_group(&out, &count, ebb_ldap_value(values[i]->bv_val, values[i]->bv_len, w->arena));
	ldap_value_free_len(values);
	ebb_str_char(&out, ']');
	return ebb_str_done(&out);
}

static enum ebb_rc
read_person(const struct walk *w, LDAPMessage *entry, struct ebb_ldap_person *person)
{
	char *dn = ldap_get_dn(w->ld, entry);

	*person = (struct ebb_ldap_person){
		.dn = ebb_arena_strdup(w->arena, dn == NULL ? "" : dn),
		.subject = attribute(w, entry, w->conf->subject_attribute),
		.name = attribute(w, entry, w->conf->name_attribute),
		.email = attribute(w, entry, w->conf->email_attribute),
		.groups_json = own_groups(w, entry),
	};
	ldap_memfree(dn);
	if (!is_set(person->dn) || person->subject == NULL)
		return ebb_fail(w->err, EBB_E_UNAVAILABLE, "%.200s: %.200s has no %s, by which people are told apart.", w->conf->url,
				person->dn, w->conf->subject_attribute);
	return EBB_OK;
}

static char **
wanted(const struct walk *w)
{
	const char *const names[] = { w->conf->subject_attribute, w->conf->name_attribute, w->conf->email_attribute,
				      w->conf->member_of_attribute };
	char **attributes = ebb_arena_zalloc(w->arena, (EBB_COUNT(names) + 1) * sizeof *attributes);
	size_t count = 0;

	for (size_t i = 0; i < EBB_COUNT(names); i++)
		if (is_set(names[i]))
			attributes[count++] = ebb_arena_strdup(w->arena, names[i]);
	return attributes;
}

/* One entry, or none when there are none or several: which of two is meant, nobody knows. */
static enum ebb_rc
find(const struct walk *w, const char *base, int scope, const char *filter, struct ebb_ldap_person *person, bool *is_found_r)
{
	LDAPMessage *found = NULL;
	int rc = ldap_search_ext_s(w->ld, base, scope, filter, wanted(w), 0, NULL, NULL, NULL, 2, &found);
	enum ebb_rc outcome = EBB_OK;

	*is_found_r = false;
	if (rc == LDAP_SUCCESS && ldap_count_entries(w->ld, found) == 1) {
		outcome = read_person(w, ldap_first_entry(w->ld, found), person);
		*is_found_r = outcome == EBB_OK;
	} else if (rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT && rc != LDAP_SIZELIMIT_EXCEEDED) {
		outcome = away(w, "search", rc);
	}
	ldap_msgfree(found);
	return outcome;
}

/* ---- signing in ---- */

/* Who is not there is bound as all the same, by a name nobody has. */
static void
bind_nobody(const struct walk *w)
{
	(void)bind_as(w, ebb_arena_printf(w->arena, "cn=%08x%08x,%s", randombytes_random(), randombytes_random(),
					  is_set(w->conf->base_dn) ? w->conf->base_dn : "dc=invalid"),
		      "nobody's pass-phrase");
}

/* By the account that searches: find, then bind as whom it found. */
static enum ebb_rc
by_search(const struct walk *w, const char *login, const char *password, struct ebb_ldap_person *person, bool *is_right_r)
{
	bool is_found;
	int rc;

	EBB_TRY(bind_service(w));
	EBB_TRY(find(w, w->conf->base_dn, LDAP_SCOPE_SUBTREE, ebb_ldap_filter(w->conf->user_filter, login, NULL, w->arena), person,
		     &is_found));
	if (!is_found || password == NULL) {
		bind_nobody(w);
		return EBB_OK;
	}
	rc = bind_as(w, person->dn, password);
	if (rc != LDAP_SUCCESS)
		return is_no(rc) ? EBB_OK : away(w, "bind", rc);
	/* Only now: a wrong pass-phrase shall take as many steps as a name that nobody has. */
	EBB_TRY(bind_service(w));
	EBB_TRY(find_groups(w, person));
	*is_right_r = true;
	return EBB_OK;
}

/* By the form of the DN: bind, then read what the person may read of themselves. */
static enum ebb_rc
by_name(const struct walk *w, const char *login, const char *password, struct ebb_ldap_person *person, bool *is_right_r)
{
	const char *dn = ebb_ldap_dn(w->conf->user_dn, login, w->arena);
	int rc = password == NULL ? LDAP_INVALID_CREDENTIALS : bind_as(w, dn, password);

	if (password == NULL)
		bind_nobody(w);
	if (rc != LDAP_SUCCESS)
		return is_no(rc) ? EBB_OK : away(w, "bind", rc);
	EBB_TRY(find(w, dn, LDAP_SCOPE_BASE, "(objectClass=*)", person, is_right_r));
	return *is_right_r ? find_groups(w, person) : EBB_OK;
}

static enum ebb_rc
sign_in(const struct ebb_ldap_conf *conf, const char *login, const char *password, struct ebb_ldap_person *person,
	bool *is_right_r, struct ebb_arena *arena, struct ebb_err *err)
{
	struct walk w = { .conf = conf, .arena = arena, .err = err };
	enum ebb_rc rc = dial(&w);

	if (rc == EBB_OK)
		rc = is_set(conf->user_dn) ? by_name(&w, login, password, person, is_right_r)
					   : by_search(&w, login, password, person, is_right_r);
	hang_up(&w);
	return rc;
}

enum ebb_rc
ebb_ldap_sign_in(const struct ebb_ldap_conf *conf, const char *login, const char *password, struct ebb_ldap_person *person,
		 bool *is_right_r, struct ebb_arena *arena, struct ebb_err *err)
{
	*is_right_r = false;
	if (!is_set(login) || !is_set(password))
		return EBB_OK;
	return sign_in(conf, login, password, person, is_right_r, arena, err);
}

enum ebb_rc
ebb_ldap_pretend(const struct ebb_ldap_conf *conf, const char *login, struct ebb_arena *arena, struct ebb_err *err)
{
	struct ebb_ldap_person person;
	bool is_right = false;
	enum ebb_rc rc = sign_in(conf, login, NULL, &person, &is_right, arena, err);

	EBB_ASSERT(!is_right);
	return rc;
}

enum ebb_rc
ebb_ldap_test(const struct ebb_ldap_conf *conf, struct ebb_arena *arena, struct ebb_err *err)
{
	struct walk w = { .conf = conf, .arena = arena, .err = err };
	enum ebb_rc rc = dial(&w);

	if (rc == EBB_OK)
		rc = bind_service(&w);
	hang_up(&w);
	return rc;
}

/* ---- everybody ---- */

static enum ebb_rc
one_page(const struct walk *w, const char *filter, struct berval *cookie, ebb_ldap_person_fn *fn, void *ctx, bool *is_on)
{
	LDAPControl *page = NULL, **answers = NULL, *controls[] = { NULL, NULL };
	LDAPMessage *found = NULL;
	struct ebb_ldap_person person;
	enum ebb_rc outcome = EBB_OK;
	int rc = ldap_create_page_control(w->ld, PAGE_SIZE, cookie, 0, &page);

	if (rc != LDAP_SUCCESS)
		return away(w, "pages", rc);
	controls[0] = page;
	rc = ldap_search_ext_s(w->ld, w->conf->base_dn, LDAP_SCOPE_SUBTREE, filter, wanted(w), 0, controls, NULL, NULL, 0, &found);
	ldap_control_free(page);
	if (rc != LDAP_SUCCESS)
		outcome = away(w, "people", rc);
	for (LDAPMessage *entry = outcome == EBB_OK ? ldap_first_entry(w->ld, found) : NULL; entry != NULL && *is_on && outcome == EBB_OK;
	     entry = ldap_next_entry(w->ld, entry)) {
		outcome = read_person(w, entry, &person);
		if (outcome == EBB_OK)
			outcome = find_groups(w, &person);
		*is_on = outcome == EBB_OK && fn(ctx, &person);
	}
	ber_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0 };
	if (outcome == EBB_OK && ldap_parse_result(w->ld, found, &rc, NULL, NULL, NULL, &answers, 0) == LDAP_SUCCESS && answers != NULL) {
		LDAPControl *answer = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, answers, NULL);
		ber_int_t count;
		if (answer == NULL || ldap_parse_pageresponse_control(w->ld, answer, &count, cookie) != LDAP_SUCCESS)
			*cookie = (struct berval){ 0 };
	}
	ldap_controls_free(answers);
	ldap_msgfree(found);
	return outcome;
}

enum ebb_rc
ebb_ldap_people(const struct ebb_ldap_conf *conf, ebb_ldap_person_fn *fn, void *ctx, struct ebb_arena *arena, struct ebb_err *err)
{
	struct walk w = { .conf = conf, .arena = arena, .err = err };
	struct berval cookie = { 0 };
	bool is_on = true;
	enum ebb_rc rc = dial(&w);

	if (rc == EBB_OK)
		rc = bind_service(&w);
	do {
		if (rc == EBB_OK)
			rc = one_page(&w, is_set(conf->people_filter) ? conf->people_filter : "(objectClass=person)", &cookie, fn, ctx, &is_on);
	} while (rc == EBB_OK && is_on && cookie.bv_len > 0);
	ber_memfree(cookie.bv_val);
	hang_up(&w);
	return rc;
}
