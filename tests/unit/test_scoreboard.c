/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scoreboard and its figures: slots are claimed, freed and found again; how long somebody is busy; the text for
 * Prometheus is well-formed, its histograms add up, HELP and TYPE come once per name.
 */
#include "base/str.h"
#include "run/expose.h"
#include "run/scoreboard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void
a_slot_belongs_to_one_process_at_a_time(void **state)
{
	struct ebb_board *board = ebb_board_create();
	struct ebb_slot *slot;

	(void)state;
	assert_non_null(board);
	for (int i = 0; i < EBB_SLOTS; i++)
		assert_non_null(ebb_slot_claim(board, EBB_PROC_WORKER));
	assert_null(ebb_slot_claim(board, EBB_PROC_CLOCK));
	ebb_slot_free(&board->slot[5]);
	slot = ebb_slot_claim(board, EBB_PROC_CLOCK);
	assert_ptr_equal(slot, &board->slot[5]);
	assert_int_equal(ebb_board_count(board, EBB_PROC_CLOCK, EBB_SLOT_STARTING), 1);
}

static void
busy_is_told_with_request_and_route(void **state)
{
	struct ebb_board *board = ebb_board_create();
	struct ebb_slot *slot = ebb_slot_claim(board, EBB_PROC_WORKER);
	char longest[200];

	(void)state;
	ebb_slot_idle(slot);
	assert_int_equal(ebb_slot_busy_ms(slot, ebb_clock_ms() + 1000), 0);
	ebb_slot_busy(slot, "0123456789abcdef0123456789abcdef");
	ebb_slot_route(slot, "GET", "/api/v1/tickets/{ticket_id}");
	assert_string_equal(slot->request_id, "0123456789abcdef0123456789abcdef");
	assert_string_equal(slot->route, "GET /api/v1/tickets/{ticket_id}");
	assert_true(ebb_slot_busy_ms(slot, ebb_clock_ms() + 1000) >= 1000);
	memset(longest, 'x', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	ebb_slot_busy(slot, longest);
	ebb_slot_route(slot, "PATCH", longest);
	assert_true(strlen(slot->request_id) < sizeof slot->request_id);
	assert_true(strlen(slot->route) < sizeof slot->route);
	ebb_slot_idle(slot);
	assert_int_equal(ebb_board_count(board, EBB_PROC_WORKER, EBB_SLOT_IDLE), 1);
}

/* Each line is a comment or `name{labels} number`; no name is announced twice. */
static void
check_text(const char *text)
{
	char seen[64][80], name[80];
	int count = 0;

	for (const char *at = text; *at != '\0'; at = strchr(at, '\n') + 1) {
		double number;
		int used = 0;
		assert_non_null(strchr(at, '\n'));
		if (sscanf(at, "# TYPE %79s", name) == 1) {
			for (int i = 0; i < count; i++)
				assert_string_not_equal(seen[i], name);
			assert_true(count < 64);
			strcpy(seen[count++], name);
		}
		if (*at == '#')
			continue;
		assert_int_equal(sscanf(at, "%79[a-z_]%n", name, &used), 1);
		at += used;
		if (*at == '{')
			at = strchr(at, '}') + 1;
		assert_int_equal(sscanf(at, " %lf", &number), 1);
		/* A histogram's lines bear its name and a suffix, but a name stands below its own TYPE line. */
		assert_true(count > 0 && strncmp(name, seen[count - 1], strlen(seen[count - 1])) == 0);
	}
}

static void
the_text_is_well_formed_and_adds_up(void **state)
{
	struct ebb_board *board = ebb_board_create();
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	struct ebb_str out;

	(void)state;
	ebb_metrics_request(&board->metrics, 0, 201, 700);
	ebb_metrics_request(&board->metrics, 0, 201, 20000000);
	ebb_metrics_request(&board->metrics, 0, 418, 700);
	ebb_metrics_request(&board->metrics, -1, 404, 100);
	ebb_metrics_add(&board->metrics, EBB_C_HUNG, 3);
	ebb_str_init(&out, arena, 4096);
	ebb_expose(board, &out);
	const char *text = ebb_str_done(&out);
	assert_non_null(text);
	check_text(text);
	assert_non_null(strstr(text, "code=\"201\"} 2\n"));
	assert_non_null(strstr(text, "code=\"0\"} 1\n"));
	assert_non_null(strstr(text, "route=\"none\",method=\"none\",code=\"404\"} 1\n"));
	assert_non_null(strstr(text, "le=\"0.001\"} 2\n"));
	assert_non_null(strstr(text, "le=\"+Inf\"} 3\n"));
	assert_non_null(strstr(text, "\nebb_worker_hangs_total 3\n"));
	ebb_arena_free(&arena);
}

/* The keeper names plugins, in whatever generation; callers count by name, and words that nobody knows count nothing. */
static void
plugins_are_counted_under_their_names(void **state)
{
	struct ebb_arena *arena = ebb_arena_new("test", EBB_ARENA_PLAIN);
	struct ebb_board *board = ebb_board_create();
	struct ebb_metrics *m = &board->metrics;
	struct ebb_str out;
	const char *text;
	char name[16];

	(void)state;
	ebb_str_init(&out, arena, 1024);
	ebb_expose(board, &out);
	assert_null(strstr(ebb_str_done(&out), "ebb_plugin_calls_total"));
	assert_null(ebb_metrics_plugin(m, "classify"));
	assert_non_null(ebb_metrics_plugin_add(m, "classify"));
	assert_ptr_equal(ebb_metrics_plugin_add(m, "classify"), ebb_metrics_plugin(m, "classify"));
	ebb_metrics_plugin_call(m, "classify", "categorise", "ok", 700);
	ebb_metrics_plugin_call(m, "classify", "categorise", "late", -1);
	ebb_metrics_plugin_call(m, "classify", "categorise", "splendid", 1);
	ebb_metrics_plugin_call(m, "nobody", "categorise", "ok", 1);
	atomic_store(&ebb_metrics_plugin(m, "classify")->hosts[1], 2);
	ebb_str_init(&out, arena, 1024);
	ebb_expose(board, &out);
	text = ebb_str_done(&out);
	check_text(text);
	assert_non_null(strstr(text, "ebb_plugin_calls_total{plugin=\"classify\",kind=\"categorise\",result=\"ok\"} 1\n"));
	assert_non_null(strstr(text, "ebb_plugin_calls_total{plugin=\"classify\",kind=\"categorise\",result=\"late\"} 1\n"));
	assert_non_null(strstr(text, "ebb_plugin_duration_seconds_count{plugin=\"classify\"} 1\n"));
	assert_non_null(strstr(text, "ebb_plugin_hosts{plugin=\"classify\"} 2\n"));
	for (int i = 1; i < EBB_METRIC_PLUGINS; i++) {
		snprintf(name, sizeof name, "p%d", i);
		assert_non_null(ebb_metrics_plugin_add(m, name));
	}
	assert_null(ebb_metrics_plugin_add(m, "one_too_many"));
	assert_non_null(ebb_metrics_plugin_add(m, "p5"));
	ebb_arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slot_belongs_to_one_process_at_a_time),
		cmocka_unit_test(busy_is_told_with_request_and_route),
		cmocka_unit_test(the_text_is_well_formed_and_adds_up),
		cmocka_unit_test(plugins_are_counted_under_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
