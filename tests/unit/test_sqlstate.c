/* SPDX-License-Identifier: Apache-2.0 */
/* What a refusal of the database means to a caller: our own words, a sentence of ours, or an id and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/call.h"

static struct ebb_arena *arena;
static struct ebb_err err;
static char log_path[] = "/tmp/ebb-test-log-XXXXXX";

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

static enum ebb_rc
refused(const char *sqlstate, const char *message, const char *detail, const char *constraint)
{
	const struct ebb_db_refusal refusal = {
		.sqlstate = sqlstate, .message = message, .detail = detail, .constraint = constraint, .hint = NULL
	};

	return ebb_db_refused(&err, NULL, &refusal);
}

static void
our_states_carry_their_own_sentence(void **state)
{
	(void)state;
	assert_int_equal(refused("ZE409", "The ticket is closed.", "[{\"pointer\":\"/x\",\"detail\":\"y\"}]", NULL),
			 EBB_E_CONFLICT);
	assert_string_equal(err.sentence, "The ticket is closed.");
	assert_string_equal(err.items_json, "[{\"pointer\":\"/x\",\"detail\":\"y\"}]");
	assert_string_equal(err.sqlstate, "ZE409");
}

static void
every_state_of_codes_def_is_known(void **state)
{
	(void)state;
	for (enum ebb_rc rc = EBB_OK + 1; rc < EBB_RC_COUNT; rc++) {
		const char *sqlstate = ebb_code(rc)->sqlstate;
		char number[4];

		if (sqlstate[0] == '\0')
			continue;
		assert_int_equal(ebb_code_of_sqlstate(sqlstate), rc);
		memcpy(number, sqlstate + 2, 4);
		assert_int_equal(atoi(number), ebb_code(rc)->status);
	}
	assert_int_equal(ebb_code_of_sqlstate("ZE418"), EBB_OK);
	assert_int_equal(ebb_code_of_sqlstate(""), EBB_OK);
}

static void
a_detail_that_is_no_list_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(refused("ZE422", "No.", "Key (email)=(a@b) exists", NULL), EBB_E_INVALID);
	assert_null(err.items_json);
}

static void
a_replay_carries_status_and_body(void **state)
{
	(void)state;
	assert_int_equal(refused("ZE200", "201", "{\"version\":1}", NULL), EBB_E_REPLAY);
	assert_int_equal(err.replay_status, 201);
	assert_string_equal(err.replay_body, "{\"version\":1}");
	assert_int_equal(refused("ZE200", "nonsense", "{}", NULL), EBB_E_INTERNAL);
}

static void
a_known_constraint_is_a_sentence_at_its_field(void **state)
{
	(void)state;
	assert_int_equal(refused("23514", "new row violates", NULL, "ticket_impact_range"), EBB_E_INVALID);
	assert_string_equal(err.items->pointer, "/impact");
	assert_null(strstr(err.sentence, "violates"));
}

static void
states_that_pass_say_when_to_come_again(void **state)
{
	static const struct {
		const char *sqlstate;
		enum ebb_rc rc;
	} rows[] = { { "57014", EBB_E_TIMEOUT }, { "40001", EBB_E_BUSY },	  { "40P01", EBB_E_BUSY },
		     { "55P03", EBB_E_BUSY },	 { "53300", EBB_E_UNAVAILABLE }, { "25006", EBB_E_UNAVAILABLE },
		     { "57P01", EBB_E_DB_LOST }, { "08006", EBB_E_DB_LOST } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin(state);
		assert_int_equal(refused(rows[i].sqlstate, "secret words", NULL, NULL), rows[i].rc);
		assert_int_equal(ebb_code(rows[i].rc)->status, 503);
		assert_true(err.retry_after_s > 0);
		assert_null(strstr(err.sentence, "secret"));
	}
}

static void
the_unmapped_shows_its_id_and_the_log_has_the_rest(void **state)
{
	char line[8192] = "";
	int fd;

	(void)state;
	assert_int_equal(ebb_log_open(log_path), 0);
	assert_int_equal(refused("42P01", "relation \"x\" does not exist", "Key (email)=(a@b.example)", "some_check"),
			 EBB_E_INTERNAL);
	assert_true(err.log_id[0] != '\0');
	assert_non_null(strstr(err.sentence, err.log_id));
	assert_null(strstr(err.sentence, "relation"));
	fd = open(log_path, O_RDONLY);
	assert_true(read(fd, line, sizeof line - 1) > 0);
	close(fd);
	assert_non_null(strstr(line, err.log_id));
	assert_non_null(strstr(line, "relation"));
	assert_non_null(strstr(line, "some_check"));
	assert_null(strstr(line, "a@b.example"));
	assert_int_equal(ebb_log_open(NULL), 0);
}

static int
make_log(void **state)
{
	int fd = mkstemp(log_path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int
remove_log(void **state)
{
	(void)state;
	return unlink(log_path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(our_states_carry_their_own_sentence, begin),
		cmocka_unit_test_setup(every_state_of_codes_def_is_known, begin),
		cmocka_unit_test_setup(a_detail_that_is_no_list_is_left_out, begin),
		cmocka_unit_test_setup(a_replay_carries_status_and_body, begin),
		cmocka_unit_test_setup(a_known_constraint_is_a_sentence_at_its_field, begin),
		cmocka_unit_test_setup(states_that_pass_say_when_to_come_again, begin),
		cmocka_unit_test_setup(the_unmapped_shows_its_id_and_the_log_has_the_rest, begin),
	};
	return cmocka_run_group_tests(tests, make_log, remove_log);
}
