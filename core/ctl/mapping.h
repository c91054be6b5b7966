/* SPDX-License-Identifier: Apache-2.0
 * Purpose: a mapping file: what the columns of a foreign log mean here. Read and checked once (mapping.c, mapping_pick.c),
 * bound to the columns of a file (mapping_bind), applied to every row (apply.c). docs/mapping.schema.json says the same to
 * editors and other programs.
 * Memory: the arena given at the reading.
 * Must not know: the database, where rows come from.
 */
#ifndef EBB_CTL_MAPPING_H
#define EBB_CTL_MAPPING_H

#include "base/err.h"
#include "base/str.h"
#include "ctl/reader.h"
#include "ctl/vocab.h"

#include <jansson.h>

enum ebb_kind { EBB_KIND_STATE, EBB_KIND_TEXT, EBB_KIND_KIND, EBB_KIND_SCALE3, EBB_KIND_SCALE4, EBB_KIND_COUNT };

enum ebb_field {
#define FIELD(name, kind, longest, pointer) EBB_FIELD_##name,
#include "ctl/fields.def"
#undef FIELD
    EBB_FIELDS
};

struct ebb_field_row {
    const char *name;
    enum ebb_kind kind;
    int longest;
    const char *pointer;
};
extern const struct ebb_field_row ebb_fields[EBB_FIELDS];

/* What can happen to a ticket that has one row for its whole life, in the order in which it happens. */
enum ebb_moment { EBB_OPENED, EBB_ASSIGNED, EBB_WAITING, EBB_RESOLVED, EBB_REOPENED, EBB_CLOSED, EBB_CANCELLED, EBB_UPDATED, EBB_MOMENTS };
extern const char *const ebb_moment_names[EBB_MOMENTS];

/* Columns by their place in mapping->column; the same column named twice has one place. */
struct ebb_names {
    int *place;
    int count;
};

/* Holds when the column has one of the values (or, negated, none of them). */
struct ebb_condition {
    int place;
    const char **value;
    int count;
    bool is_negated;
};

/* Where one value comes from and what becomes of it. */
struct ebb_pick {
    bool is_set;
    enum ebb_kind kind;
    int longest;
    const char *pointer; /* where it stands in the mapping, for sentences */
    struct ebb_names from;
    bool is_first_of; /* the first column that has a value, instead of all of them joined */
    const char *separator;
    const struct ebb_word *constant; /* "value": no column at all */
    const struct ebb_vocab *map;
    const struct ebb_word *otherwise; /* "default": for a word the map lacks */
    const struct ebb_word *if_missing;
    bool is_strict; /* text that the map lacks is refused */
    struct ebb_condition *condition;
    int condition_count;
};

struct ebb_when {
    struct ebb_names from[EBB_MOMENTS]; /* shape event: [0] only */
    const char *separator;
    const char **form;
    int form_count;
    const char *zone;
};

struct ebb_mapping {
    struct ebb_arena *arena;
    struct ebb_err *err;
    json_t *json;
    const char *text; /* as it goes to the database */
    bool is_ticket_shape;
    struct ebb_reader_opts opts;
    const char *source_name, *default_service; /* what has no service falls to the default one, in the database */
    const char **missing;
    int missing_count;
    struct ebb_pick id;
    struct ebb_when at;
    struct ebb_pick field[EBB_FIELDS];
    struct ebb_names order, keep;
    bool is_all_kept;
    bool is_carried[EBB_FIELDS]; /* a missing value means: as before; the database knows what was before */
    const char **column; /* every column the mapping names, and where it names it */
    const char **column_pointer;
    int *bound; /* its number in the file */
    int column_count, column_room;
};

/* On failure err lists every fault by JSON pointer. */
EBB_MUST enum ebb_rc ebb_mapping_load(struct ebb_mapping **mapping_r, const char *path, struct ebb_arena *arena, struct ebb_err *err);
EBB_MUST enum ebb_rc ebb_mapping_parse(struct ebb_mapping **mapping_r, const char *text, size_t len, struct ebb_arena *arena,
    struct ebb_err *err);
/* Finds the mapping's columns in a file. is_complete: these are all columns there will be, a missing one is an error; else
 * returns in *missing_r how many have not been seen yet. */
EBB_MUST enum ebb_rc ebb_mapping_bind(struct ebb_mapping *mapping, struct ebb_columns *columns, bool is_complete, int *missing_r);

/* ---- between mapping.c and mapping_pick.c ---- */
int ebb_mapping_place(struct ebb_mapping *mapping, const char *column, const char *pointer);
/* One name, or an array of names. */
void ebb_mapping_names(struct ebb_mapping *mapping, const json_t *json, const char *pointer, struct ebb_names *names_r);
void ebb_mapping_pick(struct ebb_mapping *mapping, const json_t *json, const char *pointer, struct ebb_pick *pick);
void ebb_mapping_texts(struct ebb_mapping *mapping, const json_t *json, const char *pointer, const char ***texts_r, int *count_r);
/* Complains of members that are not in the blank-separated list. */
void ebb_mapping_members(struct ebb_mapping *mapping, const json_t *object, const char *pointer, const char *allowed);

#endif
