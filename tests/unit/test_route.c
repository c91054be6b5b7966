/* SPDX-License-Identifier: Apache-2.0 */
/* Routes: the right row by method and path, ids in the path, 404, 405 with Allow. */
#include "request.h"

static enum ebb_rc
find(const char *method, const char *path)
{
	return ebb_route_find(rq_make(method, path, "", ""));
}

static void
method_and_path_name_one_row(void **state)
{
	(void)state;
	assert_int_equal(find("GET", "/api/v1/tickets"), EBB_OK);
	assert_string_equal(rq_one.route->fn, "ticket_list");
	assert_int_equal(find("POST", "/api/v1/tickets"), EBB_OK);
	assert_string_equal(rq_one.route->fn, "ticket_open");
	assert_int_equal(find("POST", "/api/v1/tickets/9007199254740991/take"), EBB_OK);
	assert_string_equal(rq_one.route->fn, "ticket_take");
	assert_true(rq_one.path_ids[0] == 9007199254740991);
	assert_string_equal(rq_one.log.route, "/api/v1/tickets/{ticket_id}/take");
	assert_int_equal(find("HEAD", "/api/v1/tickets/7"), EBB_OK);
	assert_string_equal(rq_one.route->fn, "ticket_get");
}

static void
what_is_no_id_is_not_found(void **state)
{
	static const char *const paths[] = { "/api/v1/tickets/0",   "/api/v1/tickets/07",
					     "/api/v1/tickets/-1",  "/api/v1/tickets/x",
					     "/api/v1/tickets/",    "/api/v1/tickets/1/",
					     "/api/v1/tickets/1x",  "/api/v1/tickets/9007199254740992",
					     "/api/v1/tickets/99999999999999999999999", "/api/v1/ticket",
					     "/api/v1/ticketss",    "",
					     "/",                   "/api/v1/tickets/1/take/2" };

	(void)state;
	for (size_t i = 0; i < EBB_COUNT(paths); i++) {
		assert_int_equal(find("GET", paths[i]), EBB_E_NOT_FOUND);
		assert_null(rq_one.route);
	}
}

static void
a_wrong_method_is_told_which_are_right(void **state)
{
	(void)state;
	assert_int_equal(find("DELETE", "/api/v1/tickets"), EBB_E_METHOD);
	assert_string_equal(rq_one.allow, "GET, HEAD, POST");
	assert_int_equal(find("BREW", "/api/v1/tickets/1"), EBB_E_METHOD);
	assert_string_equal(rq_one.allow, "GET, HEAD, PATCH");
}

static void
every_row_is_sound(void **state)
{
	size_t length;

	(void)state;
	for (unsigned i = 0; i < ebb_route_count; i++) {
		const struct ebb_route *route = &ebb_routes[i];

		assert_int_equal(ebb_route_index(route), i);
		assert_true(route->text[0] != '\0');
		assert_null(ebb_route_param(route->pattern, EBB_ROUTE_PARAMS, &length));
		/* What has a version and is changed or removed asks for it; reads never do. */
		assert_true((route->flags & EBB_ROUTE_IF_MATCH) == 0 || route->kind == EBB_ROUTE_WRITE);
		assert_true(route->kind == EBB_ROUTE_WRITE || route->method == EBB_GET);
		for (unsigned j = 0; j < i; j++) {
			assert_string_not_equal(ebb_routes[j].fn, route->fn);
			assert_false(ebb_routes[j].method == route->method &&
				     strcmp(ebb_routes[j].pattern, route->pattern) == 0);
		}
		for (const struct ebb_field *f = route->fields; f->name != NULL; f++) {
			assert_true(f->text[0] != '\0');
			assert_string_not_equal(f->name, "limit");
			assert_string_not_equal(f->name, "cursor");
			assert_string_not_equal(f->name, "if_match");
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(method_and_path_name_one_row),
		cmocka_unit_test(what_is_no_id_is_not_found),
		cmocka_unit_test(a_wrong_method_is_told_which_are_right),
		cmocka_unit_test(every_row_is_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
