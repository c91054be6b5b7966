/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl person import: people out of a CSV file. Which column is which field is read off their names, or from a mapping; rows
 * go to the database in batches, each row for itself. What was cut short goes on when run again.
 * Memory: constant but for the addresses and references seen, by which a person named twice in the file is found.
 * Must not know: who is who already (the database does).
 */
#include "ctl/ctl.h"
#include "ctl/progress.h"
#include "ctl/reader.h"
#include "ctl/record.h"
#include "ctl/sla.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>

enum { ROWS_AT_ONCE = 200, SHOWN_REFUSALS = 20, MOST_FIELDS = 16, KEY_SEEN = 600 };

struct job {
    struct ebb_ctl *ctl;
    const char *file, *map, *source, *department, *refused_path;
    FILE *refused_file;
    struct ebb_input *input;
    struct ebb_reader reader;
    const char *field[MOST_FIELDS]; /* of each column that is taken */
    int column[MOST_FIELDS], count;
    json_t *rows, *seen, *refusals; /* refusals: for --json */
    long long read, created, changed, unchanged, refused;
};

static const struct argp_option options[] = {
    { "department", 'd', "CODE", 0, "Department of the people", 0 },
    { "map", 'm', "FILE", 0, "Which column is which field, as JSON: {\"person_name\": \"Full name\", \"email\": \"Mail\"}", 0 },
    { "source", 's', "NAME", 0, "Name of the source (default: the file's name); with the reference it identifies a person", 0 },
    { "refused", 'r', "FILE", 0, "Write refused rows with their reasons to this file (CSV)", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct job *job = state->input;
    switch (key) {
    case 'd': job->department = arg; return 0;
    case 'm': job->map = arg; return 0;
    case 's': job->source = arg; return 0;
    case 'r': job->refused_path = arg; return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &job->file);
    }
}

/* ---- which column is what ---- */

static bool is_imported(const struct ebb_record_field *field)
{
    return strcmp(field->kind, "person") == 0 && *field->option != '\0' && strcmp(field->field, "department_id") != 0 && strcmp(field->field, "hand_over_to") != 0
        && strcmp(field->field, "source_name") != 0;
}

static bool is_field(const char *name)
{
    for (size_t i = 0; i < ebb_record_field_count; i++)
        if (is_imported(&ebb_record_fields[i]) && strcmp(ebb_record_fields[i].field, name) == 0)
            return true;
    return strcmp(name, "team") == 0;
}

static int column_named(const struct job *job, const char *name)
{
    for (int c = 0; c < job->reader.columns.count; c++)
        if (strcasecmp(job->reader.columns.name[c], name) == 0)
            return c;
    return -1;
}

static void take_column(struct job *job, const char *field, int column)
{
    if (column < 0 || job->count == MOST_FIELDS)
        return;
    job->field[job->count] = field;
    job->column[job->count++] = column;
}

static enum ebb_rc columns_by_map(struct job *job)
{
    json_t *map = NULL, *value;
    const char *field;
    if (!ebb_sla_json(job->ctl, job->map, &map))
        return job->ctl->err.rc;
    json_object_foreach(map, field, value) {
        const char *name = json_string_value(value);
        if (!is_field(field))
            return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s: %s is no field of a person that a list can give.", job->map, field);
        if (name == NULL || column_named(job, name) < 0)
            return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s: the file has no column \"%s\" for %s.", job->map, name == NULL ? "" : name, field);
        take_column(job, field, column_named(job, name));
    }
    return EBB_OK;
}

/* A column is named like the field or like the option of ebbctl person create. */
static void columns_by_name(struct job *job)
{
    for (size_t i = 0; i < ebb_record_field_count; i++) {
        const struct ebb_record_field *field = &ebb_record_fields[i];
        if (!is_imported(field))
            continue;
        int column = column_named(job, field->field);
        take_column(job, field->field, column >= 0 ? column : column_named(job, field->option));
    }
    take_column(job, "team", column_named(job, "team"));
}

static const char *names_of_columns(struct job *job, bool is_left_out)
{
    struct ebb_str text;
    ebb_str_init(&text, job->ctl->arena, 100);
    for (int c = 0; c < job->reader.columns.count; c++) {
        bool is_taken = false;
        for (int i = 0; i < job->count; i++)
            is_taken = is_taken || job->column[i] == c;
        if (!is_left_out || !is_taken)
            ebb_str_printf(&text, "%s%s", text.length == 0 ? "" : ", ", job->reader.columns.name[c]);
    }
    return ebb_str_done(&text);
}

static enum ebb_rc choose_columns(struct job *job)
{
    bool has_name = false, has_key = false;
    if (job->map != NULL)
        EBB_TRY(columns_by_map(job));
    else
        columns_by_name(job);
    for (int i = 0; i < job->count; i++) {
        has_name = has_name || strcmp(job->field[i], "person_name") == 0;
        has_key = has_key || strcmp(job->field[i], "email") == 0 || strcmp(job->field[i], "source_ref") == 0;
    }
    if (!has_name || !has_key)
        return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s has no column for %s. Its columns are: %s. Name them by --map FILE: {\"person_name\": \"...\", \"email\": \"...\"}.", job->file,
            has_name ? "email or source_ref" : "person_name", names_of_columns(job, false));
    const char *left_out = names_of_columns(job, true);
    if (*left_out != '\0' && !job->ctl->is_json)
        fprintf(stderr, "Columns left out: %s.\n", left_out);
    return EBB_OK;
}

/* ---- rows ---- */

static void refuse(struct job *job, long long line, const char *pointer, const char *reason)
{
    struct ebb_str text;
    job->refused++;
    json_array_append_new(job->refusals, json_pack("{s:I, s:s*, s:s}", "line", (json_int_t)line, "pointer", pointer, "reason", reason));
    if (job->refused_file != NULL) {
        ebb_str_init(&text, job->ctl->arena, 200);
        ebb_str_printf(&text, "%lld,%s,", line, pointer == NULL ? "" : pointer);
        ebb_str_csv(&text, reason, strlen(reason), true);
        fprintf(job->refused_file, "%s\r\n", ebb_str_done(&text));
    }
    if (job->ctl->is_json || job->refused > SHOWN_REFUSALS + 1)
        return;
    ebb_progress_clear();
    if (job->refused == SHOWN_REFUSALS + 1)
        fprintf(stderr, "... further refused rows are not shown%s\n", job->refused_file == NULL ? "; --refused FILE writes them all" : "");
    else
        fprintf(stderr, "line %lld: %s\n", line, reason);
}

static enum ebb_rc flush(struct job *job)
{
    json_t *answer = NULL, *refusal;
    size_t i;
    if (json_array_size(job->rows) == 0)
        return EBB_OK;
    json_t *args = json_pack("{s:s, s:s, s:b, s:o}", "department_code", job->department, "source_name", job->source, "is_dry_run", job->ctl->is_dry_run, "rows", job->rows);
    job->rows = json_array();
    if (args == NULL)
        return ebb_fail(&job->ctl->err, EBB_E_INVALID, "The name of the department or of the source is not UTF-8.");
    EBB_TRY(ebb_ctl_call_json(job->ctl, "person_import", args, &answer));
    job->created += json_integer_value(json_object_get(answer, "created"));
    job->changed += json_integer_value(json_object_get(answer, "changed"));
    job->unchanged += json_integer_value(json_object_get(answer, "unchanged"));
    json_array_foreach(json_object_get(answer, "refused"), i, refusal)
        refuse(job, json_integer_value(json_object_get(refusal, "n")), json_string_value(json_object_get(refusal, "pointer")), json_string_value(json_object_get(refusal, "reason")));
    return EBB_OK;
}

/* The line on which somebody of this address or reference stood before; 0: nowhere. */
static long long seen_before(struct job *job, const char *field, const char *text, long long line)
{
    char key[KEY_SEEN];
    int n = snprintf(key, sizeof key, "%c%s", *field, text);
    for (char *c = key; *field == 'e' && *c != '\0'; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    if (n < 0 || n >= KEY_SEEN)
        return 0;
    long long before = json_integer_value(json_object_get(job->seen, key));
    if (before == 0)
        json_object_set_new(job->seen, key, json_integer(line));
    return before;
}

static void take_row(struct job *job)
{
    long long line = (long long)job->reader.row.line;
    json_t *values = json_object();
    for (int i = 0; i < job->count; i++) {
        size_t len = 0;
        const char *text = ebb_row_text(&job->reader.row, job->column[i], &len);
        bool is_key = strcmp(job->field[i], "email") == 0 || strcmp(job->field[i], "source_ref") == 0;
        if (text == NULL || len == 0)
            continue;
        long long before = is_key ? seen_before(job, job->field[i], text, line) : 0;
        if (before > 0 || strlen(text) != len || json_object_set_new(values, job->field[i], json_string(text)) != 0) {
            const char *reason = before > 0 ? ebb_arena_printf(job->ctl->arena, "Line %lld has this %s already.", before, *job->field[i] == 'e' ? "address" : "reference")
                                            : "It holds characters that cannot be kept.";
            json_decref(values);
            refuse(job, line, ebb_arena_printf(job->ctl->arena, "/%s", job->field[i]), reason);
            return;
        }
    }
    json_array_append_new(job->rows, json_pack("{s:I, s:o}", "n", (json_int_t)line, "v", values));
}

static enum ebb_rc read_rows(struct job *job)
{
    struct ebb_progress progress;
    ebb_progress_begin(&progress, "importing", "rows", job->ctl->is_json);
    for (;;) {
        enum ebb_row_rc rc = ebb_reader_next(&job->reader);
        if (rc == EBB_ROW_END)
            break;
        if (rc == EBB_ROW_BROKEN)
            return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s is damaged: %s. What came before it is kept; run the import again with a whole file.", job->file, job->reader.fault);
        job->read++;
        if (rc == EBB_ROW_READ)
            take_row(job);
        else
            refuse(job, (long long)job->reader.row.line, NULL, ebb_arena_strdup(job->ctl->arena, job->reader.row.reason));
        if (json_array_size(job->rows) >= ROWS_AT_ONCE) {
            EBB_TRY(flush(job));
            ebb_progress_tell(&progress, job->read, ebb_input_share(job->input));
        }
    }
    EBB_TRY(flush(job));
    ebb_progress_clear();
    return EBB_OK;
}

static enum ebb_rc run(struct job *job)
{
    static const struct ebb_reader_opts csv = { .format = EBB_FORMAT_CSV };
    char fault[200];
    job->input = ebb_input_open(job->file, fault, sizeof fault);
    if (job->input == NULL)
        return ebb_fail(&job->ctl->err, EBB_E_BAD_REQUEST, "%s cannot be read: %s.", job->file, fault);
    if (!ebb_reader_begin(&job->reader, job->input, &csv))
        return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s cannot be read: %s.", job->file, job->reader.fault);
    EBB_TRY(choose_columns(job));
    return read_rows(job);
}

static int tell(struct job *job)
{
    struct ebb_ctl *ctl = job->ctl;
    if (ctl->is_json) {
        json_t *out = json_pack("{s:I, s:I, s:I, s:I, s:I, s:O, s:b}", "read_count", (json_int_t)job->read, "created_count", (json_int_t)job->created, "changed_count",
            (json_int_t)job->changed, "unchanged_count", (json_int_t)job->unchanged, "refused_count", (json_int_t)job->refused, "refused", job->refusals, "is_dry_run", ctl->is_dry_run);
        ebb_ctl_print(out);
        json_decref(out);
    } else {
        printf("%s: %s rows read, %s created, %s changed, %s as they were, %s refused.%s\n", job->file, ebb_ctl_count(ctl, job->read), ebb_ctl_count(ctl, job->created),
            ebb_ctl_count(ctl, job->changed), ebb_ctl_count(ctl, job->unchanged), ebb_ctl_count(ctl, job->refused), ctl->is_dry_run ? " Nothing was written." : "");
    }
    return job->refused > 0 ? EX_DATAERR : EX_OK;
}

int ebb_cmd_person_import(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct job job = { .ctl = ctl };
    ebb_ctl_parse(ctl, command, options, parse,
        "Columns are known by their names: name, email, site, unit, zone, calendar, vip, active, reference, team. Whoever is there already, by reference\n"
        "or by address, is changed; an empty field changes nothing. Rows that cannot be taken are refused with line and reason; then the exit code is 65.",
        &job, argc, argv);
    if (job.department == NULL)
        return ebb_ctl_fail(ctl, EX_USAGE, "Say by --department CODE whose people these are.");
    if (job.source == NULL)
        job.source = strcmp(job.file, "-") == 0 ? "standard input" : basename(ebb_arena_strdup(ctl->arena, job.file));
    if (job.refused_path != NULL && (job.refused_file = fopen(job.refused_path, "we")) == NULL)
        return ebb_ctl_fail(ctl, EX_CANTCREAT, "The file for refused rows, %s, cannot be written: %s.", job.refused_path, strerror(errno));
    if (job.refused_file != NULL)
        fputs("line,field,reason\r\n", job.refused_file);
    job.rows = json_array();
    job.seen = json_object();
    job.refusals = json_array();
    enum ebb_rc rc = run(&job);
    ebb_progress_clear();
    int code = rc != EBB_OK ? ebb_ctl_failed(ctl) : tell(&job);
    if (job.refused_file != NULL && (ferror(job.refused_file) != 0) | (fclose(job.refused_file) != 0))
        code = ebb_ctl_fail(ctl, EX_IOERR, "The file for refused rows, %s, could not be written.", job.refused_path);
    if (job.input != NULL && job.reader.class != NULL)
        ebb_reader_end(&job.reader);
    ebb_input_close(job.input);
    json_decref(job.rows);
    json_decref(job.seen);
    json_decref(job.refusals);
    return code;
}
