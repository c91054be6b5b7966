/* SPDX-License-Identifier: Apache-2.0
 * Purpose: see record.h. Memory: ctl->arena. Must not know: what stands in a record.
 */
#include "ctl/record.h"

#include <string.h>
#include <sysexits.h>

#define WORD EBB_RECORD_WORD
#define FLAG EBB_RECORD_FLAG
#define NUMBER EBB_RECORD_NUMBER
#define CREATE EBB_RECORD_CREATE
#define CHANGE EBB_RECORD_CHANGE
#define LIST EBB_RECORD_LIST

static const struct ebb_record records[] = {
#define RECORD(noun, kind, name, plural) { noun, kind, name, plural },
#define FIELD(kind, field, shown, option, type, where, title, arg, help)
#include "ctl/records.def"
#undef RECORD
#undef FIELD
};

const struct ebb_record_field ebb_record_fields[] = {
#define RECORD(noun, kind, name, plural)
#define FIELD(kind, field, shown, option, type, where, title, arg, help) { kind, field, shown, option, type, where, title, arg, help },
#include "ctl/records.def"
#undef RECORD
#undef FIELD
};
const size_t ebb_record_field_count = EBB_COUNT(ebb_record_fields);

const struct ebb_record *ebb_record_of(const char *noun)
{
    for (size_t i = 0; i < EBB_COUNT(records); i++)
        if (strcmp(records[i].noun, noun) == 0)
            return &records[i];
    EBB_ASSERT(!"commands.def names a noun that records.def has not");
    return NULL;
}

const char *ebb_record_text(struct ebb_ctl *ctl, const json_t *value)
{
    struct ebb_str text;
    size_t i;
    const json_t *part;
    switch (value == NULL ? JSON_NULL : json_typeof(value)) {
    case JSON_STRING: return json_string_value(value);
    case JSON_TRUE: return "yes";
    case JSON_FALSE: return "no";
    case JSON_INTEGER: return ebb_arena_printf(ctl->arena, "%lld", (long long)json_integer_value(value));
    case JSON_ARRAY:
        ebb_str_init(&text, ctl->arena, 64);
        json_array_foreach((json_t *)(uintptr_t)value, i, part)
            ebb_str_printf(&text, "%s%s", i == 0 ? "" : ", ", ebb_record_text(ctl, part));
        return text.length == 0 ? "none" : ebb_str_done(&text);
    default: return "";
    }
}

static const char *title_of(const struct ebb_record_field *field)
{
    return field->title + (*field->title == '>');
}

void ebb_record_print(struct ebb_ctl *ctl, const struct ebb_record *record, const json_t *row)
{
    const char *key = ebb_arena_printf(ctl->arena, "%s_id", record->kind);
    printf("%-22s %s\n", record->noun, ebb_record_text(ctl, json_object_get(row, key)));
    if (*record->name != '\0')
        printf("%-22s %s\n", "name", ebb_record_text(ctl, json_object_get(row, record->name)));
    for (size_t i = 0; i < ebb_record_field_count; i++) {
        const struct ebb_record_field *field = &ebb_record_fields[i];
        if (strcmp(field->kind, record->kind) != 0 || *field->title == '\0' || strcmp(field->field, record->name) == 0)
            continue;
        const char *text = ebb_record_text(ctl, json_object_get(row, field->shown));
        printf("%-22s %s\n", title_of(field), *text == '\0' ? "-" : text);
    }
    printf("%-22s %s\n", "version", ebb_record_text(ctl, json_object_get(row, "version")));
}

int ebb_record_told(struct ebb_ctl *ctl, const struct ebb_record *record, const json_t *row, const char *did, const char *would)
{
    if (ctl->is_json) {
        ebb_ctl_print(row);
        return EX_OK;
    }
    const char *name = *record->name == '\0' ? "" : ebb_record_text(ctl, json_object_get(row, record->name));
    const char *department = ebb_record_text(ctl, json_object_get(row, "department"));
    printf("%s %s %s", ctl->is_dry_run ? would : did, record->noun, ebb_record_text(ctl, json_object_get(row, ebb_arena_printf(ctl->arena, "%s_id", record->kind))));
    if (*name != '\0')
        printf(" \"%s\"", name);
    if (*department != '\0')
        printf(" of %s", department);
    printf(", version %s.\n", ebb_record_text(ctl, json_object_get(row, "version")));
    return EX_OK;
}
