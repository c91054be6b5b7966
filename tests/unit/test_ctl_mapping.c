/* SPDX-License-Identifier: Apache-2.0
 * Mapping files: what they refuse, and what rows mean by them. The logs of other desks are read too where they lie in the
 * folder ../shared beside the checkout (EBB_SHARED names another place).
 */
#include "ctl/apply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char seen[20000];
static struct ebb_arena *arena, *scratch;
static struct ebb_err err;

static void note(const char *format, ...)
{
    va_list ap;
    size_t used = strlen(seen);
    va_start(ap, format);
    vsnprintf(seen + used, sizeof seen - used, format, ap);
    va_end(ap);
}

static int fresh(void **state)
{
    (void)state;
    arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
    scratch = ebb_arena_new("test row", EBB_ARENA_PLAIN);
    ebb_err_init(&err, arena);
    return 0;
}

static int done(void **state)
{
    (void)state;
    ebb_arena_free(&arena);
    ebb_arena_free(&scratch);
    return 0;
}

static void note_err(void)
{
    note("%s", err.sentence);
    for (const struct ebb_err_item *item = err.items; item != NULL; item = item->next)
        note(" [%s] %s", item->pointer, item->detail);
}

static void note_facts(const struct ebb_facts *facts)
{
    for (int i = 0; i < facts->count; i++) {
        const struct ebb_event *event = &facts->event[i];
        note("%.*s@%s%s%s", (int)facts->ref.len, facts->ref.text, event->at, event->zone == NULL ? "" : " ", event->zone == NULL ? "" : event->zone);
        for (int k = 0; k < EBB_FIELDS; k++)
            if (event->value[k].slice.text != NULL)
                note(",%s=%.*s%s%s", ebb_fields[k].name, (int)event->value[k].slice.len, event->value[k].slice.text,
                    event->value[k].waiting_reason == NULL ? "" : ":", event->value[k].waiting_reason == NULL ? "" : event->value[k].waiting_reason);
        note(";");
    }
}

/* The file's rows by the mapping, one text. */
static const char *apply(const char *mapping, const char *file)
{
    struct ebb_mapping *m;
    struct ebb_reader reader;
    struct ebb_facts facts;
    int missing;
    seen[0] = '\0';
    ebb_err_init(&err, arena);
    if (ebb_mapping_parse(&m, mapping, strlen(mapping), arena, &err) != EBB_OK) {
        note_err();
        return seen;
    }
    struct ebb_input *input = ebb_input_memory(file, strlen(file));
    assert_true(ebb_reader_begin(&reader, input, &m->opts));
    if (ebb_mapping_bind(m, &reader.columns, true, &missing) != EBB_OK)
        note_err();
    else
        for (enum ebb_row_rc rc; (rc = ebb_reader_next(&reader)) != EBB_ROW_END;) {
            assert_int_equal(rc, EBB_ROW_READ);
            if (ebb_apply(m, &reader.row, scratch, &facts))
                note_facts(&facts);
            else
                note("%llu!%s;", (unsigned long long)reader.row.line, facts.reason);
        }
    ebb_reader_end(&reader);
    ebb_input_close(input);
    return seen;
}

#define MEANS(mapping, file, wanted) assert_string_equal(apply(mapping, file), wanted)
#define SAYS(mapping, file, part) do { \
    const char *said = apply(mapping, file); \
    if (strstr(said, part) == NULL) \
        fail_msg("no \"%s\" in: %s", part, said); \
} while (0)
#define BASE "\"shape\":\"event\",\"id\":\"i\",\"at\":{\"columns\":\"t\",\"zone\":\"UTC\"}"

static void faults_have_pointers(void **state)
{
    (void)state;
    SAYS("[1]", "", "must be a JSON object");
    SAYS("{\"a\":1,\"a\":2}", "", "line 1");
    SAYS("{}", "", "[/shape] is missing");
    SAYS("{}", "", "[/id] is missing");
    SAYS("{}", "", "[/state] is missing");
    SAYS("{}", "", "[/at] is missing");
    SAYS("{" BASE ",\"stat\":\"s\"}", "", "[/stat] there is no such member here; known are: $schema");
    SAYS("{" BASE ",\"state\":{\"column\":\"s\",\"maps\":{}}}", "", "[/state/maps]");
    SAYS("{" BASE ",\"state\":{\"column\":\"s\",\"map\":{\"a/b\":\"opne\"}}}", "", "[/state/map/a~1b] must be one of new, active");
    SAYS("{" BASE ",\"state\":{\"column\":\"s\",\"map\":{\"w\":\"waiting\"}}}", "", "[/state/map/w] waiting needs a reason");
    SAYS("{" BASE ",\"state\":{\"column\":\"s\",\"columns\":[\"a\"]}}", "", "exactly one of");
    SAYS("{" BASE ",\"state\":{\"columns\":[\"a\",\"b\"],\"map\":{\"x\":\"new\"}}}", "", "[/state/map/x] must have 2 parts");
    SAYS("{" BASE ",\"state\":{\"column\":\"s\",\"ignore_case\":true,\"map\":{\"X\":\"new\",\"x\":\"closed\"}}}", "", "stands there twice");
    SAYS("{" BASE ",\"state\":\"s\",\"priority\":{\"column\":\"p\",\"map\":{\"x\":5}}}", "", "[/priority/map/x] must be a number from 1 (highest) to 4");
    SAYS("{" BASE ",\"state\":\"s\",\"impact\":{\"value\":4}}", "", "[/impact/value]");
    SAYS("{" BASE ",\"state\":\"s\",\"kind\":{\"value\":\"bug\"}}", "", "[/kind/value]");
    SAYS("{" BASE ",\"state\":\"s\",\"carry\":[\"teem\"]}", "", "[/carry] \"teem\"");
    SAYS("{" BASE ",\"state\":\"s\",\"csv\":{\"delimiter\":\"ab\"}}", "", "[/csv/delimiter]");
    SAYS("{" BASE ",\"state\":\"s\",\"encoding\":\"ebcdic\"}", "", "[/encoding]");
    SAYS("{" BASE ",\"state\":\"s\",\"counters\":{\"x\":\"y\"}}", "", "[/counters/x]");
    SAYS("{" BASE ",\"state\":\"s\",\"keep\":[1]}", "", "[/keep]");
    SAYS("{\"shape\":\"event\",\"id\":\"i\",\"state\":\"s\",\"at\":{\"columns\":\"t\",\"format\":[\"iso\",\"%d\"]}}", "", "[/at/format] \"%d\"");
    SAYS("{\"shape\":\"ticket\",\"id\":\"i\",\"at\":{\"columns\":{\"born\":\"t\"}}}", "", "[/at/columns/born]");
    SAYS("{\"shape\":\"ticket\",\"id\":\"i\",\"at\":{\"columns\":{\"closed\":\"t\"}}}", "", "\"opened\"");
    SAYS("{\"shape\":\"ticket\",\"id\":\"i\",\"at\":\"t\"}", "", "[/at] must be an object");
    SAYS("{" BASE ",\"state\":\"s\",\"team\":\"grup\"}", "i,t,s,group\n", "columns are: i, t, s, group. [/team] the file has no column \"grup\"");
}

static void values_by_map(void **state)
{
    (void)state;
    MEANS("{" BASE ",\"missing\":[\"?\"],\"state\":{\"column\":\"s\",\"ignore_case\":true,\"map\":{\"Open\":\"active\",\"Pend*\":"
          "{\"state\":\"waiting\",\"waiting_reason\":\"supplier\"},\"odd\":null}},\"team\":{\"column\":\"g\",\"map\":{\"A\":\"Alpha\"}}}",
        "i,t,s,g\n1,2020-01-01T00:00Z,OPEN ,A\n1,2020-01-02,pending vendor,?\n1,2020-01-03,odd,B\n1,2020-01-04,strange,B\n?,2020-01-04,odd,\n",
        "1@2020-01-01 00:00:00+00:00,state=active,team=Alpha;1@2020-01-02 00:00:00 UTC,state=waiting:supplier;"
        "1@2020-01-03 00:00:00 UTC,team=B;5!state: the value \"strange\" is not in the map; add it, or give a \"default\";"
        "6!id: the ticket's reference is missing;");
    MEANS("{" BASE ",\"state\":{\"columns\":[\"a\",\"b\"],\"map\":{\"x + *\":\"active\",\"x + y\":\"closed\",\"* + \":\"new\"},\"default\":\"resolved\"}}",
        "i,t,a,b\n1,2020-01-01,x,y\n1,2020-01-01,x,z\n1,2020-01-01,q,\n1,2020-01-01,q,z\n",
        "1@2020-01-01 00:00:00 UTC,state=closed;1@2020-01-01 00:00:00 UTC,state=active;1@2020-01-01 00:00:00 UTC,state=new;"
        "1@2020-01-01 00:00:00 UTC,state=resolved;");
    MEANS("{" BASE ",\"state\":\"s\",\"team\":{\"column\":\"g\",\"strict\":true,\"map\":{\"A\":\"Alpha\"}},\"service\":{\"value\":\"Mail\"}}",
        "i,t,s,g\n1,2020-01-01,Closed,A\n1,2020-01-01,closed,B\n1,2020-01-01,waiting,A\n",
        "1@2020-01-01 00:00:00 UTC,state=closed,team=Alpha,service=Mail;3!team: the value \"B\" is not in the map; add it, or give a \"default\";"
        "4!state: \"waiting\" is not one of ours; give a \"map\";");
}

static void values_by_condition(void **state)
{
    (void)state;
    MEANS("{" BASE ",\"default_service\":\"Rest\",\"state\":{\"value\":\"active\"},\"assignee\":{\"first_of\":[\"p\",\"q\"],\"unless\":{\"s\":\"queued\"}},"
          "\"team\":{\"column\":\"g\",\"when\":{\"s\":[\"a\",\"queued\"]},\"if_missing\":\"Desk\"},\"service\":\"v\"}",
        "i,t,s,p,q,g,v\n1,2020-01-01,a,,Q,G,V\n1,2020-01-01,queued,P,Q,G,\n1,2020-01-01,b,P,Q,G,\n",
        "1@2020-01-01 00:00:00 UTC,state=active,team=G,assignee=Q,service=V;1@2020-01-01 00:00:00 UTC,state=active,team=G;"
        "1@2020-01-01 00:00:00 UTC,state=active,team=Desk,assignee=P;");
}

static void scales_and_counts(void **state)
{
    (void)state;
    MEANS("{" BASE ",\"state\":{\"value\":\"new\"},\"priority\":\"p\",\"impact\":{\"column\":\"m\",\"map\":{\"high\":1},\"default\":null},\"counters\":{\"reopen_count\":\"n\"}}",
        "i,t,p,m,n\n1,2020-01-01,3 - Moderate,high,2.0\n1,2020-01-01,4,odd,007\n1,2020-01-01,12,high,1\n1,2020-01-01,5,high,1\n1,2020-01-01,1,high,-1\n",
        "1@2020-01-01 00:00:00 UTC,state=new,priority=3,impact=1,reopen_count=2;1@2020-01-01 00:00:00 UTC,state=new,priority=4,reopen_count=7;"
        "4!priority: \"12\" is no number from 1 to 4; give a \"map\";5!priority: \"5\" is no number from 1 to 4; give a \"map\";"
        "6!counters/reopen_count: \"-1\" is no whole number from 0;");
}

static void times(void **state)
{
    (void)state;
    MEANS("{\"shape\":\"event\",\"id\":{\"columns\":[\"i\",\"j\"]},\"state\":{\"value\":\"new\"},\"at\":{\"columns\":[\"d\",\"c\"],\"zone\":\"Europe/Rome\","
          "\"format\":[\"%d.%m.%Y %H:%M\",\"%Y-%m-%d %H:%M:%S%z\"]}}",
        "i,j,d,c\n1,x,1.2.2020,3:04\n1,,2020-02-01,03:04:05+0100\n1,y,31.2.2020,3:04\n1,y,,\n",
        "1-x@2020-02-01 03:04:00 Europe/Rome,state=new;1-@2020-02-01 03:04:05+01:00,state=new;"
        "4!at: \"31.2.2020 3:04\" is no date of the form %d.%m.%Y %H:%M: that month has no such day;5!at: the time of the event is missing;");
    SAYS("{\"shape\":\"event\",\"id\":\"i\",\"state\":{\"value\":\"new\"},\"at\":\"t\"}", "i,t\n1,2020-01-01\n", "name the log's time zone as at.zone");
}

#define TICKET "{\"shape\":\"ticket\",\"id\":\"i\",\"at\":{\"zone\":\"UTC\",\"columns\":{\"opened\":\"o\",\"resolved\":\"r\",\"reopened\":\"p\",\"closed\":\"c\"}},"
#define STATES "\"state\":{\"column\":\"s\",\"map\":{\"done\":\"closed\",\"wip\":\"active\",\"hold\":{\"state\":\"waiting\",\"waiting_reason\":\"approval\"}}}"
#define LINE(s, o, r, p, c) "i,s,o,r,p,c\n7," s "," o "," r "," p "," c "\n"

static void whole_tickets(void **state)
{
    (void)state;
    MEANS(TICKET STATES "}", LINE("done", "2020-01-01", "2020-01-02", "", "2020-01-03"),
        "7@2020-01-01 00:00:00 UTC,state=active;7@2020-01-02 00:00:00 UTC,state=resolved;7@2020-01-03 00:00:00 UTC,state=closed;");
    MEANS(TICKET STATES "}", LINE("done", "2020-01-01", "2020-01-03", "2020-01-02", "2020-01-03"),
        "7@2020-01-01 00:00:00 UTC,state=active;7@2020-01-02 00:00:00 UTC,state=resolved;7@2020-01-02 00:00:00 UTC,state=active;"
        "7@2020-01-03 00:00:00 UTC,state=resolved;7@2020-01-03 00:00:00 UTC,state=closed;");
    MEANS(TICKET STATES "}", LINE("hold", "2020-01-01", "", "", ""), "7@2020-01-01 00:00:00 UTC,state=waiting:approval;");
    MEANS(TICKET STATES "}", LINE("done", "2020-01-01", "2020-01-02", "", ""),
        "7@2020-01-01 00:00:00 UTC,state=active;7@2020-01-02 00:00:00 UTC,state=resolved;7@2020-01-02 00:00:00 UTC,state=closed;");
    SAYS(TICKET STATES "}", LINE("wip", "2020-01-01", "2020-01-02", "", ""), "name the column with the time of the last change as at.columns.updated");
    SAYS(TICKET STATES "}", LINE("done", "2020-01-05", "2020-01-02", "", ""), "2!resolved: this moment lies before the ticket was opened");
    SAYS(TICKET STATES "}", LINE("done", "", "2020-01-02", "", ""), "2!opened: the time of opening is missing");
    MEANS("{\"shape\":\"ticket\",\"id\":\"i\",\"assignee\":\"a\",\"at\":{\"zone\":\"UTC\",\"columns\":{\"opened\":\"o\",\"assigned\":\"g\",\"updated\":\"u\"}}," STATES "}",
        "i,s,a,o,g,u\n7,hold,Kim,2020-01-01,2020-01-02,2020-01-05\n8,wip,,2020-01-01,,2020-01-02\n",
        "7@2020-01-01 00:00:00 UTC,state=new;7@2020-01-02 00:00:00 UTC,state=active,assignee=Kim;7@2020-01-05 00:00:00 UTC,state=waiting:approval,assignee=Kim;"
        "8@2020-01-01 00:00:00 UTC,state=new;8@2020-01-02 00:00:00 UTC,state=active;");
}

static void long_texts(void **state)
{
    char file[2000] = "i,t,s,x\n1,2020-01-01,new,";
    (void)state;
    for (int i = 0; i < 250; i++)
        strcat(file, "\xc3\xa4");
    apply("{" BASE ",\"state\":\"s\",\"subject\":\"x\"}", file);
    assert_int_equal(strlen(seen), strlen("1@2020-01-01 00:00:00 UTC,state=new,subject=;") + 400);
    SAYS("{" BASE ",\"state\":\"s\",\"team\":\"x\"}", file, "is longer than 120 characters");
}

static void reads_log(const char *log, const char *mapping, int wanted_rows, int wanted_refused)
{
    struct ebb_mapping *m;
    struct ebb_reader reader;
    struct ebb_facts facts;
    const char *shared = getenv("EBB_SHARED");
    char path[500], fault[200];
    int rows = 0, refused = 0, missing;
    snprintf(path, sizeof path, "%s/data/%s", shared != NULL ? shared : EBB_TEST_DATA "/../../../shared", log);
    if (access(path, R_OK) != 0)
        skip();
    struct ebb_input *input = ebb_input_open(path, fault, sizeof fault);
    snprintf(path, sizeof path, "%s/../../docs/examples/%s", EBB_TEST_DATA, mapping);
    ebb_err_init(&err, arena);
    if (ebb_mapping_load(&m, path, arena, &err) != EBB_OK) {
        note_err();
        fail_msg("%s", seen);
    }
    assert_true(ebb_reader_begin(&reader, input, &m->opts));
    do
        assert_int_equal(ebb_mapping_bind(m, &reader.columns, reader.class->has_header, &missing), EBB_OK);
    while (missing > 0 && ebb_reader_next(&reader) == EBB_ROW_READ);
    assert_true(ebb_reader_again(&reader));
    for (enum ebb_row_rc rc; (rc = ebb_reader_next(&reader)) != EBB_ROW_END; rows++) {
        assert_int_equal(rc, EBB_ROW_READ);
        if (!ebb_apply(m, &reader.row, scratch, &facts) && refused++ < 5)
            print_message("%llu: %s\n", (unsigned long long)reader.row.line, facts.reason);
        if (rows % 1000 == 0)
            ebb_arena_reset(scratch);
    }
    assert_int_equal(rows, wanted_rows);
    assert_int_equal(refused, wanted_refused);
    ebb_reader_end(&reader);
    ebb_input_close(input);
}

static void reads_closed_problems(void **state)
{
    (void)state;
    reads_log("bpic13-problems/BPIC13_closed_problems.xes.gz", "bpic13-problems.json", 6660, 0);
}

static void reads_open_problems(void **state)
{
    (void)state;
    reads_log("bpic13-problems/BPIC13_open_problems.xes.gz", "bpic13-open-problems.json", 2351, 0);
}

static void reads_servicenow_log(void **state)
{
    (void)state;
    reads_log("servicenow-log/incident_event_log.part.csv.xz", "servicenow-log.json", 119997, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(faults_have_pointers, fresh, done),
        cmocka_unit_test_setup_teardown(values_by_map, fresh, done),
        cmocka_unit_test_setup_teardown(values_by_condition, fresh, done),
        cmocka_unit_test_setup_teardown(scales_and_counts, fresh, done),
        cmocka_unit_test_setup_teardown(times, fresh, done),
        cmocka_unit_test_setup_teardown(whole_tickets, fresh, done),
        cmocka_unit_test_setup_teardown(long_texts, fresh, done),
        cmocka_unit_test_setup_teardown(reads_closed_problems, fresh, done),
        cmocka_unit_test_setup_teardown(reads_open_problems, fresh, done),
        cmocka_unit_test_setup_teardown(reads_servicenow_log, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
