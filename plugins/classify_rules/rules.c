/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: from the JSON of the parameter to rules that can be asked; see rules.h. Each function reads one part of a rule and
 *          returns at its first fault.
 * Memory:  see rules.h.
 * Must not know: what is suggested when several rules apply.
 */
#include "rules.h"
#include "read.h"

#include <string.h>

const char *const rule_set_names[SET_COUNT] = { "service", "request_type", "impact", "urgency" };
const char *const rule_pattern_names[OF_COUNT] = { "sender", "site", "channel" };

#define READ_TRY(step)                                                                                                         \
	do {                                                                                                                   \
		int read_result = (step);                                                                                      \
		if (read_result != EBB_PLUGIN_OK)                                                                              \
			return read_result;                                                                                    \
	} while (0)

static int
no_memory(struct reader *reader)
{
	return read_fault(reader, "There is no memory for so many rules.");
}

/* A list of words, or one word. */
static int
read_words(struct reader *reader, struct rules *rules, json_t *json, struct rule_word **words_r, size_t *count_r)
{
	size_t count = json_is_string(json) ? 1 : json_array_size(json), before = reader->length, character;
	struct rule_word *words;
	const char *fault;

	if (!json_is_string(json))
		READ_TRY(read_array(reader, json, LIST_MOST));
	if (count == 0)
		return read_fault(reader, "The list is empty; leave it out or name a word.");
	words = reader->host->alloc(reader->host, count * sizeof *words);
	if (words == NULL)
		return no_memory(reader);
	for (size_t i = 0; i < count; i++) {
		json_t *item = json_is_string(json) ? json : json_array_get(json, i);

		if (item != json)
			read_at(reader, i);
		READ_TRY(read_text(reader, item, TEXT_MOST, &words[i].text));
		fault = words_fault(words[i].text, &character);
		if (fault != NULL)
			return read_fault(reader, "The word \"%s\" cannot be looked for: at character %zu, %s.", words[i].text, character, fault);
		words[i].number = words_add(rules->words, words[i].text);
		read_back(reader, before);
	}
	*words_r = words;
	*count_r = count;
	return EBB_PLUGIN_OK;
}

static int
read_place(struct reader *reader, const json_t *json, unsigned *places_r)
{
	const char *word = json == NULL ? "both" : json_string_value(json);

	*places_r = word == NULL                        ? 0
	            : strcmp(word, "subject") == 0      ? IN_SUBJECT
	            : strcmp(word, "description") == 0  ? IN_DESCRIPTION
	            : strcmp(word, "both") == 0         ? IN_SUBJECT | IN_DESCRIPTION
	                                                : 0;
	return *places_r != 0 ? EBB_PLUGIN_OK : read_fault(reader, "\"subject\", \"description\" or \"both\" is wanted here.");
}

static int
read_form(struct reader *reader, json_t *json, struct rule *rule)
{
	size_t before = reader->length;
	const char *key;
	json_t *value;

	if (!json_is_object(json) || json_object_size(json) == 0 || json_object_size(json) > LIST_MOST)
		return read_fault(reader, "An object of form fields and what they shall be is wanted here, at most %d: {\"site\": \"*\"}.", LIST_MOST);
	rule->form = reader->host->alloc(reader->host, json_object_size(json) * sizeof *rule->form);
	if (rule->form == NULL)
		return no_memory(reader);
	json_object_foreach(json, key, value) {
		struct rule_form *form = &rule->form[rule->form_count++];
		json_t *field = json_string(key);
		int result;

		read_into(reader, key);
		result = read_text(reader, field, TEXT_MOST, &form->field);
		json_decref(field);
		READ_TRY(result);
		READ_TRY(read_text(reader, value, TEXT_MOST, &form->pattern));
		read_back(reader, before);
	}
	return EBB_PLUGIN_OK;
}

static int
read_set(struct reader *reader, const json_t *json, struct rule *rule)
{
	static const char *const names[] = { "service", "request_type", "impact", "urgency", NULL };
	size_t before = reader->length;

	READ_TRY(read_members(reader, json, names));
	if (json_object_size(json) == 0)
		return read_fault(reader, "A rule sets at least one of service, request_type, impact, urgency.");
	for (int field = 0; field < SET_COUNT; field++) {
		const json_t *value = json_object_get(json, rule_set_names[field]);

		if (value == NULL)
			continue;
		read_into(reader, rule_set_names[field]);
		if (field >= SET_IMPACT)
			READ_TRY(read_number(reader, value, 1, 3, &rule->set[field].value));
		else if (json_is_string(value))
			READ_TRY(read_text(reader, value, TEXT_MOST, &rule->set[field].name));
		else if (json_is_integer(value))
			READ_TRY(read_number(reader, value, 1, INT32_MAX, &rule->set[field].value));
		else
			return read_fault(reader, "A name or an id is wanted here.");
		read_back(reader, before);
	}
	return EBB_PLUGIN_OK;
}

static int
read_confidence(struct reader *reader, const json_t *json, double *confidence_r)
{
	*confidence_r = json == NULL ? 0.8 : json_number_value(json);
	if (json != NULL && (!json_is_number(json) || !(*confidence_r > 0) || *confidence_r > 1))
		return read_fault(reader, "A number above 0, up to 1, is wanted here.");
	return EBB_PLUGIN_OK;
}

static int
read_name(struct reader *reader, const struct rules *rules, size_t index, const json_t *json)
{
	READ_TRY(read_text(reader, json, NAME_MOST, &rules->rules[index].name));
	for (size_t i = 0; i < index; i++)
		if (strcmp(rules->rules[i].name, rules->rules[index].name) == 0)
			return read_fault(reader, "Rule %zu has this name already.", i + 1);
	return EBB_PLUGIN_OK;
}

static int
read_conditions(struct reader *reader, struct rules *rules, const json_t *json, struct rule *rule)
{
	size_t before = reader->length;
	json_t *part;
	int is_asked = 0;

	if ((part = json_object_get(json, "words")) != NULL) {
		read_into(reader, "words");
		READ_TRY(read_words(reader, rules, part, &rule->words, &rule->word_count));
		read_back(reader, before);
	}
	if ((part = json_object_get(json, "not")) != NULL) {
		read_into(reader, "not");
		READ_TRY(read_words(reader, rules, part, &rule->nots, &rule->not_count));
		read_back(reader, before);
	}
	for (int i = 0; i < OF_COUNT; i++) {
		if ((part = json_object_get(json, rule_pattern_names[i])) == NULL)
			continue;
		read_into(reader, rule_pattern_names[i]);
		READ_TRY(read_text(reader, part, TEXT_MOST, &rule->patterns[i]));
		read_back(reader, before);
		is_asked = 1;
	}
	if ((part = json_object_get(json, "form")) != NULL) {
		read_into(reader, "form");
		READ_TRY(read_form(reader, part, rule));
		read_back(reader, before);
		rules->asks_form = 1;
	}
	if (!is_asked && rule->word_count == 0 && rule->form_count == 0)
		return read_fault(reader, "The rule asks nothing, so it would apply to every ticket: give it words, sender, site, channel or form.");
	read_into(reader, "in");
	READ_TRY(read_place(reader, json_object_get(json, "in"), &rule->places));
	read_back(reader, before);
	return EBB_PLUGIN_OK;
}

static int
read_rule(struct reader *reader, struct rules *rules, size_t index, const json_t *json)
{
	static const char *const names[] = { "name", "words", "not", "in", "sender", "site", "channel", "form", "set", "confidence", NULL };
	struct rule *rule = &rules->rules[index];
	size_t before = read_at(reader, index), here = reader->length;

	READ_TRY(read_members(reader, json, names));
	read_into(reader, "name");
	READ_TRY(read_name(reader, rules, index, json_object_get(json, "name")));
	read_back(reader, here);
	READ_TRY(read_conditions(reader, rules, json, rule));
	read_into(reader, "set");
	READ_TRY(read_set(reader, json_object_get(json, "set"), rule));
	read_back(reader, here);
	read_into(reader, "confidence");
	READ_TRY(read_confidence(reader, json_object_get(json, "confidence"), &rule->confidence));
	read_back(reader, before);
	return EBB_PLUGIN_OK;
}

/* Room for the words, before any is looked at: whatever is no word is refused later, at its place. */
static void
count_words(const json_t *json, size_t *count, size_t *bytes)
{
	static const char *const lists[] = { "words", "not" };

	for (size_t i = 0; i < json_array_size(json); i++)
		for (int l = 0; l < 2; l++) {
			const json_t *list = json_object_get(json_array_get(json, i), lists[l]);
			size_t most = json_is_string(list) ? 1 : json_array_size(list);

			for (size_t w = 0; w < most; w++) {
				const json_t *word = json_is_string(list) ? list : json_array_get(list, w);

				*count += 1;
				*bytes += json_string_length(word);
			}
		}
}

static int
read_all(struct reader *reader, const json_t *json, struct rules *rules)
{
	size_t count = 0, bytes = 0;

	READ_TRY(read_array(reader, json, RULES_MOST));
	count_words(json, &count, &bytes);
	if (count > WORDS_MOST)
		return read_fault(reader, "The rules have %zu words in all; at most %d are possible.", count, WORDS_MOST);
	rules->count = json_array_size(json);
	rules->rules = reader->host->alloc(reader->host, (rules->count + 1) * sizeof *rules->rules);
	rules->words = words_new(reader->host, count, bytes);
	if (rules->rules == NULL || rules->words == NULL)
		return no_memory(reader);
	for (size_t i = 0; i < rules->count; i++)
		READ_TRY(read_rule(reader, rules, i, json_array_get(json, i)));
	return words_build(rules->words, reader->host) ? EBB_PLUGIN_OK : no_memory(reader);
}

int
rules_read(const struct ebb_plugin_host *host, const char *text, struct rules **rules_r)
{
	struct reader reader = { .host = host };
	struct rules *rules = host->alloc(host, sizeof *rules);
	json_t *json;
	int result;

	read_into(&reader, "rules");
	if (rules == NULL)
		return no_memory(&reader);
	READ_TRY(read_json(&reader, text, &json));
	result = read_all(&reader, json, rules);
	json_decref(json);
	*rules_r = rules;
	return result;
}
