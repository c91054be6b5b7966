/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: a plugin's process in the hands of a unit test: started from the built ebbd, called over its socket, waited for.
 * Memory:  a guest owns its arena; everything it gives out lies there.
 * Must not know: which plugin is tested.
 */
#ifndef EBB_TEST_GUEST_H
#define EBB_TEST_GUEST_H

#include "base/arena.h"
#include "base/time.h"
#include "plugin/spawn.h"
#include "plugin/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GUEST_LIMIT_MS 20000 /* for a machine that does other things as well */
#define PLUGIN(name)   EBB_TEST_BUILD "/check/plugin/hostile/" name ".so"
#define CATEGORISE     "{\"kind\":\"categorise\",\"now\":5,\"department_id\":3,\"ticket\":{\"department_id\":3,\"subject\":\"My printer\"},\"rows\":{}}"

enum guest_saw { SAW_REPLY, SAW_GONE, SAW_BAD, SAW_NOTHING };

struct guest {
	struct ebb_arena *arena;
	struct ebb_err err;
	struct ebb_host_child child;
	struct ebb_wire wire;
	const char *hello, *reply;
	bool has_begun;
	int64_t event_id;
	uint32_t call_no;
	char words[65536];
	int status;
	enum ebb_host_end end;
};

static struct guest *
guest_start_with(const char *name, const char *file, struct ebb_host_opts opts)
{
	struct ebb_arena *arena = ebb_arena_new("guest", EBB_ARENA_PLAIN);
	struct guest *guest = EBB_NEW(arena, struct guest);
	int fd;

	guest->arena = arena;
	ebb_err_init(&guest->err, arena);
	opts.executable = EBB_TEST_BUILD "/ebbd";
	opts.name = name;
	opts.plugin_fd = open(file, O_RDONLY | O_CLOEXEC);
	assert_true(opts.plugin_fd >= 0);
	assert_int_equal(ebb_host_spawn(&opts, &guest->child, &guest->err), EBB_OK);
	close(opts.plugin_fd);
	fd = ebb_host_dial(&guest->child);
	assert_true(fd >= 0);
	ebb_wire_init(&guest->wire, fd, EBB_WIRE_CORE);
	return guest;
}
#define guest_start(name) guest_start_with(name, PLUGIN(name), (struct ebb_host_opts){ .department_id = 3 })

/* Waits for the next answer, for at most limit_ms. */
static enum guest_saw __attribute__((unused))
guest_wait(struct guest *guest, int limit_ms)
{
	int64_t end_us = ebb_mono_us() + (int64_t)limit_ms * 1000;
	struct ebb_wire_frame frame;

	for (;;) {
		enum ebb_wire_rc rc = ebb_wire_read(&guest->wire, &frame);

		if (rc == EBB_WIRE_AGAIN) {
			struct pollfd one = { .fd = guest->wire.fd, .events = POLLIN };
			int64_t left_us = end_us - ebb_mono_us();

			if (left_us <= 0 || poll(&one, 1, (int)(left_us / 1000) + 1) == 0)
				return SAW_NOTHING;
		} else if (rc != EBB_WIRE_DONE)
			return rc == EBB_WIRE_END ? SAW_GONE : SAW_BAD;
		else if (frame.type == EBB_WIRE_HELLO)
			guest->hello = ebb_arena_strdup(guest->arena, frame.body);
		else if (frame.type == EBB_WIRE_BEGUN) {
			guest->has_begun = true;
			(void)sscanf(frame.body, "{\"event_id\":%" SCNd64, &guest->event_id);
		} else {
			guest->reply = ebb_arena_strdup(guest->arena, frame.body);
			assert_int_equal(frame.call_no, guest->call_no);
			return SAW_REPLY;
		}
	}
}

static void
guest_send(struct guest *guest, const char *body)
{
	guest->has_begun = false;
	guest->reply = "";
	/* The host may be dead already, which the caller finds out. */
	(void)!ebb_wire_send(&guest->wire, EBB_WIRE_CALL, ++guest->call_no, body, strlen(body));
}

static enum guest_saw __attribute__((unused))
guest_call(struct guest *guest, const char *body)
{
	guest_send(guest, body);
	return guest_wait(guest, GUEST_LIMIT_MS);
}

static void __attribute__((unused))
guest_config(struct guest *guest, int version, const char *config)
{
	char *body = ebb_arena_printf(guest->arena, "{\"department_id\":3,\"config_version\":%d,\"config\":%s}", version, config);

	assert_int_not_equal(ebb_wire_send(&guest->wire, EBB_WIRE_CONFIG, 0, body, strlen(body)), EBB_WIRE_END);
}

#include "guest_end.h"

#define assert_has(text, what) \
	do { \
		if (strstr((text), (what)) == NULL) \
			print_error("%s\n  lacks %s\n", (text), (what)); \
		assert_non_null(strstr((text), (what))); \
	} while (0)

#endif
