/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the life of a plugin's process with a plugin that keeps its promises: configuration, calls of each kind,
 *          several callers, headers older and newer, leaving.
 * Memory:  the guests'.
 * Must not know: callers, the database.
 */
#include "guest.h"

#define EVENT(id, ticket, name) \
	"{\"event_id\":" id ",\"name\":\"" name "\",\"ticket_id\":" ticket ",\"seq\":1,\"occurred_at\":9,\"changes\":{\"impact\":[1,2]},\"facts\":{}}"

static void
a_call_runs_with_initials_until_a_configuration_comes(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->hello, "\"name\":\"honest\",\"version\":\"1.0\"");
	assert_has(guest->reply, "\"value\":\"printer\",\"confidence\":0.750000,\"explanation\":\"My printer\"");
	guest_config(guest, 1, "{\"word\":\"laptop\"}");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"value\":\"laptop\"");
	assert_has(guest->reply, "\"calls: 1\"");
	/* The same and an older version change nothing. */
	guest_config(guest, 1, "{\"word\":\"mouse\"}");
	guest_config(guest, 0, "{\"word\":\"mouse\"}");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"value\":\"laptop\"");
	assert_has(guest->reply, "\"calls: 2\"");
	guest_config(guest, 2, "{}");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"value\":\"printer\"");
	assert_has(guest->reply, "\"calls: 1\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
facts_and_rows_arrive(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_int_equal(guest_call(guest, "{\"kind\":\"categorise\",\"now\":5,\"ticket\":{\"department_id\":7,\"subject\":\"\u00e4\",\"form\":{\"a\":[1,null]}},"
					   "\"rows\":{\"words\":[{\"word\":\"first\",\"no\":null},{\"word\":\"second\",\"no\":null}]}}"),
			 SAW_REPLY);
	assert_has(guest->reply, "\"rows: 2\"");
	assert_has(guest->reply, "\"text\":\"first\"");
	assert_has(guest->reply, "\"department: 7\"");
	assert_has(guest->reply, "{\\\"a\\\":[1,null]}");
	assert_int_equal(guest_call(guest, "{\"kind\":\"categorise\",\"ticket\":{},\"rows\":{\"words\":[]}}"), SAW_REPLY);
	assert_has(guest->reply, "\"rows: 0\"");
	assert_has(guest->reply, "\"department: 3\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
events_are_done_one_by_one_and_in_order_per_ticket(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_int_equal(guest_call(guest, "{\"kind\":\"automate\",\"now\":5,\"events\":[" EVENT("11", "1", "ticket.opened") "," EVENT(
						   "12", "2", "ticket.later") "," EVENT("13", "2", "ticket.opened") "," EVENT("14", "1", "ticket.skipped") "]}"),
			 SAW_REPLY);
	assert_int_equal(guest->event_id, 14);
	assert_has(guest->reply, "{\"event_id\":11,\"result\":\"ok\"");
	assert_has(guest->reply, "\"action\":\"note\",\"args\":{\"text\": \"seen\"},\"explanation\":\"Every event is noted.\",\"rule\":\"all\",\"rule_version\":3,"
				 "\"inputs\":{\"impact\":[1,2]}}");
	assert_has(guest->reply, "{\"event_id\":12,\"result\":\"later\"");
	assert_has(guest->reply, "{\"event_id\":13,\"result\":\"later\",\"sentence\":\"an earlier event of the same ticket comes first\"");
	assert_has(strstr(guest->reply, "\"event_id\":14"), "\"actions\":[]");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
a_report_is_a_document(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_int_equal(guest_call(guest, "{\"kind\":\"report\",\"report\":\"any\",\"format\":\"json\",\"params\":{\"days\":\"7\"},\"rows\":{}}"), SAW_REPLY);
	/* {"asked":{"days":"7"}} */
	assert_has(guest->reply, "\"document\":\"eyJhc2tlZCI6eyJkYXlzIjoiNyJ9fQ==\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
check_sees_what_shall_be_saved(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_int_equal(guest_call(guest, "{\"kind\":\"check\",\"config\":{\"word\":\"no\"}}"), SAW_REPLY);
	assert_has(guest->reply, "\"result\":\"fail\",\"pointer\":\"/word\",\"sentence\":\"The word must not be no.\"");
	assert_int_equal(guest_call(guest, "{\"kind\":\"check\",\"config\":{\"word\":\"yes\"}}"), SAW_REPLY);
	assert_has(guest->reply, "\"result\":\"ok\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
a_start_that_fails_is_the_answer_until_a_newer_configuration(void **state)
{
	struct guest *guest = guest_start("fail_start");

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
		assert_false(guest->has_begun);
		assert_has(guest->reply, "\"result\":\"fail\"");
		assert_has(guest->reply, "The department is not good yet.");
	}
	guest_config(guest, 1, "{\"is_good\":\"true\"}");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "\"result\":\"ok\"");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
headers_older_and_newer_load(void **state)
{
	struct guest *guest = guest_start("old_header");

	(void)state;
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "the old one is here");
	assert_int_equal(guest_call(guest, "{\"kind\":\"report\"}"), SAW_REPLY);
	assert_has(guest->reply, "does not serve");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
	guest = guest_start("new_header");
	assert_int_equal(guest_call(guest, CATEGORISE), SAW_REPLY);
	assert_has(guest->reply, "the new one is here");
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
several_callers_are_served(void **state)
{
	struct guest *guest = guest_start("honest");
	struct ebb_wire others[8], first;

	(void)state;
	first = guest->wire;
	for (int i = 0; i < 8; i++) {
		int fd = ebb_host_dial(&guest->child);

		assert_true(fd >= 0);
		ebb_wire_init(&others[i], fd, EBB_WIRE_CORE);
		assert_int_not_equal(ebb_wire_send(&others[i], EBB_WIRE_CALL, 1, CATEGORISE, strlen(CATEGORISE)), EBB_WIRE_END);
	}
	guest->call_no = 1;
	for (int i = 0; i < 8; i++) {
		guest->wire = others[i];
		assert_int_equal(guest_wait(guest, GUEST_LIMIT_MS), SAW_REPLY);
		close(guest->wire.fd);
		ebb_wire_drop(&guest->wire);
	}
	guest->wire = first;
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static enum ebb_control
await_control(struct guest *guest)
{
	struct pollfd one = { .fd = guest->child.control_fd, .events = POLLIN };

	assert_int_equal(poll(&one, 1, GUEST_LIMIT_MS), 1);
	return ebb_control_receive(guest->child.control_fd, NULL);
}

static void
ping_is_answered_and_leave_obeyed(void **state)
{
	struct guest *guest = guest_start("honest");

	(void)state;
	assert_true(ebb_control_send(guest->child.control_fd, EBB_CONTROL_PING, -1));
	assert_int_equal(await_control(guest), EBB_CONTROL_PONG);
	assert_true(ebb_control_send(guest->child.control_fd, EBB_CONTROL_LEAVE, -1));
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_LEFT);
	guest_forget(guest);
}

static void
an_idle_one_leaves(void **state)
{
	struct guest *guest = guest_start_with("honest", PLUGIN("honest"), (struct ebb_host_opts){ .idle_ms = 50 });

	(void)state;
	guest_await(guest);
	assert_int_equal(guest->end, EBB_HOST_LEFT);
	guest_forget(guest);
}

static void
calls_that_cannot_be_understood_are_refused(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "{\"kind\":7}", "{\"kind\":\"dance\"}", "\"\\u0000\"" };
	struct guest *guest = guest_start("honest");

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bodies); i++) {
		assert_int_equal(guest_call(guest, bodies[i]), SAW_REPLY);
		assert_has(guest->reply, "\"result\":\"fail\"");
	}
	assert_int_equal(guest_finish(guest), EBB_HOST_LEFT);
}

static void
nobody_starts_it_by_hand(void **state)
{
	int status = system(EBB_TEST_BUILD "/ebbd plugin-host 2>/dev/null");

	(void)state;
	assert_int_equal(WEXITSTATUS(status), EBB_HOST_EXIT_START);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_runs_with_initials_until_a_configuration_comes),
		cmocka_unit_test(facts_and_rows_arrive),
		cmocka_unit_test(events_are_done_one_by_one_and_in_order_per_ticket),
		cmocka_unit_test(a_report_is_a_document),
		cmocka_unit_test(check_sees_what_shall_be_saved),
		cmocka_unit_test(a_start_that_fails_is_the_answer_until_a_newer_configuration),
		cmocka_unit_test(headers_older_and_newer_load),
		cmocka_unit_test(several_callers_are_served),
		cmocka_unit_test(ping_is_answered_and_leave_obeyed),
		cmocka_unit_test(an_idle_one_leaves),
		cmocka_unit_test(calls_that_cannot_be_understood_are_refused),
		cmocka_unit_test(nobody_starts_it_by_hand),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
