/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: suggests service, request type, impact and urgency of a new ticket by ordered rules: words of its text, who sends it,
 *          from where, what its form says. Every suggestion says which words or fields it stands on.
 * Memory:  start() reads the rules once; they are the state. A ticket needs one byte for each different word.
 * Must not know: what becomes of a suggestion; how words are found (words.h) and rules are read (rules.h).
 */
#include "rules.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A ticket while the rules are asked. */
struct question {
	const struct ebb_plugin_host *host;
	const struct ebb_plugin_ticket *ticket;
	const struct rules *rules;
	uint8_t *hits; /* by number of the word: enum rule_place */
	json_t *form;  /* NULL when no rule asks, or it is no object */
};

struct sentence {
	char text[600];
	size_t length;
};

static void __attribute__((format(printf, 2, 3)))
say(struct sentence *sentence, const char *format, ...)
{
	size_t room = sizeof sentence->text - sentence->length;
	va_list ap;
	int wanted;

	va_start(ap, format);
	wanted = vsnprintf(sentence->text + sentence->length, room, format, ap);
	va_end(ap);
	if (wanted > 0)
		sentence->length += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

/* Stars stand for anything; case of ASCII letters does not count. A star is tried short first, and only the last is tried again. */
static int
matches(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			again = text;
		} else if (*pattern != '\0' && strncasecmp(pattern, text, 1) == 0) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++again;
		} else {
			return 0;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* ---- whether a rule applies ---- */

static const char *
text_of(const struct question *q, int pattern)
{
	return pattern == OF_SENDER ? q->ticket->requester_email : pattern == OF_SITE ? q->ticket->requester_site : q->ticket->channel;
}

static int
is_hit(const struct question *q, const struct rule *rule, const struct rule_word *word)
{
	return (q->hits[word->number] & rule->places) != 0;
}

static int
any_hit(const struct question *q, const struct rule *rule, const struct rule_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_hit(q, rule, &words[i]))
			return 1;
	return 0;
}

/* A field of the form as text; NULL when it is not filled in. */
static const char *
form_text(const struct question *q, const char *field, char *room, size_t size)
{
	const json_t *value = json_object_get(q->form, field);

	if (json_is_integer(value)) {
		snprintf(room, size, "%lld", (long long)json_integer_value(value));
		return room;
	}
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return json_is_string(value) && json_string_value(value)[0] != '\0' ? json_string_value(value) : NULL;
}

static int
applies(const struct question *q, const struct rule *rule)
{
	char room[32];

	if (rule->word_count > 0 && !any_hit(q, rule, rule->words, rule->word_count))
		return 0;
	if (any_hit(q, rule, rule->nots, rule->not_count))
		return 0;
	for (int i = 0; i < OF_COUNT; i++)
		if (rule->patterns[i] != NULL && (text_of(q, i) == NULL || !matches(rule->patterns[i], text_of(q, i))))
			return 0;
	for (size_t i = 0; i < rule->form_count; i++) {
		const char *value = form_text(q, rule->form[i].field, room, sizeof room);

		if (value == NULL || !matches(rule->form[i].pattern, value))
			return 0;
	}
	return 1;
}

/* ---- why ---- */

static void
explain_words(struct sentence *sentence, const struct question *q, const struct rule *rule, unsigned place, const char *where)
{
	const char *between = sentence->length > 0 ? "; " : "";
	int said = 0;

	for (size_t i = 0; i < rule->word_count; i++) {
		unsigned hits = q->hits[rule->words[i].number] & rule->places;

		/* What stands in the subject is not named twice. */
		if ((hits & place) == 0 || (place == IN_DESCRIPTION && (hits & IN_SUBJECT) != 0))
			continue;
		say(sentence, "%s%s", said ? ", " : between, rule->words[i].text);
		said = 1;
	}
	if (said)
		say(sentence, " in the %s", where);
}

static void
explain(struct sentence *sentence, const struct question *q, const struct rule *rule)
{
	sentence->length = 0;
	sentence->text[0] = '\0';
	explain_words(sentence, q, rule, IN_SUBJECT, "subject");
	explain_words(sentence, q, rule, IN_DESCRIPTION, "description");
	for (int i = 0; i < OF_COUNT; i++)
		if (rule->patterns[i] != NULL)
			say(sentence, "%s%s is %s", sentence->length > 0 ? "; " : "", rule_pattern_names[i], rule->patterns[i]);
	for (size_t i = 0; i < rule->form_count; i++)
		say(sentence, "%sform field %s is %s", sentence->length > 0 ? "; " : "", rule->form[i].field,
		    strcmp(rule->form[i].pattern, "*") == 0 ? "filled in" : rule->form[i].pattern);
	say(sentence, " (rule %s)", rule->name);
}

/* ---- what is suggested ---- */

/* The id behind a name, as the desk found it when the rules were saved. */
static const char *
id_of(const struct question *q, int field, const char *name)
{
	const struct ebb_plugin_rows *rows = q->host->rows(q->host, "names");

	for (size_t row = 0; rows != NULL && row < rows->row_count; row++) {
		const char *const *cells = rows->cells + row * rows->column_count;

		if (strcmp(cells[0], rule_set_names[field]) == 0 && strcmp(cells[1], name) == 0)
			return cells[2];
	}
	return NULL;
}

static int
suggest(const struct question *q, const struct rule *rule, int field, const struct sentence *why)
{
	static const char *const fields[SET_COUNT] = { "service_id", "request_type_id", "impact", "urgency" };
	char number[24];
	const char *value = number;

	snprintf(number, sizeof number, "%lld", (long long)rule->set[field].value);
	if (rule->set[field].name != NULL)
		value = id_of(q, field, rule->set[field].name);
	if (value == NULL) {
		q->host->log(q->host, EBB_PLUGIN_WARNING, "A name in a rule is not known any more; save the rules again to see which.");
		return EBB_PLUGIN_SKIP;
	}
	return q->host->suggest(q->host, &(struct ebb_plugin_suggestion){
	    .size = sizeof(struct ebb_plugin_suggestion),
	    .field = fields[field],
	    .value = value,
	    .confidence = rule->confidence,
	    .explanation = why->text,
	});
}

/* The first rule that sets a field has it. */
static int
ask(const struct question *q, int is_first_only)
{
	int result = EBB_PLUGIN_SKIP, is_set[SET_COUNT] = { 0 };
	struct sentence why;

	for (size_t i = 0; i < q->rules->count; i++) {
		const struct rule *rule = &q->rules->rules[i];

		if (!applies(q, rule))
			continue;
		explain(&why, q, rule);
		for (int field = 0; field < SET_COUNT; field++) {
			int given;

			if (is_set[field] || (rule->set[field].name == NULL && rule->set[field].value == 0))
				continue;
			given = suggest(q, rule, field, &why);
			if (given == EBB_PLUGIN_FAIL)
				return q->host->fail(q->host, NULL, "The desk does not take a suggestion.");
			is_set[field] = given == EBB_PLUGIN_OK;
			if (given == EBB_PLUGIN_OK)
				result = EBB_PLUGIN_OK;
		}
		if (is_first_only)
			break;
	}
	return result;
}

/* ---- callbacks ---- */

static int
start(const struct ebb_plugin_host *host, void **state_r)
{
	struct rules *rules = NULL;
	int result = rules_read(host, host->config(host, "rules"), &rules);

	*state_r = rules;
	return result;
}

static int
check(const struct ebb_plugin_host *host)
{
	struct rules *rules;

	return rules_read(host, host->config(host, "rules"), &rules);
}

static int
categorise(const struct ebb_plugin_host *host, void *state, const struct ebb_plugin_ticket *ticket)
{
	const struct rules *rules = state;
	struct question q = { .host = host, .ticket = ticket, .rules = rules };
	int result;

	q.hits = host->alloc(host, words_count(rules->words) + 1);
	if (q.hits == NULL)
		return host->fail(host, NULL, "There is no memory to look for words.");
	words_scan(rules->words, ticket->subject, q.hits, IN_SUBJECT);
	words_scan(rules->words, ticket->description, q.hits, IN_DESCRIPTION);
	if (rules->asks_form)
		q.form = json_loads(ticket->form, 0, NULL);
	result = ask(&q, strcmp(host->config(host, "stop_at_first"), "true") == 0);
	json_decref(q.form);
	return result;
}

/* ---- what the plugin says of itself ---- */

static const struct ebb_plugin_param params[] = {
    { .key = "rules", .help = "Ordered rules, a JSON list; docs/rules.md says how to write them.", .initial = "[]", .type = EBB_PLUGIN_JSON },
    { .key = "stop_at_first", .help = "Ask no further rule after the first that applies; otherwise later ones fill in what it left open.",
      .initial = "false", .type = EBB_PLUGIN_BOOLEAN },
    { .key = NULL },
};
/* Names become ids once, when rules are saved; what is no service or request type of the department refuses them. */
static const char faults[] =
    "with used as ("
    "  select '/rules/' || r.no - 1 || '/set/' || k.kind as pointer, k.kind, r.rule -> 'set' -> k.kind as value, r.rule -> 'set' ->> k.kind as name"
    "    from jsonb_array_elements(($1::jsonb -> 'config' ->> 'rules')::jsonb) with ordinality r (rule, no)"
    "   cross join (values ('service'), ('request_type')) k (kind)"
    "   where r.rule -> 'set' ? k.kind"
    "), known as ("
    "  select 'service' as kind, s.service_id as id, s.service_name as name, s.is_imported from reporting_v1.dim_services s where s.is_active"
    "  union all"
    "  select 'request_type', q.request_type_id, q.request_type_name, false from reporting_v1.dim_request_types q where q.is_active"
    "), meant as ("
    "  select u.pointer, u.kind, u.name, jsonb_typeof(u.value) = 'string' as is_name, k.id"
    "    from used u"
    /* A service of an imported log may be called like one of the desk's own. */
    "    left join lateral (select k.id from known k"
    "                        where k.kind = u.kind and case jsonb_typeof(u.value) when 'string' then k.name = u.name else k.id::text = u.name end"
    "                        order by k.is_imported, k.id limit 1) k on true"
    "), gone as ("
    "  delete from x_classify_rules.name n where not exists (select from meant m where m.is_name and (m.kind, m.name) = (n.kind, n.name))"
    "), kept as ("
    "  insert into x_classify_rules.name (department_id, kind, name, id)"
    "  select distinct ($1::jsonb ->> 'department_id')::int, m.kind, m.name, m.id from meant m where m.is_name and m.id is not null"
    "  on conflict (department_id, kind, name) do update set id = excluded.id"
    ") "
    "select m.pointer, format('There is no active %s %s in this department; there are: %s.', replace(m.kind, '_', ' '), to_json(m.name),"
    "                         (select string_agg(k.name || ' (' || k.id || ')', ', ' order by k.name) from known k where k.kind = m.kind)) as detail"
    "  from meant m where m.id is null order by 1";
static const struct ebb_plugin_statement statements[] = {
    { .name = "names", .sql = "select kind, name, id from x_classify_rules.name", .when = EBB_PLUGIN_WHEN_CATEGORISE },
    { .name = "faults", .sql = faults, .when = EBB_PLUGIN_WHEN_CONFIGURE },
    { .name = NULL },
};
static const char *const reads[] = { "dim_services", "dim_request_types", NULL };

EBB_PLUGIN = {
    .size = sizeof ebb_plugin_v1,
    .major = EBB_PLUGIN_MAJOR,
    .minor = EBB_PLUGIN_MINOR,
    .name = "classify_rules",
    .version = "1.0.0",
    .licence = "Apache-2.0",
    .summary = "Suggests service, request type, impact and urgency of a new ticket by ordered rules on words, sender and form.",
    .params = params,
    .statements = statements,
    .reads = reads,
    .start = start,
    .check = check,
    .categorise = categorise,
};
