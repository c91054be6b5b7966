/* SPDX-License-Identifier: Apache-2.0
 * Purpose: ebbctl import: a file through a mapping into the desk's tables, in four steps: look (do the columns fit?), read,
 * build tickets, finish. Each call to the database is a transaction of its own: what was cut short goes on when run again.
 * Memory: constant, whatever the file's length.
 * Must not know: how tickets are built (SQL does).
 */
#include "ctl/columns.h"
#include "ctl/ctl.h"
#include "ctl/feed.h"
#include "ctl/progress.h"

#include "base/time.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { TICKETS_AT_ONCE = 2000 };

struct job {
    struct ebb_ctl *ctl;
    const char *file, *map, *source, *department, *refused;
    long limit;
    bool is_columns;
    struct ebb_mapping *mapping;
    struct ebb_input *input;
    struct ebb_reader reader;
    struct ebb_feed feed;
    json_t *result;
    int64_t began_us;
};

static const struct argp_option options[] = {
    { "map", 'm', "FILE", 0, "The mapping: what the file's columns mean here (docs/import.md)", 0 },
    { "source", 's', "NAME", 0, "Name of the source (default: the mapping's source_name, else the file's name); with the source's own "
                                "reference it identifies a ticket", 0 },
    { "department", 'd', "CODE", 0, "Department that receives the tickets (default: the first)", 0 },
    { "refused", 'r', "FILE", 0, "Write refused rows with their reasons to this file (CSV)", 0 },
    { "limit", 'n', "N", 0, "Read the first N rows only", 0 },
    { "columns", 'c', NULL, 0, "Only show the file's columns with sample values, and a mapping to begin with", 0 },
    { 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct job *job = state->input;
    switch (key) {
    case 'm': job->map = arg; return 0;
    case 's': job->source = arg; return 0;
    case 'd': job->department = arg; return 0;
    case 'r': job->refused = arg; return 0;
    case 'n': job->limit = ebb_ctl_number(state, "limit", arg, 1, 2000000000); return 0;
    case 'c': job->is_columns = true; return 0;
    default: return ebb_ctl_one_argument(state, key, arg, &job->file);
    }
}

static enum ebb_rc open_file(struct job *job, const struct ebb_reader_opts *opts)
{
    char fault[200];
    job->input = ebb_input_open(job->file, fault, sizeof fault);
    if (job->input == NULL)
        return ebb_fail(&job->ctl->err, EBB_E_BAD_REQUEST, "%s cannot be read: %s.", job->file, fault);
    if (!ebb_reader_begin(&job->reader, job->input, opts))
        return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s cannot be read: %s.", job->file, job->reader.fault);
    return EBB_OK;
}

/* Every column that the mapping names must be in the file. Where there is no header, rows are read until all have been
 * seen, so a mistyped name is found before anything is written, at the price of reading the file to its end. */
static enum ebb_rc look(struct job *job)
{
    int missing = 0;
    struct ebb_reader *reader = &job->reader;
    bool is_complete = reader->class->has_header;
    EBB_TRY(ebb_mapping_bind(job->mapping, &reader->columns, is_complete, &missing));
    while (missing > 0) {
        int known = reader->columns.count;
        enum ebb_row_rc rc = ebb_reader_next(reader);
        while (rc != EBB_ROW_END && rc != EBB_ROW_BROKEN && reader->columns.count == known)
            rc = ebb_reader_next(reader);
        if (rc == EBB_ROW_BROKEN)
            return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s cannot be read: %s.", job->file, reader->fault);
        EBB_TRY(ebb_mapping_bind(job->mapping, &reader->columns, rc == EBB_ROW_END, &missing));
    }
    if (!is_complete && !ebb_reader_again(reader))
        return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s cannot be read: %s.", job->file, reader->fault);
    return EBB_OK;
}

static const char *source_name(struct job *job)
{
    if (job->source != NULL)
        return job->source;
    if (job->mapping->source_name != NULL)
        return job->mapping->source_name;
    return strcmp(job->file, "-") == 0 ? "standard input" : basename(ebb_arena_strdup(job->ctl->arena, job->file));
}

static enum ebb_rc begin(struct job *job)
{
    struct ebb_ctl *ctl = job->ctl;
    json_error_t error;
    json_t *p = json_pack_ex(&error, 0, "{s:s, s:s, s:O, s:s*}", "source_name", source_name(job), "file_name",
        strcmp(job->file, "-") == 0 ? "standard input" : basename(ebb_arena_strdup(ctl->arena, job->file)), "mapping", job->mapping->json,
        "department", job->department);
    char *text = p == NULL ? NULL : json_dumps(p, JSON_COMPACT);
    json_decref(p);
    if (text == NULL)
        return ebb_fail(&ctl->err, EBB_E_INVALID, "The name of the source or of the file is not UTF-8; name one by --source.");
    const char *const params[] = { text };
    enum ebb_rc rc = ebb_ctl_call(ctl, "import_begin", params, 1, &job->feed.import_id);
    free(text);
    return rc;
}

static enum ebb_rc read_rows(struct job *job)
{
    struct ebb_progress progress;
    ebb_progress_begin(&progress, "reading", "rows", job->ctl->is_json);
    for (;;) {
        enum ebb_row_rc rc = job->limit > 0 && job->feed.read >= job->limit ? EBB_ROW_END : ebb_reader_next(&job->reader);
        if (rc == EBB_ROW_END)
            break;
        if (rc == EBB_ROW_BROKEN)
            return ebb_fail(&job->ctl->err, EBB_E_INVALID, "%s is damaged: %s. No ticket was built; run the import again with a whole file.", job->file,
                job->reader.fault);
        EBB_TRY(ebb_feed_row(&job->feed, &job->reader, rc == EBB_ROW_READ));
        if (job->feed.read % 512 == 0)
            ebb_progress_tell(&progress, job->feed.read, ebb_input_share(job->input));
    }
    ebb_progress_clear();
    return ebb_feed_flush(&job->feed);
}

static enum ebb_rc build(struct job *job)
{
    struct ebb_progress progress;
    long long done = 0, left = 1, whole = 0;
    char at_once[12];
    snprintf(at_once, sizeof at_once, "%d", TICKETS_AT_ONCE);
    ebb_progress_begin(&progress, "building", "tickets", job->ctl->is_json);
    while (left > 0) {
        const char *const params[] = { job->feed.import_id, at_once };
        const char *answer = NULL;
        EBB_TRY(ebb_ctl_call(job->ctl, "import_build", params, 2, &answer));
        left = answer == NULL ? 0 : atoll(answer);
        whole = whole == 0 ? left + TICKETS_AT_ONCE : whole;
        done = whole - left;
        ebb_progress_tell(&progress, done, (double)done / (double)whole);
    }
    ebb_progress_clear();
    return EBB_OK;
}

static enum ebb_rc finish(struct job *job)
{
    const char *const params[] = { job->feed.import_id };
    const char *answer = NULL;
    EBB_TRY(ebb_ctl_call(job->ctl, "import_finish", params, 1, &answer));
    job->result = answer == NULL ? NULL : json_loads(answer, 0, NULL);
    if (job->result == NULL)
        return ebb_fail(&job->ctl->err, EBB_E_INTERNAL, "The database's answer to ctl.import_finish is no JSON object.");
    return EBB_OK;
}

static const char *count_of(struct job *job, const char *member)
{
    return ebb_ctl_count(job->ctl, json_integer_value(json_object_get(job->result, member)));
}

static void tell(struct job *job)
{
    struct ebb_ctl *ctl = job->ctl;
    const struct ebb_feed *feed = &job->feed;
    double seconds = (double)(ebb_mono_us() - job->began_us) / 1e6;
    if (ctl->is_json) {
        json_t *out = job->result != NULL ? job->result : json_object();
        json_t *run = json_pack("{s:I, s:I, s:I, s:f, s:b}", "read_count", (json_int_t)feed->read, "accepted_count", (json_int_t)feed->accepted,
            "refused_count", (json_int_t)feed->refused, "seconds", seconds, "is_dry_run", ctl->is_dry_run);
        json_object_set_new(out, "run", run);
        ebb_ctl_print(out);
        return;
    }
    printf("%s %s (%s): %s rows read, %s accepted, %s refused, in %.1f s.\n", ctl->is_dry_run ? "Would import" : "Imported", job->file,
        job->reader.class->name, ebb_ctl_count(ctl, feed->read), ebb_ctl_count(ctl, feed->accepted), ebb_ctl_count(ctl, feed->refused), seconds);
    if (ctl->is_dry_run) {
        printf("%s events from %s to %s, as the log writes them. Nothing was written.\n", ebb_ctl_count(ctl, feed->events), feed->first_at, feed->last_at);
        return;
    }
    printf("Import %s, \"%s\": %s of these rows were there before.\n", feed->import_id, json_string_value(json_object_get(job->result, "source_name")),
        count_of(job, "unchanged_count"));
    printf("It now holds %s tickets with %s events and %s hand-overs, from %s to %s.\n", count_of(job, "ticket_count"), count_of(job, "event_count"),
        count_of(job, "transfer_count"), json_string_value(json_object_get(job->result, "first_at")),
        json_string_value(json_object_get(job->result, "last_at")));
    if (json_integer_value(json_object_get(job->result, "clamped_count")) > 0)
        printf("%s events lay before the event they follow and took its time.\n", count_of(job, "clamped_count"));
    printf("Next: ebbctl assess --import %s\n", feed->import_id);
}

static enum ebb_rc run(struct job *job)
{
    EBB_TRY(ebb_mapping_load(&job->mapping, job->map, job->ctl->arena, &job->ctl->err));
    EBB_TRY(open_file(job, &job->mapping->opts));
    EBB_TRY(look(job));
    FILE *refused = job->feed.refused_file;
    ebb_feed_begin(&job->feed, job->ctl, job->mapping);
    job->feed.refused_file = refused;
    if (!job->ctl->is_dry_run)
        EBB_TRY(begin(job));
    EBB_TRY(read_rows(job));
    if (job->ctl->is_dry_run)
        return EBB_OK;
    EBB_TRY(build(job));
    return finish(job);
}

static int run_with_refused_file(struct job *job)
{
    FILE *file = NULL;
    if (job->refused != NULL && (file = fopen(job->refused, "we")) == NULL)
        return ebb_ctl_fail(job->ctl, EX_CANTCREAT, "The file for refused rows, %s, cannot be written: %s.", job->refused, strerror(errno));
    if (file != NULL)
        fputs("line,reference,reason\r\n", file);
    job->feed.refused_file = file;
    enum ebb_rc rc = run(job);
    bool is_written = file == NULL || (fflush(file) == 0 && !ferror(file));
    if (file != NULL)
        fclose(file);
    ebb_progress_clear();
    if (rc != EBB_OK)
        return ebb_ctl_failed(job->ctl);
    tell(job);
    if (!is_written)
        return ebb_ctl_fail(job->ctl, EX_IOERR, "The file for refused rows, %s, could not be written.", job->refused);
    if (job->feed.refused == 0)
        return EX_OK;
    if (!job->ctl->is_json)
        fprintf(stderr, "ebbctl: %s of %s rows were refused%s%s.\n", ebb_ctl_count(job->ctl, job->feed.refused), ebb_ctl_count(job->ctl, job->feed.read),
            job->refused == NULL ? "" : "; they stand in ", job->refused == NULL ? "" : job->refused);
    return EX_DATAERR;
}

int ebb_cmd_import(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv)
{
    struct job job = { .ctl = ctl, .began_us = ebb_mono_us() };
    int code;
    ebb_ctl_parse(ctl, command, options, parse,
        "Begin with ebbctl import --columns FILE: it prints a mapping to start from; then try it by --dry-run. CSV, XES and JSON are\n"
        "told apart by their contents, .gz and .xz are unpacked. Running it again adds only what is new. Rows that cannot be\n"
        "understood are refused with line and reason; then the exit code is 65.",
        &job, argc, argv);
    if (job.is_columns) {
        static const struct ebb_reader_opts any;
        struct ebb_reader_opts opts = any;
        if (job.map != NULL && ebb_mapping_load(&job.mapping, job.map, ctl->arena, &ctl->err) != EBB_OK)
            return ebb_ctl_failed(ctl);
        if (job.mapping != NULL)
            opts = job.mapping->opts;
        code = open_file(&job, &opts) != EBB_OK ? ebb_ctl_failed(ctl) : ebb_columns_show(ctl, &job.reader, job.file);
    } else if (job.map == NULL) {
        code = ebb_ctl_fail(ctl, EX_USAGE, "An import needs --map FILE. To begin one: ebbctl import --columns %s", job.file);
    } else {
        code = run_with_refused_file(&job);
    }
    if (job.input != NULL)
        ebb_reader_end(&job.reader);
    ebb_input_close(job.input);
    if (job.feed.arena != NULL)
        ebb_feed_end(&job.feed);
    json_decref(job.result);
    return code;
}
