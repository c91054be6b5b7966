/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments: path, query, body and headers become one object, or every fault is told at its place. */
#include "request.h"

#include <jansson.h>
#include <stdlib.h>

#define TICKETS "/api/v1/tickets"

static enum ebb_rc
open_ticket(const char *body)
{
	return rq_collect(rq_make("POST", TICKETS, "", body));
}

static enum ebb_rc
list(const char *query)
{
	return rq_collect(rq_make("GET", TICKETS, query, ""));
}

static void
body_and_path_become_one_object(void **state)
{
	(void)state;
	assert_int_equal(open_ticket("{\"service_id\": 5, \"subject\": \"a\\u00e4\\\"\"}"), EBB_OK);
	assert_string_equal(rq_one.args, "{\"subject\":\"a\xc3\xa4\\\"\",\"service_id\":5}");
	rq_make("PATCH", TICKETS "/7", "", "{\"description\":null}");
	rq_one.head.if_match = "\"3\"";
	assert_int_equal(rq_collect(&rq_one), EBB_OK);
	assert_string_equal(rq_one.args, "{\"ticket_id\":7,\"description\":null,\"if_match\":3}");
	assert_int_equal(rq_collect(rq_make("POST", TICKETS "/7/take", "", "")), EBB_OK);
	assert_string_equal(rq_one.args, "{\"ticket_id\":7}");
}

static void
all_faults_are_told_at_once(void **state)
{
	(void)state;
	assert_int_equal(open_ticket("{\"subject\":5,\"impact\":9,\"urgency\":1.5,\"a/b\":1,\"description\":null}"),
			 EBB_E_INVALID);
	assert_string_equal(rq_fault(&rq_one, "/subject"), "A text is needed.");
	assert_string_equal(rq_fault(&rq_one, "/impact"), "A whole number from 1 to 3 is needed.");
	assert_string_equal(rq_fault(&rq_one, "/urgency"), "A whole number is needed.");
	assert_string_equal(rq_fault(&rq_one, "/description"), "This cannot be null.");
	assert_string_equal(rq_fault(&rq_one, "/a~1b"), "There is no such field.");
	assert_int_equal(rq_one.err.item_count, 5);
	assert_int_equal(open_ticket("{\"service_id\":51}"), EBB_E_INVALID);
	assert_string_equal(rq_fault(&rq_one, "/subject"), "This field is needed.");
}

static enum ebb_rc
configure(const char *body)
{
	rq_make("PATCH", "/api/v1/plugins/3/departments/1", "", body);
	rq_one.head.if_match = "\"1\"";
	return rq_collect(&rq_one);
}

static void
numbers_with_a_fraction_and_objects_of_whatever_members(void **state)
{
	(void)state;
	assert_int_equal(configure("{\"min_confidence\":0.75,\"config\":{\"words\":[\"a\",{\"b\":null}]}}"), EBB_OK);
	assert_string_equal(rq_one.args, "{\"plugin_id\":3,\"department_id\":1,\"min_confidence\":0.75,"
					 "\"config\":{\"words\":[\"a\",{\"b\":null}]},\"if_match\":1}");
	assert_int_equal(configure("{\"min_confidence\":1}"), EBB_OK);
	assert_int_equal(configure("{\"min_confidence\":1.01,\"config\":[]}"), EBB_E_INVALID);
	assert_string_equal(rq_fault(&rq_one, "/min_confidence"), "A number from 0 to 1 is needed.");
	assert_string_equal(rq_fault(&rq_one, "/config"), "A JSON object is needed.");
	assert_int_equal(configure("{\"min_confidence\":\"1\",\"config\":\"{}\"}"), EBB_E_INVALID);
	assert_string_equal(rq_fault(&rq_one, "/min_confidence"), "A number is needed.");
	assert_int_equal(configure("{\"config\":null}"), EBB_E_INVALID);
}

static enum ebb_rc
report(const char *query)
{
	return rq_collect(rq_make("GET", "/api/v1/reports/4", query, ""));
}

/* Only the plugin knows what else a report may be asked for: it is collected as texts, and there is little of it. */
static void
a_document_takes_parameters_of_its_own(void **state)
{
	char query[3000] = "department_id=1&long=";

	(void)state;
	assert_int_equal(report("department_id=1&team_id=12&days=%22a%5C"), EBB_OK);
	assert_string_equal(rq_one.args, "{\"report_id\":4,\"department_id\":1,\"params\":{\"team_id\":\"12\",\"days\":\"\\\"a\\\\\"}}");
	assert_int_equal(report("department_id=1&format=csv"), EBB_OK);
	assert_string_equal(rq_one.args, "{\"report_id\":4,\"department_id\":1,\"format\":\"csv\",\"params\":{}}");
	assert_int_equal(report("format=exe"), EBB_E_BAD_REQUEST);
	assert_int_equal(report("days=1&days=2"), EBB_E_BAD_REQUEST);
	assert_int_equal(report("Days=1"), EBB_E_BAD_REQUEST);
	assert_int_equal(report("a%22b=1"), EBB_E_BAD_REQUEST);
	memset(query + strlen(query), 'x', 501);
	assert_int_equal(report(query), EBB_E_BAD_REQUEST);
	query[0] = '\0';
	for (int i = 0; i < 21; i++)
		sprintf(query + strlen(query), "%sp%d=1", i > 0 ? "&" : "", i);
	assert_int_equal(report(query), EBB_E_BAD_REQUEST);
}

static void
texts_are_measured_in_characters(void **state)
{
	char body[2000], *subject = body + 16;

	(void)state;
	strcpy(body, "{\"service_id\":1,\"subject\":\"");
	subject = body + strlen(body);
	for (int i = 0; i < 200; i++)
		strcpy(subject + i * 2, "\xc3\xa4");
	strcat(body, "\"}");
	assert_int_equal(open_ticket(body), EBB_OK);
	strcpy(subject + 400, "x\"}");
	assert_int_equal(open_ticket(body), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"service_id\":1,\"subject\":\"\"}"), EBB_E_INVALID);
	assert_int_equal(rq_collect(rq_make("POST", TICKETS "/7/comments", "", "{\"body\":\"\"}")), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"service_id\":1,\"subject\":\"a\",\"description\":\"\"}"), EBB_OK);
	assert_int_equal(open_ticket("{\"service_id\":1,\"subject\":\"two\\nlines\"}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"service_id\":1,\"subject\":\"a\",\"description\":\"two\\nlines\"}"), EBB_OK);
	assert_int_equal(open_ticket("{\"service_id\":1,\"subject\":\"a\",\"description\":\"bell\\u0007\"}"),
			 EBB_E_INVALID);
}

static void
ids_are_whole_numbers_that_json_readers_keep(void **state)
{
	(void)state;
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":9007199254740991}"), EBB_OK);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":9007199254740992}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":0}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":\"1\"}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":1.0}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":1e400}"), EBB_E_INVALID);
	assert_int_equal(open_ticket("{\"subject\":\"a\",\"service_id\":99999999999999999999}"), EBB_E_INVALID);
}

static void
times_need_a_day_that_exists_and_an_offset(void **state)
{
	static const char format[] = "{\"waiting_reason\":\"%s\",\"waiting_until\":\"%s\"}";
	char body[200];

	(void)state;
	snprintf(body, sizeof body, format, "requester", "2026-11-22T09:00:00+01:00");
	assert_int_equal(rq_collect(rq_make("POST", TICKETS "/7/wait", "", body)), EBB_OK);
	snprintf(body, sizeof body, format, "weather", "2026-02-30T09:00:00Z");
	assert_int_equal(rq_collect(rq_make("POST", TICKETS "/7/wait", "", body)), EBB_E_INVALID);
	assert_non_null(rq_fault(&rq_one, "/waiting_until"));
	assert_string_equal(rq_fault(&rq_one, "/waiting_reason"),
			    "One of requester, supplier, approval or scheduled is needed.");
}

static void
what_is_no_json_is_400(void **state)
{
	static const char *const bodies[] = { "{", "{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}", "{\"a\":\"\\u0000\"}",
					      "{\"a\":\"\\ud800\"}", "{} x", "{'a':1}", "nul", "{\"a\":01}", "\xef\xbb\xbf{}" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(bodies); i++)
		assert_int_equal(open_ticket(bodies[i]), EBB_E_BAD_REQUEST);
	assert_int_equal(open_ticket(""), EBB_E_BAD_REQUEST);
	assert_int_equal(open_ticket("[]"), EBB_E_INVALID);
	assert_int_equal(open_ticket("1"), EBB_E_INVALID);
	rq_make("POST", TICKETS, "", "{\"a\":1}");
	rq_one.body = "{\"a\"\0:1}";
	rq_one.body_bytes = 8;
	assert_int_equal(rq_collect(&rq_one), EBB_E_BAD_REQUEST);
}

static void
depth_and_length_of_keys_are_limited(void **state)
{
	char *body = malloc(10000);

	(void)state;
	for (int depth = EBB_JSON_DEPTH; depth <= EBB_JSON_DEPTH + 1; depth++) {
		memset(body, '[', (size_t)depth);
		memset(body + depth, ']', (size_t)depth);
		body[2 * depth] = '\0';
		assert_int_equal(open_ticket(body), depth == EBB_JSON_DEPTH ? EBB_E_INVALID : EBB_E_BAD_REQUEST);
	}
	strcpy(body, "{\"");
	memset(body + 2, 'k', 4097);
	strcpy(body + 2 + 4097, "\" : 1}");
	assert_int_equal(open_ticket(body), EBB_E_BAD_REQUEST);
	strcpy(body + 2 + 4096, "\" : 1}");
	assert_int_equal(open_ticket(body), EBB_E_INVALID);
	/* The answer does not send the whole key back. */
	assert_true(strlen(rq_one.err.items->pointer) <= 101 || strlen(rq_one.err.items->next->pointer) <= 101);
	free(body);
}

static void
the_number_of_faults_told_is_limited(void **state)
{
	char *body = malloc(20000);
	size_t length = 1;

	(void)state;
	strcpy(body, "{");
	for (int i = 0; i < 500; i++)
		length += (size_t)sprintf(body + length, "%s\"x%d\":1", i ? "," : "", i);
	strcpy(body + length, "}");
	assert_int_equal(open_ticket(body), EBB_E_INVALID);
	assert_true(rq_one.err.item_count <= EBB_FAULTS_MOST);
	free(body);
}

static void
a_body_must_be_json_by_type_and_whole(void **state)
{
	static const char *const good[] = { "application/json", "Application/JSON; charset=UTF-8",
					    "application/json;charset=\"utf-8\"" };
	static const char *const bad[] = { "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
					   "application/json; charset=latin1", "application/merge-patch+json" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(good) + EBB_COUNT(bad); i++) {
		bool is_good = i < EBB_COUNT(good);

		rq_make("POST", TICKETS, "", "{\"subject\":\"a\",\"service_id\":1}");
		rq_one.head.content_type = is_good ? good[i] : bad[i - EBB_COUNT(good)];
		assert_int_equal(rq_collect(&rq_one), is_good ? EBB_OK : EBB_E_MEDIA_TYPE);
	}
	rq_make("POST", TICKETS, "", "{}");
	rq_one.is_body_too_large = true;
	assert_int_equal(rq_collect(&rq_one), EBB_E_TOO_LARGE);
	rq_make("POST", TICKETS, "", "{}");
	rq_one.is_body_cut = true;
	assert_int_equal(rq_collect(&rq_one), EBB_E_BAD_REQUEST);
}

static void
lists_have_limit_cursor_and_filters(void **state)
{
	(void)state;
	assert_int_equal(list(""), EBB_OK);
	assert_string_equal(rq_one.args, "{\"limit\":50}");
	assert_int_equal(list("limit=200&cursor=a%2Bb&state=new,waiting&team_id=3&unassigned=true&q=a+b%C3%A4"), EBB_OK);
	assert_string_equal(rq_one.args, "{\"cursor\":\"a+b\",\"state\":\"new,waiting\",\"team_id\":3,\"unassigned\":true,"
					 "\"q\":\"a b\xc3\xa4\",\"limit\":200}");
	assert_int_equal(rq_one.limit, 200);
	assert_int_equal(list("limit=201&team_id=x&unassigned=1&state=new,,open&sort=id&cursor="), EBB_E_BAD_REQUEST);
	assert_int_equal(rq_one.err.item_count, 6);
	assert_non_null(rq_fault(&rq_one, "/limit"));
	assert_non_null(rq_fault(&rq_one, "/cursor"));
}

static void
parameters_that_do_not_exist_or_come_twice_are_400(void **state)
{
	(void)state;
	assert_int_equal(list("nothing=1"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("limit=1&limit=2"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("q=%ff"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("q=%00"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("q=%4"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("ticket_id=1"), EBB_E_BAD_REQUEST);
	assert_int_equal(list("token=ebb_x"), EBB_E_BAD_REQUEST);
	assert_int_equal(rq_collect(rq_make("GET", TICKETS "/1", "limit=3", "")), EBB_E_BAD_REQUEST);
	assert_int_equal(rq_collect(rq_make("POST", TICKETS "/1/take", "assignee_id=3", "")), EBB_E_BAD_REQUEST);
}

static void
a_key_is_visible_and_its_hash_covers_the_request(void **state)
{
	char first[EBB_HASH_HEX], key[300];

	(void)state;
	rq_make("POST", TICKETS, "", "{\"subject\":\"a\",\"service_id\":1}");
	rq_one.head.idempotency_key = "k-1";
	assert_int_equal(rq_collect(&rq_one), EBB_OK);
	assert_string_equal(rq_one.key, "k-1");
	memcpy(first, rq_one.key_hash, sizeof first);
	assert_int_equal(strlen(first), 64);
	rq_make("POST", TICKETS, "", "{\"subject\":\"b\",\"service_id\":1}");
	rq_one.head.idempotency_key = "k-1";
	assert_int_equal(rq_collect(&rq_one), EBB_OK);
	assert_string_not_equal(first, rq_one.key_hash);

	memset(key, 'k', sizeof key);
	key[255] = '\0';
	for (int i = 0; i < 5; i++) {
		static const char *const bad[] = { "", "a b", "\xc3\xa4", "a\tb" };

		rq_make("POST", TICKETS, "", "{\"subject\":\"a\",\"service_id\":1}");
		rq_one.head.idempotency_key = i < 4 ? bad[i] : key;
		assert_int_equal(rq_collect(&rq_one), i < 4 ? EBB_E_BAD_REQUEST : EBB_OK);
	}
	key[255] = 'k';
	key[256] = '\0';
	rq_make("POST", TICKETS, "", "{}");
	rq_one.head.idempotency_key = key;
	assert_int_equal(rq_collect(&rq_one), EBB_E_BAD_REQUEST);
}

static void
a_secret_is_checked_but_not_collected(void **state)
{
	json_t *body;

	(void)state;
	assert_int_equal(rq_collect(rq_make("POST", "/api/v1/session", "",
					    "{\"email\":\"a@b.example\",\"password\":\"open sesame\"}")),
			 EBB_OK);
	assert_null(strstr(rq_one.args, "sesame"));
	assert_int_equal(ebb_args_body(&rq_one, &body), EBB_OK);
	assert_string_equal(json_string_value(json_object_get(body, "password")), "open sesame");
	assert_int_equal(rq_collect(rq_make("POST", "/api/v1/session", "", "{\"email\":\"a@b.example\"}")),
			 EBB_E_INVALID);
	assert_non_null(rq_fault(&rq_one, "/password"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_and_path_become_one_object),
		cmocka_unit_test(all_faults_are_told_at_once),
		cmocka_unit_test(numbers_with_a_fraction_and_objects_of_whatever_members),
		cmocka_unit_test(a_document_takes_parameters_of_its_own),
		cmocka_unit_test(texts_are_measured_in_characters),
		cmocka_unit_test(ids_are_whole_numbers_that_json_readers_keep),
		cmocka_unit_test(times_need_a_day_that_exists_and_an_offset),
		cmocka_unit_test(what_is_no_json_is_400),
		cmocka_unit_test(depth_and_length_of_keys_are_limited),
		cmocka_unit_test(the_number_of_faults_told_is_limited),
		cmocka_unit_test(a_body_must_be_json_by_type_and_whole),
		cmocka_unit_test(lists_have_limit_cursor_and_filters),
		cmocka_unit_test(parameters_that_do_not_exist_or_come_twice_are_400),
		cmocka_unit_test(a_key_is_visible_and_its_hash_covers_the_request),
		cmocka_unit_test(a_secret_is_checked_but_not_collected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
