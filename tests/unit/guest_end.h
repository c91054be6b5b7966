/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: the end of a guest: see guest.h, which includes it.
 * Memory:  guest_finish() and guest_forget() give the guest's arena back.
 * Must not know: which plugin is tested.
 */
#ifndef EBB_TEST_GUEST_END_H
#define EBB_TEST_GUEST_END_H

/* Reads its last words until it is gone. */
static void
guest_await(struct guest *guest)
{
	int64_t end_us = ebb_mono_us() + (int64_t)GUEST_LIMIT_MS * 1000;
	size_t length = 0;
	char lost[4096];

	for (;;) {
		bool is_full = length == sizeof guest->words - 1;
		struct pollfd one = { .fd = guest->child.stderr_fd, .events = POLLIN };
		ssize_t n = read(one.fd, is_full ? lost : guest->words + length, is_full ? sizeof lost : sizeof guest->words - 1 - length);

		if (n == 0)
			break;
		if (n > 0)
			length += is_full ? 0 : (size_t)n;
		else if (errno == EAGAIN) {
			assert_true(ebb_mono_us() < end_us);
			poll(&one, 1, 1000);
		}
	}
	assert_int_equal(waitpid(guest->child.pid, &guest->status, 0), guest->child.pid);
	guest->end = ebb_host_end(guest->status, guest->words);
}

/* Closes what keeps it alive, and waits; returns how it ended. */
static enum ebb_host_end
guest_finish(struct guest *guest)
{
	struct ebb_arena *arena = guest->arena;
	enum ebb_host_end end;

	close(guest->wire.fd);
	close(guest->child.control_fd);
	guest_await(guest);
	close(guest->child.stderr_fd);
	ebb_wire_drop(&guest->wire);
	end = guest->end;
	ebb_arena_free(&arena);
	return end;
}

/* What a dead one leaves behind. */
static __attribute__((unused)) const char *
guest_sentence(struct guest *guest, const char *name)
{
	return ebb_host_sentence(guest->arena, name, guest->status, guest->words);
}

static void __attribute__((unused))
guest_forget(struct guest *guest)
{
	struct ebb_arena *arena = guest->arena;

	close(guest->wire.fd);
	close(guest->child.control_fd);
	close(guest->child.stderr_fd);
	ebb_wire_drop(&guest->wire);
	ebb_arena_free(&arena);
}

#endif
