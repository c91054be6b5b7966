/* SPDX-License-Identifier: Apache-2.0 */
/* ebb.conf: defaults are complete, and every fault is told with its line before anything happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"

static struct ebb_arena *arena;
static struct ebb_err err;
static struct ebb_conf *conf;

static int
begin(void **state)
{
	(void)state;
	if (arena == NULL)
		arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	ebb_arena_reset(arena);
	ebb_err_init(&err, arena);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	ebb_conf_free(&conf);
	return 0;
}

static enum ebb_rc
parse(const char *text)
{
	return ebb_conf_parse(&conf, text, "/etc/ebb", &err);
}

/* The n-th fault as "line 3: sentence". */
static const char *
fault(unsigned n)
{
	const struct ebb_err_item *item = err.items;

	while (item != NULL && n-- > 0)
		item = item->next;
	return item == NULL ? "(none)" : ebb_arena_printf(arena, "%s: %s", item->pointer, item->detail);
}

static void
an_empty_file_is_the_defaults(void **state)
{
	(void)state;
	assert_int_equal(parse(""), EBB_OK);
	assert_int_equal(conf->workers, 0);
	assert_int_equal(conf->body_limit_bytes, 1048576);
	assert_true(conf->session_cookie_secure);
	assert_string_equal(conf->listen, "/etc/ebb/run/ebbd.sock");
	assert_string_equal(conf->log_file, "");
}

static void
values_and_comments_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse("# a comment\n\n  workers = 3  # why\nlisten = \"/run/e#b.sock\"\n"
			       "session_cookie_secure = no\n// the end"),
			 EBB_OK);
	assert_int_equal(conf->workers, 3);
	assert_string_equal(conf->listen, "/run/e#b.sock");
	assert_false(conf->session_cookie_secure);
}

static void
all_faults_are_told_with_their_lines(void **state)
{
	(void)state;
	assert_int_equal(parse("workers = 9999\n# comment\nno_such = 1\nsession_cookie_secure = maybe\nlisten = \"open\n"
			       "backlog =\nlog_level = \"loud\"\n"),
			 EBB_E_CONFIG);
	assert_null(conf);
	assert_string_equal(fault(0), "line 1: workers must be between 0 and 512");
	assert_string_equal(fault(1), "line 3: no such option 'no_such'");
	assert_string_equal(fault(2), "line 4: invalid boolean value for option 'session_cookie_secure'");
	assert_string_equal(fault(3), "line 5: the quoted text has no end in this line");
	assert_string_equal(fault(4), "line 6: the value is missing");
	assert_string_equal(fault(5), "line 7: log_level must be debug, info, notice, warning or error");
	assert_int_equal(err.item_count, 6);
}

static void
a_parameter_stands_once(void **state)
{
	(void)state;
	assert_int_equal(parse("workers = 1\n\nworkers = 2\n"), EBB_E_CONFIG);
	assert_string_equal(fault(0), "line 3: workers was given before, in line 1");
}

static void
time_limits_must_be_in_order(void **state)
{
	(void)state;
	assert_int_equal(parse("statement_timeout_ms = 10000\n"), EBB_E_CONFIG);
	assert_string_equal(fault(0), "line 1: statement_timeout_ms must be below request_deadline_ms");
	begin(state);
	assert_int_equal(parse("request_deadline_ms = 20000\n"), EBB_E_CONFIG);
	assert_non_null(strstr(fault(0), "hang_limit_ms must be above request_deadline_ms"));
}

static void
the_database_names_no_user(void **state)
{
	(void)state;
	assert_int_equal(parse("database = \"dbname=ebb user=postgres\"\n"), EBB_E_CONFIG);
	begin(state);
	assert_int_equal(parse("database = \"dbname=ebb host=/run\"\n"), EBB_OK);
}

static void
a_fault_does_not_spoil_the_next_reading(void **state)
{
	(void)state;
	assert_int_equal(parse("listen = \"open\n"), EBB_E_CONFIG);
	assert_int_equal(parse("listen = 'open\n= = =\n{{{\n"), EBB_E_CONFIG);
	begin(state);
	assert_int_equal(parse("workers = 2\n"), EBB_OK);
	assert_int_equal(conf->workers, 2);
}

static void
the_sample_is_accepted_and_changes_nothing(void **state)
{
	static char text[1 << 16];
	FILE *out = fmemopen(text, sizeof text, "w");
	struct ebb_conf *defaults;
	const char *name;

	(void)state;
	assert_non_null(out);
	ebb_conf_print_sample(out);
	fclose(out);
	assert_int_equal(parse(text), EBB_OK);
	defaults = conf;
	/* Every assignment of the sample is the default: uncommented, it is still the same configuration. */
	for (char *at = text; (at = strchr(at, '#')) != NULL; at++)
		if (at[1] != ' ')
			*at = ' ';
	assert_int_equal(parse(text), EBB_OK);
	assert_false(ebb_conf_needs_restart(defaults, conf, &name));
	assert_string_equal(defaults->public_url, conf->public_url);
	ebb_conf_free(&defaults);
}

static void
a_reload_knows_what_it_cannot_change(void **state)
{
	struct ebb_conf *next;
	const char *name = "";

	(void)state;
	assert_int_equal(parse(""), EBB_OK);
	assert_int_equal(ebb_conf_parse(&next, "session_hours = 3\n", "/etc/ebb", &err), EBB_OK);
	assert_false(ebb_conf_needs_restart(conf, next, &name));
	ebb_conf_free(&next);
	assert_int_equal(ebb_conf_parse(&next, "workers = 3\n", "/etc/ebb", &err), EBB_OK);
	assert_true(ebb_conf_needs_restart(conf, next, &name));
	assert_string_equal(name, "workers");
	ebb_conf_free(&next);
}

static void
a_missing_file_is_named(void **state)
{
	(void)state;
	assert_int_equal(ebb_conf_load(&conf, "/no/such/ebb.conf", &err), EBB_E_CONFIG);
	assert_non_null(strstr(err.sentence, "/no/such/ebb.conf"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_file_is_the_defaults, begin, end),
		cmocka_unit_test_setup_teardown(values_and_comments_are_read, begin, end),
		cmocka_unit_test_setup_teardown(all_faults_are_told_with_their_lines, begin, end),
		cmocka_unit_test_setup_teardown(a_parameter_stands_once, begin, end),
		cmocka_unit_test_setup_teardown(time_limits_must_be_in_order, begin, end),
		cmocka_unit_test_setup_teardown(the_database_names_no_user, begin, end),
		cmocka_unit_test_setup_teardown(a_fault_does_not_spoil_the_next_reading, begin, end),
		cmocka_unit_test_setup_teardown(the_sample_is_accepted_and_changes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_reload_knows_what_it_cannot_change, begin, end),
		cmocka_unit_test_setup_teardown(a_missing_file_is_named, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
