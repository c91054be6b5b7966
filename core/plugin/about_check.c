/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: does what a plugin says of itself make sense: names, lengths, uniqueness, and that each thing it declares has
 *          the callback that serves it.
 * Memory:  none of its own; items lie in the error's arena.
 * Must not know: files, the database.
 */
#include "plugin/about.h"

#include "base/utf8.h"

#include <string.h>

struct checking {
	const struct ebb_plugin_about *about;
	struct ebb_err *err;
};

bool
ebb_about_is_name(const char *text, size_t longest)
{
	size_t length = strlen(text);

	if (length == 0 || length > longest || text[0] < 'a' || text[0] > 'z')
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* A sentence for people: UTF-8, one line, not longer than it should be. */
static void
check_sentence(struct checking *c, const char *pointer, const char *text, bool must)
{
	if (text == NULL || text[0] == '\0') {
		if (must)
			ebb_err_item(c->err, pointer, "must be given: one sentence for people");
		return;
	}
	if (!ebb_utf8_is_valid(text, strlen(text)))
		ebb_err_item(c->err, pointer, "is no UTF-8: save the source as UTF-8");
	else if (ebb_utf8_count(text, strlen(text)) > EBB_ABOUT_SENTENCE)
		ebb_err_item(c->err, pointer, "is longer than %d characters", EBB_ABOUT_SENTENCE);
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < ' ') {
			ebb_err_item(c->err, pointer, "holds a line end or another control character");
			break;
		}
}

static void
check_name(struct checking *c, const char *pointer, const char *name, size_t longest)
{
	if (name == NULL || !ebb_about_is_name(name, longest))
		ebb_err_item(c->err, pointer, "must be a lower-case name like \"team_2\", at most %zu characters", longest);
}

static bool
is_version(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits > 0 && strlen(text) <= 40 && text[digits] == '.' &&
	       strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-~") == strlen(text);
}

static void
check_self(struct checking *c)
{
	const struct ebb_plugin_about *a = c->about;

	check_name(c, "/name", a->name, EBB_PLUGIN_NAME_MAX);
	if (a->version == NULL || !is_version(a->version))
		ebb_err_item(c->err, "/version", "must be a version like \"1.2.3\"");
	if (a->licence == NULL || a->licence[0] == '\0' || strlen(a->licence) > 100 ||
	    strspn(a->licence, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .+()-") != strlen(a->licence))
		ebb_err_item(c->err, "/licence", "must be an SPDX expression like \"Apache-2.0\"");
	check_sentence(c, "/summary", a->summary, true);
	if (a->needs & ~EBB_PLUGIN_NEEDS_NETWORK)
		ebb_err_item(c->err, "/needs", "asks for something that this desk does not know (0x%x): it needs a newer desk", a->needs);
	if (a->kinds == 0)
		ebb_err_item(c->err, "", "serves nothing: give at least one of .categorise, .automate and .report");
	if (a->tick_s != 0 && (a->tick_s < 60 || a->tick_s > 31 * 86400))
		ebb_err_item(c->err, "/tick_s", "must be 0, or from 60 seconds to 31 days");
	if ((a->tick_s != 0 || a->event_count > 0) && !(a->kinds & EBB_KIND_AUTOMATE))
		ebb_err_item(c->err, "/automate", "must be given where .events or .tick_s are");
	if ((a->kinds & EBB_KIND_AUTOMATE) && a->tick_s == 0 && a->event_count == 0)
		ebb_err_item(c->err, "/events", "must name at least one event, or .tick_s be set: automate() would never be called");
	if ((a->kinds & EBB_KIND_REPORT) && a->report_count == 0)
		ebb_err_item(c->err, "/reports", "must declare at least one report: report() would never be called");
	if (a->report_count > 0 && !(a->kinds & EBB_KIND_REPORT))
		ebb_err_item(c->err, "/report", "must be given where .reports are");
}

static void
check_param(struct checking *c, const char *pointer, const struct ebb_plugin_param *p)
{
	const char *fault;

	check_name(c, pointer, p->key, 41);
	check_sentence(c, ebb_arena_printf(c->err->arena, "%s/help", pointer), p->help, true);
	if (p->type > EBB_PLUGIN_JSON || p->reserved != 0) {
		ebb_err_item(c->err, pointer, "has a type that this desk does not know: use one of enum ebb_plugin_type, .reserved = 0");
		return;
	}
	if (p->type != EBB_PLUGIN_CHOICE)
		check_sentence(c, ebb_arena_printf(c->err->arena, "%s/unit", pointer), p->unit, false);
	else if (p->unit == NULL || strlen(p->unit) > 1000 || p->unit[0] == '\0' || !ebb_utf8_is_valid(p->unit, strlen(p->unit)) ||
		 strstr(p->unit, "||") != NULL || p->unit[0] == '|' || p->unit[strlen(p->unit) - 1] == '|')
		ebb_err_item(c->err, pointer, "is a choice, so .unit must hold its words: \"low|high\"");
	if (p->least > p->most)
		ebb_err_item(c->err, pointer, "has .least above .most");
	if (p->type == EBB_PLUGIN_SECRET && p->initial != NULL)
		ebb_err_item(c->err, pointer, "is a secret: it has no initial value, for everybody could read it in the file");
	if (p->initial == NULL || p->type == EBB_PLUGIN_SECRET || (p->type == EBB_PLUGIN_CHOICE && p->unit == NULL))
		return;
	fault = ebb_about_value_fault(p, p->initial, c->err->arena);
	if (fault != NULL)
		ebb_err_item(c->err, ebb_arena_printf(c->err->arena, "%s/initial", pointer), "must be %s", fault);
}

static void
check_params(struct checking *c)
{
	for (size_t i = 0; i < c->about->param_count; i++) {
		const struct ebb_plugin_param *p = &c->about->params[i];
		const char *pointer = ebb_arena_printf(c->err->arena, "/params/%zu", i);

		check_param(c, pointer, p);
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->key, c->about->params[k].key) == 0) {
				ebb_err_item(c->err, pointer, "has the key %s, which stands above already", p->key);
				break;
			}
	}
}

static bool
has_report(const struct ebb_plugin_about *about, const char *name)
{
	for (size_t i = 0; i < about->report_count; i++)
		if (strcmp(about->reports[i].name, name) == 0)
			return true;
	return false;
}

static void
check_statement(struct checking *c, const char *pointer, const struct ebb_plugin_statement *s)
{
	const unsigned all = EBB_PLUGIN_WHEN_CATEGORISE | EBB_PLUGIN_WHEN_AUTOMATE | EBB_PLUGIN_WHEN_REPORT | EBB_PLUGIN_WHEN_CONFIGURE;
	const unsigned served = c->about->kinds | EBB_PLUGIN_WHEN_CONFIGURE; /* the bits are the same */
	size_t length = s->sql != NULL ? strlen(s->sql) : 0;

	check_name(c, pointer, s->name, 31);
	while (length > 0 && strchr(" \t\r\n", s->sql[length - 1]) != NULL)
		length--;
	if (length == 0 || !ebb_utf8_is_valid(s->sql, length))
		ebb_err_item(c->err, pointer, "has no .sql in UTF-8");
	else if (s->sql[length - 1] == ';')
		ebb_err_item(c->err, pointer, "must be one statement without a semicolon at its end");
	if (s->when == 0 || (s->when & ~all) || s->reserved != 0)
		ebb_err_item(c->err, pointer, "must say .when it is run, by bits of enum ebb_plugin_when, .reserved = 0");
	else if (s->when & ~served)
		ebb_err_item(c->err, pointer, "is to be run for a callback that the plugin does not have: see .when");
	if (s->report != NULL && (!(s->when & EBB_PLUGIN_WHEN_REPORT) || !has_report(c->about, s->report)))
		ebb_err_item(c->err, pointer, "names the report \"%.40s\": declare it in .reports, and say EBB_PLUGIN_WHEN_REPORT", s->report);
}

static void
check_statements(struct checking *c)
{
	for (size_t i = 0; i < c->about->statement_count; i++) {
		const char *pointer = ebb_arena_printf(c->err->arena, "/statements/%zu", i);

		check_statement(c, pointer, &c->about->statements[i]);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->about->statements[i].name, c->about->statements[k].name) == 0) {
				ebb_err_item(c->err, pointer, "has a name that stands above already");
				break;
			}
	}
}

/* Each of "a|b|c" is known (`known` NULL: a name), and none comes twice. */
static bool
are_words(const char *words, const char *known)
{
	for (const char *at = words;; at++) {
		size_t length = strcspn(at, "|");
		char word[64];

		if (length == 0 || length >= sizeof word)
			return false;
		memcpy(word, at, length);
		word[length] = '\0';
		if (known != NULL ? !ebb_about_has_word(known, word, length) : !ebb_about_is_name(word, 41))
			return false;
		if (at[length] == '|' && ebb_about_has_word(at + length + 1, word, length))
			return false;
		at += length;
		if (*at == '\0')
			return true;
	}
}

static void
check_reports(struct checking *c)
{
	for (size_t i = 0; i < c->about->report_count; i++) {
		const struct ebb_plugin_report *r = &c->about->reports[i];
		const char *pointer = ebb_arena_printf(c->err->arena, "/reports/%zu", i);

		check_name(c, pointer, r->name, 41);
		check_sentence(c, ebb_arena_printf(c->err->arena, "%s/title", pointer), r->title, true);
		if (r->formats == NULL || !are_words(r->formats, "json|csv|html|pdf"))
			ebb_err_item(c->err, pointer, "must say its .formats, of json, csv, html and pdf: \"html|csv\"");
		if (r->params != NULL && !are_words(r->params, NULL))
			ebb_err_item(c->err, pointer, "must say its .params as names: \"team_id|days\", or NULL");
		for (size_t k = 0; k < i; k++)
			if (strcmp(r->name, c->about->reports[k].name) == 0) {
				ebb_err_item(c->err, pointer, "has a name that stands above already");
				break;
			}
	}
}

static bool
is_event(const char *text)
{
	size_t dot = strcspn(text, ".");
	char noun[64];

	if (dot >= sizeof noun || text[dot] == '\0')
		return false;
	memcpy(noun, text, dot);
	noun[dot] = '\0';
	return ebb_about_is_name(noun, 40) && (strcmp(text + dot + 1, "*") == 0 || ebb_about_is_name(text + dot + 1, 40));
}

static void
check_words(struct checking *c)
{
	const struct ebb_plugin_about *a = c->about;

	for (size_t i = 0; i < a->event_count; i++) {
		const char *pointer = ebb_arena_printf(c->err->arena, "/events/%zu", i);

		if (strcmp(a->events[i], "tick") == 0)
			ebb_err_item(c->err, pointer, "is no event to be named: set .tick_s");
		else if (!is_event(a->events[i]))
			ebb_err_item(c->err, pointer, "must be an event like \"ticket.opened\" or \"ticket.*\"");
		for (size_t k = 0; k < i; k++)
			if (strcmp(a->events[i], a->events[k]) == 0)
				ebb_err_item(c->err, pointer, "stands above already");
	}
	for (size_t i = 0; i < a->read_count; i++) {
		const char *pointer = ebb_arena_printf(c->err->arena, "/reads/%zu", i);

		if (!ebb_about_is_name(a->reads[i], 63))
			ebb_err_item(c->err, pointer, "must be the name of a view of reporting_v1, without the schema");
		for (size_t k = 0; k < i; k++)
			if (strcmp(a->reads[i], a->reads[k]) == 0)
				ebb_err_item(c->err, pointer, "stands above already");
	}
}

enum ebb_rc
ebb_about_check(const struct ebb_plugin_about *about, struct ebb_err *err)
{
	struct checking c = { about, err };

	check_self(&c);
	check_params(&c);
	check_statements(&c);
	check_reports(&c);
	check_words(&c);
	return ebb_fail_items(err, EBB_E_INVALID, "What " EBB_PLUGIN_SYMBOL " says cannot be used.");
}
