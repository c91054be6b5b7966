/* SPDX-License-Identifier: Apache-2.0
 * Purpose: reads one value's place in a mapping: columns, vocabulary, default, conditions. See mapping.h.
 * Memory: the mapping's arena; texts belong to the mapping's JSON, which lives as long.
 * Must not know: the top of the mapping, files, rows.
 */
#include "ctl/mapping.h"

#include <string.h>

static const char *const states[] = { "new", "active", "waiting", "resolved", "closed", "cancelled", NULL };
static const char *const reasons[] = { "requester", "supplier", "approval", "scheduled", NULL };
static const char *const kinds[] = { "incident", "request", "problem", "change", "task", NULL };

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(text, *list) == 0)
            return true;
    return false;
}

static const char *under(struct ebb_mapping *m, const char *pointer, const char *member)
{
    struct ebb_str text;
    ebb_str_init(&text, m->arena, 64);
    ebb_str_add(&text, pointer);
    ebb_str_pointer(&text, member, strlen(member));
    return ebb_str_done(&text);
}

static bool is_listed(const char *name, const char *list)
{
    size_t len = strlen(name);
    for (const char *at = list; len > 0 && (at = strstr(at, name)) != NULL; at += len)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

void ebb_mapping_members(struct ebb_mapping *m, const json_t *object, const char *pointer, const char *allowed)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
        if (!is_listed(key, allowed))
            ebb_err_item(m->err, under(m, pointer, key), "there is no such member here; known are: %s", allowed);
}

int ebb_mapping_place(struct ebb_mapping *m, const char *column, const char *pointer)
{
    for (int i = 0; i < m->column_count; i++)
        if (strcmp(m->column[i], column) == 0)
            return i;
    if (m->column_count == m->column_room) {
        size_t old = (size_t)m->column_room, room = old * 2 + 32;
        m->column = ebb_arena_grow(m->arena, m->column, old * sizeof *m->column, room * sizeof *m->column);
        m->column_pointer = ebb_arena_grow(m->arena, m->column_pointer, old * sizeof *m->column_pointer, room * sizeof *m->column_pointer);
        m->bound = ebb_arena_grow(m->arena, m->bound, old * sizeof *m->bound, room * sizeof *m->bound);
        m->column_room = (int)room;
    }
    m->column[m->column_count] = column;
    m->column_pointer[m->column_count] = pointer;
    m->bound[m->column_count] = -1;
    return m->column_count++;
}

void ebb_mapping_texts(struct ebb_mapping *m, const json_t *json, const char *pointer, const char ***texts_r, int *count_r)
{
    size_t count = json_is_array(json) ? json_array_size(json) : 1;
    const char **texts = ebb_arena_zalloc(m->arena, (count + 1) * sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_is_array(json) ? json_array_get(json, i) : json;
        if (!json_is_string(item)) {
            ebb_err_item(m->err, pointer, "must be a string or an array of strings");
            count = 0;
            break;
        }
        texts[i] = json_string_value(item);
    }
    *texts_r = texts;
    *count_r = (int)count;
}

void ebb_mapping_names(struct ebb_mapping *m, const json_t *json, const char *pointer, struct ebb_names *names_r)
{
    const char **texts;
    int count;
    ebb_mapping_texts(m, json, pointer, &texts, &count);
    names_r->place = ebb_arena_zalloc(m->arena, (size_t)(count + 1) * sizeof *names_r->place);
    names_r->count = count;
    for (int i = 0; i < count; i++)
        names_r->place[i] = ebb_mapping_place(m, texts[i], pointer);
}

static void word_state(struct ebb_mapping *m, const json_t *json, const char *pointer, struct ebb_word *word)
{
    const json_t *state = json;
    if (json_is_object(json)) {
        ebb_mapping_members(m, json, pointer, "state waiting_reason");
        state = json_object_get(json, "state");
        word->waiting_reason = json_string_value(json_object_get(json, "waiting_reason"));
    }
    word->text = json_string_value(state);
    if (word->text == NULL || !is_one_of(word->text, states)) {
        ebb_err_item(m->err, pointer, "must be one of new, active, waiting, resolved, closed, cancelled (or null: the state stays as it was)");
        return;
    }
    bool is_waiting = strcmp(word->text, "waiting") == 0;
    bool has_reason = word->waiting_reason != NULL && is_one_of(word->waiting_reason, reasons);
    if (is_waiting && !has_reason)
        ebb_err_item(m->err, pointer, "waiting needs a reason: {\"state\": \"waiting\", \"waiting_reason\": \"requester\"}, or supplier, approval, scheduled");
    if (!is_waiting && json_object_get(json, "waiting_reason") != NULL)
        ebb_err_item(m->err, pointer, "only the state waiting has a waiting_reason");
}

static void word_scale(struct ebb_mapping *m, const json_t *json, const char *pointer, int most, struct ebb_word *word)
{
    static const char *const digits[] = { "1", "2", "3", "4" };
    long long value = json_is_integer(json) ? json_integer_value(json) : 0;
    const char *text = json_string_value(json);
    if (text != NULL && text[0] >= '1' && text[0] <= '4' && text[1] == '\0')
        value = text[0] - '0';
    if (value < 1 || value > most)
        ebb_err_item(m->err, pointer, "must be a number from 1 (highest) to %d, or null", most);
    else
        word->text = digits[value - 1];
}

static void word_of(struct ebb_mapping *m, const struct ebb_pick *pick, const json_t *json, const char *pointer, struct ebb_word *word)
{
    *word = (struct ebb_word) { 0 };
    if (json_is_null(json))
        return;
    switch (pick->kind) {
    case EBB_KIND_STATE: word_state(m, json, pointer, word); return;
    case EBB_KIND_SCALE3: word_scale(m, json, pointer, 3, word); return;
    case EBB_KIND_SCALE4: word_scale(m, json, pointer, 4, word); return;
    case EBB_KIND_KIND:
        word->text = json_string_value(json);
        if (word->text == NULL || !is_one_of(word->text, kinds))
            ebb_err_item(m->err, pointer, "must be one of incident, request, problem, change, task, or null");
        return;
    case EBB_KIND_TEXT:
    case EBB_KIND_COUNT:
        word->text = json_string_value(json);
        if (word->text == NULL || strlen(word->text) > (size_t)pick->longest)
            ebb_err_item(m->err, pointer, "must be a string of at most %d bytes, or null", pick->longest);
        return;
    }
}

static void read_map(struct ebb_mapping *m, const json_t *spec, const char *pointer, struct ebb_pick *pick)
{
    json_t *map = json_object_get(spec, "map"), *value;
    const json_t *fold = json_object_get(spec, "ignore_case");
    const char *at = under(m, pointer, "map"), *key;
    if (fold != NULL && !json_is_boolean(fold))
        ebb_err_item(m->err, under(m, pointer, "ignore_case"), "must be true or false");
    if (map == NULL)
        return;
    if (!json_is_object(map) || pick->kind == EBB_KIND_COUNT) {
        ebb_err_item(m->err, at, pick->kind == EBB_KIND_COUNT ? "a count has no map" : "must be an object: {\"the source's word\": \"ours\"}");
        return;
    }
    const char *separator = pick->from.count > 1 && !pick->is_first_of ? pick->separator : NULL;
    struct ebb_vocab *vocab = ebb_vocab_new(m->arena, (int)json_object_size(map), json_is_true(fold), separator);
    json_object_foreach(map, key, value) {
        struct ebb_word word;
        word_of(m, pick, value, under(m, at, key), &word);
        if (separator != NULL && ebb_vocab_parts(key, separator) != pick->from.count)
            ebb_err_item(m->err, under(m, at, key), "must have %d parts, one per column, with \"%s\" between them", pick->from.count, separator);
        ebb_vocab_add(vocab, key, &word);
    }
    const char *twice = ebb_vocab_seal(vocab);
    if (twice != NULL)
        ebb_err_item(m->err, at, "\"%s\" stands there twice when upper and lower case are the same", twice);
    pick->map = vocab;
}

static void read_conditions(struct ebb_mapping *m, json_t *spec, const char *pointer, struct ebb_pick *pick)
{
    static const char *const members[] = { "when", "unless" };
    for (int i = 0; i < 2; i++) {
        json_t *list = json_object_get(spec, members[i]), *value;
        const char *at = under(m, pointer, members[i]), *column;
        if (list == NULL)
            continue;
        if (!json_is_object(list)) {
            ebb_err_item(m->err, at, "must be an object: {\"a column\": [\"a value\", \"another\"]}");
            continue;
        }
        size_t old = (size_t)pick->condition_count, room = old + json_object_size(list);
        pick->condition = ebb_arena_grow(m->arena, pick->condition, old * sizeof *pick->condition, (room + 1) * sizeof *pick->condition);
        json_object_foreach(list, column, value) {
            const char *here = under(m, at, column);
            struct ebb_condition *condition = &pick->condition[pick->condition_count++];
            condition->is_negated = i == 1;
            condition->place = ebb_mapping_place(m, column, here);
            ebb_mapping_texts(m, value, here, &condition->value, &condition->count);
        }
    }
}

/* Exactly one of them says where the value comes from. */
static void read_source(struct ebb_mapping *m, const json_t *spec, const char *pointer, struct ebb_pick *pick)
{
    static const char *const members[] = { "column", "columns", "first_of", "value" };
    int found = 0;
    for (int i = 0; i < 4; i++) {
        const json_t *json = json_object_get(spec, members[i]);
        if (json == NULL)
            continue;
        found++;
        const char *at = under(m, pointer, members[i]);
        if (i == 3) {
            struct ebb_word *word = EBB_NEW(m->arena, struct ebb_word);
            word_of(m, pick, json, at, word);
            pick->constant = word;
        } else {
            if (i == 0 && !json_is_string(json))
                ebb_err_item(m->err, at, "must be the name of a column");
            ebb_mapping_names(m, json, at, &pick->from);
            pick->is_first_of = i == 2;
        }
    }
    if (found != 1)
        ebb_err_item(m->err, pointer, "needs exactly one of column, columns, first_of and value");
}

static const struct ebb_word *read_word(struct ebb_mapping *m, const json_t *spec, const char *member, const char *pointer,
    const struct ebb_pick *pick)
{
    const json_t *json = json_object_get(spec, member);
    if (json == NULL)
        return NULL;
    struct ebb_word *word = EBB_NEW(m->arena, struct ebb_word);
    word_of(m, pick, json, under(m, pointer, member), word);
    return word;
}

void ebb_mapping_pick(struct ebb_mapping *m, const json_t *json, const char *pointer, struct ebb_pick *pick)
{
    pick->is_set = true;
    pick->pointer = pointer;
    if (pick->separator == NULL)
        pick->separator = " + ";
    if (json_is_string(json)) {
        ebb_mapping_names(m, json, pointer, &pick->from);
        return;
    }
    if (!json_is_object(json)) {
        ebb_err_item(m->err, pointer, "must be the name of a column, or an object");
        return;
    }
    json_t *spec = (json_t *)(uintptr_t)json; /* only iterated */
    ebb_mapping_members(m, json, pointer, "column columns first_of value separator map ignore_case default if_missing strict when unless");
    const json_t *separator = json_object_get(json, "separator"), *strict = json_object_get(json, "strict");
    if (separator != NULL && (!json_is_string(separator) || json_string_length(separator) == 0))
        ebb_err_item(m->err, under(m, pointer, "separator"), "must be a string of at least one character");
    else if (separator != NULL)
        pick->separator = json_string_value(separator);
    if (strict != NULL && !json_is_boolean(strict))
        ebb_err_item(m->err, under(m, pointer, "strict"), "must be true or false");
    pick->is_strict = json_is_true(strict);
    read_source(m, json, pointer, pick);
    read_map(m, json, pointer, pick);
    read_conditions(m, spec, pointer, pick);
    pick->otherwise = read_word(m, json, "default", pointer, pick);
    pick->if_missing = read_word(m, json, "if_missing", pointer, pick);
}
