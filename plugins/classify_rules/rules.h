/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the parameter "rules" as the plugin works with it: read once, each fault told with its place, then asked ticket by
 *          ticket which rules apply and why.
 * Memory:  rules_read() takes all by the host's alloc(), texts included; the JSON is let go before it returns.
 * Must not know: what is suggested when several rules apply; the desk's services.
 */
#ifndef CLASSIFY_RULES_RULES_H
#define CLASSIFY_RULES_RULES_H

#include <ebb/plugin.h>

#include "words.h"

#define RULES_MOST 500
#define WORDS_MOST 5000
#define LIST_MOST 100
#define NAME_MOST 80
#define TEXT_MOST 100

enum rule_place { IN_SUBJECT = 1, IN_DESCRIPTION = 2 };
/* What a rule may set; the fields of service and request type take a name or an id. */
enum rule_field { SET_SERVICE, SET_REQUEST_TYPE, SET_IMPACT, SET_URGENCY, SET_COUNT };
/* What a rule may ask of a whole text, with stars for anything. */
enum rule_pattern { OF_SENDER, OF_SITE, OF_CHANNEL, OF_COUNT };

struct rule_word {
	const char *text; /* as it was written */
	size_t number;    /* in struct words */
};

struct rule_form {
	const char *field, *pattern;
};

struct rule {
	const char *name;
	size_t word_count, not_count, form_count;
	struct rule_word *words, *nots;
	struct rule_form *form;
	const char *patterns[OF_COUNT]; /* NULL: not asked */
	unsigned places;
	struct {
		const char *name; /* NULL: an id or number */
		int64_t value;    /* 0 with a name of NULL: not set */
	} set[SET_COUNT];
	double confidence;
};

struct rules {
	size_t count;
	struct rule *rules;
	struct words *words;
	int asks_form;
};

extern const char *const rule_set_names[SET_COUNT];     /* as they are configured */
extern const char *const rule_pattern_names[OF_COUNT];

/* EBB_PLUGIN_OK, or what host->fail() returned for the first fault. */
int rules_read(const struct ebb_plugin_host *host, const char *json, struct rules **rules_r);

#endif
