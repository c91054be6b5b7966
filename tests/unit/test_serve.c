/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from route to reply, over a scripted database: what is sent to it, and what becomes of its answers.
 * This file brings its own ebb_pg_run() and ebb_rows_*(), so libpq's side stays in its archive.
 */
#include "request.h"

#include "api/api.h"
#include "db/pg.h"

#include <jansson.h>

/* ---- the scripted database ---- */

#define COLUMNS 3

struct ebb_rows {
	int count, columns;
	const char *names[COLUMNS];
	uint32_t oids[COLUMNS];
	const char *cells[4][COLUMNS];
};

static struct {
	struct ebb_rows rows; /* the answer */
	enum ebb_rc rc;       /* or this refusal */
	int replay_status;
	int calls, stmt_count;
	bool is_read;
	char sql[2][200], params[2][5][200];
} db;

enum ebb_rc
ebb_pg_run(struct ebb_pg *pg, const struct ebb_pg_job *job, struct ebb_rows **rows_r)
{
	(void)pg;
	db.calls++;
	db.stmt_count = job->count;
	db.is_read = job->is_read;
	for (int i = 0; i < job->count; i++) {
		snprintf(db.sql[i], sizeof db.sql[i], "%s", job->stmts[i].sql);
		for (int p = 0; p < job->stmts[i].param_count; p++)
			snprintf(db.params[i][p], sizeof db.params[i][p], "%s",
				 job->stmts[i].params[p] == NULL ? "(null)" : job->stmts[i].params[p]);
	}
	*rows_r = &db.rows;
	if (db.rc == EBB_E_REPLAY) {
		job->err->replay_status = db.replay_status;
		job->err->replay_body = db.rows.cells[0][0];
	}
	return db.rc == EBB_OK ? EBB_OK : ebb_fail(job->err, db.rc, "The database says no.");
}

int
ebb_rows_count(const struct ebb_rows *rows)
{
	return rows->count;
}

int
ebb_rows_columns(const struct ebb_rows *rows)
{
	return rows->columns;
}

const char *
ebb_rows_name(const struct ebb_rows *rows, int column)
{
	return rows->names[column];
}

uint32_t
ebb_rows_oid(const struct ebb_rows *rows, int column)
{
	return rows->oids[column];
}

const char *
ebb_rows_text(const struct ebb_rows *rows, int row, int column, size_t *length_r)
{
	const char *text = rows->cells[row][column];

	if (length_r != NULL)
		*length_r = text == NULL ? 0 : strlen(text);
	return text;
}

static void
db_answers_json(const char *json)
{
	memset(&db, 0, sizeof db);
	db.rows = (struct ebb_rows){ .count = 1, .columns = 1, .names = { "f" }, .oids = { 114 }, .cells = { { json } } };
}

static void
db_answers_rows(int count)
{
	memset(&db, 0, sizeof db);
	db.rows = (struct ebb_rows){ .count = count,
				     .columns = 3,
				     .names = { "ticket_id", "subject", "_cursor" },
				     .oids = { 20, 25, 25 },
				     .cells = { { "1", "one", "c1" }, { "2", "two", "c+2" }, { "3", NULL, "c3" } } };
}

/* ---- requests ---- */

#define TOKEN "ebb_dana000000000000000000000000000000000000000"

static struct ebb_rq *
ask(const char *method, const char *path, const char *query, const char *body)
{
	rq_make(method, path, query, body);
	rq_one.head.authorization = "Bearer " TOKEN;
	return &rq_one;
}

static bool
has_header(const char *line)
{
	return strstr(ebb_str_done(&rq_one.reply.headers), line) != NULL;
}

static void
a_read_enters_and_calls_in_one_pipeline(void **state)
{
	(void)state;
	db_answers_json("{\"version\":3,\"ticket_id\":7}");
	ebb_api_serve(ask("GET", "/api/v1/tickets/7", "", ""));
	assert_int_equal(db.calls, 1);
	assert_int_equal(db.stmt_count, 2);
	assert_string_equal(db.sql[0], "select api.enter($1, $2, $3, $4, $5)");
	assert_int_equal(strlen(db.params[0][0]), 64);
	assert_string_equal(db.params[0][1], "test");
	assert_string_equal(db.params[0][2], "t");
	assert_string_equal(db.params[0][3], "(null)");
	assert_string_equal(db.sql[1], "select api.ticket_get($1::json)");
	assert_string_equal(db.params[1][0], "{\"ticket_id\":7}");
	assert_true(db.is_read);
	assert_int_equal(rq_one.reply.status, 200);
	assert_string_equal(rq_one.reply.body, "{\"version\":3,\"ticket_id\":7}");
	assert_true(has_header("ETag: \"3\"\r\n"));
	assert_false(has_header("Location"));
}

static void
a_fresh_copy_is_not_sent_again(void **state)
{
	(void)state;
	db_answers_json("{\"version\":3,\"ticket_id\":7}");
	ask("GET", "/api/v1/tickets/7", "", "")->head.if_none_match = "\"3\"";
	ebb_api_serve(&rq_one);
	assert_int_equal(rq_one.reply.status, 304);
	assert_int_equal(rq_one.reply.body_bytes, 0);
	assert_true(has_header("ETag: \"3\"\r\n"));
}

static void
a_write_keeps_its_answer_and_is_never_sent_twice(void **state)
{
	(void)state;
	db_answers_json("{\"version\":1,\"ticket_id\":12}");
	ask("POST", "/api/v1/tickets", "", "{\"subject\":\"a\",\"service_id\":1}")->head.idempotency_key = "k";
	ebb_api_serve(&rq_one);
	assert_string_equal(db.params[0][2], "f");
	assert_string_equal(db.params[0][3], "k");
	assert_int_equal(strlen(db.params[0][4]), 64);
	assert_string_equal(db.sql[1], "select api.keep(api.ticket_open($1::json), $2::int)");
	assert_string_equal(db.params[1][1], "201");
	assert_false(db.is_read);
	assert_int_equal(rq_one.reply.status, 201);
	assert_true(has_header("Location: /api/v1/tickets/12\r\n"));
}

static void
a_repeated_key_gives_the_same_answer_again(void **state)
{
	(void)state;
	db_answers_json("{\"version\":1,\"ticket_id\":12}");
	db.rc = EBB_E_REPLAY;
	db.replay_status = 201;
	ebb_api_serve(ask("POST", "/api/v1/tickets", "", "{\"subject\":\"a\",\"service_id\":1}"));
	assert_int_equal(rq_one.reply.status, 201);
	assert_string_equal(rq_one.reply.body, "{\"version\":1,\"ticket_id\":12}");
	assert_true(has_header("Idempotent-Replayed: true\r\n"));
	assert_true(has_header("Location: /api/v1/tickets/12\r\n"));
}

static void
what_is_refused_here_does_not_reach_the_database(void **state)
{
	(void)state;
	db_answers_json("{}");
	ebb_api_serve(rq_make("GET", "/api/v1/tickets", "", ""));
	assert_int_equal(rq_one.reply.status, 401);
	ebb_api_serve(ask("POST", "/api/v1/tickets", "", "{"));
	assert_int_equal(rq_one.reply.status, 400);
	ebb_api_serve(ask("PATCH", "/api/v1/tickets/1", "", "{}"));
	assert_int_equal(rq_one.reply.status, 428);
	ebb_api_serve(ask("DELETE", "/api/v1/tickets/1", "", ""));
	assert_int_equal(rq_one.reply.status, 405);
	assert_int_equal(db.calls, 0);
}

static void
a_refusal_of_the_database_is_a_problem(void **state)
{
	(void)state;
	db_answers_json("{}");
	db.rc = EBB_E_CONFLICT;
	ebb_api_serve(ask("POST", "/api/v1/tickets/1/take", "", ""));
	assert_int_equal(rq_one.reply.status, 409);
	assert_string_equal(rq_one.reply.content_type, "application/problem+json");
	db.rc = EBB_E_UNKNOWN_OUTCOME;
	ebb_api_serve(ask("POST", "/api/v1/tickets/1/take", "", ""));
	assert_int_equal(rq_one.reply.status, 503);
	assert_true(has_header("Retry-After: "));
}

static void
nothing_is_not_found(void **state)
{
	(void)state;
	db_answers_json(NULL);
	ebb_api_serve(ask("GET", "/api/v1/tickets/7", "", ""));
	assert_int_equal(rq_one.reply.status, 404);
}

static void
one_row_more_means_a_next_page(void **state)
{
	(void)state;
	db_answers_rows(3);
	ebb_api_serve(ask("GET", "/api/v1/tickets", "limit=2&q=a%20b&cursor=old", ""));
	assert_string_equal(db.sql[1], "select * from api.ticket_list($1::json)");
	assert_string_equal(rq_one.reply.body, "{\"items\":[{\"ticket_id\":1,\"subject\":\"one\"},{\"ticket_id\":2,"
					       "\"subject\":\"two\"}],\"next_cursor\":\"c+2\"}");
	assert_true(has_header("Link: </api/v1/tickets?limit=2&q=a%20b&cursor=c%2B2>; rel=\"next\"\r\n"));
}

static void
exactly_as_many_rows_are_the_end(void **state)
{
	(void)state;
	db_answers_rows(2);
	ebb_api_serve(ask("GET", "/api/v1/tickets", "limit=2", ""));
	assert_non_null(strstr(rq_one.reply.body, "\"next_cursor\":null"));
	assert_false(has_header("Link: "));
	db_answers_rows(0);
	ebb_api_serve(ask("GET", "/api/v1/tickets", "", ""));
	assert_string_equal(rq_one.reply.body, "{\"items\":[],\"next_cursor\":null}");
}

static void
a_list_comes_as_csv_when_asked_for(void **state)
{
	(void)state;
	db_answers_rows(3);
	ask("GET", "/api/v1/tickets", "", "")->head.accept = "text/csv";
	ebb_api_serve(&rq_one);
	assert_string_equal(rq_one.reply.content_type, "text/csv; charset=utf-8; header=present");
	assert_string_equal(rq_one.reply.body, "ticket_id,subject\r\n1,one\r\n2,two\r\n3,\r\n");
}

static void
a_list_without_cursor_column_is_our_fault(void **state)
{
	(void)state;
	db_answers_rows(1);
	db.rows.names[2] = "cursor";
	ebb_log_threshold(EBB_ERROR + 1);
	ebb_api_serve(ask("GET", "/api/v1/tickets", "", ""));
	ebb_log_threshold(EBB_INFO);
	assert_int_equal(rq_one.reply.status, 500);
}

static void
health_needs_nothing_and_ready_needs_all(void **state)
{
	(void)state;
	db_answers_json("{\"schema\":-5,\"writable\":true}");
	ebb_api_serve(rq_make("GET", "/api/health", "", ""));
	assert_int_equal(rq_one.reply.status, 200);
	assert_int_equal(db.calls, 0);
	ebb_api_serve(rq_make("GET", "/api/ready", "", ""));
	assert_int_equal(rq_one.reply.status, 503);
	assert_non_null(strstr(rq_one.reply.body, "ebbctl migrate"));
	assert_string_equal(db.sql[0], "select api.ready()");
	assert_int_equal(db.stmt_count, 1);
	db.rc = EBB_E_DB_LOST;
	ebb_api_serve(rq_make("GET", "/api/ready", "", ""));
	assert_int_equal(rq_one.reply.status, 503);
	ebb_api_serve(rq_make("GET", "/api/metrics", "", ""));
	assert_int_equal(rq_one.reply.status, 200);
	assert_non_null(strstr(rq_one.reply.body, "ebb_database_up 0\n"));
}

/* Every "$ref" of the document must lead somewhere in it. */
static void
check_refs(json_t *doc, json_t *at)
{
	const char *name, *ref;
	json_t *value;
	size_t i;

	if (json_is_object(at)) {
		json_object_foreach(at, name, value) {
			if (strcmp(name, "$ref") == 0) {
				char path[200], *rest = path, *part;
				json_t *target = doc;

				ref = json_string_value(value);
				snprintf(path, sizeof path, "%s", ref + 2);
				while ((part = strsep(&rest, "/")) != NULL)
					target = json_object_get(target, part);
				if (target == NULL)
					fail_msg("%s leads nowhere", ref);
			}
			check_refs(doc, value);
		}
	}
	json_array_foreach(at, i, value)
		check_refs(doc, value);
}

static void
the_document_describes_every_route(void **state)
{
	json_t *doc, *operation;
	char method[8];

	(void)state;
	db_answers_json("{\"functions\":{\"ticket_get\":\"One \\\"ticket\\\".\"},\"schemas\":{\"Ticket\":{\"type\":\"object\"}}}");
	ebb_api_forget();
	ebb_api_serve(rq_make("GET", "/api/openapi.json", "", ""));
	assert_int_equal(rq_one.reply.status, 200);
	doc = json_loadb(rq_one.reply.body, rq_one.reply.body_bytes, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(doc);
	check_refs(doc, doc);
	for (unsigned i = 0; i < ebb_route_count; i++) {
		const struct ebb_route *route = &ebb_routes[i];

		if ((route->flags & EBB_ROUTE_HIDDEN) != 0)
			continue;
		snprintf(method, sizeof method, "%s", ebb_method_name(route->method));
		for (char *at = method; *at != '\0'; at++)
			*at = (char)(*at | 0x20);
		operation = json_object_get(json_object_get(json_object_get(doc, "paths"), route->pattern), method);
		assert_string_equal(json_string_value(json_object_get(operation, "operationId")), route->fn);
		assert_string_equal(json_string_value(json_object_get(operation, "summary")), route->text);
		assert_true(json_is_object(json_object_get(operation, "responses")));
		assert_int_equal(json_is_object(json_object_get(operation, "requestBody")),
				 route->method != EBB_GET && route->fields[0].name != NULL);
		assert_int_equal(json_is_array(json_object_get(operation, "security")), route->access == EBB_ANYONE);
	}
	json_decref(doc);
	/* The second time it comes from what the worker keeps, until it is told to forget. */
	assert_int_equal(db.calls, 1);
	ebb_api_serve(rq_make("GET", "/api/openapi.json", "", ""));
	assert_int_equal(db.calls, 1);
	ebb_api_forget();
	ebb_api_serve(rq_make("GET", "/api/openapi.json", "", ""));
	assert_int_equal(db.calls, 2);
	ebb_api_forget();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_read_enters_and_calls_in_one_pipeline),
		cmocka_unit_test(a_fresh_copy_is_not_sent_again),
		cmocka_unit_test(a_write_keeps_its_answer_and_is_never_sent_twice),
		cmocka_unit_test(a_repeated_key_gives_the_same_answer_again),
		cmocka_unit_test(what_is_refused_here_does_not_reach_the_database),
		cmocka_unit_test(a_refusal_of_the_database_is_a_problem),
		cmocka_unit_test(nothing_is_not_found),
		cmocka_unit_test(one_row_more_means_a_next_page),
		cmocka_unit_test(exactly_as_many_rows_are_the_end),
		cmocka_unit_test(a_list_comes_as_csv_when_asked_for),
		cmocka_unit_test(a_list_without_cursor_column_is_our_fault),
		cmocka_unit_test(health_needs_nothing_and_ready_needs_all),
		cmocka_unit_test(the_document_describes_every_route),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
